import { ConfigurationError } from '../../load.js'
import type { Path } from '../../model.js'
import { digestOf } from '../canonical.js'
import type { CampaignSettings, CommitPlan, PlannedRepository, PullPlan, RepositoryPlan } from '../model.js'
import { GitError, type Repository } from '../repository.js'
import { bodyOf } from './body.js'
import { OWNER_FILES } from './codeowners.js'
import { answersTo } from './contents.js'
import { inputsOf } from './inputs.js'
import type { Group, Planned, StepDone } from './job.js'
import { misplaced } from './places.js'
import type { Planners } from './pool.js'
import { survey } from './survey.js'
import { branchOf, messageOf, titleOf } from './words.js'

/** What a repository is planned for. */
export interface PlanAbout {
  /** Its folder below `repositories/`: what patches are filed under. */
  readonly slug: string
  readonly settings: CampaignSettings
}

/**
 * Plans one repository. The same commit and settings give the same plan, byte for byte; what is wrong with a repository is a
 * plan in the state `failed`.
 * @throws GitError of kind `interrupted`; Error if the planners were closed
 */
export async function planRepository(
  repository: Repository,
  about: PlanAbout,
  planners: Planners,
): Promise<PlannedRepository> {
  try {
    return await planSurveyed(repository, about, planners)
  } catch (error) {
    const isTheirs = error instanceof ConfigurationError || (error instanceof GitError && error.kind !== 'interrupted')
    if (!isTheirs) throw error
    return failed(repository, about, error instanceof ConfigurationError ? error.faults[0]! : error.message)
  }
}

async function planSurveyed(repository: Repository, about: PlanAbout, planners: Planners): Promise<PlannedRepository> {
  const { settings, slug } = about
  const { at, commit, read } = await survey(repository, [], ownerFilesOf(repository, settings))
  const result = await planners.plan({ ...commit, settings: asked(settings) }, (missed) =>
    answersTo(missed, at, repository),
  )
  if (result.kind === 'failed') return failed(repository, about, result.reason)
  const wrong = result.groups.map((group) => misplaced(group, repository.entries)).find((why) => why !== undefined)
  if (wrong !== undefined) return failed(repository, about, wrong)

  const { findings, left, unread, groups, reason } = result
  const inputs = [...new Set([...read, ...result.read])].sort()
  const { branch, commit: id } = repository.base
  const base = { branch, commit: id, inputs: inputsOf(repository.entries, inputs), read: inputs }
  const known = { address: repository.address, slug, findings, left, unread, base }
  if (groups.length === 0) return { plan: { ...known, state: 'nothing', reason: reason! }, patches: new Map() }
  const pulls = groups.map((group) => pullOf(group, { about, repository, left }))
  return { plan: { ...known, state: 'changes', pulls }, patches: patchesOf(groups, slug) }
}

/** What a planner has to know of a campaign. */
export function asked({ level, grouping, only, skip, options }: CampaignSettings) {
  return { level, grouping, options, ...(only && { only }), ...(skip && { skip }) }
}

function failed({ address }: Repository, { slug }: PlanAbout, reason: string): PlannedRepository {
  const findings = { high: 0, medium: 0, low: 0 }
  const plan: RepositoryPlan = { address, slug, findings, left: [], unread: [], state: 'failed', reason }
  return { plan, patches: new Map() }
}

interface PullContext {
  readonly about: PlanAbout
  readonly repository: Repository
  readonly left: Planned['left']
}

function pullOf({ name, steps, owners }: Group, { about, repository, left }: PullContext): PullPlan {
  const { settings } = about
  const { address, base } = repository
  const commits = steps.map((step, n) => commitOf(step, n, settings))
  const pull = { group: name, commits }
  const shown = address.kind === 'remote' ? address.name : about.slug
  return {
    ...pull,
    branch: branchOf(settings, name),
    title: titleOf(pull, settings, shown),
    body: bodyOf({ campaign: settings, pull, repository: shown, base, left }),
    labels: settings.labels,
    reviewers: [...new Set([...settings.reviewers, ...owners])],
    draft: settings.draft,
  }
}

/** A step as a commit; `n` counts those before it. */
export function commitOf(
  { transform, patch, files, fixes }: StepDone,
  n: number,
  settings: CampaignSettings,
): CommitPlan {
  return {
    transform,
    message: messageOf(settings, transform, fixes),
    patch: { file: patchFile(transform, n), digest: digestOf(patch) },
    files,
    fixes,
  }
}

/** The patches of some pull requests by their place below `repositories/`. */
export function patchesOf(groups: readonly Pick<Group, 'name' | 'steps'>[], slug: string): ReadonlyMap<string, Buffer> {
  return new Map(
    groups.flatMap(({ name, steps }) =>
      steps.map(
        ({ transform, patch }, n) => [`${slug}/${name}/${patchFile(transform, n)}`, Buffer.from(patch)] as const,
      ),
    ),
  )
}

function patchFile(transform: string, n: number): string {
  return `${String(n + 1).padStart(4, '0')}-${transform}.patch`
}

/** Where a repository may say who owns what, if that is asked for. */
export function ownerFilesOf({ address }: Repository, { codeowners }: CampaignSettings): readonly Path[] {
  return codeowners && address.kind === 'remote' ? OWNER_FILES[address.forge] : []
}
