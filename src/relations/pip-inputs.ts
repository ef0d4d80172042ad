import { posix } from 'node:path'
import type { Flag, Instruction } from '../documents/dockerfile.js'
import { kindOf } from '../documents/index.js'
import type { Evidence, Path, Project } from '../model.js'
import { type Copy, commandsIn, type Image, isUnder, locate } from './image.js'
import { sourceOf } from './image-files.js'
import { optionOf, type PackageCommand } from './package-commands.js'
import { folderOf, resolvePath } from './paths.js'
import { requirementsGraph } from './requirements-graph.js'

/** A file that pip reads: where it is in the image, and which one of the project it is. */
export interface PipFile {
  readonly inImage: string
  readonly path: Path
  /** The RUN that reads it first. */
  readonly readBy: Instruction
}

/** What a `pip install` reads besides its index. */
export interface PipInputs {
  readonly files: readonly PipFile[]
  /** The packages it is asked for by name, on its command line and in those files, as indexes compare names. */
  readonly names: readonly string[]
  /** Whether it builds from folders that were copied before, so that all of them count. */
  readonly sources: boolean
  /** Whether all it is asked for are packages by name, and none is held to a hash, which a wheel of our own would not have. */
  readonly isByName: boolean
  readonly obstacles: readonly Evidence[]
}

/** What the `pip install` commands of a RUN read. */
export function pipInputs(
  image: Image,
  commands: readonly PackageCommand[],
  contexts: readonly Path[],
  project: Project,
): PipInputs {
  const reader = new Reader(image, contexts, project)
  for (const command of commands) reader.command(command)
  return reader
}

const FILES = new Set(['-r', '--requirement', '-c', '--constraint'])
const EDITABLE = /^(-e|--editable)\b/

class Reader implements PipInputs {
  readonly files: PipFile[] = []
  readonly names: string[] = []
  readonly obstacles: Evidence[] = []
  sources = false
  isByName = true

  constructor(
    private readonly image: Image,
    private readonly contexts: readonly Path[],
    private readonly project: Project,
  ) {}

  command(command: PackageCommand): void {
    const { document } = this.image
    const here = commandsIn(document, command.run, this.image.workdirAt(command.run)).find(
      (each) => each.command === command.command,
    )?.here
    const editable = optionOf(command, '-e', '--editable')
    if (editable) this.#object('pip installs the sources where they lie, and they are to stay there', command.run)
    const links = optionOf(command, '-f', '--find-links')?.value
    if (links && !/^https?:/.test(links)) this.sources = true
    if (optionOf(command, '--require-hashes')) this.isByName = false
    for (const { name, kind } of command.packages) {
      if (kind === 'file') this.isByName = false
      if (kind === 'computed') this.#object(`Only the build knows what ${name} is`, command.run)
      else if (kind === 'file') this.sources ||= !/^[a-z+]+:\/\//.test(name)
      else this.names.push(name.toLowerCase().replace(/[-_.]+/g, '-'))
    }
    for (const { name, value } of command.options) {
      if (!FILES.has(name) || value === undefined || /^https?:/.test(value)) continue
      const expanded = document.expand(value, command.run)
      if (expanded === undefined || here === undefined)
        this.#object(`Only the build knows where ${value} is`, command.run)
      else this.#file(posix.resolve(here, expanded), command.run)
    }
  }

  #file(inImage: string, run: Instruction): void {
    const path = this.#mounted(inImage, run) ?? this.#copied(inImage, run)
    if (path === undefined) this.#object(`${inImage} cannot be followed to a file of the project`, run)
    else this.#read(inImage, path, run)
  }

  #copied(inImage: string, run: Instruction): Path | undefined {
    const copies = this.image.copies.filter(({ instruction }) => instruction.index < run.index)
    return sourceOf({ ...this.image, copies }, inImage, this.contexts, this.project)
  }

  #mounted(inImage: string, run: Instruction): Path | undefined {
    const workdir = this.image.workdirAt(run) ?? '/'
    for (const { target, source } of run.flags.flatMap((flag) => bindOf(flag) ?? [])) {
      const place = posix.resolve(workdir, target)
      if (!isUnder(inImage, place)) continue
      for (const context of this.contexts) {
        const path = posix.join(context, source, posix.relative(place, inImage))
        if (!path.startsWith('..') && this.project.read(path)) return path
      }
    }
    return undefined
  }

  /** The file and those it includes, which lie around it in the image as they do in the project. */
  #read(inImage: string, path: Path, run: Instruction): void {
    if (this.files.some((file) => file.path === path)) return
    this.files.push({ inImage, path, readBy: run })
    const document = requirementsGraph(this.project).document(path)
    if (!document) this.#object(`${path} cannot be read for certain`, run)
    if (document?.hashed) this.isByName = false
    for (const entry of document?.entries ?? []) {
      if (entry.kind === 'direct') this.isByName = false
      const text = document!.file.text.slice(entry.content.start, entry.content.end)
      const at = { path, start: entry.content.start, end: entry.content.end }
      if (EDITABLE.test(text)) this.obstacles.push({ note: `${text} is to stay where it lies`, at })
      else if (entry.kind === 'requirement') this.names.push(entry.name)
      else if (entry.kind === 'direct') this.sources ||= /(^|@\s*)(file:|\.{0,2}\/)/.test(text) || !text.includes('://')
      else if (entry.kind === 'options') this.sources ||= /(-f|--find-links)[ =](?!https?:)/.test(text)
      else if (entry.kind === 'unknown') this.obstacles.push({ note: `Nobody can tell what pip makes of ${text}`, at })
      else if (!/^https?:/.test(entry.target)) {
        const included = resolvePath(folderOf(path), entry.target)
        if (included === undefined) this.obstacles.push({ note: `${entry.target} leads out of the project`, at })
        else this.#read(posix.resolve(posix.dirname(inImage), entry.target), included, run)
      }
    }
  }

  #object(note: string, run: Instruction): void {
    this.obstacles.push({ note, at: locate(this.image, run) })
  }
}

