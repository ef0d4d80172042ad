import { posix } from 'node:path'
import {
  type Dockerfile,
  type Instruction,
  pairsOf,
  type ShellCommand,
  type Stage,
  type Word,
} from '../documents/dockerfile.js'
import { type BaseImage, baseImage, type Family } from '../facts/base-images.js'
import type { Location, Range } from '../model.js'
import { type MadeAccount, type MadeGroup, madeAccounts } from './accounts.js'

/** A COPY or ADD: what comes from where, and where it goes. */
export interface Copy {
  readonly instruction: Instruction
  readonly sources: readonly Word[]
  /** Absolute, with a trailing slash if written with one; `undefined` if a variable hides it. */
  readonly destination: string | undefined
  /** The stage or image named by `--from`. */
  readonly from: string | undefined
}

/** A user as `USER` names it. */
export interface User {
  /** Variables filled in; `undefined` if they cannot be. An empty one means root. */
  readonly name: string | undefined
  readonly group: string | undefined
  /** Whether it is root, or `undefined` if that cannot be known. */
  readonly root: boolean | undefined
  /** The instruction that says so; `undefined` if it is the base image's own user. */
  readonly setBy: Instruction | undefined
}

/** A path that an instruction makes or names. */
export interface MadePath {
  readonly path: string
  readonly madeBy: Instruction
}

/** What the instructions of a stage, and of the stages it starts from, come to. */
export interface Image {
  readonly document: Dockerfile
  readonly stage: Stage
  /** Of the whole chain, in order. */
  readonly instructions: readonly Instruction[]
  /** The image under the chain, as it is known; `undefined` if it is not. */
  readonly base: BaseImage | undefined
  /** Its reference, or `undefined` if only the build knows. */
  readonly reference: string | undefined
  readonly family: Family | undefined
  /** The user its containers start as. */
  readonly user: User
  readonly accounts: readonly MadeAccount[]
  readonly groups: readonly MadeGroup[]
  readonly copies: readonly Copy[]
  readonly volumes: readonly MadePath[]
  /** Directories that RUN makes with mkdir or `install -d`, in words that can be read for certain. */
  readonly madeDirectories: readonly MadePath[]
  /** The working directories WORKDIR makes, each with the first instruction that does. */
  readonly workdirs: readonly MadePath[]
  /** The working directory right before an instruction; `undefined` if it cannot be known. */
  workdirAt(instruction: Instruction): string | undefined
  /** The working directory at the end. */
  readonly workdir: string | undefined
  /** The user in force right before an instruction. */
  userAt(instruction: Instruction): User
}

const memo = new WeakMap<Stage, Image>()

/** Reads a stage as an image. Worked out once per stage. */
export function imageOf(document: Dockerfile, stage: Stage): Image {
  const image = memo.get(stage) ?? read(document, stage)
  memo.set(stage, image)
  return image
}

function chainOf(stage: Stage): readonly Stage[] {
  return stage.parent ? [...chainOf(stage.parent), stage] : [stage]
}

function read(document: Dockerfile, stage: Stage): Image {
  const chain = chainOf(stage)
  const instructions = chain.flatMap((part) => part.instructions)
  const reference = chain[0]!.image
  const base = reference === undefined ? undefined : baseImage(reference)
  const runs = instructions.filter(({ keyword }) => keyword === 'RUN')
  const workdirs = workdirsOf(document, instructions, base)
  const { before: users, last: user } = usersOf(document, instructions, base)
  const resolve = (word: string, instruction: Instruction) => {
    const workdir = workdirs.get(instruction)
    const path = document.expand(unquoted(word), instruction)
    if (path === undefined || (!path.startsWith('/') && workdir === undefined)) return undefined
    return posix.resolve(workdir ?? '/', path) + (/[^/]\/$/.test(path) || /(^|\/)\.$/.test(path) ? '/' : '')
  }
  return {
    document,
    stage,
    instructions,
    base,
    reference,
    family: base?.family ?? familyUsed(document, runs),
    user,
    ...madeAccounts(document, runs),
    copies: instructions
      .filter(({ keyword }) => keyword === 'COPY' || keyword === 'ADD')
      .map((i) => copyOf(i, resolve)),
    volumes: instructions.flatMap((i) =>
      i.keyword === 'VOLUME'
        ? i.words.flatMap(({ value }) => present(resolve(value, i)).map((path) => ({ path, madeBy: i })))
        : [],
    ),
    madeDirectories: runs.flatMap((run) => directoriesOf(document, run, workdirs.get(run))),
    workdirs: firstOf(
      instructions.flatMap((i) =>
        i.keyword === 'WORKDIR'
          ? present(resolve(i.words[0]?.value ?? '', i)).map((path) => ({ path: trimmed(path), madeBy: i }))
          : [],
      ),
    ),
    workdirAt: (instruction) => workdirs.get(instruction),
    workdir: workdirs.get(undefined),
    userAt: (instruction) => users.get(instruction) ?? user,
  }
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value]
}

function firstOf(paths: readonly MadePath[]): readonly MadePath[] {
  return paths.filter((made, i) => paths.findIndex(({ path }) => path === made.path) === i)
}

function trimmed(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, '') : path
}

function unquoted(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, '$2')
}

/** The working directory before each instruction, and at the end under `undefined`. */
function workdirsOf(document: Dockerfile, instructions: readonly Instruction[], base: BaseImage | undefined) {
  const before = new Map<Instruction | undefined, string | undefined>()
  let workdir: string | undefined = base ? (base.workdir ?? '/') : undefined
  for (const instruction of instructions) {
    before.set(instruction, workdir)
    if (instruction.keyword !== 'WORKDIR') continue
    const path = document.expand(unquoted(instruction.words.map(({ value }) => value).join(' ')), instruction)
    if (path === undefined || (!path.startsWith('/') && workdir === undefined)) workdir = undefined
    else workdir = trimmed(posix.resolve(workdir ?? '/', path))
  }
  before.set(undefined, workdir)
  return before
}

