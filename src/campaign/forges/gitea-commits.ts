/** Changing branches through the API of Gitea and Forgejo. */
import { type ApiCommit, ForgeError, type PullDraft } from '../forge.js'
import type { ObjectId } from '../model.js'
import { path } from './api-path.js'
import { BRANCH, COMMITTED, COMPARED, FILE } from './gitea-answers.js'
import type { ApiClient } from './http.js'

type Place = readonly [string, string]

const moved = (branch: string) => new ForgeError('stale', `the branch ${branch} is at another commit`)

/**
 * Makes a commit on a branch that is at its parent, or is made there:
 * https://docs.gitea.com/api/#tag/repository/operation/repoChangeFiles
 *
 * The forge compares the files, not the branch: what somebody adds to ours in the moment between looking and writing stays, and
 * is told.
 * @throws ForgeError of kind `unsupported` for a program that is new: it would be none
 */
export async function commitOnGitea(api: ApiClient, place: Place, commit: ApiCommit): Promise<ObjectId> {
  const { branch, parent } = commit
  const program = commit.files.find(({ isNew, mode }) => isNew && mode === '100755')
  if (program !== undefined)
    throw new ForgeError('unsupported', `${program.path} is a new program, and this forge's API makes none`)
  const at = await tipOnGitea(api, place, branch)
  if (at !== undefined && at !== parent) throw moved(branch)
  const files: object[] = []
  for (const file of commit.files) files.push(await changeOf(api, place, file, parent))
  if (at !== undefined) return post(api, place, commit, files)
  await createBranch(api, place, branch, parent)
  try {
    return await post(api, place, commit, files)
  } catch (error) {
    // A branch that was made for nothing is taken back; without an answer it may hold the commit.
    const isRefused = error instanceof ForgeError && error.kind !== 'unavailable'
    if (isRefused) await deleteOnGitea(api, place, branch, parent).catch(() => undefined)
    throw error
  }
}

async function post(api: ApiClient, place: Place, { branch, parent, message }: ApiCommit, files: readonly object[]) {
  const body = { branch, message, files }
  const made = await api.ask(COMMITTED, { kind: 'write', method: 'POST', path: path`repos/${place}/contents`, body })
  const { sha, parents } = made.commit
  if (parents.length !== 1 || parents[0]!.sha !== parent) throw moved(branch)
  return sha
}

/** What is to be done with one file; one that is there keeps the mode that it has. */
async function changeOf(
  api: ApiClient,
  place: Place,
  { path: file, bytes, isNew }: ApiCommit['files'][number],
  parent: ObjectId,
): Promise<object> {
  const content = bytes.toString('base64')
  if (isNew) return { operation: 'create', path: file, content }
  const known = await api.find(FILE, path`repos/${place}/contents/${file.split('/')}`, { ref: parent })
  if (known === undefined) throw new ForgeError('stale', `${file} is not in commit ${parent}`)
  return { operation: 'update', path: file, content, sha: known.sha }
}

/** https://docs.gitea.com/api/#tag/repository/operation/repoCreateBranch */
async function createBranch(api: ApiClient, place: Place, branch: string, parent: ObjectId): Promise<void> {
  const body = { new_branch_name: branch, old_ref_name: parent }
  const made = await api.ask(BRANCH, { kind: 'write', method: 'POST', path: path`repos/${place}/branches`, body })
  if (made.commit.id !== parent) throw moved(branch)
}

/** Deletes a branch if it is at this commit; one that is gone already is as good. */
export async function deleteOnGitea(api: ApiClient, place: Place, branch: string, at: ObjectId): Promise<void> {
  const now = await tipOnGitea(api, place, branch)
  if (now === undefined) return
  if (now !== at) throw moved(branch)
  const branchAt = path`repos/${place}/branches/${branch.split('/')}`
  await api.send({ kind: 'write', method: 'DELETE', path: branchAt, answers: [404] })
}

/** https://docs.gitea.com/api/#tag/repository/operation/repoGetBranch */
export async function tipOnGitea(api: ApiClient, place: Place, branch: string): Promise<ObjectId | undefined> {
  return (await api.find(BRANCH, path`repos/${place}/branches/${branch.split('/')}`))?.commit.id
}

/**
 * A pull request would be opened for nothing; so we look whether there is anything between the branches.
 * https://docs.gitea.com/api/#tag/repository/operation/repoCompareDiff
 * @throws ForgeError of kind `same`, or `invalid` if one of the branches is not there
 */
export async function refuseEmpty(api: ApiClient, place: Place, { base, branch }: PullDraft): Promise<void> {
  const between = `${base}...${branch}`
  const compared = await api.find(COMPARED, path`repos/${place}/compare/${between.split('/')}`)
  if (compared === undefined)
    throw new ForgeError('invalid', `${place.join('/')} has no branch ${base}, or no branch ${branch}`)
  if (compared.total_commits === 0) throw new ForgeError('same', `there is nothing between ${base} and ${branch}`)
}
