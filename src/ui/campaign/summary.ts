/** `summary.md`: what a person reads before saying yes to a plan. Everything that comes from a repository is escaped. */
import { nameOf } from '../../campaign/address.js'
import type { CampaignPlan, PullPlan, RepositoryPlan } from '../../campaign/model.js'
import { escapedMarkdown } from '../../escape.js'
import { count } from '../layout.js'
import { reasonsOf, type Tally, tallyOf } from './tally.js'

/** Rows of a table; the rest is counted. A page of a thousand rows is not read. */
const MOST_ROWS = 500

/** The page. `folder` is what commands call the plan's folder. */
export function planSummary(plan: CampaignPlan, folder: string): string {
  const { campaign, repositories, hash } = plan
  const tally = tallyOf(plan)
  const blocks = [
    [`# ${text(campaign.name)}`, lead(plan, tally)],
    ['## To apply', ...toApply(folder, hash, tally)],
    changesBlock(repositories),
    transformsBlock(plan),
    reasonsBlock('Failed', 'These could not be planned.', repositories, 'failed'),
    reasonsBlock('Nothing to do', 'Nothing is opened in these.', repositories, 'nothing'),
    leftBlock(repositories),
    [
      '## Plan',
      `\`${hash}\``,
      `Branches begin with \`${campaign.branch ?? `harden/${campaign.id}`}\`. ${wavesSentence(plan)}`,
      ...(campaign.forges ?? []).map(
        ({ origin, kind, token }) =>
          `${text(origin)} is spoken to as ${kind}${token ? `, with the token in the variable \`${token}\`` : ''}.`,
      ),
    ],
  ]
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n\n'))
    .join('\n\n')}\n`
}

function lead({ campaign }: CampaignPlan, tally: Tally): string {
  const level = campaign.level === 'safe' ? 'only fixes that are safe without a look' : 'fixes that want a look as well'
  return `**${count(tally.pulls, 'pull request')} in ${repositories(tally.changes)}**, of ${repositories(tally.all)} planned: ${tally.fixes} of ${count(tally.findings, 'finding')} fixed, ${level}. ${tally.nothing} with nothing to do, ${tally.failed} failed.`
}

function repositories(n: number): string {
  return n === 1 ? '1 repository' : `${n} repositories`
}

function toApply(folder: string, hash: string, { pulls }: Tally): readonly string[] {
  if (pulls === 0) return ['There is nothing to open.']
  const shown = /^[\w@%+=:,./-]+$/.test(folder) ? folder : 'DIR'
  return [
    'Nothing has been opened yet. `apply` opens what is in this folder, byte for byte, and refuses it if a byte of it has changed:',
    `\`\`\`sh\nharden campaign review ${shown}   # go through it, fix by fix\nharden campaign apply ${shown}    # open it\n\`\`\``,
    `The plan you are looking at has the hash \`${hash}\`.`,
  ]
}

function wavesSentence({ campaign: { waves } }: CampaignPlan): string {
  return waves.length === 0
    ? 'All are opened at once.'
    : `They are opened in waves of ${waves.join(', ')} repositories, and then the rest; a wave waits until the one before it looks well.`
}

function changesBlock(repositories: readonly RepositoryPlan[]): readonly string[] {
  const rows = repositories.flatMap((repository) =>
    repository.state === 'changes' ? repository.pulls.map((pull) => pullRow(repository, pull)) : [],
  )
  if (rows.length === 0) return []
  return ['## Pull requests', table(['repository', 'base', 'pull request', 'fixes', 'files', 'asks'], rows)]
}

function pullRow(repository: Extract<RepositoryPlan, { state: 'changes' }>, pull: PullPlan): readonly string[] {
  const { address, base } = repository
  const files = new Set(pull.commits.flatMap((commit) => commit.files.map(({ path }) => path)))
  const fixes = pull.commits.reduce((sum, commit) => sum + commit.fixes.length, 0)
  const proof = pull.evidence ? ` (${pull.evidence.outcome === 'unproven' ? 'unproven' : 'proved'})` : ''
  const place = `${text(base.branch)} ${base.commit.slice(0, 12)}`
  return [
    text(nameOf(address)),
    place,
    text(pull.title) + proof,
    String(fixes),
    String(files.size),
    pull.reviewers.map(text).join(', '),
  ]
}

function transformsBlock(plan: CampaignPlan): readonly string[] {
  const rows = tallyOf(plan).transforms.map(({ id, pulls, fixes }) => [text(id), String(fixes), String(pulls)])
  return rows.length === 0 ? [] : ['## By transform', table(['transform', 'fixes', 'pull requests'], rows)]
}

function reasonsBlock(
  title: string,
  sentence: string,
  repositories: readonly RepositoryPlan[],
  state: 'failed' | 'nothing',
): readonly string[] {
  const those = reasonsOf(repositories, state)
  if (those.length === 0) return []
  const rows = those.flatMap(({ reason, names }) => names.map((name) => [text(name), text(reason)]))
  return [`## ${title}`, sentence, table(['repository', 'why'], rows)]
}

/** What stays as it is, by transform: for each a person may want a campaign, or an exception, of its own. */
function leftBlock(repositories: readonly RepositoryPlan[]): readonly string[] {
  const sums = new Map<string, { findings: number; repositories: Set<string> }>()
  for (const { slug, left } of repositories) {
    for (const { transform } of left) {
      const sum = sums.get(transform) ?? { findings: 0, repositories: new Set() }
      sums.set(transform, { findings: sum.findings + 1, repositories: sum.repositories.add(slug) })
    }
  }
  const rows = [...sums]
    .sort(([a, x], [b, y]) => y.findings - x.findings || (a < b ? -1 : 1))
    .map(([id, sum]) => [text(id), String(sum.findings), String(sum.repositories.size)])
  return rows.length === 0 ? [] : ['## Left as it is', table(['transform', 'findings', 'repositories'], rows)]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const shown = rows.slice(0, MOST_ROWS)
  const more = rows.length > MOST_ROWS ? `\n\nAnd ${rows.length - MOST_ROWS} more.` : ''
  return [line(head), line(head.map(() => '---')), ...shown.map(line)].join('\n') + more
}

/** On one line, as words and nothing else. */
function text(words: string): string {
  return escapedMarkdown(words)
}
