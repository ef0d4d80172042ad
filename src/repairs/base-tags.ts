import type { Dockerfile } from '../documents/dockerfile.js'
import { replace } from '../edits.js'
import type { Range, TextEdit } from '../model.js'
import type { BaseReference, Piece } from '../relations/base-references.js'

/** The one stretch in which a place differs from what it shall say, in the one piece that it lies in. */
export interface PieceChange {
  readonly piece: Piece
  readonly edit: Range
  readonly text: string
}

/** What to change where a reference is put together from pieces, so that it says another; `undefined` if no single piece does. */
export function changeOf(from: string, to: string, pieces: readonly Piece[]): PieceChange | undefined {
  const shared = Math.min(from.length, to.length)
  let head = 0
  while (head < shared && from[head] === to[head]) head++
  let tail = 0
  while (tail < shared - head && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail++
  const text = to.slice(head, to.length - tail)
  let start = 0
  for (const piece of pieces) {
    const end = start + piece.value.length
    // Between two pieces it belongs to the one before, as numbers follow the numbers there are, unless a tag begins there.
    const isIn = head > start || (head === start && from[head - 1] === ':')
    if (isIn && head <= end && from.length - tail <= end) {
      const offset = piece.range.start - start
      return { piece, edit: { start: offset + head, end: offset + from.length - tail }, text }
    }
    start = end
  }
  return undefined
}

/** Writes another reference wherever an image is named; `undefined` where that would change the default of an ARG. */
export function renameInPlace(document: Dockerfile, image: BaseReference, to: string): readonly TextEdit[] | undefined {
  const changes = image.places.map(({ pieces = [] }) => changeOf(image.written, to, pieces))
  if (changes.some((change) => !change || change.piece.variable)) return undefined
  return changes.map((change) => replace(document, change!.edit, change!.text))
}
