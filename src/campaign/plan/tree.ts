import {
  type Chain,
  extended,
  isIgnored,
  isInside,
  LARGEST_RULES,
  PROBLEMS,
  SKIPPED,
  VIRTUAL_ENVIRONMENT,
} from '../../disk/listing.js'
import type { Path, Unread } from '../../model.js'
import { pathProblem } from '../git/place.js'
import type { ObjectId } from '../model.js'
import type { TreeEntry } from '../repository.js'

/** A commit as a project would list it if it had been checked out; nothing of it ever is. */
export interface Listing {
  /** As in a project: sorted, without what rules ignore; with what stands in a file's place and is not read. */
  readonly paths: readonly Path[]
  /** Why those of the paths are not read that never are. */
  readonly blocked: ReadonlyMap<Path, string>
  /** Folders that were not looked into, and why. */
  readonly skipped: readonly Unread[]
}

/** What a path leads to, every link followed within the commit. */
export type Places = (path: Path) => Place

/** A file of the commit, why nothing may be read there, or nothing. */
export type Place = { readonly file: TreeEntry } | { readonly problem: string } | undefined

/** The contents of those entries that {@link shapesTree}. */
export type Shaping = ReadonlyMap<ObjectId, Buffer>

/** Whether the contents of an entry decide what is listed. */
export function shapesTree({ path, kind }: TreeEntry): boolean {
  return kind === 'link' || (isFile(kind) && nameOf(path) === RULES)
}

/**
 * Lists a commit by the rules for a folder on disk (`walk`). A stranger's rules may make this slow: it is a planner's work.
 * @param contents A file of rules that is missing rules nothing.
 */
export function listingOf(entries: readonly TreeEntry[], contents: Shaping): Listing {
  const byPath = cleanOnes(entries)
  const names = folderNames(byPath)
  const folderOf = foldersOf(byPath, names, contents)
  const at = placesIn(byPath, names, contents)
  const paths: Path[] = []
  const blocked = new Map<Path, string>()
  const skipped = new Map<Path, string>()
  const block = (path: Path, problem: string) => {
    blocked.set(path, problem)
    paths.push(path)
  }
  for (const entry of entries) {
    const { path, kind } = entry
    if (path.length > LONGEST_PATH) continue
    const folder = folderOf(parentOf(path))
    const isRepository = kind === 'repository'
    if (!folder || (SKIPPED.has(nameOf(path)) && (isRepository || nameOf(path) === '.git'))) continue
    if (isIgnored(folder.chain, path.split('/'), isRepository)) continue
    const garbled = garbledFolder(entry)
    if (garbled) skipped.set(garbled, PROBLEMS.garbled)
    else if (!isClean(entry)) block(path, entry.isText ? UNCLEAN : PROBLEMS.garbled)
    else if (isRepository) skipped.set(path, PROBLEMS.repository)
    else if (kind === 'link') {
      const place = at(path)
      if (place && 'problem' in place && place.problem !== PROBLEMS.directory) block(path, place.problem)
    } else paths.push(path)
  }
  return { paths: paths.sort(), blocked, skipped: [...skipped].map(([path, problem]) => ({ path, problem })) }
}

/** Finds what stands at a path of a commit. */
export function placesOf(entries: readonly TreeEntry[], contents: Shaping): Places {
  const byPath = cleanOnes(entries)
  return placesIn(byPath, folderNames(byPath), contents)
}

type ByPath = ReadonlyMap<Path, TreeEntry>

function cleanOnes(entries: readonly TreeEntry[]): ByPath {
  return new Map(entries.filter(isClean).map((entry) => [entry.path, entry]))
}

function isClean({ path, isText }: TreeEntry): boolean {
  return isText && path.length <= LONGEST_PATH && isInside(path) && pathProblem(path) === undefined
}

/** The folder that has the name which is no text, unless it is the file's own. */
function garbledFolder({ path, isText }: TreeEntry): Path | undefined {
  const end = isText ? -1 : path.indexOf('/', path.indexOf('\uFFFD'))
  return end < 0 || !path.includes('\uFFFD') ? undefined : path.slice(0, end)
}

