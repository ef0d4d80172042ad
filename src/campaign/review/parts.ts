/** The pull requests of a plan as parts of one review: each a project of its own, in which only what it may hold is asked about. */
import { isDoable } from '../../engine/apply.js'
import { findAll } from '../../engine/find.js'
import type { Applicability, Project, Reported, Transform } from '../../model.js'
import type { Part } from '../joint.js'
import type { CampaignSettings, PullKey, PullPlan } from '../model.js'
import type { Subject } from './subject.js'

/** What a part is called. No slug and no group has a space. */
export function partName({ slug, group }: PullKey): string {
  return `${slug} ${group}`
}

/** The pull request of a part's name. */
export function pullOf(name: string): PullKey {
  const [slug = '', group = ''] = name.split(' ')
  return { slug, group }
}

/** What a pull request may be made of. */
export interface Making {
  readonly transforms: readonly Transform[]
  readonly levels: readonly Applicability[]
}

/** What a pull request of a plan is made of, as it was when it was planned. */
export function makingOf(
  { group, commits }: PullPlan,
  transforms: readonly Transform[],
  { grouping, level }: Pick<CampaignSettings, 'grouping' | 'level'>,
): Making {
  const own = transforms.filter(({ id }) => id === group)
  const levels: readonly Applicability[] = level === 'safe' ? ['safe'] : ['safe', 'review']
  if (grouping === 'one') return { transforms, levels }
  if (grouping === 'by-transform') return { transforms: own, levels }
  if (group === 'safe') return { transforms, levels: ['safe'] }
  const holdsSafe = commits.some(({ fixes }) => fixes.some(({ applicability }) => applicability === 'safe'))
  return { transforms: own, levels: holdsSafe ? levels : ['review'] }
}

/** A pull request to be reviewed. */
export interface ReviewedPart extends Part {
  readonly pull: PullPlan
  /** Everything its transforms find in a picture, also what the pull request may not hold. */
  readonly found: (picture: Project) => readonly Reported[]
}

/** The pull requests of one repository, by the names of their parts. */
export function partsOf({ planned, settings, grounds, base }: Subject): ReadonlyMap<string, ReviewedPart> {
  return new Map(
    planned.pulls.map((pull) => {
      const { transforms, levels } = makingOf(pull, grounds.transforms, settings)
      const known = new WeakMap<Project, readonly Reported[]>()
      known.set(
        grounds.project,
        base.found.filter(({ transform }) => transforms.includes(transform)),
      )
      const found = (picture: Project) => {
        const reported = known.get(picture) ?? findAll(picture, transforms, grounds.filter)
        known.set(picture, reported)
        return reported
      }
      const part: ReviewedPart = {
        pull,
        project: grounds.project,
        covers: grounds.covers,
        found,
        survey: (picture) => found(picture).flatMap((each) => asked(each, levels)),
      }
      return [partName({ slug: planned.slug, group: pull.group }), part] as const
    }),
  )
}

/** A finding whose first fix the pull request would hold, with those of its fixes that it may hold. */
function asked({ transform, finding }: Reported, levels: readonly Applicability[]): readonly Reported[] {
  const [first] = finding.fixes ?? []
  if (!first || !isDoable(first) || !levels.includes(first.applicability)) return []
  const fixes = finding.fixes!.filter(({ applicability }) => levels.includes(applicability))
  return [{ transform, finding: { ...finding, fixes } }]
}
