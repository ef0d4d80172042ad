import { ChangedError, DiskError, dropReview, keepReview, keptReview, staleFiles, writePlan } from '../disk.js'
import { loadLensesOfNewFiles } from '../engine/apply.js'
import { findAll } from '../engine/find.js'
import { nothing } from '../engine/plan.js'
import type { Path, Plan, Project, Reported } from '../model.js'
import { changedFiles } from '../project.js'
import { type Answer, answersFromJson, answersToJson } from '../review/answer.js'
import type { Scope } from '../review/question.js'
import { begin, replay, type Session, written } from '../review/session.js'
import { Interrupted } from '../ui/ask.js'
import { doneReport } from '../ui/done.js'
import { count } from '../ui/layout.js'
import { nextAfterFix } from '../ui/next.js'
import { fails, reportOf } from '../ui/report.js'
import { afterWrite, replanned } from '../ui/review/events.js'
import type { Around } from '../ui/review/prompt.js'
import { leftReview } from '../ui/review/summary.js'
import { type View, viewOf } from '../ui/review/view.js'
import { named } from './choose.js'
import { CODES, UsageError } from './errors.js'
import { checkCanAsk } from './fix.js'
import { type FixOptions, scopeOf } from './options.js'
import { type Prepared, prepare } from './prepare.js'
import { ReviewTerminal } from './review-terminal.js'
import { interruptible } from './signals.js'
import { print, remark } from './terminal.js'

/** Goes through the fixes one by one with a person, and writes what they accept. */
export async function review(paths: readonly string[], options: FixOptions): Promise<number> {
  checkCanAsk(paths, options)
  const prepared = await prepare(paths, options, true)
  const untouched = await prepared.plan(nothing)
  const choices = untouched.found.flatMap(({ finding }) => (finding.fixes ?? []).map((fix) => ({ finding, fix })))
  await loadLensesOfNewFiles(prepared.project, choices)
  if (options.onlyFinding) await named(options.onlyFinding, prepared, nothing)
  const scope = scopeOfReview(prepared, untouched, options)
  const resumed = resumedReview(begin(untouched.before, scope), prepared.root, options)
  const desk = new Desk(prepared, options, scopeOf(paths, options))
  if (resumed.session.questions.length === 0) return desk.nothingToAsk(untouched)
  const view = await desk.sit(viewOf(resumed.session, resumed.notice))
  return desk.leave(view, untouched)
}

function scopeOfReview({ transforms, filter, about }: Prepared, untouched: Plan, options: FixOptions): Scope {
  const known = new WeakMap<Project, readonly Reported[]>([[untouched.before, untouched.found]])
  const survey = (project: Project) => {
    const found = known.get(project) ?? findAll(project, transforms, filter)
    known.set(project, found)
    return found
  }
  return {
    survey,
    covers: about.covers,
    order: transforms.map(({ id }) => id),
    ...(options.onlyFinding && { only: new Set(options.onlyFinding) }),
  }
}

function resumedReview(session: Session, root: string, options: FixOptions): { session: Session; notice?: string } {
  const kept = keptReview(root)
  if (!options.resume) {
    const isKept = kept !== undefined && 'an earlier review is kept: harden fix --resume goes on with it'
    return { session, ...(isKept && { notice: isKept }) }
  }
  if (kept === undefined)
    throw new UsageError('no review of this project was kept. Start one with harden fix --interactive.')
  const answers = answersFromJson(kept)
  if (!answers) throw new UsageError('the kept review cannot be read. Start a new one with harden fix --interactive.')
  const { session: again, lost } = replay(session, answers)
  const taken = count(answers.reduce((sum, { of }) => sum + of.length, 0) - lost, 'answer')
  const asked = lost > 0 ? `; ${count(lost, 'answer')} no longer fit and must be given again` : ''
  return { session: again, notice: `${taken} taken up${asked}` }
}

/** Where a review is held: the terminal, the disk, the editor. What follows from an answer is decided elsewhere. */
class Desk {
  readonly #terminal: ReviewTerminal
  #isWritten = false
  #isKept = false
  #latest: View | undefined

  constructor(
    private readonly prepared: Prepared,
    private readonly options: FixOptions,
    private readonly words: string,
  ) {
    this.#terminal = new ReviewTerminal(prepared.look.name, options.color)
  }

