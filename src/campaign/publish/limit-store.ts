/**
 * Where the limits of one forge and one token are kept, so that all processes of this user, and the next run, share one budget.
 * The token itself is not kept: its fingerprint tells one from another.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as v from 'valibot'
import { codeOf, journalError } from '../../disk/error.js'
import { HeldError, locked } from '../../disk/lock.js'
import type { LimiterState } from './limiter.js'

export interface LimitStore {
  /** Takes a step from the state that all share to the next one; nobody else comes in between. @returns the step's wait */
  change(
    step: (state: LimiterState | undefined) => { readonly state: LimiterState; readonly wait: number },
  ): Promise<number>
  /** What the state was a moment ago; `undefined` before the first step. */
  peek(): LimiterState | undefined
}

/** For one process alone, and for tests. */
export function limitsInMemory(state?: LimiterState): LimitStore {
  let current = state
  return {
    async change(step) {
      const next = step(current)
      current = next.state
      return next.wait
    },
    peek: () => current,
  }
}

/** The first 12 hexadecimal digits of the token's sha256; `anonymous` without one. */
export function fingerprintOf(token: string | undefined): string {
  return token === undefined ? 'anonymous' : createHash('sha256').update(token).digest('hex').slice(0, 12)
}

/**
 * The limits kept below a folder, private to this user.
 * @param state Usually `$XDG_STATE_HOME/harden`.
 * @throws DiskError from its methods if they cannot be kept
 */
export function limitsOnDisk(state: string, origin: string, token: string | undefined): LimitStore {
  const host = new URL(origin).host.replace(/[^a-z0-9.-]/g, '_')
  const folder = join(state, 'limits', `${host}-${fingerprintOf(token)}`)
  const path = join(folder, 'state.json')
  let turn: Promise<unknown> = Promise.resolve()

  const change: LimitStore['change'] = (step) => {
    // In this process one after the other, so that only other processes are waited for by trying.
    const result = turn.then(() =>
      patiently(folder, () => {
        const next = step(read(path))
        write(folder, path, next.state)
        return next.wait
      }),
    )
    turn = result.catch(() => {})
    return result
  }
  return { change, peek: () => read(path) }
}

/** Milliseconds. A lock is held for as long as it takes to write one small file. */
const TRIES = { pause: 20, most: 1500 }

async function patiently<T>(folder: string, act: () => T): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await locked(folder, async () => act())
    } catch (error) {
      if (!(error instanceof HeldError) || attempt === TRIES.most) throw error
      await pause(TRIES.pause)
    }
  }
}

const number = v.pipe(v.number(), v.finite())
/** Oldest first, whoever wrote them. */
const times = v.pipe(
  v.array(number),
  v.maxLength(100_000),
  v.transform((all) => all.toSorted((a, b) => a - b)),
)
const STATE = v.object({
  writes: times,
  underWay: times,
  notified: number,
  budget: v.pipe(number, v.integer(), v.minValue(1)),
  cleanSince: number,
  pausedUntil: number,
  strikes: v.pipe(number, v.integer(), v.minValue(0)),
  struck: number,
})

/** What cannot be read counts as nothing: the budget begins anew, at its smallest. */
function read(path: string): LimiterState | undefined {
  try {
    const { success, output } = v.safeParse(STATE, JSON.parse(readFileSync(path, 'utf8')))
    return success ? output : undefined
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return undefined
    throw journalError(path, error)
  }
}

function write(folder: string, path: string, state: LimiterState): void {
  const fresh = `${path}.${process.pid}`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(fresh, `${JSON.stringify(state)}\n`, { mode: 0o600 })
    renameSync(fresh, path)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw journalError(folder, error)
  }
}
