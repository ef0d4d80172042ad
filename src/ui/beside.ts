import { foldedRow, type Row, type Words } from './changes.js'
import { pad } from './layout.js'
import type { Look } from './look.js'

/** Rows in two columns, the old text left and the new text right; what took a line's place stands beside it. */
export function besideEachOther(rows: readonly Row[], digits: number, words: Words, look: Look): readonly string[] {
  const { dim } = look.colors
  const width = Math.floor((look.width - 3) / 2)
  const half = (row: Row | undefined, number: number | undefined): readonly string[] => {
    if (!row) return []
    const lines = foldedRow(row, width - digits - 3, words, look)
    return lines.map((line, i) => `${dim(String(i === 0 ? (number ?? '') : '').padStart(digits))} ${line}`)
  }
  return pairs(rows).flatMap(([left, right]) => {
    const old = half(left, left?.old)
    const now = half(right, right?.now)
    return Array.from({ length: Math.max(old.length, now.length) }, (_, i) =>
      `${pad(old[i] ?? '', width)} ${dim(look.glyphs.bar)} ${now[i] ?? ''}`.trimEnd(),
    )
  })
}

type Pair = readonly [Row | undefined, Row | undefined]

function pairs(rows: readonly Row[]): readonly Pair[] {
  const result: Pair[] = []
  let gone: Row[] = []
  let come: Row[] = []
  const flush = () => {
    for (let i = 0; i < Math.max(gone.length, come.length); i++) result.push([gone[i], come[i]])
    gone = []
    come = []
  }
  for (const row of rows) {
    if (row.kind === '-') gone.push(row)
    else if (row.kind === '+') come.push(row)
    else {
      flush()
      result.push(row.kind === '\\' ? [row, undefined] : [row, row])
    }
  }
  flush()
  return result
}
