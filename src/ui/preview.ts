import type { Hunk } from '../engine/patch.js'
import type { ChangedFile } from '../project.js'
import { textStart } from '../text.js'
import { escapedSource } from './escape.js'
import { columns, head } from './layout.js'
import type { Look } from './look.js'
import { heading, joined } from './text.js'

/** Finds where two texts differ. It is handed in, because the package behind it is loaded only when there is a diff to show. */
export type Compare = (before: string, after: string) => readonly Hunk[]

/** What would change, for a person: numbered, coloured, escaped, and no changed line cut. */
export function preview(changes: readonly ChangedFile[], compare: Compare, look: Look): string {
  return joined(changes.map((change) => filePreview(change, compare, look)))
}

function filePreview({ path, before, after }: ChangedFile, compare: Compare, look: Look): readonly string[] {
  const hunks = compare(bare(before?.text ?? ''), bare(after.text))
  const last = hunks.at(-1)
  const digits = last ? String(Math.max(last.oldStart + last.oldLines, last.newStart + last.newLines)).length : 1
  const blocks = hunks.map((hunk) => hunkPreview(hunk, digits, look))
  const between = look.colors.dim(`  ${look.glyphs.ellipsis}`)
  return [
    heading(look.name(path) + (before ? '' : ' (new)'), look),
    '',
    ...blocks.flatMap((block, i) => (i > 0 ? [between, ...block] : block)),
  ]
}

/** Line endings and the byte order mark stay what they are, so a person need not see them. */
function bare(text: string): string {
  return text.slice(textStart(text)).replace(/\r\n?/g, '\n')
}

function hunkPreview(hunk: Hunk, digits: number, look: Look): readonly string[] {
  const { red, green, dim } = look.colors
  let [old, now] = [hunk.oldStart, hunk.newStart]
  const number = (n: number | undefined) => String(n ?? '').padStart(digits)
  const room = Math.max(20, look.width - 2 * digits - 8)
  return hunk.lines.flatMap((line) => {
    const kind = line[0]
    const text = escapedSource(line.slice(1))
    if (kind === '\\') return [dim(`  ${number(undefined)} ${number(undefined)} ${line}`)]
    const numbers =
      kind === '-'
        ? [number(old++), number(undefined)]
        : kind === '+'
          ? [number(undefined), number(now++)]
          : [number(old++), number(now++)]
    const paint = kind === '-' ? red : kind === '+' ? green : (plain: string) => plain
    const margin = ' '.repeat(2 * digits + 4)
    return folded(text, room).map(
      (part, i) => `  ${i === 0 ? dim(numbers.join(' ')) : margin.slice(3)} ${paint(`${kind} ${part}`)}`,
    )
  })
}

function folded(text: string, width: number): readonly string[] {
  const parts: string[] = []
  for (let rest = text; rest; rest = rest.slice(parts.at(-1)!.length)) {
    parts.push(columns(rest) <= width ? rest : head(rest, width))
  }
  return parts.length > 0 ? parts : ['']
}
