/** Takes pull requests back: ours alone, with a word to whoever follows them. */
import type { PullRequest, RemoteRepository } from '../forge.js'
import type { Digest, PullKey, PullReport } from '../model.js'
import { ownershipOf, tipKindOf } from './decide.js'
import { meaningOf } from './refusals.js'
import { act, type PublishMeans, type Reach } from './site.js'

/** One pull request to be taken back. */
export interface Withdrawal extends Reach {
  readonly means: PublishMeans
  readonly remote: RemoteRepository
  readonly key: PullKey
  readonly branch: string
  readonly digest: Digest
  /** Markdown: why. */
  readonly comment: string
  readonly deletesBranch: boolean
}

type Stand = Omit<PullReport, keyof PullKey>

/**
 * Closes the open pull request if it is ours, and deletes the branch if it is asked for and holds nothing but ours.
 * @returns where it stands; `undefined` if nothing of ours is there
 * @throws ForgeError of kind `unauthorised`, DiskError
 */
export async function withdraw(task: Withdrawal): Promise<Stand | undefined> {
  const { means, forge, remote, key, branch } = task
  const ledger = means.ledger(key)
  const wanted = { campaign: means.settings.id, group: key.group, pull: task.digest, reopen: false }
  try {
    const seen = { pulls: await forge.pulls(remote, branch), tip: await forge.tip(remote, branch) }
    const mine = seen.pulls.filter((pull) => ownershipOf(pull, wanted, ledger))
    const open = mine.find(({ state }) => state === 'open')
    if (open) await closeWithComment(task, open)
    const tipKind = tipKindOf(seen, wanted, ledger)
    const isForeign = seen.pulls.some((pull) => pull.state === 'open' && !mine.includes(pull))
    const { tip } = seen
    const notes: string[] = []
    if (task.deletesBranch && tip !== undefined) {
      if (tipKind !== 'unknown' && !isForeign) {
        await act(acting(task), { act: 'delete branch', expected: tip }, () => forge.deleteBranch(remote, branch, tip))
      } else notes.push(`the branch ${branch} is kept: it is not ours alone`)
    }
    const last = open ?? mine[0]
    if (!last) return undefined
    const state = last.state === 'merged' ? 'merged' : 'declined'
    return { state, number: last.number, url: last.url, ...(notes.length > 0 && { reason: notes.join('; ') }) }
  } catch (error) {
    const meaning = meaningOf(error)
    if (meaning.means === 'stop') throw error
    return { state: meaning.means === 'again' ? 'failed' : meaning.state, reason: meaning.reason }
  }
}

/** Says why, once, and closes. A comment that was lost is not made again: silence is better than saying it twice. */
async function closeWithComment(task: Withdrawal, { number }: PullRequest): Promise<void> {
  const { means, key, forge, remote, comment } = task
  if (!means.ledger(key).commented.has(number)) {
    await act(acting(task), { act: 'comment', number }, () => forge.comment(remote, number, comment)).catch((error) => {
      if (meaningOf(error).means === 'stop') throw error
    })
  }
  await act(
    acting(task),
    { act: 'close', number },
    () => forge.close(remote, number),
    (pull) => ({ number, url: pull.url }),
  )
}

function acting({ means, key, digest, branch }: Withdrawal) {
  return { means, key, digest, pull: { branch } }
}
