import { transforms } from '../../../transforms/index.js'
import { kindOf } from '../../documents/index.js'
import type { Transform } from '../../model.js'
import { clipped, inertWords } from '../inert.js'
import type { CampaignSettings, CommitPlan, PlannedFix, PullPlan } from '../model.js'
import { filledIn } from './template.js'

/** What titles and messages are made of. */
export type Commits = Pick<PullPlan, 'group'> & { readonly commits: readonly Pick<CommitPlan, 'transform' | 'fixes'>[] }

export type Campaign = Pick<CampaignSettings, 'id' | 'name' | 'grouping' | 'branch' | 'words'>

const SUBJECT = 72
const TITLE = 120
const MOST_LINES = 20

/**
 * The transform of this id.
 * @throws Error if there is none
 */
export function transformOf(id: string): Transform {
  const found = transforms.find((transform) => transform.id === id)
  if (!found) throw new Error(`there is no transform ${id}`)
  return found
}

/** The same group of the same campaign always has the same branch. */
export function branchOf(campaign: Campaign, group: string): string {
  const stem = campaign.branch ?? `harden/${campaign.id}`
  return campaign.grouping === 'one' ? stem : `${stem}/${group}`
}

/** Says what is done where; a repository's own text stands in no line of its own, so that no trailer can be made of it. */
export function messageOf(campaign: Campaign, transform: string, fixes: readonly PlannedFix[]): string {
  const lines = fixes.slice(0, MOST_LINES).map((fix) => {
    return `- ${inertWords(clipped(fix.path, 200))}:${fix.line}: ${inertWords(clipped(fix.title, 200))}`
  })
  const more = fixes.length > MOST_LINES ? [`- and ${fixes.length - MOST_LINES} more`] : []
  return [
    subjectOf(transformOf(transform), fixes),
    '',
    ...lines,
    ...more,
    '',
    `Harden-Campaign: ${campaign.id}`,
    `Harden-Transform: ${transform}`,
    '',
  ].join('\n')
}

/** The words of a single fix say more than those of its transform, if they are plain and short enough. */
function subjectOf({ title }: Transform, fixes: readonly PlannedFix[]): string {
  const [only, ...others] = fixes
  const fits = only && others.length === 0 && only.title.length <= SUBJECT && inertWords(only.title) === only.title
  return fits ? only.title : clipped(title, SUBJECT)
}

/** The title of a pull request: what is done, or, where that is several things, to which files. */
export function titleOf(pull: Commits, campaign: Campaign, repository: string): string {
  const title = ownTitle(pull)
  const template = campaign.words?.title
  if (template === undefined) return title
  const filled = filledIn(template, 'title', {
    title,
    campaign: inertWords(campaign.name),
    repository: inertWords(repository),
    group: pull.group,
    count: String(fixesOf(pull).length),
  })
  return clipped(filled.trim(), TITLE)
}

function ownTitle(pull: Commits): string {
  const ids = new Set(pull.commits.map(({ transform }) => transform))
  const [only] = ids
  if (ids.size === 1) return clipped(transformOf(only!).title, TITLE)
  const fixes = fixesOf(pull)
  const kinds = KINDS.filter(([kind]) => fixes.some(({ path }) => kindOf(path) === kind)).map(([, word]) => word)
  const isSafe = fixes.every(({ applicability }) => applicability === 'safe')
  return `Harden ${kinds.join(' and ') || 'container files'}: ${fixes.length} ${isSafe ? 'safe ' : ''}fixes`
}

const KINDS = [
  ['dockerfile', 'Dockerfiles'],
  ['compose', 'Compose files'],
  ['requirements', 'Python requirements'],
] as const

export function fixesOf({ commits }: Commits): readonly PlannedFix[] {
  return commits.flatMap(({ fixes }) => fixes)
}
