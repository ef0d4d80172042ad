/** Plans many repositories side by side. What goes wrong with one of them is what becomes of it, and of no other. */
import type { CampaignSettings, PlannedRepository } from './model.js'
import type { Planners } from './plan/pool.js'
import { planRepository } from './plan/repository.js'
import { shapeFault } from './plan-shape.js'
import { GitError, type GitLimits, type GitSource, type Repository } from './repository.js'
import type { Selected } from './select.js'

/** What planning one repository takes. */
export interface Means {
  readonly settings: CampaignSettings
  readonly planners: Planners
  readonly open: (source: GitSource, options: OpenOptions) => Promise<Repository>
  /** The header that opens repositories of an origin, if there is a token for it. */
  readonly authorization: (origin: string) => string | undefined
  /** Where folders for what is fetched are made. */
  readonly folder: string
  readonly limits: Partial<GitLimits>
  readonly signal: AbortSignal
  /** How often the token for an origin was refused; empty at first. */
  readonly refusals: Map<string, number>
  /** What is done with a plan while its repository is still open: a proof, for one. */
  readonly afterwards?: (planned: PlannedRepository, repository: Repository) => Promise<PlannedRepository>
}

interface OpenOptions {
  readonly folder: string
  readonly limits?: Partial<GitLimits>
  readonly signal?: AbortSignal
}

/** How often a token may be refused before nothing more is asked with it: servers lock out who goes on. */
const MOST_REFUSALS = 3

/**
 * Plans one repository. It never fails but for the signal.
 * @throws the signal's reason
 */
export async function planOne(selected: Selected, means: Means): Promise<PlannedRepository> {
  const { address, slug, url } = selected
  const { settings, planners, open, folder, limits, signal, refusals, afterwards } = means
  const origin = address.kind === 'remote' ? address.origin : undefined
  const authorization = origin && means.authorization(origin)
  let repository: Repository | undefined
  try {
    signal.throwIfAborted()
    if (origin && (refusals.get(origin) ?? 0) >= MOST_REFUSALS)
      return failedFor(selected, `it was not asked for, because ${origin} has refused the token ${MOST_REFUSALS} times`)
    const source = { address, url, ...(authorization && { authorization }) }
    repository = await open(source, { folder, limits, signal })
    const planned = await planRepository(repository, { slug, settings }, planners)
    const wrong = shapeFault(planned.plan)
    if (wrong) return failedFor(selected, `what was planned for it cannot be written down: ${wrong}`)
    return afterwards ? await afterwards(planned, repository) : planned
  } catch (error) {
    signal.throwIfAborted()
    if (authorization && error instanceof GitError && error.kind === 'unauthorised')
      refusals.set(origin!, (refusals.get(origin!) ?? 0) + 1)
    return failedFor(selected, withoutName(error instanceof Error ? error.message : String(error), selected))
  } finally {
    await repository?.close()
  }
}

/** The same sentence for all repositories in which the same is wrong: its name stands beside it anyway. */
function withoutName(reason: string, { url }: Selected): string {
  const name = `${url.replace(/^https?:\/\//, '')}: `
  return reason.startsWith(name) ? reason.slice(name.length) : reason
}

/** A repository that could not be planned, and why. */
export function failedFor({ address, slug }: Selected, reason: string): PlannedRepository {
  const findings = { high: 0, medium: 0, low: 0 }
  return { plan: { address, slug, findings, left: [], unread: [], state: 'failed', reason }, patches: new Map() }
}

export interface Several {
  /** How many at a time. */
  readonly concurrency: number
  readonly plan: (selected: Selected) => Promise<PlannedRepository>
  readonly onBegin?: (selected: Selected) => void
  /** Called as each is done; `done` counts them. */
  readonly onEnd?: (planned: PlannedRepository, done: number) => void
}

/**
 * Plans all of them, in no particular order.
 * @throws what `plan` throws, once those that were begun have ended
 */
export async function planSeveral(
  repositories: readonly Selected[],
  { concurrency, plan, onBegin, onEnd }: Several,
): Promise<readonly PlannedRepository[]> {
  const results: PlannedRepository[] = []
  const left = repositories.values()
  const lane = async () => {
    for (const selected of left) {
      onBegin?.(selected)
      const planned = await plan(selected)
      results.push(planned)
      onEnd?.(planned, results.length)
    }
  }
  const lanes = Array.from({ length: Math.min(concurrency, repositories.length) }, lane)
  const ended = await Promise.allSettled(lanes)
  for (const each of ended) if (each.status === 'rejected') throw each.reason
  return results
}
