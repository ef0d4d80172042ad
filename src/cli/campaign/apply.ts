import type { CampaignPlan, PullReport } from '../../campaign/model.js'
import { pullDigest } from '../../campaign/publish/build.js'
import { applyCampaign, type CampaignMeans } from '../../campaign/publish/campaign.js'
import { bookOf } from '../../campaign/publish/entries.js'
import { readJournal } from '../../campaign/publish/journal.js'
import { currentWave, isThrough, wavesOf } from '../../campaign/publish/waves.js'
import { askYes } from '../../ui/ask.js'
import { intendedReport, isAllWell, publishedReport } from '../../ui/campaign/published.js'
import { enter } from '../enter.js'
import { CODES, UsageError } from '../errors.js'
import { isInteractive, print, remark, stdoutLook } from '../terminal.js'
import { type Publishing, type PublishingOptions, planIn, withPublishing } from './publishing.js'
import { withEngine } from './queue.js'
import { screenFor } from './screen.js'

/** As commander hands them over. */
export interface ApplyOptions extends PublishingOptions {
  readonly yes?: boolean
  readonly maxPrs?: number
  readonly reopen?: boolean
  readonly plan?: string
  readonly queue?: string
}

/**
 * Opens what a plan holds, and nothing else.
 * @returns 0 if everything is open, merged or declined, 1 if something is left or wants a person
 */
export async function applyPlan(dir: string, options: ApplyOptions): Promise<number> {
  const cwd = enter(options.cwd)
  const look = stdoutLook(options.color, cwd, cwd)
  const folder = await planIn(dir, options.plan)
  const { plan } = folder
  const { all, fresh } = intendedBy(plan, folder.folder)
  if (all.length === 0) {
    remark('harden: there is nothing to open in this plan.')
    return CODES.clean
  }
  if (!options.yes) {
    if (!isInteractive())
      throw new UsageError('apply opens pull requests, and nobody is here to be asked.', [
        `harden campaign apply ${dir} --yes                     opens this plan`,
        `harden campaign apply ${dir} --yes --plan ${plan.hash.slice(7, 19)}   opens it if it is the one that was reviewed`,
      ])
    await print(intendedReport(plan, fresh, 'Opens', look))
    if (!(await askYes('Open them?', look))) {
      remark('harden: nothing was opened.')
      return CODES.findings
    }
  }
  let eta: ((calls: number) => number) | undefined
  const screen = screenFor(plan, all.length, Boolean(options.quiet), () => eta)
  try {
    const { reports, stopped } = await withPublishing(folder, { changes: true, ...screen }, (publishing) => {
      eta = publishing.eta
      const { maxPrs, reopen, queue } = options
      const apply = (means: CampaignMeans) =>
        applyCampaign(plan, means, { ...(maxPrs !== undefined && { maxPulls: maxPrs }), ...(reopen && { reopen }) })
      return queue === undefined ? apply(publishing.means) : throughQueue(queue, publishing, apply)
    })
    screen.end()
    await print(publishedReport(plan, reports, stopped, look))
    return isAllWell(reports) ? CODES.clean : CODES.findings
  } finally {
    screen.end()
  }
}

/** The pull requests of the waves that this run is about, and those of them that the journal does not know to be through. */
function intendedBy(plan: CampaignPlan, folder: string) {
  const ledger = bookOf(readJournal(folder))
  const waves = wavesOf(plan)
  const pulls = waves
    .slice(0, currentWave(waves, ledger) + 1)
    .flat()
    .flatMap(({ slug, pulls }) =>
      pulls.map((pull) => ({ pull, report: { slug, group: pull.group, state: 'planned' as const } })),
    )
  const isFresh = ({ pull, report }: (typeof pulls)[number]) => {
    const { stand } = ledger(report)
    return stand?.pull !== pullDigest(pull) || !isThrough(stand)
  }
  const reportsOf = (those: typeof pulls): readonly PullReport[] => those.map(({ report }) => report)
  return { all: reportsOf(pulls), fresh: reportsOf(pulls.filter(isFresh)) }
}

/** Lets the workers of a queue publish, instead of this machine. */
function throughQueue<T>(
  address: string,
  { means, signal }: Publishing,
  apply: (means: CampaignMeans) => Promise<T>,
): Promise<T> {
  return withEngine(address, async (engine) => {
    const { publishElsewhere } = await import('../../campaign/queue/publishing.js')
    const { onReport } = means
    return apply({
      ...means,
      elsewhere: (repositories, publishing) => publishElsewhere(engine, repositories, publishing, { signal, onReport }),
    })
  })
}
