import type { Range, TextEdit } from '../model.js'
import type { WrittenCommand } from '../relations/written-commands.js'

/** What any shell, JSON and YAML take as one plain word. */
const PLAIN = /^[\w@%+=:,./-]+$/

/** Puts other words in the place of those from one position up to another. */
export function replaceWords(
  { path, words, gap }: WrittenCommand,
  from: number,
  to: number,
  replacement: readonly string[],
): TextEdit {
  return { path, start: words[from]!.start, end: words[to - 1]!.end, text: replacement.join(gap) }
}

/** Writes words behind the last one. */
export function appendWords({ path, words, gap }: WrittenCommand, more: readonly string[]): TextEdit {
  const { end } = words.at(-1)!
  return { path, start: end, end, text: more.map((word) => gap + word).join('') }
}

/** Takes words away with the gap before them; the first word of a command always stays. */
export function removeWords({ path, words }: WrittenCommand, from: number, to: number): TextEdit {
  const range: Range = { start: words[from - 1]!.end, end: words[to - 1]!.end }
  return { path, ...range, text: '' }
}

/** A word as it has to be written into a command; `undefined` if that would need quotes of which nobody can be sure. */
export function wordInCommand({ gap, shell, consumer }: WrittenCommand, word: string): string | undefined {
  if (PLAIN.test(word)) return word
  if (/["'\\$`]/.test(word)) return undefined
  if (/^["'].*["']$/s.test(gap)) return word
  return shell && !consumer ? `'${word}'` : undefined
}

/**
 * Options with their values as a command can hold them. In a list of YAML without quotes, a value by itself could be a
 * number or a list of its own, which Compose refuses.
 */
export function optionWords(
  { gap }: WrittenCommand,
  options: readonly (readonly [name: string, value: string])[],
): readonly string[] {
  const isBare = gap.trim() !== '' && !/["']/.test(gap)
  return options.flatMap(([name, value]) => (isBare ? [`${name}=${value}`] : [name, value]))
}
