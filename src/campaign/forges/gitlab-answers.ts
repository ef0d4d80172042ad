/** The parts of GitLab's answers that count, as they are read, what its refusals mean, and how titles and texts are written. */
import * as v from 'valibot'
import { ForgeError, type PullRequest, type Refusal } from '../forge.js'
import { type ApiAnswer, wordsOf } from './refusals.js'
import { COUNT, NUMBER, OBJECT_ID, PATH_NAME } from './shapes.js'

const ACCESS = v.nullish(v.object({ access_level: COUNT }))

export const PROJECT = v.object({
  id: NUMBER,
  path_with_namespace: PATH_NAME,
  default_branch: v.nullish(v.string()),
  empty_repo: v.optional(v.boolean(), false),
  archived: v.optional(v.boolean(), false),
  forked_from_project: v.nullish(v.object({ id: NUMBER })),
  topics: v.optional(v.array(v.string()), []),
  repository_access_level: v.optional(v.string()),
  merge_requests_access_level: v.optional(v.string()),
  /** Only where one project is asked for, or all of ours. */
  permissions: v.optional(v.object({ project_access: ACCESS, group_access: ACCESS })),
})
export type Project = v.InferOutput<typeof PROJECT>

export const NUMBERED = v.object({ id: NUMBER })

export const BRANCH = v.object({ commit: v.object({ id: OBJECT_ID }) })

export const COMMIT = v.object({ id: OBJECT_ID, parent_ids: v.array(OBJECT_ID), message: v.string() })

export const TREE_ENTRY = v.object({
  id: OBJECT_ID,
  name: v.string(),
  mode: v.pipe(v.string(), v.regex(/^[0-7]{6}$/)),
})

export const FILE = v.object({
  size: COUNT,
  encoding: v.literal('base64'),
  content: v.string(),
  last_commit_id: OBJECT_ID,
  /** Since GitLab 14.10; without it nobody says how a file is kept. */
  execute_filemode: v.optional(v.boolean()),
})

export const USER = v.object({ id: NUMBER, username: v.string() })

export const MERGE_REQUEST = v.object({
  iid: NUMBER,
  state: v.picklist(['opened', 'closed', 'locked', 'merged']),
  title: v.string(),
  description: v.nullish(v.string()),
  source_branch: v.string(),
  target_branch: v.string(),
  /** Missing where the fork it came from is gone. */
  source_project_id: v.nullish(NUMBER),
  target_project_id: NUMBER,
  sha: v.nullish(OBJECT_ID),
  labels: v.array(v.string()),
  reviewers: v.optional(v.array(USER), []),
})
export type MergeRequest = v.InferOutput<typeof MERGE_REQUEST>

export const PIPELINE = v.object({
  id: NUMBER,
  ref: v.nullish(v.string()),
  source: v.nullish(v.string()),
  status: v.string(),
})
export type Pipeline = v.InferOutput<typeof PIPELINE>

/** How GitLab tells drafts: https://docs.gitlab.com/user/project/merge_requests/drafts/ */
const DRAFT = /^(?:(?:\[draft\]|\(draft\)|draft:)\s*)+/i

export function isDraft(title: string): boolean {
  return DRAFT.test(title)
}

export function titleOf(title: string, draft: boolean): string {
  return draft ? `Draft: ${title}` : title
}

/**
 * A text in which no line is a quick action, such as `/merge`: GitLab carries those out where they begin a line. A space before
 * it changes nothing for a reader. https://docs.gitlab.com/user/project/quick_actions/
 */
export function withoutActions(text: string): string {
  return text.replace(/^(?= *\/[a-z])/gim, ' ')
}

/** @param place the forge's origin and the project's name: addresses are made, not taken over */
export function pullOf(pull: MergeRequest, place: string): PullRequest {
  return {
    number: pull.iid,
    url: `${place}/-/merge_requests/${pull.iid}`,
    // `locked` is how a merge looks while it is made.
    state: pull.state === 'closed' || pull.state === 'merged' ? pull.state : 'open',
    title: pull.title.replace(DRAFT, ''),
    body: (pull.description ?? '').replace(/^ (?= *\/[a-z])/gim, ''),
    branch: pull.source_branch,
    base: pull.target_branch,
    ...(pull.sha && { head: pull.sha }),
    draft: isDraft(pull.title),
  }
}

/** What GitLab says, and what that is; the first line that fits counts. */
const SAID: readonly (readonly [RegExp, Refusal])[] = [
  [/another open merge request already exists/i, 'exists'],
  [/can't use same project\/branch/i, 'same'],
  [/a branch called .* already exists|has changed since|file with this name (already exists|doesn't exist)/i, 'stale'],
  [
    /not allowed to push|protected branch|default branch|pre-receive|push rule|must be signed|verified email/i,
    'protected',
  ],
  [/non GET methods are not allowed for moved/i, 'gone'],
]

/** What a refusal means on GitLab alone. */
export function gitlabRefusal({ status, body }: ApiAnswer): ForgeError | undefined {
  if (![400, 403, 405, 409, 422].includes(status)) return undefined
  const words = saidBy(body)
  const kind = SAID.find(([said]) => said.test(words))?.[1]
  // Why it is forbidden may stand in the headers.
  if (kind === undefined && status === 403) return undefined
  return new ForgeError(kind ?? 'invalid', `GitLab refuses: ${words || status}`)
}

/** GitLab tells of several faults by the names of what they are in: `{ "message": { "title": ["is too long"] } }`. */
function saidBy(body: unknown): string {
  const { message } = Object(body) as { message?: unknown }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return wordsOf(body)
  const faults = Object.entries(message)
    .slice(0, 10)
    .map(([field, fault]) => (field === 'base' ? wordsOf({ errors: fault }) : `${field} ${wordsOf({ errors: fault })}`))
  return wordsOf({ errors: faults })
}
