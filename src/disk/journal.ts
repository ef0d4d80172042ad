import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { Path } from '../model.js'
import { codeOf, DiskError, journalError, reasonOf } from './error.js'
import { homeFolder } from './home.js'

/** One file of a write. Nothing stands for a missing file. */
export interface JournalFile {
  readonly path: Path
  readonly before: Buffer | undefined
  /** {@link digest} of what is written. */
  readonly after: string | undefined
  /** Permission bits to make the file with where it has none to keep. */
  readonly mode: number
  /** Name of the temporary file beside it. */
  readonly temporary: string
}

/** What a write is about to do, kept so that it can be taken back: after a crash by the next run, later by a person. */
export interface Entry {
  readonly kind: 'fix' | 'undo'
  readonly root: string
  readonly files: readonly JournalFile[]
  /** Folders that a fix makes, outermost first. */
  readonly folders: readonly Path[]
}

/** The journal of one project: at most one write that is not through, and the last one that is. */
export interface Journal {
  readonly folder: string
  /** Whether a write is not through; unlike `pending` it reads nothing. */
  isPending(): boolean
  pending(): Entry | undefined
  last(): Entry | undefined
  begin(entry: Entry): void
  /** The pending write is through: a fix becomes the last, an undo takes the last away. */
  settle(entry: Entry): void
  /** The pending write was taken back. */
  drop(): void
}

/** Where journals are kept: `$XDG_STATE_HOME/harden`, or `~/.local/state/harden`; nowhere if there is no home. */
export function stateFolder(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const chosen = environment.XDG_STATE_HOME
  if (chosen && isAbsolute(chosen)) return join(chosen, 'harden')
  const home = homeFolder()
  return home && join(home, '.local/state/harden')
}

/** @throws DiskError if there is nowhere to keep a journal. */
export function neededStateFolder(): string {
  const folder = stateFolder()
  if (folder) return folder
  throw new DiskError(
    'There is no home folder to keep the journal in. Set XDG_STATE_HOME to a folder that can be written.',
    '',
  )
}

/**
 * The journal of the project at a root.
 * @param root Absolute, every link resolved.
 */
export function journalOf(root: string, state: string): Journal {
  const folder = join(state, 'journal', digest(Buffer.from(root)).slice(0, 32))
  const pending = join(folder, 'pending.json')
  const last = join(folder, 'last.json')
  const guarded = (act: () => void) => {
    try {
      act()
    } catch (error) {
      throw journalError(folder, error)
    }
  }
  return {
    folder,
    isPending: () => existsSync(pending),
    pending: () => load(pending),
    last: () => load(last),
    begin: (entry) =>
      guarded(() => {
        const fresh = join(folder, `new-${randomBytes(6).toString('hex')}`)
        try {
          writeDurably(fresh, toJson(entry))
          renameSync(fresh, pending)
        } finally {
          rmSync(fresh, { force: true })
        }
        syncFolder(folder)
      }),
    settle: (entry) =>
      guarded(() => {
        if (entry.kind === 'fix') renameSync(pending, last)
        else for (const file of [last, pending]) rmSync(file, { force: true })
        syncFolder(folder)
      }),
    drop: () =>
      guarded(() => {
        rmSync(pending, { force: true })
        syncFolder(folder)
      }),
  }
}

export function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function toJson(entry: Entry): string {
  const files = entry.files.map((file) => ({ ...file, before: file.before?.toString('base64') }))
  return JSON.stringify({ version: 1, ...entry, files })
}

function load(path: string): Entry | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new DiskError(`The journal ${path} cannot be read: ${reasonOf(error)}.`, path, { cause: error })
  }
  try {
    const { version, kind, root, files, folders } = JSON.parse(text)
    if (version !== 1) throw new Error(`its version is ${version}`)
    return { kind, root, folders, files: files.map(fromJson) }
  } catch (error) {
    const advice = 'If no other version of harden is in use, delete it; the files it is about stay as they are.'
    throw new DiskError(`The journal ${path} cannot be understood. ${advice}`, path, { cause: error })
  }
}

function fromJson(file: Omit<JournalFile, 'before'> & { before?: string }): JournalFile {
  return {
    ...file,
    after: file.after,
    before: file.before === undefined ? undefined : Buffer.from(file.before, 'base64'),
  }
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    const bytes = Buffer.from(text)
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
