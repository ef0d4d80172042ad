/**
 * Proof by a whole stack: the sample shop comes up as it stands, harden repairs a copy until it finds nothing more, and
 * the repaired stack comes up in order, turns healthy, answers, and runs as ordinary users. Needs a Docker engine and
 * docker-compose; without them the proof is skipped and the run says so, and HARDEN_REQUIRE_DOCKER=1 turns that into a
 * failure.
 */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transforms } from '../transforms/index.js'
import { docker, type Engine, exec, findEngine, logs } from './proving/engine.js'
import { beginRun, type Run } from './proving/run.js'
import { runHarden } from './proving/run-harden.js'
import { compose, containersOf, type ServiceState, stateOf, whyNoCompose } from './proving/stack.js'
import { ensureBaseImages } from './proving/stand-ins.js'

const MINUTE = 60_000
const SHOP = join(import.meta.dirname, '..', 'examples', 'django-shop')
const BASES = ['python:3.11-slim-bookworm', 'postgres:16', 'redis:7', 'minio/minio:latest']
const required = process.env.HARDEN_REQUIRE_DOCKER === '1'

const found = await findEngine()
const engine = found.client === undefined ? undefined : found
const why = engine ? await whyNoCompose(engine) : found.client === undefined ? found.why : undefined
if (why !== undefined) console.warn(`the proof of a stack ${required ? 'cannot run' : 'is skipped'}: ${why}`)

if (required) {
  test('an engine and docker-compose answer, as HARDEN_REQUIRE_DOCKER=1 demands', () => {
    expect(why).toBeUndefined()
  })
}

/** The shop in a directory, its published ports moved to free ones of the loopback interface. */
async function lay(directory: string): Promise<void> {
  await cp(SHOP, directory, { recursive: true })
  const path = join(directory, 'compose.yaml')
  const text = await readFile(path, 'utf8')
  const moved = text.replaceAll(/^( +- )"(\d+):(\d+)"$/gm, '$1"127.0.0.1::$3"')
  expect(moved.match(/127\.0\.0\.1::/g), 'ports that were moved').toHaveLength(text.match(/^ +- "\d+:\d+"$/gm)!.length)
  await writeFile(path, moved)
}

/** Tries until a condition holds; the last state counts, with the log of what did not get there. */
async function until<T>(what: string, look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + 4 * MINUTE
  for (;;) {
    const seen = await look()
    if (holds(seen)) return seen
    if (performance.now() > deadline) throw new Error(`${what} did not happen: ${JSON.stringify(seen)}`)
    await sleep(500)
  }
}

async function originOf(ready: Engine, directory: string, project: string): Promise<string> {
  const address = await compose(ready, directory, project, ['port', 'web', '8000'])
  return `http://${address.trim()}`
}

async function statusOf(origin: string, method: 'GET' | 'POST', path: string): Promise<number> {
  try {
    const response = await fetch(origin + path, { method, signal: AbortSignal.timeout(10_000) })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

async function uidOf(ready: Engine, container: string): Promise<number> {
  const status = await exec(ready, container, ['cat', '/proc/1/status'])
  return Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1])
}

describe.skipIf(why !== undefined)('the sample shop as a stack', () => {
  const ready = engine!
  let run: Run
  const directory = (name: string) => join(run.directory, name)

  const down = async (name: string) => {
    const args = ['down', '--volumes', '--remove-orphans', '--rmi', 'local', '--timeout', '3']
    await compose(ready, directory(name), `${run.id}-${name}`, args)
  }

  beforeAll(async () => {
    run = await beginRun(ready)
    for (const name of ['before', 'after']) await lay(directory(name))
    await ensureBaseImages(ready, BASES)
  }, 45 * MINUTE)

  afterAll(() => run.end(), 5 * MINUTE)

  test('comes up as it stands', { timeout: 15 * MINUTE }, async () => {
    const project = `${run.id}-before`
    await compose(ready, directory('before'), project, ['up', '--detach', '--build'])
    const ask = async () => statusOf(await originOf(ready, directory('before'), project), 'GET', '/')
    await until('an answer', ask, (status) => status === 200)
    const containers = await containersOf(ready, project)
    expect(await uidOf(ready, containers.get('web')!)).toBe(0)
    await down('before')
  })

  test('comes up repaired, in order, healthy, and as ordinary users', { timeout: 15 * MINUTE }, async () => {
    const project = `${run.id}-after`
    const state = join(run.directory, 'state')
    // What a tag means today only a registry can tell.
    const asked = transforms.filter(({ id, optIn }) => !optIn && id !== 'pinned-base-image')
    const ids = asked.map(({ id }) => id).join(',')
    const fixed = await runHarden(['fix', '--yes', '--review', '--only', ids], directory('after'), state)
    expect(fixed.exitCode, fixed.said).toBe(0)
    const checked = await runHarden(['check', '--only', ids], directory('after'), state)
    expect(checked.exitCode, checked.said).toBe(0)

    await compose(ready, directory('after'), project, ['up', '--detach', '--build'])
    const containers = await containersOf(ready, project)
    const look = async () => {
      const states = [...containers].map(async ([service, id]) => [service, await stateOf(ready, id)] as const)
      return Object.fromEntries(await Promise.all(states)) as Record<string, ServiceState>
    }
    const checkedServices = ['web', 'postgres', 'redis', 'minio']
    const states = await until('health', look, (seen) =>
      checkedServices.every((service) => seen[service]?.health?.status === 'healthy'),
    ).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await logs(ready, containers.get('web')!)}`)
    })
    expect(Object.keys(states).sort()).toEqual(['minio', 'postgres', 'redis', 'reports', 'web', 'worker'])
    for (const [service, { running, restarts }] of Object.entries(states)) {
      expect({ service, running }).toEqual({ service, running: true })
      // Web and worker both migrate when they start, and one may lose that race and be started again.
      if (service !== 'web' && service !== 'worker') expect({ service, restarts }).toEqual({ service, restarts: 0 })
    }
    for (const dependency of ['postgres', 'redis', 'minio']) {
      const healthy = states[dependency]!.health!.firstSuccess
      expect(healthy, `when ${dependency} was healthy`).toBeDefined()
      expect(states.web!.createdAt, `web after ${dependency}`).toBeGreaterThanOrEqual(healthy!)
      expect(states.worker!.createdAt, `worker after ${dependency}`).toBeGreaterThanOrEqual(healthy!)
    }

    const origin = await originOf(ready, directory('after'), project)
    expect(await statusOf(origin, 'GET', '/')).toBe(200)
    expect(await statusOf(origin, 'POST', '/pricelist/')).toBe(201)
    const uids = await Promise.all(['web', 'worker', 'reports'].map((name) => uidOf(ready, containers.get(name)!)))
    expect(uids).toEqual([10001, 10001, 1001])

    // A check that cannot fail would prove nothing: the same words, asked of a server that does not answer.
    const postgres = containers.get('postgres')!
    const probe = ['pg_isready', '-q', '-h', '127.0.0.1', '-U', 'shop']
    await exec(ready, postgres, probe)
    await docker(ready, ['kill', '--signal', 'STOP', postgres])
    await expect(exec(ready, postgres, probe)).rejects.toThrow()
    await docker(ready, ['kill', '--signal', 'CONT', postgres])
    await down('after')
  })
})
