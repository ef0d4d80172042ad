import type { CampaignPlan, PullReport } from '../../campaign/model.js'
import { duration, pullLine } from '../../ui/campaign/published.js'
import { progressOn } from '../../ui/progress.js'
import { remark } from '../terminal.js'
import type { Asking } from './publishing.js'

/** Requests that change something for one pull request: a push, the pull request, and its labels and reviewers. */
const CALLS = 3

export interface Screen extends Pick<Asking, 'onReport' | 'onWait'> {
  readonly end: () => void
}

/**
 * What a person sees while they wait: one line on a terminal with what is done, what is left and how long it takes, a line for each
 * pull request in a log.
 * @param total Pull requests.
 * @param eta Seconds for so many requests.
 */
export function screenFor(
  plan: CampaignPlan,
  total: number,
  quiet: boolean,
  eta: () => ((calls: number) => number) | undefined,
): Screen {
  const progress = progressOn(process.stderr)
  const isLog = !process.stderr.isTTY && !quiet
  let done = 0
  const line = (waits?: number) => {
    const left = total - done
    const estimate = eta()?.(left * CALLS) ?? 0
    const rest = left > 0 && estimate > 1 ? `, about ${duration(estimate)}` : ''
    const waiting = waits !== undefined && waits > 5 ? `; the next one in ${duration(waits)}` : ''
    progress.tick(`${done} of ${total} pull requests done, ${left} left${rest}${waiting}`)
  }
  return {
    onReport: (report: PullReport) => {
      done++
      if (isLog) remark(`harden: [${done}/${total}] ${pullLine(plan, report)}`)
      else line()
    },
    onWait: (seconds) => line(seconds),
    end: progress.end,
  }
}
