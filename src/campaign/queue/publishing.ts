/**
 * Publishing by workers. What a worker writes down goes into its job, where the next worker finds it if this one dies, and from
 * there into the campaign's journal.
 */
import type { Job, Queue } from 'bullmq'
import type { PullReport } from '../model.js'
import type { JournalEntry } from '../publish/entries.js'
import { bookOf } from '../publish/entries.js'
import { entryOf, type Journal } from '../publish/journal.js'
import { publishRepository } from '../publish/publish.js'
import type { ChangesPlan, PublishMeans, Reach } from '../publish/site.js'
import { dispatch } from './dispatch.js'
import type { Engine } from './engine.js'
import { jobIdOf, type PublishAnswer, type PublishJob, patchesFromText, patchesToText, publishJobOf } from './jobs.js'

/**
 * Has repositories published by workers, one at a time in the whole queue and no more in a minute than the campaign allows, and
 * copies what they write down into the journal.
 * @throws the signal's reason, DiskError
 */
export async function publishElsewhere(
  engine: Engine,
  repositories: readonly ChangesPlan[],
  { settings, plan, journal, patch, reopen }: PublishMeans,
  {
    signal,
    onReport,
  }: { readonly signal: AbortSignal; readonly onReport?: ((report: PullReport) => void) | undefined },
): Promise<readonly PullReport[]> {
  const queue = engine.queue('harden-publish')
  await queue.setGlobalConcurrency(1)
  await queue.setGlobalRateLimit(Math.max(1, Math.floor(settings.limits.perMinute)), 60_000)
  const bySlug = new Map(repositories.map((planned) => [jobIdOf(plan, planned.slug), planned]))
  const tasks = await Promise.all(
    [...bySlug].map(async ([id, planned]) => ({
      id,
      data: {
        planned,
        patches: patchesToText(await patchesOf(planned, patch)),
        settings,
        plan,
        entries: journal.entries.filter((entry) => 'slug' in entry && entry.slug === planned.slug),
        reopen,
      } satisfies PublishJob,
    })),
  )
  const known = new Set(journal.entries.map((entry) => JSON.stringify(entry)))
  const outcomes = await dispatch<PublishJob, PublishAnswer>(engine, 'harden-publish', tasks, {
    signal,
    onLine: async (_, line) => {
      const entry = entryOf(line)
      if (!entry || known.has(JSON.stringify(entry))) return
      known.add(JSON.stringify(entry))
      await journal.append(entry)
    },
    onOutcome: async (_, outcome) => {
      if ('answer' in outcome) for (const report of outcome.answer) onReport?.(report)
    },
  })
  return [...bySlug].flatMap(([id, planned]) => {
    const outcome = outcomes.get(id)!
    if ('answer' in outcome) return outcome.answer
    return planned.pulls.map(({ group }) => ({
      slug: planned.slug,
      group,
      state: 'failed' as const,
      reason: outcome.problem,
    }))
  })
}

async function patchesOf({ slug, pulls }: ChangesPlan, patch: PublishMeans['patch']): Promise<Map<string, Buffer>> {
  const places = pulls.flatMap(({ group, commits }) => commits.map((commit) => `${slug}/${group}/${commit.patch.file}`))
  return new Map(await Promise.all(places.map(async (place) => [place, await patch(place)] as const)))
}

/** What a worker brings along to publish. */
export interface PublishingHere extends Pick<PublishMeans, 'inputsOf' | 'open' | 'now'> {
  readonly reach: (planned: ChangesPlan, settings: PublishJob['settings']) => Promise<Reach>
  readonly signal: AbortSignal
  /** Seconds that a job belongs to its worker without being heard of. */
  readonly lease: number
}

/** The worker's side: publishes one repository; stopped on the way, it gives the job back. */
export function publishHere(queue: Queue, here: PublishingHere): (job: Job, token?: string) => Promise<PublishAnswer> {
  return async (job, token) => {
    const { planned, patches, settings, plan, entries, reopen } = publishJobOf(job.data)
    const files = patchesFromText(patches)
    const { logs } = await queue.getJobLogs(job.id!)
    const before = [...entries, ...logs.flatMap((line) => entryOf(line) ?? [])]
    const journal = journalIn(job, token, before, here.lease)
    try {
      return await publishRepository(
        planned,
        {
          settings,
          plan,
          journal,
          ledger: bookOf(journal.entries),
          patch: async (place) => files.get(place) ?? Buffer.alloc(0),
          inputsOf: here.inputsOf,
          open: here.open,
          allowance: { take: () => true, giveBack: () => {} },
          reopen,
          now: here.now,
        },
        await here.reach(planned, settings),
      )
    } catch (error) {
      if (!here.signal.aborted) throw error
      const { DelayedError } = await import('bullmq')
      await job.moveToDelayed(Date.now(), token)
      throw new DelayedError()
    }
  }
}

/** A journal that is kept with the job, as durably as the queue keeps anything. */
function journalIn(job: Job, token: string | undefined, before: readonly JournalEntry[], lease: number): Journal {
  const entries = [...before]
  return {
    entries,
    async append(entry) {
      // A worker that was taken for dead must not go on beside the one that took its job over.
      const isMine =
        entry.entry !== 'intent' || token === undefined || (await job.extendLock(token, lease * 1000)) === 1
      if (!isMine) throw new Error('its job was given to another worker')
      await job.log(JSON.stringify(entry))
      entries.push(entry)
      await job.updateProgress(entries.length)
    },
  }
}
