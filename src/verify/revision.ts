/** A project as it was at a revision, where it differs from what stands on disk. */
import { execFile } from 'node:child_process'
import { decode } from '../disk/encoding.js'
import type { Path, Project, SourceFile } from '../model.js'
import type { Overlay } from './lay.js'
import type { Picture } from './verify.js'

/** git could not say what was asked: no work tree, no such revision. One sentence for a person. */
export class RevisionError extends Error {
  override readonly name = 'RevisionError'
}

const LARGEST = 512 << 20

/** Neither a hook nor a monitor of the repository runs, and no driver is asked for differences. */
function git(root: string, ...args: readonly string[]): Promise<Buffer> {
  const settings = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.quotePath=false']
  return new Promise((resolve, reject) => {
    const options = { cwd: root, encoding: 'buffer' as const, maxBuffer: LARGEST }
    execFile('git', [...settings, ...args], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      reject(new RevisionError(missing ? 'git is not installed.' : stderr.toString().trim().split('\n').at(-1)!))
    })
  })
}

/**
 * The picture of a project at a revision. Files that git does not follow are as they are on disk.
 * @throws RevisionError
 */
export async function pictureAt(revision: string, root: string, project: Project): Promise<Picture> {
  const commit = await commitOf(revision, root)
  const listed = await git(root, 'diff', '--name-status', '--no-renames', '--no-ext-diff', '-z', commit, '--')
  const words = listed.toString().split('\0')
  const overlay = new Map<Path, { bytes: Buffer; mode: number } | undefined>()
  for (let i = 0; i + 1 < words.length; i += 2) {
    const [status, path] = [words[i]!, words[i + 1]!]
    overlay.set(path, status === 'A' ? undefined : await fileAt(commit, path, root))
  }
  return { project: pictured(project, overlay), overlay }
}

async function commitOf(revision: string, root: string): Promise<string> {
  try {
    return (await git(root, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`))
      .toString()
      .trim()
  } catch {
    throw new RevisionError(`there is no revision ${JSON.stringify(revision)} to compare with; name one with --base.`)
  }
}

/** Links are rebuilt as what they are by nobody here: a link at the revision is left as it is on disk. */
async function fileAt(commit: string, path: Path, root: string): Promise<{ bytes: Buffer; mode: number } | undefined> {
  const [mode] = (await git(root, 'ls-tree', commit, '--', `:(literal)${path}`)).toString().split(' ')
  if (mode !== '100644' && mode !== '100755') return undefined
  return { bytes: await git(root, 'cat-file', 'blob', `${commit}:${path}`), mode: mode === '100755' ? 0o755 : 0o644 }
}

function pictured(project: Project, overlay: Overlay): Project {
  const files = new Map<Path, SourceFile | undefined>()
  for (const [path, file] of overlay) {
    const decoded = file && decode(file.bytes)
    files.set(path, decoded && 'text' in decoded ? { path, ...decoded, mode: file.mode } : undefined)
  }
  const gone = (path: Path) => overlay.has(path) && overlay.get(path) === undefined
  const paths = new Set([
    ...project.paths.filter((path) => !gone(path)),
    ...[...overlay.keys()].filter((path) => !gone(path)),
  ])
  return {
    ...project,
    paths: [...paths].sort(),
    read: (path) => (files.has(path) ? files.get(path) : project.read(path)),
  }
}
