/** What `campaign plan` prints. */
import { nameOf } from '../../campaign/address.js'
import type { CampaignPlan, RepositoryPlan } from '../../campaign/model.js'
import { escaped, escapedJson } from '../../escape.js'
import { count, labelled } from '../layout.js'
import { type Look, proseWidth } from '../look.js'
import { pullsOf, reasonsOf, tallyOf } from './tally.js'

/** One repository in a log: `acme/shop: 2 pull requests`. */
export function repositoryLine(repository: RepositoryPlan): string {
  const what =
    repository.state === 'changes'
      ? count(repository.pulls.length, 'pull request')
      : repository.state === 'nothing'
        ? `nothing to do: ${repository.reason}`
        : `failed: ${repository.reason}`
  return escaped(`${nameOf(repository.address)}: ${what}`)
}

const MOST_REASONS = 5

/** The whole of it, and what to type next. @param folder Of the plan, ready to be typed. */
export function plannedReport(plan: CampaignPlan, folder: string, look: Look): string {
  const { bold, green, yellow, red, dim } = look.colors
  const tally = tallyOf(plan)
  const repositories = (n: number) => (n === 1 ? '1 repository' : `${n} repositories`)
  const states = [
    `${green(look.glyphs.done)} ${repositories(tally.changes)} with ${count(tally.pulls, 'pull request')}, ${count(tally.fixes, 'fix').replace(/fixs$/, 'fixes')}`,
    ...(tally.nothing > 0 ? [`${dim(look.glyphs.open)} ${repositories(tally.nothing)} with nothing to do`] : []),
    ...(tally.failed > 0 ? [`${red(look.glyphs.unread)} ${repositories(tally.failed)} that could not be planned`] : []),
  ]
  const failures = reasonsOf(plan.repositories, 'failed')
    .slice(0, MOST_REASONS)
    .flatMap(({ reason, names }) =>
      labelled(`${yellow(String(names.length).padStart(4))}  `, escaped(reason), 2, proseWidth(look)),
    )
  const transforms = tally.transforms.map(
    ({ id, fixes, pulls }) =>
      `  ${String(fixes).padStart(4)}  ${escaped(id)} ${dim(`in ${count(pulls, 'pull request')}`)}`,
  )
  const next = tally.pulls === 0 ? [] : nextCommands(folder)
  const blocks = [
    [bold(escaped(plan.campaign.name)), ...states],
    ...(failures.length > 0 ? [['Why they could not be planned:', ...failures]] : []),
    ...(transforms.length > 0 ? [['Fixes by transform:', ...transforms]] : []),
    [
      `The plan is in ${escaped(folder)}: ${dim(plan.hash)}`,
      ...next.map(({ line, does }) => `  ${bold(line)}  ${dim(does)}`),
    ],
  ]
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`
}

function nextCommands(folder: string) {
  return [
    { line: `harden campaign review ${escaped(folder)}`, does: 'goes through it, fix by fix' },
    { line: `harden campaign apply ${escaped(folder)}`, does: 'opens exactly this' },
  ]
}

/** Versioned like the other reports; patches and bodies stay in the folder. */
export function plannedJson(plan: CampaignPlan, folder: string, notes: readonly string[]): string {
  const { transforms: _, ...summary } = tallyOf(plan)
  const report = {
    version: 'harden-campaign-plan-1',
    folder,
    hash: plan.hash,
    campaign: { id: plan.campaign.id, name: plan.campaign.name },
    repositories: plan.repositories.map((repository) => ({
      name: nameOf(repository.address),
      slug: repository.slug,
      state: repository.state,
      ...('reason' in repository && { reason: repository.reason }),
      ...('base' in repository && { base: { branch: repository.base.branch, commit: repository.base.commit } }),
      findings: repository.findings,
      left: repository.left.length,
      pulls: pullsOf(repository).map(({ group, branch, title, commits, evidence }) => ({
        group,
        branch,
        title,
        transforms: commits.map(({ transform }) => transform),
        files: [...new Set(commits.flatMap(({ files }) => files.map(({ path }) => path)))].sort(),
        fixes: commits.reduce((sum, { fixes }) => sum + fixes.length, 0),
        ...(evidence && { evidence: evidence.outcome }),
      })),
    })),
    notes,
    summary,
  }
  return `${escapedJson(JSON.stringify(report, undefined, 2))}\n`
}
