import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Path } from '../model.js'
import { readBytes } from './bytes.js'
import { decode } from './encoding.js'
import { codeOf, reasonOf } from './error.js'
import { follow } from './walk.js'

/** The text of one file without its byte order mark, why it cannot be had, or `undefined` if nothing is there. */
export type Text = { readonly text: string } | { readonly problem: string } | undefined

/**
 * Reads one file that belongs to the person rather than to a project. Links are followed.
 * @param largest Bytes, a multiple of 1024.
 */
export function readText(path: string, largest: number): Text {
  try {
    return toText(realpathSync.native(path), largest)
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : { problem: `it cannot be read: ${reasonOf(error)}` }
  }
}

/** Reads one file of a project. No link leads out of it. */
export function readTextWithin(root: string, path: Path, largest: number): Text {
  const there = follow(root, join(root, path))
  return there && 'target' in there ? toText(there.target, largest) : there
}

function toText(path: string, largest: number): Text {
  const read = readBytes(path, largest)
  if (!read || 'problem' in read) return read
  const decoded = decode(read.bytes)
  return 'problem' in decoded ? decoded : { text: decoded.text.replace(/^\uFEFF/, '') }
}
