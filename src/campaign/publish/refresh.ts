/** Plans anew what is open or has become stale, and brings the forge to the new plan. */

import type { Address, CampaignPlan, PlannedRepository, PullChange, PullReport, RemoteAddress } from '../model.js'
import { pullDigest } from './build.js'
import type { CampaignMeans } from './campaign.js'
import { publishAll, publishMeans } from './campaign.js'
import { type Ledger, stateOf } from './entries.js'
import { inPool } from './pool.js'
import { meaningOf } from './refusals.js'
import type { ChangesPlan } from './site.js'
import { withdraw } from './withdraw.js'

/** What was planned anew, and what that changes. */
export interface Replanned {
  readonly repositories: readonly PlannedRepository[]
  readonly changes: readonly PullChange[]
  /** Repositories that could not be planned anew; their old plan stays. */
  readonly failed: readonly { readonly slug: string; readonly reason: string }[]
}

/**
 * Plans anew every repository that has a pull request which is open, stale, or not there yet.
 * @param reports Where they stand: of `surveyCampaign`.
 */
export async function replanned(
  plan: CampaignPlan,
  reports: readonly PullReport[],
  width: number,
  replan: (address: Address) => Promise<PlannedRepository>,
): Promise<Replanned> {
  const due = new Set(reports.filter(({ state }) => DUE.has(state)).map(({ slug }) => slug))
  const old = plan.repositories.filter(
    (planned): planned is ChangesPlan => planned.state === 'changes' && due.has(planned.slug),
  )
  const fresh = await inPool(old, width, async ({ address }) => replan(address))
  const pairs = old.map((before, i) => [before, fresh[i]!] as const)
  return {
    repositories: fresh.filter(({ plan }) => plan.state !== 'failed'),
    changes: pairs.flatMap(([before, { plan }]) => (plan.state === 'failed' ? [] : changesBetween(before, plan))),
    failed: pairs.flatMap(([{ slug }, { plan }]) => (plan.state === 'failed' ? [{ slug, reason: plan.reason }] : [])),
  }
}

const DUE: ReadonlySet<PullReport['state']> = new Set(['open', 'stale', 'planned', 'pushed', 'waiting', 'failed'])

/** The pull requests of both plans of a repository, those of the old one first. */
export function changesBetween(before: ChangesPlan, now: PlannedRepository['plan']): readonly PullChange[] {
  const { slug } = before
  const pulls = now.state === 'changes' ? now.pulls : []
  const kept = before.pulls.map((pull): PullChange => {
    const next = pulls.find(({ group }) => group === pull.group)
    const change = next === undefined ? 'gone' : pullDigest(next) === pullDigest(pull) ? 'the same' : 'changed'
    return { slug, group: pull.group, change }
  })
  const added = pulls.filter(({ group }) => !before.pulls.some((pull) => pull.group === group))
  return [...kept, ...added.map(({ group }): PullChange => ({ slug, group, change: 'added' }))]
}

/** What is said where nothing is left to fix. */
const NOTHING_LEFT =
  'Nothing is left to fix here: what this pull request brought is on its base already, or is no longer needed. Closed by `harden campaign refresh`.'

/**
 * Brings the forge to a plan that was made anew: open pull requests to what they are now, and those that are no longer planned to
 * their end. Opens nothing: that is for `apply`.
 * @param slugs The repositories that were planned anew.
 * @throws see `applyCampaign`
 */
export async function publishRefreshed(
  plan: CampaignPlan,
  before: CampaignPlan,
  slugs: ReadonlySet<string>,
  means: CampaignMeans,
): Promise<readonly PullReport[]> {
  await means.journal.append({ entry: 'run', command: 'refresh', plan: plan.hash, time: means.now() })
  const nothingNew = { take: () => false, giveBack: () => {} }
  const publishing = publishMeans(plan, means, nothingNew)
  const changing = plan.repositories.filter((one): one is ChangesPlan => one.state === 'changes' && slugs.has(one.slug))
  const updated = await publishAll(changing, publishing, means)
  return [...updated, ...(await closeOrphans(plan, before, means))]
}

/** Closes what the journal knows to be open, and no plan holds any more. */
async function closeOrphans(
  plan: CampaignPlan,
  before: CampaignPlan,
  means: CampaignMeans,
): Promise<readonly PullReport[]> {
  const publishing = publishMeans(plan, means)
  const planned = new Set(plan.repositories.flatMap(keysOf))
  const addresses = new Map([...before.repositories, ...plan.repositories].map(({ slug, address }) => [slug, address]))
  const orphans = [...stateOf(means.journal.entries)].filter(
    ([key, { stand }]) => !planned.has(key) && stand?.state === 'open',
  )
  const closed = await inPool(orphans, 1, async ([, ledger]) => {
    const address = addresses.get(ledger.stand!.slug)
    return address?.kind === 'remote' ? closeOrphan(address, ledger, publishing, means) : undefined
  })
  return closed.filter((report) => report !== undefined)
}

async function closeOrphan(
  address: RemoteAddress,
  { stand, branch }: Ledger,
  publishing: ReturnType<typeof publishMeans>,
  means: CampaignMeans,
): Promise<PullReport | undefined> {
  const { slug, group, pull: digest } = stand!
  const key = { slug, group }
  const reach = means.reach({ address })
  if (reach === undefined || branch === undefined) return undefined
  try {
    const remote = await reach.forge.repository(address.name)
    const about = { key, branch, digest, comment: NOTHING_LEFT, deletesBranch: true }
    const result = await withdraw({ means: publishing, ...reach, remote, ...about })
    if (result === undefined) return undefined
    const report = { ...key, ...result }
    await means.journal.append({ entry: 'stand', ...report, pull: digest, time: means.now() })
    means.onReport?.(report)
    return report
  } catch (error) {
    const meaning = meaningOf(error)
    if (meaning.means === 'stop') throw error
    return { ...key, state: 'failed', reason: meaning.reason }
  }
}

function keysOf(planned: CampaignPlan['repositories'][number]): readonly string[] {
  return planned.state === 'changes' ? planned.pulls.map(({ group }) => `${planned.slug} ${group}`) : []
}
