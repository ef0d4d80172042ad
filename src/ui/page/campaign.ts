import type {
  Address,
  CampaignPlan,
  CampaignSettings,
  CommitPlan,
  PlannedFinding,
  PullPlan,
  RepositoryPlan,
} from '../../campaign/model.js'
import { distinct, SEVERITIES } from '../report.js'
import { evidenceIn } from './evidence.js'
import { filesInPatch } from './files.js'
import type { PageChange, PageFinding, PagePull, PageRepository, ReviewPage } from './model.js'

/** The bytes of patches by their place below `repositories/`: `github.com/acme/shop/safe/0001-non-root-user.patch`. */
export type Patches = ReadonlyMap<string, Buffer>

/** A plan as a page for those who have to say yes to it. A patch that is not there is said to be missing. */
export function campaignPage(plan: CampaignPlan, patches: Patches): ReviewPage {
  const { campaign, repositories, hash } = plan
  return {
    kind: 'campaign',
    title: campaign.name,
    lead: 'What harden will open as pull requests, and nothing besides. No repository has been touched yet.',
    facts: [['Plan', hash], ...settled(campaign)],
    repositories: repositories.map((repository) => repositoryOf(repository, patches)),
  }
}

const GROUPINGS: Readonly<Record<CampaignSettings['grouping'], string>> = {
  'safe-together': 'safe fixes together, each review apart',
  one: 'one per repository',
  'by-transform': 'one per transform',
}

function settled(campaign: CampaignSettings): ReviewPage['facts'] {
  const { id, level, grouping, waves, author } = campaign
  return [
    ['Campaign', id],
    ['Fixes', level === 'safe' ? 'safe ones only' : 'safe ones, and those that want a review'],
    ['Pull requests', GROUPINGS[grouping]],
    ['Waves', waves.length > 0 ? `${waves.join(', ')}, then the rest` : 'all at once'],
    ['Author', `${author.name} <${author.email}>`],
  ]
}

function repositoryOf(plan: RepositoryPlan, patches: Patches): PageRepository {
  const { slug, address, findings, left, unread, state } = plan
  const link = linkTo(address)
  return {
    slug,
    name: address.kind === 'remote' ? address.name : address.path,
    state,
    ...(state !== 'changes' && { reason: plan.reason }),
    ...(link && { link }),
    ...(state !== 'failed' && { base: { branch: plan.base.branch, commit: plan.base.commit } }),
    findings,
    pulls: state === 'changes' ? plan.pulls.map((pull) => pullOf(pull, slug, patches)) : [],
    left: left.map(findingOf),
    unread,
    evidence: [],
  }
}

/** Its page at the forge; https alone, and never anywhere else than at the forge itself. */
export function linkTo(address: Address): string | undefined {
  if (address.kind === 'local' || !URL.canParse(address.origin)) return undefined
  const { origin, protocol } = new URL(address.origin)
  const segments = address.name.split('/')
  if (protocol !== 'https:' || segments.some((segment) => /^\.{0,2}$/.test(segment))) return undefined
  return `${origin}/${segments.map(encodeURIComponent).join('/')}`
}

function pullOf(pull: PullPlan, slug: string, patches: Patches): PagePull {
  const { group, title, body, branch, draft, labels, reviewers, commits, evidence } = pull
  const names = distinct(commits.map(({ transform }) => transform))
  return {
    group,
    about: { title, body, branch, draft, labels, reviewers },
    changes: commits.map((commit, i) => changeOf(commit, names[i]!, `${slug}/${group}/${commit.patch.file}`, patches)),
    evidence: evidence ? [evidenceIn(evidence)] : [],
  }
}

function changeOf({ transform, fixes }: CommitPlan, name: string, patch: string, patches: Patches): PageChange {
  return {
    name,
    transform,
    severity: SEVERITIES.find((severity) => fixes.some((fix) => fix.severity === severity)) ?? 'low',
    level: fixes.some(({ applicability }) => applicability !== 'safe') ? 'review' : 'safe',
    fixes: fixes.map(({ title, applicability, severity, message, path, line, caveat }) => {
      return { title, level: applicability, severity, message, path, line, ...(caveat && { caveat }) }
    }),
    patch: `repositories/${patch}`,
    ...readable(patches.get(patch)),
  }
}

function readable(patch: Buffer | undefined): Pick<PageChange, 'files' | 'problem'> {
  if (!patch) return { files: [], problem: 'Its patch is missing: do not approve it.' }
  try {
    return { files: filesInPatch(patch) }
  } catch {
    return { files: [], problem: 'Its patch cannot be read: do not approve it.' }
  }
}

function findingOf({ id, transform, severity, path, line, message }: PlannedFinding): PageFinding {
  return { id, transform, severity, path, line, message, evidence: [] }
}
