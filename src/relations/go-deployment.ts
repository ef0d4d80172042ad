import { posix } from 'node:path'
import type { Linked } from '../facts/go-modules.js'
import { isOf } from '../facts/run-images.js'
import type { Evidence, Location, Path, Project } from '../model.js'
import { type BuildRuns, buildRuns, movedTo } from './build-runs.js'
import {
  type Deployment,
  isForDeveloping,
  mentionsAround,
  objectionsToCut,
  objectionsToRemoval,
  searchPath,
  startedPrograms,
  systemNeeds,
} from './deployment.js'
import { type Entry, entriesOf } from './entries.js'
import { type GoBuild, goTrade } from './go-builds.js'
import { type GoNeeds, goNeeds } from './go-needs.js'
import { folderOfImport, type GoProgram, type GoTree, goProgram, goTreeOf } from './go-program.js'
import { type Image, locate, variablesOfImage } from './image.js'
import { type ImageTree, treeOf } from './image-tree.js'
import { type RunTimeFile, runTimeFiles } from './run-time-files.js'
import type { Use } from './uses.js'

export interface GoDeployment extends Deployment {
  /** C code that the programs are linked with. */
  readonly linked: readonly { readonly how: Linked; readonly evidence: Evidence }[]
  /** Where builds begin that do not say whether they need C. */
  readonly undecided: readonly Location[]
  readonly builds: readonly Location[]
  /** Whether it reads `.env`, which repositories rarely hold. */
  readonly readsEnvironmentFile: boolean
}

/** The C code that asks for most of the system around it. */
export function worstLink(linked: GoDeployment['linked']): GoDeployment['linked'][number] | undefined {
  return (['system', 'c++', 'c'] as const).flatMap((wanted) => linked.find(({ how }) => how === wanted) ?? [])[0]
}

/** Tools that build and start again whenever a file changes, or that test. */
const FOR_DEVELOPING = /^(air|CompileDaemon|reflex|gin|fresh|modd|realize|dlv|wgo|gow|gotestsum|golangci-lint|ginkgo)$/

/** Reads a deployed stage that starts from a Go image; `undefined` where Go builds nothing that is deployed. */
export function goDeployment(use: Use, project: Project): GoDeployment | undefined {
  const { image, contexts } = use
  if (!isOf(image.reference, 'golang') || image.stage !== image.document.stages.at(-1)) return undefined
  const entries = entriesOf(use)
  const commands = entries.filter(({ programs }) => programs.some((program) => program === 'go'))
  if (entries.length === 0 || isForDeveloping(use, entries, FOR_DEVELOPING)) return undefined
  const running = commands.find((entry) => entry.arguments[0] === 'run')
  if (running) return refused(use, entries, 'It compiles the program each time a container starts', running.at)
  if (commands.length > 0) return undefined
  const [context, ...others] = contexts
  const from = locate(image, image.stage.from)
  if (context === undefined || others.length > 0) return refused(use, entries, 'It is built from several folders', from)
  if (!image.stage.instructions.some(({ keyword }) => keyword === 'RUN') || image.stage.parent)
    return refused(use, entries, 'What it starts is built in another stage', from)
  return read(use, entries, context, project)
}

function refused({ image }: Use, entries: readonly Entry[], note: string, at: Location): GoDeployment {
  const nothing = {
    programs: [],
    lists: [],
    files: [],
    settings: [],
    system: [],
    linked: [],
    undecided: [],
    builds: [],
  }
  return { ...nothing, entries, objections: [{ note, at }], last: image.stage.from, readsEnvironmentFile: false }
}

