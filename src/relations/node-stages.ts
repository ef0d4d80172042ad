import type { Dockerfile, Instruction, ShellCommand } from '../documents/dockerfile.js'
import { pairsOf } from '../documents/dockerfile.js'
import { COMPILING, DOWNLOADING, MONOREPO } from '../facts/node-builds.js'
import type { Evidence, Path, Project } from '../model.js'
import { inside } from './ignored-files.js'
import { commandsIn, type Image, isUnder, locate } from './image.js'
import { type Source, sourceIn } from './npm-installs.js'
import { mayBeOwned } from './ownership.js'
import { type PackageCommand, packageCommandsOf } from './package-commands.js'
import { folderOf } from './paths.js'
import type { Use } from './uses.js'

/** What a command of a RUN is for. */
export type Purpose =
  /** Packages of the system that only compile. */
  | 'tools'
  /** Other packages of the system, or both kinds together. */
  | 'system'
  /** What the manifest lists. */
  | 'install'
  /** A script or a tool that makes something of the sources. */
  | 'build'
  /** Takes away what only the build needed. */
  | 'prune'
  /** A program for everybody. */
  | 'global'
  /** Makes, moves or removes files where the program works. */
  | 'files'
  | 'account'
  /** Nothing that lasts. */
  | 'nothing'
  | 'other'

/** A stage that installs and builds a Node program and then runs it, cut into what comes before, in and after its build. */
export interface NodeStage {
  readonly use: Use
  readonly image: Image
  /** Behind FROM: what the build and the program both stand on. */
  readonly shared: readonly Instruction[]
  /** From the first to the last instruction that only makes the program. */
  readonly building: readonly Instruction[]
  readonly rest: readonly Instruction[]
  /** Of the building ones, what speaks to the running program too: ENV, with the ARG they use, LABEL, EXPOSE. */
  readonly lasting: readonly Instruction[]
  /** The folder that it is built in. */
  readonly workdir: string
  readonly manager: 'npm' | 'yarn' | 'pnpm'
  readonly source: Source
  /** The purposes of everything in `building`. */
  readonly purposes: ReadonlySet<Purpose>
  /** What makes it impossible to cut the stage. */
  readonly objections: readonly Evidence[]
}

/** Reads a deployed stage of a file that has only this one; `undefined` if it builds no Node program. */
export function nodeStageOf(use: Use, project: Project): NodeStage | undefined {
  const { image } = use
  const { document, stage } = image
  if (document.stages.length !== 1 || !/\b(npm|yarn|pnpm)\b/.test(document.file.text)) return undefined
  const behind = stage.instructions.slice(1)
  const isPartOfBuild = (instruction: Instruction) =>
    purposesOf(image, instruction).some((purpose) => /^(tools|install|build|prune)$/.test(purpose))
  const last = behind.findLast(isPartOfBuild)
  const install = behind.find((instruction) => purposesOf(image, instruction).includes('install'))
  const workdir = last && image.workdirAt(last)
  if (!last || !install || workdir === undefined) return undefined
  const first = behind.findIndex((instruction) => !isShared(image, instruction))
  const end = behind.indexOf(last) + 1
  const building = behind.slice(first, end)
  const sources = use.contexts.flatMap((context) => sourceIn(image, last, workdir, context, project) ?? [])
  const [source] = sources
  const manager = managerOf(document, install)
  if (!source || !manager) return undefined
  const cut = {
    use,
    image,
    shared: behind.slice(0, first),
    building,
    rest: behind.slice(end),
    lasting: lastingOf(building),
    workdir,
    manager,
    source,
    purposes: new Set(building.flatMap((instruction) => purposesOf(image, instruction))),
  }
  const paths = new Set(sources.map(({ manifest }) => manifest.file.path))
  return { ...cut, objections: [...objectionsTo(cut, last, paths, project)] }
}

/** What the commands of a RUN are for; nothing for other instructions. */
export function purposesOf(image: Image, run: Instruction): readonly Purpose[] {
  if (run.keyword !== 'RUN') return []
  if (run.json || run.hereDocuments.length > 0) return ['other']
  const packages = new Map(packageCommandsOf(image.document, run).map((each) => [each.command, each]))
  const purposes = commandsIn(image.document, run, image.workdirAt(run)).map(({ command, args }) =>
    purposeOf(command, args, packages.get(command), image.workdirAt(run) ?? '/'),
  )
  return purposes.length > 0 ? purposes : ['other']
}

