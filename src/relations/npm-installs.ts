import { posix } from 'node:path'
import type { Dockerfile, Instruction, ShellCommand, Stage } from '../documents/dockerfile.js'
import { type Manifest, parseManifest } from '../documents/package-json.js'
import { type Lock, parseLock } from '../documents/package-lock.js'
import type { ShellWord } from '../documents/shell.js'
import { nodeMajor, npmOfNode } from '../facts/node-versions.js'
import type { Path, Project } from '../model.js'
import { buildGraph } from './build-graph.js'
import { ignoredBy, inside } from './ignored-files.js'
import { commandsIn, type Image, imageOf } from './image.js'
import { sourceOf } from './image-files.js'
import { folderOf } from './paths.js'

/** `npm install` of what a manifest lists, in a RUN. */
export interface NpmInstall {
  readonly image: Image
  readonly run: Instruction
  readonly command: ShellCommand
  /** The word `install` or `i`. */
  readonly verb: ShellWord
  /** Its options, those with a value joined by `=`. */
  readonly options: readonly string[]
  /** `npm install ci`, which installs a package of that name and was hardly meant. */
  readonly misspelled: ShellWord | undefined
  /** The folder of the image that it installs into. */
  readonly folder: string
  /** The manifest and lock file that stand there, for each context that brings a manifest. */
  readonly sources: readonly Source[]
}

/** What a context brings for an install. */
export interface Source {
  readonly context: Path
  readonly manifest: Manifest
  /** The lock file that stands beside the manifest in the image. */
  readonly lock: Lock | undefined
}

/** The names of lock files of npm, the one that goes first first. */
export const LOCK_NAMES = ['npm-shrinkwrap.json', 'package-lock.json'] as const

const FLAGS =
  /^(-s|-q|-d|-f|--(silent|quiet|verbose|force|production|legacy-peer-deps|strict-peer-deps|ignore-scripts|unsafe-perm|prefer-offline|offline|prefer-online|no-audit|no-fund|no-optional|no-progress|no-save|no-update-notifier|foreground-scripts|no-bin-links|only-production))$/
const OPTIONS =
  /^--(omit|include|only|loglevel|cache|registry|network-timeout|fetch-\w+|maxsockets|audit|fund|progress|production|legacy-peer-deps|ignore-scripts|unsafe-perm|prefer-offline|force|optional|update-notifier|silent|also|cpu|os|libc)$/
const WITH_VALUE = /^--(omit|include|only|loglevel|cache|registry|network-timeout|fetch-[\w-]+|maxsockets|also)$/

/** The installs of a manifest by npm in a stage. */
export function npmInstallsOf(document: Dockerfile, stage: Stage, project: Project): readonly NpmInstall[] {
  const { text } = document.file
  const runs = stage.instructions.filter(
    ({ keyword, hereDocuments, flags, args }) =>
      keyword === 'RUN' &&
      hereDocuments.length === 0 &&
      /\bnpm\s/.test(text.slice(args.start, args.end)) &&
      // npm ci empties the folder before it fills it, which a cache is not meant for.
      !flags.some(({ value }) => value?.includes('node_modules')),
  )
  if (runs.length === 0) return []
  const image = imageOf(document, stage)
  const contexts = buildGraph(project).contextsOf(document.file.path)
  return runs.flatMap((run) => installsIn(image, run, contexts, project))
}

function installsIn(
  image: Image,
  run: Instruction,
  contexts: readonly Path[],
  project: Project,
): readonly NpmInstall[] {
  const commands = commandsIn(image.document, run, image.workdirAt(run))
  // Where a folder is changed under a condition or in a subshell, nobody can say where the rest runs.
  if (commands.some(({ command }) => command.name === 'cd' && !command.plain)) return []
  return commands.flatMap(({ command, here }) => {
    const read = readInstall(command)
    if (!read || here === undefined) return []
    const sources = contexts.flatMap((context) => sourceIn(image, run, here, context, project) ?? [])
    return sources.length > 0 ? [{ image, run, command, folder: here, sources, ...read }] : []
  })
}

