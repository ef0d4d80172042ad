/** What each operation of Gitea's API does, by the name its description gives it; those on files are elsewhere. */
import type { GitServer } from '../git-server.js'
import type { FakeRepository, FakeState, KeptPull } from './fake-state.js'
import type { ApiCall, ApiReply } from './forge-server.js'
import type { TeaObjects } from './gitea-objects.js'

export interface Tea extends FakeState {
  readonly login: string
  readonly git: GitServer
  readonly objects: TeaObjects
  /** Owners that are people; the others are organisations. */
  readonly people: ReadonlySet<string>
  /** Labels that there are, of repositories and of organisations. */
  readonly labels: { readonly repository: readonly string[]; readonly organisation: readonly string[] }
  readonly locked: ReadonlySet<string>
}

/** @param values of the path; behind owner and name, where there are */
export type Does = (
  call: ApiCall,
  repository: FakeRepository,
  values: readonly string[],
) => Promise<ApiReply> | ApiReply

export const ok = (body: unknown, status = 200): ApiReply => ({ status, body })

/** What Gitea answers where it refuses. */
export function fault(status: number, message: string): ApiReply {
  return { status, body: { message, url: 'https://docs.gitea.com/api' } }
}

/** 404 has a description of its own. */
export const missing = (message = 'not found'): ApiReply => fault(404, message)

/** One page; beyond the last one there is nothing. */
export function page<T>(call: ApiCall, items: readonly T[]): readonly T[] {
  const size = Math.min(Number(call.query.get('limit') ?? 30), 50)
  const number = Number(call.query.get('page') ?? 1)
  return items.slice((number - 1) * size, number * size)
}

const DRAFT = /^(?:WIP:|\[WIP\])\s*/

