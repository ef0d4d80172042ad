import { escaped } from '../../escape.js'
import type { Evidence } from '../../model.js'
import { isUndecided, type Question } from '../../review/question.js'
import { positionAt } from '../../text.js'
import { columns, labelled, tail } from '../layout.js'
import { badge, type Look, proseWidth, severityWord } from '../look.js'
import { shownFix, type View } from './view.js'

/** `api/Dockerfile:6  non-root-user  high  [review]  (was: skipped)`, as much of it as fits. */
export function placed(view: View, question: Question, look: Look): string {
  const fix = shownFix(view)
  const parts = [
    ...(question.state === 'open' ? [] : [look.colors.yellow(stateWord(question))]),
    ...(fix ? [badge(fix.applicability, look)] : []),
    severityWord(question.transform.severity, look),
    look.colors.cyan(question.transform.id),
  ]
  const least = Math.min(16, look.width)
  while (columns(parts.join('  ')) + 2 + least > look.width) parts.pop()
  const rest = parts.length > 0 ? `  ${parts.reverse().join('  ')}` : ''
  const place = `${look.name(question.finding.at.path)}:${lineOf(question)}`
  const room = look.width - columns(rest)
  const { ellipsis } = look.glyphs
  const shown = columns(place) <= room ? place : ellipsis + tail(place, room - ellipsis.length)
  return look.colors.bold(shown) + rest
}

export function stateWord(question: Question): string {
  if (question.state === 'gone') return '(gone with another fix)'
  if (question.state === 'kept') return '(was: kept, with a comment)'
  if (question.state === 'written') return '(was: written)'
  return isUndecided(question) ? '(was: skipped)' : '(was: accepted)'
}

export function lineOf({ finding, project }: Question): number {
  const file = project.read(finding.at.path)
  return file ? positionAt(file, finding.at.start).line : 1
}

/** One reason, and where it was seen. */
export function reason({ note, at }: Evidence, question: Question, look: Look): string {
  const file = at && question.project.read(at.path)
  return escaped(note) + (file ? ` (${look.name(file.path)}:${positionAt(file, at.start).line})` : '')
}

/** `why  …`, wrapped under itself. */
export function told(label: string, text: string, look: Look): readonly string[] {
  return labelled(look.colors.dim(label.padEnd(6)), text, 0, proseWidth(look))
}
