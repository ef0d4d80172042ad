import type { Location, Range, SourceFile, TextEdit } from './model.js'

const BOM = '\uFEFF'

/** Where the text proper begins: behind a byte order mark, if there is one. */
export function textStart(text: string): number {
  return text.startsWith(BOM) ? BOM.length : 0
}

/** Offset of the first character of every line. `\n`, `\r\n` and a lone `\r` end a line. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1)
  }
  return starts
}

/** Zero-based index of the line that holds `offset`. */
export function lineAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** The line that holds `offset`, without its line ending. */
export function lineRange(text: string, offset: number): Range {
  let start = offset
  while (start > 0 && !isLineBreak(text.charCodeAt(start - 1))) start--
  let end = offset
  while (end < text.length && !isLineBreak(text.charCodeAt(end))) end++
  return { start, end }
}

/** Offset behind the line ending that follows `offset`, or the length of the text. */
export function nextLine(text: string, offset: number): number {
  const { end } = lineRange(text, offset)
  if (end >= text.length) return text.length
  return text.startsWith('\r\n', end) ? end + 2 : end + 1
}

/** The line ending in force around `offset`: that of its own line, else of the line before, else `\n`. */
export function eolAt(text: string, offset: number): string {
  const { start, end } = lineRange(text, offset)
  if (end < text.length) return eolFrom(text, end)
  if (start === 0) return '\n'
  return text.startsWith('\r\n', start - 2) ? '\r\n' : text[start - 1]!
}

function eolFrom(text: string, end: number): string {
  return text.startsWith('\r\n', end) ? '\r\n' : text[end]!
}

function isLineBreak(code: number): boolean {
  return code === 10 || code === 13
}

/** Whether two edits cannot both be done: they share a character, or they write at the same point. */
export function overlaps(a: Location, b: Location): boolean {
  if (a.path !== b.path) return false
  if (a.start === a.end && b.start === b.end) return a.start === b.start
  if (a.start === a.end) return a.start > b.start && a.start < b.end
  if (b.start === b.end) return b.start > a.start && b.start < a.end
  return a.start < b.end && b.start < a.end
}

/**
 * The text after all edits, each written with the line ending of the place it goes to. An insertion at the very start
 * goes behind the byte order mark.
 * @throws RangeError if an edit lies outside the text or overlaps another.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const first = textStart(text)
  const outside = edits.find(({ start, end }) => start < 0 || end < start || end > text.length)
  if (outside) throw new RangeError(`edit [${outside.start}, ${outside.end}) of ${outside.path} leaves the text`)
  const sorted = edits
    .map((edit) => ({ ...edit, start: Math.max(edit.start, first), end: Math.max(edit.end, first) }))
    .sort((a, b) => a.start - b.start || a.end - b.end)
  // Looking for the ending in force costs a look at the line; most texts have but one.
  const hasReturns = text.includes('\r')
  let result = ''
  let done = 0
  for (const edit of sorted) {
    if (edit.start < done) {
      throw new RangeError(`edit [${edit.start}, ${edit.end}) of ${edit.path} overlaps another`)
    }
    const eol = hasReturns ? eolAt(text, edit.start) : '\n'
    result += text.slice(done, edit.start) + (eol === '\n' ? edit.text : edit.text.replaceAll('\n', eol))
    done = edit.end
  }
  return result + text.slice(done)
}

/**
 * Where a place of the text stands once the edits are done: behind what is inserted at it, and at the start of what
 * replaces it.
 */
export function movedOffset(text: string, offset: number, edits: readonly TextEdit[]): number {
  let shift = 0
  for (const edit of edits) {
    if (edit.start > offset) continue
    const breaks = eolAt(text, edit.start) === '\r\n' ? edit.text.split('\n').length - 1 : 0
    shift += edit.end <= offset ? edit.text.length + breaks - (edit.end - edit.start) : edit.start - offset
  }
  return offset + shift
}

const known = new WeakMap<SourceFile, readonly number[]>()

/** As {@link lineStarts}, found once: a report asks for each of its findings. */
export function lineStartsOf(file: SourceFile): readonly number[] {
  const starts = known.get(file) ?? lineStarts(file.text)
  known.set(file, starts)
  return starts
}

/** Line and column, both counted from one, as editors show them. */
export function positionAt(file: SourceFile, offset: number): { line: number; column: number } {
  const starts = lineStartsOf(file)
  const first = textStart(file.text)
  const at = Math.max(offset, first)
  const line = lineAt(starts, at)
  return { line: line + 1, column: at - Math.max(starts[line]!, first) + 1 }
}
