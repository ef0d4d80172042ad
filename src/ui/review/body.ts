import { escaped } from '../../escape.js'
import { applyTo, changedFiles } from '../../project.js'
import type { Question } from '../../review/question.js'
import { besideEachOther } from '../beside.js'
import { changedPlaces, digitsOf, printedRow, type Words } from '../changes.js'
import { wrap } from '../layout.js'
import { type Look, proseWidth } from '../look.js'
import { explanation, help, leaving, list, theCount } from './panels.js'
import { onScreen, shownFix, type View } from './view.js'
import { reason, told } from './words.js'

/** Columns next to each other need at least this much. */
const WIDE = 120
const REASONS = 3

/** Everything between head and foot, from its first line to its last. */
export function bodyOf(view: View, isCompact: boolean, look: Look): readonly string[] {
  const { mode } = view
  if (mode.kind === 'leave') return leaving(view, look)
  if (mode.kind === 'count') return theCount(view, mode.keys, look)
  if (mode.kind === 'type' && mode.what === 'goto') return list(view, look)
  if (mode.kind === 'read') {
    return mode.panel === 'help' ? help(view, look) : explanation(view, look)
  }
  const question = onScreen(view)
  if (!question) return ['There is nothing to review.']
  const { dim } = look.colors
  const rule = dim(look.glyphs.line.repeat(look.width))
  const why = reasons(question, isCompact ? 0 : REASONS, look)
  return [
    ...wrap(escaped(question.finding.message), proseWidth(look)).map((line) => look.colors.bold(line)),
    ...why,
    ...risk(view, look),
    ...what(view, question, look),
    ...(isCompact ? [] : [rule]),
    ...changes(view, look),
  ]
}

function reasons({ finding, project, ...rest }: Question, most: number, look: Look): readonly string[] {
  const evidence = finding.evidence ?? []
  const shown = evidence.slice(0, evidence.length === most + 1 ? most + 1 : most)
  const left = evidence.length - shown.length
  return [
    ...shown.flatMap((each, i) => told(i === 0 ? 'why' : '', reason(each, { finding, project, ...rest }, look), look)),
    ...(left > 0
      ? told(
          shown.length === 0 ? 'why' : '',
          look.colors.dim(
            `x shows ${shown.length === 0 ? '' : 'the other '}${left} ${left === 1 ? 'reason' : 'reasons'}`,
          ),
          look,
        )
      : []),
  ]
}

function risk(view: View, look: Look): readonly string[] {
  const caveat = shownFix(view)?.caveat
  return caveat ? told('risk', escaped(caveat), look) : []
}

function what(view: View, question: Question, look: Look): readonly string[] {
  const fix = shownFix(view)
  if (!fix) return []
  const place = question.fixes.indexOf(fix)
  const isChoice = question.fixes.length > 1 && place >= 0 && question.state !== 'gone'
  const option = isChoice
    ? look.colors.dim(` (option ${place + 1} of ${question.fixes.length}, Tab shows the next)`)
    : ''
  return told('fix', escaped(fix.title) + option, look)
}

/** What the fix changes, file by file; of a decided question, what it changed. */
export function changes(view: View, look: Look): readonly string[] {
  const question = onScreen(view)
  const fix = shownFix(view)
  if (!question || !fix) return []
  const files = changedFiles(question.project, applyTo(question.project, fix.edits))
  const words: Words = look.colors.isColorSupported ? 'reverse' : 'spelled'
  const isBeside = view.sideBySide && look.width >= WIDE
  return files.flatMap((file) => {
    const places = changedPlaces(file, view.context)
    const digits = digitsOf(places.flat())
    const blocks = places.map((rows) =>
      isBeside
        ? besideEachOther(rows, digits, words, look)
        : rows.flatMap((row) => printedRow(row, digits, look.width, words, look)),
    )
    const isNamed = files.length > 1 || file.path !== question.finding.at.path
    const name = look.colors.bold(look.name(file.path) + (file.before ? '' : ' (new)'))
    const between = look.colors.dim(look.glyphs.ellipsis)
    return [...(isNamed ? [name] : []), ...blocks.flatMap((block, i) => (i > 0 ? [between, ...block] : block))]
  })
}
