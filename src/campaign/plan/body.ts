import { clipped, inertCode, inertMarkdown, inertSigns } from '../inert.js'
import type { Base, LeftFinding, PlannedFinding, PlannedFix, PulledEvidence, RepositoryBase } from '../model.js'
import { filledIn, type Values } from './template.js'
import { type Campaign, type Commits, fixesOf, titleOf, transformOf } from './words.js'

/** Everything that the body of a pull request says. */
export interface BodyParts {
  readonly campaign: Campaign
  readonly pull: Commits & { readonly evidence?: PulledEvidence }
  /** As its forge calls it: `acme/shop`. */
  readonly repository: string
  readonly base: Pick<Base, 'branch' | 'commit'>
  readonly left: RepositoryBase['left']
}

/** Characters; GitHub takes 65,536, and the marker is added when a pull request is opened. */
const LONGEST = 64_000

/** How many rows there may be; fewer, if it gets too long with so many. */
const ROWS = [200, 100, 50, 20, 5, 0]

/** Characters of a text in a row. */
const CELL = 300

const TEMPLATE = `{{summary}}

{{changes}}

## How this was checked

{{checks}}

{{evidence}}

{{left}}

## If you do not want this

{{suppress}}
`

/** The body of a pull request: Markdown in which nothing that comes from the repository does anything. */
export function bodyOf(parts: BodyParts): string {
  const template = parts.campaign.words?.body ?? TEMPLATE
  for (const rows of ROWS) {
    const body = `${filledIn(template, 'body', valuesOf(parts, rows))
      .replace(/\n{3,}/g, '\n\n')
      .trim()}\n`
    if (body.length <= LONGEST) return body
  }
  const { evidence: _, ...pull } = parts.pull
  if (parts.pull.evidence) return bodyOf({ ...parts, pull })
  throw new Error('the template of the body leaves no room for what a pull request says')
}

function valuesOf({ campaign, pull, repository, base, left }: BodyParts, rows: number): Values<'body'> {
  return {
    title: inertMarkdown(titleOf(pull, { ...campaign, words: {} }, repository)),
    campaign: inertMarkdown(clipped(campaign.name, CELL)),
    repository: inertMarkdown(repository),
    group: pull.group,
    count: String(fixesOf(pull).length),
    summary: summary(pull, campaign),
    changes: changes(pull, rows),
    checks: checks(base, pull.evidence),
    evidence: pull.evidence ? `## What a real build and start showed\n\n${inertSigns(pull.evidence.text.trim())}` : '',
    left: leftOver(left, Math.min(rows, MOST_LEFT)),
    suppress: suppress(pull),
  }
}

function summary(pull: Commits, campaign: Campaign): string {
  const fixes = fixesOf(pull)
  const files = new Set(fixes.map(({ path }) => path)).size
  const review = fixes.filter(({ applicability }) => applicability === 'review').length
  const risk =
    review === 0
      ? `${fixes.length === 1 ? 'It is' : 'All of them are'} safe: the result is the same but for what was wrong.`
      : `${review === fixes.length ? 'Please review' : `${review} of them ${review === 1 ? 'wants' : 'want'} a review: please read`} what is said below the tables before you merge.`
  return [
    `This pull request makes ${counted(fixes.length, 'fix', 'fixes')} in ${counted(files, 'file')}${pull.commits.length > 1 ? ', one commit for each kind' : ''}. ${risk}`,
    `It was made by harden, which repairs container files by the smallest possible edits, for the campaign **${inertMarkdown(clipped(campaign.name, CELL))}**.`,
  ].join('\n\n')
}

/** One section for each transform: why, what, and what to look at. */
function changes(pull: Commits, rows: number): string {
  const ids = [...new Set(pull.commits.map(({ transform }) => transform))]
  let room = rows
  return ids
    .map((id) => {
      const { title, severity, references, doc } = transformOf(id)
      const fixes = pull.commits.filter(({ transform }) => transform === id).flatMap((commit) => commit.fixes)
      const shown = fixes.slice(0, room)
      room -= shown.length
      return [
        `## ${title}`,
        [`\`${id}\``, `severity: ${severity}`, ...(references.length > 0 ? [references.join(', ')] : [])].join(' · '),
        why(doc),
        table(shown, fixes.length),
        ...caveats(fixes, rows),
      ].join('\n\n')
    })
    .join('\n\n')
}

