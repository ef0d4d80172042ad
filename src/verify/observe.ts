import { mkdtemp } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Container } from '../relations/containers.js'
import { CommandError, run } from './client.js'
import { makeNetwork, type Started, start, type World } from './start.js'
import type { Workshop } from './workshop.js'

/** What became of one port: the status of `GET /`, a connection without HTTP behind it, or nothing. */
export type Answer = number | 'connects' | 'silent'

export interface Endpoint {
  /** What the world calls it; see `ContainerPort`. */
  readonly name: string
  readonly port: number
  readonly answer: Answer
}

/** What one started container did. */
export interface Observation {
  readonly name: string
  readonly state: 'running' | 'ended'
  /** Of a container that ended by itself. */
  readonly exitCode: number | undefined
  /** The user of its first process. */
  readonly uid: number | undefined
  readonly endpoints: readonly Endpoint[]
  readonly health: 'healthy' | 'unhealthy' | undefined
  /** Seconds until it first answered; of one that has no port, nothing. */
  readonly answeredAfter: number | undefined
  /** Both streams, secrets hidden. */
  readonly log: readonly string[]
  /** The paths it added or changed outside volumes: the write trace. */
  readonly written: readonly string[]
  /** How it left when it was told to stop; 137 means it had to be killed. */
  readonly stop: { readonly seconds: number; readonly exitCode: number } | undefined
}

/** A container that could not even be started, in the engine's words. */
export interface NotStarted {
  readonly name: string
  readonly failed: string
}

/** How long a container may take until it answers, in milliseconds. */
const PATIENCE = 60_000
/** How long one without a port is watched. */
const SETTLED = 8_000
const GRACE_SECONDS = 10
const LOG_LINES = 2_000

