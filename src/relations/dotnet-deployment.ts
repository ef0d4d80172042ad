import { posix } from 'node:path'
import { type Instruction, pairsOf } from '../documents/dockerfile.js'
import type { Reference } from '../facts/base-images.js'
import { isOf } from '../facts/run-images.js'
import type { Evidence, Location, Path, Project } from '../model.js'
import { buildRuns, type Trade } from './build-runs.js'
import { type Deployment, isForDeveloping, objectionsToCut } from './deployment.js'
import { checksOf, type Entry, entriesOf } from './entries.js'
import { type Image, locate, type RunCommand } from './image.js'
import { treeOf } from './image-tree.js'
import type { Use } from './uses.js'

export interface DotnetDeployment extends Deployment {
  readonly reference: Reference
  /** Whether the program needs what `aspnet` has more than `runtime`. */
  readonly isWeb: boolean
  /** Whether the stage builds; otherwise it only runs what another one has built. */
  readonly builds: boolean
}

const SDK = 'mcr.microsoft.com/dotnet/sdk'

/** A folder that `dotnet publish` fills. */
interface Published {
  readonly run: Instruction
  readonly folder: string | undefined
}

const trade: Trade<Published> = {
  tools: /^dotnet$/,
  build: ({ args, here }: RunCommand, run) => {
    if (args[0] !== 'publish')
      return args[0] === 'run' ? 'The build runs a program of its own, and what that makes is not known' : undefined
    const flag = args.findIndex((arg) => arg === '-o' || arg === '--output')
    const joined = args.flatMap((arg) => /^(?:-o|--output)[=:](.+)$/.exec(arg ?? '')?.[1] ?? [])[0]
    const out = flag >= 0 ? args[flag + 1] : joined
    if (out === undefined || here === undefined) return 'It is published to a folder that the command does not name'
    return { run, folder: posix.resolve(here, out) }
  },
  harmless: /^(nuget|node|npm)$/,
  packages: /^(clang|zlib1g-dev)$/,
}

/** Reads a deployed stage that starts from the SDK of .NET. */
export function dotnetDeployment(use: Use, project: Project): DotnetDeployment | undefined {
  const { image, contexts } = use
  const reference = isOf(image.reference, SDK)
  if (!reference || image.stage !== image.document.stages.at(-1)) return undefined
  const entries = entriesOf(use)
  const [verb] = entries.flatMap((entry) => (entry.programs.includes('dotnet') ? entry.arguments.slice(0, 1) : []))
  const isTool = verb !== undefined && verb !== 'run' && !/\.dll$|^(exec|--)/.test(verb)
  if (entries.length === 0 || isTool || isForDeveloping(use, entries, /^(dotnet-ef|dotnet-watch)$/)) return undefined
  const runs = image.stage.instructions.filter(({ keyword }) => keyword === 'RUN')
  const [context = '.'] = contexts
  const libraries = entries.flatMap((entry) => libraryOf(entry, image))
  const projects = libraries.map((library) => projectOf(posix.basename(library, '.dll'), context, project))
  const isWeb = projects.some((path) => path !== undefined && needsWeb(path, project, new Set()))
  const common = { entries, reference, isWeb, lists: [], files: [], settings: [], programs: [], system: [] }
  const objections = [
    ...objectionsToStart(use, entries, projects),
    ...(isWeb ? objectionsToPort(use, entries) : []),
    ...objectionsToCode(context, project),
  ]
  if (verb === 'run') {
    const note = 'It compiles the program each time a container starts'
    return { ...common, builds: true, last: image.stage.from, objections: [{ note, at: entries[0]!.at }] }
  }
  if (runs.length === 0) return { ...common, builds: false, last: image.stage.from, objections }
  const tree = treeOf(image, runs.at(-1)!, context, project)
  const read = buildRuns(image, trade, [...tree.destinations, ...image.workdirs.map(({ path }) => path)])
  const last = runs.findLast((run) => !read.settings.includes(run)) ?? runs.at(-1)!
  const folders = [...new Set(libraries.map((library) => posix.dirname(library)))]
  return {
    ...common,
    builds: true,
    last,
    settings: read.settings,
    programs: folders.map((folder) => ({ from: folder, to: folder })),
    objections: [
      ...read.objections,
      ...objectionsToCut(use, tree, last),
      ...(image.stage.parent || contexts.length !== 1
        ? [{ note: 'What it starts is built in several places', at: locate(image, image.stage.from) }]
        : []),
      ...objections,
      ...folders.flatMap((folder) => {
        if (!read.builds.some((each) => each.folder === folder))
          return [{ note: `The build is not seen to publish to ${folder}`, at: locate(image, last) }]
        const beside = folder === image.workdir ? undefined : settingsIn(image.workdir ?? '/', tree.files)
        return beside === undefined
          ? []
          : [{ note: 'It works in the folder of the sources, and may read this there', at: whole(beside) }]
      }),
    ],
  }
}

