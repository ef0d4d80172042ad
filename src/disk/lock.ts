import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, DiskError, journalError } from './error.js'

/** How long a lock is believed whose owner cannot be asked after, in milliseconds. Writing takes seconds. */
const BELIEVED = 10 * 60 * 1000

/** Another process holds the lock. */
export class HeldError extends DiskError {
  override readonly name = 'HeldError'
}

/**
 * Acts while holding a folder's lock. The lock of a process that is gone is taken over.
 * @param what What others must not write to meanwhile, for the message.
 * @throws HeldError if another process holds it, DiskError if the folder cannot be written.
 */
export async function locked<T>(folder: string, act: () => Promise<T>, what = 'this project'): Promise<T> {
  const path = join(folder, 'lock')
  const owner = describe(process.pid)
  await acquire(path, owner, what)
  try {
    return await act()
  } finally {
    if (read(path) === owner) rmSync(path, { force: true })
  }
}

async function acquire(path: string, owner: string, what: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (create(path, owner)) return
    const other = await ownerOf(path)
    if (other === undefined) continue
    if (other !== NAMELESS && isHeld(path, other)) {
      const who = /^\d+/.exec(other)?.[0] ?? 'unknown'
      throw new HeldError(`Another harden (process ${who}) is writing to ${what}. Wait until it is through.`, path)
    }
    takeAway(path, other)
  }
  throw new DiskError(`The lock ${path} cannot be had: others keep taking it. Run again.`, path)
}

/** A lock between its making and the word whose it is; and so for ever, if the process died in that moment. */
const NAMELESS = ''

/** @returns {@link NAMELESS} only if it stays so for far longer than one line takes to write. */
async function ownerOf(path: string): Promise<string | undefined> {
  for (let look = 0; look < 10; look++) {
    const owner = read(path)
    if (owner !== NAMELESS) return owner
    await pause(100)
  }
  return NAMELESS
}

/** @returns `false` if somebody has the lock. */
function create(path: string, owner: string): boolean {
  const folder = dirname(path)
  let isMine = false
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = openSync(path, 'wx', 0o600)
    isMine = true
    try {
      writeSync(file, owner)
    } finally {
      closeSync(file)
    }
    // Whoever was held up for very long before the name was written may have been taken for dead.
    return read(path) === owner
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && !isMine) return false
    if (isMine) rmSync(path, { force: true })
    throw journalError(folder, error)
  }
}

/** Removes a stale lock, unless somebody else has just done so and holds it anew. */
function takeAway(path: string, stale: string): void {
  const aside = `${path}-${randomBytes(6).toString('hex')}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if (read(aside) !== stale) renameSync(aside, path)
  rmSync(aside, { force: true })
}

function isHeld(path: string, owner: string): boolean {
  const [pid, started, host] = owner.split(' ')
  if (host !== hostname()) return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < BELIEVED
  return isAlive(Number(pid)) && startOf(Number(pid)) === started
}

/** Process, when it started, host: a number alone may since have gone to another process. */
function describe(pid: number): string {
  return `${pid} ${startOf(pid)} ${hostname()}`
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** When a process started, in ticks since the system did; `-` where the system does not say. */
function startOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
