/** What publishing works with, and where. Types, and the little that every step of it shares. */
import type { Forge, Gate, RemoteRepository } from '../forge.js'
import type { Base, CampaignSettings, Digest, ObjectId, PullKey, PullPlan, RepositoryPlan } from '../model.js'
import type { Repository, TreeEntry } from '../repository.js'
import { BuildError } from './build.js'
import type { Act, Ledger } from './entries.js'
import { type Journal, type Outcome, recorded } from './journal.js'
import { mayBeDone } from './refusals.js'

export type ChangesPlan = Extract<RepositoryPlan, { readonly state: 'changes' }>

/** What all pull requests of a run share. */
export interface PublishMeans {
  readonly settings: CampaignSettings
  /** Hash of the plan that is carried out. */
  readonly plan: Digest
  readonly journal: Journal
  readonly ledger: (key: PullKey) => Ledger
  /** The bytes of a patch by its place below `repositories/`. They are checked before they are used. */
  readonly patch: (place: string) => Promise<Buffer>
  /** The digest that {@link Base.inputs} is held against. */
  readonly inputsOf: (entries: readonly TreeEntry[], read: Base['read']) => Digest
  /** A repository without a working tree; what stands behind it fetches through the same credentials as the forge. */
  readonly open: (
    planned: ChangesPlan,
    remote: RemoteRepository | undefined,
    at: { readonly branch: string; readonly commit?: ObjectId },
  ) => Promise<Repository>
  readonly allowance: Allowance
  /** Whether what a person closed is opened again. */
  readonly reopen: boolean
  /** Seconds since 1970. */
  readonly now: () => number
}

/** How many pull requests a run may still open. */
export interface Allowance {
  /** Sets one aside; the same one again costs nothing. @returns whether there was one left */
  take(key: PullKey): boolean
  giveBack(key: PullKey): void
}

/** A forge, and the gate that it and everything else with its credentials goes through. */
export interface Reach {
  readonly forge: Forge
  readonly gate: Gate
}

/** One repository that is published to. */
export interface Site {
  readonly means: PublishMeans
  readonly planned: ChangesPlan
  /** The base as it is now, everything that the plan rests on unchanged; fetched when it is first asked for. */
  readonly repository: () => Promise<Repository>
}

/** One pull request that is published, of a repository on a forge. */
export interface Task extends Site, Reach {
  readonly remote: RemoteRepository
  readonly pull: PullPlan
  readonly key: PullKey
  /** Of the pull request's plan. */
  readonly digest: Digest
}

/**
 * Fetches the base, wherever its branch is now.
 * @throws BuildError if something that the plan rests on has changed since
 */
export async function fetchBase(
  { inputsOf, open }: PublishMeans,
  planned: ChangesPlan,
  remote: RemoteRepository | undefined,
  tip: ObjectId | undefined,
): Promise<Repository> {
  const { base } = planned
  const at = { branch: base.branch, ...(tip !== undefined && { commit: tip }) }
  const repository = await open(planned, remote, at)
  const hasMoved = repository.base.commit !== base.commit
  if (!hasMoved || inputsOf(repository.entries, base.read) === base.inputs) return repository
  await repository.close()
  throw new BuildError('changed', 'a file that the plan rests on has changed since')
}

/** Changes something on the other side, written down before and after; see {@link recorded}. */
export function act<T>(
  { means, key, digest, pull }: Pick<Task, 'means' | 'key' | 'digest'> & { readonly pull: Pick<PullPlan, 'branch'> },
  what: {
    readonly act: Act
    readonly commit?: ObjectId
    readonly expected?: ObjectId | undefined
    readonly following?: number
    readonly number?: number
  },
  change: () => Promise<T>,
  outcomeOf: (answer: T) => Outcome = () => ({}),
  isUnknown: (error: unknown) => boolean = mayBeDone,
): Promise<T> {
  const { expected, ...rest } = what
  const intent = {
    ...key,
    ...rest,
    ...(expected !== undefined && { expected }),
    pull: digest,
    branch: pull.branch,
    time: means.now(),
  }
  return recorded(means.journal, intent, means.now, change, outcomeOf, isUnknown)
}