function purposeOf(
  command: ShellCommand,
  args: readonly (string | undefined)[],
  called: PackageCommand | undefined,
  workdir: string,
): Purpose {
  const { name = '' } = command
  if (called) return purposeOfManager(called)
  if (/^(npx|tsc|tsup|nest|ng|vite|next|webpack|rollup|esbuild|babel|gulp|grunt|prisma|node)$/.test(name))
    return 'build'
  if (/(^|\/)node_modules\/\.bin\//.test(name)) return 'build'
  if (name === 'corepack') return 'system'
  if (/^(addgroup|adduser|groupadd|useradd|usermod)$/.test(name)) return 'account'
  if (/^(true|:|set|export|cd|echo|printf|ls|test|\[|cat|pwd|sleep)$/.test(name))
    return command.redirects.some(({ operator }) => operator.startsWith('>')) ? 'files' : 'nothing'
  if (!/^(mkdir|rm|rmdir|cp|mv|ln|chmod|touch|sed|find)$/.test(name)) return 'other'
  const paths = args.filter((arg) => arg === undefined || arg.startsWith('/') || arg.includes('..'))
  if (paths.some((path) => path === undefined || path.includes('..'))) return 'other'
  if (paths.length > 0 && paths.every((path) => CACHES.test(path!))) return 'nothing'
  return paths.every((path) => isUnder(path!, workdir)) ? 'files' : 'other'
}

/** Where package managers leave what no program needs. */
const CACHES = /^\/(var\/(lib\/apt|cache)|tmp|root\/\.(npm|cache|yarn)|usr\/local\/share\/\.cache)(\/|$)/

function purposeOfManager({ manager, verb, options, packages }: PackageCommand): Purpose {
  if (!/^(p?npm|yarn)$/.test(manager)) {
    if (verb !== 'install') return manager === 'pip' ? 'other' : 'nothing'
    if (packages.some(({ kind }) => kind !== 'named')) return 'system'
    return packages.every(({ name }) => COMPILING.has(name)) ? 'tools' : 'system'
  }
  const isGlobal = options.some(({ name }) => /^(-g|--global)$/.test(name))
  if (/^(install|ci)$/.test(verb) && (isGlobal || packages.length > 0)) return isGlobal ? 'global' : 'other'
  if (/^(install|ci)$/.test(verb)) return 'install'
  if (/^(cache|config|set|get|pkg|audit|fund|--version|-v)$/.test(verb)) return 'nothing'
  if (verb === 'global') return 'global'
  if (verb === 'prune') return 'prune'
  return /^(add|remove|upgrade|link|publish|init)$/.test(verb) ? 'other' : 'build'
}

/** Whether the build and the program may both stand on an instruction: it only prepares the system or says something. */
function isShared(image: Image, instruction: Instruction): boolean {
  const { keyword } = instruction
  if (/^(WORKDIR|LABEL|MAINTAINER|STOPSIGNAL|SHELL|EXPOSE)$/.test(keyword)) return true
  if (keyword === 'ENV') return isLasting(instruction) && !usesArgument(image, instruction)
  if (keyword !== 'RUN') return false
  const purposes = purposesOf(image, instruction)
  const prepares = purposes.some((purpose) => /^(system|global|account|files)$/.test(purpose))
  return prepares && purposes.every((purpose) => /^(system|tools|global|account|files|nothing)$/.test(purpose))
}

/** Variables that only a build looks at, or that only make sense to developers. */
const FOR_THE_BUILD =
  /^(VITE|NEXT_PUBLIC|REACT_APP|VUE_APP|GATSBY|NUXT_PUBLIC|PUBLIC)_|^(CI|GENERATE_SOURCEMAP|CHOKIDAR_USEPOLLING|WATCHPACK_POLLING)$/

function isLasting(env: Instruction): boolean {
  const pairs = pairsOf(env)
  if (pairs.some(([name, value]) => name === 'NODE_ENV' && !/^['"]?production['"]?$/.test(value ?? ''))) return false
  return !pairs.every(([name]) => FOR_THE_BUILD.test(name))
}

function usesArgument({ stage }: Image, env: Instruction): boolean {
  return argumentsUsedBy(stage.instructions, env).length > 0
}

function argumentsUsedBy(instructions: readonly Instruction[], env: Instruction): readonly Instruction[] {
  const text = pairsOf(env)
    .map(([, value]) => value ?? '')
    .join(' ')
  return instructions.filter(
    (arg) =>
      arg.keyword === 'ARG' &&
      arg.index < env.index &&
      pairsOf(arg).some(([name]) => new RegExp(`\\$\\{?${name.replace(/\W/g, '')}\\b`).test(text)),
  )
}

/** What of the build speaks to the program too, in its order. */
export function lastingOf(building: readonly Instruction[]): readonly Instruction[] {
  const envs = building.filter((instruction) => instruction.keyword === 'ENV' && isLasting(instruction))
  const args = new Set(envs.flatMap((env) => argumentsUsedBy(building, env)))
  return building.filter(
    (instruction) =>
      envs.includes(instruction) || args.has(instruction) || /^(LABEL|EXPOSE|MAINTAINER)$/.test(instruction.keyword),
  )
}

function managerOf(document: Dockerfile, install: Instruction): NodeStage['manager'] | undefined {
  const manager = packageCommandsOf(document, install).find(
    ({ verb, manager: by }) => /^(install|ci)$/.test(verb) && /^(p?npm|yarn)$/.test(by),
  )?.manager
  return manager as NodeStage['manager'] | undefined
}

type Cut = Omit<NodeStage, 'objections'>

function* objectionsTo(
  cut: Cut,
  last: Instruction,
  manifests: ReadonlySet<Path>,
  project: Project,
): Iterable<Evidence> {
  const { use, image, building, workdir, source, manager } = cut
  const { manifest } = source
  if (manifests.size > 1)
    yield { note: 'It is built in several contexts, each with a package.json of its own', at: manifest.at() }
  if (!manifest.readable) yield { note: 'package.json cannot be read', at: manifest.at() }
  if (manifest.keys.has('workspaces'))
    yield { note: 'It is a workspace, whose packages are built together', at: manifest.at('workspaces') }
  for (const folder of new Set(['.', folderOf(manifest.file.path)])) {
    const sign = MONOREPO.map((name) => inside(folder, name)).find((path) => project.paths.includes(path))
    if (sign) yield { note: `${sign} builds several packages together`, at: { path: sign, start: 0, end: 0 } }
  }
  const downloading = [...manifest.groups.dependencies.keys()].find((name) => DOWNLOADING.test(name))
  if (downloading)
    yield {
      note: `${downloading} keeps what it downloads outside of node_modules`,
      at: manifest.at('dependencies', downloading),
    }
  if (!mayBeOwned(workdir))
    yield { note: `It is built in ${workdir}, which belongs to the system`, at: locate(image, last) }
  if (image.userAt(last).root !== true)
    yield { note: 'Its build does not run as root, and a copy would not keep the owner', at: locate(image, last) }
  for (const { path, madeBy } of image.volumes)
    if (isUnder(path, workdir) || isUnder(workdir, path))
      yield { note: `${path} is a volume, from which no stage can copy`, at: locate(image, madeBy) }
  for (const child of use.children) yield { note: `${child.name} is built on it`, at: child.at }
  if (building.some((run) => purposesOf(image, run).includes('global'))) yield* globalsStarted(cut)
  for (const instruction of building) {
    const note = objectionTo(image, instruction, workdir, manager)
    if (note) yield { note, at: locate(image, instruction) }
  }
}

/** Programs that start and that may be among those which the build installs for everybody. */
function* globalsStarted({ use }: Cut): Iterable<Evidence> {
  for (const { words, at } of use.starts.flatMap(({ commands }) => commands)) {
    const name = (words[0] ?? '').replace(/^.*\//, '')
    if (!/^(node|npm|npx|sh|bash|ash|dash|exec|env|tini|dumb-init|docker-entrypoint\.sh)$/.test(name))
      yield { note: `It starts ${name}, which its build may have installed`, at }
  }
}

/** Why an instruction cannot stay behind in a stage that only builds. */
function objectionTo(
  image: Image,
  instruction: Instruction,
  workdir: string,
  manager: NodeStage['manager'],
): string | undefined {
  const { keyword } = instruction
  if (keyword === 'COPY' || keyword === 'ADD') {
    const destination = image.copies.find((copy) => copy.instruction === instruction)?.destination
    return destination !== undefined && isUnder(destination, workdir)
      ? undefined
      : `It copies ${destination === undefined ? 'to a place that only the build knows' : `to ${destination}`}, outside of ${workdir}`
  }
  if (/^(USER|VOLUME|SHELL|HEALTHCHECK|CMD|ENTRYPOINT|ONBUILD|STOPSIGNAL)$/.test(keyword))
    return `${keyword} stands in the midst of its build`
  if (keyword !== 'RUN') return undefined
  const purposes = purposesOf(image, instruction)
  if (purposes.includes('other')) return 'What this does besides building cannot be told'
  if (purposes.includes('account')) return 'It makes an account in the midst of its build'
  if (purposes.includes('system'))
    return 'It prepares the system in the midst of its build; put that above the first COPY'
  return managerOf(image.document, instruction) && managerOf(image.document, instruction) !== manager
    ? 'It installs with two package managers'
    : undefined
}
