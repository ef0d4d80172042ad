import { availableParallelism } from 'node:os'
import { slugOf, urlOf } from '../../campaign/address.js'
import { type PlanFolder, planOf, writePlan } from '../../campaign/folder.js'
import type { Address, PlannedRepository } from '../../campaign/model.js'
import { publishRefreshed, type Replanned, replanned } from '../../campaign/publish/refresh.js'
import { surveyCampaign } from '../../campaign/publish/survey.js'
import { planOne } from '../../campaign/several.js'
import { escaped } from '../../escape.js'
import { askYes } from '../../ui/ask.js'
import { isAllWell, publishedReport } from '../../ui/campaign/published.js'
import { refreshReport } from '../../ui/campaign/refreshed.js'
import { enter } from '../enter.js'
import { CODES, UsageError } from '../errors.js'
import { isInteractive, print, remark, stdoutLook } from '../terminal.js'
import { pagesOf } from './pages.js'
import { planningIn, withPlanners } from './planning.js'
import { type Publishing, type PublishingOptions, planIn, withPublishing } from './publishing.js'
import { screenFor } from './screen.js'

/** As commander hands them over. */
export interface RefreshOptions extends PublishingOptions {
  readonly yes?: boolean
}

/**
 * Plans anew what is open or stale, writes the new plan into the folder, and updates what is open.
 * @returns 0 if everything is open, merged or declined afterwards, 1 if something is left or wants a person
 */
export async function refreshPlan(dir: string, options: RefreshOptions): Promise<number> {
  const cwd = enter(options.cwd)
  const look = stdoutLook(options.color, cwd, cwd)
  const folder = await planIn(dir)
  if (!options.yes && !isInteractive())
    throw new UsageError('refresh updates pull requests, and nobody is here to be asked.', [
      `harden campaign refresh ${dir} --yes   plans anew what is open or stale, and updates it`,
    ])
  let eta: ((calls: number) => number) | undefined
  const pulls = folder.plan.repositories.flatMap((one) => (one.state === 'changes' ? one.pulls : []))
  const screen = screenFor(folder.plan, pulls.length, Boolean(options.quiet), () => eta)
  try {
    return await withPublishing(folder, { changes: true, ...screen, onReport: () => {} }, async (publishing) => {
      eta = publishing.eta
      const { means, signal } = publishing
      const reports = await surveyCampaign(folder.plan, means)
      const fresh = await withReplan(folder, publishing, (replan) =>
        replanned(folder.plan, reports, availableParallelism(), replan),
      )
      screen.end()
      for (const { slug, reason } of fresh.failed)
        remark(`harden: ${escaped(`${slug} could not be planned anew: ${reason}`)}`)
      await print(refreshReport(folder.plan, fresh.changes, look))
      if (!options.yes && !(await askYes('Write this plan, and update what is open?', look))) {
        remark('harden: nothing was changed.')
        return CODES.findings
      }
      const { plan, patches } = joined(folder, fresh)
      const pages = pagesOf(plan, patches, dir)
      if (plan.hash !== folder.plan.hash) await writePlan(dir, plan, patches, { pages, refresh: true, signal })
      const slugs = new Set(fresh.repositories.map(({ plan: { slug } }) => slug))
      const patch = async (place: string) => patches.get(place)!
      const results = await publishRefreshed(plan, folder.plan, slugs, { ...means, patch })
      await print(publishedReport(plan, results, undefined, look))
      return isAllWell(results) && fresh.failed.length === 0 ? CODES.clean : CODES.findings
    })
  } finally {
    screen.end()
  }
}

/** The plan with what was planned anew in the place of what it was. */
function joined({ plan, patch }: PlanFolder, { repositories }: Replanned) {
  const fresh = new Map(repositories.map((one) => [one.plan.slug, one]))
  const all = plan.repositories.map((old): PlannedRepository => {
    const pulls = old.state === 'changes' ? old.pulls : []
    const places = pulls.flatMap(({ group, commits }) =>
      commits.map(({ patch: { file } }) => `${old.slug}/${group}/${file}`),
    )
    return fresh.get(old.slug) ?? { plan: old, patches: new Map(places.map((place) => [place, patch(place)])) }
  })
  return planOf(plan.campaign, all)
}

/** Lends what plans one repository anew, wherever it lies now. */
async function withReplan<T>(
  { plan }: PlanFolder,
  { means, signal, scratch, accesses }: Publishing,
  act: (replan: (address: Address) => Promise<PlannedRepository>) => Promise<T>,
): Promise<T> {
  return withPlanners(availableParallelism(), signal, (planners) => {
    const planning = { ...planningIn(scratch, accesses, planners, signal), settings: plan.campaign, limits: {} }
    return act(async (address) => {
      const forge = means.reach({ address })?.forge
      const url = address.kind === 'remote' && forge ? (await forge.repository(address.name)).cloneUrl : urlOf(address)
      return planOne({ address, slug: slugOf(address), url }, planning)
    })
  })
}
