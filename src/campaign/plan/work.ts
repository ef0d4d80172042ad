import { transforms as builtIn } from '../../../transforms/index.js'
import { kindOf } from '../../documents/index.js'
import { outcomes } from '../../engine/outcome.js'
import { nothing, plan } from '../../engine/plan.js'
import { ConfigurationError, filterOf, strangersConfiguration } from '../../load.js'
import type { Path, Plan, Project, Reported, Severity, Transform, Unread } from '../../model.js'
import { changedFiles } from '../../project.js'
import { positionAt } from '../../text.js'
import type { LeftFinding } from '../model.js'
import { chosenFor } from './chosen.js'
import { ownersOf } from './codeowners.js'
import { fetchedOf } from './fetched.js'
import { type Grounds, type GroupPlan, groupPlans } from './grouping.js'
import type { Ask, Job, Planned, Result } from './job.js'
import { stepsOf } from './steps.js'

/** Scripts that start scripts, files that include files: more often than this nobody goes on. */
const ROUNDS = 20

/**
 * Plans one commit, in rounds: with what is known of it, and again when something was missed that is there. What goes wrong
 * is a result, too: a stranger's repository ends nobody's campaign.
 */
export async function work(job: Job, ask: Ask): Promise<Result> {
  try {
    const fetched = fetchedOf(job)
    const isComplete = async () => {
      const missed = fetched.missed()
      return missed.length === 0 || !fetched.learn(await ask(missed))
    }
    for (let round = 0; round < ROUNDS; round++) {
      const grounds = await groundsOf(job, fetched.project())
      const base = await plan(grounds.project, grounds.transforms, nothing, grounds.filter)
      // Looking costs far less than planning, and misses nearly all that there is to miss.
      if (!(await isComplete())) continue
      const groups = await groupPlans(job.settings.grouping, base.found, grounds)
      if (await isComplete()) return { ...resultOf(job, grounds, base, groups, fetched.skipped), read: fetched.read() }
    }
    return { kind: 'failed', reason: 'each of its files leads to yet another one, so it was not read to the end' }
  } catch (error) {
    if (error instanceof ConfigurationError) return { kind: 'failed', reason: error.faults[0] ?? error.message }
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * What a commit is judged by: its own configuration, and what the campaign asks for.
 * @throws ConfigurationError
 */
export async function groundsOf({ configuration, settings, day }: Job, project: Project): Promise<Grounds> {
  const own = await strangersConfiguration(configuration, builtIn, settings.options)
  const transforms = chosenFor(own, settings).map(named)
  return { project, transforms, filter: filterOf(own, day), covers: own.covers, level: settings.level }
}

/** What became of a commit, its groups as they become commits. */
export function resultOf(
  { format, ownership }: Job,
  grounds: Grounds,
  base: Plan,
  groups: readonly GroupPlan[],
  skipped: readonly Unread[],
): Omit<Planned, 'read'> {
  return {
    kind: 'planned',
    findings: bySeverity(base.found),
    left: leftBy(groups, base),
    unread: unreadIn(base, skipped, grounds.covers),
    groups: groups.map(({ name, plan }) => {
      const changed = changedFiles(plan.before, plan.after).map(({ path }) => path)
      const owners = ownership ? ownersOf(changed, ownership.text, ownership.forge) : []
      return { name, steps: stepsOf(plan, grounds.transforms, format), owners }
    }),
    reason: groups.length === 0 ? reasonFor(grounds, base) : undefined,
  }
}

/** The same transform, naming itself and the file should it throw. */
function named(transform: Transform): Transform {
  return {
    ...transform,
    *run(document, project) {
      try {
        yield* transform.run(document, project)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        throw new Error(`the transform ${transform.id} failed on ${document.file.path}: ${why}`, { cause: error })
      }
    },
  }
}

function bySeverity(found: readonly Reported[]): Planned['findings'] {
  const sum: Record<Severity, number> = { high: 0, medium: 0, low: 0 }
  for (const { transform } of found) sum[transform.severity]++
  return sum
}

/** The findings of the base that no group settles, by path and line. */
export function leftBy(groups: readonly GroupPlan[], base: Plan): readonly LeftFinding[] {
  const all = outcomes(base)
  const settled = new Set(
    groups.flatMap(({ plan }) => outcomes(plan).flatMap(({ id, left }) => (left === undefined ? [id] : []))),
  )
  const left = all.filter(({ id }) => !settled.has(id))
  return left
    .map(({ id, transform, finding }) => ({
      id,
      transform: transform.id,
      severity: transform.severity,
      path: finding.at.path,
      line: positionAt(base.before.read(finding.at.path)!, finding.at.start).line,
      message: finding.message,
      evidence: (finding.evidence ?? []).map(({ note }) => note),
    }))
    .sort((a, b) => compare(a.path, b.path) || a.line - b.line || compare(a.id, b.id))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function unreadIn(base: Plan, skipped: readonly Unread[], covers: (path: Path) => boolean): readonly Unread[] {
  return [...base.unread, ...skipped].filter(({ path }) => covers(path)).sort((a, b) => compare(a.path, b.path))
}

function reasonFor({ project, transforms, covers, level }: Grounds, { found }: Plan): string {
  const kinds = new Set<string | undefined>(transforms.map(({ on }) => on))
  if (transforms.length === 0) return 'its own configuration leaves out everything this campaign does'
  if (!project.paths.some((path) => covers(path) && kinds.has(kindOf(path))))
    return 'there is no file that harden reads'
  if (found.length === 0) return 'nothing weak was found'
  const some = found.length === 1 ? 'one finding' : `${found.length} findings`
  const wantsReview = level === 'safe' && found.some(({ finding }) => finding.fixes?.[0]?.applicability === 'review')
  return `${some}, but nothing ${wantsReview ? 'that is safe to do without a review' : 'harden can repair'}`
}
