/** What the commands that look at or change forges share: the plan, its journal, and a way to every forge. */
import { forgesOf } from '../../campaign/access.js'
import { type PlanFolder, readPlan } from '../../campaign/folder.js'
import { type ForgeAccess, ForgeError } from '../../campaign/forge.js'
import { forgeOf } from '../../campaign/forges/open-forge.js'
import type { CampaignPlan, PullReport } from '../../campaign/model.js'
import { inputsOf } from '../../campaign/plan/inputs.js'
import type { CampaignMeans } from '../../campaign/publish/campaign.js'
import { gateOf } from '../../campaign/publish/gate.js'
import { type Journal, readJournal, withJournal } from '../../campaign/publish/journal.js'
import { type LimitStore, limitsOnDisk } from '../../campaign/publish/limit-store.js'
import { eta, freshLimiter } from '../../campaign/publish/limiter.js'
import type { Reach } from '../../campaign/publish/site.js'
import { GitError } from '../../campaign/repository.js'
import { neededStateFolder } from '../../disk/journal.js'
import { Interrupted } from '../../ui/ask.js'
import { UsageError } from '../errors.js'
import { interruptible } from '../signals.js'
import { accessesOf, openingIn, seconds, sleeping } from './reaching.js'
import { withScratch } from './scratch.js'

/** What all these commands take. */
export interface PublishingOptions {
  readonly color: boolean
  readonly quiet?: boolean
  readonly cwd?: string
}

export interface Publishing {
  readonly means: CampaignMeans
  readonly signal: AbortSignal
  /** An empty folder outside every project. */
  readonly scratch: string
  readonly accesses: (origin: string) => ForgeAccess
  /** Seconds until so many requests that change something have been made, as the limits stand. */
  readonly eta: (calls: number) => number
}

export interface Asking {
  /** Whether anything is to be changed: then there has to be a token, and nobody else may write to the journal. */
  readonly changes: boolean
  readonly onReport?: (report: PullReport) => void
  /** Told how many seconds a request waits for the limits. */
  readonly onWait?: (seconds: number) => void
}

/**
 * Acts with everything that publishing needs; on a signal no further request begins, and those under way are waited for.
 * @throws UsageError where a token is missing or refused, DiskError, Interrupted
 */
export function withPublishing<T>(
  { folder, plan, patch }: PlanFolder,
  asking: Asking,
  act: (publishing: Publishing) => Promise<T>,
): Promise<T> {
  return interruptible(async (signal) => {
    const accesses = accessesOf(forgesOf(plan.campaign.forges ?? []), asking.changes)
    const stores = new Map<string, LimitStore>()
    const reaches = new Map<string, Reach>()
    const sleep = sleeping(asking.onWait)
    for (const origin of originsOf(plan)) {
      const store = limitsOnDisk(neededStateFolder(), origin, accesses(origin).token)
      const gate = gateOf(plan.campaign.limits, store, seconds, sleep, signal)
      stores.set(origin, store)
      reaches.set(origin, { forge: await forgeOf(accesses(origin), gate), gate })
    }
    const run = (journal: Journal) =>
      withScratch((scratch) => {
        const means: CampaignMeans = {
          journal,
          patch: async (place) => patch(place),
          inputsOf,
          open: openingIn(scratch, accesses, signal),
          reach: ({ address }) => (address.kind === 'remote' ? reaches.get(address.origin) : undefined),
          now: seconds,
          ...(asking.onReport && { onReport: asking.onReport }),
        }
        const longest = (calls: number) =>
          Math.max(0, ...[...stores.values()].map((store) => etaOf(store, calls, plan)))
        return act({ means, signal, scratch, accesses, eta: longest })
      })
    try {
      return asking.changes ? await withJournal(folder, run) : await run(readOnly(folder))
    } catch (error) {
      throw spokenOf(error, signal)
    }
  })
}

/** Reads a plan, and holds it against the hash that a person has reviewed, or the beginning of it. @throws UsageError, DiskError */
export async function planIn(folder: string, reviewed?: string): Promise<PlanFolder> {
  const read = await readPlan(folder)
  const digits = reviewed?.replace(/^sha256:/, '')
  if (digits !== undefined && !/^[0-9a-f]{12,64}$/.test(digits))
    throw new UsageError('--plan takes the hash of a plan, or at least its first 12 digits.')
  if (digits !== undefined && !read.plan.hash.startsWith(`sha256:${digits}`))
    throw new UsageError(`${folder}: this is not the plan that was reviewed: its hash is ${read.plan.hash}.`)
  return read
}

function etaOf(store: LimitStore, calls: number, { campaign: { limits } }: CampaignPlan): number {
  return eta(store.peek() ?? freshLimiter(limits, seconds()), calls, limits, seconds())
}

function originsOf({ repositories }: CampaignPlan): ReadonlySet<string> {
  return new Set(repositories.flatMap(({ address }) => (address.kind === 'remote' ? [address.origin] : [])))
}

function readOnly(folder: string): Journal {
  return {
    entries: readJournal(folder),
    append: () => Promise.reject(new Error('a command that only reads wants to write to the journal')),
  }
}

/** What ended it, for a person: everything that was done is in the journal. */
function spokenOf(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted)
    return new Interrupted('interrupted; what was begun is in the journal, and the next run goes on from there.')
  const isRefused = (error instanceof ForgeError || error instanceof GitError) && error.kind === 'unauthorised'
  return isRefused ? new UsageError(`nothing more was asked: ${error.message}.`) : error
}
