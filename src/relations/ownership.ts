import { posix } from 'node:path'
import type { Instruction, ShellCommand, ShellWord, Stage } from '../documents/dockerfile.js'
import type { Evidence, Path, Project } from '../model.js'
import { type Copy, commandsIn, type Image, imageOf, isUnder, locate, type MadePath, pathsIn } from './image.js'
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
  /^\/(etc|usr|bin|sbin|lib\d*|boot|dev|proc|sys|root|tmp|run|opt|home|mnt|media|srv|var)?$|^\/(etc|bin|sbin|lib\d*|boot|dev|proc|sys|root|tmp|run)\/|^\/usr\/(local|src)$|^\/usr\/(local\/)?(bin|sbin|lib\w*|share|include|libexec|games|etc|man)(\/|$)|^\/var\/(lib|log|local|cache|run|lock|spool|tmp|opt|mail)$|^\/var\/(lib\/(apt|dpkg)|cache|run|lock|tmp)\/|^\/opt\/(venv|conda|java)/

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

  for (const path of writtenAtRun(image, project)) {
    const folder = posix.dirname(path)
    const why = `the original writes ${path} when it runs`
    if (!owned.has(folder)) add({ path: folder, after: last, exists: false, why })
  }

  const cache = nextCache(image, contexts, project)
  if (cache) add({ path: cache, after: last, exists: false, why: 'Next.js keeps its cache there' })
  const all = [...owned.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  const exists = ({ path }: Owned) => all.some((other) => other.exists && isUnder(other.path, path))
  return all.map((directory) => (exists(directory) ? { ...directory, exists: true } : directory))
}

/** What a run of the original was seen to write outside volumes, if anybody has looked: its write trace. */
export function writtenAtRun({ document, stage }: Image, project: Project): readonly string[] {
  const key = traceKey(document.file.path, stage === document.stages.at(-1) ? undefined : stage.name)
  const trace = project.facts.get({ kind: 'write-trace', key })
  return Array.isArray(trace) ? trace.filter((path) => typeof path === 'string') : []
}

/** How the write trace of an image is asked for. */
export function traceKey(dockerfile: Path, target: string | undefined): string {
  return target === undefined ? dockerfile : `${dockerfile}#${target}`
}

function trimmed(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, '') : path
}

/** A volume's owner must be set before VOLUME: some builders throw later changes away. */
function beforeVolume(image: Image, volume: Instruction): Instruction {
  return image.instructions[image.instructions.indexOf(volume) - 1] ?? image.stage.from
}

/** A `chown` of the file: what it gives to whom. */
export interface GivenAway {
  readonly run: Instruction
  readonly command: ShellCommand
  /** As written, variables filled in: `app:app`, `1000`. */
  readonly owner: string
  readonly paths: readonly string[]
  /** The word that makes it go through everything below, if there is one. */
  readonly recursive: ShellWord | undefined
}

const given = new WeakMap<Image, readonly GivenAway[]>()

/** Every `chown` in the RUNs of an image whose words can be read for certain. Worked out once per image. */
export function givenAway(image: Image): readonly GivenAway[] {
  const known = given.get(image) ?? chownsOf(image)
  given.set(image, known)
  return known
}

function chownsOf(image: Image): readonly GivenAway[] {
  return image.instructions.flatMap((run) => {
    if (run.keyword !== 'RUN') return []
    return commandsIn(image.document, run, image.workdirAt(run)).flatMap(({ command, args, here }) => {
      const at = args.findIndex((arg) => !arg?.startsWith('-'))
      const owner = args[at]
      if (command.name !== 'chown' || owner === undefined) return []
      const recursive = command.words.find(
        ({ value }) => /^-[a-zA-Z]*R[a-zA-Z]*$/.test(value) || value === '--recursive',
      )
      return [{ run, command, owner, paths: pathsIn(args.slice(at + 1), here), recursive }]
    })
  })
}

