/**
 * The folder of a plan: `plan.json`, the patches that it covers by their digests, and pages for people. It is written as a
 * whole or not at all, and read with distrust: what a person reviewed is what is opened.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { link, mkdir, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import * as v from 'valibot'
import { readBytes } from '../disk/bytes.js'
import { adviceOn, DiskError, reasonOf } from '../disk/error.js'
import { locked } from '../disk/lock.js'
import { canonicalJson, digestOf, planHash } from './canonical.js'
import type { CampaignPlan, CampaignSettings, PlannedRepository, PullKey } from './model.js'
import { placeOf, planShape } from './plan-shape.js'

const PLAN = 'plan.json'
const REPOSITORIES = 'repositories'
/** Written by whoever publishes a plan. */
const JOURNAL = 'journal.ndjson'
/** What a person answered in a review; it holds for a later plan of the same campaign, too. */
const DECISIONS = 'decisions.json'
/** What a plan folder is made of while nothing of it is published. */
const OURS: ReadonlySet<string> = new Set([PLAN, REPOSITORIES, DECISIONS, 'summary.md', 'review.html', 'lock'])

/** Bytes: 10,000 repositories come to some 60 MiB. */
const LARGEST_PLAN = 256 * 1024 * 1024
const LARGEST_PATCH = 64 * 1024 * 1024

/** Puts together what planners returned, in whatever order. */
export function planOf(
  campaign: CampaignSettings,
  planned: readonly PlannedRepository[],
): { readonly plan: CampaignPlan; readonly patches: ReadonlyMap<string, Buffer> } {
  const repositories = planned.map(({ plan }) => plan).sort((a, b) => (a.slug < b.slug ? -1 : 1))
  const rest = { version: 'harden-campaign-1' as const, campaign, repositories }
  return {
    plan: { ...rest, hash: planHash(rest) },
    patches: new Map(planned.flatMap(({ patches }) => [...patches])),
  }
}

/** Where a patch lies below `repositories/`. */
export function patchPlace({ slug, group }: PullKey, file: string): string {
  return `${slug}/${group}/${file}`
}

export interface WriteFolderOptions {
  /** Further files by their place in the folder: `summary.md`. */
  readonly pages?: ReadonlyMap<string, string>
  /** Whether the plan may take the place of one that is being published; everything else in the folder stays with it. */
  readonly refresh?: boolean
  readonly signal?: AbortSignal
}

/**
 * Writes a plan beside its place and lets it take that at once, readable by its owner alone. A folder that is there must be
 * empty, or hold an older plan of the same campaign of which nothing was published.
 * @param patches By their place below `repositories/`; those of the plan and no others.
 * @throws DiskError; nothing is changed then. The signal's reason.
 */