/** The first paragraph, on one line: forges break lines where the source does. */
function why(doc: string): string {
  return doc
    .trim()
    .split(/\n\s*\n/)[0]!
    .replace(/\s*\n\s*/g, ' ')
}

/** One row for all places in a file where the same is done for the same reason. */
function table(shown: readonly PlannedFix[], all: number): string {
  const more = all - shown.length
  const rest = more > 0 ? `\n\nand ${more} more, which the commits show.` : ''
  if (shown.length === 0) return rest.trim()
  const rows = grouped(shown, ({ path, message, title, applicability }) =>
    [path, message, title, applicability].join('\0'),
  ).map(([first, ...others]) => {
    const lines = others.slice(0, MOST_LINES).map(({ line }) => `, ${line}`)
    const where = `${placeOf(first)}${lines.join('')}${others.length > MOST_LINES ? ' …' : ''}`
    return `| ${where} | ${cell(first.message)} | ${cell(first.title)} | ${first.applicability} |`
  })
  return `| Where | What is wrong | What is done | Level |\n|---|---|---|---|\n${rows.join('\n')}${rest}`
}

const MOST_LINES = 30

type Some<T> = readonly [T, ...T[]]

/** In the order of first appearance. */
function grouped<T>(list: readonly T[], about: (item: T) => string): readonly Some<T>[] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of list) {
    const group = groups.get(about(item))
    if (group) group.push(item)
    else groups.set(about(item), [item])
  }
  return [...groups.values()]
}

/** Each once, with the places it is about. */
function caveats(fixes: readonly PlannedFix[], rows: number): readonly string[] {
  const groups = grouped(
    fixes.filter(({ caveat }) => caveat !== undefined),
    ({ caveat }) => caveat!,
  )
  if (groups.length === 0) return []
  const items = groups.slice(0, Math.max(rows, 1)).map((about) => {
    const where = about.slice(0, 5).map(placeOf).join(', ')
    return `- ${inertMarkdown(clipped(about[0].caveat!, 3 * CELL))} (${where}${about.length > 5 ? ' …' : ''})`
  })
  return [`**Before you merge:**\n\n${items.join('\n')}`]
}

function checks({ branch, commit }: BodyParts['base'], evidence: PulledEvidence | undefined): string {
  return [
    `- It was planned on commit ${commit.slice(0, 12)} of ${inertCode(branch)}, and needs no other pull request.`,
    '- After each fix the changed files were parsed again: none reads worse than before. Every byte that no fix names is as it was.',
    '- Planned again on the result, there is nothing more of this to do.',
    evidence
      ? '- The images were built and started, before and after: see below.'
      : '- Nothing was built or started: that is left to your own checks.',
  ].join('\n')
}

const MOST_LEFT = 30

function leftOver(left: readonly LeftFinding[], rows: number): string {
  if (left.length === 0) return ''
  const shown = left.slice(0, rows).map((each) => {
    const why = each.evidence.length > 0 ? `: ${cell(each.evidence.join('; '))}` : ''
    return `- ${placeOf(each)} ${cell(each.message)} (${each.severity})${why}`
  })
  const more = left.length > shown.length ? [`- and ${left.length - shown.length} more`] : []
  return [
    '## What is left for a person',
    `<details><summary>${counted(left.length, 'finding')} that no pull request of this campaign settles</summary>`,
    [...shown, ...more].join('\n'),
    '</details>',
  ].join('\n\n')
}

function suppress(pull: Commits): string {
  const ids = [...new Set(pull.commits.map(({ transform }) => transform))]
  return [
    'To keep a single place as it is, write a comment on the line above it, and harden leaves it alone:',
    `\`\`\`\n# harden: keep ${ids[0]} — the reason\n\`\`\``,
    `To keep harden from ${ids.length === 1 ? 'this' : 'any of this'} in the whole repository, add a file \`.harden.yml\`:`,
    `\`\`\`yaml\nskip: [${ids.join(', ')}]\n\`\`\``,
    'Or close this pull request: the campaign does not open it again.',
  ].join('\n\n')
}

function placeOf({ path, line }: PlannedFinding): string {
  return inertCode(`${clipped(path, CELL)}:${line}`)
}

function cell(text: string): string {
  return inertMarkdown(clipped(text, CELL))
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
