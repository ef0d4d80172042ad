/** What goes to a planner and comes back: plain data, so that it can cross from one process to another. */
import type { ObjectFormat } from '../../engine/patch.js'
import type { Path, Severity, Unread } from '../../model.js'
import type { CampaignSettings, FileChange, ForgeKind, LeftFinding, PlannedFix } from '../model.js'
import type { TreeEntry } from '../repository.js'
import type { Answer } from './contents.js'
import type { Shaping } from './tree.js'

/** One commit to be planned. */
export interface Job {
  readonly entries: readonly TreeEntry[]
  /** What decides how they are listed. */
  readonly shaping: Shaping
  /** What will be asked for anyway. */
  readonly known: readonly Answer[]
  /** The files with the repository's own configuration: one, if it has any and knows what it wants. */
  readonly configuration: readonly { readonly name: string; readonly text: string }[]
  /** Who owns what, as the file for that says; only where owners are to be asked. */
  readonly ownership?: { readonly forge: ForgeKind; readonly text: string }
  readonly settings: Pick<CampaignSettings, 'level' | 'grouping' | 'only' | 'skip' | 'options'>
  /** Which of its own exceptions have run out is judged by this day, `YYYY-MM-DD`: that of the commit, to be the same always. */
  readonly day: string
  readonly format: ObjectFormat
}

/** Asks for what planning has missed. */
export type Ask = (paths: readonly Path[]) => Promise<readonly Answer[]>

export type Result = Planned | { readonly kind: 'failed'; readonly reason: string }

export interface Planned {
  readonly kind: 'planned'
  readonly findings: Readonly<Record<Severity, number>>
  readonly left: readonly LeftFinding[]
  readonly unread: readonly Unread[]
  /** Without those in which nothing is to be done. */
  readonly groups: readonly Group[]
  /** Why there are none, if there are none. */
  readonly reason: string | undefined
  /** Everything that was read or looked for; sorted. */
  readonly read: readonly Path[]
}

/** What becomes one pull request. */
export interface Group {
  readonly name: string
  readonly steps: readonly StepDone[]
  /** Users and teams who own a file that it changes. */
  readonly owners: readonly string[]
}

export interface StepDone {
  readonly transform: string
  readonly patch: Buffer
  /** Sorted by path. */
  readonly files: readonly FileChange[]
  readonly fixes: readonly PlannedFix[]
}

/** From the pool to a planner. */
export type ToPlanner = { readonly job: Job } | { readonly answers: readonly Answer[] }

/** From a planner to the pool. */
export type FromPlanner = { readonly missed: readonly Path[] } | { readonly result: Result }
