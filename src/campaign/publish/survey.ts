/** Where every pull request of a campaign stands, by reading alone. */
import { escaped } from '../../escape.js'
import type { RemoteRepository } from '../forge.js'
import type { CampaignPlan, PullPlan, PullReport, RemoteAddress } from '../model.js'
import { pullDigest } from './build.js'
import type { CampaignMeans } from './campaign.js'
import { WIDTH } from './campaign.js'
import { type Decision, decide } from './decide.js'
import { bookOf, type Ledger } from './entries.js'
import { inPool } from './pool.js'
import { meaningOf } from './refusals.js'
import type { ChangesPlan, Reach } from './site.js'

type Stand = Omit<PullReport, 'slug' | 'group'>

/** One report for each pull request of the plan, in its order, checks included. @throws what stops everything */
export async function surveyCampaign(plan: CampaignPlan, means: CampaignMeans): Promise<readonly PullReport[]> {
  const ledger = bookOf(means.journal.entries)
  const changing = plan.repositories.filter((planned): planned is ChangesPlan => planned.state === 'changes')
  const surveyed = await inPool(changing, WIDTH, async (planned) => {
    const reach = means.reach(planned)
    const stands = await standsOf(planned, means, reach, (pull) => {
      const known = ledger({ slug: planned.slug, group: pull.group })
      return { known, wanted: { campaign: plan.campaign.id, group: pull.group, pull: pullDigest(pull), reopen: false } }
    })
    const reports = planned.pulls.map(({ group }, i) => ({ slug: planned.slug, group, ...stands[i]! }))
    for (const report of reports) means.onReport?.(report)
    return reports
  })
  return checked(surveyed.flat(), plan, means)
}

type Known = (pull: PullPlan) => { readonly known: Ledger; readonly wanted: Parameters<typeof decide>[1] }

async function standsOf(
  planned: ChangesPlan,
  means: CampaignMeans,
  reach: Reach | undefined,
  known: Known,
): Promise<readonly Stand[]> {
  try {
    if (reach === undefined) return await localStands(planned, means, known)
    const remote = await reach.forge.repository((planned.address as RemoteAddress).name)
    const stands: Stand[] = []
    for (const pull of planned.pulls) stands.push(await remoteStand(pull, remote, reach, known))
    return stands
  } catch (error) {
    const meaning = meaningOf(error)
    if (meaning.means === 'stop') throw error
    const state = meaning.means === 'again' ? 'failed' : meaning.state
    return planned.pulls.map(() => ({ state, reason: meaning.reason }))
  }
}

async function remoteStand(pull: PullPlan, remote: RemoteRepository, { forge }: Reach, known: Known): Promise<Stand> {
  const seen = { pulls: await forge.pulls(remote, pull.branch), tip: await forge.tip(remote, pull.branch) }
  const { known: ledger, wanted } = known(pull)
  const stand = seenAs(decide(seen, wanted, ledger), ledger, wanted.pull)
  return { ...stand, ...(seen.tip !== undefined && { head: seen.tip }) }
}

async function localStands(planned: ChangesPlan, means: CampaignMeans, known: Known): Promise<readonly Stand[]> {
  const repository = await means.open(planned, undefined, { branch: planned.base.branch })
  try {
    const stands: Stand[] = []
    for (const pull of planned.pulls) {
      const tip = await repository.tip(pull.branch)
      const { known: ledger, wanted } = known(pull)
      const decision = decide({ pulls: [], tip }, wanted, ledger)
      const isThere = decision.do === 'publish' && decision.tipKind === 'planned'
      stands.push(isThere ? { state: 'pushed', head: tip! } : seenAs(decision, ledger, wanted.pull))
    }
    return stands
  } finally {
    await repository.close()
  }
}

/** What a decision says of the moment: what is still to be done, and why it was not yet. */
function seenAs(decision: Decision, { stand }: Ledger, digest: string): Stand {
  if (decision.do === 'end') {
    const { state, pull, reason } = decision
    return { state, ...(reason && { reason: escaped(reason) }), ...(pull && { number: pull.number, url: pull.url }) }
  }
  const { open, tipKind } = decision
  if (open) {
    const reason = 'the plan has changed since: apply brings it up to date'
    return { state: 'open', reason, number: open.number, url: open.url }
  }
  const last = stand?.pull === digest ? stand : undefined
  if (last && ['stale', 'blocked', 'failed', 'conflicted', 'waiting'].includes(last.state)) {
    return { state: last.state, ...(last.reason && { reason: last.reason }) }
  }
  if (tipKind === 'unknown') return { state: 'conflicted', reason: 'the branch holds what is not ours' }
  return { state: 'planned', ...(tipKind !== 'absent' && { reason: 'its branch is there already' }) }
}

/** The reports with what the forges' checks say of each open pull request. @throws what stops everything */
export async function checked(
  reports: readonly PullReport[],
  plan: CampaignPlan,
  means: CampaignMeans,
): Promise<readonly PullReport[]> {
  const planned = new Map(plan.repositories.map((repository) => [repository.slug, repository]))
  return inPool(reports, WIDTH, async (report) => {
    const repository = planned.get(report.slug)
    if (report.state !== 'open' || report.head === undefined || repository?.state !== 'changes') return report
    const reach = means.reach(repository)
    if (reach === undefined) return report
    try {
      const remote = await reach.forge.repository((repository.address as RemoteAddress).name)
      return { ...report, checks: await reach.forge.checks(remote, report.head) }
    } catch (error) {
      if (meaningOf(error).means === 'stop') throw error
      return report
    }
  })
}
