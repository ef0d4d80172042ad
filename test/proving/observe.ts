/** Builds a project's image, starts it and writes down what can be seen from outside: the evidence of a proof. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BuildCase, Request } from './cases.js'
import {
  build,
  createVolume,
  diff,
  docker,
  type Engine,
  exec,
  inspect,
  logs,
  RUN_LABEL,
  start,
  stop,
} from './engine.js'

/** What one started image did. */
export interface Observation {
  /** The user of process 1, from the kernel's own record. */
  readonly uid: number
  /** The status each request was answered with, in order. */
  readonly statuses: readonly number[]
  /** The owner of each file the service was to write. */
  readonly owners: Readonly<Record<string, number>>
  /** What the container changed in its own layer, as far as that is the same at every start. */
  readonly trace: readonly string[]
  /** What the engine says of its health, once it is no longer starting; nothing without a check. */
  readonly health: string | undefined
  /** How it left when it was told to stop. */
  readonly stopped: { readonly seconds: number; readonly exitCode: number }
}

const PATIENCE_MS = 60_000
const GRACE_SECONDS = 3

/** Tries until it succeeds, as long as the container runs; then the last failure counts, with the container's log. */
async function eventually<T>(engine: Engine, container: string, what: string, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const running = (await inspect(engine, 'container', container))?.State?.Running ?? false
      if (running && performance.now() < deadline) {
        await sleep(250)
        continue
      }
      const state = running ? `within ${PATIENCE_MS / 1000} s` : 'before the container ended'
      const log = await logs(engine, container)
      throw new Error(`${what} did not happen ${state}: ${(error as Error).message}\n${log}`)
    }
  }
}

async function send(origin: string, request: Request): Promise<number> {
  const { method, body, answer } = request
  const signal = AbortSignal.timeout(10_000)
  const response = await fetch(origin + request.path, { method, signal, ...(body !== undefined && { body }) })
  const text = await response.text()
  if (answer !== undefined && !text.includes(answer))
    throw new Error(`the answer is ${JSON.stringify(text.slice(0, 200))}`)
  return response.status
}

async function publishedOrigin(engine: Engine, container: string, port: number): Promise<string> {
  const ports = (await inspect(engine, 'container', container))?.NetworkSettings?.Ports
  const hostPort = ports?.[`${port}/tcp`]?.[0]?.HostPort
  if (!hostPort) throw new Error(`port ${port} is not published`)
  return `http://127.0.0.1:${hostPort}`
}

/** The engine's host knows the processes, so that an image needs no tools of its own. */
async function uidOfProcess1(engine: Engine, container: string): Promise<number> {
  const pid = (await inspect(engine, 'container', container))?.State?.Pid
  const { stdout } = await docker(engine, ['top', container, '-eo', 'pid,uid'])
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const uid = rows.find(([own]) => own === pid)?.[1]
  if (uid === undefined) throw new Error('nobody knows who process 1 runs as')
  return uid
}

async function owner(engine: Engine, container: string, path: string): Promise<number> {
  return Number(await exec(engine, container, ['stat', '-c', '%u', path]))
}

/** The engine asks for the first time after one interval; a container without a check has no health. */
async function healthOf(engine: Engine, container: string): Promise<string | undefined> {
  return eventually(engine, container, 'a verdict on its health', async () => {
    const health = (await inspect(engine, 'container', container))?.State?.Health?.Status
    if (health === 'starting') throw new Error('it is still starting')
    return health
  })
}

/** Caches of the interpreter and places that differ from start to start are left out, and so are bare mount points. */
async function writtenPaths(engine: Engine, container: string, volumes: readonly string[]): Promise<string[]> {
  const paths = (await diff(engine, container)).map(({ path }) => path)
  const fleeting = /^\/(tmp|run|root|home)(\/|$)|\/__pycache__(\/|$)/
  return paths.filter((path) => !fleeting.test(path) && !volumes.includes(path)).sort()
}

/** Builds and starts one case as it lies in `directory`, and says what it saw. Everything made is labelled with `run`. */
export async function observe(
  engine: Engine,
  run: string,
  tag: string,
  wanted: BuildCase,
  directory: string,
): Promise<Observation> {
  await build(engine, { context: join(directory, wanted.context ?? '.'), tag, labels: { [RUN_LABEL]: run } })
  const volumes: Record<string, string> = {}
  for (const target of wanted.volumes ?? []) volumes[target] = await createVolume(engine, run)
  const container = await start(engine, {
    image: tag,
    run,
    volumes,
    ...(wanted.port !== undefined && { port: wanted.port }),
  })

  const statuses: number[] = []
  for (const request of wanted.requests ?? []) {
    const what = `an answer to ${request.method} ${request.path}`
    const origin = await eventually(engine, container, what, () => publishedOrigin(engine, container, wanted.port ?? 0))
    statuses.push(await eventually(engine, container, what, () => send(origin, request)))
  }
  const owners: Record<string, number> = {}
  for (const path of wanted.writes) {
    owners[path] = await eventually(engine, container, `a write to ${path}`, () => owner(engine, container, path))
  }
  const uid = await uidOfProcess1(engine, container)
  const health = wanted.healthy ? await healthOf(engine, container) : undefined
  const trace = await writtenPaths(engine, container, wanted.volumes ?? [])
  const stopped = await stop(engine, container, GRACE_SECONDS)
  return { uid, statuses, owners, trace, health, stopped }
}
