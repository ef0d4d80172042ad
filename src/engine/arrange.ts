import type { Choice, Path, TextEdit } from '../model.js'
import { overlaps } from '../text.js'

/**
 * Takes fixes whole, in the order given, and leaves out each that meets one already taken: it is found again on the
 * new text in the next round. Touching is allowed; sharing a character, or writing at the same point, is not.
 */
export function arrange(choices: readonly Choice[]): { taken: readonly Choice[]; edits: readonly TextEdit[] } {
  const taken: Choice[] = []
  const edits: TextEdit[] = []
  const places = new Map<Path, TextEdit[]>()
  for (const choice of choices) {
    const own = choice.fix.edits
    if (own.length === 0 || own.some((edit) => meets(edit, places.get(edit.path) ?? []))) continue
    taken.push(choice)
    edits.push(...own)
    for (const edit of own) {
      const known = places.get(edit.path) ?? []
      places.set(edit.path, known)
      known.splice(firstFrom(known, edit.start, edit.end), 0, edit)
    }
  }
  return { taken, edits }
}

/** Whether an edit meets one of those taken, which are sorted by their start and do not meet each other. */
function meets(edit: TextEdit, sorted: readonly TextEdit[]): boolean {
  const first = firstFrom(sorted, edit.start)
  for (let i = Math.max(0, first - 1); i < sorted.length && sorted[i]!.start <= edit.end; i++) {
    if (overlaps(edit, sorted[i]!)) return true
  }
  return false
}

/** The index of the first edit that starts at an offset or behind it; of those that start there, that ends no sooner. */
function firstFrom(sorted: readonly TextEdit[], start: number, end = start): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const at = sorted[middle]!
    if (at.start < start || (at.start === start && at.end < end)) low = middle + 1
    else high = middle
  }
  return low
}
