/** One process with bounds: of time, of what it says, and of what it writes to a folder. It leaves no children behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface Task {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input?: Buffer | string | undefined
  /** Bytes of its output. */
  readonly most: number
  /** Milliseconds. */
  readonly patience: number
  readonly signal: AbortSignal
  /** A folder that it may fill to so many bytes. */
  readonly watched?: { readonly folder: string; readonly size: number } | undefined
}

export interface Ended {
  /** `undefined` if it was ended by a signal. */
  readonly code: number | undefined
  readonly stdout: Buffer
  /** The first 64 KiB of its complaints. */
  readonly stderr: string
  /** Which bound it went over, if it did. */
  readonly stopped?: 'output' | 'patience' | 'size' | 'signal' | 'missing'
}

const COMPLAINTS = 64 << 10
/** Milliseconds between two looks at the folder, and until a process that was asked to end is made to. */
const LOOK = 200
const GRACE = 1500

/** Those that run now: they end when we do. */
const running = new Set<ChildProcess>()

/** Runs git, and never throws: what went wrong is in the answer. */
export function gitProcess(task: Task): Promise<Ended> {
  if (task.signal.aborted)
    return Promise.resolve({ code: undefined, stdout: Buffer.alloc(0), stderr: '', stopped: 'signal' })
  return new Promise((resolve) => {
    // A group of its own, so that what git starts ends with it.
    const child = spawn('git', task.args, { cwd: task.cwd, env: task.env, detached: true, stdio: 'pipe' })
    if (running.size === 0) process.on('exit', endAll)
    running.add(child)

    let stopped: Ended['stopped']
    let hammer: NodeJS.Timeout | undefined
    const stop = (why: NonNullable<Ended['stopped']>) => {
      if (stopped) return
      stopped = why
      signalGroup(child, 'SIGTERM')
      hammer = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE)
    }
    const abort = () => stop('signal')
    task.signal.addEventListener('abort', abort)
    const clock = setTimeout(() => stop('patience'), task.patience)
    const look = task.watched && setInterval(() => overfull(task.watched!).then((is) => is && stop('size')), LOOK)

    const out: Buffer[] = []
    let size = 0
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.length
      if (size > task.most) stop('output')
      else out.push(piece)
    })
    let complaints = Buffer.alloc(0)
    child.stderr.on('data', (piece: Buffer) => {
      if (complaints.length < COMPLAINTS) complaints = Buffer.concat([complaints, piece]).subarray(0, COMPLAINTS)
    })
    child.on('error', () => {
      stopped ??= 'missing'
      end(undefined)
    })
    child.on('close', (code) => {
      // What it started may have outlived it.
      if (stopped) signalGroup(child, 'SIGKILL')
      end(code ?? undefined)
    })
    child.stdin.on('error', () => {})
    child.stdin.end(task.input)

    async function end(code: number | undefined) {
      clearTimeout(clock)
      clearTimeout(hammer)
      clearInterval(look)
      task.signal.removeEventListener('abort', abort)
      running.delete(child)
      if (running.size === 0) process.off('exit', endAll)
      if (!stopped && task.watched && (await overfull(task.watched))) stopped = 'size'
      resolve({ code, stdout: Buffer.concat(out), stderr: complaints.toString(), ...(stopped && { stopped }) })
    }
  })
}

function endAll(): void {
  for (const child of running) signalGroup(child, 'SIGKILL')
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}

/** Whether a folder holds more than it may; what cannot be seen, because it has just been renamed, counts nothing. */
async function overfull({ folder, size }: { folder: string; size: number }): Promise<boolean> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  let total = 0
  for (const file of files) {
    if (file.isFile())
      total += await stat(join(file.parentPath ?? file.path, file.name)).then(
        ({ size }) => size,
        () => 0,
      )
    if (total > size) return true
  }
  return false
}
