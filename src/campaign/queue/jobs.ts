/** What goes through a queue, in a form that JSON holds. No token and no address of a forge's API is ever among it. */
import { createHash } from 'node:crypto'
import type { CampaignSettings, Digest, PlannedRepository, PullReport, RepositoryPlan } from '../model.js'
import type { JournalEntry } from '../publish/entries.js'
import type { ChangesPlan } from '../publish/site.js'
import type { GitLimits } from '../repository.js'
import type { Selected } from '../select.js'

export interface PlanJob {
  readonly selected: Selected
  readonly settings: CampaignSettings
  readonly limits: Partial<GitLimits>
}

export interface PlanAnswer {
  readonly plan: RepositoryPlan
  readonly patches: PatchesAsText
}

export interface PublishJob {
  readonly planned: ChangesPlan
  readonly patches: PatchesAsText
  readonly settings: CampaignSettings
  /** Hash of the plan that this is part of. */
  readonly plan: Digest
  /** What the journal knows of this repository. */
  readonly entries: readonly JournalEntry[]
  readonly reopen: boolean
}

export type PublishAnswer = readonly PullReport[]

/** Patches by their place below `repositories/`, in base64. */
export type PatchesAsText = Readonly<Record<string, string>>

export function patchesToText(patches: ReadonlyMap<string, Buffer>): PatchesAsText {
  return Object.fromEntries([...patches].map(([place, bytes]) => [place, bytes.toString('base64')]))
}

export function patchesFromText(patches: PatchesAsText): ReadonlyMap<string, Buffer> {
  return new Map(Object.entries(patches).map(([place, text]) => [place, Buffer.from(text, 'base64')]))
}

export function plannedFrom({ plan, patches }: PlanAnswer): PlannedRepository {
  return { plan, patches: patchesFromText(patches) }
}

/** The same words give the same id, in letters that every queue takes. */
export function jobIdOf(...words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 40)
}
