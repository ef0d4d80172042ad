import { posix } from 'node:path'
import { type Dockerfile, type Instruction, pairsOf } from '../documents/dockerfile.js'
import type { Evidence } from '../model.js'
import { checksOf, type Entry, programPaths, workingDirectories } from './entries.js'
import { commandsIn, exposedPorts, type Image, imageOf, isUnder, locate, pathsIn } from './image.js'
import type { ImageTree } from './image-tree.js'
import { lastingMounts, rootNeedsOfConsumer, sourceMounts } from './run-context.js'
import type { Mention, RunTimeFile } from './run-time-files.js'
import type { Use } from './uses.js'

/** A program, where its build leaves it, and where it has to be for what starts it. */
export interface BuiltProgram {
  readonly from: string
  readonly to: string
}

/** A deployed stage that builds a program and starts it, and what a stage for running alone would have to give it. */
export interface Deployment {
  /** What speaks against any such stage. */
  readonly objections: readonly Evidence[]
  readonly programs: readonly BuiltProgram[]
  readonly files: readonly RunTimeFile[]
  /** The last instruction of the build. */
  readonly last: Instruction
  readonly entries: readonly Entry[]
  /** RUNs that prepare the image for running rather than build. */
  readonly settings: readonly Instruction[]
  /** Instructions in shell form that can do without a shell, as lists of words. */
  readonly lists: readonly { readonly instruction: Instruction; readonly words: readonly string[] }[]
  /** Why it cannot do without a system: a shell, root, files that it writes. */
  readonly system: readonly Evidence[]
}

/** The image under the last stage of a file, as a quick look before everything else is read. */
export function lastReference(document: Dockerfile): string {
  const last = document.stages.at(-1)
  return last ? (imageOf(document, last).reference ?? '') : ''
}

/** Shells to work in, and what waits or tests: a container that nobody deploys. */
const NO_PROGRAM = /^(make|bash|sh|ash|dash|tail|sleep|watchexec|entr|nodemon)$/

/** Whether an image is there for people who change the program: tools that build again, mounted sources. */
export function isForDeveloping({ image, consumers }: Use, entries: readonly Entry[], tools: RegExp): boolean {
  const names = entries.flatMap(({ programs }) => programs.map((program) => posix.basename(program ?? '')))
  return (
    names.some((name) => NO_PROGRAM.test(name) || tools.test(name)) ||
    consumers.some((consumer) => consumer.by === 'devcontainer' || sourceMounts(consumer, image.workdir).length > 0)
  )
}

/** What makes it impossible to cut a stage in two. */
export function* objectionsToCut(use: Use, tree: ImageTree, last: Instruction): Iterable<Evidence> {
  const { image, children } = use
  for (const child of children) yield { note: `${child.name} is built on it`, at: child.at }
  for (const instruction of image.instructions) {
    const at = locate(image, instruction)
    if (instruction.keyword === 'ONBUILD') yield { note: 'Other images are meant to be built on it', at }
    if (instruction.keyword === 'SHELL') yield { note: 'It has a shell of its own choice', at }
    if (instruction.keyword === 'USER' && instruction.index < last.index && !isRoot(instruction))
      yield { note: 'Its build changes the user on the way', at }
  }
  for (const instruction of tree.unknown)
    yield { note: 'It cannot be told which files this brings', at: locate(image, instruction) }
  if (image.workdir === undefined)
    yield { note: 'Only the build knows the working directory', at: locate(image, image.stage.from) }
  for (const at of workingDirectories(use)) yield { note: 'A service starts it in another folder', at }
}

/** Files that would go along, and that a command of the build has taken away by then. */
export function* objectionsToRemoval(image: Image, files: readonly RunTimeFile[]): Iterable<Evidence> {
  for (const run of image.instructions) {
    if (run.keyword !== 'RUN' || files.length === 0) continue
    for (const { command, args, here } of commandsIn(image.document, run, image.workdirAt(run))) {
      if (command.name !== 'rm') continue
      const gone = pathsIn(args.map(folderOfPattern), here)
      const isUnknown = args.includes(undefined)
      if (isUnknown || files.some(({ path }) => gone.some((each) => isUnder(path, each))))
        yield { note: 'The build takes files away that the program may read', at: locate(image, run) }
    }
  }
}

