/** Opens, updates and decorates a pull request whose branch is where it should be. */
import { escaped } from '../../escape.js'
import { ForgeError, type PullRequest } from '../forge.js'
import type { ObjectId } from '../model.js'
import { marked, markerOf } from './marker.js'
import { mayBeDone, meaningOf } from './refusals.js'
import { act, type Task } from './site.js'

/** The text of the pull request, with the marker that says what it is. */
function textOf({ means, pull, digest }: Task, head: ObjectId): string {
  const { settings, plan } = means
  return marked(pull.body, { campaign: settings.id, group: pull.group, plan, head, pull: digest })
}

/** Opens a pull request. @throws ForgeError */
export function openPull(task: Task, head: ObjectId): Promise<PullRequest> {
  const { forge, remote, pull, planned } = task
  const { branch, title, labels, reviewers, draft } = pull
  const opened = { branch, base: planned.base.branch, title, body: textOf(task, head), labels, reviewers, draft }
  return act(task, { act: 'open', commit: head }, () => forge.open(remote, opened), outcomeOf)
}

/** Brings the text of an open one up to date, if it was for something else. @throws ForgeError */
export async function updatePull(task: Task, open: PullRequest, head: ObjectId): Promise<PullRequest> {
  const { forge, remote, pull, digest } = task
  const marker = markerOf(open.body)
  if (marker?.pull === digest && marker.head === head) return open
  const change = { title: pull.title, body: textOf(task, head) }
  const { number } = open
  return act(task, { act: 'update', number, commit: head }, () => forge.update(remote, number, change), outcomeOf)
}

/** Opens a closed one again; `undefined` where the forge does not, because its branch was gone in between. */
export async function reopenPull(task: Task, { number }: PullRequest): Promise<PullRequest | undefined> {
  const { forge, remote } = task
  try {
    return await act(task, { act: 'reopen', number }, () => forge.reopen(remote, number), outcomeOf)
  } catch (error) {
    if (error instanceof ForgeError && ['invalid', 'unsupported', 'forbidden'].includes(error.kind)) return undefined
    throw error
  }
}

/**
 * Adds labels and reviewers, unless they were before. What the forge does not take is a note: the pull request stands.
 * @param isFresh Whether they are owed even so, because the plan is another one than before.
 * @returns the notes
 * @throws ForgeError only if nothing more may be asked
 */
export async function decoratePull(task: Task, { number }: PullRequest, isFresh: boolean): Promise<readonly string[]> {
  const { forge, remote, pull, means, key } = task
  const { labels, reviewers } = pull
  const { decorated, hasOpened } = means.ledger(key)
  if (labels.length + reviewers.length === 0) return []
  if (!isFresh && (decorated.has(number) || !hasOpened)) return []
  try {
    const left = await act(
      task,
      { act: 'decorate', number },
      () => forge.decorate(remote, number, { labels, reviewers }),
      () => ({}),
      // What may pass is still owed, and doing it twice does no harm.
      (error) => mayBeDone(error) || (error instanceof ForgeError && error.kind === 'limited'),
    )
    return left.map(escaped)
  } catch (error) {
    const meaning = meaningOf(error)
    if (meaning.means === 'stop') throw error
    return [`labels and reviewers are missing: ${meaning.reason}`]
  }
}

function outcomeOf({ number, url }: PullRequest) {
  return { number, url }
}
