/** The parts of Gitea's and Forgejo's answers that count, as they are read, and what their refusals mean. */
import * as v from 'valibot'
import { ForgeError, type PullRequest, type Refusal } from '../forge.js'
import { type ApiAnswer, wordsOf } from './refusals.js'
import { COUNT, FULL_NAME, NUMBER, OBJECT_ID } from './shapes.js'

export const REPOSITORY = v.object({
  full_name: FULL_NAME,
  default_branch: v.optional(v.string(), ''),
  empty: v.optional(v.boolean(), false),
  archived: v.optional(v.boolean(), false),
  fork: v.optional(v.boolean(), false),
  /** A mirror of another forge's repository takes no pushes. */
  mirror: v.optional(v.boolean(), false),
  has_pull_requests: v.optional(v.boolean(), true),
  permissions: v.nullish(v.object({ push: v.boolean() })),
  topics: v.nullish(v.array(v.string())),
})
export type Found = v.InferOutput<typeof REPOSITORY>

export const NUMBERED = v.object({ id: NUMBER })

export const BRANCH = v.object({ commit: v.object({ id: OBJECT_ID }) })

const NAMED = v.object({ sha: OBJECT_ID })
export const COMMIT = v.object({
  sha: OBJECT_ID,
  commit: v.object({ message: v.string(), tree: NAMED }),
  parents: v.nullish(v.array(NAMED)),
})

export const FILE = v.object({
  type: v.literal('file'),
  sha: OBJECT_ID,
  size: COUNT,
  /** Missing where the file is larger than the forge gives in this way. */
  content: v.nullish(v.string()),
})

/** From one branch to another. */
export const COMPARED = v.object({ total_commits: COUNT })

export const COMMITTED = v.object({ commit: v.object({ sha: OBJECT_ID, parents: v.array(NAMED) }) })

/** `ref` is the branch only while there is one; `label` is its name for ever. */
const END = v.object({ label: v.string(), sha: v.string(), repo_id: v.pipe(v.number(), v.safeInteger()) })
const PEOPLE = v.nullish(v.array(v.object({ login: v.string() })))
export const LABEL = v.object({ id: NUMBER, name: v.string() })
export const LABELS = v.array(LABEL)

export const PULL = v.object({
  number: NUMBER,
  state: v.picklist(['open', 'closed']),
  merged: v.optional(v.boolean(), false),
  title: v.string(),
  body: v.nullish(v.string()),
  head: END,
  base: END,
  labels: v.nullish(v.array(LABEL)),
  requested_reviewers: PEOPLE,
  requested_reviewers_teams: v.nullish(v.array(v.object({ name: v.string() }))),
})
export type Pull = v.InferOutput<typeof PULL>

/** One page of the newest statuses of a commit, each of one check; none is `null`. */
export const STATUSES = v.object({ statuses: v.nullish(v.array(v.object({ status: v.string() }))) })

/** How drafts are told, unless the forge is set up otherwise: https://docs.gitea.com/usage/issues-prs/pull-request#work-in-progress-pull-requests */
const DRAFT = /^(?:(?:wip:|\[wip\])\s*)+/i

export function isDraft(title: string): boolean {
  return DRAFT.test(title)
}

export function titleOf(title: string, draft: boolean): string {
  return draft ? `WIP: ${title}` : title
}

/** @param place the forge's origin and the repository's name: addresses are made, not taken over */
export function pullOf(pull: Pull, place: string): PullRequest {
  const isTip = v.is(OBJECT_ID, pull.head.sha)
  return {
    number: pull.number,
    url: `${place}/pulls/${pull.number}`,
    state: pull.merged ? 'merged' : pull.state,
    title: pull.title.replace(DRAFT, ''),
    body: pull.body ?? '',
    branch: pull.head.label,
    base: pull.base.label,
    ...(isTip && { head: pull.head.sha }),
    draft: isDraft(pull.title),
  }
}

/** What is said, and what that is; the first line that fits counts. */
const SAID: readonly (readonly [RegExp, Refusal])[] = [
  [/pull request already exists/i, 'exists'],
  [/no changes between/i, 'same'],
  [/branch (already exists|with the same)|sha does not match|file already exists|commitid does not match/i, 'stale'],
  [/\bprotected\b|can not delete default|user cannot commit|pre-receive|push rejected|(not|be) signed/i, 'protected'],
  [/\barchived\b/i, 'archived'],
]

/** What a refusal means on Gitea and Forgejo alone. */
export function giteaRefusal({ status, body }: ApiAnswer): ForgeError | undefined {
  if (![403, 405, 409, 412, 422, 423].includes(status)) return undefined
  const words = wordsOf(body)
  const kind = SAID.find(([said]) => said.test(words))?.[1] ?? (status === 423 ? 'archived' : undefined)
  return kind && new ForgeError(kind, `the forge refuses: ${words || status}`)
}

/** Whether an answer is a file. */
export function isFile(body: unknown): body is v.InferOutput<typeof FILE> {
  return v.is(FILE, body)
}
