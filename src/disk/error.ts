import type { Path } from '../model.js'

/**
 * A file could not be read or written. `message` is made for a person: what happened, where, and what to do about it.
 */
export class DiskError extends Error {
  override readonly name: string = 'DiskError'

  constructor(
    message: string,
    /** The file it happened to, relative to the root where it lies inside. */
    readonly path: Path,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** A file is no longer what the plan, or the journal, knows. */
export class ChangedError extends DiskError {
  override readonly name = 'ChangedError'
}

/** The journal in a folder cannot be written. */
export function journalError(folder: string, cause: unknown): DiskError {
  const why = `The journal in ${folder} cannot be written: ${reasonOf(cause)}.`
  return new DiskError(`${why} Set XDG_STATE_HOME to a folder that can.`, folder, { cause })
}

/** The system's error code, e.g. `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Why the system refused, to stand behind a colon. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error)
  return (code && REASONS[code]) || (error instanceof Error ? error.message : String(error))
}

/** What the person can do about it. */
export function adviceOn(error: unknown): string {
  return ADVICE[codeOf(error) ?? ''] ?? ''
}

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EIO: 'the disk reports a read or write error',
  ELOOP: 'it is a symbolic link that leads round in circles',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its path is too long',
  ENOENT: 'there is no such file or directory',
  ENOSPC: 'no space is left on the disk',
  ENOTDIR: 'a part of its path is not a directory',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
}

const ADVICE: Record<string, string> = {
  EACCES: 'Check who owns it and its permissions.',
  EDQUOT: 'Free some space and run again.',
  ENOSPC: 'Free some space and run again.',
  EPERM: 'Check whether it is marked immutable or belongs to somebody else.',
  EROFS: 'Mount it writable and run again.',
}
