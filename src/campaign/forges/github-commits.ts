/**
 * Changing branches through GraphQL: it makes commits that are verified, and alone of GitHub's APIs it compares where a branch
 * is before it changes it.
 */
import { type ApiCommit, ForgeError } from '../forge.js'
import type { ObjectId } from '../model.js'
import { path } from './api-path.js'
import { COMMITTED, REPOSITORY } from './github-answers.js'
import type { ApiClient } from './http.js'

/** Beyond this GitHub was seen to fail; it names no limit itself. */
const MOST_FILES = 100
const MOST_BYTES = 40 << 20

/** https://docs.github.com/graphql/reference/mutations#createcommitonbranch */
export const CREATE_COMMIT =
  'mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }'

/** https://docs.github.com/graphql/reference/mutations#updaterefs */
export const UPDATE_REFS = 'mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }'

/** Refusals behind which the branch may have moved, or may be gone. */
const UNCLEAR = new Set(['invalid', 'stale', 'gone', 'unavailable'])

type Place = readonly [string, string]
type Tip = () => Promise<ObjectId | undefined>

/**
 * Makes a commit on a branch that is at its parent, or is made there.
 * @throws ForgeError of kind `unsupported` for a program: GitHub does not say that its mode is kept
 */
export async function commitOnBranch(api: ApiClient, graphql: ApiClient, place: Place, commit: ApiCommit, tip: Tip) {
  refuseWhatIsLost(commit)
  const { branch, parent, message, files } = commit
  const at = await tip()
  if (at === undefined) await createBranch(api, place, branch, parent)
  else if (at !== parent) throw new ForgeError('stale', `the branch ${branch} is at another commit`)
  const [headline = '', ...rest] = message.split('\n')
  const input = {
    branch: { repositoryNameWithOwner: place.join('/'), branchName: branch },
    expectedHeadOid: parent,
    message: { headline, body: rest.join('\n').trim() },
    fileChanges: { additions: files.map(({ path, bytes }) => ({ path, contents: bytes.toString('base64') })) },
  }
  const body = { query: CREATE_COMMIT, variables: { input } }
  const made = await graphql.ask(COMMITTED, { kind: 'write', method: 'POST', path: path`graphql`, body })
  return made.data.createCommitOnBranch.commit.oid
}

/** Deletes a branch if it is at this commit; one that is gone already is as good. */
export async function deleteBranchAt(
  api: ApiClient,
  graphql: ApiClient,
  place: Place,
  branch: string,
  at: ObjectId,
  tip: Tip,
) {
  const now = await tip()
  if (now === undefined) return
  const moved = new ForgeError('stale', `the branch ${branch} is at another commit`)
  if (now !== at) throw moved
  const { node_id: repositoryId } = await api.ask(REPOSITORY, { kind: 'read', path: path`repos/${place}` })
  const nothing = '0'.repeat(at.length)
  const input = { repositoryId, refUpdates: [{ name: `refs/heads/${branch}`, beforeOid: at, afterOid: nothing }] }
  const body = { query: UPDATE_REFS, variables: { input } }
  try {
    await graphql.send({ kind: 'write', method: 'POST', path: path`graphql`, body })
  } catch (error) {
    if (!(error instanceof ForgeError) || !UNCLEAR.has(error.kind)) throw error
    // In which words GitHub says that a branch has moved meanwhile is told nowhere; so we look.
    const later = await tip()
    if (later === undefined) return
    throw later === at ? error : moved
  }
}

/** https://docs.github.com/rest/git/refs#create-a-reference */
async function createBranch(api: ApiClient, place: Place, branch: string, sha: ObjectId): Promise<void> {
  const body = { ref: `refs/heads/${branch}`, sha }
  await api.send({ kind: 'write', method: 'POST', path: path`repos/${place}/git/refs`, body })
}

function refuseWhatIsLost({ files }: ApiCommit): void {
  const program = files.find(({ mode }) => mode === '100755')
  if (program) throw new ForgeError('unsupported', `${program.path} is a program, and GitHub’s API keeps no modes`)
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0)
  if (files.length > MOST_FILES || bytes > MOST_BYTES)
    throw new ForgeError(
      'unsupported',
      `${files.length} files of ${bytes} bytes are too many for one commit through GitHub’s API`,
    )
}
