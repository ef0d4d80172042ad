/** All pull requests of a plan: which of them a run opens, and when it goes no further. */
import type { CampaignPlan, PullReport } from '../model.js'
import { bookOf, keyOf } from './entries.js'
import { inPool } from './pool.js'
import { publishRepository } from './publish.js'
import type { Allowance, ChangesPlan, PublishMeans, Reach } from './site.js'
import { checked } from './survey.js'
import { currentWave, isThrough, stopLossOf, wavesOf } from './waves.js'

/** How many repositories are worked on at the same time. Writes go one by one anyway; this is for what has to be fetched. */
export const WIDTH = 4

/** What a campaign works with. */
export interface CampaignMeans extends Pick<PublishMeans, 'journal' | 'patch' | 'inputsOf' | 'open' | 'now'> {
  /** How a repository is reached; `undefined` for one of this machine. */
  readonly reach: (planned: Pick<ChangesPlan, 'address'>) => Reach | undefined
  /** Publishes repositories on other machines; missing where this one does it. */
  readonly elsewhere?: (
    repositories: readonly ChangesPlan[],
    publishing: PublishMeans,
  ) => Promise<readonly PullReport[]>
  /** Told of each pull request when it is known where it stands. */
  readonly onReport?: (report: PullReport) => void
}

export interface ApplyOptions {
  /** How many pull requests this run may open. */
  readonly maxPulls?: number
  /** Whether what a person closed is opened again. */
  readonly reopen?: boolean
}

export interface ApplyOutcome {
  /** One for each pull request of the plan, in its order. */
  readonly reports: readonly PullReport[]
  /** Why no further wave was opened. */
  readonly stopped?: string
}

/**
 * Opens what a plan holds: the current wave, and what earlier ones still lack. May be run again at any time, and after any end.
 * @throws ForgeError or GitError of kind `unauthorised`, DiskError, whatever aborted the gates; all of it leaves journal and
 *   forge as the next run can go on from
 */
export async function applyCampaign(
  plan: CampaignPlan,
  means: CampaignMeans,
  { maxPulls = Number.POSITIVE_INFINITY, reopen = false }: ApplyOptions = {},
): Promise<ApplyOutcome> {
  await means.journal.append({ entry: 'run', command: 'apply', plan: plan.hash, time: means.now() })
  const publishing = publishMeans(plan, means, allowanceOf(maxPulls), reopen)
  const waves = wavesOf(plan)
  const current = currentWave(waves, publishing.ledger)
  const reports: PullReport[] = []
  for (const [index, wave] of waves.entries()) {
    if (index > current) {
      reports.push(...leftOut(wave, `wave ${index + 1} of ${waves.length}: the next run goes on`))
      continue
    }
    if (index === current && index > 0) {
      const before = await checked(reports, plan, means)
      const stopped = stopLossOf(before, plan.campaign.stopLoss)
      const isWaiting = !before.every(isThrough)
      if (stopped || isWaiting) {
        const reason = stopped ? 'no further wave is opened' : 'the waves before are not through'
        const left = waves.slice(index).flatMap((later) => leftOut(later, reason))
        return { reports: [...before, ...left], ...(stopped && { stopped }) }
      }
    }
    reports.push(...(await publishAll(wave, publishing, means)))
  }
  return { reports }
}

/** Publishes some repositories of a plan. @throws see {@link applyCampaign} */
export async function publishAll(
  repositories: readonly ChangesPlan[],
  publishing: PublishMeans,
  means: CampaignMeans,
): Promise<readonly PullReport[]> {
  if (means.elsewhere) return means.elsewhere(repositories, publishing)
  const reports = await inPool(repositories, WIDTH, async (planned) => {
    const mine = await publishRepository(planned, publishing, means.reach(planned))
    for (const report of mine) means.onReport?.(report)
    return mine
  })
  return reports.flat()
}

/** What publishing works with, for one plan. */
export function publishMeans(
  { campaign: settings, hash }: CampaignPlan,
  { journal, patch, inputsOf, open, now }: CampaignMeans,
  allowance: Allowance = allowanceOf(Number.POSITIVE_INFINITY),
  reopen = false,
): PublishMeans {
  return {
    settings,
    plan: hash,
    journal,
    ledger: bookOf(journal.entries),
    patch,
    inputsOf,
    open,
    allowance,
    reopen,
    now,
  }
}

function allowanceOf(most: number): Allowance {
  const taken = new Set<string>()
  return {
    take: (key) => taken.has(keyOf(key)) || (taken.size < most && taken.add(keyOf(key)) !== undefined),
    giveBack: (key) => void taken.delete(keyOf(key)),
  }
}

function leftOut(wave: readonly ChangesPlan[], reason: string): readonly PullReport[] {
  return wave.flatMap(({ slug, pulls }) =>
    pulls.map(({ group }) => ({ slug, group, state: 'waiting' as const, reason })),
  )
}
