/** What the commands that look at or change forges share: the plan, its journal, and a way to every forge. */
import { setTimeout as pause } from 'node:timers/promises'
import { AddressError, accessOf, authorizationOf, forgesOf } from '../../campaign/access.js'
import { urlOf } from '../../campaign/address.js'
import { type PlanFolder, readPlan } from '../../campaign/folder.js'
import { type ForgeAccess, ForgeError } from '../../campaign/forge.js'
import { forgeOf } from '../../campaign/forges/open-forge.js'
import { openRepository } from '../../campaign/git/open.js'
import type { CampaignPlan, PullReport } from '../../campaign/model.js'
import { inputsOf } from '../../campaign/plan/inputs.js'
import type { CampaignMeans } from '../../campaign/publish/campaign.js'
import { gateOf, type Sleep } from '../../campaign/publish/gate.js'
import { type Journal, readJournal, withJournal } from '../../campaign/publish/journal.js'
import { type LimitStore, limitsOnDisk } from '../../campaign/publish/limit-store.js'
import { eta, freshLimiter } from '../../campaign/publish/limiter.js'
import type { Reach } from '../../campaign/publish/site.js'
import { GitError } from '../../campaign/repository.js'
import { neededStateFolder } from '../../disk/journal.js'
import { Interrupted } from '../../ui/ask.js'
import { UsageError } from '../errors.js'
import { interruptible } from '../signals.js'
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
    const accesses = accessesOf(plan, asking.changes)
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
          open: ({ address }, remote, at) => {
            const url = remote?.cloneUrl ?? urlOf(address)
            const authorization = address.kind === 'remote' ? authorizationOf(accesses(address.origin)) : {}
            return openRepository({ address, url, ...authorization }, { folder: scratch, at, signal })
          },
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

function seconds(): number {
  return Date.now() / 1000
}

function etaOf(store: LimitStore, calls: number, { campaign: { limits } }: CampaignPlan): number {
  return eta(store.peek() ?? freshLimiter(limits, seconds()), calls, limits, seconds())
}

function sleeping(onWait: Asking['onWait']): Sleep {
  return async (wait, signal) => {
    onWait?.(wait)
    await pause(Math.ceil(wait * 1000), undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

function originsOf({ repositories }: CampaignPlan): ReadonlySet<string> {
  return new Set(repositories.flatMap(({ address }) => (address.kind === 'remote' ? [address.origin] : [])))
}

/** How each forge is reached. Nothing is changed without a token: half a campaign is worse than none. */
function accessesOf({ campaign }: CampaignPlan, needsToken: boolean): (origin: string) => ForgeAccess {
  const forges = forgesOf(campaign.forges ?? [])
  const known = new Map<string, ForgeAccess>()
  return (origin) => {
    try {
      const access = known.get(origin) ?? accessOf(origin, forges, process.env)
      known.set(origin, access)
      if (needsToken && access.token === undefined)
        throw new AddressError(`there is no token for ${origin} in the environment`)
      return access
    } catch (error) {
      throw error instanceof AddressError ? new UsageError(`${error.message}.`) : error
    }
  }
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
