/** Planning by workers, each with its own tokens. */
import type { Job } from 'bullmq'
import { urlOf } from '../address.js'
import type { CampaignSettings, PlannedRepository, RemoteAddress } from '../model.js'
import type { GitLimits } from '../repository.js'
import type { Selected } from '../select.js'
import { failedFor, type Means, planOne } from '../several.js'
import { dispatch } from './dispatch.js'
import type { Engine } from './engine.js'
import { jobIdOf, type PlanAnswer, type PlanJob, patchesToText, planJobOf, plannedFrom } from './jobs.js'

/** One that every machine can reach. */
export type RemoteSelected = Selected & { readonly address: RemoteAddress }

export interface Elsewhere {
  readonly settings: CampaignSettings
  readonly limits: Partial<GitLimits>
  /** Unlike that of every other planning: what an earlier one left in the queue is not taken for this one's. */
  readonly run: string
  readonly signal: AbortSignal
  /** Called as each is done; `done` counts them. */
  readonly onEnd: (planned: PlannedRepository, done: number) => void
}

/**
 * Has all of them planned by workers.
 * @throws the signal's reason
 */
export async function planElsewhere(
  engine: Engine,
  repositories: readonly RemoteSelected[],
  { settings, limits, run, signal, onEnd }: Elsewhere,
): Promise<readonly PlannedRepository[]> {
  const byId = new Map(repositories.map((selected) => [jobIdOf(run, selected.slug), selected]))
  const planned: PlannedRepository[] = []
  const tasks = [...byId].map(([id, selected]) => ({
    id,
    data: { address: selected.address, slug: selected.slug, settings, limits } satisfies PlanJob,
  }))
  await dispatch<PlanJob, PlanAnswer>(engine, 'harden-plan', tasks, {
    signal,
    onOutcome: async (id, outcome) => {
      const one = 'answer' in outcome ? plannedFrom(outcome.answer) : failedFor(byId.get(id)!, outcome.problem)
      planned.push(one)
      onEnd(one, planned.length)
    },
  })
  return planned
}

/**
 * The worker's side: plans one repository with what this machine has. Where it is fetched from follows from its address alone,
 * so that no job leads a token elsewhere.
 */
export function planHere(means: Omit<Means, 'settings' | 'limits'>): (job: Job) => Promise<PlanAnswer> {
  return async ({ data }) => {
    const { address, slug, settings, limits } = planJobOf(data)
    const { plan, patches } = await planOne({ address, slug, url: urlOf(address) }, { ...means, settings, limits })
    return { plan, patches: patchesToText(patches) }
  }
}
