import { isDoable } from '../../engine/apply.js'
import { type Filter, fingerprints } from '../../engine/find.js'
import { allowing, plan, restless } from '../../engine/plan.js'
import type { Applicability, Path, Plan, Project, Reported, Select, Transform } from '../../model.js'
import type { CampaignSettings } from '../model.js'

/** A plan that becomes one pull request, made on the base by itself. */
export interface GroupPlan {
  readonly name: string
  readonly plan: Plan
}

/** What all groups of a repository have in common. */
export interface Grounds {
  readonly project: Project
  readonly transforms: readonly Transform[]
  readonly filter: Filter
  /** Whether a file may be changed. */
  readonly covers: (path: Path) => boolean
  readonly level: CampaignSettings['level']
}

/**
 * Plans the pull requests of a repository, in the order of the transforms; those in which nothing is to be done are left out.
 * Each rests on the base alone, so that each can be merged without the others.
 * @param found What the base shows.
 * @throws Error if the fixes of a group go round in circles.
 */
export async function groupPlans(
  grouping: CampaignSettings['grouping'],
  found: readonly Reported[],
  grounds: Grounds,
): Promise<readonly GroupPlan[]> {
  const { transforms, level } = grounds
  const levels: readonly Applicability[] = level === 'safe' ? ['safe'] : ['safe', 'review']
  const busy = transforms.flatMap((transform) => {
    const levels = levelsOf(transform, found)
    return levels.size > 0 ? [{ transform, levels }] : []
  })
  const plans: GroupPlan[] = []
  const add = (name: string, made: Plan | undefined) => {
    if (made && made.steps.length > 0) plans.push({ name, plan: made })
  }
  if (grouping === 'one') add('all', await planned(transforms, levels, grounds))
  else if (grouping === 'safe-together') {
    add('safe', await planned(transforms, ['safe'], grounds))
    if (level === 'review')
      for (const { transform, levels } of busy) add(transform.id, await reviewPlan(transform, levels, grounds))
  } else for (const { transform } of busy) add(transform.id, await planned([transform], levels, grounds))
  return plans
}

/**
 * Those of its fixes that want a review; with its safe ones only where they show that more wants a review.
 * @param there The levels of its fixes on the base.
 */
async function reviewPlan(
  transform: Transform,
  there: ReadonlySet<Applicability>,
  grounds: Grounds,
): Promise<Plan | undefined> {
  const alone = there.has('review') ? await planned([transform], ['review'], grounds) : undefined
  const whole = there.has('safe') ? await planned([transform], ['safe', 'review'], grounds) : undefined
  const known = alone ? reviewed(alone, transform) : new Set<string>()
  const showsMore = whole && [...reviewed(whole, transform)].some((id) => !known.has(id))
  return showsMore ? whole : alone
}

function reviewed({ steps }: Plan, transform: Transform): ReadonlySet<string> {
  const choices = steps.flatMap((step) => step.choices).filter(({ fix }) => fix.applicability === 'review')
  return new Set(fingerprints(choices.map(({ finding }) => ({ transform, finding }))))
}

async function planned(
  transforms: readonly Transform[],
  levels: readonly Applicability[],
  { project, filter, covers }: Grounds,
): Promise<Plan> {
  const select: Select = async (proposal) => {
    const choices = await allowing(...levels)(proposal)
    return choices.filter(({ fix }) => fix.edits.every(({ path }) => covers(path)))
  }
  const made = await plan(project, transforms, select, filter)
  if (made.stopped !== 'converged') throw new Error(`the fixes of ${restless(made).join(', ')} undo each other`)
  return made
}

/** The levels of what a transform would do on the base. */
function levelsOf(transform: Transform, found: readonly Reported[]): ReadonlySet<Applicability> {
  const fixes = found.flatMap((each) => (each.transform === transform ? (each.finding.fixes?.[0] ?? []) : []))
  return new Set(fixes.filter(isDoable).map(({ applicability }) => applicability))
}
