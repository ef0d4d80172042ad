/** Where the pull requests of a campaign stand, for people, programs and pages. */
import { nameOf } from '../../campaign/address.js'
import type { CampaignPlan, PullReport, PullState } from '../../campaign/model.js'
import { escaped, escapedJson, escapedMarkdown } from '../../escape.js'
import { count, labelled } from '../layout.js'
import { type Look, proseWidth } from '../look.js'

/** In the order in which they are shown: what wants a person last, where the eye ends. */
const STATES: readonly PullState[] = [
  'open',
  'merged',
  'pushed',
  'planned',
  'declined',
  'waiting',
  'stale',
  'conflicted',
  'blocked',
  'failed',
]

/** What a person can do about it. */
const ADVICE: Partial<Record<PullState, string>> = {
  planned: 'not opened yet: apply opens it',
  waiting: 'apply goes on with it',
  stale: 'refresh plans it anew',
  conflicted: 'somebody else has been there: nothing was overwritten',
  blocked: 'the forge does not let us',
  failed: 'apply tries again',
  declined: 'closed by a person: apply --reopen opens it again',
}

/** Whether everything is open, merged, declined, or a branch in a repository of this machine. */
export function isAllWell(reports: readonly PullReport[]): boolean {
  return reports.every(({ state }) => ['open', 'merged', 'declined', 'pushed'].includes(state))
}

/** One pull request in a log: `acme/shop safe: open, https://…`. */
export function pullLine(plan: CampaignPlan, report: PullReport): string {
  const { group, state, url, reason } = report
  const details = [state, ...(url ? [url] : []), ...(reason ? [reason] : [])].join(', ')
  return escaped(`${nameIn(plan, report)} ${group}: ${details}`)
}

const MOST_LINES = 200

/** All of it: how many stand where, and each that is not simply open. */
export function publishedReport(
  plan: CampaignPlan,
  reports: readonly PullReport[],
  stopped: string | undefined,
  look: Look,
): string {
  const { bold, dim, red } = look.colors
  const blocks = STATES.flatMap((state) => {
    const those = reports.filter((report) => report.state === state)
    if (those.length === 0) return []
    const advice = ADVICE[state] ? dim(`  ${ADVICE[state]}`) : ''
    const lines = those.slice(0, MOST_LINES).flatMap((report) => detail(plan, report, look))
    const more = those.length > MOST_LINES ? [dim(`    and ${those.length - MOST_LINES} more`)] : []
    return [[`${mark(state, look)} ${bold(`${those.length} ${state}`)}${advice}`, ...lines, ...more].join('\n')]
  })
  const end = stopped ? [red(escaped(`No further wave is opened: ${stopped}.`))] : []
  const head = `${bold(escaped(plan.campaign.name))}, ${count(reports.length, 'pull request')}`
  return `${[head, ...blocks, ...end].join('\n\n')}\n`
}

function detail(plan: CampaignPlan, report: PullReport, look: Look): readonly string[] {
  const { dim, red, green } = look.colors
  const { checks, url, reason, group } = report
  const said = {
    none: '',
    pending: dim(' checks running'),
    passed: green(' checks passed'),
    failed: red(' checks failed'),
  }
  const name = `${escaped(nameIn(plan, report))} ${dim(escaped(group))}`
  const line = `    ${name}${url ? `  ${escaped(url)}` : ''}${checks ? said[checks] : ''}`
  return [line, ...(reason ? labelled('', escaped(reason), 6, proseWidth(look)) : [])]
}

function mark(state: PullState, { colors, glyphs }: Look): string {
  if (isAllWell([{ slug: '', group: '', state }]))
    return state === 'declined' ? colors.dim(glyphs.open) : colors.green(glyphs.done)
  return state === 'planned' || state === 'waiting' ? colors.yellow(glyphs.open) : colors.red(glyphs.unread)
}

/** Versioned like the other reports. */
export function publishedJson(plan: CampaignPlan, reports: readonly PullReport[], stopped?: string): string {
  const tally = Object.fromEntries(
    STATES.map((state) => [state, reports.filter((report) => report.state === state).length]),
  )
  const report = {
    version: 'harden-campaign-status-1',
    hash: plan.hash,
    campaign: { id: plan.campaign.id, name: plan.campaign.name },
    pulls: reports.map((one) => ({ name: nameIn(plan, one), ...one })),
    ...(stopped && { stopped }),
    summary: tally,
  }
  return `${escapedJson(JSON.stringify(report, undefined, 2))}\n`
}

/** A table to paste into an issue. */
export function publishedMarkdown(plan: CampaignPlan, reports: readonly PullReport[]): string {
  const rows = reports.map((report) => {
    const { group, state, number, url, checks, reason } = report
    const link = url && number !== undefined && /^https?:\/\/[^\s()<>|]+$/.test(url) ? `[#${number}](${url})` : ''
    const words = [nameIn(plan, report), group, state].map(escapedMarkdown)
    return `| ${[...words, link, checks && checks !== 'none' ? checks : '', escapedMarkdown(reason ?? '')].join(' | ')} |`
  })
  const head = ['| repository | group | state | pull request | checks | why |', '| --- | --- | --- | --- | --- | --- |']
  const counts = STATES.map((state) => [state, reports.filter((report) => report.state === state).length] as const)
  const lead = counts.flatMap(([state, n]) => (n > 0 ? [`${n} ${state}`] : [])).join(', ')
  return `# ${escapedMarkdown(plan.campaign.name)}\n\n${lead || 'No pull requests'}.\n\n${[...head, ...rows].join('\n')}\n`
}

/** What a person is shown before a yes: what a run would open. */
export function intendedReport(plan: CampaignPlan, pulls: readonly PullReport[], verb: string, look: Look): string {
  const { bold, dim } = look.colors
  const lines = pulls
    .slice(0, MOST_SHOWN)
    .map((report) => `  ${escaped(nameIn(plan, report))}  ${titleIn(plan, report, look)}`)
  const more = pulls.length > MOST_SHOWN ? [dim(`  and ${pulls.length - MOST_SHOWN} more`)] : []
  const head = bold(`${verb} ${count(pulls.length, 'pull request')} of the campaign ${escaped(plan.campaign.name)}:`)
  return `${[head, ...lines, ...more, dim(`The plan has the hash ${plan.hash}`)].join('\n')}\n`
}

const MOST_SHOWN = 40

function titleIn({ repositories }: CampaignPlan, { slug, group }: PullReport, look: Look): string {
  const planned = repositories.find((one) => one.slug === slug)
  const pull = planned?.state === 'changes' ? planned.pulls.find((one) => one.group === group) : undefined
  return pull ? escaped(pull.title) : look.colors.dim(escaped(group))
}

function nameIn({ repositories }: CampaignPlan, { slug }: PullReport): string {
  const planned = repositories.find((one) => one.slug === slug)
  return planned ? nameOf(planned.address) : slug
}

/** `1 h 20 min`, `3 min`, `40 s`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
