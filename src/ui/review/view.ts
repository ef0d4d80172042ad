import type { Fix, Path } from '../../model.js'
import type { Question } from '../../review/question.js'
import { questionOf, type Session } from '../../review/session.js'
import { type Filter, matches } from './filter.js'

/** What a person wants that a picture of the screen cannot give. The command does it and says what came of it. */
export type Wish =
  | { readonly do: 'edit'; readonly key: number; readonly texts: ReadonlyMap<Path, string> }
  | { readonly do: 'page' }
  /** `replan`: a file has changed on disk. */
  | { readonly do: 'write' | 'apply' | 'later' | 'discard' | 'stop' | 'replan' }

/** What keys mean now. */
export type Mode =
  | { readonly kind: 'ask' }
  | { readonly kind: 'type'; readonly what: 'reason' | 'search' | 'filter' | 'goto'; readonly typed: string }
  /** A bulk answer that wants its number typed. */
  | { readonly kind: 'count'; readonly keys: readonly number[]; readonly typed: string }
  | { readonly kind: 'read'; readonly panel: 'help' | 'explain' }
  | { readonly kind: 'leave' }

/** A fix that no transform made, shown like any other before it is taken. */
export type Draft =
  | { readonly key: number; readonly fix: Fix; readonly by: 'hand' }
  | { readonly key: number; readonly fix: Fix; readonly by: 'comment'; readonly reason: string }

/** A session to come back to, and the question that was on the screen. */
interface Moment {
  readonly session: Session
  readonly at: number
}

/** What a review of many repositories at once knows besides: its questions are of the pull requests of a plan. */
export interface Campaign {
  /** Where a file of the joint picture lies. */
  readonly placeOf: (path: Path) => PlaceInCampaign
  /** What is said of the rest of the plan when the review is left: sentences, safe to show. */
  readonly besides: readonly string[]
}

export interface PlaceInCampaign {
  /** As a person calls it: `github.com/acme/shop`. */
  readonly repository: string
  /** The pull request it is part of. */
  readonly group: string
  readonly path: Path
}

/** All there is to a review at one moment. What is shown and what a key does follow from it alone. */
export interface View {
  readonly session: Session
  /** Missing where the questions are of one project. */
  readonly campaign?: Campaign
  /** What undo goes back to, the latest last. */
  readonly past: readonly Moment[]
  /** What redo goes forward to, the next last. */
  readonly future: readonly Moment[]
  /** The key of the question on the screen; 0 if there is none. */
  readonly at: number
  /** Which of a question's fixes is shown, where it is not the first. */
  readonly chosen: ReadonlyMap<number, number>
  readonly draft?: Draft
  readonly mode: Mode
  /** Lines that have gone off the top. */
  readonly scroll: number
  /** How much of what is shown fits: lines there are, and lines there is room for. */
  readonly extent: { readonly lines: number; readonly room: number }
  /** Unchanged lines shown around a change. */
  readonly context: number
  readonly sideBySide: boolean
  readonly filter?: Filter
  readonly search?: string
  /** What came of the last key, if the screen does not show it by itself. */
  readonly notice?: string
  readonly wish?: Wish
}

/** A review from its beginning, or from the answers that were kept. */
export function viewOf(session: Session, notice?: string, campaign?: Campaign): View {
  const view: View = {
    session,
    ...(campaign && { campaign }),
    past: [],
    future: [],
    at: 0,
    chosen: new Map(),
    mode: { kind: 'ask' },
    scroll: 0,
    extent: { lines: 0, room: 1 },
    context: 3,
    sideBySide: false,
    ...(notice && { notice }),
  }
  const first = session.questions.find(({ state }) => state === 'open') ?? session.questions[0]
  return { ...view, at: first?.key ?? 0, mode: first?.state === 'open' ? view.mode : { kind: 'leave' } }
}

export function onScreen({ session, at }: View): Question | undefined {
  return questionOf(session, at)
}

/** A file as the person calls it, unescaped; in a campaign with its repository before it. */
export function calledIn({ campaign }: Pick<View, 'campaign'>): (path: Path) => string {
  if (!campaign) return (path) => path
  return (path) => {
    const place = campaign.placeOf(path)
    return `${place.repository}/${place.path}`
  }
}

/** The fix that `y` would do. */
export function shownFix(view: View): Fix | undefined {
  const question = onScreen(view)
  if (!question) return undefined
  if (view.draft?.key === question.key) return view.draft.fix
  return question.fix ?? chosenFix(view, question)
}

/** The fix that was last looked at, or the default. */
export function chosenFix({ chosen }: View, { key, fixes }: Question): Fix {
  return fixes[chosen.get(key) ?? 0] ?? fixes[0]!
}

/** The questions that the filter lets through; all without one. */
export function listed({ session, filter }: View): readonly Question[] {
  return filter ? session.questions.filter((question) => matches(filter, question)) : session.questions
}

export function openQuestions(view: View): readonly Question[] {
  return listed(view).filter(({ state }) => state === 'open')
}

/** How many questions there are of each kind. */
export function tally({ session }: View): Readonly<Record<Question['state'], number>> {
  const sums = { open: 0, accepted: 0, skipped: 0, kept: 0, gone: 0, written: 0 }
  for (const { state } of session.questions) sums[state]++
  return sums
}
