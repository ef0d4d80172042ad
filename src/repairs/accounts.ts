import type { Instruction } from '../documents/dockerfile.js'
import { insert, insertLinesBelow } from '../edits.js'
import type { Evidence, TextEdit } from '../model.js'
import type { MadeAccount, MadeGroup } from '../relations/accounts.js'
import { type Image, locate } from '../relations/image.js'
import { joinedInsertions } from './owners.js'

/** An account to run as, and what it takes to have it. */
export interface Account {
  /** What USER says. Without a group where a group would take supplementary groups away. */
  readonly user: string
  /** What owns files: `uid:gid`. */
  readonly owner: string
  readonly evidence: readonly Evidence[]
  readonly edits: readonly TextEdit[]
}

/** Above the ids people have on their machines, below what every system's tools accept. */
export const ACCOUNT_ID = 10001

/**
 * An account the file makes, with fixed ids: Kubernetes cannot check a name, and a COPY with a name that is missing
 * gives the files to root without a word. `undefined` if its ids cannot be fixed for certain.
 */
export function pinnedAccount(image: Image, made: MadeAccount, id = ACCOUNT_ID): Account | undefined {
  const group = groupOf(image, made)
  if (!made.command.plain || (group && !group.command.plain)) return undefined
  if (variesByBuild(image, made)) return undefined
  if (image.accounts.some((other) => other !== made && other.uid === (made.uid ?? id))) return undefined
  const uid = made.uid ?? id
  const gid = made.gid ?? (group ? (group.gid ?? uid) : made.ownGroup ? uid : undefined)
  if (gid === undefined) return undefined
  const edits: TextEdit[] = []
  if (made.systemGroup) {
    if (made.command.words.some(({ value }) => /^(-[a-zA-Z]*U[a-zA-Z]*|--user-group)$/.test(value))) return undefined
    edits.push(insert(image.document, made.command.start, `groupadd --gid ${gid} ${made.name} && `))
  }
  if (made.uid === undefined) edits.push(withId(image, made.command, 'uid', uid))
  if (made.systemGroup) edits.push(withId(image, made.command, 'gid', gid))
  if (made.gid === undefined && group && group.gid === undefined) edits.push(withId(image, group.command, 'gid', gid))
  return {
    user: made.moreGroups ? String(uid) : `${uid}:${gid}`,
    owner: `${uid}:${gid}`,
    evidence: [],
    edits: joinedInsertions(edits),
  }
}

function groupOf(image: Image, made: MadeAccount): MadeGroup | undefined {
  return made.group === undefined ? undefined : image.groups.find(({ name }) => name === made.group)
}

/** Whether another build may give it, or its group, other ids. */
export function variesByBuild(image: Image, made: MadeAccount): boolean {
  return made.variable || groupOf(image, made)?.variable === true
}

function withId(image: Image, command: MadeAccount['command'], what: 'uid' | 'gid', id: number): TextEdit {
  const short = image.family === 'alpine' || image.family === 'busybox'
  return insert(image.document, command.words[0]!.end, ` ${short ? `-${what[0]}` : `--${what}`} ${id}`)
}

/** A RUN that gives accounts or groups other ids, writes their files by hand, or takes this one away. */
export function accountChange({ document, instructions }: Image, name: string | undefined): Instruction | undefined {
  return instructions.find((run) => {
    if (run.keyword !== 'RUN') return false
    if (!/usermod|groupmod|sed|userdel|deluser/.test(document.file.text.slice(run.start, run.end))) return false
    return document
      .shell(run)
      .commands.some(
        ({ name: command, words }) =>
          (/^(usermod|groupmod)$/.test(command ?? '') &&
            words.some(({ value }) => /^-[a-zA-Z]*[ugl]$|^--(uid|gid|login|new-name)/.test(value))) ||
          (command === 'sed' && words.some(({ value }) => /^\/etc\/(passwd|group)$/.test(value))) ||
          (/^(userdel|deluser)$/.test(command ?? '') && words.some(({ value }) => value === name)),
      )
  })
}

/** The account that the base image brings, or on images without a shell the one that stands for nobody in particular. */
export function reusedAccount(image: Image): Account | undefined {
  const known = image.base?.account
  if (known) {
    const ids = `${known.uid}:${known.gid}`
    const note = `${image.reference} brings the account ${known.name} (${ids})`
    return { user: ids, owner: ids, evidence: [{ note, at: locate(image, image.stage.from) }], edits: [] }
  }
  return image.family === 'none' ? { user: '65532:65532', owner: '65532:65532', evidence: [], edits: [] } : undefined
}

