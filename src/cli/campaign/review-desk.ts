import { shortNames } from '../../campaign/address.js'
import { type PlanFolder, readPlan, writePlan } from '../../campaign/folder.js'
import { reviewedPlan, type TakenUp, takenUp } from '../../campaign/review/agreed.js'
import { type Decision, decisionsOf, decisionsToJson } from '../../campaign/review/decisions.js'
import { dropDecisions, keepDecisions } from '../../campaign/review/kept.js'
import { type Review, reviewOf } from '../../campaign/review/outcome.js'
import { pullOf } from '../../campaign/review/parts.js'
import { DiskError } from '../../disk.js'
import { escaped } from '../../escape.js'
import type { Path } from '../../model.js'
import type { Session } from '../../review/session.js'
import { Interrupted } from '../../ui/ask.js'
import { reviewedReport, unchangedReport } from '../../ui/campaign/reviewed.js'
import { count } from '../../ui/layout.js'
import type { Around } from '../../ui/review/prompt.js'
import { type PlaceInCampaign, type View, viewOf } from '../../ui/review/view.js'
import { CODES, UsageError } from '../errors.js'
import { ReviewTerminal } from '../review-terminal.js'
import { print, stdoutLook } from '../terminal.js'
import { pagesOf } from './pages.js'
import type { ReviewOptions } from './review.js'

/** The plan that is reviewed, and how. */
export interface Desk {
  /** As the person named it. */
  readonly folder: string
  readonly opened: PlanFolder
  readonly options: ReviewOptions
  /** What is said of the rest of the plan, safe to show. */
  readonly besides: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Makes the plan anew of what was accepted, unless it has become another one meanwhile.
 * @throws DiskError, UsageError; the plan is as it was then
 */
export async function writeAgreed(
  { folder, opened, options, signal }: Desk,
  review: Review,
  session: Session,
  elsewhere: readonly Decision[],
): Promise<void> {
  const { plan: before, patch } = opened
  const { plan, patches } = await reviewedPlan(before, patch, review, session)
  keepDecisions(opened.folder, decisionsToJson(before, [...elsewhere, ...decisionsOf(session.answers, review.joint)]))
  if ((await readPlan(folder)).plan.hash !== before.hash)
    throw new UsageError(
      `${folder} holds another plan than the one that was reviewed: review that one. The answers are kept.`,
    )
  await writePlan(folder, plan, patches, { pages: pagesOf(plan, patches, folder), signal })
  await print(reviewedReport(before, plan, folder, stdoutLook(options.color, '.', '.')))
}

/** A person, the terminal, and the folder that their answers are kept in. */
export class ReviewDesk {
  readonly #terminal: ReviewTerminal
  /** What the person calls each repository, by its slug. */
  readonly #names: ReadonlyMap<string, string>
  #review: Review
  #elsewhere: readonly Decision[]
  #isKept = false
  #latest: View | undefined

  constructor(
    private readonly desk: Desk,
    review: Review,
    private readonly begun: TakenUp,
  ) {
    this.#review = review
    this.#elsewhere = begun.elsewhere
    this.#names = shortNames(review.subjects.map(({ planned }) => planned))
    this.#terminal = new ReviewTerminal((path) => this.#shown(path), desk.options.color)
  }

