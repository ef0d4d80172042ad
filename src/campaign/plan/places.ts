import { isInside } from '../../disk/listing.js'
import type { Path } from '../../model.js'
import type { FileChange, ObjectId } from '../model.js'
import type { TreeEntry } from '../repository.js'
import type { Group } from './job.js'

/**
 * Why the commits of a group cannot be made on a commit with these entries; `undefined` if they can. What planned them saw
 * strangers' files, so it is not taken at its word: every file must be what it says it was, and be a file.
 */
export function misplaced({ steps }: Group, entries: readonly TreeEntry[]): string | undefined {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  const folders = foldersOf(entries)
  const now = new Map<Path, ObjectId>()
  for (const change of steps.flatMap(({ files }) => files)) {
    const { path, before, after } = change
    const is = now.get(path) ?? byPath.get(path)?.id
    const fits = is === undefined ? mayBeMade(path, byPath, folders) : before === is && keepsMode(change, byPath)
    if (!fits || (is === undefined && before !== undefined)) return `what was planned does not fit the file ${path}`
    now.set(path, after)
  }
  return undefined
}

function keepsMode({ path, mode }: FileChange, byPath: ReadonlyMap<Path, TreeEntry>): boolean {
  const kind = byPath.get(path)?.kind ?? 'file'
  return kind === (mode === '100755' ? 'program' : 'file')
}

/** Where no file, link or other repository is in the way, and no folder. */
function mayBeMade(path: Path, byPath: ReadonlyMap<Path, TreeEntry>, folders: ReadonlySet<Path>): boolean {
  if (!isInside(path) || folders.has(path)) return false
  const parts = path.split('/')
  return parts.slice(1).every((_, depth) => !byPath.has(parts.slice(0, depth + 1).join('/')))
}

function foldersOf(entries: readonly TreeEntry[]): ReadonlySet<Path> {
  const folders = new Set<Path>()
  for (const { path } of entries) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (folders.has(path.slice(0, end))) break
      folders.add(path.slice(0, end))
    }
  }
  return folders
}
