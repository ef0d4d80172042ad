import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs'
import { codeOf, reasonOf } from './error.js'
import { PROBLEMS, tooLarge } from './listing.js'

/** The bytes of a regular file and its permission bits, why they cannot be had, or `undefined` if nothing is there. */
export type Read = { readonly bytes: Buffer; readonly mode: number } | { readonly problem: string } | undefined

/**
 * Reads a regular file and nothing else: a link is not followed, and a pipe or device is not even opened, because
 * opening one can wait for ever.
 * @param limit Most bytes to read; a multiple of 1024.
 */
export function readBytes(path: string, limit: number): Read {
  let file: number | undefined
  try {
    const problem = unlessRegular(lstatSync(path))
    if (problem) return { problem }
    // What stood there a moment ago may have been exchanged.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = fstatSync(file)
    const exchanged = unlessRegular(stats)
    if (exchanged) return { problem: exchanged }
    const bytes = stats.size > limit ? undefined : readUpTo(file, limit, stats.size)
    return bytes ? { bytes, mode: stats.mode & 0o7777 } : { problem: tooLarge(limit) }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    return { problem: `it cannot be read: ${reasonOf(error)}` }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** `undefined` if there is more; the size is only a first guess, for the file may be growing. */
function readUpTo(file: number, limit: number, size: number): Buffer | undefined {
  let buffer = Buffer.allocUnsafe(size + 1)
  for (let length = 0; ; ) {
    if (length > limit) return undefined
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(2 * buffer.length, limit + 1))
    const read = readSync(file, buffer, length, buffer.length - length, null)
    if (read === 0) return buffer.subarray(0, length)
    length += read
  }
}

/** What a directory entry or file is known to be; `Stats` and `Dirent` both answer. */
export interface FileType {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
  isFIFO(): boolean
  isSocket(): boolean
}

/** What a file is, unless it is a regular one. */
export function unlessRegular(type: FileType): string | undefined {
  if (type.isFile()) return undefined
  if (type.isDirectory()) return PROBLEMS.directory
  if (type.isSymbolicLink()) return 'it is a symbolic link'
  if (type.isFIFO()) return 'it is a named pipe'
  return type.isSocket() ? 'it is a socket' : 'it is a device'
}