  /** Takes answers until the person leaves, and does what they want then. @returns the exit code */
  async sit(): Promise<number> {
    let view = this.#view(this.begun, noticeOf(this.begun))
    let saved = view.session.answers
    const around: Around = {
      screen: () => this.#terminal.screen(),
      took: (now) => {
        this.#latest = now
        if (now.session.answers !== saved) this.#keep(now.session)
        saved = now.session.answers
        return this.#missesFiles(now) ? { ...now, wish: { do: 'replan' } } : now
      },
      isStale: () => false,
    }
    this.#terminal.open()
    try {
      for (;;) {
        const stopped: View = { ...(this.#latest ?? view), wish: { do: 'stop' } }
        view = (await this.#terminal.ask(view, around, this.desk.signal)) ?? stopped
        const { wish } = view
        if (wish?.do === 'edit' || wish?.do === 'page') view = this.#terminal.granted(view, wish)
        else if (wish?.do === 'replan') view = await this.#replanned(view)
        else break
      }
    } finally {
      this.#terminal.close()
    }
    return this.#leave(view)
  }

  #view(begun: TakenUp, notice?: string): View {
    return viewOf(begun.session, notice, { placeOf: (path) => this.#placeOf(path), besides: this.desk.besides })
  }

  #placeOf(path: Path): PlaceInCampaign {
    const place = this.#review.joint.placeOf(path)
    const { slug, group } = pullOf(place.part)
    return { repository: this.#names.get(slug) ?? slug, group, path: place.path }
  }

  /** `acme/shop api/Dockerfile` */
  #shown(path: Path): string {
    const place = this.#placeOf(path)
    return `${escaped(place.repository)} ${escaped(place.path)}`
  }

  /** Whether judging the latest picture asked for files that are not here yet. */
  #missesFiles({ wish }: View): boolean {
    if (wish && wish.do !== 'apply') return false
    return this.#review.subjects.some(({ fetched }) => fetched.missed().length > 0)
  }

  /** Fetches what was missed, and says the answers again if it was more than nothing. */
  async #replanned(view: View): Promise<View> {
    const before = this.#review.subjects
    const subjects = await Promise.all(before.map(({ completed }) => completed()))
    const rest: View = { ...view, wish: undefined }
    if (subjects.every((subject, i) => subject === before[i])) return rest
    const decisions = decisionsOf(view.session.answers, this.#review.joint)
    this.#review = reviewOf(subjects, this.#review.joint.scope.order)
    const again = takenUp(this.#review, decisions)
    const lost = lostAnswers(again)
    const notice = `more files were needed and are here now${lost > 0 ? `; ${count(lost, 'answer')} must be given again` : ''}`
    return this.#view(again, notice)
  }

  /** Keeps the answers. A full disk must not end a review: the last ones are kept when it is left, or that is said. */
  #keep(session: Session): void {
    try {
      this.#save(session)
      this.#isKept = true
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#isKept = false
    }
  }

  #save({ answers }: Session): void {
    const { plan, folder } = this.desk.opened
    keepDecisions(folder, decisionsToJson(plan, [...this.#elsewhere, ...decisionsOf(answers, this.#review.joint)]))
  }

  async #leave({ session, wish }: View): Promise<number> {
    const { folder, options, opened } = this.desk
    const look = stdoutLook(options.color, '.', '.')
    if (wish?.do === 'apply') {
      await writeAgreed(this.desk, this.#review, session, this.#elsewhere)
      return CODES.clean
    }
    if (wish?.do === 'later') {
      this.#save(session)
      await print(unchangedReport(sum(session), folder, look))
      return CODES.clean
    }
    if (wish?.do === 'discard') {
      dropDecisions(opened.folder)
      await print(unchangedReport(0, folder, look))
      return CODES.clean
    }
    const kept = this.#isKept && session.answers.length > 0
    const how = kept ? ` harden campaign review ${folder} goes on with the answers so far.` : ''
    throw new Interrupted(`interrupted, the plan is as it was.${how}`)
  }
}

function noticeOf(begun: TakenUp): string | undefined {
  const lost = lostAnswers(begun)
  if (begun.matched + lost === 0) return undefined
  const again = lost > 0 ? `; ${count(lost, 'answer')} no longer fit and must be given again` : ''
  return `${count(begun.matched, 'answer')} taken up${again}`
}

function lostAnswers({ lost }: TakenUp): number {
  return lost.reduce((all, { answers }) => all + answers, 0)
}

function sum({ answers }: Session): number {
  return answers.reduce((all, { of }) => all + of.length, 0)
}