/** Starts a container and everything beside it in a world of its own, watches it, stops it, and takes the world away. */
export async function observe(
  workshop: Workshop,
  container: Container,
  folder: string,
  scratch: string,
  imageOf: World['imageOf'],
): Promise<Observation | NotStarted> {
  const world: World = {
    workshop,
    folder,
    scratch: await mkdtemp(join(scratch, 'mounts-')),
    network: await makeNetwork(workshop),
    volumes: new Map(),
    imageOf,
  }
  const started: string[] = []
  try {
    for (const other of container.beside) {
      workshop.tell(`starting ${other.name} beside ${container.name}`)
      const { id } = await start(world, other)
      started.push(id)
      await untilReady(workshop, id, await startedAt(world, id))
    }
    workshop.tell(`watching ${container.name}`)
    const running = await start(world, container)
    started.push(running.id)
    return await watch(workshop, container, running)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const said = error.output.split('\n').filter((line) => line.trim() !== '' && !/^See '/.test(line))
    return { name: container.name, failed: workshop.mask(said.at(-1) ?? error.message) }
  } finally {
    const options = { timeout: 60_000, doing: 'clearing away' }
    if (started.length > 0)
      await run(workshop.client, ['rm', '--force', '--volumes', ...started], options).catch(() => '')
    await run(workshop.client, ['network', 'rm', world.network], options).catch(() => '')
  }
}

interface State {
  readonly Running: boolean
  readonly ExitCode: number
  readonly Pid: number
  readonly Health?: { readonly Status?: string }
}

async function stateOf({ client, options }: Workshop, id: string): Promise<State> {
  return JSON.parse(
    await run(client, ['inspect', '--format', '{{json .State}}', id], options('looking at a container')),
  )
}

/** The ports that the image of a container beside exposes. */
async function startedAt({ workshop, network }: World, id: string) {
  const options = workshop.options('looking at a container')
  const format = `{{json .Config.ExposedPorts}}\n{{with index .NetworkSettings.Networks "${network}"}}{{.IPAddress}}{{end}}`
  const [exposed = '', host = ''] = (await run(workshop.client, ['inspect', '--format', format, id], options)).split(
    '\n',
  )
  const ports = Object.keys((JSON.parse(exposed) as Record<string, unknown> | null) ?? {})
  return { host, ports: ports.flatMap((port) => (port.endsWith('/tcp') ? [Number(port.slice(0, -4))] : [])) }
}

/** Waits until a dependency answers on one of its ports and, where it has a check, is healthy; or for as long as is fair. */
async function untilReady(
  workshop: Workshop,
  id: string,
  at: { host: string; ports: readonly number[] },
): Promise<void> {
  const deadline = performance.now() + PATIENCE
  while (performance.now() < deadline) {
    const { Running: isRunning, Health: health } = await stateOf(workshop, id)
    if (!isRunning || health?.Status === 'healthy') return
    if (health === undefined || health.Status === undefined) {
      if (at.ports.length === 0 || at.host === '') return void (await sleep(2000))
      for (const port of at.ports) if (await connects(at.host, port)) return
    }
    await sleep(300)
  }
}

async function watch(workshop: Workshop, container: Container, started: Started): Promise<Observation> {
  const began = performance.now()
  const elapsed = () => performance.now() - began
  let answeredAfter: number | undefined
  let endpoints: readonly Endpoint[] = []
  let state = await stateOf(workshop, started.id)
  for (;;) {
    endpoints = await askAll(container, started)
    state = await stateOf(workshop, started.id)
    if (answeredAfter === undefined && endpoints.some(({ answer }) => answer !== 'silent'))
      answeredAfter = elapsed() / 1000
    if (!state.Running || elapsed() > PATIENCE) break
    const isChecked = state.Health?.Status !== undefined && state.Health.Status !== 'none'
    const isWell = !isChecked || state.Health?.Status === 'healthy'
    const isAnswered = endpoints.every(
      ({ answer }) => answer !== 'silent' && (typeof answer !== 'number' || answer < 500),
    )
    if (isWell && (container.ports.length > 0 ? isAnswered : elapsed() > SETTLED)) break
    await sleep(300)
  }
  const { client, mask, options } = workshop
  const uid = state.Running ? await uidOf(workshop, started.id, state.Pid) : undefined
  const written = await run(client, ['diff', started.id], options('taking the write trace'))
  // What a program says while it stops is not held against it: how long that takes is.
  const printed: string[] = []
  await run(client, ['logs', '--tail', String(LOG_LINES), started.id], {
    ...options('reading the log'),
    onLine: (line) => printed.push(mask(line)),
  })
  const stop = state.Running ? await stopped(workshop, started.id) : undefined
  const health = state.Health?.Status
  return {
    name: container.name,
    state: state.Running ? 'running' : 'ended',
    exitCode: state.Running ? undefined : state.ExitCode,
    uid,
    endpoints,
    health: health === 'healthy' ? 'healthy' : health === undefined || health === 'none' ? undefined : 'unhealthy',
    answeredAfter,
    log: printed.slice(-LOG_LINES),
    written: written.split('\n').flatMap((line) => (/^[AC] /.test(line) ? [line.slice(2)] : [])),
    stop,
  }
}

async function askAll(container: Container, started: Started): Promise<readonly Endpoint[]> {
  const endpoints: Endpoint[] = []
  for (const { container: port, name } of container.ports) {
    const place = await started.address(port)
    endpoints.push({ name, port, answer: place ? await ask(place.host, place.port) : 'silent' })
  }
  return endpoints
}

async function ask(host: string, port: number): Promise<Answer> {
  if (!(await connects(host, port))) return 'silent'
  return new Promise((resolve) => {
    const asked = request({ host, port, path: '/', timeout: 10_000, headers: { host: 'localhost' } }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 'connects')
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve('connects'))
    asked.end()
  })
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => end(true))
    socket.on('timeout', () => end(false))
    socket.on('error', () => end(false))
  })
}

/** The engine's host knows the processes, so that an image needs no tools of its own. */
async function uidOf({ client, options }: Workshop, id: string, pid: number): Promise<number | undefined> {
  try {
    const listed = await run(client, ['top', id, '-eo', 'pid,uid'], options('asking who it runs as'))
    const rows = listed.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
    return rows.find(([own]) => own === pid)?.[1]
  } catch (error) {
    if (error instanceof CommandError) return undefined
    throw error
  }
}

async function stopped(workshop: Workshop, id: string): Promise<{ seconds: number; exitCode: number }> {
  const began = performance.now()
  await run(workshop.client, ['stop', '--time', String(GRACE_SECONDS), id], workshop.options('stopping a container'))
  const seconds = (performance.now() - began) / 1000
  return { seconds, exitCode: (await stateOf(workshop, id)).ExitCode }
}
