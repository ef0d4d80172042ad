import { isUtf8 } from 'node:buffer'
import type { Encoding, SourceFile } from '../model.js'

/** Text and how it is encoded, or why the bytes are no text. */
export type Decoded = Pick<SourceFile, 'text' | 'encoding'> | { readonly problem: string }

/** The text of a file's bytes, byte order mark included. {@link encode} is its exact inverse. */
export function decode(bytes: Buffer): Decoded {
  const encoding = encodingOf(bytes)
  if (encoding === 'utf8') {
    if (bytes.includes(0)) return { problem: 'it is binary' }
    return isUtf8(bytes) ? { text: bytes.toString('utf8'), encoding } : { problem: 'it is not UTF-8 text' }
  }
  if (bytes.length % 2 === 1) return { problem: 'it is not UTF-16 text' }
  const text = (encoding === 'utf16be' ? Buffer.from(bytes).swap16() : bytes).toString('utf16le')
  if (text.includes('\0')) return { problem: 'it is binary' }
  return LONE_SURROGATE.test(text) ? { problem: 'it is not UTF-16 text' } : { text, encoding }
}

/** The file's bytes as they stand on disk. */
export function encode(file: Pick<SourceFile, 'text' | 'encoding'>): Buffer {
  if (file.encoding === 'utf8') return Buffer.from(file.text, 'utf8')
  const bytes = Buffer.from(file.text, 'utf16le')
  return file.encoding === 'utf16be' ? bytes.swap16() : bytes
}

function encodingOf(bytes: Buffer): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf16be'
  return 'utf8'
}

const LONE_SURROGATE = /\p{Surrogate}/u
