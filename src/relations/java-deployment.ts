import { posix } from 'node:path'
import type { Instruction } from '../documents/dockerfile.js'
import { quotedTexts } from '../documents/quoted.js'
import { type JavaImage, javaImage } from '../facts/java-images.js'
import type { Evidence, Location, Path, Project } from '../model.js'
import { type BuildRuns, buildRuns, type Trade } from './build-runs.js'
import { type Deployment, isForDeveloping, mentionsAround, objectionsToCut, objectionsToRemoval } from './deployment.js'
import { checksOf, type Entry, entriesOf } from './entries.js'
import { type Image, locate, type RunCommand } from './image.js'
import { type ImageTree, treeOf } from './image-tree.js'
import { type Mention, runTimeFiles } from './run-time-files.js'
import type { Use } from './uses.js'

export interface JavaDeployment extends Deployment {
  readonly java: JavaImage
  /** Whether the stage builds; otherwise it only runs what another one has built. */
  readonly builds: boolean
}

/** Build tools that run the program themselves, and tests. */
const FOR_DEVELOPING = /^(mvnw?|gradlew?|jshell|mvnd)$/

const trade: Trade<Instruction> = {
  tools: /^(\.\/|\/usr\/bin\/)?(mvnw?|gradlew?)$/,
  build: ({ args }: RunCommand, run) => (args.some((arg) => BUILDING.test(arg ?? '')) ? run : undefined),
  harmless: /^(dos2unix|java|javac|jar)$/,
  packages: /^(maven|gradle|dos2unix|openjdk.*|findutils)$/,
}

const BUILDING = /^:?([\w-]+:)*(package|install|verify|build|assemble|bootJar|shadowJar|jar|fatJar|single|buildFatJar)$/

/** Reads a deployed stage that starts from an image with a build tool or a compiler of Java. */
export function javaDeployment(use: Use, project: Project): JavaDeployment | undefined {
  const { image, contexts } = use
  const java = javaImage(image.reference)
  if (!java || image.stage !== image.document.stages.at(-1)) return undefined
  const entries = entriesOf(use)
  if (entries.length === 0 || isForDeveloping(use, entries, FOR_DEVELOPING)) return undefined
  const runs = image.stage.instructions.filter(({ keyword }) => keyword === 'RUN')
  const isBare = /^eclipse-temurin\b/.test(image.reference ?? '')
  // A compiler that nobody uses, and no other stage: whether it is meant cannot be told.
  if (runs.length === 0 && isBare && image.document.stages.length === 1) return undefined
  const jars = entries.flatMap((entry) => jarOf(entry, image))
  const [context] = contexts
  const common = { entries, java, system: [], settings: [], lists: [], files: [], programs: [] }
  const starts = objectionsToStart(use, entries)
  if (runs.length === 0) return { ...common, builds: false, last: image.stage.from, objections: starts }
  const tree = treeOf(image, runs.at(-1)!, context ?? '.', project)
  const read = runsOf(image, tree, jars)
  if (read.builds.length === 0 && isBare) return undefined
  const last = runs.findLast((run) => !read.settings.includes(run)) ?? runs.at(-1)!
  const sources = sourcesOf(tree, project)
  const usual = { text: BY_CONVENTION, at: locate(image, image.stage.from), why: 'frameworks look for that name' }
  const mentions = [...sources.mentions, ...mentionsAround(use, entries), usual]
  const shared = [image.workdir ?? '/', ...jars.map((jar) => posix.dirname(jar))]
  const files = runTimeFiles(withoutResources(tree), shared, mentions, () => false, undefined)
  return {
    ...common,
    builds: true,
    last,
    settings: read.settings,
    programs: [...new Set(jars)].map((jar) => ({ from: jar, to: jar })),
    files,
    objections: [
      ...read.objections,
      ...objectionsToCut(use, tree, last),
      ...(image.stage.parent || contexts.length !== 1
        ? [{ note: 'What it starts is built in several places', at: locate(image, image.stage.from) }]
        : []),
      ...starts,
      ...jars.flatMap((jar) => objectionToJar(image, jar, tree, project)),
      ...sources.objections,
      ...objectionsToRemoval(image, files),
    ],
  }
}

/** What lies beside the code goes into the archive. */
function withoutResources(tree: ImageTree): ImageTree {
  const files = [...tree.files].filter(([, path]) => !/(^|\/)src\/(main|test)\/(?!.*\.(java|kt)$)/.test(path))
  return { ...tree, files: new Map(files) }
}

/** What frameworks look for in the working directory without being told. */
const BY_CONVENTION =
  'application.properties application.yml application.yaml application.conf config conf public static views webapp'

/** The RUNs of a stage, with what the build fills by itself known. */
function runsOf(image: Image, tree: ImageTree, jars: readonly string[]): BuildRuns<Instruction> {
  const workdirs = image.workdirs.map(({ path }) => path)
  return buildRuns(image, trade, [...tree.destinations, ...jars, ...workdirs])
}

/** The archive that an entry starts, as an absolute path. */
function jarOf({ programs, arguments: words }: Entry, image: Image): readonly string[] {
  const jar = words[words.indexOf('-jar') + 1]
  const isPlain = words.includes('-jar') && jar !== undefined && /^[\w./@+-]+\.jar$/.test(jar)
  return isPlain && programs.length === 1 && isJava(programs[0]) ? [posix.resolve(image.workdir ?? '/', jar)] : []
}

function isJava(program: string | undefined): boolean {
  return program === 'java'
}

