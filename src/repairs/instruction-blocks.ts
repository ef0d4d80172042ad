import type { Dockerfile, Instruction } from '../documents/dockerfile.js'
import { replace } from '../edits.js'
import type { Range, TextEdit } from '../model.js'
import { applyEdits, lineRange, nextLine } from '../text.js'

/** An instruction with the comments right above it, edited, as it is written elsewhere. */
export function textWith(document: Dockerfile, instruction: Instruction, edits: readonly TextEdit[]): string {
  const start = blockStart(document, instruction)
  const moved = edits.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start }))
  return applyEdits(document.file.text.slice(start, instruction.end), moved)
}

/** The start of the comments right above an instruction, which speak of it. */
export function blockStart({ file: { text }, comments }: Dockerfile, { start }: Range): number {
  let top = start
  for (const comment of comments.toReversed()) {
    if (comment.end > top) continue
    const isRightAbove = /^[ \t]*\r?\n[ \t]*$/.test(text.slice(comment.end, top))
    if (!isRightAbove || lineRange(text, comment.start).start !== comment.start) break
    top = comment.start
  }
  return top
}

/** Whether an empty line stands above an instruction and its comments. */
export function isApart(document: Dockerfile, instruction: Instruction): boolean {
  return isBlankBefore(document.file.text, lineRange(document.file.text, blockStart(document, instruction)).start)
}

function isBlankBefore(text: string, lineStart: number): boolean {
  return /\n[ \t]*\r?\n$/.test(text.slice(Math.max(0, lineStart - 200), lineStart))
}

/** Takes whole instructions out, with their comments, and of two empty lines that would meet the second. */
export function removals(document: Dockerfile, instructions: readonly Instruction[]): readonly TextEdit[] {
  const { text } = document.file
  const ranges: { start: number; end: number }[] = []
  for (const each of [...instructions].sort((a, b) => a.start - b.start)) {
    const range = { start: lineRange(text, blockStart(document, each)).start, end: nextLine(text, each.end) }
    const before = ranges.at(-1)
    if (before?.end === range.start) before.end = range.end
    else ranges.push(range)
  }
  return ranges.map(({ start, end }) => {
    const next = lineRange(text, end)
    const isBlank = text.slice(next.start, next.end).trim() === ''
    return replace(document, { start, end: isBlank && isBlankBefore(text, start) ? nextLine(text, end) : end }, '')
  })
}