/** Of a pattern, everything in its folder counts. */
function folderOfPattern(path: string | undefined): string | undefined {
  const wild = path?.search(/[*?[]/) ?? -1
  return wild < 0 ? path : path!.slice(0, path!.lastIndexOf('/', wild) + 1)
}

/** What a build of an image that starts as root says to be sure. */
function isRoot({ words }: Instruction): boolean {
  return /^(root|0)(:(root|0))?$/.test(words[0]?.value ?? '')
}

/** Why a program needs a system around it: a shell, an account by name, root, or files that others keep for it. */
export function* systemNeeds(
  { image, consumers }: Use,
  entries: readonly Entry[],
  last: Instruction,
): Iterable<Evidence> {
  for (const { shell, at, instruction } of entries)
    if (shell === 'needed' || (shell === 'spare' && instruction && instruction.index < last.index))
      yield { note: 'A shell starts it', at }
  const { setBy, name } = image.user
  if (setBy && !/^\d+$/.test(name ?? ''))
    yield { note: `It runs as ${name ?? 'a user that only the build knows'}`, at: locate(image, setBy) }
  for (const { path, madeBy } of image.volumes) yield { note: `It keeps ${path}`, at: locate(image, madeBy) }
  const ports = exposedPorts(image)
  for (const consumer of consumers) {
    yield* rootNeedsOfConsumer(consumer, ports)
    for (const mount of lastingMounts(consumer)) yield { note: `It keeps ${mount.target ?? 'a volume'}`, at: mount.at }
  }
  const low = ports.find((port) => port < 1024)
  const expose = image.instructions.find(({ keyword }) => keyword === 'EXPOSE')
  if (low !== undefined && expose)
    yield { note: `It listens on port ${low}, for which some engines want root`, at: locate(image, expose) }
}

/** What every system looks for programs in. */
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/**
 * Where the programs that are started come from, and go to: to their own place, or to one on the path of every system.
 * `path` is that of the image as it is.
 */
export function startedPrograms(
  use: Use,
  entries: readonly Entry[],
  built: readonly string[],
  path: readonly string[],
): Pick<Deployment, 'programs' | 'objections' | 'lists'> {
  const places = new Map(built.map((from) => [from, from]))
  const objections: Evidence[] = []
  const find = (program: string) =>
    programPaths(program, use.image.workdir ?? '/', path).find((candidate) => places.has(candidate))
  for (const { programs, at } of entries) {
    for (const program of programs) {
      const from = program === undefined ? undefined : find(program)
      if (from === undefined)
        objections.push({
          note: `It starts ${program ?? 'what only a shell can tell'}, which the build is not seen to make`,
          at,
        })
      else if (!program!.includes('/') && !SYSTEM_PATH.includes(posix.dirname(from)))
        places.set(from, posix.join('/usr/local/bin', posix.basename(from)))
    }
  }
  for (const { program, at } of checksOf(use)) {
    if (program === undefined || find(program) === undefined)
      objections.push({ note: 'Its health check needs a program of this image', at })
  }
  const programs = [...places].map(([from, to]) => ({ from, to }))
  for (const mount of use.consumers.flatMap((consumer) => consumer.mounts)) {
    if (programs.some(({ to }) => mount.target !== undefined && isUnder(to, mount.target)))
      objections.push({ note: 'Something is mounted over the program', at: mount.at })
  }
  const lists = entries.flatMap(({ shell, words, instruction }) => {
    const from = words?.[0]?.includes('/') ? find(words[0]) : words?.[0]
    return shell === 'spare' && words && instruction && from !== undefined
      ? [{ instruction, words: [from, ...words.slice(1)] }]
      : []
  })
  return { programs, objections, lists }
}

/** The words around a program that may name files: its arguments, and the values of its environment. */
export function* mentionsAround({ image, consumers }: Use, entries: readonly Entry[]): Iterable<Mention> {
  for (const entry of entries) for (const text of entry.arguments) yield { text, at: entry.at }
  for (const instruction of image.instructions) {
    if (instruction.keyword !== 'ENV') continue
    for (const [, value = ''] of pairsOf(instruction))
      yield { text: value.replace(/["']/g, ''), at: locate(image, instruction) }
  }
  for (const { service } of consumers)
    for (const { value, at } of service?.environment ?? []) if (value !== undefined) yield { text: value, at }
}

/** The folders that a program without a folder of its own is looked for in. */
export function searchPath(image: Image, own: readonly string[]): readonly string[] {
  const added = image.instructions.flatMap((instruction) =>
    instruction.keyword === 'ENV'
      ? pairsOf(instruction).flatMap(([name, value = '']) =>
          name === 'PATH' ? value.replace(/["']/g, '').split(':') : [],
        )
      : [],
  )
  return [...added.filter((folder) => folder.startsWith('/')), ...own, ...SYSTEM_PATH]
}
