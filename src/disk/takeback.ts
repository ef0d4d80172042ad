import type { Path } from '../model.js'
import type { Read } from './bytes.js'
import { ChangedError, codeOf, reasonOf } from './error.js'
import { digest, type Entry } from './journal.js'
import { at } from './place.js'

export interface TakenBack {
  readonly restored: readonly Path[]
  /** Somebody changed them meanwhile; they stay as they are. */
  readonly changed: readonly Path[]
  /** The system would not let them be put back; it may later. */
  readonly failed: readonly Path[]
}

/** Puts files back that stand as the write left them, last one first, and removes all that was made beside them. */
export function takeBack(root: string, entry: Entry, written: { has(path: Path): boolean }): TakenBack {
  const restored: Path[] = []
  const changed: Path[] = []
  const failed: Path[] = []
  for (const { path, before, after, mode, temporary } of [...entry.files].reverse()) {
    try {
      at(root, path, (place) => {
        place.discard(temporary)
        const now = place.read()
        if (!written.has(path) || isBytes(now, before)) return
        if (!isDigest(now, after)) {
          changed.push(path)
          return
        }
        if (before) {
          place.stage(temporary, before, mode)
          place.put(temporary, after === undefined)
        } else place.remove()
        restored.push(path)
      })
    } catch (error) {
      if (!isMoved(error)) failed.push(path)
      else if (written.has(path) && before) changed.push(path)
    }
  }
  if (entry.kind === 'fix') removeFolders(root, entry.folders)
  return { restored, changed, failed }
}

/** Removes empty folders. One that somebody else has put something in stays, and does no harm. */
export function removeFolders(root: string, folders: readonly Path[]): void {
  for (const folder of [...folders].reverse()) {
    try {
      at(root, folder, (place) => place.removeFolder())
    } catch {}
  }
}

/** What stands at a path now; nothing, where its folder is missing too. */
export function standing(root: string, path: Path): Read {
  try {
    return at(root, path, (place) => place.read())
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : { problem: reasonOf(error) }
  }
}

export function isBytes(now: Read, bytes: Buffer | undefined): boolean {
  return now && 'bytes' in now ? bytes?.equals(now.bytes) === true : now === bytes
}

export function isDigest(now: Read, expected: string | undefined): boolean {
  return now && 'bytes' in now ? digest(now.bytes) === expected : now === expected
}

/** Whether the file's folder is no longer where it was. */
function isMoved(error: unknown): boolean {
  return error instanceof ChangedError || codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}
