import { join } from 'node:path'
import type { Path } from '../model.js'
import { ChangedError, DiskError } from './error.js'
import { type Entry, type Journal, journalOf, neededStateFolder, stateFolder } from './journal.js'
import { locked } from './lock.js'
import { realRoot } from './root.js'
import { isDigest, removeFolders, standing, takeBack } from './takeback.js'
import { assertNothingPending, replaceAll, type WriteOptions } from './write.js'

/** What became of a write that was cut off. */
export interface Recovery {
  /** A sentence to show. */
  readonly said: string
  /** Whether its files are as they were before it. */
  readonly tookBack: boolean
}

/**
 * Finishes or takes back a write that was cut off: finishes it if every file is written, else takes all back. A file
 * that somebody changed meanwhile stays as it is.
 * @returns `undefined` if there is nothing to recover.
 * @throws DiskError if a file cannot be put back; a later call tries again.
 */
export async function recover(
  root: string,
  { state = stateFolder() }: Pick<WriteOptions, 'state'> = {},
): Promise<Recovery | undefined> {
  if (!state) return undefined
  const real = realRoot(root)
  const journal = journalOf(real, state)
  if (!journal.pending()) return undefined
  return locked(journal.folder, async () => {
    const entry = journal.pending()
    return entry && settleOrTakeBack(real, journal, entry)
  })
}

/** Whether a write was cut off and {@link recover} has something to do. */
export function wasCutOff(root: string, { state = stateFolder() }: Pick<WriteOptions, 'state'> = {}): boolean {
  return state !== undefined && journalOf(realRoot(root), state).isPending()
}

/**
 * Takes back the last write of a plan. Files that it made are deleted.
 * @returns The files taken back; empty if there is nothing to undo.
 * @throws ChangedError if a file has changed since, DiskError if one cannot be written; nothing is changed then.
 */
export async function undo(root: string, options: WriteOptions = {}): Promise<readonly Path[]> {
  const real = realRoot(root)
  const journal = journalOf(real, options.state ?? neededStateFolder())
  if (!journal.last()) return []
  return locked(journal.folder, async () => {
    assertNothingPending(journal, real)
    const last = journal.last()
    if (!last) return []
    const replacements = last.files.map((file) => {
      const now = standing(real, file.path)
      if (!isDigest(now, file.after)) {
        throw new ChangedError(`${file.path}: it has changed since. Nothing was taken back.`, file.path)
      }
      return { ...file, before: now && 'bytes' in now ? now.bytes : undefined, after: file.before }
    })
    await replaceAll(real, journal, 'undo', replacements, last.folders, options)
    return replacements.map(({ path }) => path)
  })
}

function settleOrTakeBack(root: string, journal: Journal, entry: Entry): Recovery {
  const what = entry.kind === 'fix' ? 'An earlier run' : 'An earlier undo'
  if (entry.files.every(({ path, after }) => isDigest(standing(root, path), after))) {
    takeBack(root, entry, new Set())
    if (entry.kind === 'undo') removeFolders(root, entry.folders)
    journal.settle(entry)
    return { said: `${what} was cut off after all of its files were written: they stand.`, tookBack: false }
  }
  const { restored, changed, failed } = takeBack(root, entry, { has: () => true })
  if (failed.length > 0) {
    const advice = `Mend that and run again, or delete ${join(journal.folder, 'pending.json')} to leave everything as it is.`
    throw new DiskError(`${what} was cut off, and ${failed.join(', ')} cannot be put back. ${advice}`, failed[0]!)
  }
  journal.drop()
  const left = changed.length > 0 ? ` ${changed.join(', ')} changed meanwhile: left alone.` : ''
  return { said: `${what} was cut off while it wrote: ${putBack(restored)}.${left}`, tookBack: true }
}

/** Most names in one sentence. */
const MOST_NAMED = 5

function putBack(paths: readonly Path[]): string {
  if (paths.length === 0) return 'no file had to be put back'
  const named = paths.toSorted().slice(0, MOST_NAMED).join(', ')
  const more = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : ''
  return `${named}${more} ${paths.length === 1 ? 'was' : 'were'} put back`
}