/** `npm install` with nothing but options that are known here. */
function readInstall(command: ShellCommand): Pick<NpmInstall, 'verb' | 'options' | 'misspelled'> | undefined {
  const [program, ...words] = command.words
  if (program?.value !== 'npm' || words.some(({ literal, text, value }) => !literal && text !== value)) return undefined
  const options: string[] = []
  const rest: ShellWord[] = []
  for (let i = 0; i < words.length; i++) {
    const { value } = words[i]!
    const [name = '', ...given] = value.split('=')
    if (!value.startsWith('-')) rest.push(words[i]!)
    else if (given.length > 0 && OPTIONS.test(name)) options.push(value)
    else if (given.length === 0 && FLAGS.test(value)) options.push(value)
    else if (given.length === 0 && WITH_VALUE.test(name)) options.push(`${value}=${words[++i]?.value ?? ''}`)
    else return undefined
  }
  const [verb, misspelled] = rest
  if (!verb || !/^(install|i)$/.test(verb.text) || rest.length > 2) return undefined
  if (misspelled && misspelled.text !== 'ci') return undefined
  return { verb, options, misspelled }
}

/** What a context brings to a folder of the image before a RUN. */
export function sourceIn(
  image: Image,
  run: Instruction,
  folder: string,
  context: Path,
  project: Project,
): Source | undefined {
  const before = { ...image, copies: image.copies.filter(({ instruction }) => instruction.index < run.index) }
  const dockerfile = image.document.file.path
  const fileAt = (name: string) => {
    const path = sourceOf(before, posix.join(folder, name), [context], project)
    return path !== undefined && !ignoredBy(path, context, dockerfile, project) ? project.read(path) : undefined
  }
  const manifest = fileAt('package.json')
  if (!manifest) return undefined
  const lock = LOCK_NAMES.map(fileAt).find((file) => file !== undefined)
  return { context, manifest: parseManifest(manifest), lock: lock && parseLock(lock) }
}

/** The lock file that lies beside a manifest in the repository, and what speaks against copying it. */
export function lockBeside({ context, manifest }: Source, { image }: NpmInstall, project: Project) {
  const folder = folderOf(manifest.file.path)
  const file = LOCK_NAMES.map((name) => project.read(inside(folder, name))).find((each) => each !== undefined)
  if (!file) return undefined
  const isOfContext = context === '.' || file.path.startsWith(`${context}/`)
  return {
    lock: parseLock(file),
    ignored: isOfContext ? ignoredBy(file.path, context, image.document.file.path, project) : undefined,
  }
}

/** The lock file beside a manifest that is there and cannot be read, and why. */
export function unreadableLock({ manifest }: Source, project: Project): { path: Path; problem: string } | undefined {
  const folder = folderOf(manifest.file.path)
  for (const path of LOCK_NAMES.map((name) => inside(folder, name))) {
    const problem = project.unreadable(path)
    if (problem !== undefined) return { path, problem }
  }
  return undefined
}

/** The lock file of another package manager beside a manifest. */
export function otherLockBeside({ manifest }: Source, project: Project): Path | undefined {
  const folder = folderOf(manifest.file.path)
  return ['yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb']
    .map((name) => inside(folder, name))
    .find((path) => project.paths.includes(path))
}

/** What the project's `.npmrc` sets, by name. */
export function npmSettings({ manifest }: Source, project: Project): ReadonlyMap<string, string> {
  const text = project.read(inside(folderOf(manifest.file.path), '.npmrc'))?.text ?? ''
  return new Map(
    [...text.matchAll(/^[ \t]*([\w-]+)[ \t]*=[ \t]*([^\s;#]+)/gm)].map(([, name, value]) => [name!, value!]),
  )
}

/** The major version of npm in a stage; `undefined` if it cannot be told. */
export function npmMajorOf({ reference, instructions, document }: Image, before: Instruction): number | undefined {
  const node = reference === undefined ? undefined : nodeMajor(reference)
  let npm = node === undefined ? undefined : npmOfNode(node)
  for (const run of instructions) {
    if (run.keyword !== 'RUN' || run.index >= before.index) continue
    for (const { words } of document.shell(run).commands) {
      const given = words.map(({ value }) => /^npm@[\^~v]?(\d+|latest)/.exec(value)?.[1]).find(Boolean)
      if (words[0]?.value === 'npm' && given) npm = given === 'latest' ? 11 : Number(given)
    }
  }
  return npm
}
