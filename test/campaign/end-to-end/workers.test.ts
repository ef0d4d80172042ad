import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { harden, inTemporaryProject, project, started } from '../../cli/harden.js'
import { type FakeGithub, startGithub } from '../forges/github-fake.js'
import { QUEUE_SERVERS, type QueueServer } from '../queue/servers.js'
import { environmentOf, fleet, journalLines, names, planIn, pullsOf, weak, writeCampaign } from './fleet.js'

const BIN = join(import.meta.dirname, '..', '..', '..', 'bin', 'harden.js')
/** Writes in a minute: fewer than the campaign needs, and fewer than three workers would make if each had its own. */
const PER_MINUTE = 60

let forge: FakeGithub
let server: QueueServer
let workers: Worker[] = []

describe.each(QUEUE_SERVERS)('three workers on one queue in $name', ({ isInstalled, start }) => {
  inTemporaryProject()
  beforeEach(async () => {
    server = await start()
    forge = await startGithub({ repositories: fleet })
  })
  afterEach(async () => {
    for (const worker of workers) worker.child.kill('SIGKILL')
    workers = []
    await server.stop()
    await forge.dispose()
  })

  it.skipIf(!isInstalled)(
    'open each pull request once and keep one limit, although one of them is killed at work',
    async () => {
      const env = environmentOf(forge)
      writeCampaign(forge, names, PER_MINUTE)
      workers = [1, 2, 3].map(() => startWorker(server.url, env))
      const queue = ['--queue', server.url]

      const planned = await harden(['campaign', 'plan', 'campaign.yml', '--out', 'plan', ...queue], { env })
      expect(planned.code).toBe(0)
      expect(workers.filter(({ said }) => said().includes('plans ')).length).toBeGreaterThan(1)
      const alone = await harden(['campaign', 'plan', 'campaign.yml', '--out', 'alone'], { env })
      expect(alone.code).toBe(0)
      expect(planIn('plan').hash).toBe(planIn('alone').hash)

      const applying = started(['campaign', 'apply', 'plan', '--yes', ...queue], { env })
      const killed = await killAtWork(env)
      const { code, stderr } = await applying.ended
      expect(stderr).not.toMatch(/defect/)
      expect(code).toBe(0)

      const pulls = await pullsOf(forge, names)
      for (const name of names) expect(pulls.get(name)!, name).toHaveLength(weak.includes(name) ? 1 : 0)
      expect(mostInAMinute()).toBeLessThanOrEqual(PER_MINUTE)
      const slugs = journalLines('plan').filter((line) => line.includes('"entry":"stand"') && line.includes(killed))
      expect(slugs.join()).toContain('"state":"open"')

      const again = await harden(['campaign', 'apply', 'plan', '--yes'], { env })
      expect(again.code).toBe(0)
      expect(journalLines('plan').at(-1)).toContain('"entry":"run"')
    },
    300_000,
  )
})

interface Worker {
  readonly child: ChildProcess
  readonly said: () => string
}

function startWorker(url: string, env: Readonly<Record<string, string>>): Worker {
  const words = [BIN, 'campaign', 'worker', 'campaign.yml', '--queue', url, '--lease', '5']
  const child = spawn(process.execPath, words, {
    cwd: project,
    env: { PATH: process.env.PATH, HOME: project, XDG_STATE_HOME: join(project, '..', 'elsewhere'), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr!.on('data', (text: Buffer) => {
    said += text
  })
  return { child, said: () => said }
}

/** Kills the worker that publishes, once some repositories are done. @returns the repository it was at */
async function killAtWork(env: Readonly<Record<string, string>>): Promise<string> {
  for (;;) {
    await new Promise((wake) => setTimeout(wake, 20))
    const all = workers.map((worker) => ({ worker, at: [...worker.said().matchAll(/publishes (\S+)/g)].at(-1)?.[1] }))
    const opened = forge.seen.filter(({ path, isContent }) => isContent && path.endsWith('/pulls')).length
    const busy = all.filter(
      ({ at }) => at && !journalLines('plan').some((line) => line.includes(`"${at}"`) && line.includes('"stand"')),
    )
    if (opened < 5 || busy.length === 0) continue
    const { worker, at } = busy[0]!
    worker.child.kill('SIGKILL')
    workers = [...workers.filter((other) => other !== worker), startWorker(server.url, env)]
    return at!
  }
}

/** The most that was changed within a minute, by push and through the API. */
function mostInAMinute(): number {
  const pushes = forge.git.requests.filter(({ method, path }) => method === 'POST' && path.includes('git-receive-pack'))
  const calls = forge.seen.filter(({ isContent }) => isContent)
  const times = [...pushes, ...calls].map(({ at }) => at).sort((a, b) => a - b)
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length))
}
