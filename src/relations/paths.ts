import type { Path, Project, SourceFile } from '../model.js'

/** The folder of a file; `.` for the project's root. */
export function folderOf(path: Path): Path {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash)
}

/** The folder and those that hold it, the project's root last. */
export function foldersUp(folder: Path): readonly Path[] {
  return folder === '.' ? ['.'] : [folder, ...foldersUp(folderOf(folder))]
}

/** `relative` as seen from a folder of the project; `undefined` if that leaves the project, or if nobody can tell. */
export function resolvePath(folder: Path, relative: string): Path | undefined {
  const written = relative.replaceAll('\\', '/')
  if (/^([/~$]|[A-Za-z]:)/.test(written) || /[$*`]|\{\{/.test(written)) return undefined
  const segments: string[] = []
  for (const segment of `${folder}/${written}`.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined) return undefined
  }
  return segments.join('/') || '.'
}

/** A project as relations see it: it remembers what was asked of it, so that a relation knows what it rests on. */
export interface Scope {
  readonly project: Project
  read(path: Path): SourceFile | undefined
  exists(path: Path): boolean
  /** The path that a link stands for, or the path itself. */
  real(path: Path): Path
}

export function scopeOf(project: Project, reads: Map<Path, SourceFile | undefined>): Scope {
  const paths = new Set(project.paths)
  const read = (path: Path) => {
    if (!reads.has(path)) reads.set(path, project.read(path))
    return reads.get(path)
  }
  return {
    project,
    read,
    exists: (path) => paths.has(path) || read(path) !== undefined,
    real: (path) => (paths.has(path) ? path : (read(path)?.path ?? path)),
  }
}
