import { posix } from 'node:path'
import type { Instruction } from '../documents/dockerfile.js'
import type { Path, Project } from '../model.js'
import { type Copy, commandsIn, type Image, isUnder, type MadePath, pathsIn } from './image.js'
import { sourceOf } from './image-files.js'

/** A directory that the running program must own, because it writes there or may. */
export interface Owned {
  readonly path: string
  /** The last instruction that must have run before its owner can be changed. */
  readonly after: Instruction
  /** Whether the build is known to make it; if not, it must be made first. */
  readonly exists: boolean
  /** Why: for the evidence. */
  readonly why: string
}

/** The standard directories of a system, and what package managers and runtimes keep for themselves. */
const SYSTEM =
  /^\/(etc|usr|bin|sbin|lib\d*|boot|dev|proc|sys|root|tmp|run|opt|home|mnt|media|srv|var)?$|^\/(etc|bin|sbin|lib\d*|boot|dev|proc|sys|root|tmp|run)\/|^\/usr\/(local|src)$|^\/usr\/(local\/)?(bin|sbin|lib\w*|share|include|libexec|games|etc|man)(\/|$)|^\/var\/(lib|log|www|local|cache|run|lock|spool|tmp|opt|mail)$|^\/var\/(lib\/(apt|dpkg)|cache|run|lock|tmp)\/|^\/opt\/(venv|conda|java)/

/** Whether a path may be handed to a program. */
export function mayBeOwned(path: string): boolean {
  return !SYSTEM.test(path)
}

/**
 * The directories a program started from this image must be able to write: its working directory, the directories the
 * build makes for it, its volumes, and the caches its framework keeps. `mounts` are the targets of named volumes.
 */
export function directoriesToOwn(
  image: Image,
  mounts: readonly string[],
  contexts: readonly Path[],
  project: Project,
): readonly Owned[] {
  const owned = new Map<string, Owned>()
  const last =
    image.instructions.findLast(({ keyword }) => /^(RUN|COPY|ADD|WORKDIR|FROM|ARG)$/.test(keyword)) ?? image.stage.from
  const add = (directory: Owned) => {
    if (!mayBeOwned(directory.path) || alreadyOwned(image, directory.path)) return
    const known = owned.get(directory.path)
    owned.set(directory.path, {
      ...directory,
      exists: directory.exists || (known?.exists ?? false),
      after: known?.after ?? directory.after,
    })
  }

  const workdir = image.workdirs.find(({ path }) => path === image.workdir)
  if (workdir) add({ path: workdir.path, after: workdir.madeBy, exists: true, why: 'the program works in it' })
  else if (image.workdir && image.base?.workdir === image.workdir)
    add({ path: image.workdir, after: image.stage.from, exists: true, why: 'the program works in it' })

  for (const { path, madeBy } of image.madeDirectories) {
    if (isRemoved(image, path) || image.userAt(madeBy).root === false) continue
    add({ path, after: madeBy, exists: true, why: 'the build makes it for the program' })
  }
  for (const { path, madeBy } of image.volumes)
    add({ path: trimmed(path), after: beforeVolume(image, madeBy), exists: false, why: 'it is a volume' })
  for (const path of mounts) add({ path: trimmed(path), after: last, exists: false, why: 'a volume is mounted there' })

  const cache = nextCache(image, contexts, project)
  if (cache) add({ path: cache, after: last, exists: false, why: 'Next.js keeps its cache there' })
  const all = [...owned.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  const exists = ({ path }: Owned) => all.some((other) => other.exists && isUnder(other.path, path))
  return all.map((directory) => (exists(directory) ? { ...directory, exists: true } : directory))
}

function trimmed(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, '') : path
}

/** A volume's owner must be set before VOLUME: some builders throw later changes away. */
function beforeVolume(image: Image, volume: Instruction): Instruction {
  return image.instructions[image.instructions.indexOf(volume) - 1] ?? image.stage.from
}

/** Whether the file itself already changes the owner of a directory, or gives it to everybody. */
function alreadyOwned(image: Image, path: string): boolean {
  return image.instructions.some(
    (run) =>
      run.keyword === 'RUN' &&
      commandsIn(image.document, run, image.workdirAt(run)).some(
        ({ command, args, here }) =>
          command.name === 'chown' &&
          pathsIn(args.slice(1), here).some((given) => given === path || (args.includes('-R') && isUnder(path, given))),
      ),
  )
}

