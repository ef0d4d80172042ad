/** A thin wrapper over docker-compose: one project under a name of its own, taken down with all it made. */
import { type ExecFileException, execFile } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { docker, type Engine } from './engine.js'

const MINUTE = 60_000

/** Why there is no docker-compose, or nothing if there is. */
export async function whyNoCompose(engine: Engine): Promise<string | undefined> {
  return compose(engine, '.', 'trial', ['version', '--short']).then(
    () => undefined,
    (error: Error) => error.message,
  )
}

/** Runs one docker-compose command on the project in a directory; a failure says what it printed. */
export function compose(engine: Engine, directory: string, project: string, args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    // It builds with the client it finds first, and that must be the one that can.
    PATH: [dirname(engine.client), process.env.PATH].join(delimiter),
    COMPOSE_DOCKER_CLI_BUILD: '1',
    DOCKER_BUILDKIT: '1',
    BUILDKIT_PROGRESS: 'plain',
  }
  return new Promise((resolve, reject) => {
    const words = ['--project-name', project, ...args]
    execFile(
      'docker-compose',
      words,
      { cwd: directory, env, maxBuffer: 64 * 1024 * 1024, timeout: 15 * MINUTE },
      (error: ExecFileException | null, stdout, stderr) => {
        if (!error) return resolve(stdout)
        reject(new Error(`docker-compose ${args.join(' ')}\n${stderr.slice(-4_000) || error.message}`))
      },
    )
  })
}

/** What the engine says of a container, as far as the proofs look at it. */
export interface ServiceState {
  readonly running: boolean
  /** When the container was made; docker-compose makes it when what it waits for is ready. Milliseconds. */
  readonly createdAt: number
  /** How often it was started anew. */
  readonly restarts: number
  readonly health?: {
    readonly status: 'starting' | 'healthy' | 'unhealthy'
    /** When a check first succeeded, of those the engine remembers; milliseconds. */
    readonly firstSuccess: number | undefined
  }
}

interface Inspected {
  readonly Created: string
  readonly RestartCount: number
  readonly State: {
    readonly Running: boolean
    readonly Health?: {
      readonly Status: 'starting' | 'healthy' | 'unhealthy'
      readonly Log: readonly { readonly End: string; readonly ExitCode: number }[]
    }
  }
}

/** The containers of a project by service. */
export async function containersOf(engine: Engine, project: string): Promise<ReadonlyMap<string, string>> {
  const format = '{{.ID}} {{.Label "com.docker.compose.service"}}'
  const filter = `label=com.docker.compose.project=${project}`
  const { stdout } = await docker(engine, ['container', 'ls', '--all', '--filter', filter, '--format', format])
  const lines = stdout.split('\n').filter(Boolean)
  return new Map(lines.map((line) => line.split(' ') as [string, string]).map(([id, service]) => [service, id]))
}

/** The state of a container right now. */
export async function stateOf(engine: Engine, container: string): Promise<ServiceState> {
  const { stdout } = await docker(engine, ['container', 'inspect', container])
  const [{ Created, RestartCount, State }] = JSON.parse(stdout) as [Inspected]
  const success = State.Health?.Log.find(({ ExitCode }) => ExitCode === 0)
  return {
    running: State.Running,
    createdAt: Date.parse(Created),
    restarts: RestartCount,
    ...(State.Health && {
      health: { status: State.Health.Status, firstSuccess: success && Date.parse(success.End) },
    }),
  }
}
