/** What `campaign review` prints when it is over. */
import type { CampaignPlan } from '../../campaign/model.js'
import { escaped } from '../../escape.js'
import { count } from '../layout.js'
import type { Look } from '../look.js'
import { tallyOf } from './tally.js'

/** A plan that was made anew of what was accepted. @param folder Of the plan, as the person named it. */
export function reviewedReport(before: CampaignPlan, plan: CampaignPlan, folder: string, look: Look): string {
  const { bold, green, dim } = look.colors
  const [was, now] = [tallyOf(before), tallyOf(plan)]
  const holds =
    now.pulls === 0
      ? 'The plan holds no pull request any more.'
      : `The plan holds exactly ${count(now.pulls, 'pull request')} in ${repositories(now.changes)}: ${fixes(now.fixes)}.`
  const lines = [
    `${green(look.glyphs.done)} ${holds} ${dim(`It held ${count(was.pulls, 'pull request')}, ${fixes(was.fixes)}.`)}`,
    `It is in ${escaped(folder)}: ${dim(plan.hash)}`,
    ...(now.pulls > 0 ? [`  ${bold(`harden campaign apply ${escaped(folder)}`)}  ${dim('opens exactly this')}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** A review that was left for later, or forgotten: the plan is as it was. */
export function unchangedReport(answers: number, folder: string, look: Look): string {
  const { bold, dim } = look.colors
  const kept = answers > 0 ? ` ${count(answers, 'answer')} kept.` : ''
  return `The plan is as it was.${kept}\n  ${bold(`harden campaign review ${escaped(folder)}`)}  ${dim('goes on with it')}\n`
}

function repositories(n: number): string {
  return n === 1 ? '1 repository' : `${n} repositories`
}

function fixes(n: number): string {
  return `${n} ${n === 1 ? 'fix' : 'fixes'}`
}
