import { applyReadably } from '../engine/apply.js'
import type { Fix, Project, Step } from '../model.js'
import { changedFiles } from '../project.js'
import { type Answer, type Asked, digestOf } from './answer.js'
import { editedFix } from './edited.js'
import { followed, isAlike, isUndecided, type Question, questionsIn, type Scope, splitName } from './question.js'
import { keepComment } from './suppression.js'

/**
 * A review in progress: the picture on disk, the picture that the answers so far lead to, and what is asked on it. It is
 * a value; every answer makes the next one, so taking an answer back is going back to the value before.
 */
export interface Session {
  readonly scope: Scope
  /** The project as it stands on disk. */
  readonly base: Project
  /** With everything that was accepted. */
  readonly current: Project
  readonly questions: readonly Question[]
  /** What was done since {@link base}, in order. */
  readonly steps: readonly Step[]
  /** What was said since {@link base}: said again, it leads here again. */
  readonly answers: readonly Answer[]
  /** Names of the findings that are asked about piece by piece. */
  readonly split: ReadonlySet<string>
}

/** Begins a review. The lenses of the project's files must have been loaded. */
export function begin(base: Project, scope: Scope): Session {
  const asked = questionsIn(base, scope).filter(({ id }) => !scope.only || scope.only.has(id))
  const ordered = [...asked].sort((a, b) => scope.order.indexOf(a.transform.id) - scope.order.indexOf(b.transform.id))
  const questions = ordered.map((asking, i): Question => ({ ...asking, key: i + 1, state: 'open' }))
  return { scope, base, current: base, questions, steps: [], answers: [], split: new Set() }
}

/** One question, and what shall be done. */
export interface Pick {
  readonly key: number
  readonly fix: Fix
}

/**
 * Does what was picked, one transform after the other, as far as it fits together and leaves files that read. Fixes that
 * meet are done one after the other, if they are still the same on the text that the first one left.
 */
export function accept(session: Session, picks: readonly Pick[]): Session {
  let result = session
  for (const transform of session.scope.order) {
    const own = picks.filter(({ key }) => questionOf(session, key)?.transform.id === transform)
    for (let left = onNow(result, own); left.length > 0; left = onNow(result, left)) {
      const next = done(result, 'accept', left)
      if (next === result) break
      result = next
    }
  }
  return result
}

/** The picks that are still to be done, each with the fix as it is on the latest picture. */
function onNow(session: Session, picks: readonly Pick[]): readonly Pick[] {
  return picks.flatMap(({ key, fix }) => {
    const question = questionOf(session, key)
    if (!question || !isUndecided(question)) return []
    const same = question.fixes.includes(fix) ? fix : question.fixes.find(({ title }) => title === fix.title)
    return same ? [{ key, fix: same }] : []
  })
}

/** Does what a person wrote instead of a fix. */
export function acceptEdited(session: Session, pick: Pick): Session {
  return done(session, 'edit', [pick])
}

/** The comment that lets a finding be, if one can be written that does; to be looked at and given to {@link keep}. */
export function keeping(session: Session, key: number, reason: string): Fix | undefined {
  const question = questionOf(session, key)
  const fix = question && isUndecided(question) ? keepComment(question, reason, session.current) : undefined
  if (!question || !fix) return undefined
  const alike = ({ questions }: Session) =>
    questions.filter((other) => other.key !== key && other.state === 'open' && isAlike(other, question)).length
  return alike(keep(session, { key, fix }, reason)) <= alike(session) ? fix : undefined
}

/** Writes a comment that asks to leave a finding as it is. */
export function keep(session: Session, pick: Pick, reason: string): Session {
  return done(session, 'keep', [pick], reason)
}

/** The picks of one transform, at once. The same session comes back if none of them can be done. */
function done(session: Session, verb: 'accept' | 'edit' | 'keep', picks: readonly Pick[], reason?: string): Session {
  const { current: before, scope } = session
  const asked = picks.flatMap(({ key, fix }) => {
    const question = questionOf(session, key)
    return question && isUndecided(question) ? [{ question, choice: { finding: question.finding, fix } }] : []
  })
  const { choices, after } = applyReadably(
    before,
    asked.map(({ choice }) => choice),
  )
  const done = new Set(choices)
  const taken = asked.filter(({ choice }) => done.has(choice))
  if (taken.length === 0 || changedFiles(before, after).length === 0) return session
  const state = verb === 'keep' ? 'kept' : 'accepted'
  const decided = new Map(taken.map(({ question, choice }) => [question.key, { fix: choice.fix, state }] as const))
  const edits = taken.flatMap(({ choice }) => choice.fix.edits)
  const answer: Answer = {
    verb,
    of: taken.map(({ question, choice }) => ({
      ...askedOf(question),
      fix: digestOf(choice.fix, before, verb === 'edit' ? 'files' : 'change'),
    })),
    ...(reason !== undefined && { reason }),
    ...(verb === 'edit' && { edits }),
  }
  const questions = session.questions.map((question) => {
    const answered = decided.get(question.key)
    return answered ? { ...question, ...answered } : question
  })
  return {
    ...session,
    current: after,
    questions: followed(questions, questionsIn(after, scope, session.split), before, edits, {
      scope,
      firstKey: nextKey(session),
    }),
    steps: [...session.steps, { transform: taken[0]!.question.transform.id, choices, before, after }],
    answers: [...session.answers, answer],
  }
}

/** Leaves findings as they are, for this review. */
export function skip(session: Session, keys: readonly number[]): Session {
  const skipped = session.questions.filter(({ key, state }) => state === 'open' && keys.includes(key))
  if (skipped.length === 0) return session
  return {
    ...session,
    questions: session.questions.map((question) =>
      skipped.includes(question) ? { ...question, state: 'skipped' } : question,
    ),
    answers: [...session.answers, { verb: 'skip', of: skipped.map(askedOf) }],
  }
}