/** What an image for running alone could not start, or not check. */
function objectionsToStart(use: Use, entries: readonly Entry[]): readonly Evidence[] {
  const { image } = use
  const objections: Evidence[] = []
  if (image.stage.base.value.includes('$'))
    objections.push({ note: 'Only the build knows which Java it is', at: locate(image, image.stage.from) })
  for (const entry of entries) {
    const other = entry.programs.find((program) => !isJava(program))
    const words = entry.arguments.join(' ')
    if (entry.programs.length !== 1 || other !== undefined || !isJava(entry.programs[0]))
      objections.push({ note: `It starts ${other ?? 'what only a shell can tell'}, not Java alone`, at: entry.at })
    else if (/(^| )(-cp|-classpath|--class-path|-p|--module-path)( |=|$)/.test(words) || !/(^| )-jar /.test(words))
      objections.push({ note: 'It starts from a class path rather than from one archive', at: entry.at })
    else if (jarOf(entry, image).length === 0)
      objections.push({ note: 'Only the shell can tell which archive it starts', at: entry.at })
    else if (/-(javaagent|agentpath|agentlib)[:=]/.test(words))
      objections.push({ note: 'It starts with an agent, which may need the tools of a JDK', at: entry.at })
  }
  for (const { at, program } of checksOf(use)) {
    if (!isJava(program)) objections.push({ note: 'Its health check needs a program of this image', at })
  }
  const home = image.instructions.find(
    (each) =>
      each.keyword === 'ENV' &&
      /JAVA_HOME|\/usr\/lib\/jvm|\/opt\/java/.test(image.document.file.text.slice(each.start, each.end)),
  )
  if (home)
    objections.push({
      note: 'It names the place of this Java, which is another one elsewhere',
      at: locate(image, home),
    })
  return objections
}

/** Plug-ins and settings that put everything into one archive. */
const ALL_IN_ONE =
  /spring-boot-maven-plugin|maven-shade-plugin|jar-with-dependencies|org\.springframework\.boot|com\.github\.johnrengelman\.shadow|com\.gradleup\.shadow|io\.ktor\.plugin|configurations\.(runtimeClasspath|compileClasspath)/

/** Whether an archive is known to need nothing beside it. */
function objectionToJar(image: Image, jar: string, { files }: ImageTree, project: Project): readonly Evidence[] {
  const at = locate(image, image.stage.from)
  const name = posix.basename(jar)
  if (/^original-|-(plain|sources|javadoc|tests)\.jar$/.test(name))
    return [{ note: `${name} is not the archive that holds everything`, at }]
  if (!/\/(target|build\/libs)\/[^/]+$/.test(jar)) return [{ note: `The build is not seen to make ${jar}`, at }]
  const module = jar.replace(/\/(target|build\/libs)\/[^/]+$/, '')
  for (let folder = module || '/'; ; folder = posix.dirname(folder)) {
    for (const build of ['pom.xml', 'build.gradle', 'build.gradle.kts']) {
      const path = files.get(posix.join(folder, build))
      if (path !== undefined && ALL_IN_ONE.test(withoutComments(project.read(path)?.text ?? ''))) return []
    }
    if (folder === '/') return [{ note: `It is not seen that ${name} holds everything it needs`, at }]
  }
}

/** Build files without what is commented out: `<!-- -->`, and in Gradle whole lines. */
function withoutComments(text: string): string {
  return text
    .split('<!--')
    .map((part, i) => (i === 0 ? part : part.slice(part.indexOf('-->') < 0 ? part.length : part.indexOf('-->') + 3)))
    .join('')
    .replace(/^[ \t]*\/\/.*$/gm, '')
}

/** More than anybody waits for. */
const MOST_SOURCES = 3_000

const STARTS_OTHERS = /\bProcessBuilder\s*\(|\bgetRuntime\(\)\s*\.exec\s*\(/
const COMPILES = /\bjavax\.tools\b|\bcom\.sun\.(tools|jdi)\b/

interface Sources {
  readonly mentions: readonly Mention[]
  readonly objections: readonly Evidence[]
}

/** What the program's own code says: the words that may name files, and what it needs more than itself. */
function sourcesOf(tree: ImageTree, project: Project): Sources {
  const mentions: Mention[] = []
  const objections: Evidence[] = []
  const paths = [...tree.files.values()].filter((path) => isProduction(path))
  if (paths.length > MOST_SOURCES) {
    const at = { path: paths[0]!, start: 0, end: 0 }
    return { mentions, objections: [{ note: 'The program is too large to be looked through', at }] }
  }
  for (const path of paths) {
    const text = project.read(path)?.text ?? ''
    const found = (pattern: RegExp, note: string) => {
      const match = pattern.exec(text)
      if (match) objections.push({ note, at: place(path, match.index, match[0].length) })
    }
    found(STARTS_OTHERS, 'It starts other programs, and which of the image it needs cannot be told')
    found(COMPILES, 'It compiles when it runs, which takes a JDK')
    for (const { value, start, end } of quotedTexts(text)) {
      const at = { path, start, end }
      mentions.push({ text: value, at })
      if (/(^|\/)src\/(main|test)\//.test(value)) objections.push({ note: 'It reads files of its sources', at })
    }
  }
  return { mentions, objections }
}

function isProduction(path: Path): boolean {
  return (
    /\.(java|kt|groovy|scala|properties|ya?ml)$/.test(path) &&
    !/(^|\/)(src\/test|test|tests|buildSrc)\//.test(path) &&
    /(^|\/)src\//.test(path)
  )
}

function place(path: Path, start: number, length: number): Location {
  return { path, start, end: start + length }
}
