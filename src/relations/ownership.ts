import { posix } from 'node:path'
import type { Instruction } from '../documents/dockerfile.js'
import type { Path, Project } from '../model.js'
import { type Copy, commandsIn, type Image, isUnder, pathsIn } from './image.js'
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

/** Directories of the system: never handed to a program. */
const SYSTEM =
  /^\/((etc|usr|bin|sbin|lib|lib64|boot|dev|proc|sys|root|tmp|run|opt|home|mnt|media|srv|var)?$|(etc|bin|sbin|lib|lib64|boot|dev|proc|sys|root|tmp|run)\/|usr\/(?!src\/|local\/(src|app)\/)|var\/(lib\/(apt|dpkg)|cache|run|lock|spool|tmp)(\/|$)|opt\/(venv|conda|java)|var\/(lib|log|www|local)$)/

/** Whether a path may be handed to a program. `/app` is an application's; `/usr` and the like are the system's. */
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
  return [...owned.values()]
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
  /(^|\/)(requirements[\w.-]*\.(txt|in)|constraints[\w.-]*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|pdm\.lock|Pipfile(\.lock)?|setup\.(py|cfg)|package(-lock)?\.json|package\*\.json|npm-shrinkwrap\.json|yarn\.lock|\.yarnrc\.yml|pnpm-(lock|workspace)\.yaml|bun\.lockb?|go\.(mod|sum)|go\.\*|Gemfile(\.lock)?|Gemfile\*|composer\.(json|lock)|Cargo\.(toml|lock)|pom\.xml|[\w.]*gradle[\w.]*|[\w.-]+\.csproj|\.npmrc|\.python-version)$/
const NOT_SOURCE =
  /\.(sh|bash|conf|cfg|ini|crt|pem|key|service|tar|tgz|gz|xz|bz2|zip|jar|war|whl|so|deb|rpm|apk|dll)$|(^|\/)(docker-)?entrypoint[\w-]*$/i
const MADE_BY_TOOLS = /(^|\/)(node_modules|site-packages|\.?venv|bin|vendor)\/?$|^\/(usr|bin|opt|etc|lib|sbin)(\/|$)/

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
