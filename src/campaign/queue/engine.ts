/**
 * The distributed engine, BullMQ, over Redis, Valkey or PostgreSQL: transport between one coordinator and any number of
 * workers, and nothing else. What has been done stands in the journal and on the forge.
 */
import type { EventEmitter } from 'node:events'
import type { Processor, Queue, QueueEvents, Worker } from 'bullmq'

/** The queues there are: repositories to plan, repositories to publish, and the limits that the latter share. */
export type QueueName = 'harden-plan' | 'harden-publish' | 'harden-limits'

/** `message` is one sentence for a person, without the address: that may hold a password. */
export class QueueError extends Error {
  override readonly name = 'QueueError'
}

/** Where jobs wait. Whatever is opened is closed by `close`. */
export interface Engine {
  readonly queue: (name: QueueName) => Queue
  /** What happens to the jobs of a queue, as it happens. */
  readonly events: (name: QueueName) => QueueEvents
  readonly worker: (name: QueueName, process: Processor, options: WorkOptions) => Worker
  readonly close: () => Promise<void>
}

export interface WorkOptions {
  /** Jobs at a time. */
  readonly concurrency: number
  /** Seconds after which a job is somebody else's, if its worker has not been heard of. */
  readonly lease: number
}

/** How often a job may lose its worker before it counts as failed. */
const MOST_LOSSES = 10

/**
 * Connects, and waits until there is an answer.
 * @param address `redis://`, `rediss://` or `postgres://`, as their clients take it.
 * @throws QueueError
 */
export async function engineAt(address: string): Promise<Engine> {
  const bullmq = await import('bullmq').catch(() => {
    throw new QueueError(
      '--queue needs the optional package bullmq, which is not installed: npm install bullmq with ioredis, or with pg for PostgreSQL.',
    )
  })
  const [scheme] = address.split(':', 1)
  if (scheme === 'redis' || scheme === 'rediss')
    return engineOf(bullmq.withBackend(bullmq.createRedisBackend), { url: address, maxRetriesPerRequest: null })
  if (scheme === 'postgres' || scheme === 'postgresql')
    return engineOf(bullmq.withBackend(bullmq.createPostgresBackend), { connectionString: address, migrate: true })
  throw new QueueError('--queue takes an address that begins with redis://, rediss:// or postgres://.')
}

/** What BullMQ's classes have in common, whatever is behind them. */
interface Classes {
  Queue: new (name: string, options: object) => unknown
  QueueEvents: new (name: string, options: object) => unknown
  Worker: new (name: string, process: Processor, options: object) => unknown
}

/** Milliseconds for the first answer. */
const PATIENCE = 10_000

async function engineOf(classes: object, connection: object): Promise<Engine> {
  const { Queue, QueueEvents, Worker } = classes as Classes
  const opened: { close(): Promise<void> }[] = []
  const queues = new Map<QueueName, Queue>()
  const kept = <T extends Queue | QueueEvents | Worker>(made: unknown): T => {
    const one = made as T
    // A connection that is lost is taken up again by itself; without a listener it would end the process.
    ;(one as EventEmitter).on('error', () => {})
    opened.push(one)
    return one
  }
  const queue = (name: QueueName): Queue => {
    const known = queues.get(name) ?? kept<Queue>(new Queue(name, { connection, skipWaitingForReady: true }))
    queues.set(name, known)
    return known
  }
  const engine: Engine = {
    queue,
    events: (name) => kept(new QueueEvents(name, { connection })),
    worker: (name, process, { concurrency, lease }) =>
      kept(
        new Worker(name, process, {
          connection,
          concurrency,
          lockDuration: lease * 1000,
          stalledInterval: lease * 1000,
          maxStalledCount: MOST_LOSSES,
        }),
      ),
    close: async () => {
      await Promise.allSettled(opened.map((one) => one.close()))
    },
  }
  await answered(queue('harden-plan')).catch(async (error: unknown) => {
    await engine.close()
    throw error
  })
  return engine
}

async function answered(queue: Queue): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let last = ''
  queue.on('error', (error) => {
    last = `: ${error.message.split('\n')[0]}`
  })
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new QueueError(`the queue does not answer${last}.`)), PATIENCE)
  })
  try {
    await Promise.race([queue.getJobCounts(), late])
  } catch (error) {
    if (error instanceof QueueError) throw error
    throw new QueueError(`the queue does not answer: ${error instanceof Error ? error.message.split('\n')[0] : error}.`)
  } finally {
    clearTimeout(timer)
  }
}
