import { join, relative } from 'node:path'
import type { Path, Project, SourceFile, Unread } from '../model.js'
import { noFacts } from '../project.js'
import { readBytes } from './bytes.js'
import { decode } from './encoding.js'
import { isInside, LARGEST_FILE } from './listing.js'
import { realRoot } from './root.js'
import { follow, walk } from './walk.js'

const MOST_FILES = 500_000

export interface ReadOptions {
  /** Files and folders a person named: listed although a rule ignores them. */
  readonly named?: readonly Path[]
  /** Largest file to read, in bytes, a multiple of 1024; 2 MiB unless told. */
  readonly largest?: number
  /** Most files and folders to list; 500,000 unless told. */
  readonly most?: number
}

/** A project as it stands on disk. */
export interface DiskProject extends Project {
  /** Absolute, every link resolved. */
  readonly root: string
  /** Folders that could not be looked into, and repositories inside the repository. */
  readonly skipped: readonly Unread[]
}

/**
 * Lists a project; a file's content is read when it is first asked for, and stays what it was then. Paths are those of
 * regular files that no `.gitignore` or `.git/info/exclude` ignores, outside `node_modules`, `vendor`, virtual
 * environments and, inside a repository, other repositories.
 *
 * A link to a file of the project is not listed, but can be read: it is that file. Links out of the project, links to
 * nothing, pipes, sockets, devices and names that are not UTF-8 are listed, and `unreadable` says why they are not read.
 * @throws DiskError if the root cannot be listed, or holds too many files.
 */
export async function readProject(root: string, options: ReadOptions = {}): Promise<DiskProject> {
  const real = realRoot(root)
  const { paths, blocked, skipped } = walk(real, { named: options.named ?? [], limit: options.most ?? MOST_FILES })
  const known = new Map<Path, Entry>([...blocked].map(([path, problem]) => [path, { problem }]))

  const entry = (path: Path): Entry => {
    const old = known.get(path)
    if (old) return old
    const found = isInside(path) ? load(path) : NOTHING
    known.set(path, found)
    return found
  }
  const load = (path: Path): Entry => {
    const full = join(real, path)
    const there = follow(real, full)
    if (!there || 'problem' in there) return there ?? NOTHING
    if (there.target !== full) return entry(relative(real, there.target))
    return readFile(full, path, options.largest ?? LARGEST_FILE)
  }
  return {
    root: real,
    paths,
    skipped,
    facts: noFacts,
    edited: new Map(),
    read: (path) => entry(path).file,
    unreadable: (path) => entry(path).problem,
  }
}

/** A file, why there is none although something is there, or nothing. */
interface Entry {
  readonly file?: SourceFile
  readonly problem?: string
}

const NOTHING: Entry = {}

function readFile(full: string, path: Path, largest: number): Entry {
  const read = readBytes(full, largest)
  if (!read || 'problem' in read) return read ?? NOTHING
  const decoded = decode(read.bytes)
  return 'problem' in decoded ? decoded : { file: { path, ...decoded, mode: read.mode } }
}
