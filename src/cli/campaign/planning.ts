/** What planning takes from this machine, whether it is done for a plan, for a refresh or for somebody else's queue. */
import { availableParallelism } from 'node:os'
import { authorizationOf } from '../../campaign/access.js'
import { openRepository } from '../../campaign/git/open.js'
import { type Planners, plannersOf } from '../../campaign/plan/pool.js'
import type { Means } from '../../campaign/several.js'
import type { Accesses } from './reaching.js'

/** Lends as many planners as are of use, and ends them with the signal: fetching waits for others, planning does not. */
export async function withPlanners<T>(
  most: number,
  signal: AbortSignal,
  act: (planners: Planners) => Promise<T>,
): Promise<T> {
  const planners = plannersOf(Math.min(most, availableParallelism()))
  const stop = () => void planners.close()
  signal.addEventListener('abort', stop)
  try {
    return await act(planners)
  } finally {
    signal.removeEventListener('abort', stop)
    await planners.close()
  }
}

/** Repositories are fetched into folders below `folder`, each with the token of its own forge. */
export function planningIn(
  folder: string,
  accesses: Accesses,
  planners: Planners,
  signal: AbortSignal,
): Omit<Means, 'settings' | 'limits' | 'afterwards'> {
  return {
    planners,
    open: openRepository,
    authorization: (origin) => authorizationOf(accesses(origin)).authorization,
    folder,
    signal,
    refusals: new Map(),
  }
}
