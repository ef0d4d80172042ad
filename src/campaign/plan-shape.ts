/**
 * The shape of `plan.json`, for whoever reads one: a plan folder may come from another machine, and what it says is done to
 * other people's repositories.
 */
import { posix } from 'node:path'
import * as v from 'valibot'
import { isInside } from '../disk/listing.js'
import { originOf } from './access.js'
import { slugOf } from './address.js'
import type { Address, CampaignPlan, RepositoryPlan } from './model.js'

const text = (most: number) => v.pipe(v.string(), v.maxLength(most))
const like = (pattern: RegExp) => v.pipe(v.string(), v.maxLength(1000), v.regex(pattern))
const line = v.pipe(text(4000), v.regex(/^[^\r\n\0]*$/))
const flag = v.boolean()
const positive = v.pipe(v.number(), v.finite(), v.minValue(0))
const natural = v.pipe(v.number(), v.integer(), v.minValue(0))

const objectId = like(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
const digest = like(/^sha256:[0-9a-f]{64}$/)
/** Of a file that a commit writes. */
const path = v.pipe(text(4096), v.check(isInside))
/** Of whatever was looked at: shown, and never opened. */
const anyPath = text(4096)
const branch = v.pipe(
  v.string(),
  v.maxLength(244),
  v.regex(/^[A-Za-z0-9_]+(?:[./-][A-Za-z0-9_]+)*$/),
  v.check((name) => !/\.lock(?:\/|$)/.test(name)),
)
/** The branch of somebody else: git has made sure that it is one. */
const anyBranch = v.pipe(text(1000), v.regex(/^(?!-)[^\s\0-\x1f\x7f~^:?*[\\]+$/))
const reviewer = like(/^[\w.-]+(?:\/[\w.-]+)*$/)
const severity = v.picklist(['high', 'medium', 'low'])

const origin = v.pipe(
  v.string(),
  v.check((said) => originIn(said) === said),
)
const api = v.pipe(
  text(1000),
  v.check((said) => originIn(said) !== undefined && !said.endsWith('/')),
)

function originIn(address: string): string | undefined {
  try {
    return originOf(address)
  } catch {
    return undefined
  }
}

const forgeKind = v.picklist(['github', 'gitlab', 'gitea'])

export const remoteShape = v.strictObject({
  kind: v.literal('remote'),
  forge: forgeKind,
  origin,
  name: like(/^[\w.-]+(?:\/[\w.-]+)+$/),
})

const address = v.variant('kind', [
  remoteShape,
  v.strictObject({ kind: v.literal('local'), path: v.pipe(text(4096), v.check(posix.isAbsolute)) }),
])

export const settingsShape = v.strictObject({
  id: like(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
  name: text(200),
  level: v.picklist(['safe', 'review']),
  grouping: v.picklist(['safe-together', 'one', 'by-transform']),
  only: v.optional(v.array(line)),
  skip: v.optional(v.array(line)),
  options: v.record(v.string(), v.record(v.string(), v.unknown())),
  branch: v.optional(branch),
  forges: v.optional(
    v.array(
      v.strictObject({ origin, kind: forgeKind, api: v.optional(api), token: v.optional(like(/^[A-Z][A-Z0-9_]*$/)) }),
    ),
  ),
  words: v.optional(v.strictObject({ title: v.optional(text(2000)), body: v.optional(text(300_000)) })),
  draft: flag,
  labels: v.array(line),
  reviewers: v.array(reviewer),
  codeowners: flag,
  commits: v.picklist(['git', 'api', 'auto']),
  author: v.strictObject({ name: like(/^[^<>\r\n\0]+$/), email: like(/^[^<>\s\0]+$/) }),
  limits: v.strictObject({
    gap: positive,
    notifyingGap: positive,
    perMinute: positive,
    perHour: v.strictObject({ start: positive, step: positive, most: positive }),
  }),
  waves: v.array(natural),
  stopLoss: v.strictObject({ checksFailed: positive, closed: positive }),
})

const finding = {
  id: line,
  transform: line,
  severity,
  path: anyPath,
  line: natural,
  message: text(10_000),
}

const fix = v.strictObject({
  ...finding,
  title: text(10_000),
  applicability: v.picklist(['safe', 'review', 'hint']),
  caveat: v.optional(text(10_000)),
})

const commit = v.strictObject({
  transform: line,
  message: v.pipe(text(100_000), v.regex(/^[^\0]+\n$/)),
  patch: v.strictObject({ file: like(/^\d{4,}-[a-z0-9][a-z0-9.-]*\.patch$/), digest }),
  files: v.pipe(
    v.array(
      v.strictObject({
        path,
        mode: v.picklist(['100644', '100755']),
        before: v.optional(objectId),
        after: objectId,
      }),
    ),
    v.minLength(1),
    v.check((files) => isSorted(files.map((file) => file.path))),
  ),
  fixes: v.array(fix),
})

const pull = v.strictObject({
  group: like(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
  branch,
  title: v.pipe(text(1000), v.regex(/^[^\r\n\0]+$/)),
  body: text(1_000_000),
  labels: v.array(line),
  reviewers: v.array(reviewer),
  draft: flag,
  commits: v.pipe(
    v.array(commit),
    v.minLength(1),
    v.check((commits) => areDistinct(commits.map(({ patch }) => patch.file))),
  ),
  evidence: v.optional(v.strictObject({ text: text(1_000_000), outcome: v.picklist(['no worse', 'unproven']) })),
})

const about = {
  address,
  slug: v.string(),
  findings: v.strictObject({ high: natural, medium: natural, low: natural }),
  left: v.array(v.strictObject({ ...finding, evidence: v.array(text(10_000)) })),
  unread: v.array(v.strictObject({ path: anyPath, problem: text(10_000) })),
}

const base = v.strictObject({ branch: anyBranch, commit: objectId, inputs: digest, read: v.array(anyPath) })

export const repositoryShape = v.pipe(
  v.variant('state', [
    v.strictObject({
      ...about,
      state: v.literal('changes'),
      base,
      pulls: v.pipe(
        v.array(pull),
        v.minLength(1),
        v.check(
          (pulls) => areDistinct(pulls.map(({ group }) => group)) && areDistinct(pulls.map((each) => each.branch)),
        ),
      ),
    }),
    v.strictObject({ ...about, state: v.literal('nothing'), base, reason: text(10_000) }),
    v.strictObject({ ...about, state: v.literal('failed'), reason: text(10_000) }),
  ]),
  v.check(({ slug, address }) => isSlugOf(slug, address)),
)

export const planShape = v.strictObject({
  version: v.literal('harden-campaign-1'),
  campaign: settingsShape,
  repositories: v.pipe(
    v.array(repositoryShape),
    v.check((all) => isSorted(all.map(({ slug }) => slug))),
  ),
  hash: digest,
}) satisfies v.GenericSchema<unknown, CampaignPlan>

/** What is wrong with the plan of one repository, in words; nothing, if it may become part of a plan. */
export function shapeFault(plan: RepositoryPlan): string | undefined {
  const parsed = v.safeParse(repositoryShape, plan)
  return parsed.success ? undefined : placeOf(parsed.issues[0])
}

/** `repositories.3.base.commit is not as it must be` */
export function placeOf(issue: v.BaseIssue<unknown>): string {
  return `${issue.path?.map(({ key }) => String(key)).join('.') || 'the whole of it'} is not as it must be`
}

/** An address that is none is found by its own check; this one is asked all the same. */
function isSlugOf(slug: string, address: Address): boolean {
  try {
    return slug === slugOf(address)
  } catch {
    return false
  }
}

/** Whether each comes before the next, which also means that each is there once. */
function isSorted(names: readonly string[]): boolean {
  return names.every((name, i) => i === 0 || names[i - 1]! < name)
}

function areDistinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length
}
