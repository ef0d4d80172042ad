/** A review as it stands in its folder: taken up, kept after each answer, and in the end made into the plan. */

import { begin, replay, type Session } from '../../review/session.js'
import { planOf } from '../folder.js'
import type { CampaignPlan, PlannedRepository, PullKey } from '../model.js'
import { answersFrom, type Decision, decisionsOf } from './decisions.js'
import { agreedPlan, type Review } from './outcome.js'
import { partName } from './parts.js'

/** A review to go on with, and what became of the decisions it was begun with. */
export interface TakenUp {
  readonly session: Session
  /** About pull requests that are not reviewed now; kept for when they are again. */
  readonly elsewhere: readonly Decision[]
  /** How many answers count again. */
  readonly matched: number
  /** How many do not, and in which pull requests. */
  readonly lost: readonly (PullKey & { readonly answers: number })[]
}

/** Begins a review with decisions of an earlier one. */
export function takenUp({ joint, parts }: Review, decisions: readonly Decision[]): TakenUp {
  const known = new Set(parts.keys())
  const start = begin(joint.project, joint.scope)
  const { session } = replay(start, answersFrom(decisions, joint, known))
  const given = sums(decisions.filter(({ pull }) => known.has(partName(pull))))
  const taken = sums(decisionsOf(session.answers, joint))
  return {
    session,
    elsewhere: decisions.filter(({ pull }) => !known.has(partName(pull))),
    matched: [...taken.values()].reduce((sum, { answers }) => sum + answers, 0),
    lost: [...given].flatMap(([name, { answers, ...pull }]) => {
      const left = answers - (taken.get(name)?.answers ?? 0)
      return left > 0 ? [{ ...pull, answers: left }] : []
    }),
  }
}

function sums(decisions: readonly Decision[]) {
  const all = new Map<string, PullKey & { answers: number }>()
  for (const { pull, answer } of decisions) {
    const sum = all.get(partName(pull)) ?? { ...pull, answers: 0 }
    all.set(partName(pull), sum)
    sum.answers += answer.of.length
  }
  return all
}

/**
 * The plan that holds exactly what was accepted. Repositories that were not reviewed are in it as they were.
 * @param patch The bytes of a patch of the plan that was reviewed, by its place below `repositories/`.
 */
export async function reviewedPlan(
  plan: CampaignPlan,
  patch: (place: string) => Buffer,
  review: Review,
  session: Session,
): Promise<{ readonly plan: CampaignPlan; readonly patches: ReadonlyMap<string, Buffer> }> {
  const bySlug = new Map(review.subjects.map((subject) => [subject.planned.slug, subject]))
  const planned: PlannedRepository[] = []
  for (const repository of plan.repositories) {
    const subject = bySlug.get(repository.slug)
    if (subject) planned.push(await agreedPlan(subject, session, review))
    else {
      const places =
        repository.state !== 'changes'
          ? []
          : repository.pulls.flatMap(({ group, commits }) =>
              commits.map((commit) => `${repository.slug}/${group}/${commit.patch.file}`),
            )
      planned.push({ plan: repository, patches: new Map(places.map((place) => [place, patch(place)])) })
    }
  }
  return planOf(plan.campaign, planned)
}
