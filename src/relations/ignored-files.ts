import { isDockerignored } from '../documents/dockerignore.js'
import type { Location, Path, Project } from '../model.js'

/**
 * Where it is said that a build does not see a file of its context: in the ignore file of the Dockerfile's own name, or
 * else in that of the context. `undefined` if the build sees it.
 */
export function ignoredBy(path: Path, context: Path, dockerfile: Path, project: Project): Location | undefined {
  const inContext = context === '.' ? path : path.slice(context.length + 1)
  const file = project.read(`${dockerfile}.dockerignore`) ?? project.read(inside(context, '.dockerignore'))
  if (!file || !isDockerignored(file.text, inContext)) return undefined
  return { path: file.path, start: 0, end: 0 }
}

/** A path below a folder of the project. */
export function inside(folder: Path, path: string): Path {
  return folder === '.' ? path : `${folder}/${path}`
}
