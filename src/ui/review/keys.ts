import type { Path } from '../../model.js'
import { applyTo, changedFiles } from '../../project.js'
import { fixFromTexts } from '../../review/edited.js'
import { isUndecided, type Question } from '../../review/question.js'
import {
  accept,
  acceptEdited,
  keep,
  keeping,
  type Pick,
  questionOf,
  reopened,
  type Session,
  skip,
  split,
} from '../../review/session.js'
import { count } from '../layout.js'
import { filterOf } from './filter.js'
import { contains, moveTo, nextOpen, otherFile, step } from './moves.js'
import { chosenFix, listed, onScreen, openQuestions, shownFix, type View } from './view.js'

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
      return question ? bulk(view, safeOnes(view).filter(sameFile(question))) : view
    case 'd':
      return question
        ? decided(view, skip(view.session, openQuestions(view).filter(sameFile(question)).map(keyOf)))
        : view
    case 'A':
      return bulk(view, safeOnes(view))
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
      return { ...view, mode: { kind: 'type', what: 'goto', typed: '' }, scroll: 0 }
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
      return (
        scrolling(view, key) ?? {
          ...view,
          notice: `${key === ' ' ? 'space' : key} means nothing here; ? shows the keys`,
        }
      )
  }
}

const keyOf = ({ key }: Question) => key
const sameFile = (question: Question) => (other: Question) => other.finding.at.path === question.finding.at.path

/** The open questions of one transform whose fix takes as much care. */
function like(view: View, question: Question): readonly Question[] {
  const level = chosenFix(view, question).applicability
  return openQuestions(view).filter(
    (other) => other.transform.id === question.transform.id && chosenFix(view, other).applicability === level,
  )
}

function safeOnes(view: View): readonly Question[] {
  return openQuestions(view).filter((question) => chosenFix(view, question).applicability === 'safe')
}

const WRITTEN = 'it is written already; harden undo takes the last write back'

function yes(view: View): View {
  const question = onScreen(view)
  const fix = shownFix(view)
  if (!question || !fix) return view
  if (question.state === 'written') return { ...view, notice: WRITTEN }
  if (question.state === 'accepted' || question.state === 'kept')
    return { ...view, notice: 'this is accepted already; n takes it back' }
  if (question.state === 'gone') return { ...view, notice: 'another fix has settled this' }
  const { draft } = view
  const pick = { key: question.key, fix }
  const next =
    draft?.key !== question.key
      ? accept(view.session, [pick])
      : draft.by === 'hand'
        ? acceptEdited(view.session, pick)
        : keep(view.session, pick, draft.reason)
  if (next === view.session)
    return { ...view, notice: 'this cannot be done: the file would no longer read as well as before' }
  return decided(view, next)
}

function no(view: View): View {
  const question = onScreen(view)
  if (!question) return view
  if (view.draft?.key === question.key) return { ...view, draft: undefined, scroll: 0 }
  if (question.state === 'skipped') return { ...view, notice: 'this is skipped already; y accepts it' }
  if (question.state === 'gone') return { ...view, notice: 'another fix has settled this' }
  if (question.state === 'written') return { ...view, notice: WRITTEN }
  if (question.state === 'open') return decided(view, skip(view.session, [question.key]))
  const { session, lost, key } = reopened(view.session, question.key)
  if (key === undefined) return { ...view, notice: 'it cannot be taken back by itself; u goes back step by step' }
  const next = decided(view, skip(session, [key]))
  return lost > 0 ? { ...next, notice: `${count(lost, 'later answer')} rested on it and must be given again` } : next
}

/** Several at once: what wants a look wants its number typed, so that nobody accepts more than they think. */
function bulk(view: View, questions: readonly Question[]): View {
  if (questions.length === 0) return { ...view, notice: 'there is no safe fix left here; r takes all of one rule' }
  const keys = questions.map(keyOf)
  const wantsLook = questions.some((question) => chosenFix(view, question).applicability !== 'safe')
  if (wantsLook && keys.length > 1) return { ...view, mode: { kind: 'count', keys, typed: '' } }
  return acceptAll(view, keys)
}

function acceptAll(view: View, keys: readonly number[]): View {
  const picks = keys.flatMap((key): readonly Pick[] => {
    const question = questionOf(view.session, key)
    return question ? [{ key, fix: chosenFix(view, question) }] : []
  })
  const session = accept(view.session, picks)
  const next = decided(view, session)
  const left = keys.filter((key) => questionOf(session, key)?.state === 'open').length
  const taken = keys.length - left
  const said = `accepted ${taken}${left > 0 ? `; ${left} did not fit together with the rest and are asked again` : ''}`
  return next.mode.kind === 'leave' ? next : { ...next, notice: said }
}

