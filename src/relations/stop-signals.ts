import type { Path, Project } from '../model.js'

const SOURCE = /\.[cm]?[jt]sx?$/
const BESIDE = /(^|\/)(node_modules|test|tests|__tests__|dist|build|coverage)\//

/** How many files of a program are looked into; of one with more, nobody waits for the answer. */
const MOST_FILES = 400

/** Words that code in JavaScript has only if it does something about being stopped. */
const LISTENING =
  /\bSIGTERM\b|\benableShutdownHooks\b|@godaddy\/terminus|\bclose-with-grace\b|\blightship\b|\bstoppable\b|\bexit-hook\b/

const memo = new WeakMap<Project, Map<Path, boolean>>()

/** Whether code in JavaScript or TypeScript below a folder listens for the signal to stop. */
export function listensForStop(folder: Path, project: Project): boolean {
  const known = memo.get(project) ?? new Map<Path, boolean>()
  memo.set(project, known)
  const found = known.get(folder) ?? look(folder, project)
  known.set(folder, found)
  return found
}

function look(folder: Path, project: Project): boolean {
  return project.paths
    .filter((path) => (folder === '.' || path.startsWith(`${folder}/`)) && SOURCE.test(path) && !BESIDE.test(path))
    .slice(0, MOST_FILES)
    .some((path) => LISTENING.test(project.read(path)?.text ?? ''))
}
