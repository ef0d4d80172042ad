import { posix } from 'node:path'
import type { Instruction } from '../documents/dockerfile.js'
import type { Path, Project } from '../model.js'
import { ignoredBy } from './ignored-files.js'
import type { Copy, Image } from './image.js'

/** What COPY and ADD bring into a stage, as far as reading tells. */
export interface ImageTree {
  /** The files of the repository, by where they stand in the image. */
  readonly files: ReadonlyMap<string, Path>
  /** Where files of the repository are copied to. */
  readonly destinations: readonly string[]
  /** What comes from other stages and images, and so is not known file by file. */
  readonly foreign: readonly { readonly path: string; readonly instruction: Instruction }[]
  /** Copies of which nobody can say what they bring: archives, addresses, names that only the build knows. */
  readonly unknown: readonly Instruction[]
}

/** Far beyond any program that is built in a container. */
const MOST_FILES = 50_000

/** Follows the copies of a stage up to an instruction, with what `.dockerignore` keeps out left out. */
export function treeOf(image: Image, until: Instruction, context: Path, project: Project): ImageTree {
  const files = new Map<string, Path>()
  const destinations: string[] = []
  const foreign: { path: string; instruction: Instruction }[] = []
  const unknown: Instruction[] = []
  for (const copy of image.copies) {
    const { instruction, from, destination } = copy
    if (instruction.index > until.index) break
    if (destination === undefined || instruction.hereDocuments.length > 0) unknown.push(instruction)
    else if (from !== undefined) foreign.push({ path: trimmed(destination), instruction })
    else if (!follow(copy, destination)) unknown.push(instruction)
    if (files.size > MOST_FILES) return { files, destinations, foreign, unknown: [...unknown, instruction] }
  }
  return { files, destinations, foreign, unknown }

  function follow({ instruction, sources }: Copy, destination: string): boolean {
    for (const word of sources) {
      const source = image.document.expand(word.value.replace(/^(["'])(.*)\1$/, '$2'), instruction)
      if (source === undefined || isFetched(instruction, source)) return false
      const pattern = segmentsOf(source)
      const workdir = image.workdirAt(instruction)
      const asFolder =
        destination.endsWith('/') || sources.length > 1 || /[*?[]/.test(source) || destination === workdir
      const target = trimmed(destination)
      let found = false
      for (const path of below(project.paths, context, pattern)) {
        const names = path.slice(context === '.' ? 0 : context.length + 1).split('/')
        if (!pattern.every((segment, i) => names[i] !== undefined && matchesName(segment, names[i]))) continue
        if (ignoredBy(path, context, image.document.file.path, project)) continue
        found = true
        const inside = names.slice(pattern.length).join('/') || (asFolder ? names.at(-1)! : '')
        files.set(posix.join(target, inside), path)
        if (files.size > MOST_FILES) return false
      }
      if (found) destinations.push(target)
    }
    return true
  }
}

/** ADD unpacks archives and loads addresses. */
function isFetched({ keyword }: Instruction, source: string): boolean {
  return keyword === 'ADD' && /^\w+:\/\/|^git@|\.(tar|tgz|tbz2?|txz|gz|bz2|xz|zst)$/i.test(source)
}

function segmentsOf(source: string): readonly string[] {
  return posix
    .normalize(source)
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
}

/** The paths that a copy can be about: those that begin with the names in front of the first wildcard. */
function* below(paths: readonly Path[], context: Path, pattern: readonly string[]): Iterable<Path> {
  const wild = pattern.findIndex((segment) => /[*?[]/.test(segment))
  const fixed = wild < 0 ? pattern : pattern.slice(0, wild)
  const prefix = [...(context === '.' ? [] : [context]), ...fixed].join('/')
  for (let i = firstFrom(paths, prefix); i < paths.length; i++) {
    const path = paths[i]!
    if (!path.startsWith(prefix)) return
    if (prefix === '' || path.length === prefix.length || path[prefix.length] === '/') yield path
  }
}

/** Index of the first path that is not before `wanted`; the paths are sorted. */
function firstFrom(paths: readonly Path[], wanted: string): number {
  let low = 0
  let high = paths.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (paths[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low
}

function matchesName(pattern: string, name: string): boolean {
  if (!/[*?[]/.test(pattern)) return pattern === name
  const [first = '', ...rest] = pattern.split('*')
  // More than one star is rare, and a set of characters rarer: both count as a match, which only says more than is there.
  if (rest.length !== 1 || /[?[]/.test(pattern)) return true
  return name.length >= pattern.length - 1 && name.startsWith(first) && name.endsWith(rest[0]!)
}

function trimmed(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, '') : path
}
