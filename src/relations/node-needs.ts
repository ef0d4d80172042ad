import { posix } from 'node:path'
import type { Manifest } from '../documents/package-json.js'
import { type Lock, resolveLocked } from '../documents/package-lock.js'
import type { Evidence, Path, Project, SourceFile } from '../model.js'
import { locate, variablesOfImage } from './image.js'
import { folderOf } from './paths.js'
import type { Use } from './uses.js'

/** What is installed beside a program, and which of it is only for developers. */
export interface Packages {
  readonly manifest: Manifest
  readonly lock: Lock
}

/** Where a deployed stage can be seen to need a package that only developers are meant to have. */
export function* developerNeeds(use: Use, packages: Packages, project: Project): Iterable<Evidence> {
  yield* needsOfStart(use, packages)
  const options = variablesOfImage(use.image).get('NODE_OPTIONS')
  if (/-r\b|--require|--import|loader/.test(options ?? ''))
    yield { note: 'NODE_OPTIONS loads modules before the program starts' }
  yield* importsOf(packages, project)
}

function* needsOfStart({ starts, image }: Use, packages: Packages): Iterable<Evidence> {
  for (const { commands, unreadable } of starts) {
    for (const { script, at } of unreadable) yield { note: `What ${script} starts cannot be read`, at }
    for (const { words, at } of commands) {
      const note = needOf(words, packages)
      if (note) yield { note, at }
    }
  }
  for (const check of image.instructions.filter(({ keyword }) => keyword === 'HEALTHCHECK')) {
    const note = needOf(
      check.words.slice(1).map(({ value }) => value.replace(/[[\]",]/g, '')),
      packages,
    )
    if (note) yield { note, at: locate(image, check) }
  }
}

/** What a command line takes from a package for developers, in words. */
export function needOf(words: readonly string[], { lock }: Packages): string | undefined {
  const [program = '', ...args] = words
  const name = posix.basename(program)
  const owner = ownerOf(name, lock)
  if (owner) return `${name} comes from ${owner}, a package for developers`
  if (name !== 'node') return undefined
  const loaded = args.flatMap((arg, i) => {
    const [option = '', value] = arg.split('=')
    return /^(-r|--require|--import|--loader|--experimental-loader)$/.test(option) ? [value ?? args[i + 1] ?? ''] : []
  })
  const found = loaded.find((module) => isForDevelopers(module, lock))
  return found === undefined ? undefined : `node loads ${found} first, of a package for developers`
}

const programs = new WeakMap<Lock, ReadonlyMap<string, string>>()

/** The package for developers that a program comes from, if no other package brings one of the same name. */
function ownerOf(program: string, lock: Lock): string | undefined {
  const known = programs.get(lock) ?? programsOfDevelopers(lock)
  programs.set(lock, known)
  return known.get(program)
}

function programsOfDevelopers({ packages }: Lock): ReadonlyMap<string, string> {
  const top = [...packages.values()].filter(({ place }) => isTop(place))
  const others = new Set(top.filter(({ dev }) => !dev).flatMap((each) => each.programs))
  return new Map(
    top.flatMap(({ dev, place, programs: own }) =>
      dev
        ? own.filter((name) => !others.has(name)).map((name) => [name, place.slice('node_modules/'.length)] as const)
        : [],
    ),
  )
}

function isTop(place: string): boolean {
  return place.lastIndexOf('node_modules/') === 0
}

/** Whether what a module specifier names is installed for developers alone. */
function isForDevelopers(specifier: string, lock: Lock): boolean {
  const name = packageOf(specifier)
  return name !== undefined && resolveLocked(lock, name)?.dev === true
}

/** `@scope/name/deep/file` is of `@scope/name`; a path is of no package. */
function packageOf(specifier: string): string | undefined {
  if (!/^[@\w]/.test(specifier) || specifier.includes(':')) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

const SOURCE = /\.([cm]?[jt]sx?|vue|svelte)$/
/** Tests, stories, declarations, and the configuration of tools. */
const BESIDE_THE_PROGRAM =
  /(^|\/)(node_modules|tests?|__tests__|__mocks__|specs?|e2e|cypress|stories|\.[\w-]+|dist|build|coverage)\/|\.(test|spec|e2e|stories|story|d)\.[cm]?[jt]sx?$|(^|\/)\.|(config|setup|rc)\.[cm]?[jt]s$|(^|\/)(gulpfile|gruntfile|webpack[\w.]*)\.[cm]?[jt]s$/i

/** Far more than one service has. */
const MOST = { files: 4_000, characters: 16 << 20, line: 400_000 }

/** The sources of the program that a manifest belongs to; `undefined` if they are too many to be looked at. */
export function sourcesOf({ file }: Manifest, project: Project): readonly SourceFile[] | undefined {
  const folder = folderOf(file.path)
  const isOurs = (path: Path) =>
    (folder === '.' || path.startsWith(`${folder}/`)) &&
    SOURCE.test(path) &&
    !BESIDE_THE_PROGRAM.test(folder === '.' ? path : path.slice(folder.length + 1))
  const paths = project.paths.filter(isOurs)
  if (paths.length > MOST.files) return undefined
  const files = paths.flatMap((path) => project.read(path) ?? []).filter(({ text }) => text.length < MOST.line)
  return files.reduce((sum, { text }) => sum + text.length, 0) > MOST.characters ? undefined : files
}

const IMPORT = /\b(?:from|import|require|require\.resolve)\s{0,20}\(?\s{0,20}(['"`])([^'"`\n]{1,200})\1/g

/** Where the program's own sources ask for a package that is installed for developers alone. */
function* importsOf({ manifest, lock }: Packages, project: Project): Iterable<Evidence> {
  const files = sourcesOf(manifest, project)
  if (!files) return yield { note: 'Its sources are too many to look for what they import', at: manifest.at() }
  for (const { path, text } of files) {
    for (const { 0: whole, 2: specifier = '', index } of text.matchAll(IMPORT)) {
      if (!isForDevelopers(specifier, lock) || isOfTypes(text, index)) continue
      const at = { path, start: index, end: index + whole.length }
      yield { note: `It imports ${specifier}, of a package for developers`, at }
      break
    }
  }
}

/** `import type … from`, which a compiler takes away. */
function isOfTypes(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 300), at)
  return /\b(import|export)\s+type\s[^;'"]*$/.test(before.slice(before.lastIndexOf(';') + 1))
}

/** Scripts that npm runs by itself when it installs what the manifest lists. */
export function lifecycleScripts({ scripts }: Manifest): readonly string[] {
  return ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'].filter((name) =>
    scripts.has(name),
  )
}
