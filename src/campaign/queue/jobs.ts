/** What goes through a queue, in a form that JSON holds. No token and no address of a forge's API is ever among it. */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type {
  CampaignSettings,
  Digest,
  PlannedRepository,
  PullReport,
  RemoteAddress,
  RepositoryPlan,
} from '../model.js'
import { remoteShape, repositoryShape, settingsShape } from '../plan-shape.js'
import type { JournalEntry } from '../publish/entries.js'
import { entryOf } from '../publish/journal.js'
import type { ChangesPlan } from '../publish/site.js'
import type { GitLimits } from '../repository.js'

export interface PlanJob {
  readonly address: RemoteAddress
  readonly slug: string
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

const limits = v.partial(
  v.strictObject({ patience: v.number(), size: v.number(), entries: v.number(), file: v.number() }),
)
const entry = v.custom<JournalEntry>((said) => entryOf(JSON.stringify(said)) !== undefined)
const patches = v.record(v.string(), v.pipe(v.string(), v.base64()))

const PLAN_JOB = v.strictObject({ address: remoteShape, slug: v.string(), settings: settingsShape, limits })
const PUBLISH_JOB = v.strictObject({
  planned: repositoryShape,
  patches,
  settings: settingsShape,
  plan: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
  entries: v.array(entry),
  reopen: v.boolean(),
})

/** Reads a job: whoever can write to a queue says what is in it. @throws Error if it is none */
export function planJobOf(data: unknown): PlanJob {
  return read(PLAN_JOB, data) as PlanJob
}

/** @throws Error if it is none, or one with nothing to publish */
export function publishJobOf(data: unknown): PublishJob {
  const job = read(PUBLISH_JOB, data)
  if (job.planned.state !== 'changes') throw new Error(NO_JOB)
  return job as PublishJob
}

const NO_JOB = 'it is no job of this version of harden'

function read<Shape extends v.GenericSchema>(shape: Shape, data: unknown): v.InferOutput<Shape> {
  const { success, output } = v.safeParse(shape, data)
  if (!success) throw new Error(NO_JOB)
  return output
}

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
