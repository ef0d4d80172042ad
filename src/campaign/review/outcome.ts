/** What a review has agreed to, as a plan: made of it by the same functions that made the plan that was reviewed. */

import type { Plan, Project, Step } from '../../model.js'
import { changedFiles } from '../../project.js'
import type { Answer } from '../../review/answer.js'
import { begin, replay, type Session } from '../../review/session.js'
import { type Joint, jointly } from '../joint.js'
import type { PlannedRepository, PullPlan } from '../model.js'
import { bodyOf } from '../plan/body.js'
import type { GroupPlan } from '../plan/grouping.js'
import type { Planned } from '../plan/job.js'
import { planRepository } from '../plan/repository.js'
import { resultOf } from '../plan/work.js'
import { answersFrom, decisionsOf } from './decisions.js'
import { partName, partsOf, type ReviewedPart } from './parts.js'
import type { Subject } from './subject.js'

/** A review in progress, and what it is about. */
export interface Review {
  readonly subjects: readonly Subject[]
  readonly parts: ReadonlyMap<string, ReviewedPart>
  readonly joint: Joint
}

/** All pull requests of the repositories, to be reviewed together. */
export function reviewOf(subjects: readonly Subject[], order: readonly string[]): Review {
  const parts = new Map(subjects.flatMap((subject) => [...partsOf(subject)]))
  return { subjects, parts, joint: jointly(parts, order) }
}

/**
 * The plan of one repository that holds what was accepted, and nothing else. What a real build showed stays with a pull request
 * that is as it was.
 * @throws Error if the patches would not come to what was reviewed
 */
export async function agreedPlan(subject: Subject, session: Session, review: Review): Promise<PlannedRepository> {
  const { planned, settings, repository, job, grounds, base, fetched } = subject
  const groups = planned.pulls.flatMap(({ group }): readonly GroupPlan[] => {
    const name = partName({ slug: planned.slug, group })
    const plan = groupPlan(name, review.parts.get(name)!, session, review.joint)
    return plan.steps.length > 0 ? [{ name: group, plan }] : []
  })
  const result: Planned = {
    ...resultOf(job, grounds, base, groups, fetched.skipped),
    ...(groups.length === 0 && { reason: 'a review has left out everything' }),
    read: [...new Set([...planned.base.read, ...fetched.read()])].sort(),
  }
  // What a person has agreed to stands in for what a planner would find.
  const agreed = { plan: async () => result, close: async () => {} }
  const made = await planRepository(repository, { slug: planned.slug, settings }, agreed)
  if (made.plan.state !== 'changes') return made
  const { base: on, left } = made.plan
  const pulls = made.plan.pulls.map((pull) => {
    const before = planned.pulls.find(({ group }) => group === pull.group)
    if (!before?.evidence || patchesOf(before) !== patchesOf(pull)) return pull
    const { address } = repository
    const shown = address.kind === 'remote' ? address.name : planned.slug
    const proved = { ...pull, evidence: before.evidence }
    return { ...proved, body: bodyOf({ campaign: settings, pull: proved, repository: shown, base: on, left }) }
  })
  return { ...made, plan: { ...made.plan, pulls } }
}

function patchesOf({ commits }: PullPlan): string {
  return commits.map(({ patch }) => patch.digest).join()
}

/** What was done in one part, as a plan. */
function groupPlan(name: string, part: ReviewedPart, session: Session, joint: Joint): Plan {
  const after = joint.partIn(session.current, name)
  const steps = orderly(name, part, session, joint)
  const end = steps.at(-1)?.after ?? part.project
  if (!isSame(part.project, end, after))
    throw new Error(`what was accepted in ${name} does not come to what was reviewed`)
  return {
    before: part.project,
    after: end,
    found: part.found(part.project),
    steps,
    open: part.found(end),
    unread: [],
    wanted: [],
    stopped: 'converged',
  }
}

/**
 * The steps that lead to what was reviewed: one for each transform, in the order of work, where that comes to the same, and
 * otherwise as a person has answered.
 */
function orderly(name: string, part: ReviewedPart, session: Session, joint: Joint): readonly Step[] {
  const own = joint.stepsIn(session.steps, name)
  const alone = jointly(new Map([[name, part]]), joint.scope.order)
  const said = answersFrom(
    decisionsOf(session.answers, joint).filter(({ pull, answer }) => partName(pull) === name && answer.verb !== 'skip'),
    alone,
    new Set([name]),
  )
  const rank = ({ of }: Answer) => joint.scope.order.indexOf(of[0]?.transform ?? '')
  const wanted = joint.partIn(session.current, name)
  for (const answers of [[...said].sort((a, b) => rank(a) - rank(b)), said]) {
    const { session: again, lost } = replay(begin(alone.project, alone.scope), together(answers))
    const steps = alone.stepsIn(again.steps, name)
    if (lost === 0 && isSame(part.project, steps.at(-1)?.after ?? part.project, wanted)) return steps
  }
  return own
}

/** One answer for each run of a yes to the same transform. */
function together(answers: readonly Answer[]): readonly Answer[] {
  const runs: Answer[] = []
  for (const answer of answers) {
    const last = runs.at(-1)
    const joins =
      last?.verb === 'accept' && answer.verb === 'accept' && last.of[0]?.transform === answer.of[0]?.transform
    if (joins) runs[runs.length - 1] = { ...last, of: [...last.of, ...answer.of] }
    else runs.push(answer)
  }
  return runs
}

/** Whether two pictures of a project read the same. */
function isSame(base: Project, one: Project, other: Project): boolean {
  const texts = (picture: Project) =>
    JSON.stringify(changedFiles(base, picture).map(({ path, after }) => [path, after.text]))
  return texts(one) === texts(other)
}
