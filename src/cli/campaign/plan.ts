import { availableParallelism } from 'node:os'
import { nameOf } from '../../campaign/address.js'
import { mayWrite, planOf, writePlan } from '../../campaign/folder.js'
import { ForgeError, type Gate } from '../../campaign/forge.js'
import { forgeOf } from '../../campaign/forges/open-forge.js'
import type { CampaignPlan, PlannedRepository } from '../../campaign/model.js'
import { type Selected, selectRepositories } from '../../campaign/select.js'
import type { Campaign } from '../../campaign/settings/read.js'
import { type Means, planOne, planSeveral } from '../../campaign/several.js'
import { escaped } from '../../escape.js'
import { plannedJson, plannedReport, repositoryLine } from '../../ui/campaign/planned.js'
import { progressOn } from '../../ui/progress.js'
import { enter } from '../enter.js'
import { CODES, UsageError } from '../errors.js'
import { interruptible } from '../signals.js'
import { print, remark, stdoutLook } from '../terminal.js'
import { campaignFor } from './chosen.js'
import { pagesOf } from './pages.js'
import { planningIn, withPlanners } from './planning.js'
import { plannedByWorkers } from './queue.js'
import { type Accesses, accessesOf } from './reaching.js'
import { withScratch } from './scratch.js'

/** As commander hands them over. */
export interface PlanOptions {
  readonly repo?: readonly string[]
  readonly out: string
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  readonly review?: boolean
  readonly verify?: boolean
  readonly concurrency?: number
  readonly queue?: string
  readonly limit?: number
  readonly format: 'text' | 'json'
  readonly color: boolean
  readonly quiet?: boolean
  readonly cwd?: string
}

/**
 * Plans a campaign into a folder. One repository's failure is its own; the exit code says whether there was any.
 * @returns 0 if every repository was planned, 1 if some were not
 */
export async function planCampaign(file: string | undefined, options: PlanOptions): Promise<number> {
  const cwd = enter(options.cwd)
  const campaign = campaignFor(file, options, cwd)
  // Whoever has to wait for the plan wants to know now that it could not be written.
  await mayWrite(options.out, campaign.settings.id)
  const tell = (sentence: string) => options.quiet || remark(`harden: ${escaped(sentence)}`)
  for (const warning of campaign.warnings) tell(warning)
  return interruptible(async (signal) => {
    const accesses = accessesOf(campaign.forges)
    const { repositories, notes } = await selected(campaign, accesses, options.limit)
    for (const note of notes) tell(note)
    const planned = await withScratch((folder) => {
      const planning = { campaign, accesses, options, folder, signal }
      if (options.queue !== undefined) return plannedByWorkers(options.queue, repositories, planning)
      return options.verify ? provenAll(repositories, planning) : plannedAll(repositories, planning)
    })
    const { plan, patches } = planOf(campaign.settings, planned)
    await writePlan(options.out, plan, patches, { pages: pagesOf(plan, patches, options.out), signal })
    await print(
      options.format === 'json'
        ? plannedJson(plan, options.out, notes)
        : plannedReport(plan, options.out, stdoutLook(options.color, cwd, cwd)),
    )
    return exitCode(plan)
  })
}

/** A plan is made to be looked at: that there is something in it is no failure. That a repository is missing in it is one. */
function exitCode({ repositories }: CampaignPlan): number {
  return repositories.some(({ state }) => state === 'failed') ? CODES.findings : CODES.clean
}

/** Reading changes nothing, so only what the forge itself says slows it down. */
const reading: Gate = (_, request) => request()

async function selected({ wanted }: Campaign, accesses: Accesses, most: number | undefined) {
  try {
    const found = await selectRepositories(wanted, {
      forgeAt: (origin) => forgeOf(accesses(origin), reading),
      ...(most !== undefined && { most }),
    })
    for (const { address } of found.repositories) if (address.kind === 'remote') accesses(address.origin)
    return found
  } catch (error) {
    throw error instanceof ForgeError ? new UsageError(`the repositories cannot be listed: ${error.message}`) : error
  }
}

interface Planning {
  readonly campaign: Campaign
  readonly accesses: Accesses
  readonly options: PlanOptions
  readonly folder: string
  readonly signal: AbortSignal
  readonly afterwards?: Means['afterwards']
}

async function provenAll(repositories: readonly Selected[], planning: Planning): Promise<readonly PlannedRepository[]> {
  const { campaign, options, signal } = planning
  const { withProofs } = await import('./proofs.js')
  return withProofs(campaign.settings, options.quiet === true, signal, (afterwards) =>
    plannedAll(repositories, {
      ...planning,
      campaign: { ...campaign, quotas: { ...BUILDING, ...campaign.quotas } },
      afterwards,
    }),
  )
}

/** What is built has files that nobody reads: pictures, fonts, archives. */
const BUILDING = { file: 64 << 20 }

async function plannedAll(
  repositories: readonly Selected[],
  { campaign, accesses, options, folder, signal, afterwards }: Planning,
): Promise<readonly PlannedRepository[]> {
  const concurrency = options.concurrency ?? availableParallelism()
  const progress = progressOn(process.stderr)
  const isLog = !process.stderr.isTTY && !options.quiet
  let done = 0
  return withPlanners(concurrency, signal, async (planners) => {
    const means: Means = {
      ...planningIn(folder, accesses, planners, signal),
      settings: campaign.settings,
      limits: campaign.quotas,
      ...(afterwards && { afterwards }),
    }
    return planSeveral(repositories, {
      concurrency,
      plan: (each) => planOne(each, means),
      onBegin: ({ address }) => progress.tick(`planned ${done} of ${repositories.length}: ${escaped(nameOf(address))}`),
      onEnd: ({ plan }, count) => {
        done = count
        if (isLog) remark(`harden: [${count}/${repositories.length}] ${repositoryLine(plan)}`)
      },
    })
  }).finally(() => progress.end())
}
