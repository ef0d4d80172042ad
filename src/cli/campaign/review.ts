import { transforms } from '../../../transforms/index.js'
import { AddressError, accessOf, authorizationOf, forgesOf } from '../../campaign/access.js'
import { nameOf, shortNames, urlOf } from '../../campaign/address.js'
import { mayWrite, type PlanFolder, readPlan } from '../../campaign/folder.js'
import { openRepository } from '../../campaign/git/open.js'
import { GitError, type Repository } from '../../campaign/repository.js'
import { takenUp } from '../../campaign/review/agreed.js'
import { type Decision, decisionsFromJson } from '../../campaign/review/decisions.js'
import { decisionsFile, readDecisions } from '../../campaign/review/kept.js'
import { type NotReviewed, openSubjects } from '../../campaign/review/open.js'
import { reviewOf } from '../../campaign/review/outcome.js'
import type { ChangesPlan } from '../../campaign/review/subject.js'
import { escaped } from '../../escape.js'
import { count } from '../../ui/layout.js'
import { progressOn } from '../../ui/progress.js'
import { enter } from '../enter.js'
import { CODES, UsageError } from '../errors.js'
import { interruptible } from '../signals.js'
import { isInteractive, remark } from '../terminal.js'
import { ReviewDesk, writeAgreed } from './review-desk.js'
import { withScratch } from './scratch.js'

/** As commander hands them over. */
export interface ReviewOptions {
  readonly decisions?: string
  readonly color: boolean
  readonly quiet?: boolean
  readonly cwd?: string
}

/**
 * Goes through a plan with a person, or does what was decided before.
 * @param folder Of the plan, as the person named it.
 * @returns 0, or 1 if something could not be reviewed or a decision was lost
 */
export async function reviewCampaign(folder: string, options: ReviewOptions): Promise<number> {
  enter(options.cwd)
  const opened = await readPlan(folder)
  await mayWrite(folder, opened.plan.campaign.id)
  if (options.decisions === undefined) checkCanAsk(folder)
  const decisions = decisionsIn(options.decisions ?? decisionsFile(opened.folder), opened, options)
  const wanted = opened.plan.repositories.filter((each): each is ChangesPlan => each.state === 'changes')
  if (wanted.length === 0) {
    remark('harden: there is nothing to review: the plan holds no pull request.')
    return CODES.clean
  }
  return interruptible((signal) =>
    withScratch(async (scratch) => {
      const { subjects, notReviewed } = await openAll(wanted, opened, scratch, signal)
      try {
        const names = shortNames(wanted)
        const besides = notReviewed.map((each) => notReviewedSentence(each, names.get(each.planned.slug)!))
        for (const each of besides) remark(`harden: ${each}`)
        const review = reviewOf(
          subjects,
          transforms.map(({ id }) => id),
        )
        const begun = takenUp(review, decisions)
        const desk = { folder, opened, options, besides, signal }
        const code =
          options.decisions === undefined
            ? await new ReviewDesk(desk, review, begun).sit()
            : await unattended(options.decisions, begun, () =>
                writeAgreed(desk, review, begun.session, begun.elsewhere),
              )
        return code === CODES.clean && notReviewed.length > 0 ? CODES.findings : code
      } finally {
        await Promise.all(subjects.map(({ repository }) => repository.close()))
      }
    }),
  )
}

function checkCanAsk(folder: string): void {
  if (isInteractive()) return
  throw new UsageError('campaign review asks, and this is not a terminal. Use one of', [
    `${folder}/summary.md                                what the plan holds`,
    `${folder}/review.html                               the same with every change, for a browser`,
    `harden campaign review ${folder} --decisions FILE   does what a review has decided before`,
  ])
}

function decisionsIn(path: string, { plan }: PlanFolder, options: ReviewOptions): readonly Decision[] {
  const text = readDecisions(path)
  if (text === undefined && options.decisions === undefined) return []
  if (text === undefined) throw new UsageError(`there are no decisions in ${path}: no such file.`)
  const read = decisionsFromJson(text)
  if (!read) throw new UsageError(`${path} does not hold the decisions of a review: move it away to begin with none.`)
  if (read.campaign !== plan.campaign.id)
    throw new UsageError(`${path} holds decisions about another campaign, ${read.campaign}.`)
  return read.decisions
}

function notReviewedSentence({ planned, reason }: NotReviewed, name: string): string {
  return `${escaped(name)} cannot be reviewed: ${escaped(reason)}. It stays as planned, with ${count(planned.pulls.length, 'pull request')}.`
}

/** How often a token may be refused before nothing more is asked with it: servers lock out who goes on. */
const MOST_REFUSALS = 3

async function openAll(wanted: readonly ChangesPlan[], { plan }: PlanFolder, scratch: string, signal: AbortSignal) {
  const forges = forgesOf(plan.campaign.forges ?? [])
  const authorization = (origin: string) => {
    try {
      return authorizationOf(accessOf(origin, forges, process.env))
    } catch (error) {
      throw error instanceof AddressError ? new UsageError(`${error.message}.`) : error
    }
  }
  const progress = progressOn(process.stderr)
  let begun = 0
  const refusals = new Map<string, number>()
  const open = async ({ address, base }: ChangesPlan): Promise<Repository> => {
    const origin = address.kind === 'remote' ? address.origin : ''
    if ((refusals.get(origin) ?? 0) >= MOST_REFUSALS)
      throw new GitError('unauthorised', `it was not asked for, because ${origin} has refused the token before`)
    progress.tick(`opening ${++begun} of ${wanted.length}: ${escaped(nameOf(address))}`)
    const source = { address, url: urlOf(address), ...(address.kind === 'remote' && authorization(address.origin)) }
    try {
      const at = { branch: base.branch, commit: base.commit }
      return await openRepository(source, { folder: scratch, at, signal })
    } catch (error) {
      if (error instanceof GitError && error.kind === 'unauthorised')
        refusals.set(origin, (refusals.get(origin) ?? 0) + 1)
      throw error
    }
  }
  try {
    return await openSubjects(wanted, plan.campaign, open)
  } finally {
    progress.end()
  }
}

/** Does what was decided, and says what of it no longer fits. */
async function unattended(
  file: string,
  { session, matched, lost, elsewhere }: ReturnType<typeof takenUp>,
  write: () => Promise<void>,
): Promise<number> {
  if (matched === 0) throw new UsageError(`none of the decisions in ${file} fits this plan, so it was left as it is.`)
  const undecided = session.questions.filter(({ state }) => state === 'open').length
  remark(`harden: ${count(matched, 'answer')} taken up from ${escaped(file)}.`)
  if (undecided > 0) remark(`harden: ${undecided} not decided: left out of the plan.`)
  for (const { slug, group, answers } of lost)
    remark(`harden: ${escaped(slug)}, ${escaped(group)}: ${count(answers, 'answer')} no longer fit.`)
  if (elsewhere.length > 0) remark(`harden: ${count(elsewhere.length, 'answer')} about what is not reviewed here.`)
  await write()
  return lost.length > 0 ? CODES.findings : CODES.clean
}
