/** The parts of GitHub's answers that count, as they are read, and what its refusals mean. */
import * as v from 'valibot'
import { ForgeError, type PullRequest, type Refusal } from '../forge.js'
import { type ApiAnswer, isHurried, wordsOf } from './refusals.js'
import { COUNT, FULL_NAME, NUMBER, OBJECT_ID } from './shapes.js'

export const REPOSITORY = v.object({
  node_id: v.string(),
  full_name: FULL_NAME,
  default_branch: v.optional(v.string()),
  archived: v.optional(v.boolean(), false),
  disabled: v.optional(v.boolean(), false),
  fork: v.boolean(),
  /** In kibibytes, rounded down, and some time later than the truth. */
  size: v.optional(COUNT, 1),
  topics: v.optional(v.array(v.string()), []),
  permissions: v.optional(v.object({ push: v.boolean() })),
})

export const FOUND = v.object({ total_count: COUNT, incomplete_results: v.boolean(), items: v.array(REPOSITORY) })

export const REFERENCE = v.object({ ref: v.string(), object: v.object({ sha: OBJECT_ID }) })

export const COMMIT = v.object({
  sha: OBJECT_ID,
  message: v.string(),
  tree: v.object({ sha: OBJECT_ID }),
  parents: v.array(v.object({ sha: OBJECT_ID })),
})

const FILE = v.object({ type: v.literal('file'), encoding: v.literal('base64'), size: COUNT, content: v.string() })

/** Whether an answer is a file with its text: it may be a folder, a link, or too large. */
export function isFile(body: unknown): body is v.InferOutput<typeof FILE> {
  return v.is(FILE, body)
}

const PLACE = v.object({ full_name: FULL_NAME })
export const PULL = v.object({
  number: NUMBER,
  state: v.picklist(['open', 'closed']),
  merged_at: v.nullish(v.string()),
  title: v.string(),
  body: v.nullable(v.string()),
  draft: v.optional(v.boolean(), false),
  // The fork of a pull request may be gone.
  head: v.object({ ref: v.string(), sha: OBJECT_ID, repo: v.nullable(PLACE) }),
  base: v.object({ ref: v.string(), repo: PLACE }),
})

const LOGINS = v.optional(v.nullable(v.array(v.object({ login: v.string() }))), [])
const TEAMS = v.optional(v.nullable(v.array(v.object({ slug: v.string() }))), [])

/** Who has been asked for a review. */
export const ASKED = v.object({ requested_reviewers: LOGINS, requested_teams: TEAMS })

export const DECORATED = v.object({
  ...ASKED.entries,
  user: v.nullable(v.object({ login: v.string() })),
  labels: v.array(v.object({ name: v.string() })),
})

export const CHECK_RUN = v.object({ status: v.string(), conclusion: v.nullable(v.string()) })

export const STATUS = v.object({ state: v.string(), total_count: COUNT })

export const COMMITTED = v.object({
  data: v.object({ createCommitOnBranch: v.object({ commit: v.object({ oid: OBJECT_ID }) }) }),
})

/** @param origin of the forge: addresses are made, not taken over */
export function pullOf(pull: v.InferOutput<typeof PULL>, origin: string): PullRequest {
  return {
    number: pull.number,
    url: `${origin}/${pull.base.repo.full_name}/pull/${pull.number}`,
    state: pull.merged_at ? 'merged' : pull.state,
    title: pull.title,
    body: pull.body ?? '',
    branch: pull.head.ref,
    base: pull.base.ref,
    head: pull.head.sha,
    draft: pull.draft,
  }
}

/** What GitHub says, and what that is; the first line that fits counts. */
const SAID: readonly (readonly [RegExp, Refusal])[] = [
  [/was archived|is archived/i, 'archived'],
  [/pull request already exists/i, 'exists'],
  [/no commits between/i, 'same'],
  [/draft pull requests are not supported/i, 'unsupported'],
  [/reference already exists|expected branch to point to/i, 'stale'],
  [/protected branch|rule violations|GH006|GH013/i, 'protected'],
]

/** What a refusal means on GitHub alone. */
export function githubRefusal({ status, body }: ApiAnswer): ForgeError | undefined {
  const words = wordsOf(body)
  const kind = SAID.find(([said]) => said.test(words))?.[1]
  if (![403, 405, 409, 422].includes(status) || kind === undefined || isHurried(words)) return undefined
  return new ForgeError(kind, `GitHub refuses: ${words}`)
}

/** The types of GraphQL's errors, as far as GitHub uses them for what we ask. */
const TYPES: Readonly<Record<string, Refusal>> = {
  RATE_LIMITED: 'limited',
  STALE_DATA: 'stale',
  FORBIDDEN: 'forbidden',
  INSUFFICIENT_SCOPES: 'forbidden',
  NOT_FOUND: 'gone',
  UNPROCESSABLE: 'invalid',
  BAD_USER_INPUT: 'invalid',
}

/** GraphQL says with 200 what went wrong: https://docs.github.com/graphql/guides/using-graphql-for-queries#errors */
export function graphqlFailure({ body }: ApiAnswer): ForgeError | undefined {
  const { errors } = Object(body) as { errors?: unknown }
  if (!Array.isArray(errors) || errors.length === 0) return undefined
  const words = wordsOf(body)
  const { type } = Object(errors[0]) as { type?: unknown }
  const said = isHurried(words) ? 'limited' : SAID.find(([one]) => one.test(words))?.[1]
  return new ForgeError(said ?? TYPES[String(type)] ?? 'unavailable', `GitHub refuses: ${words}`)
}
