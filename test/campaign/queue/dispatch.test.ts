import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dispatch } from '../../../src/campaign/queue/dispatch.js'
import { type Engine, engineAt } from '../../../src/campaign/queue/engine.js'
import { freePort } from '../../port.js'
import { QUEUE_SERVERS, type QueueServer } from './servers.js'

let server: QueueServer
let engine: Engine

const tasks = (...numbers: number[]) => numbers.map((n) => ({ id: `task-${n}`, data: { n } }))

if (process.env.HARDEN_REQUIRE_DOCKER === '1') {
  it.each(QUEUE_SERVERS)('$name is installed, as HARDEN_REQUIRE_DOCKER=1 demands', ({ isInstalled }) =>
    expect(isInstalled).toBe(true),
  )
}

for (const { name, isInstalled, start } of QUEUE_SERVERS)
  describe.skipIf(!isInstalled)(`a queue on ${name}`, () => {
    beforeEach(async () => {
      server = await start()
      engine = await engineAt(server.url)
    })

    afterEach(async () => {
      await engine.close()
      await server.stop()
    })

    it('brings every answer and every line once, and says why a job failed', async () => {
      engine.worker(
        'harden-plan',
        async (job) => {
          await job.log('begun')
          await job.updateProgress(1)
          if (job.data.n === 3) throw new Error('three is not to be had')
          await job.log('done')
          return job.data.n * 10
        },
        { concurrency: 2, lease: 30 },
      )
      const lines: string[] = []
      const outcomes = await dispatch(engine, 'harden-plan', tasks(1, 2, 3), {
        onLine: async (id, line) => {
          lines.push(`${id} ${line}`)
        },
      })
      expect(Object.fromEntries(outcomes)).toEqual({
        'task-1': { answer: 10 },
        'task-2': { answer: 20 },
        'task-3': { problem: 'three is not to be had' },
      })
      expect(lines.sort()).toEqual(['task-1 begun', 'task-1 done', 'task-2 begun', 'task-2 done', 'task-3 begun'])
    })

    it('does not do the same work twice while it is under way', async () => {
      const done: number[] = []
      engine.worker(
        'harden-plan',
        async (job) => {
          await new Promise((wake) => setTimeout(wake, 300))
          done.push(job.data.n)
          return job.data.n
        },
        { concurrency: 4, lease: 30 },
      )
      const other = await engineAt(server.url)
      await Promise.all([
        dispatch(engine, 'harden-plan', tasks(1, 2), {}),
        dispatch(other, 'harden-plan', tasks(1, 2), {}),
      ])
      await other.close()
      expect(done.sort()).toEqual([1, 2])
    })

    it('takes back what nobody has begun when nobody waits for it any more', async () => {
      const controller = new AbortController()
      const waiting = dispatch(engine, 'harden-plan', tasks(1, 2), { signal: controller.signal })
      setTimeout(() => controller.abort(new Error('enough')), 300)
      await expect(waiting).rejects.toThrow('enough')
      expect(await engine.queue('harden-plan').getWaitingCount()).toBe(0)
    })
  })

describe('a queue that is not there', () => {
  it.each(['redis', 'postgres'])('is named in one sentence without its password: %s', async (scheme) => {
    const nobody = `${scheme}://user:hunter2@127.0.0.1:${await freePort()}`
    await expect(engineAt(nobody)).rejects.toThrow(/^the queue does not answer(?!.*hunter2)/)
  })

  it('has an address of a kind that is known', async () => {
    await expect(engineAt('amqp://127.0.0.1')).rejects.toThrow('begins with redis://, rediss:// or postgres://')
  })
})
