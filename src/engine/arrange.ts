import type { Choice, TextEdit } from '../model.js'
import { overlaps } from '../text.js'

/**
 * Takes fixes whole, in the order given, and leaves out each that meets one already taken: it is found again on the
 * new text in the next round. Touching is allowed; sharing a character, or writing at the same point, is not.
 */
export function arrange(choices: readonly Choice[]): { taken: readonly Choice[]; edits: readonly TextEdit[] } {
  const taken: Choice[] = []
  const edits: TextEdit[] = []
  for (const choice of choices) {
    const meets = choice.fix.edits.some((edit) => edits.some((other) => overlaps(edit, other)))
    if (meets || choice.fix.edits.length === 0) continue
    taken.push(choice)
    edits.push(...choice.fix.edits)
  }
  return { taken, edits }
}