export async function writePlan(
  folder: string,
  plan: CampaignPlan,
  patches: ReadonlyMap<string, Buffer>,
  { pages = new Map(), refresh = false, signal }: WriteFolderOptions = {},
): Promise<void> {
  const parsed = v.safeParse(planShape, plan)
  if (!parsed.success) throw new Error(`a plan is not in the form of one: ${placeOf(parsed.issues[0])}`)
  const files = new Map<string, Buffer | string>([[PLAN, `${canonicalJson(plan, 1)}\n`], ...pages])
  for (const [place, digest] of patchesOf(plan)) {
    const bytes = patches.get(place)
    if (!bytes || digestOf(bytes) !== digest) throw new Error(`the patch ${place} is not the one that was planned`)
    files.set(`${REPOSITORIES}/${place}`, bytes)
  }
  const target = await targetOf(folder)
  const fresh = join(dirname(target), `${freshPrefix(target)}${randomBytes(6).toString('hex')}`)
  try {
    await writeAll(fresh, files, signal)
    if (isMissingOrEmpty(target)) await rename(fresh, target)
    else if (refresh) await replace(target, fresh, true)
    else
      await locked(target, async () => {
        assertReplaceable(folder, target, plan.campaign.id)
        await replace(target, fresh, false)
      })
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error
    throw unwritable(folder, error)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/**
 * Whether a plan may be written to a folder, asked before the plan is made.
 * @param id Of the campaign.
 * @throws DiskError if not
 */
export async function mayWrite(folder: string, id: string): Promise<void> {
  const target = await targetOf(folder)
  if (!isMissingOrEmpty(target)) assertReplaceable(folder, target, id)
}

/** The absolute path of a plan folder; only its parents may be links. @throws DiskError if there can be none */
async function targetOf(folder: string): Promise<string> {
  const path = resolve(folder)
  const parent = dirname(path)
  try {
    if (statSync(parent, { throwIfNoEntry: false })?.isFile())
      throw new DiskError(`${folder}: ${dirname(folder)} is a file. Choose another place.`, folder)
    await mkdir(parent, { recursive: true })
    const target = join(await realpath(parent), basename(path))
    await recover(target)
    const there = lstatSync(target, { throwIfNoEntry: false })
    if (there && !there.isDirectory())
      throw new DiskError(`${folder}: there is something that is no folder. Choose another place.`, folder)
    return target
  } catch (error) {
    throw unwritable(folder, error)
  }
}

function unwritable(folder: string, error: unknown): DiskError {
  if (error instanceof DiskError) return error
  const message = `${folder}: the plan cannot be written: ${reasonOf(error)}. ${adviceOn(error)}`
  return new DiskError(message.trimEnd(), folder, { cause: error })
}

function isMissingOrEmpty(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0
}

/** Plans are made again from what they were made of, so they are not forced to the disk file by file: reading them notices. */
async function writeAll(
  folder: string,
  files: ReadonlyMap<string, Buffer | string>,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(folder, { mode: 0o700 })
  for (const [place, content] of files) {
    signal?.throwIfAborted()
    const path = join(folder, place)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, content, { flag: 'wx', mode: 0o600 })
  }
}

function assertReplaceable(folder: string, target: string, id: string): void {
  const refuse = (why: string) => {
    throw new DiskError(`${folder}: ${why}`, folder)
  }
  const names = readdirSync(target)
  if (names.includes(JOURNAL))
    refuse('this plan has been applied, in part or in full. Use harden campaign refresh, or another folder.')
  const stranger = names.find((name) => !OURS.has(name))
  if (stranger !== undefined || !names.includes(PLAN))
    refuse(`the folder holds something else${stranger ? `, such as ${stranger}` : ''}. Choose another one with --out.`)
  const { campaign } = planIn(target)
  if (campaign.id !== id)
    refuse(`the folder holds the plan of another campaign, ${campaign.id}. Choose another one with --out.`)
}

/** Swaps the folders; if the second step fails the first is taken back. */
async function replace(target: string, fresh: string, keepsRest: boolean): Promise<void> {
  const written = new Set(readdirSync(fresh))
  // The same files under two names: what is written to a journal meanwhile is in both.
  for (const entry of readdirSync(target, { withFileTypes: true }))
    if (entry.isFile() && !written.has(entry.name) && (keepsRest || entry.name === DECISIONS))
      await link(join(target, entry.name), join(fresh, entry.name))
  const old = `${fresh}${OLD}`
  await rename(target, old)
  try {
    await rename(fresh, target)
  } catch (error) {
    await rename(old, target)
    throw error
  }
  await rm(old, { recursive: true, force: true })
}

/** What a new plan is called until it is in its place, and the one that it takes the place of, until that is gone. */
function freshPrefix(target: string): string {
  return `.${basename(target)}.new-`
}
const OLD = '-old'

/** Puts the plan back that was to be replaced when somebody died between the two steps, if there is one, and it can be. */
async function recover(target: string): Promise<void> {
  if (existsSync(target)) return
  const parent = dirname(target)
  const names = await readdir(parent).catch(() => [])
  const [old, ...more] = names.filter((name) => name.startsWith(freshPrefix(target)) && name.endsWith(OLD))
  if (old === undefined || more.length > 0) return
  // Where it cannot be, there is no plan, and the one who asks says so.
  const isBack = await rename(join(parent, old), target).then(
    () => true,
    () => false,
  )
  if (isBack) await rm(join(parent, old.slice(0, -OLD.length)), { recursive: true, force: true })
}

/** A plan as it lies in its folder, every byte of it checked. */
export interface PlanFolder {
  /** Absolute, every link resolved. */
  readonly folder: string
  readonly plan: CampaignPlan
  /**
   * The bytes of a patch, checked once more as they are read.
   * @param place As of {@link patchPlace}.
   * @throws DiskError
   */
  patch(place: string): Buffer
}

/**
 * Reads a plan: its shape, its hash, and every patch that it covers.
 * @throws DiskError in one sentence, if anything is not as it was written
 */
export async function readPlan(folder: string): Promise<PlanFolder> {
  await recover(resolve(folder))
  const path = await realpath(folder).catch((error: unknown) => {
    throw new DiskError(`${folder}: there is no plan: ${reasonOf(error)}. harden campaign plan makes one.`, folder)
  })
  const plan = planIn(path)
  const digests = new Map(patchesOf(plan))
  const patch = (place: string) => {
    const digest = digests.get(place)
    const bytes = digest && bytesOf(path, `${REPOSITORIES}/${place}`, LARGEST_PATCH)
    if (!bytes || digestOf(bytes) !== digest)
      throw new DiskError(`${join(folder, REPOSITORIES, place)}: it is not the patch that was planned. ${AGAIN}`, place)
    return bytes
  }
  for (const place of digests.keys()) patch(place)
  return { folder: path, plan, patch }
}

const AGAIN = 'Plan again, or take the folder from where it was made.'

function planIn(folder: string): CampaignPlan {
  const path = join(folder, PLAN)
  const text = bytesOf(folder, PLAN, LARGEST_PLAN).toString('utf8')
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    throw new DiskError(`${path}: it is not JSON any more. ${AGAIN}`, path)
  }
  const parsed = v.safeParse(planShape, data)
  if (!parsed.success)
    throw new DiskError(`${path}: it is no plan of this harden: ${placeOf(parsed.issues[0])}. ${AGAIN}`, path)
  const plan = parsed.output
  if (planHash(plan) !== plan.hash || text !== `${canonicalJson(plan, 1)}\n`)
    throw new DiskError(`${path}: it has been changed since it was written. ${AGAIN}`, path)
  return plan
}

/** Reads a file of the folder, through no link. */
function bytesOf(folder: string, place: string, largest: number): Buffer {
  const path = join(folder, place)
  for (let above = dirname(place); above !== '.'; above = dirname(above)) {
    if (lstatSync(join(folder, above), { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new DiskError(`${join(folder, above)}: there is no such folder. ${AGAIN}`, path)
  }
  const read = readBytes(path, largest)
  if (!read)
    throw new DiskError(
      `${path}: there is no such file. ${place === PLAN ? 'harden campaign plan makes one.' : AGAIN}`,
      path,
    )
  if ('problem' in read) throw new DiskError(`${path}: ${read.problem}. ${AGAIN}`, path)
  return read.bytes
}

/** The places and digests of all patches that a plan covers. */
function patchesOf({ repositories }: CampaignPlan): readonly (readonly [string, string])[] {
  return repositories.flatMap((repository) =>
    repository.state !== 'changes'
      ? []
      : repository.pulls.flatMap(({ group, commits }) =>
          commits.map(({ patch }) => [patchPlace({ slug: repository.slug, group }, patch.file), patch.digest] as const),
        ),
  )
}
