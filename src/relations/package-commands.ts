import { posix } from 'node:path'
import type { Dockerfile, Instruction, ShellCommand, ShellWord } from '../documents/dockerfile.js'
import { grammarOf, type Manager } from '../facts/package-managers.js'
import { isReadByShell } from './run-shells.js'

export type { Manager } from '../facts/package-managers.js'

/** An option as the program reads it: of `-yq` there are two, which share a word. */
export interface PackageOption {
  /** With its dashes, without its value, e.g. `-y` or `--repository`. */
  readonly name: string
  /** The value, in the same word or the next. */
  readonly value: string | undefined
  readonly word: ShellWord
  /** The next word, where the value stands there. */
  readonly valueWord: ShellWord | undefined
}

/** One of the things a command is asked to install or to remove. */
export interface NamedPackage {
  readonly word: ShellWord
  /** Without version, release, architecture and extras. */
  readonly name: string
  /** `file`: a path or an address · `computed`: only the build knows it · `removed`: apt's `name-`. */
  readonly kind: 'named' | 'file' | 'computed' | 'removed'
}

/** A call of a package manager that a RUN makes. */
export interface PackageCommand {
  readonly manager: Manager
  /**
   * What is done, by one name for all: `install`, `update` (of what is known of packages), `upgrade`, `remove`, `clean`;
   * otherwise the verb as written, e.g. `ci` or `run`.
   */
  readonly verb: string
  readonly run: Instruction
  readonly command: ShellCommand
  /** What stands before the program: `sudo`, `env` and the like with their options. Assignments are in `command.assigned`. */
  readonly prefix: readonly ShellWord[]
  /** The program itself; of `python -m pip` the word `pip`. */
  readonly program: ShellWord
  /** The program where it names its own verb, as in a bare `yarn`. */
  readonly verbWord: ShellWord
  readonly options: readonly PackageOption[]
  /** The words behind the verb that are neither options nor their values. */
  readonly args: readonly ShellWord[]
  /** What is installed or removed by name; empty for other verbs. */
  readonly packages: readonly NamedPackage[]
  /** Whether it stands in a here-document, where no edit may go. */
  readonly inHereDocument: boolean
}

const MENTION = /\b(?:apt|apt-get|apk|dnf|microdnf|yum|zypper|p?npm|yarn)\b|\bpip[\d.]*\b/

const memo = new WeakMap<Instruction, readonly PackageCommand[]>()

/**
 * The calls of package managers in a RUN, in their order, wherever in its shell text they stand. Empty where the RUN is
 * not read by a shell. Worked out once; a RUN that names no package manager is not even parsed.
 */
export function packageCommandsOf(document: Dockerfile, run: Instruction): readonly PackageCommand[] {
  const known = memo.get(run)
  if (known) return known
  const found = read(document, run)
  memo.set(run, found)
  return found
}

function read(document: Dockerfile, run: Instruction): readonly PackageCommand[] {
  if (run.keyword !== 'RUN' || run.json) return []
  if (!MENTION.test(document.file.text.slice(run.args.start, run.end)) || !isReadByShell(document, run)) return []
  const bodies = run.hereDocuments.map(({ body }) => body)
  return document.shell(run).commands.flatMap((command) => {
    const found = packageCommand(run, command)
    if (!found) return []
    return [{ ...found, inHereDocument: bodies.some(({ start, end }) => command.start >= start && command.end <= end) }]
  })
}

/** Reads one command as a call of a package manager. */
function packageCommand(run: Instruction, command: ShellCommand): Omit<PackageCommand, 'inHereDocument'> | undefined {
  const { words } = command
  const found = programIn(words)
  if (!found) return undefined
  const { manager, at } = found
  const grammar = grammarOf(manager)
  const { options, positional } = argumentsOf(words.slice(at + 1), grammar.withValue)
  const program = words[at]!
  const isGlobal = manager === 'yarn' && positional[0]?.value === 'global'
  const verbWord = positional[isGlobal ? 1 : 0] ?? (manager === 'yarn' ? program : undefined)
  if (!verbWord?.literal) return undefined
  const written = verbWord === program ? 'install' : verbWord.value
  const verb = grammar.verbs.get(written) ?? written
  const args = positional.slice(isGlobal ? 2 : 1)
  const takesNames = verb === 'install' || verb === 'remove'
  return {
    manager,
    verb,
    run,
    command,
    prefix: words.slice(0, found.prefix),
    program,
    verbWord,
    options,
    args,
    packages: takesNames ? args.map((word) => packageOf(word, manager)) : [],
  }
}