  /** Takes answers until the person leaves; what they want then is in the view's wish. */
  async sit(first: View): Promise<View> {
    let view = first
    let saved = view.session.answers
    const around: Around = {
      screen: () => this.#terminal.screen(),
      took: (now) => {
        this.#latest = now
        const { answers } = now.session
        if (answers !== saved) this.#keep(answers)
        saved = answers
        return now
      },
      isStale: (now) => this.#stale(now.session).length > 0,
    }
    this.#terminal.open()
    try {
      for (;;) {
        view = (await this.#terminal.ask(view, around)) ?? { ...(this.#latest ?? view), wish: { do: 'stop' } }
        const next = await this.#grant(view)
        if (!next) return view
        view = next
      }
    } finally {
      this.#terminal.close()
    }
  }

  /** Keeps the answers for another run. A full disk must not end a review: it says so when the answers are asked for. */
  #keep(answers: readonly Answer[]): void {
    try {
      keepReview(this.prepared.root, answersToJson(answers))
      this.#isKept = true
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#isKept = false
    }
  }

  /** Does what is wished for and says what came of it; `undefined` if the wish is to leave. */
  async #grant(view: View): Promise<View | undefined> {
    const { wish } = view
    switch (wish?.do) {
      case 'edit':
      case 'page':
        return this.#terminal.granted(view, wish)
      case 'write':
        return (await this.#write(view)) ?? afterWrite(view, written(view.session))
      case 'apply':
        return this.#write(view)
      case 'replan':
        return this.#replan(view)
      default:
        return undefined
    }
  }

  /** Writes what was accepted. Should a file have changed on disk, nothing is written and it is planned again. */
  async #write(view: View): Promise<View | undefined> {
    const { base, current } = view.session
    try {
      await interruptible((signal) => writePlan(this.prepared.root, changedFiles(base, current), { signal }))
    } catch (error) {
      if (error instanceof ChangedError) return this.#replan(view)
      throw error
    }
    this.#isWritten = true
    return undefined
  }

  async #replan(view: View): Promise<View> {
    const changed = this.#stale(view.session).map(this.prepared.look.name)
    const { session, lost } = replay(begin(await this.prepared.again(), view.session.scope), view.session.answers)
    return replanned(view, session, lost, changed)
  }

  /** The files the review rests on that are no longer what was read. */
  #stale({ base, current, questions }: Session): readonly Path[] {
    const paths = new Set<Path>(changedFiles(base, current).map(({ path }) => path))
    for (const { state, finding, fixes } of questions) {
      if (state === 'written') continue
      paths.add(finding.at.path)
      for (const fix of fixes) for (const { path } of fix.edits) paths.add(path)
    }
    return staleFiles(this.prepared.root, base, paths)
  }

  /** Ends the review: says what was done and what is left. */
  async leave(view: View, untouched: Plan): Promise<number> {
    const { root, about, look, transforms } = this.prepared
    const { session, wish } = view
    const resume = `harden fix --resume${this.words}`
    if (wish?.do === 'stop') {
      const what = this.#isWritten ? 'nothing was written since the last w' : 'nothing was written'
      const how = this.#isKept && session.answers.length > 0 ? ` ${resume} goes on with the answers so far.` : ''
      throw new Interrupted(`interrupted, ${what}.${how}`)
    }
    if (wish?.do !== 'later') dropReview(root)
    else keepReview(root, answersToJson(session.answers))
    const after = wish?.do === 'apply' ? session.current : session.base
    const open = findAll(after, transforms, this.prepared.filter)
    const result: Plan = { ...untouched, after, steps: [], open }
    const report = reportOf(result, { ...about, command: 'fix', written: true, allows: () => false })
    const left = { after: wish?.do ?? 'later', isWritten: this.#isWritten, resume }
    await print(leftReview(session, report, left, look))
    return fails(report, this.options.failOn) ? CODES.findings : CODES.clean
  }

  /** Nothing can be repaired: what remains is told as any fix tells it. */
  async nothingToAsk(untouched: Plan): Promise<number> {
    const { about, look } = this.prepared
    const report = reportOf(untouched, { ...about, command: 'fix', written: true, allows: () => true })
    remark('harden: there is nothing to review: no fix can be done here.')
    await print(doneReport(report, nextAfterFix(report, this.words), look))
    return fails(report, this.options.failOn) ? CODES.findings : CODES.clean
  }
}
