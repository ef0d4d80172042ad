import type { Requirement } from '../documents/requirements.js'
import { insert, insertLinesAbove, removeLines, replace, textOf } from '../edits.js'
import type { Range, TextEdit } from '../model.js'
import { jointExtras, jointVersions, type Listed } from '../relations/requirement-pairs.js'

/** Specifiers in one word; empty if any version will do. */
export function spelledVersions(specifiers: Requirement['specifiers']): string {
  return specifiers.map(({ operator, version }) => operator + version).join(',')
}

/** A requirement as it would stand on a line of its own, without its marker. */
export function spelled({ document, entry }: Listed, extras = entry.extras, specifiers = entry.specifiers): string {
  const brackets = extras.length > 0 ? `[${extras.join(',')}]` : ''
  return textOf(document, entry.nameRange) + brackets + spelledVersions(specifiers)
}

/** Removes one of two requirements for a package. Its extras and its comments come to the one that stays. */
export function mergeInto(keeper: Listed, gone: Listed): readonly TextEdit[] {
  const { document, entry } = keeper
  const edits = [removeLines(gone.document, gone.entry.paragraph)]

  const extras = jointExtras(keeper, gone)
  if (extras.length > entry.extras.length) {
    edits.push(replace(document, entry.extrasRange, `[${extras.join(commaOf(keeper, entry.extrasRange))}]`))
  }

  const lines = gone.entry.heading ? [linesOf(gone, gone.entry.heading)] : []
  const comment = gone.entry.comment && linesOf(gone, gone.entry.comment).replace(/\\*\n/g, '')
  if (comment && !(entry.comment && textOf(document, entry.comment) === comment)) {
    // Behind a requirement, a `\` at the end of the line would join the next one to it.
    if (comment.endsWith('\\')) lines.push(comment)
    else edits.push(insert(document, (entry.comment ?? entry.content).end, `  ${comment}`))
  }
  if (lines.length > 0) {
    const isAbove = gone.document === document && gone.entry.start < entry.start
    edits.push(
      insertLinesAbove(document, (isAbove ? entry.heading : undefined)?.start ?? entry.start, lines.join('\n')),
    )
  }
  return edits
}

/** Merges two requirements whose versions overlap: what stays asks for all that both ask for. */
export function joinInto(keeper: Listed, gone: Listed): readonly TextEdit[] {
  const { document, entry } = keeper
  const range = { start: entry.specifiers[0]!.start, end: entry.specifiers.at(-1)!.end }
  const versions = jointVersions(keeper, gone).map(({ operator, version }) => operator + version)
  return [replace(document, range, versions.join(commaOf(keeper, range))), ...mergeInto(keeper, gone)]
}

/** Merges two requirements that differ in their hashes; what stays lists all of them. */
export function joinHashesInto(keeper: Listed, gone: Listed): readonly TextEdit[] {
  const { document, entry } = keeper
  const known = new Set(entry.hashes.map(({ value }) => value))
  const last = entry.hashes.at(-1)!
  const space = /[\s\\]+$/.exec(linesOf(keeper, { start: entry.start, end: last.start }))![0]
  const hashes = gone.entry.hashes.filter(({ value }) => !known.has(value))
  return [
    insert(document, last.end, hashes.map((hash) => space + linesOf(gone, hash)).join('')),
    ...mergeInto(keeper, gone),
  ]
}

/** How the file writes a list there. */
function commaOf({ document }: Listed, range: Range): string {
  return textOf(document, range).includes(', ') ? ', ' : ','
}

/** The text of a range as an edit writes it. */
function linesOf({ document }: Listed, range: Range): string {
  return textOf(document, range).replace(/\r\n?/g, '\n')
}
