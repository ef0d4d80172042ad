import { transforms as builtIn } from '../../../transforms/index.js'
import { kindOf } from '../../documents/index.js'
import { outcomes } from '../../engine/outcome.js'
import { nothing, plan } from '../../engine/plan.js'
import { ConfigurationError, filterOf, strangersConfiguration } from '../../load.js'
import type { Path, Plan, Reported, Severity, Transform, Unread } from '../../model.js'
import { positionAt } from '../../text.js'
import type { PlannedFinding } from '../model.js'
import { chosenFor } from './chosen.js'
import { type Fetched, fetchedFrom } from './fetched.js'
import { type GroupPlan, groupPlans } from './grouping.js'
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
    const fetched = fetchedFrom(job.paths, job.known)
    for (let round = 0; round < ROUNDS; round++) {
      const result = await planOnce(job, fetched)
      const missed = fetched.missed()
      if (missed.length === 0) return { ...result, read: fetched.read() }
      if (!fetched.learn(await ask(missed))) return { ...result, read: fetched.read() }
    }
    return { kind: 'failed', reason: 'each of its files leads to yet another one, so it was not read to the end' }
  } catch (error) {
    if (error instanceof ConfigurationError) return { kind: 'failed', reason: error.faults[0] ?? error.message }
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) }
  }
}

async function planOnce(job: Job, fetched: Fetched): Promise<Omit<Planned, 'read'>> {
  const { settings, day } = job
  const configuration = await strangersConfiguration(job.configuration, builtIn, settings.options)
  const transforms = chosenFor(configuration, settings).map(named)
  const project = fetched.project()
  const filter = filterOf(configuration, day)
  const base = await plan(project, transforms, nothing, filter)
  const grounds = { project, transforms, filter, covers: configuration.covers, level: settings.level }
  const groups = await groupPlans(settings.grouping, base.found, grounds)
  const kinds = new Set<string | undefined>(transforms.map(({ on }) => on))
  const files = project.paths.filter((path) => configuration.covers(path) && kinds.has(kindOf(path)))
  return {
    kind: 'planned',
    findings: bySeverity(base.found),
    left: leftBy(groups, base),
    unread: unreadIn(base, job.skipped, configuration.covers),
    groups: groups.map(({ name, plan }) => ({ name, steps: stepsOf(plan, transforms, job.format) })),
    reason: groups.length === 0 ? reasonFor(transforms, files, base, settings.level) : undefined,
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
function leftBy(groups: readonly GroupPlan[], base: Plan): readonly PlannedFinding[] {
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
    }))
    .sort((a, b) => compare(a.path, b.path) || a.line - b.line || compare(a.id, b.id))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function unreadIn(base: Plan, skipped: readonly Unread[], covers: (path: Path) => boolean): readonly Unread[] {
  return [...base.unread, ...skipped].filter(({ path }) => covers(path)).sort((a, b) => compare(a.path, b.path))
}

function reasonFor(
  transforms: readonly Transform[],
  files: readonly Path[],
  { found }: Plan,
  level: Job['settings']['level'],
): string {
  if (transforms.length === 0) return 'its own configuration leaves out everything this campaign does'
  if (files.length === 0) return 'there is no file that harden reads'
  if (found.length === 0) return 'nothing weak was found'
  const some = found.length === 1 ? 'one finding' : `${found.length} findings`
  const safe = level === 'safe' && found.some(({ finding }) => finding.fixes?.[0]?.applicability === 'review')
  return safe ? `${some}, but nothing that is safe to do without a review` : `${some}, but nothing harden can repair`
}
