/** GitLab, on gitlab.com and anywhere else, by its REST API, version 4: https://docs.gitlab.com/api/rest/ */
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
import * as answers from './gitlab-answers.js'
import { gitlabChecks } from './gitlab-checks.js'
import { commitOnGitlab, deleteOnGitlab, placed, refuseEmpty, tipOnGitlab } from './gitlab-commits.js'
import { decorateOnGitlab, numbersOf, peopleOf } from './gitlab-people.js'
import { type FoundProject, findProjects, mayPushTo } from './gitlab-projects.js'
import { apiClient } from './http.js'
import { treeIdOf } from './tree-id.js'

/** Bytes of a file that we read. */
const LARGEST_FILE = 1 << 20

/** @throws ForgeError of kind `invalid` if the API is neither reached by https nor on this machine */
export function gitlabForge(access: ForgeAccess, gate: Gate): Forge {
  const { origin, token } = access
  // Not `PRIVATE-TOKEN`: a header of that name would follow a redirect to another place.
  const headers = { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  const api = apiClient(access, gate, { headers, refusal: answers.gitlabRefusal })
  const findPerson = peopleOf(api)

  const remote = ({ project, mayPush }: FoundProject): RemoteRepository => ({
    address: { kind: 'remote', forge: 'gitlab', origin, name: project.path_with_namespace },
    cloneUrl: `${origin}/${project.path_with_namespace}.git`,
    // What GitLab calls the default branch of an empty repository does not exist.
    ...(project.default_branch && !project.empty_repo && { defaultBranch: project.default_branch }),
    isArchived: project.archived,
    isFork: Boolean(project.forked_from_project),
    mayPush,
    topics: project.topics,
  })
  const pullOf = (pull: answers.MergeRequest, { address }: RemoteRepository) =>
    answers.pullOf(pull, `${origin}/${address.name}`)

  /** An archived project answers that it is forbidden, and not why; so we look. */
  async function writing<T>({ address }: RemoteRepository, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ForgeError && error.kind === 'forbidden')) throw error
      const project = await api.find(answers.PROJECT, path`projects/${address.name}`)
      throw project?.archived ? new ForgeError('archived', `${address.name} is archived`) : error
    }
  }

  const pullAt = (repository: RemoteRepository, number: number) =>
    path`projects/${repository.address.name}/merge_requests/${number}`

  /** https://docs.gitlab.com/api/merge_requests/#update-a-merge-request */
  async function change(repository: RemoteRepository, number: number, body: object, kind: 'write' | 'notify') {
    const request = { kind, method: 'PUT', path: pullAt(repository, number), body } as const
    return pullOf(await writing(repository, () => api.ask(answers.MERGE_REQUEST, request)), repository)
  }

  return {
    kind: 'gitlab',
    origin,

    /** https://docs.gitlab.com/api/projects/#get-a-single-project */
    async repository(name) {
      const project = await followed(api, answers.PROJECT, path`projects/${placed(name)}`)
      return remote({ project, mayPush: await mayPushTo(api, project, token !== undefined) })
    },

    async repositories(selection) {
      const found = new Map((await findProjects(api, selection)).map((one) => [one.project.path_with_namespace, one]))
      return [...found.keys()].sort().map((name) => remote(found.get(name)!))
    },

    tip: ({ address }, branch) => tipOnGitlab(api, address.name, branch),

    /**
     * GitLab does not name the tree of a commit, but it lists what is in it.
     * - https://docs.gitlab.com/api/commits/#get-a-single-commit
     * - https://docs.gitlab.com/api/repositories/#list-repository-tree
     */
    async commit({ address }, id): Promise<CommitOnForge | undefined> {
      const found = await api.find(answers.COMMIT, path`projects/${address.name}/repository/commits/${id}`)
      if (found === undefined) return undefined
      const query = { ref: found.id, pagination: 'keyset', per_page: 100 }
      const entries = await api.list(answers.TREE_ENTRY, path`projects/${address.name}/repository/tree`, query)
      return { id: found.id, tree: treeIdOf(entries), parents: found.parent_ids, message: found.message }
    },

    /** https://docs.gitlab.com/api/repository_files/#get-a-file-from-a-repository */
    async file({ address }, file, at) {
      const found = await api.find(answers.FILE, path`projects/${address.name}/repository/files/${placed(file)}`, {
        ref: at,
      })
      if (found === undefined || found.size > LARGEST_FILE) return undefined
      return Buffer.from(found.content, 'base64').toString()
    },

    /** https://docs.gitlab.com/api/merge_requests/#list-project-merge-requests */
    async pulls(repository, branch) {
      const query = { source_branch: branch, state: 'all', order_by: 'created_at', sort: 'desc', per_page: 100 }
      const place = path`projects/${repository.address.name}/merge_requests`
      const found = await api.list(answers.MERGE_REQUEST, place, query)
      // A fork may have a branch of this name, too.
      const ours = found.filter(
        (one) => one.source_branch === branch && one.source_project_id === one.target_project_id,
      )
      return ours.map((one) => pullOf(one, repository)).sort((a, b) => b.number - a.number)
    },

    /** Labels and reviewers go into the same request: https://docs.gitlab.com/api/merge_requests/#create-a-merge-request */
    async open(repository: RemoteRepository, pull: PullDraft): Promise<PullRequest> {
      await refuseEmpty(api, repository.address.name, pull)
      const reviewers = await numbersOf(pull.reviewers, findPerson)
      const body = {
        source_branch: pull.branch,
        target_branch: pull.base,
        title: answers.titleOf(pull.title, pull.draft),
        description: answers.withoutActions(pull.body),
        remove_source_branch: true,
        ...(pull.labels.length > 0 && { labels: pull.labels }),
        ...(reviewers.length > 0 && { reviewer_ids: reviewers }),
      }
      const place = path`projects/${repository.address.name}/merge_requests`
      const request = { kind: 'notify', method: 'POST', path: place, body } as const
      return pullOf(await writing(repository, () => api.ask(answers.MERGE_REQUEST, request)), repository)
    },

    /** What makes a draft is in the title, and stays as it is. */
    async update(repository, number, { title, body }) {
      const now = await api.ask(answers.MERGE_REQUEST, { kind: 'read', path: pullAt(repository, number) })
      const sent = {
        title: answers.titleOf(title, answers.isDraft(now.title)),
        description: answers.withoutActions(body),
      }
      return change(repository, number, sent, 'write')
    },

    close: (repository, number) => change(repository, number, { state_event: 'close' }, 'notify'),
    reopen: (repository, number) => change(repository, number, { state_event: 'reopen' }, 'notify'),

    /** https://docs.gitlab.com/api/notes/#create-new-merge-request-note */
    async comment(repository, number, body) {
      const place = path`projects/${repository.address.name}/merge_requests/${number}/notes`
      const sent = { body: answers.withoutActions(body) }
      await writing(repository, () => api.send({ kind: 'notify', method: 'POST', path: place, body: sent }))
    },

    decorate: (repository: RemoteRepository, number: number, what: Decoration) =>
      writing(repository, () => decorateOnGitlab(api, repository.address.name, number, what, findPerson)),

    checks: ({ address }: RemoteRepository, id: ObjectId) => gitlabChecks(api, address.name, id),

    deleteBranch: (repository: RemoteRepository, branch: string, at: ObjectId) =>
      writing(repository, () => deleteOnGitlab(api, repository.address.name, branch, at)),

    commitFiles: (repository: RemoteRepository, commit: ApiCommit) =>
      writing(repository, () => commitOnGitlab(api, repository.address.name, commit)),
  }
}
