/** What each operation of GitLab's REST API on projects and merge requests does, by the name our description gives it. */
import type { GitServer } from '../git-server.js'
import type { FakeRepository, FakeState } from './fake-state.js'
import type { ApiCall, ApiReply } from './forge-server.js'
import type { Access, LabObjects } from './gitlab-objects.js'

export interface Lab extends FakeState {
  readonly login: string
  readonly api: string
  readonly git: GitServer
  readonly objects: LabObjects
  /** Names of people who own projects; whatever else owns one is a group. */
  readonly people: ReadonlySet<string>
  /** Names that nobody has. */
  readonly nobody: ReadonlySet<string>
  /** Branches that nobody may push to. */
  readonly locked: ReadonlySet<string>
  accessTo(repository: FakeRepository): Access
  /** How many reviewers its tier takes. */
  mostReviewers: number
}

/** @param values of the path; behind the project, where there is one */
export type Does = (
  call: ApiCall,
  repository: FakeRepository,
  values: readonly string[],
) => Promise<ApiReply> | ApiReply

export const ok = (body: unknown, status = 200): ApiReply => ({ status, body })

/** What GitLab answers where it refuses. */
export function fault(status: number, message: unknown): ApiReply {
  return { status, body: { message } }
}

/**
 * One page of a list, and where the next one is: by its number, or by what comes after the last of this one.
 * @param key of the address, for what `keyOf` gives
 */
export function page<T>(
  lab: Lab,
  call: ApiCall,
  items: readonly T[],
  keyOf: (item: T) => unknown,
  key: string,
): ApiReply {
  const size = Number(call.query.get('per_page') ?? 20)
  const query = new URLSearchParams(call.query)
  const isKeyset = call.query.get('pagination') === 'keyset'
  const number = Number(call.query.get('page') ?? 1)
  const after = call.query.get(key)
  const start = isKeyset ? items.findIndex((one) => `${keyOf(one)}` === after) + 1 : (number - 1) * size
  const some = items.slice(start, start + size)
  if (start + size >= items.length) return ok(some)
  if (isKeyset) query.set(key, `${keyOf(some.at(-1)!)}`)
  else query.set('page', `${number + 1}`)
  return { ...ok(some), headers: { link: `<${lab.api}${call.path}?${query}>; rel="next"` } }
}

interface SentPull {
  readonly title?: string
  readonly description?: string
  readonly source_branch: string
  readonly target_branch: string
  readonly labels?: readonly string[]
  readonly add_labels?: readonly string[]
  readonly reviewer_ids?: readonly number[]
  readonly state_event?: 'close' | 'reopen'
}

const DRAFT = /^Draft:\s*/

