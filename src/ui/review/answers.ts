import type { Path } from '../../model.js'
import { applyTo, changedFiles } from '../../project.js'
import { isUndecided, type Question } from '../../review/question.js'
import {
  accept,
  acceptEdited,
  keep,
  type Pick,
  questionOf,
  reopened,
  type Session,
  skip,
  split,
} from '../../review/session.js'
import { count } from '../layout.js'
import { nextOpen } from './moves.js'
import { calledIn, chosenFix, onScreen, openQuestions, shownFix, type View } from './view.js'

/** What a question is called in this review. */
export const keyOf = ({ key }: Question) => key
/** Whether another question is about the same file; in a campaign, of whichever pull request. */
export const sameFile = (view: View, question: Question) => {
  const called = calledIn(view)
  const own = called(question.finding.at.path)
  return (other: Question) => called(other.finding.at.path) === own
}

/** Whether another question of a campaign is about the same repository. */
export const sameRepository = ({ campaign }: View, question: Question) => {
  const own = campaign?.placeOf(question.finding.at.path).repository
  return (other: Question) => campaign?.placeOf(other.finding.at.path).repository === own
}

/** The open questions of one transform whose fix takes as much care. */
export function like(view: View, question: Question): readonly Question[] {
  const level = chosenFix(view, question).applicability
  return openQuestions(view).filter(
    (other) => other.transform.id === question.transform.id && chosenFix(view, other).applicability === level,
  )
}

/** The open questions whose fix may be done without a look. */
export function safeOnes(view: View): readonly Question[] {
  return openQuestions(view).filter((question) => chosenFix(view, question).applicability === 'safe')
}

const WRITTEN = 'it is written already; harden undo takes the last write back'

/** `y`: does the fix that is shown. */
export function yes(view: View): View {
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

/** `n`: drops a draft, skips an open question, takes an accepted one back. */
export function no(view: View): View {
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
export function bulk(view: View, questions: readonly Question[]): View {
  if (questions.length === 0) return { ...view, notice: 'there is no safe fix left here; r takes all of one rule' }
  const keys = questions.map(keyOf)
  const wantsLook = questions.some((question) => chosenFix(view, question).applicability !== 'safe')
  if (wantsLook && keys.length > 1) return { ...view, mode: { kind: 'count', keys, typed: '' } }
  return acceptAll(view, keys)
}

export function acceptAll(view: View, keys: readonly number[]): View {
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
export function decided(view: View, session: Session): View {
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

/** `u`: to the session before the last answer, and the question it was about. */
export function undo(view: View): View {
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

/** `U`: to the session that undo left. */
export function redo(view: View): View {
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

/** `Tab`: the next of several fixes, or away from a draft. */
export function nextAlternative(view: View): View {
  const question = onScreen(view)
  if (!question || !isUndecided(question)) return view
  if (view.draft) return { ...view, draft: undefined, scroll: 0 }
  if (question.fixes.length === 1) return { ...view, notice: 'there is only this fix' }
  const next = ((view.chosen.get(question.key) ?? 0) + 1) % question.fixes.length
  return { ...view, chosen: new Map([...view.chosen, [question.key, next]]), scroll: 0 }
}

/** `s`: asks about the pieces of a fix one by one. */
export function splitUp(view: View): View {
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

/** `e`: wishes for the proposed result in an editor. */
export function edit(view: View): View {
  const question = onScreen(view)
  const fix = shownFix(view)
  if (!question || !fix || !isUndecided(question))
    return { ...view, notice: 'this one is decided already; u takes that back' }
  const { current } = view.session
  const files = changedFiles(current, applyTo(current, fix.edits))
  const texts = new Map<Path, string>(files.map(({ path, after }) => [path, after.text]))
  return { ...view, wish: { do: 'edit', key: question.key, texts } }
}
