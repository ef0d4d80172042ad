import { isUndecided, type Question } from '../../review/question.js'
import { skip } from '../../review/session.js'
import {
  bulk,
  decided,
  edit,
  keyOf,
  like,
  nextAlternative,
  no,
  redo,
  safeOnes,
  sameFile,
  sameRepository,
  splitUp,
  undo,
  yes,
} from './answers.js'
import { isAtEnd, moveTo, nextOpen, otherFile, placeOf, scrolled, scrolling, step } from './moves.js'
import { typing } from './typing.js'
import { onScreen, openQuestions, type View } from './view.js'

/** A printable character as itself, or the name of a key: `enter`, `tab`, `escape`, `backspace`, `pagedown`, `ctrl-c` … */
export type Key = string

/** What a key does. The outside is only ever asked for, in `wish`. */
export function reduce(view: View, key: Key): View {
  const fresh: View = { ...view, notice: undefined, wish: undefined }
  if (key === 'ctrl-c') return { ...fresh, wish: { do: 'stop' } }
  switch (fresh.mode.kind) {
    case 'ask':
      return asked(fresh, key)
    case 'type':
    case 'count':
      return typing(fresh, key)
    case 'read':
      return reading(fresh, key)
    case 'leave':
      return leaving(fresh, key)
  }
}

function asked(view: View, key: Key): View {
  const question = onScreen(view)
  const go = (next: number | undefined, otherwise: string) =>
    next ? moveTo(view, next) : { ...view, notice: otherwise }
  switch (key) {
    case 'y':
      return yes(view)
    case 'n':
      return no(view)
    case 'r':
      return question ? bulk(view, like(view, question)) : view
    case 'R':
      return question ? decided(view, skip(view.session, like(view, question).map(keyOf))) : view
    case 'a':
      return question ? bulk(view, safeOnes(view).filter(sameFile(view, question))) : view
    case 'd':
      return question
        ? decided(view, skip(view.session, openQuestions(view).filter(sameFile(view, question)).map(keyOf)))
        : view
    case 'A':
      return bulk(view, safeOnes(view))
    case 'o':
    case 'O':
      return question && view.campaign ? restOfRepository(view, question, key) : unknown(view, key)
    case 'u':
      return undo(view)
    case 'U':
      return redo(view)
    case 'j':
      return go(nextOpen(view, 1), 'everything is decided; q writes it')
    case 'k':
      return go(nextOpen(view, -1), 'everything is decided; q writes it')
    case 'J':
    case 'down':
      return go(step(view, 1), 'this is the last one')
    case 'K':
    case 'up':
      return go(step(view, -1), 'this is the first one')
    case '>':
      return go(otherFile(view, 1), 'this is the last file')
    case '<':
      return go(otherFile(view, -1), 'this is the first file')
    case 'g':
      // The list begins near where one is.
      return { ...view, mode: { kind: 'type', what: 'goto', typed: '' }, scroll: Math.max(0, placeOf(view) - 3) }
    case '/':
      return { ...view, mode: { kind: 'type', what: 'search', typed: '' } }
    case 'f':
      return { ...view, mode: { kind: 'type', what: 'filter', typed: view.filter?.text ?? '' } }
    case 'tab':
      return nextAlternative(view)
    case 's':
      return splitUp(view)
    case 'e':
      return edit(view)
    case 'i':
      return question && isUndecided(question)
        ? { ...view, mode: { kind: 'type', what: 'reason', typed: '' } }
        : { ...view, notice: 'this one is decided already; u takes that back' }
    case 'x':
      return { ...view, mode: { kind: 'read', panel: 'explain' }, scroll: 0 }
    case '?':
      return { ...view, mode: { kind: 'read', panel: 'help' }, scroll: 0 }
    case '+':
      return { ...view, context: Math.min(view.context + 3, 60) }
    case '-':
      return { ...view, context: Math.max(view.context - 3, 0) }
    case '|':
      return { ...view, sideBySide: !view.sideBySide, scroll: 0 }
    case 'p':
      return { ...view, wish: { do: 'page' } }
    case 'w':
      if (view.campaign) return { ...view, notice: 'nothing is written in between; q shows what the plan would hold' }
      return view.session.steps.length > 0
        ? { ...view, wish: { do: 'write' } }
        : { ...view, notice: 'nothing is accepted yet' }
    case 'q':
      return { ...view, mode: { kind: 'leave' } }
    case 'enter':
      return isAtEnd(view) ? go(nextOpen(view, 1), 'everything is decided; q writes it') : scrolled(view, 1)
    case 'escape':
      return view.draft || view.filter ? { ...view, draft: undefined, filter: undefined } : view
    default:
      return scrolling(view, key) ?? unknown(view, key)
  }
}

function unknown(view: View, key: Key): View {
  return { ...view, notice: `${key === ' ' ? 'space' : key} means nothing here; ? shows the keys` }
}

/** Of one repository of a campaign: `o` accepts the safe ones, `O` skips the rest. */
function restOfRepository(view: View, question: Question, key: 'o' | 'O'): View {
  if (key === 'o') return bulk(view, safeOnes(view).filter(sameRepository(view, question)))
  return decided(view, skip(view.session, openQuestions(view).filter(sameRepository(view, question)).map(keyOf)))
}

function reading(view: View, key: Key): View {
  const scrolledView = scrolling(view, key)
  if (scrolledView) return scrolledView
  if (key === 'enter' && !isAtEnd(view)) return scrolled(view, 1)
  return { ...view, mode: { kind: 'ask' }, scroll: 0 }
}

function leaving(view: View, key: Key): View {
  // A plan is only made anew of answers: without one it stays as it is.
  const isAnswered = view.campaign ? view.session.answers.length > 0 : view.session.steps.length > 0
  switch (key) {
    case 'y':
      if (view.campaign && !isAnswered)
        return { ...view, notice: 'nothing is answered yet; l leaves the plan as it is' }
      return isAnswered ? { ...view, wish: { do: 'apply' } } : { ...view, wish: { do: 'discard' } }
    case 'l':
      return { ...view, wish: { do: 'later' } }
    case 'd':
      return { ...view, wish: { do: 'discard' } }
    case 'u':
      return undo(view)
    case 'b':
    case 'escape':
      return onScreen(view) ? { ...view, mode: { kind: 'ask' }, scroll: 0 } : view
    default:
      return {
        ...view,
        notice: view.campaign
          ? 'y makes the plan anew, l keeps the answers for later, d forgets them, b goes back'
          : 'y writes, l keeps the answers for --resume, d forgets them, b goes back',
      }
  }
}
