/** Holds what was seen before against what was seen after. Pure: the engine has had its say. */
import type { FileEntry, InstalledPackage } from './files.js'
import type { BuiltImage, ImageConfig } from './image.js'
import type { Answer, Endpoint, Observation } from './observe.js'

/** Something that was better before. */
export interface Worsening {
  /** One sentence without a full stop. */
  readonly what: string
  /** The line of a log that shows it, secrets hidden. */
  readonly line?: string
}

/** What an image lost that it needs: libraries, imports, packages that something still there asks for. */
export function imageWorsenings(
  before: BuiltImage,
  after: BuiltImage,
  /** Names of Python packages that were taken out of a list of requirements on purpose. */
  moved: ReadonlySet<string>,
): readonly Worsening[] {
  return [
    ...missingLibraries(before, after),
    ...vanishedDistributions(before.files.packages, after.files.packages, moved),
    ...brokenImports(before, after),
  ]
}

/** Only of what was there before, wherever it stands now: what a new base lacks for its own programs it always lacked. */
function missingLibraries(before: BuiltImage, after: BuiltImage): readonly Worsening[] {
  const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
  const known = new Set([...before.files.entries.keys()].map(nameOf))
  return [...after.files.missingLibraries].flatMap(([name, askers]) => {
    const asker = before.files.missingLibraries.has(name) ? undefined : askers.find((path) => known.has(nameOf(path)))
    return asker ? [{ what: `${asker} needs ${name}, which is no longer in the image` }] : []
  })
}

/**
 * Of what vanished, only that may be missed which nobody took out on purpose and which did not merely belong to something
 * that went as well.
 */
function vanishedDistributions(
  before: readonly InstalledPackage[],
  after: readonly InstalledPackage[],
  moved: ReadonlySet<string>,
): readonly Worsening[] {
  const left = new Set(namesOf(after))
  const gone = before.filter(({ manager, name }) => manager === 'pip' && !left.has(name))
  const goneNames = new Set(gone.map(({ name }) => name))
  const isExplained = ({ name }: InstalledPackage) => {
    if (moved.has(name) || BUILD_TOOLS.has(name)) return true
    const askers = before.filter((other) => other.manager === 'pip' && other.requires.includes(name))
    return askers.length > 0 && askers.every((asker) => goneNames.has(asker.name))
  }
  return gone
    .filter((each) => !isExplained(each))
    .map(({ name }) => ({ what: `the Python package ${name} is no longer in the image` }))
}

const BUILD_TOOLS = new Set(['pip', 'setuptools', 'wheel', 'pip-tools', 'build'])

function namesOf(packages: readonly InstalledPackage[]): readonly string[] {
  return packages.flatMap(({ manager, name }) => (manager === 'pip' ? [name] : []))
}

function brokenImports(before: BuiltImage, after: BuiltImage): readonly Worsening[] {
  const worked = new Set(before.imports.flatMap(({ module, error }) => (error === undefined ? [module] : [])))
  return after.imports.flatMap(({ module, error }) =>
    error !== undefined && worked.has(module)
      ? [{ what: `the Python module ${module} can no longer be imported`, line: error }]
      : [],
  )
}

/** What a container no longer does that it did, or does worse. `image` is what it was started from afterwards. */
export function runWorsenings(before: Observation, after: Observation, image: BuiltImage): readonly Worsening[] {
  const ending = endings(before, after)
  // What has ended cannot answer: one reason is enough.
  if (ending.length > 0) return ending
  return [
    ...silences(before.endpoints, after.endpoints, after),
    ...illness(before, after),
    ...lostWrites(before, after, image),
    ...newErrors(before, after).map((line) => ({ what: `${after.name} complains of something new`, line })),
    ...stops(before, after),
  ]
}

function endings(before: Observation, after: Observation): readonly Worsening[] {
  const line = lastComplaint(after.log)
  if (before.state === 'running' && after.state === 'ended')
    return [{ what: `${after.name} ends with exit code ${after.exitCode}, and ran on before`, ...(line && { line }) }]
  if (before.state === 'ended' && before.exitCode === 0 && after.state === 'ended' && after.exitCode !== 0)
    return [{ what: `${after.name} ends with exit code ${after.exitCode}, and with 0 before`, ...(line && { line }) }]
  return []
}

function silences(
  before: readonly Endpoint[],
  after: readonly Endpoint[],
  { name, log }: Observation,
): readonly Worsening[] {
  return before.flatMap((was) => {
    // A port may have moved together with everybody who asks it; its name outside then stayed.
    const is = after.find((each) => each.name === was.name) ?? after.find((each) => each.port === was.port)
    if (rank(is?.answer ?? 'silent') >= rank(was.answer)) return []
    const line = lastComplaint(log)
    const now = is === undefined ? 'nothing asks it any more' : `${says(is.answer)} now`
    return [{ what: `${name} ${said(was.answer)} on port ${was.port} before, and ${now}`, ...(line && { line }) }]
  })
}

/** The higher the better; a redirect is as good as a page. */
function rank(answer: Answer): number {
  if (answer === 'silent') return 0
  if (answer === 'connects') return 1
  if (answer >= 500) return 2
  return answer >= 400 ? 3 : 4
}

function said(answer: Answer): string {
  return typeof answer === 'number' ? `answered ${answer}` : answer === 'connects' ? 'took connections' : 'was silent'
}