/** Whether any command takes a directory away or moves it: its owner cannot be changed then. */
function isRemoved(image: Image, path: string): boolean {
  return image.instructions.some(
    (run) =>
      run.keyword === 'RUN' &&
      commandsIn(image.document, run, image.workdirAt(run)).some(({ command, args, here }) => {
        if (!/^(rm|rmdir|mv)$/.test(command.name ?? '')) return false
        const uncertain = args.some((arg) => arg === undefined || /[*?[{$`]/.test(arg))
        const given = command.name === 'mv' ? pathsIn(args, here).slice(0, -1) : pathsIn(args, here)
        return (
          given.some((gone) => isUnder(path, gone)) ||
          (uncertain && args.some((arg) => arg?.startsWith(posix.dirname(path))))
        )
      }),
  )
}

/** The cache of `next start` below the working directory, if this image runs Next.js. */
function nextCache(image: Image, contexts: readonly Path[], project: Project): string | undefined {
  if (!image.workdir) return undefined
  const copiesNext = image.copies.some(({ sources }) => sources.some(({ value }) => /\.next(\/|$)/.test(value)))
  const manifest = sourceOf(image, posix.resolve(image.workdir, 'package.json'), contexts, project)
  const builds = image.instructions.some(
    (i) => i.keyword === 'RUN' && /\b(next|npm run|yarn|pnpm|bun run)\b.*\bbuild\b/.test(textOf(image, i)),
  )
  const uses = manifest !== undefined && /"next"\s*:/.test(project.read(manifest)?.text ?? '')
  return copiesNext || (builds && uses) ? posix.join(image.workdir, '.next/cache') : undefined
}

function textOf(image: Image, { start, end }: Instruction): string {
  return image.document.file.text.slice(start, end)
}

const MANIFEST =
  /(^|\/)(requirements[\w.-]*\.(txt|in)|constraints[\w.-]*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|pdm\.lock|Pipfile(\.lock)?|setup\.(py|cfg)|package(-lock)?\.json|package\*\.json|npm-shrinkwrap\.json|yarn\.lock|\.yarnrc\.yml|pnpm-(lock|workspace)\.yaml|bun\.lockb?|go\.(mod|sum)|go\.\*|Gemfile(\.lock)?|Gemfile\*|composer\.(json|lock)|Cargo\.(toml|lock)|pom\.xml|[\w.]*gradle[\w.]*|[\w.-]+\.csproj|[\w.-]+\.(sln|slnx|props|targets)|\.npmrc|\.python-version|mvnw|gradlew|\.mvn\/?|gradle\/?)$/
const NOT_SOURCE =
  /\.(sh|bash|conf|cfg|ini|crt|pem|key|service|tar|tgz|gz|xz|bz2|zip|jar|war|whl|so|deb|rpm|apk|dll)$|(^|\/)(docker-)?entrypoint[\w-]*$/i
const MADE_BY_TOOLS =
  /(^|\/)(node_modules|site-packages|\.?venv|bin|vendor|certs?|ssl|tls|keys?|secrets?|config|conf(\.d)?)\/?$/

/**
 * Whether a COPY brings the program's own files to where it works, so that the program may write beside them.
 * Dependencies, scripts, configuration and binaries stay root's: the program has no business changing them.
 */
export function isProgramSource(image: Image, copy: Copy): boolean {
  const { instruction, destination, sources, from } = copy
  if (instruction.flags.some(({ name }) => name === 'chown' || name === 'chmod' || name === 'link')) return false
  if (instruction.hereDocuments.length > 0 || destination === undefined || sources.length === 0 || !image.workdir)
    return false
  const target = trimmed(destination)
  const home =
    image.workdirs.some(({ path }) => mayBeOwned(path) && isUnder(target, path)) ||
    image.volumes.some(({ path }) => isUnder(target, path))
  if (!home || !mayBeOwned(target) || MADE_BY_TOOLS.test(target)) return false
  const names = sources.map(({ value }) => value.replace(/^["']|["']$/g, ''))
  if (
    names.every((name) => MANIFEST.test(name)) ||
    names.some((name) => NOT_SOURCE.test(name) || MADE_BY_TOOLS.test(name) || /^\w+:\/\//.test(name))
  )
    return false
  // Out of another stage comes what was built: the whole of an application, or what Next.js writes into.
  return (
    from === undefined ||
    (isStageOf(image, from) &&
      names.every((name) => /\.next(\/|$)|(^|\/)(storage|public)\/?$/.test(name) || target === image.workdir))
  )
}

function isStageOf(image: Image, from: string): boolean {
  return image.document.stages.some(({ name, index }) => name === from.toLowerCase() || String(index) === from)
}

const PRIVATE =
  /\.(key|pem|p12|pfx|jks|keystore)$|(^|\/)(id_(rsa|ed25519|ecdsa)|credentials[\w.-]*\.json|service-account[\w.-]*\.json)$/i

/**
 * Whether a COPY brings files that only their owner may read or start, so that another user needs them as its own:
 * private keys, files without rights for others, and scripts to which the build gives rights for the owner alone.
 */
export function isForOwnerOnly(image: Image, copy: Copy, contexts: readonly Path[], project: Project): boolean {
  const { instruction, destination, sources, from } = copy
  if (
    instruction.flags.some(({ name }) => name === 'chown' || name === 'link') ||
    destination === undefined ||
    (from !== undefined && !isStageOf(image, from))
  )
    return false
  if (sources.some(({ value }) => PRIVATE.test(value))) return true
  const paths = destinationsOf(copy)
  if (paths.some((path) => image.instructions.some((run) => run.keyword === 'RUN' && closesToOthers(image, run, path))))
    return true
  if (from !== undefined) return false
  return paths.some((path) => {
    const source = sourceOf(image, path, contexts, project)
    const file = source === undefined ? undefined : project.read(source)
    return file !== undefined && (file.mode & 0o004) === 0
  })
}

/** Whether a RUN gives rights on a path to its owner alone: `chmod u+x`, `chmod 700`. */
function closesToOthers(image: Image, run: Instruction, path: string): boolean {
  return closedBy(image, run).includes(path)
}

function closedBy(image: Image, run: Instruction): readonly string[] {
  return commandsIn(image.document, run, image.workdirAt(run)).flatMap(({ command, args, here }) => {
    const mode = args.find((arg) => arg !== undefined && !/^-[a-zA-Z-]/.test(arg))
    if (command.name !== 'chmod' || mode === undefined || !closes(mode)) return []
    return pathsIn(args.slice(args.indexOf(mode) + 1), here)
  })
}

/** Whether a mode lets the owner read or start what others may not. */
function closes(mode: string): boolean {
  if (/^u\+\w*[rx]\w*$|^go?-|^o-|^go?=$|^o=$/.test(mode)) return true
  const [, owner, others] = /^0?([0-7])[0-7]([0-7])$/.exec(mode) ?? []
  return owner !== undefined && (Number(owner) & 5 & ~Number(others)) !== 0
}

/**
 * Paths that the build closes to everyone but root, and that no COPY could hand over: another user could not use them.
 */
export function closedPaths(image: Image): readonly MadePath[] {
  const copied = new Set(image.copies.flatMap((copy) => destinationsOf(copy)))
  const isHandedOver = (path: string) =>
    alreadyOwned(image, path) || copied.has(path) || image.madeDirectories.some((made) => made.path === path)
  return image.instructions
    .filter(({ keyword }) => keyword === 'RUN')
    .flatMap((run) => closedBy(image, run).map((path) => ({ path, madeBy: run })))
    .filter(
      ({ path, madeBy }) =>
        !isHandedOver(path) && !isRemoved(image, path) && image.userAt(madeBy).root !== false && !isUnder(path, '/tmp'),
    )
}

/** The paths of the image at which the files of a COPY stand. */
function destinationsOf({ destination, sources }: Copy): readonly string[] {
  if (destination === undefined) return []
  return sources.map(({ value }) =>
    sources.length > 1 || destination.endsWith('/') ? posix.join(destination, posix.basename(value)) : destination,
  )
}