/** Bytes; no path on disk may be longer. */
const LONGEST_PATH = 4096
const RULES = '.gitignore'
const UNCLEAN = 'its name is one that a campaign does not write'

interface Folder {
  /** The rules in force in it. */
  readonly chain: Chain | undefined
}

/** All folders, the top and other repositories included. */
function folderNames(byPath: ByPath): ReadonlySet<Path> {
  const all = new Set<Path>([''])
  for (const { path, kind } of byPath.values()) {
    for (let folder = kind === 'repository' ? path : parentOf(path); !all.has(folder); folder = parentOf(folder))
      all.add(folder)
  }
  return all
}

/** Each folder with its rules; one that is not to be looked into is none. */
function foldersOf(byPath: ByPath, names: ReadonlySet<Path>, contents: Shaping): (path: Path) => Folder | undefined {
  const known = new Map<Path, Folder | undefined>()
  const made = (path: Path): Folder | undefined => {
    const above = path === '' ? { chain: undefined } : of(parentOf(path))
    if (!above || isSkipped(path, above)) return undefined
    const rules = byPath.get(inside(path, RULES))
    const bytes = rules && isFile(rules.kind) ? contents.get(rules.id) : undefined
    if (!bytes || bytes.length > LARGEST_RULES) return above
    return { chain: extended(above.chain, bytes, path === '' ? 0 : path.split('/').length) }
  }
  const isSkipped = (path: Path, above: Folder) =>
    path !== '' &&
    (SKIPPED.has(nameOf(path)) ||
      isIgnored(above.chain, path.split('/'), true) ||
      byPath.has(inside(path, VIRTUAL_ENVIRONMENT)) ||
      names.has(inside(path, VIRTUAL_ENVIRONMENT)))
  const of = (path: Path): Folder | undefined => {
    if (!known.has(path)) known.set(path, made(path))
    return known.get(path)
  }
  return of
}

/** More links than these in a row lead round in circles, as far as Linux is concerned. */
const MOST_LINKS = 40

/** Finds places the way the kernel does, name by name, without ever leaving the commit. */
function placesIn(byPath: ByPath, folders: ReadonlySet<Path>, contents: Shaping): Places {
  return (path) => {
    if (!isInside(path)) return undefined
    const missing = byPath.get(path)?.kind === 'link' ? { problem: PROBLEMS.toNothing } : undefined
    const ahead = path.split('/').reverse()
    const behind: string[] = []
    for (let links = 0; ahead.length > 0; ) {
      const name = ahead.pop()!
      if (name === '' || name === '.') continue
      if (name === '..') {
        if (behind.length === 0) return { problem: PROBLEMS.outside }
        behind.pop()
        continue
      }
      behind.push(name)
      if (name === '.git') return { problem: PROBLEMS.intoGit }
      const here = behind.join('/')
      const entry = byPath.get(here)
      if (!entry) {
        if (folders.has(here)) continue
        return missing
      }
      if (entry.kind === 'link') {
        const target = contents.get(entry.id)
        if (!target || target.length > LONGEST_PATH) return { problem: UNKNOWN_LINK }
        if (target[0] === SLASH) return { problem: PROBLEMS.outside }
        if (++links > MOST_LINKS) return { problem: PROBLEMS.circle }
        behind.pop()
        ahead.push(...target.toString('utf8').split('/').reverse())
      } else if (isFile(entry.kind)) return ahead.length === 0 ? { file: entry } : undefined
    }
    return { problem: PROBLEMS.directory }
  }
}

const SLASH = '/'.charCodeAt(0)
const UNKNOWN_LINK = 'it is a symbolic link that cannot be read'

function isFile(kind: TreeEntry['kind']): boolean {
  return kind === 'file' || kind === 'program'
}

function parentOf(path: Path): Path {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

function nameOf(path: Path): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function inside(folder: Path, name: string): Path {
  return folder === '' ? name : `${folder}/${name}`
}