/** Whether the file itself already changes the owner of a directory. */
function alreadyOwned(image: Image, path: string): boolean {
  return givenAway(image).some(({ paths, recursive }) =>
    paths.some((given) => given === path || (recursive !== undefined && isUnder(path, given))),
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
  if (from === undefined) return true
  // Out of another stage comes what was built: the whole of an application counts, a single binary does not.
  const stage = stageNamed(image, from)
  const works = stage && imageOf(image.document, stage).workdir
  return (
    stage !== undefined &&
    names.every(
      (name) => WRITTEN_LATER.test(name) || (target === image.workdir && (WHOLE.test(name) || trimmed(name) === works)),
    )
  )
}

/** Built directories that frameworks write into at run time. */
const WRITTEN_LATER = /\.next(\/|$)|(^|\/)(storage|public)\/?$/
/** Names of directories into which build tools put an application. */
const WHOLE = /(^|\/)(app|publish|out|output|dist|release|standalone)\/?$|\/$/

function stageNamed(image: Image, from: string): Stage | undefined {
  return image.document.stages.find(({ name, index }) => name === from.toLowerCase() || String(index) === from)
}

function isStageOf(image: Image, from: string): boolean {
  return stageNamed(image, from) !== undefined
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

/** A `chown -R` that writes files a second time, though a COPY could have brought them with their owner. */
export interface LateOwnership {
  readonly given: GivenAway
  /** The COPY instructions that could name the owner themselves. */
  readonly copies: readonly Copy[]
  /** Directories that must still change hands, but not what is in them: those the build itself made. */
  readonly directories: readonly string[]
  /** What else stands below and could not be handed over in another way; empty if nothing does. */
  readonly obstacles: readonly Evidence[]
}

/**
 * The recursive changes of owner that come behind the files they are for. Each copies every file into a new layer, even
 * where the owner is right already.
 */
export function lateOwnership(image: Image): readonly LateOwnership[] {
  return givenAway(image).flatMap((given) => {
    if (given.recursive === undefined || given.run.stage !== image.stage.index || given.paths.length === 0) return []
    const within = (path: string) => given.paths.some((parent) => isUnder(path, parent))
    const copies = image.copies.filter(
      ({ instruction, destination }) =>
        instruction.index < given.run.index && destination !== undefined && within(trimmed(destination)),
    )
    if (copies.length === 0) return []
    const made = [...image.workdirs, ...image.madeDirectories].filter(
      ({ path, madeBy }) => within(path) && madeBy.index <= given.run.index,
    )
    const directories = [...new Set([...given.paths, ...made.map(({ path }) => path)])]
      .filter((path) => !isRemoved(image, path))
      .sort()
    return [{ given, copies, directories, obstacles: obstaclesTo(image, given, copies, within) }]
  })
}

function obstaclesTo(
  image: Image,
  given: GivenAway,
  copies: readonly Copy[],
  within: (path: string) => boolean,
): readonly Evidence[] {
  const obstacles: Evidence[] = []
  const object = (instruction: Instruction, note: string) => obstacles.push({ note, at: locate(image, instruction) })
  for (const path of given.paths)
    if (!mayBeOwned(path)) object(given.run, `${path} holds more than the program's own files`)
  if (!given.command.plain) object(given.run, 'It runs only under a condition')
  if (given.command.words.length !== given.paths.length + 3)
    object(given.run, 'Not every word of it can be read for certain')
  for (const { instruction, sources, from } of copies) {
    const flag = instruction.flags.find(({ name }) => name === 'chown')
    if (instruction.stage !== image.stage.index) object(instruction, 'Another stage copies some of the files')
    else if (flag && flag.value !== given.owner && ownerIds(image, flag.value) !== ownerIds(image, given.owner))
      object(instruction, 'It copies files for somebody else')
    else if (instruction.flags.some(({ name }) => name === 'link'))
      object(instruction, 'COPY --link takes no account by name')
    else if (
      instruction.keyword === 'ADD' &&
      sources.some(({ value }) => /\.(tar|tgz|gz|xz|bz2|zst)(\.\w+)?$|^\w+:\/\//.test(value))
    ) {
      object(instruction, 'What ADD unpacks or fetches keeps the owner of the archive')
    } else if (from !== undefined && !isStageOf(image, from)) object(instruction, 'It copies from another image')
  }
  for (const { path, madeBy } of image.volumes)
    if (within(path) && madeBy.index < given.run.index)
      object(madeBy, `${path} is declared a volume before its owner changes`)
  if (image.base?.workdir && within(image.base.workdir))
    object(image.stage.from, `${image.base.workdir} comes with the base image`)
  for (const run of image.instructions) {
    if (run.keyword !== 'RUN' || run.index > given.run.index) continue
    const maker = makesFilesBelow(image, run, within)
    if (maker) object(run, `«${maker.slice(0, 60)}» makes files there too, which no COPY could hand over`)
  }
  return obstacles
}

/** `uid:gid` of an owner by name, as far as the file tells. */
function ownerIds(image: Image, owner: string | undefined): string | undefined {
  const [name, group] = (owner ?? '').split(':')
  const made = image.accounts.find((account) => account.name === name || String(account.uid) === name)
  return made?.uid === undefined || made.variable
    ? owner
    : `${made.uid}:${/^\d+$/.test(group ?? '') ? group : (made.gid ?? made.uid)}`
}

/** Commands that leave nothing in the directory they are called from. */
const TIDY =
  /^(apt-get|apt|apk|dnf|yum|microdnf|pip[\d.]*|groupadd|useradd|addgroup|adduser|usermod|chown|chmod|chgrp|rm|true|set|echo|ln|update-ca-certificates|dpkg|locale-gen|cd|mkdir|install|:)$/

/** A command of a RUN that may make files below the directories in question; only what is known to be tidy is not. */
function makesFilesBelow(image: Image, run: Instruction, within: (path: string) => boolean): string | undefined {
  for (const { command, args, here } of commandsIn(image.document, run, image.workdirAt(run))) {
    const words = args.map((arg) => arg ?? '?')
    const line = [command.name ?? '?', ...words].join(' ')
    const local =
      /^pip/.test(command.name ?? '') &&
      words.some((word) => /^(-e|--editable|--target|-t|--prefix|\.{1,2}(\/.*)?(\[.*\])?)$/.test(word))
    const writes = command.redirects.some(
      ({ operator, target }) => operator.startsWith('>') && target && !/^\/(dev|etc|tmp)\//.test(target.value),
    )
    const tidy = TIDY.test(command.name ?? '?') && !local && !writes
    const reaches =
      here === undefined || within(here) || words.some((word) => word === '?' || (word.startsWith('/') && within(word)))
    const homes =
      /^(useradd|adduser)$/.test(command.name ?? '') &&
      image.accounts.some((account) => account.command === command && within(account.home ?? '?'))
    if ((!tidy && reaches) || homes) return line
  }
  return undefined
}
