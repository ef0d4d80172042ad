import { escaped, escapedSource } from '../../escape.js'
import { applyTo, changedFiles } from '../../project.js'
import { changedPlaces, type Row } from '../changes.js'
import type { Look } from '../look.js'
import { hintsOf } from './hints.js'
import { explanation, help, leaving, list, theCount } from './panels.js'
import { listed, onScreen, shownFix, tally, type View } from './view.js'
import { lineOf, reason, stateWord } from './words.js'

/** This moment in sentences and short lines, for whoever hears the screen; said once, never redrawn. */
export function spoken(view: View, look: Look): string {
  const notice = view.notice ? [`${capital(escaped(view.notice))}.`] : []
  return [...notice, ...said(view, { ...look, width: 10_000 }), prompt(view)].join('\n')
}

function said(view: View, look: Look): readonly string[] {
  const { mode } = view
  if (mode.kind === 'leave') return leaving(view, look).filter(Boolean)
  if (mode.kind === 'count') return theCount(view, mode.keys, look).filter(Boolean)
  if (mode.kind === 'type') return mode.what === 'goto' ? list(view, look) : []
  if (mode.kind === 'read') return mode.panel === 'help' ? help(view, look) : explanation(view, look)
  return aboutQuestion(view, look)
}

function aboutQuestion(view: View, look: Look): readonly string[] {
  const question = onScreen(view)
  const fix = shownFix(view)
  if (!question || !fix) return ['There is nothing to review.']
  const all = listed(view)
  const place = all.findIndex(({ key }) => key === question.key) + 1
  const { transform, finding, fixes, state } = question
  const option = fixes.length > 1 && fixes.includes(fix) ? ` Option ${fixes.indexOf(fix) + 1} of ${fixes.length}.` : ''
  return [
    `Fix ${place} of ${all.length}. ${tally(view).open} undecided. File ${look.name(finding.at.path)}, line ${lineOf(question)}. Rule ${transform.id}, ${transform.severity}, ${fix.applicability} fix.`,
    ...(state === 'open' ? [] : [`${capital(stateWord(question).replace(/[()]/g, ''))}.`]),
    `${escaped(finding.message)}.`,
    ...(finding.evidence ?? []).map((each) => `Because: ${reason(each, question, look)}.`),
    ...(fix.caveat ? [`Risk: ${escaped(fix.caveat)}`] : []),
    `Fix: ${escaped(fix.title)}.${option}`,
    ...changedFiles(question.project, applyTo(question.project, fix.edits)).flatMap((file) => {
      const rows = changedPlaces(file, 0).flat()
      const isOther = file.path !== finding.at.path
      return [...(isOther ? [`In ${look.name(file.path)}:`] : []), ...rows.flatMap(changeSaid)]
    }),
  ]
}

function changeSaid({ kind, old, now, pieces }: Row): readonly string[] {
  const text = escapedSource(pieces.map((piece) => piece.text).join(''))
  if (kind === '-') return [`delete line ${old}: ${text}`]
  return kind === '+' ? [`add line ${now}: ${text}`] : []
}

function prompt(view: View): string {
  const { mode } = view
  if (mode.kind === 'type')
    return `Type the ${mode.what === 'goto' ? 'number' : mode.what} and press Enter, or Enter alone to go back:`
  if (mode.kind === 'count')
    return `Type ${mode.keys.length} and press Enter to accept them, or Enter alone to go back:`
  if (mode.kind === 'read') return 'Press Enter to go back:'
  const hints = hintsOf(view).map(([key, does]) => `${key} ${does}`)
  return `Answer ${[...hints, ...(mode.kind === 'ask' ? ['? help'] : [])].join(', ')}:`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
