import type { Instruction } from '../documents/dockerfile.js'
import { replace } from '../edits.js'
import type { Evidence, TextEdit } from '../model.js'
import type { MadeAccount } from '../relations/accounts.js'
import { type Image, imageOf, locate } from '../relations/image.js'
import { accountChange, accountInForce, pinnedAccount } from './accounts.js'

/** The numbers that a USER by name comes to, or why they cannot be known. */
export type Numbers = { readonly user: string; readonly pins: readonly TextEdit[] } | { readonly obstacle: Evidence }

/**
 * The numbers of the user an image runs as, where USER names it; `undefined` where it does not. With both numbers the
 * container is in that one group, so that an account in more groups, or in one nobody knows, goes without the second:
 * then all of its groups are looked up, as they are for a name.
 */
export function numbersOfUser(image: Image): Numbers | undefined {
  const { name, group, setBy, root } = image.user
  if (!setBy || !name || root !== false || /^\d+$/.test(name)) return undefined
  const because = (note: string, at: Instruction = setBy): Numbers => ({ obstacle: { note, at: locate(image, at) } })
  if (setBy.words.length !== 1 || /\$/.test(setBy.words[0]!.value))
    return because('The name is that of a variable, which a build may set otherwise')
  const changed = accountChange(image, name)
  if (changed) return because('Ids of accounts are changed here', changed)
  const made = image.accounts.findLast((account) => account.name === name)
  if (made)
    return (
      ofMade(image, made, group) ??
      because(`The ids of ${name} come from the system or from variables, and cannot be fixed for certain`, made.madeBy)
    )
  const copied = copiedAccount(image, name)
  if (copied) {
    return copied.uid !== undefined && group === undefined && !copied.variable
      ? { user: String(copied.uid), pins: [] }
      : because(`${name} is made in another stage, with ids from the system or from variables`, copied.madeBy)
  }
  const known = image.family && (group === undefined || group === name) ? accountInForce(image) : undefined
  return known
    ? { user: known.owner, pins: [] }
    : because(`Neither the file nor what is known of ${image.reference ?? 'its base'} tells the ids of ${name}`)
}

function ofMade(image: Image, made: MadeAccount, group: string | undefined): Numbers | undefined {
  const groupOf = (name: string | undefined) => image.groups.findLast((other) => other.name === name)
  const own = groupOf(made.group)
  if (made.uid === undefined) {
    const account = group === undefined || group === made.name ? pinnedAccount(image, made) : undefined
    return (
      account && { user: isInMoreGroups(image, made) ? account.user.split(':')[0]! : account.user, pins: account.edits }
    )
  }
  if (made.variable) return undefined
  const uid = String(made.uid)
  if (group === undefined && own?.variable) return { user: uid, pins: [] }
  if (group === undefined)
    return { user: made.gid === undefined || isInMoreGroups(image, made) ? uid : `${uid}:${made.gid}`, pins: [] }
  const gid = /^\d+$/.test(group) ? group : made.ownGroup && group === made.name ? made.gid : groupOf(group)?.gid
  const other = groupOf(group)
  if (gid === undefined || other?.variable) return undefined
  return { user: `${uid}:${gid}`, pins: [] }
}

/** Whether a command puts the account into groups besides its own. */
function isInMoreGroups(image: Image, { name, moreGroups }: MadeAccount): boolean {
  return (
    moreGroups ||
    runsOf(image).some((run) => {
      const text = textOf(image, run)
      return /\bgpasswd\b|\/etc\/group\b/.test(text) && text.includes(name)
    })
  )
}

function runsOf({ instructions }: Image): readonly Instruction[] {
  return instructions.filter(({ keyword }) => keyword === 'RUN')
}

function textOf({ document }: Image, { start, end }: Instruction): string {
  return document.file.text.slice(start, end)
}

/** An account of the stage whose list of accounts is copied into this one, as images made from scratch do. */
function copiedAccount(image: Image, name: string): MadeAccount | undefined {
  const { document, stage } = image
  for (const { from, destination, sources } of image.copies.toReversed()) {
    const brings = sources.some(({ value }) => value === '/etc/passwd') && /^\/etc\/(passwd)?$/.test(destination ?? '')
    if (!brings || from === undefined) continue
    const other = document.stages.findLast(
      (one) => one.index < stage.index && (one.name === from.toLowerCase() || String(one.index) === from),
    )
    return other && imageOf(document, other).accounts.findLast((account) => account.name === name)
  }
  return undefined
}

/** Writes the numbers in the place of the name. */
export function withNumbers(image: Image, { user, pins }: Extract<Numbers, { user: string }>): readonly TextEdit[] {
  return [...pins, replace(image.document, image.user.setBy!.words[0]!, user)]
}
