/**
 * Publishes one repository: looks, judges, and does the next thing, for each of its pull requests. The forge is the truth; the
 * journal only helps to recognise what is ours.
 */
import { escaped } from '../../escape.js'
import type { PullRequest, RemoteRepository } from '../forge.js'
import type { PullKey, PullReport, RemoteAddress } from '../model.js'
import type { Repository } from '../repository.js'
import { BlockedError, bringBranch, ConflictError } from './branch.js'
import { BuildError, pullDigest } from './build.js'
import { type Decision, decide } from './decide.js'
import { publishLocally } from './local.js'
import { decoratePull, openPull, reopenPull, updatePull } from './pull-request.js'
import { meaningOf } from './refusals.js'
import { settle } from './settle.js'
import { type ChangesPlan, fetchBase, type PublishMeans, type Reach, type Site, type Task } from './site.js'

/** How often it is looked again where something was not as thought, or an answer was lost. */
const ATTEMPTS = 3

/** What became of a pull request, without its name. */
type Stand = Omit<PullReport, keyof PullKey>

/**
 * Publishes all pull requests of a repository, one after the other, and writes down where each stands.
 * @param reach Missing for a repository of this machine.
 * @throws ForgeError or GitError of kind `unauthorised`, DiskError if the journal cannot be written, whatever aborted the gate
 */
export async function publishRepository(
  planned: ChangesPlan,
  means: PublishMeans,
  reach: Reach | undefined,
): Promise<readonly PullReport[]> {
  let fetched: Promise<Repository> | undefined
  const once = (fetch: () => Promise<Repository>) => () => {
    // What failed is tried anew: the next pull request may have better luck.
    fetched ??= fetch().catch((error) => {
      fetched = undefined
      throw error
    })
    return fetched
  }
  const reports: PullReport[] = []
  let remote: RemoteRepository | Stand | undefined
  try {
    for (const pull of planned.pulls) {
      const key = { slug: planned.slug, group: pull.group }
      const digest = pullDigest(pull)
      let stand: Stand
      if (reach === undefined) {
        const site: Site = { means, planned, repository: once(() => fetchBase(means, planned, undefined, undefined)) }
        stand = await tried(() => publishLocally({ ...site, pull, key, digest }))
      } else {
        remote ??= await lookUp(reach, planned.address as RemoteAddress)
        if ('state' in remote) stand = remote
        else {
          const there = remote
          const repository = once(() => fetchRemote(means, planned, there, reach))
          const task: Task = { means, planned, repository, ...reach, remote: there, pull, key, digest }
          stand = await tried(() => publishPull(task))
          if (there.address.name !== (planned.address as RemoteAddress).name) stand = movedNote(stand, there)
        }
      }
      if (stand.state !== 'open') means.allowance.giveBack(key)
      reports.push({ ...key, ...stand })
      await writeDown(means, { ...key, ...stand }, digest)
    }
  } finally {
    const repository = await fetched?.catch(() => undefined)
    await repository?.close()
  }
  return reports
}

/** The repository, wherever it is now, or why there is none for us. */
async function lookUp({ forge }: Reach, { name }: RemoteAddress): Promise<RemoteRepository | Stand> {
  try {
    return await forge.repository(name)
  } catch (error) {
    return standOf(error)
  }
}

async function fetchRemote(
  means: PublishMeans,
  planned: ChangesPlan,
  remote: RemoteRepository,
  { forge }: Reach,
): Promise<Repository> {
  const tip = await forge.tip(remote, planned.base.branch)
  if (tip === undefined) throw new BuildError('changed', `its branch ${planned.base.branch} is gone`)
  return fetchBase(means, planned, remote, tip)
}

/** One pull request from where it stands to where it should. */
async function publishPull(task: Task): Promise<Stand> {
  const { means, forge, remote, pull, key, digest } = task
  const wanted = {
    campaign: means.settings.id,
    group: pull.group,
    pull: digest,
    reopen: means.reopen,
    base: task.planned.base.commit,
  }
  const seen = { pulls: await forge.pulls(remote, pull.branch), tip: await forge.tip(remote, pull.branch) }
  await settle(task, seen, wanted)
  const decision = decide(seen, wanted, means.ledger(key))
  if (decision.do === 'end') return ended(task, decision, seen.tip)

  if (remote.isArchived) throw new BlockedError('it is archived')
  if (!remote.mayPush) throw new BlockedError('the token may not push to it')
  const { open, closed, tipKind } = decision
  if (!open && !means.allowance.take(key)) return { state: 'waiting', reason: 'left for the next apply' }
  const head = await bringBranch(task, { tip: seen.tip, tipKind, isOpen: open !== undefined })
  const again = closed && tipKind === 'planned' ? await reopenPull(task, closed) : undefined
  const existing = open ?? again
  const shown = existing ? await updatePull(task, existing, head) : await openPull(task, head)
  const notes = await decoratePull(task, shown, shown !== existing)
  return { ...about(shown), head, state: 'open', ...reasonOf(notes) }
}

async function ended(
  task: Task,
  { state, pull, reason }: Extract<Decision, { do: 'end' }>,
  tip: string | undefined,
): Promise<Stand> {
  const notes = pull && state === 'open' ? await decoratePull(task, pull, false) : []
  return {
    state,
    ...(pull && about(pull)),
    ...(tip && { head: tip }),
    ...reasonOf([...(reason ? [reason] : []), ...notes]),
  }
}

/** Tries, and looks again where the other side turned out to be otherwise. @throws what stops everything */
async function tried(publish: () => Promise<Stand>): Promise<Stand> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await publish()
    } catch (error) {
      if (meaningOf(error).means === 'again' && attempt < ATTEMPTS) continue
      return standOf(error)
    }
  }
}

/** Where a failure leaves a pull request. @throws what stops everything */
function standOf(error: unknown): Stand {
  if (error instanceof ConflictError) return { state: 'conflicted', reason: escaped(error.message) }
  if (error instanceof BlockedError) return { state: 'blocked', reason: escaped(error.message) }
  const meaning = meaningOf(error)
  if (meaning.means === 'stop') throw error
  return { state: meaning.means === 'again' ? 'failed' : meaning.state, reason: meaning.reason }
}

/** Only what is new is written: a run that changes nothing adds nothing but its first line. */
async function writeDown(means: PublishMeans, report: PullReport, digest: string): Promise<void> {
  const { stand } = means.ledger(report)
  const isSame =
    stand?.pull === digest &&
    (['state', 'reason', 'number', 'url', 'head'] as const).every((field) => stand[field] === report[field])
  if (!isSame) await means.journal.append({ entry: 'stand', ...report, pull: digest, time: means.now() })
}

function about({ number, url }: PullRequest): Pick<PullReport, 'number' | 'url'> {
  return { number, url }
}

function reasonOf(notes: readonly string[]): { readonly reason?: string } {
  return notes.length > 0 ? { reason: notes.join('; ') } : {}
}

function movedNote(stand: Stand, { address }: RemoteRepository): Stand {
  const note = `it is called ${escaped(address.name)} now`
  return { ...stand, reason: stand.reason ? `${stand.reason}; ${note}` : note }
}
