import { digestOf } from '../../campaign/canonical.js'
import type {
  Address,
  Base,
  CampaignPlan,
  CampaignSettings,
  CommitPlan,
  Digest,
  LeftFinding,
  PullPlan,
  RepositoryPlan,
} from '../../campaign/model.js'
import { distinct, SEVERITIES } from '../report.js'
import { withoutSecrets } from '../secrets.js'
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
    ...(state !== 'failed' && { base: baseOf(plan.base, address, link) }),
    findings,
    pulls: state === 'changes' ? plan.pulls.map((pull) => pullOf(pull, slug, patches)) : [],
    left: left.map(findingOf),
    unread,
    evidence: [],
  }
}

function baseOf({ branch, commit }: Base, address: Address, link: string | undefined): PageRepository['base'] {
  if (!link || address.kind === 'local' || !/^[\da-f]+$/.test(commit)) return { branch, commit }
  return { branch, commit, link: `${link}${address.forge === 'gitlab' ? '/-' : ''}/commit/${commit}` }
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
    about: { title, body: withoutSecrets(body), branch, draft, labels, reviewers },
    changes: commits.map((commit, i) => changeOf(commit, names[i]!, `${slug}/${group}/${commit.patch.file}`, patches)),
    evidence: evidence ? [evidenceIn(evidence)] : [],
  }
}

function changeOf({ transform, fixes, patch }: CommitPlan, name: string, place: string, patches: Patches): PageChange {
  return {
    name,
    transform,
    severity: SEVERITIES.find((severity) => fixes.some((fix) => fix.severity === severity)) ?? 'low',
    level: fixes.some(({ applicability }) => applicability !== 'safe') ? 'review' : 'safe',
    fixes: fixes.map(({ title, applicability, severity, message, path, line, caveat }) => {
      return { title, level: applicability, severity, message, path, line, ...(caveat && { caveat }) }
    }),
    patch: `repositories/${place}`,
    ...readable(patches.get(place), patch.digest),
  }
}

/** What a patch shows, if it is the very patch that the hash of the plan covers. */
function readable(patch: Buffer | undefined, digest: Digest): Pick<PageChange, 'files' | 'problem'> {
  const without = (problem: string) => ({ files: [], problem: `${problem}: do not approve it.` })
  if (!patch) return without('Its patch is missing')
  if (digestOf(patch) !== digest) return without('Its patch is not the one that was planned')
  try {
    const files = filesInPatch(patch)
    return files.length > 0 ? { files } : without('Its patch changes no file')
  } catch {
    return without('Its patch cannot be read')
  }
}

function findingOf({ id, transform, severity, path, line, message, evidence }: LeftFinding): PageFinding {
  return { id, transform, severity, path, line, message, evidence }
}
