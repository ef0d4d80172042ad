import type { Dockerfile, Instruction, ShellCommand } from '../documents/dockerfile.js'

/** An account that a RUN of the file makes. Ids are known only where the command names them. */
export interface MadeAccount {
  readonly name: string
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** Whether its command takes an id from a variable: a build may set another one than is known here, if any is. */
  readonly variable: boolean
  /** The group it is put into, by name or id; `undefined` if it gets one of its own, or nobody's. */
  readonly group: string | undefined
  /** Whether it has a group of its own, with its own name and id. */
  readonly ownGroup: boolean
  /** Whether useradd gives that group an id of the system's range, although the account's id is above it, or may be. */
  readonly systemGroup: boolean
  readonly home: string | undefined
  /** Whether it is put into groups besides its own, which a numeric `uid:gid` would drop. */
  readonly moreGroups: boolean
  readonly madeBy: Instruction
  readonly command: ShellCommand
}

export interface MadeGroup {
  readonly name: string
  readonly gid: number | undefined
  /** As in {@link MadeAccount}. */
  readonly variable: boolean
  readonly madeBy: Instruction
  readonly command: ShellCommand
}

/** Options of the account commands that take a value, short and long. */
const VALUED = new Set(
  (
    '-u --uid -g --gid -G --groups -d --home-dir --home -h -s --shell -c --comment --gecos -b --base-dir -e -f -k -K -p ' +
    '--ingroup --firstuid --lastuid --password --expiredate --inactive --skel --key --add_extra_groups'
  ).split(' '),
)

/** From the defaults of login.defs; `useradd --system --uid 10001 app` makes a group with the highest free id up to this one. */
const LAST_SYSTEM_ID = 999

interface Options {
  readonly names: readonly string[]
  get(...options: readonly string[]): string | undefined
  has(...options: readonly string[]): boolean
  /** Whether one of them is given a number by a variable, or what nobody knows. */
  varies(...options: readonly string[]): boolean
}

/** Splits the words of an account command into options and names. */
function optionsOf(document: Dockerfile, run: Instruction, command: ShellCommand): Options {
  const valued =
    command.name === 'adduser' || command.name === 'addgroup' ? VALUED : new Set([...VALUED].filter((o) => o !== '-h'))
  const given = new Map<string, Given>()
  const names: string[] = []
  const words = command.words.slice(1).map(({ value }): Given => {
    const known = document.expand(value, run)
    return { value: known ?? '?', varies: value.includes('$') && (known === undefined || /(^|=)\d+$/.test(known)) }
  })
  const nothing: Given = { value: '?', varies: false }
  for (let i = 0; i < words.length; i++) {
    const { value: word, varies } = words[i]!
    const [option, value] = word.startsWith('--') && word.includes('=') ? split(word, '=') : [word, undefined]
    if (!option.startsWith('-')) names.push(word)
    else if (value !== undefined) given.set(option, { value, varies })
    else if (option.startsWith('--') || option.length === 2)
      given.set(option, valued.has(option) ? (words[++i] ?? nothing) : { value: '', varies })
    else {
      // Short options in one word, `-rm` or `-rg app`: only the last can take the next word as its value.
      for (const letter of option.slice(1)) given.set(`-${letter}`, { value: '', varies })
      const last = `-${option.at(-1)}`
      if (valued.has(last)) given.set(last, words[++i] ?? nothing)
    }
  }
  return {
    names,
    get: (...options) => options.map((option) => given.get(option)?.value).find((value) => value !== undefined),
    has: (...options) => options.some((option) => given.has(option)),
    varies: (...options) => options.some((option) => given.get(option)?.varies),
  }
}

/** A word of a command as far as it is known, and whether a number, or what nobody knows, is in it by a variable. */
interface Given {
  readonly value: string
  readonly varies: boolean
}

