import { parsePatch } from 'diff'
import type { ChangedFile } from '../../project.js'
import { changedPlaces, type Piece, type Row, rowsOf } from '../changes.js'
import { withoutSecrets } from '../secrets.js'
import type { PageFile } from './model.js'

const CONTEXT = 3
/** Rows of one file that are shown; a patch that is longer is read in an editor. */
const MOST_ROWS = 1_500
/** Characters of one row that are shown. */
const LONGEST_ROW = 4_000

/** Changed files as a page shows them. */
export function filesOf(changes: readonly ChangedFile[]): readonly PageFile[] {
  return changes.map((change) => fileOf(change.path, !change.before, changedPlaces(change, CONTEXT)))
}

/**
 * The files of a patch as `patchOf` writes them.
 * @throws Error if these bytes are no patch
 */
export function filesInPatch(patch: Buffer): readonly PageFile[] {
  return parsePatch(patch.toString('latin1')).map(({ newFileName, isCreate, hunks }) => {
    // The parser steps over what it does not know; a page must not.
    if (!newFileName?.startsWith('b/') || (hunks.length === 0 && !isCreate)) throw new Error('no patch')
    const places = hunks.map((hunk) => rowsOf({ ...hunk, lines: hunk.lines.map(decoded) }))
    return fileOf(newFileName.slice(2), isCreate === true, places)
  })
}

/** Bytes that stand for characters, read as UTF-8. Line endings stay what they are, so a person need not see them. */
function decoded(line: string): string {
  return Buffer.from(line, 'latin1')
    .toString('utf8')
    .replace(/\r$/, '')
    .replace(/^(.)\uFEFF/, '$1')
}

function fileOf(path: string, isNew: boolean, places: readonly (readonly Row[])[]): PageFile {
  const shown: (readonly Row[])[] = []
  let left = MOST_ROWS
  for (const rows of places) {
    if (left > 0) shown.push(rows.slice(0, left).map(presentable))
    left -= rows.length
  }
  return { path, isNew, places: shown, hidden: Math.max(0, -left) }
}

/** The row with secrets hidden; what is marked stays marked, because every offset stays what it is. */
function presentable(row: Row): Row {
  const text = row.pieces.map((piece) => piece.text).join('')
  const hidden = withoutSecrets(text)
  const pieces: Piece[] = []
  let start = 0
  for (const { text: part, marked } of row.pieces) {
    const end = Math.min(start + part.length, LONGEST_ROW)
    if (end > start) pieces.push({ text: hidden.slice(start, end), marked })
    start += part.length
  }
  if (text.length > LONGEST_ROW)
    pieces.push({ text: `… (${text.length - LONGEST_ROW} more characters)`, marked: false })
  return { ...row, pieces }
}

/** How many lines come and go. */
export function tally(files: readonly PageFile[]): { readonly added: number; readonly removed: number } {
  const rows = files.flatMap(({ places }) => places.flat())
  const count = (kind: Row['kind']) => rows.filter((row) => row.kind === kind).length
  return { added: count('+'), removed: count('-') }
}
