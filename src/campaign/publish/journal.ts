/**
 * The journal of a campaign: one line of JSON for each entry, only ever added to, and on the disk before anything follows from
 * it. Whatever dies, the next run reads what was about to be done and asks the forge what became of it.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, constants, fdatasync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { DiskError, reasonOf } from '../../disk/error.js'
import { locked } from '../../disk/lock.js'
import type { IntentEntry, JournalEntry, ResultEntry } from './entries.js'

/** Where entries go. On the machine with the plan that is a file; elsewhere they are passed on. */
export interface Journal {
  /** All so far, oldest first. */
  readonly entries: readonly JournalEntry[]
  /**
   * Resolves when the entry will survive whatever happens next.
   * @throws DiskError if it does not
   */
  append(entry: JournalEntry): Promise<void>
}

const NAME = 'journal.ndjson'

/** Bytes; some 500,000 entries. */
const LARGEST = 256 << 20

/**
 * Acts with the journal of a plan folder, as its only writer.
 * @throws HeldError if another process writes to it, DiskError if it cannot be read or written
 */
export function withJournal<T>(folder: string, act: (journal: Journal) => Promise<T>): Promise<T> {
  const path = join(folder, NAME)
  return locked(
    folder,
    async () => {
      const file = opened(path)
      try {
        return await act(journalIn(path, file))
      } finally {
        closeSync(file)
      }
    },
    `the campaign in ${folder}`,
  )
}

/** The entries of a plan folder, for those who only read. */
export function readJournal(folder: string): readonly JournalEntry[] {
  const path = join(folder, NAME)
  return parsed(bytesOf(path), path).entries
}

function journalIn(path: string, file: number): Journal {
  const { entries: before, length } = parsed(bytesOf(path), path)
  // A line that was torn when its writer died is not added to.
  ftruncateSync(file, length)
  const entries: JournalEntry[] = [...before]
  let last: Promise<unknown> = Promise.resolve()
  const add = async (entry: JournalEntry) => {
    try {
      writeWhole(file, Buffer.from(`${JSON.stringify(entry)}\n`))
      await promisify(fdatasync)(file)
    } catch (error) {
      throw new DiskError(`The journal ${path} cannot be written: ${reasonOf(error)}.`, path, { cause: error })
    }
    entries.push(entry)
  }
  return {
    entries,
    append(entry) {
      // One after the other; after a failure nothing more, for the end of the file is no longer known.
      const result = last.then(() => add(entry))
      last = result
      result.catch(() => {})
      return result
    },
  }
}

/** What a disk that is nearly full takes of a line is less than the line. */
function writeWhole(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

function opened(path: string): number {
  try {
    return openSync(path, constants.O_CREAT | constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW, 0o600)
  } catch (error) {
    throw new DiskError(`The journal ${path} cannot be opened: ${reasonOf(error)}.`, path, { cause: error })
  }
}

function bytesOf(path: string): Buffer {
  try {
    const bytes = readFileSync(path)
    if (bytes.length > LARGEST) throw new DiskError(`The journal ${path} is larger than harden reads.`, path)
    return bytes
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0)
    if (error instanceof DiskError) throw error
    throw new DiskError(`The journal ${path} cannot be read: ${reasonOf(error)}.`, path, { cause: error })
  }
}

/** The whole lines, and how many bytes they take. Only the last line may be torn. */
function parsed(bytes: Buffer, path: string): { readonly entries: readonly JournalEntry[]; readonly length: number } {
  const entries: JournalEntry[] = []
  let length = 0
  while (length < bytes.length) {
    const end = bytes.indexOf(10, length)
    const entry = end < 0 ? undefined : entryOf(bytes.subarray(length, end).toString())
    if (entry === undefined) {
      if (end < 0 || end === bytes.length - 1) break
      throw new DiskError(`The journal ${path} is damaged: line ${entries.length + 1} is no entry.`, path)
    }
    entries.push(entry)
    length = end + 1
  }
  return { entries, length }
}

const words = v.string()
const id = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/))
const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const pull = { slug: words, group: words, time: v.number() }

const ENTRY = v.variant('entry', [
  v.object({
    entry: v.literal('run'),
    command: v.picklist(['apply', 'refresh', 'close']),
    plan: digest,
    time: v.number(),
  }),
  v.object({
    ...pull,
    entry: v.literal('intent'),
    id: words,
    act: v.picklist(['push', 'commit', 'open', 'update', 'close', 'reopen', 'comment', 'decorate', 'delete branch']),
    pull: digest,
    branch: words,
    commit: v.optional(id),
    expected: v.optional(id),
    following: v.optional(count),
    number: v.optional(count),
  }),
  v.object({
    ...pull,
    entry: v.literal('result'),
    id: words,
    outcome: v.picklist(['done', 'not done', 'unknown']),
    commit: v.optional(id),
    number: v.optional(count),
    url: v.optional(words),
    reason: v.optional(words),
  }),
  v.object({
    ...pull,
    entry: v.literal('stand'),
    pull: digest,
    state: v.picklist([
      'planned',
      'pushed',
      'open',
      'merged',
      'declined',
      'conflicted',
      'stale',
      'blocked',
      'waiting',
      'failed',
    ]),
    reason: v.optional(words),
    number: v.optional(count),
    url: v.optional(words),
    head: v.optional(id),
    checks: v.optional(v.picklist(['none', 'pending', 'passed', 'failed'])),
  }),
])

/** A line of a journal; `undefined` if it is none. */
export function entryOf(line: string): JournalEntry | undefined {
  try {
    const { success, output } = v.safeParse(ENTRY, JSON.parse(line))
    return success ? (output as JournalEntry) : undefined
  } catch {
    return undefined
  }
}

/** What is known of an act when it is through. */
export type Outcome = Pick<ResultEntry, 'commit' | 'number' | 'url' | 'reason'>

/**
 * Changes something, with its intent before and its result after. An act that fails without anybody knowing whether it
 * happened stays without a result, like one whose process died: the same reading of the forge settles both.
 * @param isUnknown Whether after this error it may have happened all the same.
 */
export async function recorded<T>(
  journal: Journal,
  intent: Omit<IntentEntry, 'entry' | 'id'>,
  now: () => number,
  act: () => Promise<T>,
  outcomeOf: (answer: T) => Outcome,
  isUnknown: (error: unknown) => boolean,
): Promise<T> {
  const id = randomBytes(8).toString('hex')
  const { slug, group } = intent
  const result = (outcome: 'done' | 'not done', known: Outcome) =>
    journal.append({ entry: 'result', id, slug, group, outcome, ...known, time: now() })
  await journal.append({ entry: 'intent', id, ...intent })
  let answer: T
  try {
    answer = await act()
  } catch (error) {
    if (!isUnknown(error)) await result('not done', { reason: error instanceof Error ? error.message : String(error) })
    throw error
  }
  await result('done', outcomeOf(answer))
  return answer
}