function usersOf(document: Dockerfile, instructions: readonly Instruction[], base: BaseImage | undefined) {
  const known = base?.user
  let user: User = {
    name: known,
    group: undefined,
    root: known === undefined ? undefined : known === '0',
    setBy: undefined,
  }
  const before = new Map<Instruction, User>()
  for (const instruction of instructions) {
    before.set(instruction, user)
    if (instruction.keyword === 'USER') user = userOf(document, instruction)
  }
  return { before, last: user }
}

function userOf(document: Dockerfile, setBy: Instruction): User {
  const written = setBy.words[0]?.value ?? ''
  const text = document.expand(unquoted(written), setBy)
  // An ARG that nobody sets expands to nothing, and USER with nothing is root.
  if (text === undefined) return { name: undefined, group: undefined, root: undefined, setBy }
  const [name = '', group] = text.split(':')
  return { name, group, root: name === '' || name === 'root' || /^0+$/.test(name), setBy }
}

function copyOf(instruction: Instruction, resolve: (word: string, i: Instruction) => string | undefined): Copy {
  const words = instruction.words.filter(
    ({ start }) => !instruction.hereDocuments.some(({ operator }) => operator.start === start),
  )
  return {
    instruction,
    sources: words.slice(0, -1),
    destination: words.length > 0 ? resolve(words.at(-1)!.value, instruction) : undefined,
    from: instruction.flags.find(({ name }) => name === 'from')?.value,
  }
}

/** Package managers give away the family of a base nobody here knows; they only work as root. */
function familyUsed(document: Dockerfile, runs: readonly Instruction[]): Family | undefined {
  const used = new Set(runs.flatMap((run) => document.shell(run).commands.map(({ name }) => name)))
  if (used.has('apt-get') || used.has('apt')) return 'debian'
  if (used.has('apk')) return 'alpine'
  if (used.has('microdnf')) return 'redhat-minimal'
  return used.has('dnf') || used.has('yum') ? 'redhat' : undefined
}

function directoriesOf(document: Dockerfile, run: Instruction, workdir: string | undefined): readonly MadePath[] {
  return firstOf(
    commandsIn(document, run, workdir)
      .filter(
        ({ command, args }) =>
          command.plain && (command.name === 'mkdir' || (command.name === 'install' && args.includes('-d'))),
      )
      .flatMap(({ args, here }) => pathsIn(args, here).map((path) => ({ path, madeBy: run }))),
  )
}

/** A command of a RUN as the shell sees it. */
export interface RunCommand {
  readonly command: ShellCommand
  /** Variables filled in; `undefined` where one cannot be known. */
  readonly args: readonly (string | undefined)[]
  /** The directory it runs in. */
  readonly here: string | undefined
}

const runCommands = new WeakMap<Instruction, readonly RunCommand[]>()

/** The commands of a RUN that starts in `workdir`. Worked out once per RUN. */
export function commandsIn(document: Dockerfile, run: Instruction, workdir: string | undefined): readonly RunCommand[] {
  const known = runCommands.get(run)
  if (known) return known
  let here = workdir
  const commands = document.shell(run).commands.map((command) => {
    const args = command.words.slice(1).map((word) => document.expand(word.value, run))
    const found = { command, args, here }
    if (command.name === 'cd') here = args[0] === undefined ? undefined : absolute(args[0], here)
    return found
  })
  runCommands.set(run, commands)
  return commands
}

/** The arguments that are no options, as absolute paths. A pattern, or a path nobody can know, is left out. */
export function pathsIn(args: readonly (string | undefined)[], here: string | undefined): readonly string[] {
  return args.flatMap((arg, i) => {
    const isValue = i > 0 && /^-[mog]$/.test(args[i - 1] ?? '')
    if (arg === undefined || isValue || /^[-~]|[*?{}[\]]/.test(arg)) return []
    return present(absolute(arg, here))
  })
}

function absolute(path: string, here: string | undefined): string | undefined {
  return path.startsWith('/') || here !== undefined ? posix.resolve(here ?? '/', path) : undefined
}

/** Whether a path is a directory or lies below it. */
export function isUnder(path: string, directory: string): boolean {
  const parent = trimmed(directory)
  return path === parent || path.startsWith(parent === '/' ? '/' : `${parent}/`)
}

/** Where something of a Dockerfile stands. */
export function locate({ document }: Pick<Image, 'document'>, { start, end }: Range): Location {
  return { path: document.file.path, start, end }
}

/** The ports an image says it listens on. */
export function exposedPorts({ document, instructions }: Image): readonly number[] {
  return instructions
    .filter(({ keyword }) => keyword === 'EXPOSE')
    .flatMap((expose) =>
      expose.words.map(({ value }) => Number(/^\d+/.exec(document.expand(value, expose) ?? '')?.[0])),
    )
    .filter((port) => !Number.isNaN(port))
}

/** The variables that ENV leaves to a container; `undefined` for a value that only the build knows. */
export function variablesOfImage({ document, instructions }: Image): ReadonlyMap<string, string | undefined> {
  const values = new Map<string, string | undefined>()
  for (const instruction of instructions) {
    if (instruction.keyword !== 'ENV') continue
    for (const [name, raw = ''] of pairsOf(instruction)) values.set(name, document.expand(unquoted(raw), instruction))
  }
  return values
}
