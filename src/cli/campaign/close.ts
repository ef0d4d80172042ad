import { closeCampaign } from '../../campaign/publish/close.js'
import { surveyCampaign } from '../../campaign/publish/survey.js'
import { askYes } from '../../ui/ask.js'
import { intendedReport, publishedReport } from '../../ui/campaign/published.js'
import { enter } from '../enter.js'
import { CODES, UsageError } from '../errors.js'
import { isInteractive, print, remark, stdoutLook } from '../terminal.js'
import { type PublishingOptions, planIn, withPublishing } from './publishing.js'
import { screenFor } from './screen.js'

/** As commander hands them over. */
export interface CloseOptions extends PublishingOptions {
  readonly yes?: boolean
  readonly deleteBranches?: boolean
}

/**
 * Closes every open pull request of a campaign that is ours, with a comment.
 * @returns 0 if none of ours is open any more, 1 if something was left
 */
export async function closePlan(dir: string, options: CloseOptions): Promise<number> {
  const cwd = enter(options.cwd)
  const look = stdoutLook(options.color, cwd, cwd)
  const folder = await planIn(dir)
  const { plan } = folder
  if (!options.yes && !isInteractive())
    throw new UsageError('close closes pull requests, and nobody is here to be asked.', [
      `harden campaign close ${dir} --yes                     closes those of this campaign`,
      `harden campaign close ${dir} --yes --delete-branches   and deletes their branches`,
    ])
  const open = await withPublishing(folder, { changes: false }, async ({ means }) =>
    (await surveyCampaign(plan, means)).filter(({ state }) => state === 'open' || state === 'pushed'),
  )
  if (!options.yes) {
    await print(intendedReport(plan, open, options.deleteBranches ? 'Closes, with their branches,' : 'Closes', look))
    if (!(await askYes('Close them?', look))) {
      remark('harden: nothing was closed.')
      return CODES.findings
    }
  }
  let eta: ((calls: number) => number) | undefined
  const screen = screenFor(plan, open.length, Boolean(options.quiet), () => eta)
  try {
    const reports = await withPublishing(folder, { changes: true, ...screen }, (publishing) => {
      eta = publishing.eta
      return closeCampaign(plan, publishing.means, Boolean(options.deleteBranches))
    })
    screen.end()
    await print(publishedReport(plan, reports, undefined, look))
    return reports.every(({ state }) => state === 'declined' || state === 'merged') ? CODES.clean : CODES.findings
  } finally {
    screen.end()
  }
}
