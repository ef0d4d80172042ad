import type { Facts, Path, Project, SourceFile, TextEdit } from './model.js'
import { applyEdits } from './text.js'

/** Facts that know nothing. */
export const noFacts: Facts = { get: () => undefined }

/** A project of files already in memory. */
export function projectOf(files: Iterable<SourceFile>, facts: Facts = noFacts): Project {
  const byPath = new Map([...files].map((file) => [file.path, file]))
  return {
    paths: [...byPath.keys()].sort(),
    facts,
    edited: new Map(),
    read: (path) => byPath.get(path),
    unreadable: () => undefined,
  }
}

/** A plain UTF-8 file of mode 644. */
export function textFile(path: Path, text: string): SourceFile {
  return { path, text, encoding: 'utf8', mode: 0o644 }
}

/** The project with other facts; every file stays the same object. */
export function withFacts(project: Project, facts: Facts): Project {
  return { ...project, facts }
}

/** How the untouched project is read, so that a picture after many edits is as quick to read as one after few. */
const untouched = new WeakMap<Project['read'], Project['read']>()

/** The project after all edits. A file that no edit names stays the same object; one that does not exist is made. */
export function applyTo(project: Project, edits: readonly TextEdit[]): Project {
  const byPath = new Map<Path, TextEdit[]>()
  for (const edit of edits) byPath.set(edit.path, [...(byPath.get(edit.path) ?? []), edit])

  const edited = new Map(project.edited)
  const created: Path[] = []
  for (const [path, own] of byPath) {
    const before = project.read(path)
    if (!before) created.push(path)
    const file = before ?? textFile(path, '')
    edited.set(file.path, { ...file, text: applyEdits(file.text, own) })
  }
  const original = untouched.get(project.read) ?? project.read
  const read = (path: Path) => {
    const file = original(path)
    return edited.get(file?.path ?? path) ?? file
  }
  untouched.set(read, original)
  return {
    ...project,
    edited,
    paths: created.length ? [...project.paths, ...created].sort() : project.paths,
    read,
  }
}

export interface ChangedFile {
  readonly path: Path
  /** Missing when the file is new. */
  readonly before: SourceFile | undefined
  readonly after: SourceFile
}

/** The files whose text differs between two pictures of one project, in order of path. */
export function changedFiles(before: Project, after: Project): readonly ChangedFile[] {
  return [...after.edited.values()]
    .map((file) => ({ path: file.path, before: before.read(file.path), after: file }))
    .filter((change) => change.after.text !== change.before?.text)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}
