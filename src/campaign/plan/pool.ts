import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ask, FromPlanner, Job, Result, ToPlanner } from './job.js'

/** Processes that plan. One that hangs, dies or takes too much is replaced, and only its repository fails. */
export interface Planners {
  /** Plans a commit as soon as a planner is free. Never rejects unless `ask` does, or the planners are closed. */
  plan(job: Job, ask: Ask): Promise<Result>
  /** Ends all planners; what is being planned is given up. */
  close(): Promise<void>
}

export interface PlannerLimits {
  /** Seconds of planning for one repository; waiting for its files does not count. */
  readonly patience: number
  /** MiB of memory of one planner. */
  readonly memory: number
}

const LIMITS: PlannerLimits = { patience: 120, memory: 1024 }

/**
 * Makes ready to plan up to `count` repositories at a time; processes are started when they are needed, and used again.
 * @param program What a planner runs; `dist/planner.js` unless told.
 */
export function plannersOf(count: number, limits: Partial<PlannerLimits> = {}, program = plannerProgram()): Planners {
  const { patience, memory } = { ...LIMITS, ...limits }
  const idle: ChildProcess[] = []
  const all = new Set<ChildProcess>()
  const queue: (() => void)[] = []
  let busy = 0
  let closed = false

  const take = async (): Promise<ChildProcess> => {
    if (busy >= count) await new Promise<void>((resolve) => queue.push(resolve))
    else busy++
    if (closed) throw new Error('the planners are closed')
    return idle.pop() ?? another()
  }
  const another = (): ChildProcess => {
    const planner = start(program, memory)
    all.add(planner)
    planner.once('exit', () => all.delete(planner))
    return planner
  }
  const giveBack = (planner: ChildProcess) => {
    if (isAlive(planner) && !closed) idle.push(planner)
    const next = queue.shift()
    if (next) next()
    else busy--
  }
  return {
    plan: async (job, ask) => {
      const planner = await take()
      try {
        return await converse(planner, job, ask, patience)
      } catch (error) {
        planner.kill('SIGKILL')
        throw error
      } finally {
        giveBack(planner)
      }
    },
    close: async () => {
      closed = true
      for (const next of queue.splice(0)) next()
      await Promise.all([...all].map(ended))
    },
  }
}

/** One commit, from the job to the result; a planner that gives none is killed. */
function converse(planner: ChildProcess, job: Job, ask: Ask, patience: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    let clock: NodeJS.Timeout | undefined
    let left = patience * 1000
    let since = 0
    const say = (message: ToPlanner) => {
      since = performance.now()
      clock = setTimeout(() => giveUp(`planning it took longer than ${patience} seconds`), left)
      planner.send(message, (error) => error && giveUp(DIED))
    }
    const pause = () => {
      clearTimeout(clock)
      left -= performance.now() - since
    }
    const end = () => {
      clearTimeout(clock)
      planner.off('message', hear).off('exit', die)
    }
    const giveUp = (reason: string) => {
      end()
      planner.kill('SIGKILL')
      resolve({ kind: 'failed', reason })
    }
    const die = () => giveUp(DIED)
    const hear = (message: FromPlanner) => {
      pause()
      if ('result' in message) {
        end()
        resolve(message.result)
      } else {
        ask(message.missed).then(
          (answers) => say({ answers }),
          (error: unknown) => {
            end()
            reject(error)
          },
        )
      }
    }
    planner.on('message', hear).on('exit', die)
    if (isAlive(planner)) say({ job })
    else die()
  })
}

const DIED = 'planning it ended a planner: one of its files takes too much memory or is made to do harm'

function start(program: string, memory: number): ChildProcess {
  const planner = fork(program, [], {
    env: {},
    cwd: dirname(program),
    execArgv: [`--max-old-space-size=${memory}`, ...confinement()],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  // That it could not be started is seen when it ends.
  planner.on('error', () => planner.kill('SIGKILL'))
  return planner
}

/** Where Node.js can, it lets a planner write nothing and start nothing. */
function confinement(): readonly string[] {
  const known = ['--permission', '--experimental-permission'].find((flag) =>
    process.allowedNodeEnvironmentFlags.has(flag),
  )
  return known ? [known, '--allow-fs-read=*'] : []
}

function isAlive(planner: ChildProcess): boolean {
  return planner.connected && !planner.killed && planner.exitCode === null && planner.signalCode === null
}

function ended(planner: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (planner.exitCode !== null || planner.signalCode !== null) return resolve()
    planner.once('exit', () => resolve())
    planner.kill('SIGKILL')
  })
}

/** Found from the source as well as from what it was built into. */
function plannerProgram(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    for (const file of ['planner.js', 'dist/planner.js']) {
      if (existsSync(join(folder, file))) return join(folder, file)
    }
    if (folder === dirname(folder)) throw new Error('dist/planner.js is missing; build harden first')
  }
}
