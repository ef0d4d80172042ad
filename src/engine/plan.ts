import { loadLenses } from '../documents/index.js'
import type { Facts, Fix, Plan, Project, Select, Step, Transform, Want } from '../model.js'
import { changedFiles, withFacts } from '../project.js'
import { applyReadably, isDoable, loadLensesOfNewFiles, overwritesUnread } from './apply.js'
import { admitAll, type Filter, find, findAll, unread } from './find.js'

/** A correct set of transforms needs two rounds: one that works, one that confirms. */
const ROUNDS = 10

/** Does what may be done unasked: the first fix of each finding, if it is good enough. */
export function allowing(...levels: readonly Fix['applicability'][]): Select {
  return ({ findings }) =>
    findings.flatMap((finding) => {
      const fix = finding.fixes?.[0]
      return fix && levels.includes(fix.applicability) ? [{ finding, fix }] : []
    })
}

export const safely: Select = allowing('safe')
export const withReview: Select = allowing('safe', 'review')
export const nothing: Select = () => []

/**
 * One transform at a time, each on the text the last one left, until a whole round changes nothing.
 * A plan that did not converge must not be written: its `after` is only for showing what went round in circles.
 */
export async function plan(
  project: Project,
  transforms: readonly Transform[],
  select: Select,
  filter: Filter = admitAll,
): Promise<Plan> {
  await loadLenses(project.paths)
  const { facts, wanted } = recording(project.facts)
  const before = withFacts(project, facts)
  const steps: Step[] = []
  const seen = new Set([''])
  let current = before

  const found = new Map(transforms.map((transform) => [transform, find(before, transform, filter)]))
  const reported = transforms.flatMap((transform) => found.get(transform)!.map((finding) => ({ transform, finding })))

  const round = async () => {
    for (const transform of transforms) {
      const known = current === before ? found.get(transform) : undefined
      const findings = (known ?? find(current, transform, filter)).filter((finding) => finding.fixes?.some(isDoable))
      if (findings.length === 0) continue
      const selected = await select({ transform, findings, project: current })
      const chosen = selected.filter((choice) => isDoable(choice.fix) && !overwritesUnread(choice, current))
      await loadLensesOfNewFiles(current, chosen)
      const { choices, after } = applyReadably(current, chosen)
      if (choices.length === 0) continue
      steps.push({ transform: transform.id, choices, before: current, after })
      current = after
    }
  }

  const end = (stopped: Plan['stopped']): Plan => ({
    before,
    after: current,
    found: reported,
    steps,
    open: current === before ? reported : findAll(current, transforms, filter),
    unread: unread(before, new Set(transforms.map((transform) => transform.on))),
    wanted: [...wanted.values()],
    stopped,
  })

  for (let n = 0; n < ROUNDS; n++) {
    const already = steps.length
    await round()
    if (steps.length === already) return end('converged')
    const now = digest(before, current)
    if (seen.has(now)) return end('cycle')
    seen.add(now)
  }
  return end('round-limit')
}

function digest(before: Project, after: Project): string {
  return changedFiles(before, after)
    .map((change) => `${change.path}\0${change.after.text}`)
    .join('\0\0')
}

/** Facts that remember what they could not say. */
function recording(facts: Facts): { facts: Facts; wanted: ReadonlyMap<string, Want> } {
  const wanted = new Map<string, Want>()
  const get = (want: Want) => {
    const value = facts.get(want)
    if (value === undefined) wanted.set(`${want.kind}\0${want.key}`, want)
    return value
  }
  return { facts: { get }, wanted }
}

/** The transforms that changed something in the last round of a plan that did not converge. */
export function restless(plan: Plan): readonly string[] {
  return [...new Set(plan.steps.slice(-10).map((step) => step.transform))]
}
