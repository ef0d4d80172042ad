/**
 * A thin wrapper over the docker command line. It exists because the proofs need an engine and nothing else: arguments
 * travel as arrays, never through a shell, and everything a run makes carries that run's label.
 */
import { type ExecFileException, execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The label on every container, network, volume and image of one run; its value is the run's id. */
export const RUN_LABEL = 'harden.proving'

/** A docker client that reaches an engine and can build with BuildKit. */
export interface Engine {
  readonly client: string
  readonly version: string
}

/** Why no proof can run here. */
export interface NoEngine {
  readonly client?: undefined
  readonly why: string
}

export interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** A docker command that failed, with what it printed. */
export class EngineError extends Error {
  constructor(
    readonly args: readonly string[],
    readonly output: Output,
    readonly exitCode: number | undefined,
  ) {
    super(`docker ${args.join(' ')}\n${tail(output.stderr || output.stdout, 60)}`)
    this.name = 'EngineError'
  }
}

const MINUTE = 60_000

function tail(text: string, lines: number): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

function run(client: string, args: readonly string[], stdin = '', timeout = MINUTE): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      client,
      args,
      { env: { ...process.env, DOCKER_BUILDKIT: '1' }, maxBuffer: 64 * 1024 * 1024, timeout },
      (error: ExecFileException | null, stdout, stderr) => {
        if (!error) return resolve({ stdout, stderr })
        const exitCode = typeof error.code === 'number' ? error.code : undefined
        const said = exitCode === undefined ? `${stderr}\n${error.message}` : stderr
        reject(new EngineError(args, { stdout, stderr: said }, exitCode))
      },
    )
    // A client that fails early closes its end first: that is its own error, reported above.
    child.stdin?.on('error', () => {})
    child.stdin?.end(stdin)
  })
}

function clientsOnPath(): string[] {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'docker'))
  return [...new Set(candidates)].filter((candidate) => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

async function tryClient(client: string): Promise<Engine | NoEngine> {
  try {
    const version = await run(client, ['version', '--format', '{{.Server.Version}}'])
    const image = await run(
      client,
      ['build', '--quiet', '--label', `${RUN_LABEL}=trial-${randomUUID()}`, '-'],
      'FROM scratch\n',
    )
    await run(client, ['image', 'rm', image.stdout.trim()])
    return { client, version: version.stdout.trim() }
  } catch (error) {
    const said = error instanceof EngineError ? error.output.stderr : String(error)
    return { why: `${client}: ${said.replace(/\s+/g, ' ').trim()}` }
  }
}

/**
 * The first docker client that can build with BuildKit on a running engine. A newer client without its buildx plug-in
 * refuses BuildKit, so each client on the PATH is tried with a build of nothing; HARDEN_DOCKER names one outright.
 */
export async function findEngine(): Promise<Engine | NoEngine> {
  const named = process.env.HARDEN_DOCKER
  const reasons: string[] = []
  for (const client of named ? [named] : clientsOnPath()) {
    const tried = await tryClient(client)
    if (tried.client !== undefined) return tried
    reasons.push(tried.why)
  }
  return { why: reasons.length > 0 ? reasons.join('; ') : 'no docker client on the PATH' }
}

/** Runs one docker command and returns what it printed; a failure is an EngineError. */
export function docker(engine: Engine, args: readonly string[], timeout = MINUTE): Promise<Output> {
  return run(engine.client, args, '', timeout)
}

function pairs(flag: string, entries: Readonly<Record<string, string>>): string[] {
  return Object.entries(entries).flatMap(([key, value]) => [flag, `${key}=${value}`])
}

export interface BuildRequest {
  readonly context: string
  /** Absolute, or relative to the working directory; the context's own Dockerfile by default. */
  readonly dockerfile?: string
  readonly tag: string
  readonly labels: Readonly<Record<string, string>>
  readonly timeout?: number
}

/** Builds an image with BuildKit. */
export function build(engine: Engine, request: BuildRequest): Promise<Output> {
  const dockerfile = request.dockerfile ?? join(request.context, 'Dockerfile')
  return docker(
    engine,
    [
      'build',
      '--progress=plain',
      '--file',
      dockerfile,
      '--tag',
      request.tag,
      ...pairs('--label', request.labels),
      request.context,
    ],
    request.timeout ?? 15 * MINUTE,
  )
}

export interface StartRequest {
  readonly image: string
  /** The run id the container is labelled with. */
  readonly run: string
  /** A port of the container to publish on a free port of the loopback interface. */
  readonly port?: number
  /** Volume name by mount point. */
  readonly volumes?: Readonly<Record<string, string>>
}

/** Starts a container in the background and returns its id. */
export async function start(engine: Engine, request: StartRequest): Promise<string> {
  const mounts = Object.entries(request.volumes ?? {}).flatMap(([target, name]) => ['--volume', `${name}:${target}`])
  const publish = request.port === undefined ? [] : ['--publish', `127.0.0.1::${request.port}`]
  const started = await docker(engine, [
    ...['run', '--detach', '--label', `${RUN_LABEL}=${request.run}`],
    ...mounts,
    ...publish,
    request.image,
  ])
  return started.stdout.trim()
}

/** Makes an empty named volume and returns its name. */
export async function createVolume(engine: Engine, run: string): Promise<string> {
  const created = await docker(engine, ['volume', 'create', '--label', `${RUN_LABEL}=${run}`])
  return created.stdout.trim()
}

/** Everything a container has printed so far, both streams. */
export async function logs(engine: Engine, container: string): Promise<string> {
  const { stdout, stderr } = await docker(engine, ['logs', container])
  return stdout + stderr
}

/** Runs a command inside a running container and returns its standard output. */
export async function exec(engine: Engine, container: string, command: readonly string[]): Promise<string> {
  return (await docker(engine, ['exec', container, ...command])).stdout
}

/** The parts of `docker inspect` the proofs read, of a container or an image. */
export interface Inspection {
  readonly Id: string
  readonly State?: {
    readonly Running: boolean
    readonly Pid: number
    readonly ExitCode: number
    readonly Health?: { readonly Status: 'starting' | 'healthy' | 'unhealthy' }
  }
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null }
  readonly NetworkSettings?: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>>
  }
}

/** What the engine knows about a container or an image; undefined when there is no such object. */
export async function inspect(
  engine: Engine,
  kind: 'container' | 'image',
  name: string,
): Promise<Inspection | undefined> {
  try {
    const { stdout } = await docker(engine, [kind, 'inspect', name])
    return (JSON.parse(stdout) as Inspection[])[0]
  } catch (error) {
    if (error instanceof EngineError && /no such (image|container)/i.test(error.output.stderr)) return undefined
    throw error
  }
}

/** The paths a container added, changed or deleted in its own layer; what lies in a volume is not among them. */
export async function diff(engine: Engine, container: string): Promise<{ kind: string; path: string }[]> {
  const { stdout } = await docker(engine, ['diff', container])
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => ({ kind: line.slice(0, 1), path: line.slice(2) }))
}

/** Stops a container and says how long that took and how it left: 137 means it had to be killed. */
export async function stop(
  engine: Engine,
  container: string,
  graceSeconds: number,
): Promise<{ seconds: number; exitCode: number }> {
  const began = performance.now()
  await docker(engine, ['stop', '--time', String(graceSeconds), container])
  const seconds = (performance.now() - began) / 1000
  const state = (await inspect(engine, 'container', container))?.State
  if (!state) throw new Error(`container ${container} disappeared while it was stopped`)
  return { seconds, exitCode: state.ExitCode }
}