function split(text: string, at: string): [string, string] {
  const i = text.indexOf(at)
  return [text.slice(0, i), text.slice(i + 1)]
}

function idOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** The accounts and groups that RUN instructions make with the usual commands, or by a line added to /etc/passwd. */
export function madeAccounts(
  document: Dockerfile,
  runs: Iterable<Instruction>,
): { accounts: readonly MadeAccount[]; groups: readonly MadeGroup[] } {
  const accounts: MadeAccount[] = []
  const groups: MadeGroup[] = []
  const gidOf = (group: string | undefined) => idOf(group) ?? groups.find(({ name }) => name === group)?.gid
  const more = new Set<string>()

  for (const run of runs) {
    for (const command of document.shell(run).commands) {
      const made = (
        name: string,
        home: string | undefined,
        group: string | undefined,
        grouped: boolean,
        { get, has, varies }: Options,
      ): MadeAccount => {
        const uid = idOf(get('-u', '--uid'))
        const ownGroup = group === undefined && grouped
        const systemGroup =
          ownGroup && command.name === 'useradd' && has('-r', '--system') && (uid === undefined || uid > LAST_SYSTEM_ID)
        const gid = systemGroup ? undefined : ownGroup ? uid : gidOf(group)
        return {
          name,
          uid,
          gid,
          variable: varies('-u', '--uid', '-g', '--gid', '-G', '--ingroup'),
          group,
          ownGroup,
          systemGroup,
          home: home ?? `/home/${name}`,
          moreGroups: false,
          madeBy: run,
          command,
        }
      }
      const group = (name: string, { get, varies }: Options): MadeGroup => {
        const options = ['-g', '--gid']
        return { name, gid: idOf(get(...options)), variable: varies(...options), madeBy: run, command }
      }
      const options = optionsOf(document, run, command)
      const [name, second] = options.names
      switch (command.name) {
        case 'groupadd':
          if (name) groups.push(group(name, options))
          break
        case 'addgroup':
          if (name && second) more.add(name)
          else if (name) groups.push(group(name, options))
          break
        case 'usermod':
          if (options.has('-G', '--groups', '-aG') && name) more.add(name)
          break
        case 'useradd': {
          if (!name) break
          const group = options.get('-g', '--gid')
          if (options.has('-G', '--groups')) more.add(name)
          accounts.push(
            made(
              name,
              options.get('-d', '--home-dir', '--home'),
              group,
              !options.has('-N', '--no-user-group'),
              options,
            ),
          )
          break
        }
        case 'adduser': {
          if (!name) break
          if (second) {
            more.add(name)
            break
          }
          // Without a group of its own, a system account lands in nogroup, whose id differs from system to system.
          const grouped = options.has('--group') || !options.has('-S', '--system')
          accounts.push(
            made(name, options.get('-h', '--home'), options.get('-G', '--ingroup', '--gid'), grouped, options),
          )
          break
        }
        case 'echo':
        case 'printf':
          accounts.push(...writtenAccounts(run, command))
          break
      }
    }
  }
  return { accounts: accounts.map((made) => ({ ...made, moreGroups: more.has(made.name) })), groups }
}

/** `echo 'app:x:10001:10001:…' >> /etc/passwd`. */
function writtenAccounts(run: Instruction, command: ShellCommand): readonly MadeAccount[] {
  if (!command.redirects.some(({ target }) => target?.value === '/etc/passwd')) return []
  return command.words.slice(1).flatMap(({ value }) => {
    const fields = /^([\w-]+):[^:]*:(\d+):(\d+):[^:]*:([^:]*):/.exec(value)
    if (!fields) return []
    const [, name, uid, gid, home] = fields
    return [
      {
        name: name!,
        uid: Number(uid),
        gid: Number(gid),
        variable: false,
        group: undefined,
        ownGroup: false,
        systemGroup: false,
        home,
        moreGroups: false,
        madeBy: run,
        command,
      },
    ]
  })
}