/** On to what is still open, remembering what undo goes back to. */
function decided(view: View, session: Session): View {
  if (session === view.session) return { ...view, notice: 'nothing is left to answer that way' }
  const next: View = {
    ...view,
    session,
    past: [...view.past, { session: view.session, at: view.at }],
    future: [],
    draft: undefined,
    mode: { kind: 'ask' },
    scroll: 0,
  }
  return onward(next)
}

/** To the next open question; to the end if there is none. */
export function onward(view: View): View {
  const question = onScreen(view)
  if (question?.state === 'open') return view
  const next = nextOpen(view, 1)
  if (next) return { ...view, at: next, scroll: 0 }
  const hidden = view.filter && nextOpen({ ...view, filter: undefined }, 1)
  if (hidden)
    return { ...view, at: hidden, filter: undefined, scroll: 0, notice: 'nothing more fits the filter; it is off' }
  const at = question ? view.at : (view.session.questions[0]?.key ?? 0)
  return { ...view, at, mode: { kind: 'leave' } }
}

function undo(view: View): View {
  const last = view.past.at(-1)
  if (!last) return { ...view, notice: 'there is nothing to take back' }
  return {
    ...view,
    ...last,
    past: view.past.slice(0, -1),
    future: [...view.future, { session: view.session, at: view.at }],
    draft: undefined,
    mode: { kind: 'ask' },
    scroll: 0,
  }
}

function redo(view: View): View {
  const next = view.future.at(-1)
  if (!next) return { ...view, notice: 'there is nothing to do again' }
  const again: View = {
    ...view,
    ...next,
    future: view.future.slice(0, -1),
    past: [...view.past, { session: view.session, at: view.at }],
    draft: undefined,
    scroll: 0,
  }
  return onward(again)
}

function nextAlternative(view: View): View {
  const question = onScreen(view)
  if (!question || !isUndecided(question)) return view
  if (view.draft) return { ...view, draft: undefined, scroll: 0 }
  if (question.fixes.length === 1) return { ...view, notice: 'there is only this fix' }
  const next = ((view.chosen.get(question.key) ?? 0) + 1) % question.fixes.length
  return { ...view, chosen: new Map([...view.chosen, [question.key, next]]), scroll: 0 }
}

function splitUp(view: View): View {
  const question = onScreen(view)
  if (!question) return view
  const session = split(view.session, question.key)
  if (session === view.session) {
    const edits = shownFix(view)?.edits.length ?? 0
    return { ...view, notice: edits > 1 ? `its ${edits} edits need each other` : 'it is one edit' }
  }
  const first = session.questions.find(({ key }) => !questionOf(view.session, key))
  return { ...decided(view, session), at: first?.key ?? view.at }
}

function edit(view: View): View {
  const question = onScreen(view)
  const fix = shownFix(view)
  if (!question || !fix || !isUndecided(question))
    return { ...view, notice: 'this one is decided already; u takes that back' }
  const { current } = view.session
  const files = changedFiles(current, applyTo(current, fix.edits))
  const texts = new Map<Path, string>(files.map(({ path, after }) => [path, after.text]))
  return { ...view, wish: { do: 'edit', key: question.key, texts } }
}

/** What came back from the editor, as a fix to look at. */
export function edited(view: View, key: number, texts: ReadonlyMap<Path, string>): View {
  const question = questionOf(view.session, key)
  if (!question) return view
  const fix = fixFromTexts(view.session.current, chosenFix(view, question), texts)
  if ('problem' in fix) return { ...view, wish: undefined, notice: fix.problem }
  return {
    ...view,
    wish: undefined,
    draft: { key, fix, by: 'hand' },
    scroll: 0,
    notice: 'this is what you wrote: y takes it, n drops it',
  }
}

function typing(view: View, key: Key): View {
  if (view.mode.kind !== 'type' && view.mode.kind !== 'count') return view
  const { typed } = view.mode
  const back: View = { ...view, mode: { kind: 'ask' } }
  if (key === 'escape') return back
  if (key === 'enter')
    return view.mode.kind === 'count' ? counted(back, view.mode.keys, typed) : entered(back, view.mode.what, typed)
  if (key === 'backspace') return { ...view, mode: { ...view.mode, typed: [...typed].slice(0, -1).join('') } }
  if (key === 'ctrl-u') return { ...view, mode: { ...view.mode, typed: '' } }
  const isText = [...key].length === 1 && !/\p{Cc}/u.test(key)
  return isText && typed.length < 200 ? { ...view, mode: { ...view.mode, typed: typed + key } } : view
}

