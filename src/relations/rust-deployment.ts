import { posix } from 'node:path'
import type { Instruction } from '../documents/dockerfile.js'
import { quotedTexts } from '../documents/quoted.js'
import { alpineVersion, debianRelease, isOf, isServed } from '../facts/run-images.js'
import { librariesOf, rustRelease } from '../facts/rust-libraries.js'
import type { Evidence, Path, Project } from '../model.js'
import { type BuildRuns, buildRuns, type Trade } from './build-runs.js'
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
import { type Entry, entriesOf, programPaths } from './entries.js'
import { type Image, locate, type RunCommand } from './image.js'
import { type ImageTree, treeOf } from './image-tree.js'
import { type Mention, runTimeFiles } from './run-time-files.js'
import type { Use } from './uses.js'

export interface RustDeployment extends Deployment {
  /** The release of Debian it is built on, and whether the tag says so; on Alpine, its version. */
  readonly release: string | undefined
  readonly isSaid: boolean
  readonly alpine: string | undefined
  /** Packages that hold the libraries it is linked with. */
  readonly packages: readonly string[]
}

/** Tools that build and start again whenever a file changes, or that test. */
const FOR_DEVELOPING = /^(cargo-watch|bacon|trunk|dx|watchexec|systemfd)$/

interface CargoBuild {
  readonly run: Instruction
  readonly here: string
}

const trade: Trade<CargoBuild> = {
  tools: /^cargo$/,
  build: ({ args, here }: RunCommand, run) => {
    if (args.includes('run')) return 'The build runs a program of its own, and what that makes is not known'
    if (args.some((arg) => /^--target-dir|^--out-dir|^--artifact-dir/.test(arg ?? '')))
      return 'It is built into a folder of its own choice'
    return args.some((arg) => arg === 'build' || arg === 'b' || arg === 'install') && here !== undefined
      ? { run, here }
      : undefined
  },
  harmless: /^(rustup|rustc|sccache|ldd)$/,
  packages:
    /^(lib(ssl|pq|clang|sqlite3|mariadb|mysqlclient|z|lzma|bz2)-dev|libmariadb-dev-compat|default-libmysqlclient-dev|openssl-dev|openssl-libs-static|zlib1g-dev|zlib-dev|clang|lld|llvm(-dev)?|mold|nasm|perl|python3|musl-tools|ninja-build)$/,
}

/** Reads a deployed stage that starts from the Rust image; `undefined` where Cargo builds nothing that is deployed. */
export function rustDeployment(use: Use, project: Project): RustDeployment | undefined {
  const { image, contexts } = use
  const reference = isOf(image.reference, 'rust')
  if (!reference || image.stage !== image.document.stages.at(-1)) return undefined
  const entries = entriesOf(use)
  if (entries.length === 0 || isForDeveloping(use, entries, FOR_DEVELOPING)) return undefined
  const said = debianRelease(reference)
  const alpine = alpineVersion(reference)
  const common = {
    entries,
    alpine,
    release: alpine === undefined ? (said ?? rustRelease(reference.tag ?? '')) : undefined,
    isSaid: said !== undefined,
    packages: [],
  }
  const refused = (note: string, at = locate(image, image.stage.from)) => {
    const nothing = { programs: [], lists: [], files: [], settings: [], system: [], last: image.stage.from }
    return { ...common, ...nothing, objections: [{ note, at }] }
  }
  const cargo = entries.find(({ programs }) => programs.includes('cargo'))
  const verb = cargo?.arguments.find((word) => !word.startsWith('-') && !word.startsWith('+'))
  if (cargo)
    return verb === 'run' ? refused('It compiles the program each time a container starts', cargo.at) : undefined
  const [context] = contexts
  if (context === undefined || contexts.length > 1) return refused('It is built from several folders')
  if (image.stage.parent || !image.stage.instructions.some(({ keyword }) => keyword === 'RUN'))
    return refused('What it starts is built in another stage')
  if (/-crt-static/.test(image.document.file.text))
    return refused('It is linked with the C library of Alpine at run time')
  if (!common.isSaid && alpine === undefined && /[@$]/.test(image.stage.base.value))
    return refused('Only the build knows on which system it is built')
  if (common.alpine === undefined && !isServed(common.release ?? ''))
    return refused('The tag does not say whose C library the program was linked with, or it is kept no more')
  return { ...common, ...read(use, entries, context, common.release, project) }
}

type Reading = Omit<RustDeployment, 'entries' | 'alpine' | 'release' | 'isSaid'>

function read(
  use: Use,
  entries: readonly Entry[],
  context: Path,
  release: string | undefined,
  project: Project,
): Reading & Pick<Deployment, 'entries'> {
  const { image } = use
  const { instructions } = image.stage
  const tree = treeOf(image, instructions.findLast(({ keyword }) => keyword === 'RUN')!, context, project)
  const workdirs = image.workdirs.map(({ path }) => path)
  const runs = buildRuns(image, trade, [...tree.destinations, ...workdirs])
  const last =
    instructions.findLast((each) => each.keyword === 'RUN' && !runs.settings.includes(each)) ?? image.stage.from
  const path = searchPath(image, ['/usr/local/cargo/bin'])
  const names = namesOf(tree, project)
  const candidates = entries.flatMap(({ programs }) =>
    programs.flatMap((program) => (program === undefined ? [] : programPaths(program, image.workdir ?? '/', path))),
  )
  const built = [...new Set(candidates)].filter((candidate) => isBuilt(candidate, runs, names))
  const started = startedPrograms(use, entries, built, path)
  const code = codeOf(tree, project)
  const libraries = librariesIn(image, tree, release, project)
  const usual = { text: BY_CONVENTION, at: locate(image, image.stage.from), why: 'programs look for that name' }
  const shared = [image.workdir ?? '/', ...built.map((each) => posix.dirname(each))]
  const files = runTimeFiles(
    tree,
    shared,
    [...code.mentions, ...mentionsAround(use, entries), usual],
    () => false,
    undefined,
  )
  return {
    entries,
    objections: [
      ...runs.objections,
      ...objectionsToCut(use, tree, last),
      ...started.objections,
      ...code.objections,
      ...libraries.objections,
      ...objectionsToRemoval(image, files),
    ],
    programs: started.programs,
    lists: started.lists,
    files,
    last,
    settings: runs.settings,
    system: [
      ...systemNeeds(use, entries, last),
      ...code.writes,
      ...runs.settings.map((run) => ({ note: 'The build prepares the system for it', at: locate(image, run) })),
    ],
    packages: libraries.packages,
  }
}