function whole(path: Path): Location {
  return { path, start: 0, end: 0 }
}

/** What a program may read in its working directory. */
function settingsIn(folder: string, files: ReadonlyMap<string, Path>): Path | undefined {
  return [...files].find(
    ([at, path]) =>
      at.startsWith(folder === '/' ? folder : `${folder}/`) &&
      !/\.(cs|fs|vb|csproj|fsproj|vbproj|sln|slnx|md|props|targets|config|user|http)$|(^|\/)(Dockerfile[^/]*|\.[^/]+|LICENSE|global\.json|launchSettings\.json|[^/]*\.lock\.json)$/i.test(
        path,
      ),
  )?.[1]
}

/** The library that `dotnet` starts, as an absolute path. */
function libraryOf({ programs, arguments: words }: Entry, image: Image): readonly string[] {
  const library = words.find((word) => word.endsWith('.dll'))
  const isPlain =
    programs.length === 1 && programs[0] === 'dotnet' && library !== undefined && /^[\w./-]+$/.test(library)
  return isPlain ? [posix.resolve(image.workdir ?? '/', library)] : []
}

/** The file of the project that a library is named after. */
function projectOf(name: string, context: Path, { paths }: Project): Path | undefined {
  return paths.find(
    (path) =>
      (context === '.' || path.startsWith(`${context}/`)) &&
      /\.(cs|fs|vb)proj$/.test(path) &&
      posix.basename(path, posix.extname(path)) === name,
  )
}

/** Whether a project, or one that it refers to, is for the web. A package can be too, and says so in its name. */
function needsWeb(path: Path, project: Project, seen: Set<Path>): boolean {
  if (seen.has(path)) return false
  seen.add(path)
  const text = project.read(path)?.text ?? ''
  if (/Sdk\s*=\s*"Microsoft\.NET\.Sdk\.(Web|Razor|BlazorWebAssembly)"|Microsoft\.AspNetCore|AspNetCore"/.test(text))
    return true
  return [...text.matchAll(/<ProjectReference\s+Include\s*=\s*"([^"]{1,300})"/g)].some(([, reference = '']) =>
    needsWeb(posix.join(posix.dirname(path), reference.replaceAll('\\', '/')), project, seen),
  )
}

/** What an image for running alone could not start, or not check. */
function objectionsToStart(
  use: Use,
  entries: readonly Entry[],
  projects: readonly (Path | undefined)[],
): readonly Evidence[] {
  const { image } = use
  const from = locate(image, image.stage.from)
  const objections: Evidence[] = []
  if (/[@$]/.test(image.stage.base.value)) objections.push({ note: 'Only the build knows which SDK it is', at: from })
  for (const entry of entries) {
    if (libraryOf(entry, image).length === 0)
      objections.push({ note: 'What it starts is not a library that dotnet is given by its name', at: entry.at })
  }
  if (projects.includes(undefined))
    objections.push({ note: 'No project of the repository has the name of what it starts', at: from })
  for (const { at } of checksOf(use)) objections.push({ note: 'Its health check may need a program of this image', at })
  return objections
}

/** More than anybody waits for. */
const MOST_SOURCES = 3_000

/** Programs that the code starts, which must be in the image. */
function objectionsToCode(context: Path, project: Project): readonly Evidence[] {
  const paths = project.paths
    .filter((path) => (context === '.' || path.startsWith(`${context}/`)) && /\.(cs|fs|vb)$/.test(path))
    .filter((path) => !/(^|\/)[\w.]*Tests?(\.[\w.]+)?\//i.test(path))
  for (const path of paths.slice(0, MOST_SOURCES)) {
    const match = /\bProcess\.Start\s*\(|\bProcessStartInfo\b/.exec(project.read(path)?.text ?? '')
    if (match) {
      const at = { path, start: match.index, end: match.index + match[0].length }
      return [{ note: 'It starts other programs, and which of the image it needs cannot be told', at }]
    }
  }
  return paths.length > MOST_SOURCES
    ? [{ note: 'The program is too large to be looked through', at: whole(paths[0]!) }]
    : []
}

const PORTS = /^(ASPNETCORE_URLS|ASPNETCORE_HTTP_PORTS|DOTNET_URLS|URLS)$/

/** The SDK takes away the port that the image for the web sets, so somebody must say one. */
function objectionsToPort({ image, consumers }: Use, entries: readonly Entry[]): readonly Evidence[] {
  const isSet =
    image.instructions.some((each) => each.keyword === 'ENV' && pairsOf(each).some(([name]) => PORTS.test(name))) ||
    (consumers.length > 0 &&
      consumers.every(({ service }) => service?.environment.some(({ name }) => PORTS.test(name)) ?? false)) ||
    entries.every((entry) => entry.arguments.some((word) => /^--urls(=|$)/.test(word)))
  const note = 'Nothing says its port, and the image for running listens on another one than the SDK'
  return isSet ? [] : [{ note, at: locate(image, image.stage.from) }]
}