export function gitlabOperations(lab: Lab): Readonly<Record<string, Does>> {
  const { git, objects } = lab

  const pullAt = async (repository: FakeRepository, iid: string) =>
    (await lab.pullsOf(repository)).find(({ number }) => `${number}` === iid)

  function projects(call: ApiCall, among: readonly FakeRepository[]): ApiReply {
    const { query } = call
    const least = Number(query.get('min_access_level') ?? 0)
    const isKeyset = query.get('pagination') === 'keyset'
    const [above, below] = [Number(query.get('id_after') ?? 0), Number(query.get('id_before') ?? Number.MAX_VALUE)]
    const found = among.filter(
      (one) =>
        ((least < 30 && query.get('membership') !== 'true') || lab.accessTo(one) !== 'none') &&
        one.name
          .split('/')
          .at(-1)!
          .includes(query.get('search') ?? '') &&
        (isKeyset || (one.id > above && one.id < below)),
    )
    const described = found.map((one) => objects.project(one))
    return page(lab, call, described, ({ id }) => id, 'id_after')
  }

  const groups = () => {
    const owners = lab.repositories.map(({ name }) => name.split('/').slice(0, -1))
    const paths = new Set(owners.flatMap((parts) => parts.map((_, i) => parts.slice(0, i + 1).join('/'))))
    return [...paths].filter((path) => !lab.people.has(path)).map((path, i) => ({ path, id: 500 + i }))
  }
  const below = (owner: string) => lab.repositories.filter(({ name }) => name.startsWith(`${owner}/`))

  const reviewersOf = (ids: readonly number[]) =>
    ids
      .flatMap((id) => objects.names.get(id) ?? [])
      .filter((name) => !lab.refused.reviewers.has(name))
      .slice(0, lab.mostReviewers)
  const labelsOf = (names: readonly string[]) => names.filter((name) => !lab.refused.labels.has(name))

  /** Another open one from the same branch to the same one. */
  const rivalOf = async (repository: FakeRepository, { branch, base }: { branch: string; base: string }, self = 0) =>
    (await lab.pullsOf(repository)).find(
      (one) =>
        one.number !== self && !one.isFromFork && one.state === 'open' && one.branch === branch && one.base === base,
    )
  const exists = (number: number) =>
    fault(409, [`Another open merge request already exists for this source branch: !${number}`])

  return {
    listProjects: (call) => projects(call, lab.repositories),
    getProject: (_call, repository) => ok(objects.projectWithAccess(repository, lab.accessTo(repository))),

    getGroup(_call, _repository, [path]) {
      const found = groups().find((one) => one.path.toLowerCase() === path!.toLowerCase())
      return found ? ok(objects.group(found.path, found.id)) : fault(404, '404 Group Not Found')
    },

    listGroupProjects(call, _repository, [id]) {
      const group = groups().find((one) => `${one.id}` === id)
      if (!group) return fault(404, '404 Group Not Found')
      const withSubgroups = call.query.get('include_subgroups') === 'true'
      const depth = group.path.split('/').length + 1
      return projects(
        call,
        below(group.path).filter(({ name }) => withSubgroups || name.split('/').length === depth),
      )
    },

    listUsers(call) {
      const name = call.query.get('username')!
      return ok(lab.nobody.has(name) ? [] : [objects.user(name)])
    },

    listUserProjects(call, _repository, [id]) {
      const person = [...lab.people].find((name) => `${objects.user(name).id}` === id)
      return person === undefined ? fault(404, '404 User Not Found') : projects(call, below(person))
    },

    async listMergeRequests(call, repository) {
      const [branch, state] = [call.query.get('source_branch'), call.query.get('state') ?? 'all']
      const found = (await lab.pullsOf(repository))
        .filter((pull) => branch === null || pull.branch === branch)
        .map((pull) => objects.mergeRequest(repository, pull))
        .filter((one) => state === 'all' || one.state === state)
      if (call.query.get('sort') !== 'asc') found.reverse()
      return page(lab, call, found, ({ iid }) => iid, 'cursor')
    },

    async createMergeRequest(call, repository) {
      const sent = call.body as SentPull
      const { [sent.source_branch]: head, [sent.target_branch]: to } = await git.branches(repository.name)
      if (head === undefined) return fault(409, [`Source branch "${sent.source_branch}" does not exist`])
      if (to === undefined) return fault(409, [`Target branch "${sent.target_branch}" does not exist`])
      const ends = { branch: sent.source_branch, base: sent.target_branch }
      const rival = await rivalOf(repository, ends)
      if (rival) return exists(rival.number)
      const title = sent.title!
      const words = { title: title.replace(DRAFT, ''), draft: DRAFT.test(title), body: sent.description ?? '' }
      const pull = lab.add(repository, { ...ends, ...words, head })
      pull.labels = labelsOf(sent.labels ?? [])
      pull.reviewers = reviewersOf(sent.reviewer_ids ?? [])
      return ok(objects.mergeRequest(repository, pull), 201)
    },

    async getMergeRequest(_call, repository, [iid]) {
      const pull = await pullAt(repository, iid!)
      return pull ? ok(objects.mergeRequest(repository, pull)) : fault(404, '404 Not found')
    },

    async updateMergeRequest(call, repository, [iid]) {
      const pull = await pullAt(repository, iid!)
      if (!pull) return fault(404, '404 Not found')
      const sent = call.body as SentPull
      if (sent.state_event === 'reopen' && pull.state === 'closed') {
        const rival = await rivalOf(repository, pull, pull.number)
        if (rival) return exists(rival.number)
        pull.state = 'open'
      }
      if (sent.state_event === 'close' && pull.state === 'open') pull.state = 'closed'
      if (sent.title !== undefined)
        Object.assign(pull, { title: sent.title.replace(DRAFT, ''), draft: DRAFT.test(sent.title) })
      if (sent.description !== undefined) pull.body = sent.description
      if (sent.add_labels) pull.labels = [...new Set([...pull.labels, ...labelsOf(sent.add_labels)])]
      if (sent.reviewer_ids) pull.reviewers = reviewersOf(sent.reviewer_ids)
      return ok(objects.mergeRequest(repository, pull))
    },

    async createNote(call, repository, [iid]) {
      const pull = await pullAt(repository, iid!)
      if (!pull) return fault(404, '404 Not found')
      const { body } = call.body as { body: string }
      pull.comments = [...pull.comments, body]
      return ok(objects.note(repository, pull, body, lab.login), 201)
    },

    listPipelines(call, repository) {
      const sha = call.query.get('sha')!
      const outcome = repository.checks.get(sha)
      return ok(outcome === undefined ? [] : [objects.pipeline(repository, sha, outcome)])
    },
  }
}