/** What a `--mount=type=bind` shows of the context. */
function bindOf({ name, value = '' }: Flag): { readonly target: string; readonly source: string } | undefined {
  if (name !== 'mount') return undefined
  const parts = new Map(
    value.split(',').map((part) => {
      const equals = part.indexOf('=')
      return equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)]
    }),
  )
  const target = parts.get('target') ?? parts.get('dst') ?? parts.get('destination')
  if (parts.get('type') !== 'bind' || parts.has('from') || target === undefined) return undefined
  return { target, source: parts.get('source') ?? parts.get('src') ?? '.' }
}

/** What a COPY means for a build that needs some files: nothing, itself, or only those files of all that it brings. */
export interface NeededCopy {
  readonly copy: Copy
  /** The files that it brings and pip reads. */
  readonly files: readonly PipFile[]
  /** Whether it brings much besides. */
  readonly isWide: boolean
  /** Whether it brings nothing but requirements that pip reads. */
  readonly isOnlyForPip: boolean
}

/** The copies that bring the files before they are read, the last to bring a file counting. */
export function copiesOf(
  image: Image,
  files: readonly PipFile[],
  contexts: readonly Path[],
  project: Project,
): readonly NeededCopy[] {
  const byCopy = new Map<Copy, PipFile[]>()
  for (const file of files) {
    const copy = image.copies.findLast(
      (each) =>
        each.instruction.index < file.readBy.index &&
        sourceOf({ ...image, copies: [each] }, file.inImage, contexts, project) !== undefined,
    )
    if (copy) byCopy.set(copy, [...(byCopy.get(copy) ?? []), file])
  }
  return [...byCopy].map(([copy, own]) => {
    const brought = copy.from === undefined ? filesBrought(image, copy, contexts, project) : undefined
    const isWide = brought?.some((path) => !MANIFEST.test(path) && kindOf(path) !== 'requirements') ?? false
    const isOnlyForPip = brought?.every(
      (path) => kindOf(path) === 'requirements' || own.some((file) => file.path === path),
    )
    return { copy, files: own, isWide, isOnlyForPip: (isOnlyForPip ?? false) && own.length > 0 }
  })
}

const MANIFEST =
  /(^|\/)(setup\.(py|cfg)|pyproject\.toml|[\w.-]+\.lock|requirements[\w.-]*\.(txt|in)|README[\w.]*|LICENSE[\w.]*)$/i

function filesBrought(image: Image, copy: Copy, contexts: readonly Path[], project: Project): readonly Path[] {
  const sources = copy.sources.map(({ value }) => image.document.expand(value, copy.instruction))
  return contexts.flatMap((context) =>
    sources.flatMap((source) => {
      if (source === undefined) return []
      const place = posix.join(context, source.replace(/^\/+/, '')).replace(/\/$/, '')
      if (project.read(place)) return [place]
      const prefix = /[*?[]/.test(place) ? undefined : place === '.' ? '' : `${place}/`
      if (prefix !== undefined) return project.paths.filter((path) => path.startsWith(prefix))
      const folder = folderOf(place)
      return project.paths.filter(
        (path) => folderOf(path) === folder && matches(posix.basename(place), posix.basename(path)),
      )
    }),
  )
}

/** A pattern of one path segment; a class counts as anything. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split(/\*|\[[^\]]*\]|\?/)
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const [i, part] of rest.entries()) {
    const found = i === rest.length - 1 ? name.length - part.length : name.indexOf(part, at)
    if (found < at || !name.startsWith(part, found)) return false
    at = found + part.length
  }
  return at === name.length
}
