import { isUtf8 } from 'node:buffer'
import { type Dirent, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Path, Unread } from '../model.js'
import { readBytes, unlessRegular } from './bytes.js'
import { codeOf, DiskError, reasonOf } from './error.js'
import { type Chain, extended, isIgnored, LARGEST_RULES, PROBLEMS, SKIPPED, VIRTUAL_ENVIRONMENT } from './listing.js'
import { contains, isWorkTree } from './root.js'

export interface Walk {
  /** Regular files, and the blocked ones; sorted. */
  readonly paths: readonly Path[]
  /** What stands where a file could, and must not be read; and why. */
  readonly blocked: ReadonlyMap<Path, string>
  /** Folders that were not entered although nothing says to ignore them, and why. */
  readonly skipped: readonly Unread[]
}

export interface WalkOptions {
  /** Files and folders to list although a rule ignores them or a folder above them. */
  readonly named: readonly Path[]
  /** Most files and folders to look at. */
  readonly limit: number
}

interface Folder {
  readonly path: Path
  readonly names: readonly string[]
  readonly chain: Chain | undefined
}

/**
 * Lists a project, folder by folder and without recursion, so that no depth or width of tree overflows the stack.
 * Links are never followed.
 * @param root Absolute, every link resolved.
 * @throws DiskError if the root cannot be listed, or holds more than the limit.
 */
export function walk(root: string, { named, limit }: WalkOptions): Walk {
  const paths: Path[] = []
  const blocked = new Map<Path, string>()
  const skipped: Unread[] = []
  const entered = new Set<Path>()
  const pending: Folder[] = []
  const isRepository = isWorkTree(root)
  let seen = 0

  const add = (path: Path, problem: string | undefined) => {
    if (problem) blocked.set(path, problem)
    paths.push(path)
  }

  const enter = (folder: Folder) => {
    if (entered.has(folder.path)) return
    entered.add(folder.path)
    const { entries, garbled, problem } = list(join(root, folder.path))
    if (problem && folder.path === '') throw new DiskError(`${root}: it cannot be listed: ${problem}`, root)
    if (problem) skipped.push({ path: folder.path, problem: `it cannot be listed: ${problem}` })
    seen += entries.length
    if (seen > limit) {
      throw new DiskError(
        `${root}: there are more than ${limit.toLocaleString('en')} files; name a smaller folder`,
        root,
      )
    }
    if (folder.path !== '') {
      if (entries.some((entry) => entry.name === VIRTUAL_ENVIRONMENT)) return
      if (isRepository && entries.some((entry) => entry.name === '.git')) {
        skipped.push({ path: folder.path, problem: PROBLEMS.repository })
        return
      }
    }
    const chain = entries.some((entry) => entry.name === '.gitignore' && entry.isFile())
      ? extend(folder.chain, join(root, folder.path, '.gitignore'), folder.names.length)
      : folder.chain
    for (const entry of entries) {
      const isDirectory = entry.isDirectory()
      if (SKIPPED.has(entry.name) && (isDirectory || entry.name === '.git')) continue
      const names = [...folder.names, entry.name]
      if (isIgnored(chain, names, isDirectory)) continue
      const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`
      if (garbled.has(entry.name)) {
        if (isDirectory) skipped.push({ path, problem: PROBLEMS.garbled })
        else add(path, PROBLEMS.garbled)
      } else if (isDirectory) pending.push({ path, names, chain })
      else if (entry.isFile()) paths.push(path)
      else if (!entry.isSymbolicLink()) add(path, unlessRegular(entry))
      else {
        const target = follow(root, join(root, path))
        if (target && 'problem' in target) add(path, target.problem)
      }
    }
  }

  const enterPending = () => {
    for (let folder = pending.pop(); folder; folder = pending.pop()) enter(folder)
  }
  enter({ path: '', names: [], chain: isRepository ? extend(undefined, excludeFile(root), 0) : undefined })
  enterPending()
  const listed = named.length > 0 ? new Set(paths) : undefined
  for (const path of named) {
    const stats = lstatSync(join(root, path), { throwIfNoEntry: false })
    if (stats?.isDirectory()) pending.push({ path, names: path.split('/'), chain: undefined })
    else if (stats && !stats.isSymbolicLink() && !listed?.has(path)) add(path, unlessRegular(stats))
    enterPending()
  }
  return { paths: [...new Set(paths)].sort(), blocked, skipped }
}

interface Listing {
  readonly entries: readonly Dirent[]
  /** Names that stand for bytes which are no UTF-8: no such path can be opened. */
  readonly garbled: ReadonlySet<string>
  readonly problem?: string
}

function list(folder: string): Listing {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    const suspect = entries.some((entry) => entry.name.includes('\uFFFD'))
    const raw = suspect ? readdirSync(folder, { encoding: 'buffer' }) : []
    return { entries, garbled: new Set(raw.filter((name) => !isUtf8(name)).map((name) => name.toString())) }
  } catch (error) {
    return { entries: [], garbled: new Set(), problem: reasonOf(error) }
  }
}

/**
 * Where in the project a path leads in the end, or why it leads to nothing that may be read; `undefined` if there is
 * nothing at all.
 * @param path Absolute.
 */
export function follow(
  root: string,
  path: string,
): { readonly target: string } | { readonly problem: string } | undefined {
  try {
    // Most of what is looked for is not there, and an error for each of them takes its time.
    if (!lstatSync(path, { throwIfNoEntry: false })) return undefined
    const target = realpathSync.native(path)
    if (!contains(root, target)) return { problem: PROBLEMS.outside }
    if (relative(root, target).split('/').includes('.git')) return { problem: PROBLEMS.intoGit }
    const stats = statSync(target)
    return stats.isFile() || stats.isDirectory() ? { target } : { problem: unlessRegular(stats)! }
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined
    if (codeOf(error) !== 'ENOENT') return { problem: `it cannot be read: ${reasonOf(error)}` }
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    return isLink ? { problem: PROBLEMS.toNothing } : undefined
  }
}

function extend(above: Chain | undefined, file: string, depth: number): Chain | undefined {
  const read = readBytes(file, LARGEST_RULES)
  if (!read || 'problem' in read) return above
  return extended(above, read.bytes, depth)
}

/** A linked work tree has its `.git` elsewhere, and shares this file with the repository it was made from. */
function excludeFile(root: string): string {
  const git = join(root, '.git')
  const read = readBytes(git, 4096)
  if (!read || 'problem' in read) return join(git, 'info/exclude')
  const own = resolve(root, /^gitdir: (.+)/.exec(read.bytes.toString('utf8'))?.[1] ?? git)
  const shared = readBytes(join(own, 'commondir'), 4096)
  const common = shared && 'bytes' in shared ? resolve(own, shared.bytes.toString('utf8').trim()) : own
  return join(common, 'info/exclude')
}
