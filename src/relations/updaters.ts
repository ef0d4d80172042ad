import type { Dockerfile } from '../documents/dockerfile.js'
import { documentsOf } from '../documents/index.js'
import { isDistribution, precisionOf } from '../facts/image-tags.js'
import type { Path, Project } from '../model.js'
import { type BaseReference, baseReferences } from './base-references.js'

const RENOVATE = /^(renovate\.json5?|\.renovaterc(\.json5?)?|\.(github|gitlab)\/renovate\.json5?)$/
const DEPENDABOT = /^\.github\/dependabot\.ya?ml$/

/** The file that has somebody raise the versions of images: of Renovate, or of Dependabot if it speaks of them. */
export function updaterOf(project: Project): Path | undefined {
  return project.paths.find(
    (path) =>
      RENOVATE.test(path) ||
      (path === 'package.json' && /^\s*"renovate"\s*:/m.test(project.read(path)?.text ?? '')) ||
      (DEPENDABOT.test(path) && /^[\s-]*package-ecosystem:\s*["']?docker\b/m.test(project.read(path)?.text ?? '')),
  )
}

/** The configuration of Dependabot, whatever it says. */
export function dependabotOf(project: Project): Path | undefined {
  return project.paths.find((path) => DEPENDABOT.test(path))
}

/** An image that stays as it is until somebody changes the file. */
export interface PinnedBase {
  readonly document: Dockerfile
  readonly image: BaseReference
}

const memo = new WeakMap<Project, readonly PinnedBase[]>()

/** The base images of a project that a digest or a full version holds, in order of path. Worked out once per picture. */
export function pinnedBases(project: Project): readonly PinnedBase[] {
  const known = memo.get(project) ?? read(project)
  memo.set(project, known)
  return known
}

function read(project: Project): readonly PinnedBase[] {
  return [...documentsOf(project, 'dockerfile')].flatMap((document) =>
    baseReferences(document).flatMap((image) => (isPinned(image) ? [{ document, image }] : [])),
  )
}

function isPinned({ reference }: BaseReference): boolean {
  return reference.digest !== undefined || (precisionOf(reference) === 'exact' && !isDistribution(reference))
}
