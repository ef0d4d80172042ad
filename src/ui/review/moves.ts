import type { Question } from '../../review/question.js'
import type { Key } from './keys.js'
import { calledIn, chosenFix, listed, type View } from './view.js'

/** The view with another question on the screen. */
export function moveTo(view: View, key: number): View {
  return { ...view, at: key, scroll: 0, draft: undefined, mode: { kind: 'ask' } }
}

/** The nearest open question behind (or before) the one on the screen, round the end if need be. */
export function nextOpen(view: View, direction: 1 | -1): number | undefined {
  const all = listed(view)
  const from = all.findIndex(({ key }) => key === view.at)
  const behind = [...all.slice(from + 1), ...all.slice(0, Math.max(0, from))]
  const ordered = direction === 1 ? behind : behind.reverse()
  return ordered.find(({ state }) => state === 'open')?.key
}

/** The one right behind (or before), decided or not. */
export function step(view: View, direction: 1 | -1): number | undefined {
  const all = listed(view)
  return all[all.findIndex(({ key }) => key === view.at) + direction]?.key
}

/** The place in the list of the question on the screen, counted from 0. */
export function placeOf(view: View): number {
  return listed(view).findIndex(({ key }) => key === view.at)
}

/** The first question of the next (or previous) file in the list. */
export function otherFile(view: View, direction: 1 | -1): number | undefined {
  const all = listed(view)
  const from = all.findIndex(({ key }) => key === view.at)
  const path = all[from]?.finding.at.path
  if (direction === 1) return all.slice(from + 1).find((question) => question.finding.at.path !== path)?.key
  const before = all.slice(0, Math.max(0, from)).findLastIndex((question) => question.finding.at.path !== path)
  if (before < 0) return undefined
  const other = all[before]!.finding.at.path
  return all[all.slice(0, before).findLastIndex((question) => question.finding.at.path !== other) + 1]?.key
}

/** Whether what a question shows contains a text: a regular expression if it is one, whatever its case. */
export function contains(view: View, question: Question, text: string): boolean {
  const { transform, finding } = question
  const fix = question.fix ?? chosenFix(view, question)
  const shown = [
    transform.id,
    calledIn(view)(finding.at.path),
    finding.message,
    fix.title,
    ...(finding.evidence ?? []).map(({ note }) => note),
    ...fix.edits.map((edit) => edit.text),
  ]
  const pattern = patternOf(text)
  return shown.some((line) => pattern.test(line))
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'iu')
  } catch {
    return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'i')
  }
}

/** Scrolls, if that is what the key does. */
export function scrolling(view: View, key: Key): View | undefined {
  switch (key) {
    case ' ':
    case 'pagedown':
      return scrolled(view, 1)
    case 'pageup':
      return scrolled(view, -1)
    case 'home':
      return { ...view, scroll: 0 }
    case 'end':
      return { ...view, scroll: lastScroll(view) }
    default:
      return undefined
  }
}

/** Scrolls by pages, no further than there are lines. */
export function scrolled(view: View, pages: 1 | -1): View {
  const wanted = Math.min(view.scroll, lastScroll(view)) + pages * Math.max(1, view.extent.room - 1)
  return { ...view, scroll: Math.max(0, Math.min(wanted, lastScroll(view))) }
}

function lastScroll({ extent }: View): number {
  return Math.max(0, extent.lines - extent.room)
}

/** Whether the last line is on the screen. */
export function isAtEnd(view: View): boolean {
  return view.scroll >= lastScroll(view)
}
