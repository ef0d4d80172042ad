import type { ChangedFile } from '../project.js'
import { changedPlaces, digitsOf, printedRow } from './changes.js'
import type { Look } from './look.js'
import { heading, joined } from './text.js'

const CONTEXT = 3

/** What would change, for a person: numbered, coloured, escaped, and no changed line cut. */
export function preview(changes: readonly ChangedFile[], look: Look): string {
  return joined(changes.map((change) => filePreview(change, look)))
}

function filePreview(change: ChangedFile, look: Look): readonly string[] {
  const places = changedPlaces(change, CONTEXT)
  const digits = digitsOf(places.flat())
  const words = look.colors.isColorSupported ? 'reverse' : 'plain'
  const blocks = places.map((rows) =>
    rows.flatMap((row) => printedRow(row, digits, look.width - 2, words, look).map((line) => `  ${line}`)),
  )
  const between = look.colors.dim(`  ${look.glyphs.ellipsis}`)
  return [
    heading(look.name(change.path) + (change.before ? '' : ' (new)'), look),
    '',
    ...blocks.flatMap((block, i) => (i > 0 ? [between, ...block] : block)),
  ]
}
