import { transforms as builtIn } from '../../../transforms/index.js'
import { AddressError, type Forges, forgesOf } from '../../campaign/access.js'
import { forgeOf } from '../../campaign/forges/open-forge.js'
import { inputsOf } from '../../campaign/plan/inputs.js'
import type { Planners } from '../../campaign/plan/pool.js'
import { gateOf } from '../../campaign/publish/gate.js'
import type { Engine } from '../../campaign/queue/engine.js'
import { readCampaign } from '../../campaign/settings/read.js'
import { escaped } from '../../escape.js'
import { enter } from '../enter.js'
import { CODES } from '../errors.js'
import { remark } from '../terminal.js'
import { planningIn, withPlanners } from './planning.js'
import { withEngine } from './queue.js'
import { accessesOf, openingIn, seconds, sleeping } from './reaching.js'
import { withScratch } from './scratch.js'

/** As commander hands them over. */
export interface WorkerOptions {
  readonly queue: string
  readonly concurrency: number
  readonly lease: number
  readonly quiet?: boolean
  readonly cwd?: string
}

/**
 * Plans and publishes what a queue holds, until a signal comes: then what was begun is given back or brought to its end.
 * @param file A campaign file; only the forges that it declares count. A job never says where a token goes.
 */
export async function work(file: string | undefined, options: WorkerOptions): Promise<number> {
  enter(options.cwd)
  const forges = file === undefined ? forgesOf([]) : readCampaign(file, builtIn).forges
  const controller = new AbortController()
  const stop = () => controller.abort(new Error('the worker was stopped'))
  for (const signal of SIGNALS) process.once(signal, stop)
  try {
    await withEngine(options.queue, (engine) =>
      withScratch(async (folder) => {
        const { signal } = controller
        await withPlanners(options.concurrency, signal, (planners) =>
          served({ engine, forges, folder, planners, options, signal }),
        )
      }),
    )
    return CODES.clean
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

interface Serving {
  readonly engine: Engine
  readonly forges: Forges
  readonly folder: string
  readonly planners: Planners
  readonly options: WorkerOptions
  readonly signal: AbortSignal
}

async function served({ engine, forges, folder, planners, options, signal }: Serving): Promise<void> {
  const [{ planHere }, { publishHere }, { limitsInQueue }] = await Promise.all([
    import('../../campaign/queue/planning.js'),
    import('../../campaign/queue/publishing.js'),
    import('../../campaign/queue/limits.js'),
  ])
  const accesses = accessesOf(forges)
  const { concurrency, lease } = options
  const plan = planHere(planningIn(folder, accesses, planners, signal))
  const publish = publishHere(engine.queue('harden-publish'), {
    inputsOf,
    open: openingIn(folder, accesses, signal),
    reach: async ({ address }, { limits }) => {
      if (address.kind === 'local') throw new AddressError('a repository of one machine is not published by another')
      const access = accesses(address.origin)
      const store = await limitsInQueue(engine.queue('harden-limits'), access.origin, access.token)
      const gate = gateOf(limits, store, seconds, sleeping(), signal)
      return { forge: await forgeOf(access, gate), gate }
    },
    now: seconds,
    signal,
    lease,
  })
  const workers = [
    engine.worker('harden-plan', plan, { concurrency, lease }),
    engine.worker('harden-publish', publish, { concurrency: 1, lease }),
  ]
  const tell = (sentence: string) => options.quiet || remark(`harden: ${escaped(sentence)}`)
  for (const worker of workers) {
    worker.on('active', ({ data }) => tell(data.planned ? `publishes ${data.planned.slug}` : `plans ${data.slug}`))
    worker.on('failed', (_, error) => tell(`a job failed: ${error.message}`))
  }
  tell('waits for work; Ctrl-C ends it once nothing is half done')
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }))
}