/** Asks about a finding piece by piece from now on. The same session comes back if it has only one. */
export function split(session: Session, key: number): Session {
  const question = questionOf(session, key)
  if (question?.state !== 'open' || question.part !== undefined || !question.fixes[0]?.parts?.length) return session
  const names = new Set([...session.split, splitName(question)])
  const others = session.questions.filter((other) => other !== question)
  const now = questionsIn(session.current, session.scope, names)
  return {
    ...session,
    split: names,
    questions: followed(others, now, session.current, [], {
      scope: session.scope,
      firstKey: nextKey(session),
      place: session.questions.indexOf(question),
    }),
    answers: [...session.answers, { verb: 'split', of: [askedOf(question)] }],
  }
}

/** The session in which a question that was decided is undecided again; what was said to the others stays. */
export function reopened(session: Session, key: number): { session: Session; lost: number; key: number | undefined } {
  const without = session.answers.flatMap((answer): readonly Answer[] => {
    const of = answer.of.filter((asked) => asked.key !== key || answer.verb === 'split')
    return of.length > 0 ? [{ ...answer, of }] : []
  })
  const result = replay(begin(session.base, session.scope), without)
  const question = questionOf(session, key)
  const again = result.session.questions.filter(
    (other) => question && other.state === 'open' && isAlike(other, question),
  )
  return { ...result, key: (again.find((other) => other.key === key) ?? again[0])?.key }
}

/** The session once everything that was accepted stands on the disk: what is decided stays decided. */
export function written(session: Session): Session {
  const questions = session.questions.map(
    (question): Question => (isDone(question) ? { ...question, state: 'written' } : question),
  )
  const inPieces = session.questions.filter((question) => isUndecided(question) && question.part !== undefined)
  const skipped = questions.filter(({ state }) => state === 'skipped')
  return {
    ...session,
    base: session.current,
    questions,
    steps: [],
    answers: [
      ...[...new Set(inPieces.map(({ id }) => id))].map((id): Answer => ({ verb: 'split', of: [{ key: 0, id }] })),
      ...(skipped.length > 0 ? [{ verb: 'skip', of: skipped.map(askedOf) } as const] : []),
    ],
  }
}

function isDone({ state }: Question): boolean {
  return state === 'accepted' || state === 'kept'
}

/**
 * Says answers again, to these files or to changed ones. An answer counts only if its question is asked again, and a yes
 * only if it would change the same words into the same words; the others are lost, and asked again.
 */
export function replay(session: Session, answers: readonly Answer[]): { session: Session; lost: number } {
  let result = session
  let lost = 0
  for (const answer of answers) {
    const next = said(result, answer)
    lost += answer.of.length - next.counted
    result = next.session
  }
  return { session: result, lost }
}

function said(session: Session, { verb, of, reason, edits }: Answer): { session: Session; counted: number } {
  const asked = of.flatMap((each) => {
    const question = session.questions.find(
      (other) => isUndecided(other) && other.id === each.id && other.part === each.part,
    )
    return question ? [{ question, seen: each.fix }] : []
  })
  const seenAgain = (fixes: readonly Fix[], seen: string | undefined, extent?: 'files') =>
    fixes.find((fix) => digestOf(fix, session.current, extent) === seen)
  const outcome = (next: Session, counted: number) => ({ session: next, counted: next === session ? 0 : counted })
  const [first] = asked
  if (!first) return { session, counted: 0 }
  switch (verb) {
    case 'skip':
      return outcome(
        skip(
          session,
          asked.map(({ question }) => question.key),
        ),
        asked.length,
      )
    case 'split':
      return outcome(split(session, first.question.key), 1)
    case 'keep': {
      const fix = keeping(session, first.question.key, reason ?? '')
      return outcome(fix ? keep(session, { key: first.question.key, fix }, reason ?? '') : session, 1)
    }
    case 'edit': {
      const written = edits && editedFix(first.question.fixes[0]!, edits)
      const fix = seenAgain(written ? [written] : [], first.seen, 'files')
      return outcome(fix ? acceptEdited(session, { key: first.question.key, fix }) : session, 1)
    }
    case 'accept': {
      const picks = asked.flatMap(({ question, seen }): readonly Pick[] => {
        // Equal findings are told apart by their order, which an answer taken back has changed: the words decide then.
        const alike = session.questions.filter((other) => isUndecided(other) && isAlike(other, question))
        for (const { key, fixes } of [question, ...alike]) {
          const fix = seenAgain(fixes, seen)
          if (fix) return [{ key, fix }]
        }
        return []
      })
      return outcome(picks.length > 0 ? done(session, 'accept', picks) : session, picks.length)
    }
  }
}

export function questionOf({ questions }: Session, key: number): Question | undefined {
  const known = byKey.get(questions) ?? new Map(questions.map((question) => [question.key, question]))
  byKey.set(questions, known)
  return known.get(key)
}

/** A review of many repositories has thousands of questions, and an answer about many looks each of them up. */
const byKey = new WeakMap<readonly Question[], ReadonlyMap<number, Question>>()

/** No key is given twice, so that an answer about one question never counts for another. */
function nextKey({ questions }: Session): number {
  return Math.max(0, ...questions.map(({ key }) => key)) + 1
}

function askedOf({ key, id, part, transform, finding }: Question): Asked {
  return { key, id, transform: transform.id, path: finding.at.path, ...(part !== undefined && { part }) }
}
