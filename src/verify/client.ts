/**
 * The engine's own command line, `docker` or else `podman`. Arguments travel as arrays, never through a shell, and what a
 * command prints is kept only as far as somebody may want to read it.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Writable } from 'node:stream'

/** A client that reaches an engine and can build. */
export interface Client {
  /** The program's path. */
  readonly program: string
  readonly name: 'docker' | 'podman'
  /** The engine's version. */
  readonly version: string
}

/** The engine, or what it stands on, let us down: nothing can be said of the project. One sentence for a person. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
}

/** A command that ended with an error of its own. */
export class CommandError extends Error {
  override readonly name = 'CommandError'

  constructor(
    readonly args: readonly string[],
    readonly exitCode: number,
    /** The end of what it printed, both streams. */
    readonly output: string,
  ) {
    super(`${args[0]} failed: ${output.trim().split('\n').at(-1) ?? ''}`)
  }
}

export interface RunOptions {
  /** Milliseconds. */
  readonly timeout?: number
  /** What is being done, for the sentence that tells of a command that hung: "building web". */
  readonly doing?: string
  readonly signal?: AbortSignal
  readonly input?: string
  /** Told of every line of either stream as it comes. */
  readonly onLine?: (line: string) => void
  /** Takes the standard output, which is then not kept. */
  readonly output?: Writable
}

const MINUTE = 60_000
/** How much of an output is kept, in characters: enough for the longest answer of `inspect`, of a log its end. */
const KEPT = 4 << 20

/**
 * Runs one command of the client and returns its standard output.
 * @throws CommandError if it fails, EngineError if the engine is gone, hangs, or has no space left.
 */
export function run(
  client: Pick<Client, 'program'>,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { timeout = MINUTE, doing = `${args[0]}`, signal, onLine, output } = options
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const child = spawn(client.program, args, {
      env: { ...process.env, DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain' },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const printed = new Tail()
    const answered = new Tail()
    let ended: Error | undefined
    const end = (why: Error) => {
      ended ??= why
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 5000).unref()
    }
    const timer = setTimeout(
      () => end(new EngineError(`${doing} was not through after ${Math.round(timeout / MINUTE)} minutes.`)),
      timeout,
    )
    const aborted = () => end(signal!.reason as Error)
    signal?.addEventListener('abort', aborted, { once: true })
    const lines = linesTo((line) => onLine?.(line))
    if (output) child.stdout.pipe(output)
    else {
      child.stdout.on('data', (chunk: Buffer) => {
        answered.add(chunk.toString())
        printed.add(chunk.toString())
        lines(chunk.toString())
      })
    }
    child.stderr.on('data', (chunk: Buffer) => {
      printed.add(chunk.toString())
      lines(chunk.toString())
    })
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    }
    child.on('error', (error) => {
      settle()
      reject(ended ?? new EngineError(`${client.program} cannot be started: ${error.message}.`))
    })
    child.on('close', (code) => {
      settle()
      if (ended) reject(ended)
      else if (code === 0) resolve(answered.text)
      else reject(engineFault(printed.text, doing) ?? new CommandError(args, code ?? 1, printed.text))
    })
  })
}

const GONE =
  /cannot connect to the (docker daemon|podman)|error during connect|connection (refused|reset by peer)|(unexpected )?EOF$|is the docker daemon running|unable to connect to podman|broken pipe|transport is closing/im
const FULL = /no space left on device|disk quota exceeded/i

/** What is no fault of the project: the sentence to say, if the output tells of one. */
export function engineFault(output: string, doing: string): EngineError | undefined {
  const end = output.slice(-4000)
  if (FULL.test(end))
    return new EngineError(`There is no space left for ${doing}: free some (docker system prune) and run it again.`)
  const last = end.trimEnd().split('\n').slice(-3).join('\n')
  if (GONE.test(last))
    return new EngineError(`The engine stopped answering while ${doing}; start it again and repeat the command.`)
  return undefined
}

class Tail {
  text = ''

  add(more: string): void {
    this.text += more
    if (this.text.length > 2 * KEPT) this.text = this.text.slice(-KEPT)
  }
}

function linesTo(tell: (line: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split(/\r?\n|\r/)
    rest = lines.pop()!.slice(-KEPT)
    for (const line of lines) tell(line)
  }
}

/** Why no engine can be used here. */
export interface NoClient {
  readonly program?: undefined
  readonly why: string
}

/**
 * The first client that reaches an engine and can build. A newer docker without its buildx plug-in refuses BuildKit, so
 * each one on the PATH is tried with a build of nothing. HARDEN_DOCKER names one outright.
 */
export async function findClient(signal?: AbortSignal): Promise<Client | NoClient> {
  const named = process.env.HARDEN_DOCKER
  const candidates = named ? [named] : ['docker', 'podman'].flatMap(onPath)
  const reasons: string[] = []
  for (const program of candidates) {
    try {
      return await tried(program, signal)
    } catch (error) {
      signal?.throwIfAborted()
      const said = error instanceof CommandError ? error.output : (error as Error).message
      reasons.push(`${program}: ${said.replace(/\s+/g, ' ').trim().slice(0, 300)}`)
    }
  }
  return { why: reasons.length > 0 ? reasons.join('; ') : 'there is neither docker nor podman on the PATH' }
}

async function tried(program: string, signal: AbortSignal | undefined): Promise<Client> {
  const options = { timeout: MINUTE / 2, ...(signal && { signal }) }
  const isPodman = /podman[^/]*$/.test(program)
  const version = await run(
    { program },
    ['version', '--format', isPodman ? '{{.Client.Version}}' : '{{.Server.Version}}'],
    options,
  )
  const built = await run({ program }, ['build', '--quiet', '--label', 'harden.verify=trial', '-'], {
    ...options,
    input: 'FROM scratch\nLABEL trial=1\n',
  })
  await run({ program }, ['image', 'rm', '--force', built.trim().split('\n').at(-1)!], options)
  return { program, name: isPodman ? 'podman' : 'docker', version: version.trim() }
}

function onPath(name: string): readonly string[] {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  return [...new Set(candidates)].filter((candidate) => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
