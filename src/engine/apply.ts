import { documentOf, loadLenses } from '../documents/index.js'
import type { Choice, Fix, Path, Project } from '../model.js'
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
 * Applies the choices that fit together. Should the result not read as well as before, the fixes of those files are tried one
 * by one and the guilty ones stay undone: a finding left open is better than a file left broken.
 */
export function applyReadably(
  project: Project,
  chosen: readonly Choice[],
): { choices: readonly Choice[]; after: Project } {
  const { taken, edits } = arrange(chosen)
  const after = applyTo(project, edits)
  const worse = worseFiles(project, after)
  if (worse.length === 0) return { choices: taken, after }
  const suspects = connectedWith(new Set(worse), taken)
  let kept: readonly Choice[] = []
  for (const choice of suspects.size > 1 ? suspects : []) {
    const tried = [...kept, choice]
    if (readsAsWell(project, applyTo(project, arrange(tried).edits))) kept = tried
  }
  const choices = taken.filter((choice) => !suspects.has(choice) || kept.includes(choice))
  return { choices, after: choices.length > 0 ? applyTo(project, arrange(choices).edits) : project }
}

/** The choices that change one of these files, or a file that such a choice changes as well. */
function connectedWith(paths: ReadonlySet<Path>, choices: readonly Choice[]): ReadonlySet<Choice> {
  const own = choices.filter(({ fix }) => fix.edits.some(({ path }) => paths.has(path)))
  const all = new Set([...paths, ...own.flatMap(({ fix }) => fix.edits.map(({ path }) => path))])
  return all.size === paths.size ? new Set(own) : connectedWith(all, choices)
}

/** Whether every file that differs reads at least as well as before. */
export function readsAsWell(before: Project, after: Project): boolean {
  return worseFiles(before, after).length === 0
}

function worseFiles(before: Project, after: Project): readonly Path[] {
  return changedFiles(before, after).flatMap((change) => {
    const is = documentOf(change.after)
    const was = change.before && documentOf(change.before)
    const isWorse = is && (is.problems.length > 0 || is.oddities.length > (was?.oddities.length ?? 0))
    return isWorse ? [change.path] : []
  })
}
