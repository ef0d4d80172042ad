import { escaped } from '../../escape.js'
import type { ChangedFile } from '../../project.js'
import { changedFiles } from '../../project.js'
import { changedPlaces } from '../changes.js'
import { columns, count, cut, pad, wrap } from '../layout.js'
import type { Look } from '../look.js'
import { type Campaign, tally, type View } from './view.js'

/** One pull request that the plan would hold. */
interface AgreedPull {
  readonly repository: string
  readonly group: string
  readonly fixes: number
  readonly files: readonly ChangedFile[]
}

/** What the plan of a campaign would hold if the review ended now: exactly this, and nothing that nobody has agreed to. */
export function leavingCampaign(view: View, campaign: Campaign, look: Look): readonly string[] {
  const { open, accepted, skipped, kept, gone } = tally(view)
  const sums = [
    `${accepted} accepted`,
    `${skipped} skipped`,
    kept > 0 && `${kept} kept with a comment`,
    gone > 0 && `${gone} gone with another`,
    open > 0 && `${open} not decided`,
  ].filter((sum) => sum !== false)
  const total = view.session.questions.length
  const pulls = agreedPulls(view, campaign)
  const rows = pulls.map((pull) => ({ name: `${pull.repository}  ${pull.group}`, said: size(pull, look) }))
  const widest = Math.max(0, ...rows.map(({ said }) => columns(said)))
  const wide = Math.min(look.width - widest - 4, Math.max(0, ...rows.map(({ name }) => columns(name))))
  const { bold, yellow } = look.colors
  return [
    ...wrap(`${fixes(total)}: ${sums.join(', ')}.`, look.width).map((line) => bold(line)),
    // Before the list, which may be longer than the screen: nobody answers what they have not seen.
    ...wrap(asked(view, pulls, open), look.width),
    ...campaign.besides.flatMap((sentence) => wrap(sentence, look.width).map((line) => yellow(line))),
    ...(rows.length > 0 ? [''] : []),
    ...rows.map(({ name, said }) => `  ${pad(cut(escaped(name), wide, look.glyphs.ellipsis), wide)}  ${said}`),
  ]
}

function asked({ session }: View, pulls: readonly AgreedPull[], open: number): string {
  if (session.answers.length === 0) return 'Nothing is answered yet, so the plan stays as it is.'
  const left = open > 0 ? ` What is not decided is left out, like what is skipped.` : ''
  if (pulls.length === 0) return `Make a plan without any of these pull requests?${left}`
  const repositories = new Set(pulls.map(({ repository }) => repository)).size
  const where = repositories === 1 ? '1 repository' : `${repositories} repositories`
  return `Make the plan hold exactly ${pulls.length === 1 ? 'this pull request' : `these ${pulls.length} pull requests`} in ${where}?${left} Nothing is opened yet.`
}

function size({ fixes: n, files }: AgreedPull, look: Look): string {
  const sums = files.map(linesOf)
  const sum = (kind: 'added' | 'removed') => sums.reduce((all, each) => all + each[kind], 0)
  const { green, red } = look.colors
  return `${fixes(n)}, ${count(files.length, 'file')}  ${green(`+${sum('added')}`)} ${red(`-${sum('removed')}`)}`
}

const known = new WeakMap<ChangedFile['after'], { readonly added: number; readonly removed: number }>()

/** How many lines of a file come and go; the screen shows hundreds of files, again after every key. */
function linesOf(file: ChangedFile) {
  const before = known.get(file.after)
  if (before) return before
  const rows = changedPlaces(file, 0).flat()
  const lines = {
    added: rows.filter(({ kind }) => kind === '+').length,
    removed: rows.filter(({ kind }) => kind === '-').length,
  }
  known.set(file.after, lines)
  return lines
}

function agreedPulls({ session }: View, { placeOf }: Campaign): readonly AgreedPull[] {
  const pulls = new Map<string, { repository: string; group: string; fixes: number; files: ChangedFile[] }>()
  for (const file of changedFiles(session.base, session.current)) {
    const { repository, group } = placeOf(file.path)
    const name = `${repository} ${group}`
    const pull = pulls.get(name) ?? { repository, group, fixes: 0, files: [] }
    pulls.set(name, pull)
    pull.files.push(file)
  }
  for (const { finding } of session.steps.flatMap(({ choices }) => choices)) {
    const { repository, group } = placeOf(finding.at.path)
    const pull = pulls.get(`${repository} ${group}`)
    if (pull) pull.fixes++
  }
  return [...pulls.values()]
}

function fixes(n: number): string {
  return `${n} ${n === 1 ? 'fix' : 'fixes'}`
}
