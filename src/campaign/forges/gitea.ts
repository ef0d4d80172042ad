/** Gitea and Forgejo, by the API they share, version 1: https://docs.gitea.com/api/, https://forgejo.org/docs/latest/user/api-usage/ */
import {
  type ApiCommit,
  type CommitOnForge,
  type Decoration,
  type Forge,
  type ForgeAccess,
  ForgeError,
  type Gate,
  type PullDraft,
  type PullRequest,
  type RemoteRepository,
} from '../forge.js'
import type { ObjectId } from '../model.js'
import { path } from './api-path.js'
import { followed } from './followed.js'
import * as answers from './gitea-answers.js'
import { giteaChecks } from './gitea-checks.js'
import { commitOnGitea, deleteOnGitea, refuseEmpty, tipOnGitea } from './gitea-commits.js'
import { decorateOnGitea, labelNumbers } from './gitea-people.js'
import { findOnGitea } from './gitea-repositories.js'
import { apiClient } from './http.js'

/** Bytes of a file that we read. */
const LARGEST_FILE = 1 << 20

/** @throws ForgeError of kind `invalid` if the API is neither reached by https nor on this machine */
export function giteaForge(access: ForgeAccess, gate: Gate): Forge {
  const { origin, token } = access
  const headers = { accept: 'application/json', ...(token !== undefined && { authorization: `token ${token}` }) }
  const api = apiClient(access, gate, { headers, refusal: answers.giteaRefusal })

  const remote = (found: answers.Found): RemoteRepository => ({
    address: { kind: 'remote', forge: 'gitea', origin, name: found.full_name },
    cloneUrl: `${origin}/${found.full_name}.git`,
    // What is called the default branch of an empty repository does not exist.
    ...(found.default_branch !== '' && !found.empty && { defaultBranch: found.default_branch }),
    isArchived: found.archived,
    isFork: found.fork,
    mayPush: found.permissions?.push === true && !found.mirror && found.has_pull_requests,
    topics: found.topics ?? [],
  })
  const pullOf = (pull: answers.Pull, { address }: RemoteRepository) =>
    answers.pullOf(pull, `${origin}/${address.name}`)
  const pullAt = (repository: RemoteRepository, number: number) => path`repos/${placeOf(repository)}/pulls/${number}`

  /** https://docs.gitea.com/api/#tag/repository/operation/repoEditPullRequest */
  async function change(repository: RemoteRepository, number: number, body: object, kind: 'write' | 'notify') {
    const at = pullAt(repository, number)
    return pullOf(await api.ask(answers.PULL, { kind, method: 'PATCH', path: at, body }), repository)
  }

  return {
    kind: 'gitea',
    origin,

    /** https://docs.gitea.com/api/#tag/repository/operation/repoGet */
    repository: async (name) => remote(await followed(api, answers.REPOSITORY, path`repos/${partsOf(name)}`)),

    async repositories(selection) {
      const found = new Map((await findOnGitea(api, selection)).map((one) => [one.full_name, one]))
      return [...found.keys()].sort().map((name) => remote(found.get(name)!))
    },

    tip: (repository, branch) => tipOnGitea(api, placeOf(repository), branch),

    /** https://docs.gitea.com/api/#tag/repository/operation/repoGetSingleCommit */
    async commit(repository, id): Promise<CommitOnForge | undefined> {
      const place = path`repos/${placeOf(repository)}/git/commits/${id}`
      const found = await api.find(answers.COMMIT, place, { stat: false, verification: false, files: false })
      if (found === undefined) return undefined
      const { message, tree } = found.commit
      return { id: found.sha, tree: tree.sha, parents: (found.parents ?? []).map(({ sha }) => sha), message }
    },

    /** https://docs.gitea.com/api/#tag/repository/operation/repoGetContents */
    async file(repository, file, at) {
      const place = path`repos/${placeOf(repository)}/contents/${file.split('/')}`
      const answer = await api.send({ kind: 'read', path: place, query: { ref: at }, answers: [404] })
      // A folder is a list, and a link is of another type.
      if (answer.status === 404 || !answers.isFile(answer.body)) return undefined
      const { size, content } = answer.body
      return content && size <= LARGEST_FILE ? Buffer.from(content, 'base64').toString() : undefined
    },

    /**
     * All there are, newest first: only Forgejo can be told which branch they are from.
     * https://docs.gitea.com/api/#tag/repository/operation/repoListPullRequests
     */
    async pulls(repository, branch) {
      const place = path`repos/${placeOf(repository)}/pulls`
      const found = await api.list(answers.PULL, place, { state: 'all', head: branch, limit: 50 }, 'number')
      // A fork may have a branch of this name, too.
      const ours = found.filter(({ head, base }) => head.label === branch && head.repo_id === base.repo_id)
      return ours.map((one) => pullOf(one, repository)).sort((a, b) => b.number - a.number)
    },

    /** https://docs.gitea.com/api/#tag/repository/operation/repoCreatePullRequest */
    async open(repository: RemoteRepository, pull: PullDraft): Promise<PullRequest> {
      await refuseEmpty(api, placeOf(repository), pull)
      const labels = await labelNumbers(api, placeOf(repository), pull.labels)
      const body = {
        head: pull.branch,
        base: pull.base,
        title: answers.titleOf(pull.title, pull.draft),
        body: pull.body,
        ...(labels.length > 0 && { labels }),
      }
      const place = path`repos/${placeOf(repository)}/pulls`
      return pullOf(await api.ask(answers.PULL, { kind: 'notify', method: 'POST', path: place, body }), repository)
    },

    /** What makes a draft is in the title, and stays as it is. */
    async update(repository, number, { title, body }) {
      const now = await api.ask(answers.PULL, { kind: 'read', path: pullAt(repository, number) })
      return change(repository, number, { title: answers.titleOf(title, answers.isDraft(now.title)), body }, 'write')
    },

    close: (repository, number) => change(repository, number, { state: 'closed' }, 'notify'),
    reopen: (repository, number) => change(repository, number, { state: 'open' }, 'notify'),

    /** https://docs.gitea.com/api/#tag/issue/operation/issueCreateComment */
    async comment(repository, number, body) {
      const at = path`repos/${placeOf(repository)}/issues/${number}/comments`
      await api.send({ kind: 'notify', method: 'POST', path: at, body: { body } })
    },

    decorate: (repository: RemoteRepository, number: number, what: Decoration) =>
      decorateOnGitea(api, placeOf(repository), number, what),

    checks: (repository: RemoteRepository, id: ObjectId) => giteaChecks(api, placeOf(repository), id),

    deleteBranch: (repository: RemoteRepository, branch: string, at: ObjectId) =>
      deleteOnGitea(api, placeOf(repository), branch, at),

    commitFiles: (repository: RemoteRepository, commit: ApiCommit) => commitOnGitea(api, placeOf(repository), commit),
  }
}

/** Owner and name. */
function placeOf({ address }: RemoteRepository) {
  return partsOf(address.name)
}

function partsOf(name: string): readonly [string, string] {
  const [owner, repository, ...more] = name.split('/')
  if (repository === undefined || more.length > 0)
    throw new ForgeError('invalid', `“${name}” is not the name of a repository here: it has an owner and a name`)
  return [owner!, repository]
}