export function giteaOperations(tea: Tea): Readonly<Record<string, Does>> {
  const { git, objects } = tea

  const below = (owner: string) =>
    tea.repositories.filter(({ name }) => name.toLowerCase().startsWith(`${owner.toLowerCase()}/`))
  const described = (call: ApiCall, among: readonly FakeRepository[]) =>
    page(call, among).map((one) => objects.repository(one))
  const pullAt = async (repository: FakeRepository, index: string) =>
    (await tea.pullsOf(repository)).find(({ number }) => `${number}` === index)
  const shown = async (repository: FakeRepository, pull: KeptPull) =>
    objects.pull(repository, pull, pull.branch in (await git.branches(repository.name)))
  const nameOf = (id: number) =>
    [...tea.labels.repository, ...tea.labels.organisation].find((name) => objects.label(name).id === id)
  const takenLabels = (ids: readonly number[]) =>
    ids.flatMap((id) => nameOf(id) ?? []).filter((name) => !tea.refused.labels.has(name))

  return {
    repoGet: (_call, repository) => ok(objects.repository(repository)),
    orgGet: (_call, _repository, [name]) =>
      tea.people.has(name!) || below(name!).length === 0 ? missing() : ok(objects.organisation(name!)),
    userGet: (_call, _repository, [name]) => (below(name!).length === 0 ? missing() : ok(objects.user(name!))),
    orgListRepos: (call, _repository, [name]) => ok(described(call, below(name!))),
    userListRepos: (call, _repository, [name]) =>
      below(name!).length === 0 ? missing() : ok(described(call, below(name!))),

    repoSearch(call) {
      const { query } = call
      const q = query.get('q')!.toLowerCase()
      const owner = tea.repositories.find(({ name }) => `${objects.user(name.split('/')[0]!).id}` === query.get('uid'))
      const among = query.has('uid') ? below(owner?.name.split('/')[0] ?? '?') : tea.repositories
      const found = among.filter(({ name, topics }) =>
        query.get('topic') === 'true' ? topics.includes(q) : name.split('/')[1]!.toLowerCase().includes(q),
      )
      return ok({ ok: true, data: described(call, found) })
    },

    async repoListPullRequests(call, repository) {
      // Gitea takes no notice of `head`; Forgejo would.
      const all = [...(await tea.pullsOf(repository))].reverse()
      return ok(await Promise.all(page(call, all).map((pull) => shown(repository, pull))))
    },

    async repoGetPullRequest(_call, repository, [index]) {
      const pull = await pullAt(repository, index!)
      return pull ? ok(await shown(repository, pull)) : missing()
    },

    async repoCreatePullRequest(call, repository) {
      const sent = call.body as { title: string; body: string; head: string; base: string; labels?: readonly number[] }
      const tips = await git.branches(repository.name)
      if (tips[sent.head] === undefined || tips[sent.base] === undefined) return missing()
      const rival = (await tea.pullsOf(repository)).find(
        (one) => !one.isFromFork && one.state === 'open' && one.branch === sent.head && one.base === sent.base,
      )
      if (rival) return fault(409, `pull request already exists for these targets [id: 1, issue_id: ${rival.number}]`)
      const words = { title: sent.title.replace(DRAFT, ''), draft: DRAFT.test(sent.title), body: sent.body }
      const pull = tea.add(repository, { ...words, branch: sent.head, base: sent.base, head: tips[sent.head]! })
      pull.labels = takenLabels(sent.labels ?? [])
      return ok(await shown(repository, pull), 201)
    },

    async repoEditPullRequest(call, repository, [index]) {
      const pull = await pullAt(repository, index!)
      if (!pull) return missing()
      const { title, body, state } = call.body as { title?: string; body?: string; state?: 'open' | 'closed' }
      if (state !== undefined && pull.state === 'merged')
        return fault(412, 'cannot change state of this pull request, it was already merged')
      if (title !== undefined) Object.assign(pull, { title: title.replace(DRAFT, ''), draft: DRAFT.test(title) })
      if (body !== undefined) pull.body = body
      if (state !== undefined) pull.state = state
      return ok(await shown(repository, pull), 201)
    },

    async repoCreatePullReviewRequests(call, repository, [index]) {
      const pull = await pullAt(repository, index!)
      if (!pull) return missing()
      const { reviewers = [], team_reviewers: teams = [] } = call.body as Record<string, readonly string[]>
      const asked = [...reviewers, ...teams.map((team) => `${repository.name.split('/')[0]}/${team}`)]
      const stranger = asked.find((name) => tea.refused.reviewers.has(name))
      if (stranger !== undefined) return missing(`user doesn't exist: ${stranger}`)
      if (asked.includes(pull.author))
        return fault(422, `poster of pr can't be reviewer [user_id: 1, repo_id: ${repository.id}]`)
      pull.reviewers = [...new Set([...pull.reviewers, ...asked])]
      return ok([], 201)
    },

    issueListLabels: (call) => ok(page(call, tea.labels.repository).map((name) => objects.label(name))),
    orgListLabels: (call, _repository, [name]) =>
      tea.people.has(name!) ? missing() : ok(page(call, tea.labels.organisation).map((one) => objects.label(one))),

    async issueAddLabel(call, repository, [index]) {
      const pull = await pullAt(repository, index!)
      if (!pull) return missing()
      const added = takenLabels((call.body as { labels: readonly number[] }).labels)
      pull.labels = [...new Set([...pull.labels, ...added])]
      return ok(pull.labels.map((name) => objects.label(name)))
    },

    async issueCreateComment(call, repository, [index]) {
      const pull = await pullAt(repository, index!)
      if (!pull) return missing()
      const { body } = call.body as { body: string }
      pull.comments = [...pull.comments, body]
      return ok(objects.comment(pull, body, tea.login), 201)
    },

    repoGetCombinedStatusByRef(call, repository, [sha]) {
      const outcome = repository.checks.get(sha!)
      const states = { passed: 'success', failed: 'failure', pending: 'pending' }
      // One more than a page holds, and all but the last are well.
      const all = outcome
        ? [...Array(50).keys()]
            .map((i) => objects.status('success', `check ${i}`))
            .concat(objects.status(states[outcome], 'last'))
        : []
      const some = page(call, all)
      const state = some.find(({ status }) => status !== 'success')?.status ?? (some.length > 0 ? 'success' : 'pending')
      return ok({
        ...{ state, sha, total_count: some.length, statuses: some.length > 0 ? some : null },
        ...{ repository: objects.repository(repository), commit_url: '', url: '' },
      })
    },
  }
}