/** Where the program stands, behind what only starts another one. */
function programIn(words: readonly ShellWord[]): { manager: Manager; at: number; prefix: number } | undefined {
  let at = 0
  for (let word = words[at]; word; word = words[at]) {
    const name = posix.basename(word.value)
    // `$VENV/bin/pip` is pip, wherever that is; a name that is itself computed could be anything.
    if (!word.literal && (!word.value.includes('/') || /[$`*?]/.test(name))) return undefined
    const values = WRAPPERS.get(name)
    if (values === undefined) return managerAt(words, at, name)
    at = behindWrapper(words, at + 1, name, values)
  }
  return undefined
}

function managerAt(words: readonly ShellWord[], at: number, name: string) {
  if (/^python[\d.]*$/.test(name)) {
    const module = words.findIndex(({ value }, i) => i > at && !/^-[BEIOSsu]+$/.test(value))
    if (words[module]?.value !== '-m' || words[module + 1]?.value !== 'pip') return undefined
    return { manager: 'pip' as const, at: module + 1, prefix: at }
  }
  const manager = /^pip[\d.]*$/.test(name) ? 'pip' : name
  return grammarOf(manager) && { manager: manager as Manager, at, prefix: at }
}

/** Programs that start the one behind their own options, with those of the options that take the next word. */
const WRAPPERS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    sudo: '-u -g -h -p -C -T -r -t -D -R -U --user --group --host --prompt --chdir --chroot',
    env: '-u -C --unset --chdir',
    nice: '-n',
    ionice: '-c -n',
    timeout: '-k -s --kill-after --signal',
    xargs: '-a -d -E -I -L -n -P -s --arg-file --delimiter --max-args --max-procs --max-lines',
    nohup: '',
    exec: '',
    command: '',
    time: '',
    eatmydata: '',
  }).map(([name, values]) => [name, new Set(values.split(' '))]),
)

function behindWrapper(
  words: readonly ShellWord[],
  from: number,
  wrapper: string,
  withValue: ReadonlySet<string>,
): number {
  let at = from
  for (let word = words[at]; word; word = words[at]) {
    if (word.value.startsWith('-')) at += withValue.has(word.value) ? 2 : 1
    else if ((wrapper === 'env' || wrapper === 'sudo') && /^[A-Za-z_]\w*=/.test(word.value)) at++
    else break
  }
  return wrapper === 'timeout' ? at + 1 : at
}

/** Tells options, with the words that are their values, from the rest. */
function argumentsOf(words: readonly ShellWord[], withValue: ReadonlySet<string>) {
  const options: PackageOption[] = []
  const positional: ShellWord[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word.value === '--') {
      positional.push(...words.slice(i + 1))
      break
    }
    if (!/^-./.test(word.value)) {
      positional.push(word)
      continue
    }
    const own = word.value.startsWith('--') ? longOption(word) : shortOptions(word, withValue)
    const last = own.at(-1)!
    const takesNext = last.value === undefined && withValue.has(last.name)
    const next = takesNext ? words[i + 1] : undefined
    if (next) i++
    options.push(...own.slice(0, -1), { ...last, value: last.value ?? next?.value, valueWord: next })
  }
  return { options, positional }
}

function longOption(word: ShellWord): readonly PackageOption[] {
  const equals = word.value.indexOf('=')
  const name = equals < 0 ? word.value : word.value.slice(0, equals)
  return [{ name, value: equals < 0 ? undefined : word.value.slice(equals + 1), word, valueWord: undefined }]
}

/** `-yqq`, `-oAcquire::Retries=3`, `-q=2`: letters, until one takes what is left as its value. */
function shortOptions(word: ShellWord, withValue: ReadonlySet<string>): readonly PackageOption[] {
  const options: PackageOption[] = []
  const letters = word.value.slice(1)
  for (let i = 0; i < letters.length; i++) {
    const name = `-${letters[i]}`
    const rest = letters.slice(i + 1)
    const hasValue = rest !== '' && (withValue.has(name) || rest.startsWith('='))
    options.push({ name, value: hasValue ? rest.replace(/^=/, '') : undefined, word, valueWord: undefined })
    if (hasValue) break
  }
  return options
}

function packageOf(word: ShellWord, manager: Manager): NamedPackage {
  const { value } = word
  const grammar = grammarOf(manager)
  if (/[$`]/.test(value) && !word.literal) return { word, name: value, kind: 'computed' }
  if (grammar.isFile.test(value)) return { word, name: value, kind: 'file' }
  if ((manager === 'apt-get' || manager === 'apt') && /[^-]-$/.test(value))
    return { word, name: value.slice(0, -1), kind: 'removed' }
  const name = grammar.name.exec(value)?.[0] ?? value
  // `curl=7.*` names curl, and `php*` whatever there is.
  return { word, name, kind: !word.literal && /[*?[]/.test(name) ? 'computed' : 'named' }
}

/** The option of a command that has one of these names; of several the last, which is the one that counts. */
export function optionOf({ options }: PackageCommand, ...names: readonly string[]): PackageOption | undefined {
  return options.findLast(({ name }) => names.includes(name))
}

/** Whether something is piped or redirected into a command, such as answers. */
export function isFed(document: Dockerfile, { run, command }: PackageCommand): boolean {
  if (command.redirects.some(({ operator }) => operator.startsWith('<'))) return true
  const before = document.file.text.slice(Math.max(run.args.start, command.start - 200), command.start)
  return /(?:^|[^|])\|[\s\\]*$/.test(before)
}

/** Whether a variable among the words of a command may hold an option that `pattern` describes. */
export function mayBeGiven(document: Dockerfile, { run, args }: PackageCommand, pattern: RegExp): boolean {
  return args.some(({ literal, value }) => {
    if (literal || !/[$`]/.test(value)) return false
    const known = document.expand(value, run)
    return known === undefined ? /opt|flag|arg|param|yes/i.test(value) : pattern.test(known)
  })
}

/** The first words of some commands: enough to tell findings about them from others. */
export function wordsAbout(commands: readonly PackageCommand[]): string {
  const words = commands.flatMap(({ verb, args }) => [verb, ...args.slice(0, 3).map(({ value }) => value)])
  return words.slice(0, 12).join(' ').slice(0, 200)
}

/** The words that let a command run as root, with a space behind them; empty where it is not called by sudo. */
export function sudoOf({ prefix }: PackageCommand): string {
  const first = prefix.findIndex(({ value }) => value === 'sudo')
  return first < 0
    ? ''
    : `${prefix
        .slice(first)
        .map(({ text }) => text)
        .join(' ')} `
}
