import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Path } from '../model.js'
import type { ChangedFile } from '../project.js'
import type { Read } from './bytes.js'
import { encode } from './encoding.js'
import { adviceOn, ChangedError, DiskError, reasonOf } from './error.js'
import { digest, type Entry, type Journal, type JournalFile, journalOf, neededStateFolder } from './journal.js'
import { isInside } from './listing.js'
import { locked } from './lock.js'
import { at } from './place.js'
import { realRoot } from './root.js'
import { isBytes, removeFolders, takeBack } from './takeback.js'

/** A write passes these in turn; `stage` and `put` come once per file. */
export type Moment = 'check' | 'begin' | 'stage' | 'put' | 'settle'

export interface WriteOptions {
  /** Folder that journals are kept in; `stateFolder()` unless told. */
  readonly state?: string
  /** Aborting takes back what is written already. */
  readonly signal?: AbortSignal
  /** Called right before each moment, of `stage` and `put` with the file's path. What it throws stops the write. */
  readonly before?: (moment: Moment, path?: Path) => void
}

/**
 * Writes all files of a plan or none. A file must still be, byte for byte, what the plan read. Each is written beside
 * its place and then takes it at once, mode and owner kept. That gives it a new inode: other hard links to the old one
 * keep the old content, which is meant, because they may lie outside the project.
 * @throws ChangedError if a file is not what the plan read · DiskError if a file cannot be written · the signal's reason.
 * Nothing is changed then; if even taking back failed, the message says of which files, and the next `recover` tries again.
 */
export async function writePlan(
  root: string,
  changes: readonly ChangedFile[],
  options: WriteOptions = {},
): Promise<void> {
  if (changes.length === 0) return
  for (const { path } of changes) {
    if (!isInside(path))
      throw new DiskError(`${path}: this is not a path inside the project. Nothing was changed.`, path)
  }
  const real = realRoot(root)
  const journal = journalOf(real, options.state ?? neededStateFolder())
  const replacements = changes.map(({ path, before, after }) => ({
    path,
    before: before && encode(before),
    after: encode(after),
    mode: after.mode & 0o777,
  }))
  await locked(journal.folder, async () => {
    assertNothingPending(journal, real)
    await replaceAll(real, journal, 'fix', replacements, missingFolders(real, changes), options)
  })
}

interface Replacement {
  readonly path: Path
  /** Nothing stands for a missing file. */
  readonly before: Buffer | undefined
  readonly after: Buffer | undefined
  readonly mode: number
}

/** Journals the replacements and does all of them, or none. A journal's folders are made by a fix, unmade by an undo. */
export async function replaceAll(
  root: string,
  journal: Journal,
  kind: Entry['kind'],
  replacements: readonly Replacement[],
  folders: readonly Path[],
  { signal, before }: WriteOptions,
): Promise<void> {
  const entry: Entry = { kind, root, folders, files: replacements.map(toJournal) }
  const written = new Set<Path>()
  let current = replacements[0]!.path
  const reach = async (moment: Moment, path: Path) => {
    current = path
    // Lets a signal handler run.
    await setImmediate()
    signal?.throwIfAborted()
    before?.(moment, path)
  }
  try {
    for (const file of replacements) {
      await reach('check', file.path)
      const isInNewFolder = kind === 'fix' && folders.some((folder) => file.path.startsWith(`${folder}/`))
      if (!isInNewFolder) check(root, file)
    }
    await reach('begin', current)
    journal.begin(entry)
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error
    throw withOutcome(asDiskError(current, error), [], [])
  }
  try {
    if (kind === 'fix') for (const folder of folders) at(root, folder, (place) => place.makeFolder())
    for (const [i, file] of replacements.entries()) {
      await reach('stage', file.path)
      const { temporary } = entry.files[i]!
      if (file.after) at(root, file.path, (place) => place.stage(temporary, file.after!, file.mode))
    }
    for (const [i, file] of replacements.entries()) {
      await reach('put', file.path)
      at(root, file.path, (place) => {
        assertUnchanged(place.read(), file)
        if (file.after) place.put(entry.files[i]!.temporary, file.before === undefined)
        else place.remove()
      })
      written.add(file.path)
    }
    before?.('settle')
    journal.settle(entry)
  } catch (error) {
    const { changed, failed } = takeBack(root, entry, written)
    if (failed.length === 0) journal.drop()
    if (signal?.aborted && error === signal.reason && changed.length + failed.length === 0) throw error
    throw withOutcome(asDiskError(current, error), changed, failed)
  }
  if (kind === 'undo') removeFolders(root, folders)
}

export function assertNothingPending(journal: Journal, root: string): void {
  if (journal.pending()) throw new DiskError('An earlier run was cut off while it wrote. Run harden again.', root)
}

function toJournal({ path, before, after, mode }: Replacement): JournalFile {
  return {
    path,
    before,
    after: after && digest(after),
    mode,
    temporary: `.harden-${randomBytes(6).toString('hex')}.tmp`,
  }
}

function check(root: string, file: Replacement): void {
  at(root, file.path, (place) => {
    assertUnchanged(place.read(), file)
    place.mayWrite()
  })
}

function assertUnchanged(now: Read, { path, before }: Replacement): void {
  if (isBytes(now, before)) return
  if (now && 'problem' in now) {
    throw new ChangedError(`${path}: it is not the file that was read: ${now.problem}.`, path)
  }
  if (!now) throw new ChangedError(`${path}: it is gone since it was read. Run again.`, path)
  const what = before ? 'it has changed since it was read' : 'it has come up since the project was read'
  throw new ChangedError(`${path}: ${what}. Run again.`, path)
}

/** Folders that the changes need and that are not there, outermost first. */
function missingFolders(root: string, changes: readonly ChangedFile[]): readonly Path[] {
  const missing = new Set<Path>()
  for (const { path, before } of changes) {
    const names = path.split('/').slice(0, -1)
    for (let depth = 1; before === undefined && depth <= names.length; depth++) {
      const folder = names.slice(0, depth).join('/')
      const parent = names.slice(0, depth - 1).join('/')
      try {
        if (missing.has(parent) || !at(root, folder, (place) => place.exists())) missing.add(folder)
      } catch (error) {
        throw withOutcome(asDiskError(path, error), [], [])
      }
    }
  }
  return [...missing]
}

function asDiskError(path: Path, error: unknown): DiskError {
  if (error instanceof DiskError) return error
  const message = `${path}: it cannot be written: ${reasonOf(error)}. ${adviceOn(error)}`
  return new DiskError(message.trimEnd(), path, { cause: error })
}

function withOutcome(error: DiskError, changed: readonly Path[], failed: readonly Path[]): DiskError {
  if (changed.length > 0) error.message += ` ${changed.join(', ')} changed meanwhile: left alone.`
  if (failed.length > 0) error.message += ` ${failed.join(', ')} could not be put back: run harden again to do so.`
  if (changed.length + failed.length === 0) error.message += ' Nothing was changed.'
  return error
}
