/** The coordinator's side: jobs go out, answers come back, whichever worker gives them. */
import type { Job, Queue } from 'bullmq'
import type { Engine, QueueName } from './engine.js'

export interface Task<Data> {
  /** The same for the same work: a task that is already waiting, or being worked on, is not added again. */
  readonly id: string
  readonly data: Data
}

export type Outcome<Answer> = { readonly answer: Answer } | { readonly problem: string }

export interface Dispatching<Answer> {
  /** A line that a worker wrote down, in the order in which it did; none is told twice. */
  readonly onLine?: (id: string, line: string) => Promise<void>
  readonly onOutcome?: (id: string, outcome: Outcome<Answer>) => Promise<void>
  /** Stops waiting. Jobs that nobody has begun are taken back, others go on: their answers are there next time. */
  readonly signal?: AbortSignal
}

/** Events may be lost while a connection is: all jobs are looked at this often, in milliseconds. */
const LOOK_AGAIN = 5_000

/** Hands tasks to the workers and waits for all outcomes. */
export async function dispatch<Data, Answer>(
  engine: Engine,
  name: QueueName,
  tasks: readonly Task<Data>[],
  { onLine, onOutcome, signal }: Dispatching<Answer>,
): Promise<ReadonlyMap<string, Outcome<Answer>>> {
  const queue = engine.queue(name)
  const outcomes = new Map<string, Outcome<Answer>>()
  const open = new Set(tasks.map(({ id }) => id))
  const told = new Map<string, number>()

  const look = async (id: string) => {
    if (!open.has(id)) return
    // The state first: a job that is read before it ends has no answer yet.
    const state = await queue.getJobState(id)
    const job = await queue.getJob(id)
    if (job) await lines(job)
    const outcome = job ? outcomeOf<Answer>(job, state) : { problem: 'its job is gone from the queue' }
    if (!outcome || !open.delete(id)) return
    outcomes.set(id, outcome)
    await onOutcome?.(id, outcome)
    await job?.remove().catch(() => {})
  }
  const lines = async (job: Job) => {
    if (!onLine) return
    const { logs } = await queue.getJobLogs(job.id!, told.get(job.id!) ?? 0)
    told.set(job.id!, (told.get(job.id!) ?? 0) + logs.length)
    for (const line of logs) await onLine(job.id!, line)
  }

  const events = engine.events(name)
  await events.waitUntilReady()
  const due = inTurn(look)
  // A look that fails is made again a moment later.
  const soon = ({ jobId }: { jobId: string }) => void due(jobId).catch(() => {})
  events.on('completed', soon)
  events.on('failed', soon)
  events.on('progress', soon)
  for (const task of tasks) await queue.add(name, task.data, { jobId: task.id })
  try {
    while (open.size > 0 && !signal?.aborted) {
      for (const id of [...open]) await due(id)
      if (open.size > 0) await pause(LOOK_AGAIN, open, signal)
    }
    if (signal?.aborted) await takeBack(queue, open)
  } finally {
    await events.close()
  }
  signal?.throwIfAborted()
  return outcomes
}

/** One look at a time, so that no line is read twice. */
function inTurn(look: (id: string) => Promise<void>): (id: string) => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  return (id) => {
    last = last.catch(() => {}).then(() => look(id))
    return last
  }
}

function outcomeOf<Answer>(job: Job, state: string): Outcome<Answer> | undefined {
  if (state === 'completed') return { answer: job.returnvalue as Answer }
  if (state === 'failed') return { problem: job.failedReason ?? 'its worker gave no reason' }
  return undefined
}

/** Waits until it is time to look again, nothing is open any more, or nobody waits. */
async function pause(time: number, open: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<void> {
  const end = Date.now() + time
  while (Date.now() < end && open.size > 0 && !signal?.aborted) await new Promise((done) => setTimeout(done, 50))
}

async function takeBack(queue: Queue, ids: Iterable<string>): Promise<void> {
  for (const id of ids) {
    const job = await queue.getJob(id)
    if (job && (await job.isWaiting())) await job.remove().catch(() => {})
  }
}
