/**
 * GitHub and GitHub Enterprise, by their REST API, version 2022-11-28, and by GraphQL where that alone compares before it
 * changes: https://docs.github.com/rest, https://docs.github.com/graphql/reference/mutations
 */
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
import * as answers from './github-answers.js'
import { githubChecks } from './github-checks.js'
import { commitOnBranch, deleteBranchAt } from './github-commits.js'
import { decorateOnGithub } from './github-decoration.js'
import { type Found, findRepositories } from './github-repositories.js'
import { type ApiClient, apiClient } from './http.js'

/** Bytes of a file that we read; GitHub itself gives no more in this way. */
const LARGEST_FILE = 1 << 20

/** What GitHub calls tokens of apps: they are nobody's, and what they may do is told nowhere. */
const APP_TOKEN = /^ghs_/

/** @throws ForgeError of kind `invalid` if the API is neither reached by https nor on this machine */
export function githubForge(access: ForgeAccess, gate: Gate): Forge {
  const { origin, token } = access
  const headers = {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  const api = apiClient(access, gate, { headers, refusal: answers.githubRefusal })
  // Enterprise has `/api/v3` and beside it `/api/graphql`; github.com has both at the top.
  const graphql = apiClient({ ...access, api: access.api.replace(/\/v3$/, '') }, gate, {
    headers,
    refusal: answers.githubRefusal,
    failure: answers.graphqlFailure,
  })
  const isApp = token !== undefined && APP_TOKEN.test(token)

  const remote = (found: Found): RemoteRepository => ({
    address: { kind: 'remote', forge: 'github', origin, name: found.full_name },
    cloneUrl: `${origin}/${found.full_name}.git`,
    ...(found.default_branch !== undefined && { defaultBranch: found.default_branch }),
    isArchived: found.archived,
    isFork: found.fork,
    mayPush: !found.disabled && (isApp || found.permissions?.push === true),
    topics: found.topics,
  })
  const pullOf = (pull: Parameters<typeof answers.pullOf>[0]) => answers.pullOf(pull, origin)

  /** https://docs.github.com/rest/pulls/pulls#update-a-pull-request */
  async function change(repository: RemoteRepository, number: number, body: object, kind: 'write' | 'notify') {
    const at = path`repos/${placeOf(repository)}/pulls/${number}`
    return pullOf(await api.ask(answers.PULL, { kind, method: 'PATCH', path: at, body }))
  }

  return {
    kind: 'github',
    origin,

    /** https://docs.github.com/rest/repos/repos#get-a-repository */
    async repository(name) {
      // One that was renamed or handed over answers with 301, and says where it is by its number.
      const found = await followed(api, answers.REPOSITORY, path`repos/${partsOf(name)}`)
      const repository = remote(found)
      // What GitHub calls the default branch of an empty repository does not exist.
      const isEmpty = found.size === 0 && (await tipOf(api, repository, found.default_branch ?? 'main')) === undefined
      if (!isEmpty) return repository
      const { defaultBranch: _, ...empty } = repository
      return empty
    },

    async repositories(selection) {
      const found = await findRepositories(api, selection, token !== undefined && !isApp)
      const byName = new Map(found.map((one) => [one.full_name, remote(one)]))
      return [...byName.keys()].sort().map((name) => byName.get(name)!)
    },

    tip: (repository, branch) => tipOf(api, repository, branch),

    /** https://docs.github.com/rest/git/commits#get-a-commit-object */
    async commit(repository, id): Promise<CommitOnForge | undefined> {
      const found = await api.find(answers.COMMIT, path`repos/${placeOf(repository)}/git/commits/${id}`)
      if (found === undefined) return undefined
      const parents = found.parents.map(({ sha }) => sha)
      return { id: found.sha, tree: found.tree.sha, parents, message: found.message }
    },

    /** https://docs.github.com/rest/repos/contents#get-repository-content */
    async file(repository, file, at) {
      const place = path`repos/${placeOf(repository)}/contents/${file.split('/')}`
      const { status, body } = await api.send({ kind: 'read', path: place, query: { ref: at }, answers: [404] })
      if (status === 404 || !answers.isFile(body) || body.size > LARGEST_FILE) return undefined
      return Buffer.from(body.content, 'base64').toString()
    },

    /** https://docs.github.com/rest/pulls/pulls#list-pull-requests */
    async pulls(repository, branch) {
      const [owner] = placeOf(repository)
      const query = { head: `${owner}:${branch}`, state: 'all', sort: 'created', direction: 'desc', per_page: 100 }
      const found = await api.list(answers.PULL, path`repos/${placeOf(repository)}/pulls`, query)
      // A fork of the same owner may have a branch of this name, too.
      const ours = found.filter(({ head, base }) => head.ref === branch && head.repo?.full_name === base.repo.full_name)
      return ours.map(pullOf).sort((a, b) => b.number - a.number)
    },

    /** https://docs.github.com/rest/pulls/pulls#create-a-pull-request */
    async open(repository: RemoteRepository, { branch, base, title, body, draft }: PullDraft): Promise<PullRequest> {
      const at = path`repos/${placeOf(repository)}/pulls`
      const sent = { title, body, head: branch, base, draft }
      return pullOf(await api.ask(answers.PULL, { kind: 'notify', method: 'POST', path: at, body: sent }))
    },

    update: (repository, number, { title, body }) => change(repository, number, { title, body }, 'write'),
    close: (repository, number) => change(repository, number, { state: 'closed' }, 'notify'),
    reopen: (repository, number) => change(repository, number, { state: 'open' }, 'notify'),

    /** https://docs.github.com/rest/issues/comments#create-an-issue-comment */
    async comment(repository, number, body) {
      const at = path`repos/${placeOf(repository)}/issues/${number}/comments`
      await api.send({ kind: 'notify', method: 'POST', path: at, body: { body } })
    },

    decorate: (repository: RemoteRepository, number: number, what: Decoration) =>
      decorateOnGithub(api, placeOf(repository), number, what),

    checks: (repository: RemoteRepository, id: ObjectId) => githubChecks(api, placeOf(repository), id),

    deleteBranch: (repository: RemoteRepository, branch: string, at: ObjectId) =>
      deleteBranchAt(api, graphql, placeOf(repository), branch, at, () => tipOf(api, repository, branch)),

    commitFiles: (repository: RemoteRepository, commit: ApiCommit) =>
      commitOnBranch(api, graphql, placeOf(repository), commit, () => tipOf(api, repository, commit.branch)),
  }
}

/** Owner and name. */
function placeOf({ address }: RemoteRepository) {
  return partsOf(address.name)
}

function partsOf(name: string): readonly [string, string] {
  const [owner, repository, ...more] = name.split('/')
  if (repository === undefined || more.length > 0)
    throw new ForgeError('invalid', `“${name}” is not the name of a repository on GitHub: it has an owner and a name`)
  return [owner!, repository]
}

/** https://docs.github.com/rest/git/refs#get-a-reference */
async function tipOf(api: ApiClient, repository: RemoteRepository, branch: string): Promise<ObjectId | undefined> {
  const at = path`repos/${placeOf(repository)}/git/ref/heads/${branch.split('/')}`
  // 409: the repository is empty.
  const answer = await api.send({ kind: 'read', path: at, answers: [404, 409] })
  return answer.status === 200 ? api.shaped(answers.REFERENCE, answer).object.sha : undefined
}
