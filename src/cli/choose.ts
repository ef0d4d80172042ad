import { loadLenses } from '../documents/index.js'
import { find, findAll, fingerprints } from '../engine/find.js'
import { didYouMean } from '../load/nearest.js'
import type { Finding, Path, Reported, Select } from '../model.js'
import { UsageError } from './errors.js'
import type { Prepared } from './prepare.js'

/** Leaves out every fix that would change a file nobody named. */
export function inside(covers: (path: Path) => boolean, select: Select): Select {
  return async (proposal) => {
    const choices = await select(proposal)
    return choices.filter(({ fix }) => fix.edits.every((edit) => covers(edit.path)))
  }
}

/**
 * Lets only the findings through that are named by their id. Equal findings are told apart by their order, so once one
 * of them is gone, the others would answer to the wrong id: then none of them is touched.
 * @throws UsageError if an id names no finding.
 */
export async function named(
  ids: readonly string[],
  { project, transforms, filter }: Pick<Prepared, 'project' | 'transforms' | 'filter'>,
  select: Select,
): Promise<Select> {
  await loadLenses(project.paths)
  const found = findAll(project, transforms, filter)
  const known = fingerprints(found)
  for (const id of ids) {
    if (!known.includes(id))
      throw new UsageError(
        `no finding here has the id ${JSON.stringify(id)}.${didYouMean(id, known)} harden check shows the ids.`,
      )
  }
  const before = numbers(found)
  return async (proposal) => {
    const { transform } = proposal
    const now = find(proposal.project, transform, filter).map((finding) => ({ transform, finding }))
    const after = numbers(now)
    const wanted = fingerprints(now).flatMap((id, i) => {
      const { finding } = now[i]!
      const about = aboutOf(transform.id, finding)
      return ids.includes(id) && before.get(about) === after.get(about) ? [placeOf(finding)] : []
    })
    const choices = await select(proposal)
    return choices.filter((choice) => wanted.includes(placeOf(choice.finding)))
  }
}

function numbers(reported: readonly Reported[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const { transform, finding } of reported) {
    const about = aboutOf(transform.id, finding)
    sums.set(about, (sums.get(about) ?? 0) + 1)
  }
  return sums
}

function aboutOf(transform: string, finding: Finding): string {
  return [transform, finding.at.path, finding.subject ?? '', finding.message].join('\0')
}

function placeOf(finding: Finding): string {
  return [finding.at.path, finding.at.start, finding.at.end, finding.subject ?? '', finding.message].join('\0')
}
