/** Changing branches through GitLab's API. */
import { type ApiCommit, ForgeError, type PullDraft } from '../forge.js'
import type { ObjectId } from '../model.js'
import { path } from './api-path.js'
import { BRANCH, COMMIT, FILE } from './gitlab-answers.js'
import type { ApiClient } from './http.js'

const moved = (branch: string) => new ForgeError('stale', `the branch ${branch} is at another commit`)

/**
 * Makes a commit on a branch that is at its parent, or is made there, in one request:
 * https://docs.gitlab.com/api/commits/#create-a-commit-with-multiple-files-and-actions
 *
 * A branch that is new begins exactly at the parent, or is refused. On one that is there GitLab compares only the files: what
 * somebody adds to ours in the moment between looking and writing stays, and is told.
 */
export async function commitOnGitlab(api: ApiClient, project: string, commit: ApiCommit): Promise<ObjectId> {
  const { branch, parent, message } = commit
  const at = await tipOnGitlab(api, project, branch)
  if (at !== undefined && at !== parent) throw moved(branch)
  const actions: object[] = []
  for (const file of commit.files) actions.push(...(await actionsFor(api, project, file, parent, at !== undefined)))
  const body = {
    branch,
    commit_message: message,
    actions,
    stats: false,
    ...(at === undefined && { start_sha: parent }),
  }
  const made = await api.ask(COMMIT, {
    kind: 'write',
    method: 'POST',
    path: path`projects/${project}/repository/commits`,
    body,
  })
  if (made.parent_ids.length !== 1 || made.parent_ids[0] !== parent) throw moved(branch)
  return made.id
}

type ChangedFile = ApiCommit['files'][number]

/** What is to be done with one file; an update keeps the mode that a file has, and a new one is no program. */
async function actionsFor(
  api: ApiClient,
  project: string,
  { path: file, bytes, mode, isNew }: ChangedFile,
  parent: ObjectId,
  isOnBranch: boolean,
): Promise<readonly object[]> {
  const content = { file_path: file, content: bytes.toString('base64'), encoding: 'base64' }
  const isProgram = mode === '100755'
  const changeMode = { action: 'chmod', file_path: file, execute_filemode: isProgram }
  if (isNew) return [{ action: 'create', ...content }, ...(isProgram ? [changeMode] : [])]
  const known = await api.find(FILE, path`projects/${project}/repository/files/${placed(file)}`, { ref: parent })
  if (known === undefined) throw new ForgeError('stale', `${file} is not in commit ${parent}`)
  const update = {
    action: 'update',
    ...content,
    ...(isOnBranch && { last_commit_id: known.last_commit_id }),
  }
  return known.execute_filemode === isProgram ? [update] : [update, changeMode]
}

/** Deletes a branch if it is at this commit; one that is gone already is as good. */
export async function deleteOnGitlab(api: ApiClient, project: string, branch: string, at: ObjectId): Promise<void> {
  const now = await tipOnGitlab(api, project, branch)
  if (now === undefined) return
  if (now !== at) throw moved(branch)
  const place = path`projects/${project}/repository/branches/${branch}`
  await api.send({ kind: 'write', method: 'DELETE', path: place, answers: [404] })
}

/** https://docs.gitlab.com/api/branches/#get-a-single-repository-branch */
export async function tipOnGitlab(api: ApiClient, project: string, branch: string): Promise<ObjectId | undefined> {
  return (await api.find(BRANCH, path`projects/${project}/repository/branches/${branch}`))?.commit.id
}

/**
 * GitLab opens a merge request for nothing; so we look whether there is anything between the branches.
 * https://docs.gitlab.com/api/commits/#list-repository-commits
 * @throws ForgeError of kind `same`, or `invalid` if one of the branches is not there
 */
export async function refuseEmpty(api: ApiClient, project: string, { base, branch }: PullDraft): Promise<void> {
  const query = { ref_name: `${base}..${branch}`, per_page: 1 }
  const { body } = await api.send({
    kind: 'read',
    path: path`projects/${project}/repository/commits`,
    query,
    answers: [404],
  })
  if (Array.isArray(body) && body.length > 0) return
  for (const one of [base, branch])
    if ((await tipOnGitlab(api, project, one)) === undefined)
      throw new ForgeError('invalid', `${project} has no branch ${one}`)
  throw new ForgeError('same', `there is nothing between ${base} and ${branch}`)
}

/** The path of a file, which is one segment of an address here: nothing in it may mean another place. */
export function placed(file: string): string {
  path`${file.split('/')}`
  return file
}