function says(answer: Answer): string {
  return typeof answer === 'number'
    ? `answers ${answer}`
    : answer === 'connects'
      ? 'only takes connections'
      : 'is silent'
}

function illness(before: Observation, after: Observation): readonly Worsening[] {
  if (after.health !== 'unhealthy' || before.health === 'unhealthy') return []
  return [{ what: `the health check of ${after.name} fails` }]
}

/** Places that say nothing about the program: they come and go, or belong to root's own session. */
const FLEETING = /^\/(tmp|run|var\/run|var\/tmp|dev|proc|sys|root|home)(\/|$)|\/__pycache__(\/|$)|\.pyc$/

/** What the original wrote and the new user may not. */
function lostWrites(before: Observation, after: Observation, image: BuiltImage): readonly Worsening[] {
  if (after.uid === undefined || after.uid === 0 || after.uid === before.uid) return []
  const group = /:(\d+)$/.exec(image.config.user)?.[1]
  const user = { uid: after.uid, gid: group === undefined ? undefined : Number(group) }
  const written = new Set(after.written)
  return writeTrace(before).flatMap((path) => {
    if (written.has(path) || mayWrite(path, user, image.files.entries)) return []
    return [{ what: `the original writes ${path}, and user ${after.uid} may not` }]
  })
}

/** The paths that a container wrote, without folders that only hold others and without what is fleeting. */
export function writeTrace({ written }: Pick<Observation, 'written'>): readonly string[] {
  const lasting = written.filter((path) => !FLEETING.test(path))
  const parents = new Set(lasting.map((path) => path.slice(0, path.lastIndexOf('/'))))
  return lasting.filter((path) => !parents.has(path)).sort()
}

/** By the permission bits of the path or, if it is not there yet, of the nearest folder above it. */
export function mayWrite(
  path: string,
  user: { readonly uid: number; readonly gid: number | undefined },
  entries: ReadonlyMap<string, FileEntry>,
): boolean {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const entry = entries.get(at)
    if (entry) {
      const isGroup = user.gid === undefined || entry.gid === user.gid
      const bits = entry.uid === user.uid ? entry.mode >> 6 : isGroup ? (entry.mode >> 3) | entry.mode : entry.mode
      return (bits & 2) !== 0
    }
    if (at === '' || at === '/') return false
  }
}

const COMPLAINT =
  /EACCES|EPERM|EROFS|ENOENT|permission denied|operation not permitted|read-only file system|readonly database|unable to open database|no such file|not found|ModuleNotFoundError|ImportError|cannot open shared object|cannot find module|MODULE_NOT_FOUND/i

/** The kinds of complaint that only came up afterwards. */
function newErrors(before: Observation, after: Observation): readonly string[] {
  const known = new Set(before.log.filter((line) => COMPLAINT.test(line)).map(shapeOf))
  const fresh = after.log.filter((line) => COMPLAINT.test(line) && !isAccess(line) && !known.has(shapeOf(line)))
  return [...new Map(fresh.map((line) => [shapeOf(line), line])).values()].slice(0, 3)
}

/** A line of an access log tells of a request, and a 404 for `/` is not news. */
function isAccess(line: string): boolean {
  return /"?(GET|HEAD|POST) \/\S* ?(HTTP\/[\d.]+)?/.test(line) || /Not Found: \//.test(line)
}

/** A line without what differs from start to start. */
function shapeOf(line: string): string {
  return line.replace(/0x[0-9a-f]+|[0-9a-f]{8,}|\d+/gi, '#').trim()
}

/** The line that most likely says why a program ended. */
export function lastComplaint(log: readonly string[]): string | undefined {
  return (
    log.findLast((line) => COMPLAINT.test(line)) ??
    log.findLast((line) => /error|exception|fatal|panic/i.test(line)) ??
    log.findLast((line) => line.trim() !== '')
  )
}

const SLOWER = 3
const KILLED = 137

function stops(before: Observation, after: Observation): readonly Worsening[] {
  if (!before.stop || !after.stop) return []
  const times = `${before.stop.seconds.toFixed(1)} s before and ${after.stop.seconds.toFixed(1)} s after`
  if (after.stop.exitCode === KILLED && before.stop.exitCode !== KILLED)
    return [{ what: `${after.name} has to be killed, and stopped by itself before` }]
  if (after.stop.seconds > before.stop.seconds + SLOWER)
    return [{ what: `${after.name} takes longer to stop: ${times}` }]
  return []
}

/** The keys of an image's configuration that differ, each with both values. */
export function configChanges(
  before: ImageConfig,
  after: ImageConfig,
): readonly { readonly key: string; readonly before: string; readonly after: string }[] {
  return (Object.keys(before) as (keyof ImageConfig)[]).flatMap((key) => {
    const [was, is] = [before[key], after[key]].map((value) => (typeof value === 'string' ? value : value.join(' ')))
    return was === is ? [] : [{ key, before: was!, after: is! }]
  })
}

/** Packages that are in one of two images only, as `manager name`. */
export function packagesLeft(before: BuiltImage, after: BuiltImage): readonly InstalledPackage[] {
  const keyOf = ({ manager, name }: InstalledPackage) => `${manager} ${name}`
  const left = new Set(after.files.packages.map(keyOf))
  return before.files.packages.filter((each) => !left.has(keyOf(each)))
}
