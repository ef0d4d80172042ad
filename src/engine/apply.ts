import { documentOf, loadLenses } from '../documents/index.js'
import type { Choice, Fix, Project } from '../model.js'
import { applyTo, changedFiles } from '../project.js'
import { arrange } from './arrange.js'

/** Whether a fix may be done at all: a hint is only shown. */
export function isDoable(fix: Fix): boolean {
  return fix.applicability !== 'hint' && fix.edits.length > 0
}

/** A file that is there but cannot be read is not a missing one: what would be written over it is not done. */
export function overwritesUnread({ fix }: Choice, project: Project): boolean {
  return fix.edits.some(({ path }) => !project.read(path) && project.unreadable(path) !== undefined)
}

/** A file that a fix makes may be the first of its kind, and is read as soon as it is made. */
export async function loadLensesOfNewFiles(project: Project, choices: readonly Choice[]): Promise<void> {
  const paths = choices.flatMap(({ fix }) => fix.edits.map(({ path }) => path))
  const made = paths.filter((path) => !project.read(path))
  if (made.length > 0) await loadLenses([...project.paths, ...made])
}

/**
 * Applies the choices that fit together. Should the result not read as well as before, the fixes are tried one by one
 * and the guilty ones stay undone: a finding left open is better than a file left broken.
 */
export function applyReadably(
  project: Project,
  chosen: readonly Choice[],
): { choices: readonly Choice[]; after: Project } {
  const { taken, edits } = arrange(chosen)
  const after = applyTo(project, edits)
  if (readsAsWell(project, after)) return { choices: taken, after }
  let kept: readonly Choice[] = []
  let result = project
  for (const choice of taken.length > 1 ? taken : []) {
    const next = arrange([...kept, choice])
    const tried = applyTo(project, next.edits)
    if (!readsAsWell(project, tried)) continue
    kept = next.taken
    result = tried
  }
  return { choices: kept, after: result }
}

/** Whether every file that differs reads at least as well as before. */
export function readsAsWell(before: Project, after: Project): boolean {
  return changedFiles(before, after).every((change) => {
    const is = documentOf(change.after)
    const was = change.before && documentOf(change.before)
    return !is || (is.problems.length === 0 && is.oddities.length <= (was?.oddities.length ?? 0))
  })
}
