import { isDoable, overwritesUnread } from '../engine/apply.js'
import { fingerprints } from '../engine/find.js'
import type { Fix, Path, Project, Reported, TextEdit } from '../model.js'
import { movedOffset } from '../text.js'

/** `kept`: a comment in the file asks to leave it · `gone`: another fix has settled it · `written`: the disk has it. */
export type State = 'open' | 'accepted' | 'skipped' | 'kept' | 'gone' | 'written'

/** A finding that can be repaired, and what was said to it. It stays the same question while its lines move. */
export interface Question extends Reported {
  /** Its name in this review. */
  readonly key: number
  /** The fingerprint of the finding in {@link project}. */
  readonly id: string
  /** The picture its places belong to: the latest while it is undecided, else the one it was decided on. */
  readonly project: Project
  /** What can be done, the default first. */
  readonly fixes: readonly Fix[]
  /** The piece of the finding's fix that it is about, by title, after a split. */
  readonly part?: string
  readonly state: State
  /** What was done. */
  readonly fix?: Fix
}

/** What a review is about. */
export interface Scope {
  /** Finds what is wrong in a picture of the project. */
  readonly survey: (project: Project) => readonly Reported[]
  /** Whether a file may be changed. */
  readonly covers: (path: Path) => boolean
  /** The ids of the transforms in their order of work, which is the order of the questions. */
  readonly order: readonly string[]
  /** The only findings of the untouched project to ask about. */
  readonly only?: ReadonlySet<string>
}

/** A question that nobody has been asked yet. */
export type Asking = Omit<Question, 'key' | 'state'>

/** Everything that could be done to a picture. Findings in `split` are asked about piece by piece. */
export function questionsIn(project: Project, scope: Scope, split: ReadonlySet<string> = new Set()): readonly Asking[] {
  const reported = scope.survey(project)
  const ids = fingerprints(reported)
  return reported.flatMap(({ transform, finding }, i): readonly Asking[] => {
    const fixes = (finding.fixes ?? []).filter(
      (fix) =>
        isDoable(fix) &&
        fix.edits.every(({ path }) => scope.covers(path)) &&
        !overwritesUnread({ finding, fix }, project),
    )
    const [first] = fixes
    if (!first) return []
    const asking = { transform, finding, id: ids[i]!, project, fixes }
    if (!split.has(splitName(asking))) return [asking]
    return (first.parts ?? [first]).map((part) => ({ ...asking, fixes: [part], part: part.title }))
  })
}

/** What a split finding keeps being called while its pieces are done one after the other. */
export function splitName({ transform, finding }: Reported): string {
  return [transform.id, finding.at.path, finding.subject ?? ''].join('\0')
}

/**
 * The questions on the next picture: a finding that is still there keeps its key and what was said to it, however far its
 * lines have moved; one that is not is gone; what has come up is asked at `place`, or else at its own in the order of work.
 */
export function followed(
  questions: readonly Question[],
  now: readonly Asking[],
  before: Project,
  edits: readonly TextEdit[],
  { scope, firstKey, place }: { scope: Scope; firstKey: number; place?: number },
): readonly Question[] {
  const left = [...now]
  const take = (wanted: (asking: Asking) => boolean) => {
    const index = left.findIndex(wanted)
    return index < 0 ? undefined : left.splice(index, 1)[0]
  }
  const starts = new Map(
    questions.filter(isUndecided).map(({ key, finding: { at } }) => {
      const text = before.read(at.path)?.text ?? ''
      const own = edits.filter(({ path }) => path === at.path)
      return [key, movedOffset(text, at.start, own)]
    }),
  )
  // Exact places first: of equal findings each must find itself again.
  const found = new Map<Question, Asking | undefined>()
  for (const question of questions.filter(isUndecided)) {
    const start = starts.get(question.key)
    found.set(
      question,
      take((asking) => isAlike(asking, question) && asking.finding.at.start === start),
    )
  }
  for (const [question, exact] of found) {
    found.set(question, exact ?? take((asking) => isAlike(asking, question)))
  }
  const kept = questions.map((question): Question => {
    if (!isUndecided(question)) return question
    const asking = found.get(question)
    // The same finding as before: nothing it rests on has changed.
    if (asking?.finding === question.finding && asking.id === question.id) return question
    if (asking) return { ...question, ...asking }
    return { ...question, state: 'gone' }
  })
  if (scope.only) return kept
  const fresh = left.map((asking, i): Question => ({ ...asking, key: firstKey + i, state: 'open' }))
  if (place !== undefined) return [...kept.slice(0, place), ...fresh, ...kept.slice(place)]
  return fresh.reduce<readonly Question[]>((list, question) => inserted(list, question, scope.order), kept)
}

/** Whether an answer may still be given, or given otherwise. */
export function isUndecided({ state }: Question): boolean {
  return state === 'open' || state === 'skipped'
}

/** Whether two may be the same question, apart from where they stand. */
export function isAlike(a: Asking, b: Asking): boolean {
  if (a.part !== undefined || b.part !== undefined) return a.part === b.part && splitName(a) === splitName(b)
  return splitName(a) === splitName(b) && a.finding.message === b.finding.message
}

/** Behind the last question whose transform works no later. */
function inserted(list: readonly Question[], question: Question, order: readonly string[]): readonly Question[] {
  const rank = ({ transform }: Question) => order.indexOf(transform.id)
  const place = list.findLastIndex((other) => rank(other) <= rank(question)) + 1
  return [...list.slice(0, place), question, ...list.slice(place)]
}
