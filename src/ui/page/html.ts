import { escaped } from '../../escape.js'

/** HTML that may stand in a page as it is. Only `html` and `raw` make one. */
export class Html {
  constructor(readonly text: string) {}
}

/** What can be put between tags or in quotes: text is a stranger's and is escaped; nothing, `false` and `undefined` leave no trace. */
export type Content = string | number | Html | false | undefined | readonly Content[]

/**
 * HTML with values in it. Whatever is not HTML already is escaped, for an element and for an attribute in double quotes alike,
 * after what is invisible or turns text around has been made visible.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(strings.reduce((text, part, i) => text + written(values[i - 1]) + part))
}

/** Text of several lines, which stay lines. */
export function lines(text: string): Html {
  return new Html(
    text
      .split(/\r\n?|\n/)
      .map((line) => written(line.replaceAll('\t', '    ')))
      .join('\n'),
  )
}

/** Our own styles and program, which are no stranger's. */
export function raw(text: string): Html {
  return new Html(text)
}

function written(value: Content): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(written).join('')
  return escaped(String(value)).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}