function read(use: Use, entries: readonly Entry[], context: Path, project: Project): GoDeployment {
  const { image } = use
  const { instructions } = image.stage
  const tree = treeOf(image, instructions.findLast(({ keyword }) => keyword === 'RUN')!, context, project)
  const runs = runsOf(image, tree)
  const last =
    instructions.findLast((each) => each.keyword === 'RUN' && !runs.settings.includes(each)) ?? image.stage.from
  const { built, objections } = programsOf(image, runs, goTreeOf(tree, project), project)
  const started = startedPrograms(
    use,
    entries,
    built.map(({ from }) => from),
    searchPath(image, ['/go/bin', '/usr/local/go/bin']),
  )
  const needs = goNeeds(built.map(({ program }) => program))
  const files = filesOf(
    use,
    entries,
    tree,
    needs,
    started.programs.map(({ from }) => posix.dirname(from)),
  )
  return {
    objections: [
      ...runs.objections,
      ...objectionsToCut(use, tree, last),
      ...objections,
      ...(built.length > 0 ? started.objections : []),
      ...needs.objections,
      ...objectionsToRemoval(image, files),
    ],
    programs: started.programs,
    lists: started.lists,
    files,
    last,
    entries,
    settings: runs.settings,
    system: [
      ...systemNeeds(use, entries, last),
      ...needs.writes,
      ...runs.settings.map((run) => ({ note: 'The build prepares the system for it', at: locate(image, run) })),
    ],
    ...linkedOf(image, runs.builds, needs),
    builds: runs.builds.map((build) => commandAt(image, build)),
    readsEnvironmentFile: needs.readsEnvironmentFile,
  }
}

function runsOf(image: Image, tree: ImageTree): BuildRuns<GoBuild> {
  const filled = [
    ...tree.destinations,
    ...tree.foreign.map(({ path }) => path),
    ...(image.workdir === undefined ? [] : [image.workdir]),
  ]
  const outputs = buildRuns(image, goTrade, filled).builds.flatMap(({ output }) => output ?? [])
  return buildRuns(image, goTrade, [...filled, ...outputs])
}

interface Read {
  readonly program: GoProgram
  readonly from: string
}

/** The programs that the builds leave behind, as the repository has them. */
function programsOf(image: Image, { builds, moved }: BuildRuns<GoBuild>, tree: GoTree, project: Project) {
  const built: Read[] = []
  const objections: Evidence[] = []
  const toBin = variablesOfImage(image).get('GOBIN') ?? '/go/bin'
  for (const build of builds) {
    const { source, output, folder = toBin } = build
    const inside = source.startsWith('/') ? source : folderOfImport(source, tree.modules)
    const isFile = source.endsWith('.go')
    const program =
      inside === undefined
        ? `${source} is not in the repository`
        : goProgram(isFile ? posix.dirname(inside) : inside, tree, project)
    if (typeof program === 'string') {
      objections.push({ note: program, at: commandAt(image, build) })
      continue
    }
    const name = isFile ? posix.basename(source, '.go') : program.name
    built.push({ program, from: movedTo(output ?? posix.join(folder, name), moved) })
  }
  if (builds.length === 0) {
    objections.push({ note: 'No command of the build is seen to make a program', at: locate(image, image.stage.from) })
  }
  return { built, objections }
}

/** What the program may read: of the repository by its name, and all that other stages bring. */
function filesOf(
  use: Use,
  entries: readonly Entry[],
  tree: ImageTree,
  { mentions, isBuiltIn, endings, readsEnvironmentFile }: GoNeeds,
  outputs: readonly string[],
): readonly RunTimeFile[] {
  const { image } = use
  const shared = [image.workdir ?? '/', ...outputs]
  const own = { text: '.env', at: locate(image, image.stage.from), why: 'godotenv reads it without being told' }
  const words = [...mentions, ...mentionsAround(use, entries), ...(readsEnvironmentFile ? [own] : [])]
  const foreign = tree.foreign.flatMap(({ path, instruction }) =>
    isBuiltIn(path)
      ? []
      : [{ path, note: `${path} goes along: another stage brings it`, at: locate(image, instruction) }],
  )
  return [...runTimeFiles(tree, shared, words, isBuiltIn, endings), ...foreign]
}

function linkedOf(image: Image, builds: readonly GoBuild[], { linked }: GoNeeds) {
  const set = variablesOfImage(image).get('CGO_ENABLED')
  const withC = builds.filter(({ cgo = set }) => cgo !== '0')
  const asked = withC.filter(({ cgo = set }) => cgo !== undefined)
  const code = withC.length > 0 ? linked : []
  return {
    linked:
      code.length > 0
        ? code
        : asked.map((build) => ({
            how: 'c' as const,
            evidence: { note: 'The build asks for C', at: commandAt(image, build) },
          })),
    undecided: withC.filter(({ cgo = set }) => cgo === undefined).map((build) => commandAt(image, build)),
  }
}

function commandAt(image: Image, { command }: GoBuild): Location {
  return { path: image.document.file.path, start: command.start, end: command.end }
}
