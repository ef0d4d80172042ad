import { randomUUID } from 'node:crypto'
import { nameOf } from '../../campaign/address.js'
import type { PlannedRepository } from '../../campaign/model.js'
import type { Engine } from '../../campaign/queue/engine.js'
import type { RemoteSelected } from '../../campaign/queue/planning.js'
import type { Selected } from '../../campaign/select.js'
import type { Campaign } from '../../campaign/settings/read.js'
import { repositoryLine } from '../../ui/campaign/planned.js'
import { UsageError } from '../errors.js'
import { remark } from '../terminal.js'

/**
 * Lends a connection to a queue, and closes it whatever happens.
 * @throws UsageError if nobody answers there
 */
export async function withEngine<T>(address: string, act: (engine: Engine) => Promise<T>): Promise<T> {
  const { engineAt, QueueError } = await import('../../campaign/queue/engine.js')
  try {
    const engine = await engineAt(address)
    try {
      return await act(engine)
    } finally {
      await engine.close()
    }
  } catch (error) {
    throw error instanceof QueueError ? new UsageError(error.message) : error
  }
}

export interface PlanningByWorkers {
  readonly campaign: Campaign
  readonly options: { readonly quiet?: boolean }
  readonly signal: AbortSignal
}

/** Has workers plan the repositories. @throws UsageError where they cannot see one */
export function plannedByWorkers(
  queue: string,
  repositories: readonly Selected[],
  { campaign: { settings, quotas }, options, signal }: PlanningByWorkers,
): Promise<readonly PlannedRepository[]> {
  const [local] = repositories.filter(({ address }) => address.kind === 'local')
  if (local)
    throw new UsageError(
      `${nameOf(local.address)} is a folder of this machine, which no worker sees: plan it without --queue.`,
    )
  return withEngine(queue, async (engine) => {
    const { planElsewhere } = await import('../../campaign/queue/planning.js')
    return planElsewhere(engine, repositories.filter(isRemote), {
      settings,
      limits: quotas,
      run: randomUUID(),
      signal,
      onEnd: ({ plan }, done) =>
        options.quiet || remark(`harden: [${done}/${repositories.length}] ${repositoryLine(plan)}`),
    })
  })
}

function isRemote(selected: Selected): selected is RemoteSelected {
  return selected.address.kind === 'remote'
}
