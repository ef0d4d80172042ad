import type { Requirement, Requirements } from '../documents/requirements.js'
import { replace } from '../edits.js'
import type { Path, Project, Range, TextEdit } from '../model.js'
import { lineRange, nextLine, textStart } from '../text.js'

/** Lines that leave a requirements file, and what is written of them elsewhere. */
export interface Block extends Range {
  readonly text: string
}

/**
 * The lines of these requirements in blocks, each with the comment that stands over it alone, and with one of the empty
 * lines around it where it is a paragraph of its own.
 */
export function blocksOf(document: Requirements, moved: readonly Requirement[]): readonly Block[] {
  const { text } = document.file
  const runs: Requirement[][] = []
  for (const entry of [...moved].sort((a, b) => a.start - b.start)) {
    const last = runs.at(-1)?.at(-1)
    if (last && nextLine(text, last.end) === lineRange(text, entry.start).start) runs.at(-1)!.push(entry)
    else runs.push([entry])
  }
  return runs.map((run) => blockOf(document, run))
}

function blockOf({ file: { text }, comments }: Requirements, run: readonly Requirement[]): Block {
  const [first, last] = [run[0]!, run.at(-1)!]
  const lines = { start: Math.max(lineRange(text, first.start).start, textStart(text)), end: nextLine(text, last.end) }
  const isBlank = (offset: number) =>
    text.slice(lineRange(text, offset).start, lineRange(text, offset).end).trim() === ''
  const endsParagraph = lines.end >= text.length || isBlank(lines.end)
  let top = lines.start
  while (top > textStart(text)) {
    const above = lineRange(text, previous(text, top))
    const isComment = comments.some(
      ({ start }) => start >= above.start && start <= above.end && text.slice(above.start, start).trim() === '',
    )
    if (!isComment) break
    top = Math.max(above.start, textStart(text))
  }
  const beginsParagraph = top <= textStart(text) || isBlank(previous(text, top))
  const heads = top < lines.start && endsParagraph && beginsParagraph
  const start = heads ? top : lines.start
  const own = text.slice(start, lines.end).replace(/\r\n?/g, '\n').replace(/\n?$/, '\n')
  const isParagraph = endsParagraph && (start <= textStart(text) || isBlank(previous(text, start)))
  // One empty line goes with a paragraph: the one behind it, or of the last one the one before.
  if (isParagraph && lines.end < text.length) return { start, end: nextLine(text, lines.end), text: own }
  const above = isParagraph && start > textStart(text) ? lineRange(text, previous(text, start)).start : start
  // Where the file lacks its last line ending, it lacks it afterwards.
  const isUnfinished = lines.end === text.length && !/[\r\n]$/.test(text)
  return { start: isUnfinished && above > textStart(text) ? previous(text, above) : above, end: lines.end, text: own }
}

/** The end of the line before. */
function previous(text: string, lineStart: number): number {
  return text.startsWith('\r\n', lineStart - 2) ? lineStart - 2 : lineStart - 1
}

/** Takes blocks out of a file and writes them at the end of another, which is made with an include if it is not there. */
export function moveBlocks(
  document: Requirements,
  blocks: readonly Block[],
  destination: Path,
  header: string,
  project: Project,
): readonly TextEdit[] {
  const removed = joined(blocks).map((range) => replace(document, range, ''))
  const file = project.read(destination)
  const lines = blocks.map(({ text }) => text).join('')
  if (lines === '') return removed
  const text = file?.text ?? ''
  const isUnfinished = text.length > textStart(text) && !/[\r\n]$/.test(text)
  const added = isUnfinished ? `\n${lines.replace(/\n$/, '')}` : `${text === '' ? header : ''}${lines}`
  return [...removed, { path: destination, start: text.length, end: text.length, text: added }]
}

/** Ranges that touch or overlap as one, because two edits must not meet. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = []
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1)
    if (last && start <= last.end) result[result.length - 1] = { start: last.start, end: Math.max(last.end, end) }
    else result.push({ start, end })
  }
  return result
}

/** Nothing but the lines, without writing them anywhere. */
export function withoutBlocks(document: Requirements, blocks: readonly Block[]): readonly TextEdit[] {
  return joined(blocks).map((range) => replace(document, range, ''))
}
