/** Takes a whole campaign back. */
import type { CampaignPlan, PullReport, RemoteAddress } from '../model.js'
import { pullDigest } from './build.js'
import { type CampaignMeans, publishMeans, WIDTH } from './campaign.js'
import { decide } from './decide.js'
import { inPool } from './pool.js'
import { meaningOf } from './refusals.js'
import { act, type ChangesPlan, type PublishMeans } from './site.js'
import { withdraw } from './withdraw.js'

const TAKEN_BACK = 'This campaign has been taken back. Closed by `harden campaign close`.'

/**
 * Closes every open pull request of a campaign that is ours, with a comment.
 * @param deletesBranches Whether the branches go, too, unless somebody else's commits are on them.
 * @returns a report for each pull request that there is, or was
 * @throws see `applyCampaign`
 */
export async function closeCampaign(
  plan: CampaignPlan,
  means: CampaignMeans,
  deletesBranches: boolean,
): Promise<readonly PullReport[]> {
  await means.journal.append({ entry: 'run', command: 'close', plan: plan.hash, time: means.now() })
  const publishing = publishMeans(plan, means)
  const changing = plan.repositories.filter((one): one is ChangesPlan => one.state === 'changes')
  const reports = await inPool(changing, WIDTH, async (planned) => {
    const closed = await closedIn(planned, publishing, means, deletesBranches)
    for (const report of closed) {
      const pull = planned.pulls.find(({ group }) => group === report.group)!
      await means.journal.append({ entry: 'stand', ...report, pull: pullDigest(pull), time: means.now() })
      means.onReport?.(report)
    }
    return closed
  })
  return reports.flat()
}

async function closedIn(
  planned: ChangesPlan,
  publishing: PublishMeans,
  means: CampaignMeans,
  deletesBranch: boolean,
): Promise<readonly PullReport[]> {
  const reach = means.reach(planned)
  const { slug } = planned
  try {
    if (reach === undefined) return deletesBranch ? await deleteLocally(planned, publishing) : []
    const remote = await reach.forge.repository((planned.address as RemoteAddress).name)
    const reports: PullReport[] = []
    for (const pull of planned.pulls) {
      const key = { slug, group: pull.group }
      const about = { key, branch: pull.branch, digest: pullDigest(pull), comment: TAKEN_BACK, deletesBranch }
      const stand = await withdraw({ means: publishing, ...reach, remote, ...about })
      if (stand) reports.push({ ...key, ...stand })
    }
    return reports
  } catch (error) {
    const meaning = meaningOf(error)
    if (meaning.means === 'stop') throw error
    const state = meaning.means === 'again' ? 'failed' : meaning.state
    return planned.pulls.map(({ group }) => ({ slug, group, state, reason: meaning.reason }))
  }
}

/** In a repository of this machine only the branch is ours. */
async function deleteLocally(planned: ChangesPlan, means: PublishMeans): Promise<readonly PullReport[]> {
  const repository = await means.open(planned, undefined, { branch: planned.base.branch })
  try {
    const reports: PullReport[] = []
    for (const pull of planned.pulls) {
      const key = { slug: planned.slug, group: pull.group }
      const digest = pullDigest(pull)
      const tip = await repository.tip(pull.branch)
      if (tip === undefined) continue
      const wanted = { campaign: means.settings.id, group: pull.group, pull: digest, reopen: false }
      const decision = decide({ pulls: [], tip }, wanted, means.ledger(key))
      if (decision.do === 'publish' && decision.tipKind === 'unknown') {
        reports.push({ ...key, state: 'conflicted', reason: `the branch ${pull.branch} is kept: it is not ours alone` })
        continue
      }
      const task = { means, key, digest, pull }
      await act(task, { act: 'delete branch', expected: tip }, () => repository.deleteBranch(pull.branch, tip))
      reports.push({ ...key, state: 'declined', reason: `the branch ${pull.branch} is deleted` })
    }
    return reports
  } finally {
    await repository.close()
  }
}
