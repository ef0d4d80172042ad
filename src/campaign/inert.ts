/**
 * Text that comes from a repository, made so that it does nothing on a forge. An entity is not enough: forges look for mentions
 * and references in what Markdown has become, and in commit messages too; and what is quoted in an answer by e-mail has lost its
 * code marks. So a character without a width stands between the sign and the name.
 */
import { escaped } from '../escape.js'

const NOTHING = '\u200B'

/** People and teams, issues and requests on all forges, and addresses of either. */
const SIGNS = /@(?=\w)|[#!](?=[\d"])|GH-(?=\d)|:(?=\/\/)/gi

/** Words that keep a pipeline from running. */
const ORDERS = /\[(?=[a-z])|\*(?=\*\*)|skip-checks(?=:)/gi

/** For the message of a commit, and for a title: one line of plain text. */
export function inertWords(text: string): string {
  return escaped(text).replace(SIGNS, `$&${NOTHING}`).replace(ORDERS, `$&${NOTHING}`)
}

/** For Markdown whose markup is ours: what a forge would make a mention or a link of is none. */
export function inertSigns(markdown: string): string {
  return markdown.replace(SIGNS, `$&${NOTHING}`)
}

/** For Markdown: one line, in which neither markup nor HTML nor anything that a forge makes a link of is left. */
export function inertMarkdown(text: string): string {
  return inertWords(text).replace(MARKUP, entity).replaceAll(NOTHING, '&#x200B;')
}

/** Underscores and colons inside words are harmless, and left as they are: somebody may read the source, too. */
const MARKUP =
  /[&<>|`*[\]#@\\~$]|(?<![a-z0-9])_|_(?![a-z0-9])|:(?=[\w+-]+:)|^[-+=]|(?<=^\d+)[.)]|(?<=(?<![a-z0-9])www)\./gi

/** The same in the type of code; a table may hold it. */
export function inertCode(text: string): string {
  return `<code>${inertMarkdown(text)}</code>`
}

/** At most so many UTF-16 units. */
export function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

/** Hexadecimal: in decimal, `#64` would be an issue. */
function entity(character: string): string {
  return Array.from(character, (each) => `&#x${each.codePointAt(0)!.toString(16).toUpperCase()};`).join('')
}
