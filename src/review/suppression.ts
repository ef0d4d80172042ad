import { documentOf } from '../documents/index.js'
import { readsAsWell } from '../engine/apply.js'
import type { Fix, Project, Reported } from '../model.js'
import { applyTo } from '../project.js'
import { lineRange, textStart } from '../text.js'

/**
 * A comment above a finding that asks to leave it as it is, as a fix to be looked at like any other. There is none where
 * no comment can stand, such as inside a quoted block.
 */
export function keepComment({ transform, finding }: Reported, reason: string, project: Project): Fix | undefined {
  const file = project.read(finding.at.path)
  const document = file && documentOf(file)
  if (!document) return undefined
  const from = Math.max(finding.at.start, textStart(file.text))
  const line = lineRange(file.text, from)
  const start = Math.max(line.start, textStart(file.text))
  const indentation = /^[ \t]*/.exec(file.text.slice(start, line.end))![0]
  const text = `${indentation}# harden: keep ${transform.id} \u2014 ${oneLine(reason)}\n`
  const fix: Fix = {
    title: 'Keep it as it is, and say so in the file',
    applicability: 'review',
    edits: [{ path: file.path, start, end: start, text }],
  }
  const after = applyTo(project, fix.edits)
  const commented = after.read(file.path)
  const comments = commented ? (documentOf(commented)?.comments ?? []) : []
  const isComment = comments.some((comment) => comment.start === start + indentation.length)
  return isComment && readsAsWell(project, after) ? fix : undefined
}

/** A line break or an invisible character in a reason would end the comment or hide what follows. */
function oneLine(reason: string): string {
  return reason.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
