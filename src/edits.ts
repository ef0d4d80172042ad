/** The few ways to change a text: each says where and what, and nothing is written yet. */
import type { Document, Location, Range, TextEdit } from './model.js'
import { lineRange, nextLine } from './text.js'

/** Where a range of a document stands in the project. */
export function at(document: Document, range: Range): Location {
  return { path: document.file.path, start: range.start, end: range.end }
}

/** Replaces a range. */
export function replace(document: Document, range: Range, text: string): TextEdit {
  return { ...at(document, range), text }
}

/** Writes `text` at an offset. */
export function insert(document: Document, offset: number, text: string): TextEdit {
  return { path: document.file.path, start: offset, end: offset, text }
}

/** Writes whole lines above the line that holds `offset`. */
export function insertLinesAbove(document: Document, offset: number, lines: string): TextEdit {
  return insert(document, lineRange(document.file.text, offset).start, `${lines}\n`)
}

/** Writes whole lines below the line that holds `offset`; right too where the file lacks its last newline. */
export function insertLinesBelow(document: Document, offset: number, lines: string): TextEdit {
  const { text } = document.file
  const next = nextLine(text, offset)
  const unfinished = next === text.length && lineRange(text, offset).end === text.length
  return insert(document, next, unfinished ? `\n${lines}` : `${lines}\n`)
}

/** Removes the lines that a range touches, line ending included. Of the last line, the ending before it goes. */
export function removeLines(document: Document, range: Range): TextEdit {
  const { text } = document.file
  const first = lineRange(text, range.start)
  const last = lineRange(text, range.end)
  const next = nextLine(text, range.end)
  if (next > last.end || first.start === 0) return replace(document, { start: first.start, end: next }, '')
  const before = text.startsWith('\r\n', first.start - 2) ? first.start - 2 : first.start - 1
  return replace(document, { start: before, end: last.end }, '')
}

/** The file's text in a range. */
export function textOf(document: Document, range: Range): string {
  return document.file.text.slice(range.start, range.end)
}
