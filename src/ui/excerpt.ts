import { escapedSource } from '../escape.js'
import type { Location, SourceFile } from '../model.js'
import { lineAt, lineRange, lineStartsOf, textStart } from '../text.js'
import { columns, cut, head, tail } from './layout.js'
import type { Look } from './look.js'
import { withoutSecrets } from './secrets.js'

const MOST_LINES = 3

/** The lines a finding stands on, numbered, what it is about underlined, and the line above for orientation. */
export function excerpt(file: SourceFile, at: Location, look: Look): readonly string[] {
  const starts = lineStartsOf(file)
  const from = Math.max(at.start, textStart(file.text))
  const first = lineAt(starts, from)
  const last = lineAt(starts, Math.max(from, at.end - 1))
  // Every offset in it stays what it is, but for where it begins.
  const base = starts[Math.max(0, first - 1)]!
  const text = withoutSecrets(file.text.slice(base, lineRange(file.text, starts[last]!).end))
  const shownLast = Math.min(last, first + MOST_LINES - 1)
  const digits = String(shownLast + 1).length
  const margin = digits + 7
  const room = Math.max(20, look.width - margin)
  const { dim, red } = look.colors
  const gutter = (label: string) => `    ${dim(`${label.padStart(digits)} ${look.glyphs.bar}`)}`
  const source = (index: number) => escapedSource(lineOf(text, starts[index]! - base))
  const numbered = (index: number, shown: string) => `${gutter(String(index + 1))} ${shown}`.trimEnd()

  const lines: string[] = []
  if (first > 0 && source(first - 1).trim() !== '') {
    lines.push(numbered(first - 1, dim(cut(source(first - 1), room, look.glyphs.ellipsis))))
  }
  if (first === last) {
    const { shown, underlined, before } = focus(text, from - base, at.end - base, room, look)
    lines.push(numbered(first, shown), `${gutter('')} ${' '.repeat(before)}${red('^'.repeat(underlined))}`)
    return lines
  }
  for (let i = first; i <= shownLast; i++) lines.push(numbered(i, cut(source(i), room, look.glyphs.ellipsis)))
  if (last > shownLast) lines.push(`${gutter('')} ${dim(`${look.glyphs.ellipsis} down to line ${last + 1}`)}`)
  return lines
}

/** One line, cut on both sides if need be so that the range is seen, and where to underline it. */
function focus(text: string, start: number, end: number, room: number, look: Look) {
  const line = lineRange(text, start)
  const ellipsis = look.glyphs.ellipsis
  const middle = escapedSource(text.slice(start, Math.min(end, line.end)))
  const after = escapedSource(text.slice(Math.min(end, line.end), line.end))
  let before = escapedSource(text.slice(Math.max(line.start, textStart(text)), start))
  const wanted = Math.min(columns(middle), room >> 1) + Math.min(columns(after), room >> 2)
  if (columns(before) + wanted > room) before = ellipsis + tail(before, Math.max(0, room - wanted - ellipsis.length))
  const left = room - columns(before)
  const shown = before + cut(middle + after, left, ellipsis)
  return { shown, before: columns(before), underlined: Math.max(1, columns(head(middle, left))) }
}

function lineOf(text: string, start: number): string {
  const { end } = lineRange(text, start)
  return text.slice(Math.max(start, textStart(text)), end)
}
