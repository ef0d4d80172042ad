/** Where a file may be written in a tree. Pure. */
import type { Path } from '../../model.js'
import type { TreeEntry, WrittenFile } from '../repository.js'

/**
 * Why a path may not be written, or `undefined` if it may: what any system could take for something else than a file of that
 * name inside the repository.
 */
export function pathProblem(path: Path): string | undefined {
  if (path === '' || path.length > 4096) return 'it is empty or too long'
  if (/\p{Cs}/u.test(path)) return 'it is no text'
  if (/[\\\x00-\x1f\x7f]/.test(path)) return 'it holds a backslash or a control character'
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'it leads to another place'
  if (parts.some(isDotGit)) return "it leads into git's own folder"
  return undefined
}

/** Characters that Apple's file system does not see. */
const UNSEEN = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/** `.git` in every spelling that some file system takes for it: in any case, with what Windows and macOS leave out. */
function isDotGit(part: string): boolean {
  const seen = part.replace(UNSEEN, '').toLowerCase()
  return /^(?:\.git|git~\d+)[. ]*(?::.*)?$/s.test(seen)
}

/**
 * Why these files cannot be written on top of those entries; `undefined` if they can. Neither a link nor another repository
 * is replaced, and no folder becomes a file or the other way round.
 */
export function placeProblem(
  entries: readonly TreeEntry[],
  files: readonly Pick<WrittenFile, 'path'>[],
): string | undefined {
  const kinds = new Map(entries.filter(({ isText }) => isText).map(({ path, kind }) => [path, kind]))
  const folders = new Set(entries.flatMap(({ path }) => foldersOf(path)))
  const seen = new Set<Path>()
  for (const { path } of files) {
    const problem = pathProblem(path)
    if (problem) return `${JSON.stringify(path)}: ${problem}`
    if (seen.has(path)) return `${path} is written twice`
    seen.add(path)
    const kind = kinds.get(path)
    if (kind === 'link' || kind === 'repository') return `${path} is no file, but a ${kind}`
    if (folders.has(path)) return `${path} is a folder`
    const above = foldersOf(path).find((folder) => kinds.has(folder) || seen.has(folder))
    if (above !== undefined) return `${above} is no folder, so there can be no ${path}`
    for (const folder of foldersOf(path)) folders.add(folder)
  }
  return undefined
}

function foldersOf(path: Path): readonly Path[] {
  const ends = [...path.matchAll(/\//g)].map(({ index }) => index)
  return ends.map((end) => path.slice(0, end))
}
