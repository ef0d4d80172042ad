import { surveyCampaign } from '../../campaign/publish/survey.js'
import { isAllWell, publishedJson, publishedMarkdown, publishedReport } from '../../ui/campaign/published.js'
import { progressOn } from '../../ui/progress.js'
import { enter } from '../enter.js'
import { CODES } from '../errors.js'
import { print, stdoutLook } from '../terminal.js'
import { type PublishingOptions, planIn, withPublishing } from './publishing.js'

/** As commander hands them over. */
export interface StatusOptions extends PublishingOptions {
  readonly format: 'text' | 'json' | 'markdown'
}

/**
 * Says where every pull request of a plan stands, by asking the forges; changes nothing.
 * @returns 0 if everything is open, merged or declined, 1 if something is left or wants a person
 */
export async function campaignStatus(dir: string, options: StatusOptions): Promise<number> {
  const cwd = enter(options.cwd)
  const folder = await planIn(dir)
  const { plan } = folder
  const progress = progressOn(process.stderr)
  let done = 0
  const onReport = () => progress.tick(`asked about ${++done} pull requests`)
  try {
    const reports = await withPublishing(folder, { changes: false, onReport }, ({ means }) =>
      surveyCampaign(plan, means),
    )
    progress.end()
    const look = stdoutLook(options.color, cwd, cwd)
    if (options.format === 'json') await print(publishedJson(plan, reports))
    else if (options.format === 'markdown') await print(publishedMarkdown(plan, reports))
    else await print(publishedReport(plan, reports, undefined, look))
    return isAllWell(reports) ? CODES.clean : CODES.findings
  } finally {
    progress.end()
  }
}
