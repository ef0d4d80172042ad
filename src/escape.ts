/**
 * What came from a file, a path or a registry is never shown as it is: a control character moves the cursor, a
 * bidirectional override turns a line around, an invisible character hides a difference.
 */

const HARMLESS = /^[\x20-\x7e]*$/

/** Controls, lone surrogates, everything that is invisible or formats text, separators, and spaces that only look like one. */
const TRICKS = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]|(?![ \u3000])\p{Zs}/gu

const NAMED: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** The text on one line, every character that could play a trick replaced by a visible escape such as `\x1b` or `\u202e`. */
export function escaped(text: string): string {
  return HARMLESS.test(text) ? text : text.replace(TRICKS, visible)
}

function visible(character: string): string {
  const code = character.codePointAt(0)!
  const hex = code.toString(16)
  if (code > 0xffff) return `\\u{${hex}}`
  return NAMED[character] ?? (code > 0xff ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`)
}

/** A line of source: like {@link escaped}, but tabs are shown as the space they stand for. */
export function escapedSource(line: string): string {
  return escaped(line.replaceAll('\t', '    '))
}

/** Text inside a Markdown table or list: neither markup nor a mention is left in it. */
export function escapedMarkdown(text: string): string {
  return escaped(text).replace(/[&<>|`*_[\]()@#\\~!$:]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** JSON text that reads the same and holds no character that plays a trick on a terminal. Its own line breaks stay. */
export function escapedJson(json: string): string {
  return json.replace(TRICKS, (character) => {
    if (character === '\n') return character
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
}
