const PLAIN = /^[\x20-\x7e]*$/
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u
const COLOR = /\x1b\[\d+m/g

/** How many columns a text takes; colours take none. */
export function columns(text: string): number {
  const bare = text.replace(COLOR, '')
  if (PLAIN.test(bare)) return bare.length
  let sum = 0
  for (const character of bare) sum += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return sum
}

/** Fills with spaces up to a column. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)))
}

/** As much of the text's beginning as fits. */
export function head(text: string, width: number): string {
  let taken = ''
  let sum = 0
  for (const character of text) {
    sum += columns(character)
    if (sum > width) break
    taken += character
  }
  return taken
}

/** As much of the text's end as fits. */
export function tail(text: string, width: number): string {
  const reversed = [...text].reverse().join('')
  return [...head(reversed, width)].reverse().join('')
}

/** The text, or its beginning and an ellipsis. */
export function cut(text: string, width: number, ellipsis: string): string {
  return columns(text) <= width ? text : head(text, Math.max(0, width - ellipsis.length)) + ellipsis
}

/** Prose broken between words. A word that is wider than the line stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line && columns(line) + 1 + columns(word) > width) {
      lines.push(line)
      line = word
    } else line = line ? `${line} ${word}` : word
  }
  return [...lines, line]
}

/** Wrapped prose behind a label; the lines that follow are indented as deep as the first. */
export function labelled(label: string, text: string, indent: number, width: number): readonly string[] {
  const margin = ' '.repeat(indent + columns(label))
  return wrap(text, Math.max(20, width - margin.length)).map(
    (line, i) => (i === 0 ? ' '.repeat(indent) + label : margin) + line,
  )
}

/** `1 finding`, `2 findings`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