/** What programs look for in the working directory without being told. */
const BY_CONVENTION = 'Rocket.toml templates static assets public config migrations .env'

/** Whether a path is where Cargo leaves a program of this name, or where it is moved from there. */
function isBuilt(path: string, { builds, moved }: BuildRuns<CargoBuild>, names: ReadonlySet<string>): boolean {
  const origin = moved.findLast(({ to }) => to === path)?.from ?? path
  const [, root, name] = /^(.*)\/target\/(?:[\w-]+\/)?[\w-]+\/([\w-]+)$/.exec(origin) ?? []
  if (name !== undefined)
    return names.has(name) && builds.some(({ here }) => here === root || here.startsWith(`${root}/`))
  return posix.dirname(origin) === '/usr/local/cargo/bin' && names.has(posix.basename(origin)) && builds.length > 0
}

/** The names of packages and programs: of `Cargo.toml`, and of the files in `src/bin`. */
function namesOf({ files }: ImageTree, project: Project): ReadonlySet<string> {
  const names = new Set<string>()
  for (const path of files.values()) {
    const program = /(?:^|\/)src\/bin\/([\w-]+)(?:\.rs|\/main\.rs)$/.exec(path)?.[1]
    if (program !== undefined) names.add(program)
    if (posix.basename(path) !== 'Cargo.toml') continue
    for (const [, name] of (project.read(path)?.text ?? '').matchAll(/^[ \t]*name[ \t]*=[ \t]*["']([\w-]+)["']/gm))
      names.add(name!)
  }
  return names
}

/** More than anybody waits for. */
const MOST_SOURCES = 3_000

const STARTS_OTHERS = /\bprocess::(?:Command\b|\{[^}\n]{0,200}\bCommand\b)/
const MAKES_FILES =
  /\b(?:File::(?:create|options)|OpenOptions::new|fs::(?:write|create_dir(?:_all)?|rename|copy)|create_dir_all|rolling::\w+|SqlitePool\w*|SqliteConnection|rusqlite|sled::open)\b/

interface Code {
  readonly mentions: readonly Mention[]
  readonly objections: readonly Evidence[]
  readonly writes: readonly Evidence[]
}

/** What the program's own code says: the words that may name files, and what it needs more than itself. */
function codeOf(tree: ImageTree, project: Project): Code {
  const mentions: Mention[] = []
  const objections: Evidence[] = []
  const writes: Evidence[] = []
  const paths = [...tree.files.values()].filter(
    (path) => path.endsWith('.rs') && !/(^|\/)(tests|benches|examples|target)\/|(^|\/)build\.rs$/.test(path),
  )
  if (paths.length > MOST_SOURCES)
    objections.push({
      note: 'The program is too large to be looked through',
      at: { path: paths[0]!, start: 0, end: 0 },
    })
  for (const path of paths.slice(0, MOST_SOURCES)) {
    const text = project.read(path)?.text ?? ''
    const found = (pattern: RegExp, note: string) => {
      const match = pattern.exec(text)
      return match ? [{ note, at: { path, start: match.index, end: match.index + match[0].length } }] : []
    }
    objections.push(...found(STARTS_OTHERS, 'It starts other programs, and which of the image it needs cannot be told'))
    writes.push(...found(MAKES_FILES, 'It makes files'))
    for (const { value, start, end } of quotedTexts(text)) mentions.push({ text: value, at: { path, start, end } })
  }
  return { mentions, objections, writes }
}

/** The packages with the libraries that the crates of `Cargo.lock` are linked with. */
function librariesIn(image: Image, { files }: ImageTree, release: string | undefined, project: Project) {
  const objections: Evidence[] = []
  const packages = new Set<string>()
  const locks = [...files.values()].filter((path) => posix.basename(path) === 'Cargo.lock')
  if (locks.length === 0) {
    const note = 'No Cargo.lock says which libraries of the system it is linked with'
    objections.push({ note, at: locate(image, image.stage.from) })
  }
  for (const path of locks) {
    const text = project.read(path)?.text ?? ''
    const isVendored = /^name = "openssl-src"/m.test(text)
    for (const { 0: line, 1: crate = '', index } of text.matchAll(/^name = "([\w-]+[-_]sys)"/gm)) {
      if (crate === 'openssl-sys' && isVendored) continue
      const needed = librariesOf(crate, release ?? 'alpine')
      if (needed?.package !== undefined) packages.add(needed.package)
      if (!needed)
        objections.push({
          note: `${crate} is linked with a library of the system that is not known here`,
          at: { path, start: index, end: index + line.length },
        })
    }
  }
  return { packages: [...packages].sort(), objections }
}
