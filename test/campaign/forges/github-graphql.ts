/**
 * The two mutations that harden uses, with their inputs as GitHub's schema has them (`input` types, all properties known):
 * - https://docs.github.com/graphql/reference/mutations#createcommitonbranch
 * - https://docs.github.com/graphql/reference/mutations#updaterefs
 */
import { Ajv } from 'ajv'
import { CREATE_COMMIT, UPDATE_REFS } from '../../../src/campaign/forges/github-commits.js'

const TEXT = { type: 'string' }
const OID = { type: 'string', pattern: '^[0-9a-f]{40}$' }

function input(required: readonly string[], properties: Record<string, object>) {
  return { type: 'object', required, properties, additionalProperties: false }
}

// input CommittableBranch { branchName: String, id: ID, repositoryNameWithOwner: String }
const BRANCH = input([], { branchName: TEXT, id: TEXT, repositoryNameWithOwner: TEXT })
// input CommitMessage { body: String, headline: String! }
const MESSAGE = input(['headline'], { body: TEXT, headline: TEXT })
// input FileAddition { contents: Base64String!, path: String! } · input FileDeletion { path: String! }
const BASE64 = { type: 'string', pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$' }
const CHANGES = input([], {
  additions: { type: 'array', items: input(['contents', 'path'], { contents: BASE64, path: TEXT }) },
  deletions: { type: 'array', items: input(['path'], { path: TEXT }) },
})
// input RefUpdate { afterOid: GitObjectID!, beforeOid: GitObjectID, force: Boolean, name: GitRefname! }
const NAME = { type: 'string', pattern: '^refs/' }
const UPDATE = input(['afterOid', 'name'], { afterOid: OID, beforeOid: OID, force: { type: 'boolean' }, name: NAME })

const INPUTS = {
  // input CreateCommitOnBranchInput
  [CREATE_COMMIT]: input(['branch', 'expectedHeadOid', 'message'], {
    branch: BRANCH,
    clientMutationId: TEXT,
    expectedHeadOid: OID,
    fileChanges: CHANGES,
    message: MESSAGE,
  }),
  // input UpdateRefsInput
  [UPDATE_REFS]: input(['refUpdates', 'repositoryId'], {
    clientMutationId: TEXT,
    refUpdates: { type: 'array', items: UPDATE },
    repositoryId: TEXT,
  }),
}

const ajv = new Ajv({ allErrors: true })
const checks = new Map(
  Object.entries(INPUTS).map(([query, schema]) => [
    query,
    ajv.compile({
      ...input(['query', 'variables'], { query: TEXT, variables: input(['input'], { input: schema }) }),
    }),
  ]),
)

/** What is wrong with the body of a request to GraphQL. */
export function wrongMutation(body: unknown): readonly string[] {
  const check = checks.get(String(Object(body).query))
  if (check === undefined) return ['graphql is asked for something else than the mutations of the tests']
  return check(body) ? [] : check.errors!.map(({ instancePath, message }) => `graphql ${instancePath} ${message}`)
}

export interface CommitInput {
  readonly branch: { readonly repositoryNameWithOwner: string; readonly branchName: string }
  readonly expectedHeadOid: string
  readonly message: { readonly headline: string; readonly body?: string }
  readonly fileChanges: { readonly additions: readonly { readonly path: string; readonly contents: string }[] }
}

export interface RefsInput {
  readonly repositoryId: string
  readonly refUpdates: readonly { readonly name: string; readonly beforeOid: string; readonly afterOid: string }[]
}
