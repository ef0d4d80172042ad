import { diffWordsWithSpace } from 'diff'
import { type Hunk, hunksOf } from '../engine/patch.js'
import { escapedSource } from '../escape.js'
import type { ChangedFile } from '../project.js'
import { textStart } from '../text.js'
import { columns, head } from './layout.js'
import type { Look } from './look.js'

/** Part of a line; `marked` if just these words changed. */
export interface Piece {
  readonly text: string
  readonly marked: boolean
}

/** One line of a diff: its numbers in the old and the new text, and what it says. */
export interface Row {
  readonly kind: ' ' | '-' | '+' | '\\'
  readonly old?: number
  readonly now?: number
  readonly pieces: readonly Piece[]
}

/** The rows of each place where two texts differ, with some unchanged lines around. */
export function changedPlaces({ before, after }: ChangedFile, context: number): readonly (readonly Row[])[] {
  return hunksOf(bare(before?.text ?? ''), bare(after.text), context).map(rowsOf)
}

/** Line endings and the byte order mark stay what they are, so a person need not see them. */
function bare(text: string): string {
  return text.slice(textStart(text)).replace(/\r\n?/g, '\n')
}

/** The rows of one place, with the changed words marked. */
export function rowsOf(hunk: Hunk): readonly Row[] {
  return withWords(numbered(hunk))
}

function numbered(hunk: Hunk): readonly Row[] {
  let [old, now] = [hunk.oldStart, hunk.newStart]
  return hunk.lines.map((line): Row => {
    const kind = line[0] as Row['kind']
    if (kind === '\\') return { kind, pieces: [{ text: line, marked: false }] }
    const pieces = [{ text: line.slice(1), marked: false }]
    if (kind === '-') return { kind, old: old++, pieces }
    return kind === '+' ? { kind, now: now++, pieces } : { kind, old: old++, now: now++, pieces }
  })
}

/** Longer lines are not compared word by word, which takes the square of their length. */
const LONGEST = 1_000

/** Marks the changed words where as many lines come as go, so that each has its counterpart. */
function withWords(rows: readonly Row[]): readonly Row[] {
  const result = [...rows]
  for (let i = 0; i < rows.length; ) {
    const gone = runOf(rows, i, '-')
    const come = runOf(rows, i + gone, '+')
    if (gone > 0 && gone === come) {
      for (let n = i; n < i + gone; n++) {
        const [old, now] = compared(textOf(rows[n]!), textOf(rows[n + gone]!))
        result[n] = { ...rows[n]!, pieces: old }
        result[n + gone] = { ...rows[n + gone]!, pieces: now }
      }
    }
    i += gone + come || 1
  }
  return result
}

function runOf(rows: readonly Row[], from: number, kind: Row['kind']): number {
  let length = 0
  while (rows[from + length]?.kind === kind) length++
  return length
}

function textOf({ pieces }: Row): string {
  return pieces.map(({ text }) => text).join('')
}

/** The pieces of both lines; nothing is marked in lines that have little in common. */
function compared(old: string, now: string): readonly [readonly Piece[], readonly Piece[]] {
  const whole = (text: string) => [{ text, marked: false }]
  if (old.length > LONGEST || now.length > LONGEST) return [whole(old), whole(now)]
  const parts = diffWordsWithSpace(old, now)
  const common = parts.reduce((sum, part) => sum + (part.added || part.removed ? 0 : part.value.trim().length), 0)
  if (common < 0.4 * Math.max(old.trim().length, now.trim().length)) return [whole(old), whole(now)]
  const pieces = (gone: 'added' | 'removed') =>
    parts.filter((part) => !part[gone]).map(({ value, added, removed }) => ({ text: value, marked: added || removed }))
  return [pieces('added'), pieces('removed')]
}

/** How wide the numbers of these rows are. */
export function digitsOf(rows: readonly Row[]): number {
  return String(Math.max(1, ...rows.map(({ old, now }) => Math.max(old ?? 0, now ?? 0)))).length
}

/** How changed words are shown: in reverse, spelled out as `[-old-]` and `{+new+}`, or not at all. */
export type Words = 'reverse' | 'spelled' | 'plain'

/** A row under both numbers, folded so that nothing of it is cut. */
export function printedRow(row: Row, digits: number, width: number, words: Words, look: Look): readonly string[] {
  const { dim } = look.colors
  const number = (n: number | undefined) => String(n ?? '').padStart(digits)
  const margin = ' '.repeat(2 * digits + 1)
  if (row.kind === '\\') return [dim(`${margin} ${textOf(row)}`)]
  return foldedRow(row, width - 2 * digits - 4, words, look).map(
    (part, i) => `${i === 0 ? dim(`${number(row.old)} ${number(row.now)}`) : margin} ${part}`,
  )
}

/** The sign and the text of a row; the lines that follow the first are marked as its continuation. */
export function foldedRow(row: Row, width: number, words: Words, look: Look): readonly string[] {
  const { red, green, dim, inverse } = look.colors
  const colour = row.kind === '-' ? red : row.kind === '+' ? green : (text: string) => text
  const paint = ({ text, marked }: Piece) => colour(marked && words === 'reverse' ? inverse(text) : text)
  return folded(shown(row, words), Math.max(10, width)).map((pieces, i) => {
    const sign = i === 0 ? colour(row.kind) : dim(look.glyphs.fold)
    return `${sign} ${pieces.map(paint).join('')}`
  })
}

/** What a terminal may be shown of a row. */
function shown({ kind, pieces }: Row, words: Words): readonly Piece[] {
  return pieces.map(({ text, marked }) => {
    const safe = escapedSource(text)
    if (!marked || words !== 'spelled') return { text: safe, marked }
    return { text: kind === '-' ? `[-${safe}-]` : `{+${safe}+}`, marked }
  })
}

function folded(pieces: readonly Piece[], width: number): readonly (readonly Piece[])[] {
  const lines: Piece[][] = [[]]
  let left = width
  for (const { text, marked } of pieces) {
    for (let rest = text; rest; ) {
      const part = columns(rest) <= left ? rest : head(rest, left)
      if (part) lines.at(-1)!.push({ text: part, marked })
      rest = rest.slice(part.length)
      left -= columns(part)
      if (rest) {
        lines.push([])
        left = width
      }
    }
  }
  return lines
}
