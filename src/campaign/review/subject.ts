import { loadLensesOfNewFiles } from '../../engine/apply.js'
import { nothing, plan } from '../../engine/plan.js'
import type { Plan } from '../../model.js'
import type { CampaignSettings, RepositoryPlan } from '../model.js'
import { answersTo } from '../plan/contents.js'
import { type Fetched, fetchedOf } from '../plan/fetched.js'
import type { Grounds } from '../plan/grouping.js'
import type { Job } from '../plan/job.js'
import { asked, ownerFilesOf } from '../plan/repository.js'
import { survey } from '../plan/survey.js'
import { groundsOf } from '../plan/work.js'
import type { Repository } from '../repository.js'

/** A repository whose plan holds pull requests. */
export type ChangesPlan = Extract<RepositoryPlan, { readonly state: 'changes' }>

/** A repository that is reviewed, at the commit that its plan rests on. */
export interface Subject {
  readonly planned: ChangesPlan
  readonly settings: CampaignSettings
  readonly repository: Repository
  readonly job: Job
  readonly grounds: Grounds
  /** What the untouched base shows. */
  readonly base: Plan
  readonly fetched: Fetched
  /**
   * Fetches what looking at its pictures has missed.
   * @returns the subject to go on with: another one if anything was there, and what was found so far is worth nothing
   */
  readonly completed: () => Promise<Subject>
}

/**
 * Looks at a planned repository once more: what planning read is fetched in one go, and what came to light is found again.
 * @param repository At the commit of the plan's base.
 * @throws GitError, ConfigurationError
 */
export async function subjectOf(
  planned: ChangesPlan,
  repository: Repository,
  settings: CampaignSettings,
): Promise<Subject> {
  const { at, commit } = await survey(repository, planned.base.read, ownerFilesOf(repository, settings))
  const job: Job = { ...commit, settings: asked(settings) }
  const fetched = fetchedOf(job)
  const fetch = async () => fetched.learn(await answersTo(fetched.missed(), at, repository))
  const look = async (): Promise<Subject> => {
    const grounds = await groundsOf(job, fetched.project())
    const base = await plan(grounds.project, grounds.transforms, nothing, grounds.filter)
    if (fetched.missed().length > 0 && (await fetch())) return look()
    const choices = base.found.flatMap(({ finding }) => (finding.fixes ?? []).map((fix) => ({ finding, fix })))
    await loadLensesOfNewFiles(grounds.project, choices)
    const subject: Subject = {
      planned,
      settings,
      repository,
      job,
      grounds,
      base,
      fetched,
      completed: async () => (fetched.missed().length > 0 && (await fetch()) ? look() : subject),
    }
    return subject
  }
  return look()
}