function counted(view: View, keys: readonly number[], typed: string): View {
  if (typed.trim() === String(keys.length)) return acceptAll(view, keys)
  return { ...view, notice: `nothing was accepted: ${JSON.stringify(typed)} is not ${keys.length}` }
}

function entered(view: View, what: 'reason' | 'search' | 'filter' | 'goto', typed: string): View {
  switch (what) {
    case 'reason':
      return ignored(view, typed.trim())
    case 'search':
      return searched(view, typed || (view.search ?? ''))
    case 'filter': {
      const filter = filterOf(typed)
      if (filter && 'problem' in filter) return { ...view, notice: filter.problem }
      const next = { ...view, filter }
      const all = listed(next)
      if (filter && all.length === 0) return { ...view, notice: 'nothing fits that filter' }
      return all.some(({ key }) => key === view.at)
        ? next
        : moveTo(next, (openQuestions(next)[0] ?? all[0])?.key ?? view.at)
    }
    case 'goto': {
      const question = listed(view)[Number(typed) - 1]
      if (typed === '') return view
      return question
        ? moveTo(view, question.key)
        : { ...view, notice: `there is no ${JSON.stringify(typed)} in the list` }
    }
  }
}

function ignored(view: View, reason: string): View {
  const question = onScreen(view)
  if (!question) return view
  if (reason === '') return { ...view, notice: 'a reason is needed: whoever reads the comment wants to know why' }
  const fix = keeping(view.session, question.key, reason)
  if (!fix)
    return { ...view, notice: 'no comment can stand there; ignore it in .harden.yml (harden init explains how)' }
  return {
    ...view,
    draft: { key: question.key, fix, by: 'comment', reason },
    scroll: 0,
    notice: 'this comment keeps it as it is: y writes it, n drops it',
  }
}

function searched(view: View, text: string): View {
  if (text === '') return view
  const all = listed(view)
  const from = all.findIndex(({ key }) => key === view.at)
  const behind = [...all.slice(from + 1), ...all.slice(0, from + 1)]
  const found = behind.find((question) => contains(view, question, text))
  const next = { ...view, search: text }
  return found ? moveTo(next, found.key) : { ...next, notice: `nothing contains ${JSON.stringify(text)}` }
}

function reading(view: View, key: Key): View {
  const scrolledView = scrolling(view, key)
  if (scrolledView) return scrolledView
  if (key === 'enter' && !isAtEnd(view)) return scrolled(view, 1)
  return { ...view, mode: { kind: 'ask' }, scroll: 0 }
}

function leaving(view: View, key: Key): View {
  const isAccepted = view.session.steps.length > 0
  switch (key) {
    case 'y':
      return isAccepted ? { ...view, wish: { do: 'apply' } } : { ...view, wish: { do: 'discard' } }
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
      return { ...view, notice: 'y writes, l keeps the answers for --resume, d forgets them, b goes back' }
  }
}

function scrolling(view: View, key: Key): View | undefined {
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

function scrolled(view: View, pages: 1 | -1): View {
  const wanted = Math.min(view.scroll, lastScroll(view)) + pages * Math.max(1, view.extent.room - 1)
  return { ...view, scroll: Math.max(0, Math.min(wanted, lastScroll(view))) }
}

function lastScroll({ extent }: View): number {
  return Math.max(0, extent.lines - extent.room)
}

function isAtEnd(view: View): boolean {
  return view.scroll >= lastScroll(view)
}

/** The review once what was accepted stands on the disk; there is no undo across a write. */
export function afterWrite(view: View, session: Session): View {
  const files = count(changedFiles(view.session.base, view.session.current).length, 'file')
  const next: View = { ...view, session, past: [], future: [], wish: undefined }
  return { ...next, notice: `wrote ${files}; harden undo takes that back` }
}

/** The review on files that are not what they were: answers that no longer fit are asked again. */
export function replanned(view: View, session: Session, lost: number, changed: readonly Path[]): View {
  const old = onScreen(view)
  const here = old && session.questions.find((question) => question.id === old.id && question.part === old.part)
  const again = lost > 0 ? `; ${count(lost, 'answer')} must be given again` : ''
  const next: View = {
    ...view,
    session,
    past: [],
    future: [],
    at: here?.key ?? session.questions.find(({ state }) => state === 'open')?.key ?? session.questions[0]?.key ?? 0,
    draft: undefined,
    mode: { kind: 'ask' },
    scroll: 0,
    wish: undefined,
    notice: `${changed.length === 1 ? changed[0] : count(changed.length, 'file')} changed on disk and was planned again${again}`,
  }
  return onScreen(next)?.state === 'open' ? next : onward(next)
}
