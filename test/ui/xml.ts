/** An element: its attributes, and what is in it. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

/** What XML 1.0 lets stand in a document (production 2, `Char`). */
const CHARACTERS = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u
const NAME = '[A-Za-z_][\\w.-]*'
const VALUE = '"[^"<]*"'
const TAG = new RegExp(`<(?:/(${NAME})|(${NAME})((?: ${NAME}=${VALUE})*)(/?))>|([^<]+)`, 'gy')

/**
 * Reads XML, and is stricter than XML: no comments, sections, document types or entities but the five and numbers.
 * @throws Error at the first thing that it does not know
 */
export function readXml(document: string): Element {
  if (!CHARACTERS.test(document)) throw new Error('a character that XML cannot hold')
  const [head = '', rest] = [document.slice(0, document.indexOf('\n') + 1), document.slice(document.indexOf('\n') + 1)]
  if (head !== '<?xml version="1.0" encoding="UTF-8"?>\n') throw new Error(`not the declaration: ${head}`)
  const root = { name: '', attributes: {}, children: [] as Element[], text: '' }
  const open = [root]
  TAG.lastIndex = 0
  for (let end = 0; end < rest.length; end = TAG.lastIndex) {
    const match = TAG.exec(rest)
    if (!match) throw new Error(`not XML: ${rest.slice(end, end + 60)}`)
    const [, closed, name, attributes, isEmpty, text] = match
    const inner = open.at(-1)!
    if (text !== undefined) inner.text += plain(text)
    else if (closed !== undefined) {
      if (open.length < 2 || inner.name !== closed) throw new Error(`</${closed}> closes <${inner.name}>`)
      open.pop()
    } else {
      const element = { name: name!, attributes: attributesIn(attributes!), children: [], text: '' }
      inner.children.push(element)
      if (!isEmpty) open.push(element)
    }
  }
  const [first, ...others] = root.children
  if (!first || others.length > 0 || open.length > 1) throw new Error('not one whole element')
  return first
}

function attributesIn(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [, name, value] of text.matchAll(new RegExp(` (${NAME})="([^"]*)"`, 'g'))) {
    if (name! in found) throw new Error(`two attributes ${name}`)
    found[name!] = plain(value!)
  }
  return found
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function plain(text: string): string {
  return text.replace(/&(#(\d+);|(\w+);)?/g, (whole, _, code: string, name: string) => {
    if (code) return String.fromCodePoint(Number(code))
    if (name in NAMED) return NAMED[name]!
    throw new Error(`not an entity: ${whole}`)
  })
}