/** Accounts that every Debian or Alpine brings, and that files are often given to. */
function systemIds(image: Image, name: string): number | undefined {
  if (name === 'nobody') return 65534
  if (name === 'www-data' && image.family === 'debian') return 33
  return name === 'www-data' && image.family === 'alpine' ? 82 : undefined
}

/** The account that USER names, with its ids; `undefined` if they cannot be known. */
export function accountInForce(image: Image): Account | undefined {
  const { name, group } = image.user
  if (name === undefined) return undefined
  const made = image.accounts.findLast((account) => account.name === name || String(account.uid) === name)
  if (!/^\d+$/.test(name) && accountChange(image, name)) return undefined
  if (made && !/^\d+$/.test(name)) return pinnedAccount(image, made)
  const known = image.base?.account
  const uid = /^\d+$/.test(name) ? Number(name) : name === known?.name ? known.uid : systemIds(image, name)
  if (uid === undefined) return undefined
  const gid =
    group !== undefined && /^\d+$/.test(group) ? Number(group) : uid === known?.uid ? known.gid : (made?.gid ?? uid)
  return { user: name, owner: `${uid}:${gid}`, evidence: [], edits: [] }
}

/** The system's account that the build already gives files to, which is then the one they are meant for. */
export function namedOwner(image: Image): Account | undefined {
  for (const { name, instruction } of ownersOf(image)) {
    const id = systemIds(image, name)
    if (id === undefined) continue
    const note = `The build already gives files to ${name} (${id}:${id})`
    return {
      user: `${id}:${id}`,
      owner: `${id}:${id}`,
      evidence: [{ note, at: locate(image, instruction) }],
      edits: [],
    }
  }
  return undefined
}

/** An owner the build names and nobody here knows: neither made by the file nor brought by its base. */
export function strangeOwner(image: Image): NamedOwner | undefined {
  const known = new Set(['root', image.base?.account?.name, ...image.accounts.map(({ name }) => name)])
  return ownersOf(image).find(
    ({ name }) => !known.has(name) && systemIds(image, name) === undefined && !/^\d+$/.test(name),
  )
}

interface NamedOwner {
  readonly name: string
  readonly instruction: Instruction
}

/** Whom chown and `--chown` name, in order. */
function ownersOf(image: Image): readonly NamedOwner[] {
  const { document } = image
  return image.instructions.flatMap((instruction) => {
    const flag = instruction.flags.find(({ name }) => name === 'chown')?.value
    const commands =
      instruction.keyword === 'RUN' ? document.shell(instruction).commands.filter(({ name }) => name === 'chown') : []
    const given = [
      flag,
      ...commands.map(({ words }) => words.slice(1).find(({ value }) => !value.startsWith('-'))?.value),
    ]
    return given.flatMap((text) => {
      const name = text === undefined ? undefined : document.expand(text, instruction)?.split(/[:.]/)[0]
      return name ? [{ name, instruction }] : []
    })
  })
}

/** A new account, made right behind FROM and its ARGs, where it stays cached. */
export function freshAccount(image: Image, id = ACCOUNT_ID): Account {
  const { instructions } = image.stage
  const body = instructions.findIndex(({ keyword }, i) => i > 0 && keyword !== 'ARG')
  const head = instructions[(body < 0 ? instructions.length : body) - 1]!
  const edits = [insertLinesBelow(image.document, head.end, accountCommands(image, id))]
  return { user: `${id}:${id}`, owner: `${id}:${id}`, evidence: [], edits }
}

/** The command that makes an account without a password and without a shell, in the way of the system. */
function accountCommands(image: Image, id: number): string {
  const taken = new Set([...image.accounts, ...image.groups].map(({ name }) => name))
  const name = taken.has('app') ? 'appuser' : 'app'
  const home = `/home/${name}`
  switch (image.family) {
    case 'alpine':
    case 'busybox':
      return `RUN addgroup -S -g ${id} ${name} && adduser -S -D -u ${id} -G ${name} -h ${home} -s /sbin/nologin ${name}`
    case 'redhat-minimal':
      return [
        `RUN echo '${name}:x:${id}:' >> /etc/group \\`,
        ` && echo '${name}:x:${id}:${id}:${name}:${home}:/sbin/nologin' >> /etc/passwd \\`,
        ` && mkdir -p ${home} && chown ${id}:${id} ${home}`,
      ].join('\n')
    default: {
      const nologin = image.family === 'redhat' ? '/sbin/nologin' : '/usr/sbin/nologin'
      return [
        `RUN groupadd --gid ${id} ${name} \\`,
        ` && useradd --no-log-init --uid ${id} --gid ${id} --home-dir ${home} --create-home --shell ${nologin} ${name}`,
      ].join('\n')
    }
  }
}
