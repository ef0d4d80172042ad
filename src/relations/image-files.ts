import { posix } from 'node:path'
import { matchesGlob } from '../documents/dockerignore.js'
import type { Path, Project } from '../model.js'
import { type Image, imageOf, isUnder } from './image.js'

/**
 * The file of the repository that stands at a path of the image, by following COPY and ADD backwards through stages;
 * `undefined` if no file of the repository can be shown to stand there.
 */
export function sourceOf(image: Image, path: string, contexts: readonly Path[], project: Project): Path | undefined {
  for (const copy of image.copies.toReversed()) {
    const { destination } = copy
    if (destination === undefined) continue
    for (const word of copy.sources) {
      const source = image.document.expand(word.value, copy.instruction)
      if (source === undefined || /^\w+:\/\//.test(source)) continue
      const workdir = image.workdirAt(copy.instruction)
      const isFolder = copy.sources.length > 1 || (workdir !== undefined && isUnder(workdir, destination))
      const inside = candidates(path, destination, source, isFolder)
      const found =
        copy.from === undefined
          ? inContext(inside, contexts, project)
          : inStage(inside, image, copy.from, contexts, project)
      if (found) return found
    }
  }
  return undefined
}

/**
 * Where a path of the image could come from, below the context or the other stage: the source is a file or a folder, and
 * so may be the destination, unless it is a folder for certain.
 */
function candidates(path: string, destination: string, source: string, isFolder: boolean): readonly string[] {
  const directory = trimmed(destination)
  const list: string[] = []
  const pattern = /[*?[]/.test(posix.basename(source))
  const asFile = destination.endsWith('/') || isFolder || pattern
  if (!asFile && path === directory) list.push(source)
  if (asFile && posix.dirname(path) === directory) {
    if (pattern) {
      if (matchesGlob(posix.basename(source), posix.basename(path)))
        list.push(posix.join(posix.dirname(source), posix.basename(path)))
    } else if (posix.basename(source) === posix.basename(path)) list.push(source)
  }
  if (isUnder(path, directory) && path !== directory) list.push(posix.join(source, posix.relative(directory, path)))
  return list
}

function trimmed(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, '') : path
}

function inContext(paths: readonly string[], contexts: readonly Path[], project: Project): Path | undefined {
  for (const context of contexts) {
    for (const path of paths) {
      const file = posix.join(context, path.replace(/^\/+/, ''))
      if (!file.startsWith('..') && project.read(file)) return project.read(file)!.path
    }
  }
  return undefined
}

function inStage(
  paths: readonly string[],
  image: Image,
  from: string,
  contexts: readonly Path[],
  project: Project,
): Path | undefined {
  const { stages } = image.document
  const stage = stages.find(({ name, index }) => name === from.toLowerCase() || String(index) === from)
  if (!stage || stage.index >= image.stage.index) return undefined
  const other = imageOf(image.document, stage)
  for (const path of paths) {
    const found = sourceOf(other, posix.resolve('/', path), contexts, project)
    if (found) return found
  }
  return undefined
}
