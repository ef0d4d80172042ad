/**
 * Limits that the workers of one queue share. Jobs that publish are worked on one at a time in the whole queue, so nobody else
 * changes the state between two looks at it; it is written down before the request that it lets through.
 */
import type { Queue } from 'bullmq'
import { fingerprintOf, type LimitStore } from '../publish/limit-store.js'
import type { LimiterState } from '../publish/limiter.js'
import { jobIdOf } from './jobs.js'

/** The state as it is in the queue now; from then on as this process changes it. */
export async function limitsInQueue(queue: Queue, origin: string, token: string | undefined): Promise<LimitStore> {
  const jobId = jobIdOf(origin, fingerprintOf(token))
  // Nobody works on this queue: its jobs are a place to keep something, whatever stands behind the queue.
  const kept = (await queue.getJob(jobId)) ?? (await queue.add('limits', {}, { jobId }))
  let state: LimiterState | undefined = (kept.data as { state?: LimiterState }).state
  return {
    async change(step) {
      const next = step(state)
      state = next.state
      await kept.updateData({ state })
      return next.wait
    },
    peek: () => state,
  }
}
