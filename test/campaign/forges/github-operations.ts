/** What each operation of GitHub's REST API does, by the name its description gives it. */
import type { GitServer } from '../git-server.js'
import type { FakeRepository, FakeState } from './fake-state.js'
import type { ApiCall, ApiReply } from './forge-server.js'
import type { HubObjects } from './github-objects.js'

export interface Hub extends FakeState {
  readonly login: string
  readonly people: ReadonlySet<string>
  readonly objects: HubObjects
  readonly git: GitServer
  readonly api: string
  /** Whether a pull request may be a draft. */
  takesDrafts: boolean
}

/** What GitHub answers where it refuses. */
export function refusal(status: number, message: string, errors?: readonly object[]): ApiReply {
  const body = {
    message,
    ...(errors && { errors }),
    documentation_url: 'https://docs.github.com/rest',
    status: `${status}`,
  }
  return { status, body }
}

/** @param values of the path, after owner and name */
type Does = (call: ApiCall, repository: FakeRepository, values: readonly string[]) => Promise<ApiReply> | ApiReply

export function githubOperations(hub: Hub): Readonly<Record<string, Does>> {
  const { objects, git } = hub
  const missing = refusal(404, 'Not Found')
  const invalid = (resource: string, errors: readonly object[]) =>
    refusal(
      422,
      'Validation Failed',
      errors.map((error) => ({ resource, ...error })),
    )

  const pullAt = async (repository: FakeRepository, number: string) =>
    (await hub.pullsOf(repository)).find((pull) => `${pull.number}` === number)

  /** One page of a list, and where the next one is. */
  function page<T>(call: ApiCall, items: readonly T[], wrap = (some: readonly T[]): unknown => some): ApiReply {
    const size = Number(call.query.get('per_page') ?? 30)
    const number = Number(call.query.get('page') ?? 1)
    const query = new URLSearchParams(call.query)
    query.set('page', `${number + 1}`)
    const link = `<${hub.api}${call.path}?${query}>; rel="next"`
    const body = wrap(items.slice((number - 1) * size, number * size))
    return { status: 200, body, ...(items.length > number * size && { headers: { link } }) }
  }

  const ownedBy = (owner: string) =>
    hub.repositories
      .filter(({ name }) => name.toLowerCase().startsWith(`${owner.toLowerCase()}/`))
      .map((one) => objects.repository(one))

  return {
    'repos/get': (_call, repository) => ({ status: 200, body: objects.repository(repository) }),
    'repos/list-for-org': (call, _repository, [org]) => (hub.people.has(org!) ? missing : page(call, ownedBy(org!))),
    'repos/list-for-user': (call, _repository, [user]) => page(call, ownedBy(user!)),
    'repos/list-for-authenticated-user': (call) =>
      page(
        call,
        hub.repositories.map((one) => objects.repository(one)),
      ),

    'search/repos'(call) {
      const words = call.query.get('q')!.split(' ')
      const time =
        words
          .find((word) => word.startsWith('created:'))
          ?.slice('created:'.length)
          .split('..') ?? []
      const fits = hub.repositories.filter((one, i) =>
        words.every((word) => {
          const [name, value] = word.split(/:(.*)/s)
          if (name === 'user') return one.name.startsWith(`${value}/`)
          if (name === 'topic') return one.topics.includes(value!)
          if (name === 'fork') return true
          // Made one hour after the other.
          const made = new Date(Date.UTC(2024, 0, 1, i)).toISOString()
          return name === 'created' ? made >= time[0]! && made <= time[1]! : one.name.includes(word)
        }),
      )
      return page(call, fits.slice(0, 1000), (some) => ({
        total_count: fits.length,
        incomplete_results: false,
        items: some.map((one) => ({ ...objects.repository(one), score: 1 })),
      }))
    },

    async 'git/get-ref'(_call, repository, [ref]) {
      const branch = ref!.replace(/^heads\//, '')
      if (repository.isEmpty) return refusal(409, 'Git Repository is empty.')
      const tips = await git.branches(repository.name)
      return tips[branch] === undefined
        ? missing
        : { status: 200, body: objects.reference(repository, branch, tips[branch]) }
    },

    async 'git/create-ref'(call, repository) {
      const { ref, sha } = call.body as { ref: string; sha: string }
      const branch = ref.replace(/^refs\/heads\//, '')
      if ((await git.branches(repository.name))[branch] !== undefined) return refusal(422, 'Reference already exists')
      await git.git(repository.name, 'update-ref', ref, sha)
      return { status: 201, body: objects.reference(repository, branch, sha) }
    },

    async 'git/get-commit'(_call, repository, [sha]) {
      const text = await git.git(repository.name, 'cat-file', 'commit', sha!).catch(() => undefined)
      if (text === undefined) return missing
      const url = `${hub.api}/repos/${repository.name}/git`
      const [head, message] = text.split(/\n\n(.*)/s) as [string, string]
      const named = (name: string) => [...head.matchAll(new RegExp(`^${name} (\\w+)`, 'gm'))].map(([, id]) => id!)
      const who = { name: 'Test Person', email: 'person@example.com', date: '2026-01-02T03:04:05Z' }
      const body = {
        sha,
        node_id: 'C',
        url: `${url}/commits/${sha}`,
        html_url: `${url}/commit/${sha}`,
        author: who,
        committer: who,
        message: message.trimEnd(),
        tree: { sha: named('tree')[0], url: `${url}/trees` },
        parents: named('parent').map((id) => ({
          sha: id,
          url: `${url}/commits/${id}`,
          html_url: `${url}/commit/${id}`,
        })),
        verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
      }
      return { status: 200, body }
    },

    async 'repos/get-content'(call, repository, [path]) {
      const bytes = await git.file(repository.name, call.query.get('ref') ?? repository.defaultBranch, path!)
      if (bytes === undefined) return missing
      const url = `${hub.api}/repos/${repository.name}/contents/${encodeURI(path!).replaceAll('#', '%23')}`
      const isLarge = bytes.length > 1 << 20
      const body = {
        type: 'file',
        encoding: isLarge ? 'none' : 'base64',
        size: bytes.length,
        name: path!.split('/').at(-1),
        path,
        content: isLarge ? '' : bytes.toString('base64').replace(/.{60}/g, '$&\n'),
        sha: '0'.repeat(40),
        ...{ url, git_url: url, html_url: url, download_url: url, _links: { git: url, html: url, self: url } },
      }
      return { status: 200, body }
    },

    async 'pulls/list'(call, repository) {
      // Without an owner GitHub takes no notice of it.
      const [owner = '', branch] = call.query.get('head')?.split(/:(.*)/s) ?? []
      const isOurs = repository.name.toLowerCase().startsWith(`${owner.toLowerCase()}/`)
      const state = call.query.get('state') ?? 'open'
      const all = (await hub.pullsOf(repository)).filter(
        (pull) =>
          (branch === undefined || (isOurs && pull.branch === branch)) &&
          (state === 'all' || (state === 'open') === (pull.state === 'open')),
      )
      const sorted = call.query.get('direction') === 'asc' ? all : [...all].reverse()
      return page(
        call,
        sorted.map((pull) => objects.pullInList(repository, pull)),
      )
    },

    async 'pulls/create'(call, repository) {
      const sent = call.body as { title: string; body?: string; head: string; base: string; draft?: boolean }
      const tips = await git.branches(repository.name)
      const { [sent.base]: base, [sent.head]: head } = tips
      if (base === undefined) return invalid('PullRequest', [{ field: 'base', code: 'invalid' }])
      if (head === undefined) return invalid('PullRequest', [{ field: 'head', code: 'invalid' }])
      if (sent.draft && !hub.takesDrafts)
        return refusal(422, 'Draft pull requests are not supported in this repository.')
      const custom = (message: string) => invalid('PullRequest', [{ code: 'custom', message }])
      const between = await git.git(repository.name, 'rev-list', '--count', `${base}..${head}`)
      if (between.trim() === '0') return custom(`No commits between ${sent.base} and ${sent.head}`)
      const others = (await hub.pullsOf(repository)).filter((pull) => !pull.isFromFork && pull.branch === sent.head)
      if (others.some(({ state, base }) => state === 'open' && base === sent.base))
        return custom(`A pull request already exists for ${repository.name.split('/')[0]}:${sent.head}.`)
      const words = { title: sent.title, body: sent.body ?? '', branch: sent.head, base: sent.base, head }
      const pull = hub.add(repository, { ...words, draft: sent.draft ?? false })
      return { status: 201, body: objects.pull(repository, pull) }
    },

    async 'pulls/get'(_call, repository, [number]) {
      const pull = await pullAt(repository, number!)
      return pull ? { status: 200, body: objects.pull(repository, pull) } : missing
    },

    async 'pulls/update'(call, repository, [number]) {
      const pull = await pullAt(repository, number!)
      if (!pull) return missing
      const { title, body, state } = call.body as { title?: string; body?: string; state?: 'open' | 'closed' }
      if (state === 'open' && pull.state !== 'open') {
        const isThere = (await git.branches(repository.name))[pull.branch] !== undefined
        const why = `state cannot be changed. The ${pull.branch} branch has been deleted.`
        if (!isThere || pull.state === 'merged')
          return invalid('PullRequest', [{ code: 'invalid', field: 'state', message: why }])
      }
      Object.assign(pull, { ...(title !== undefined && { title }), ...(body !== undefined && { body }) })
      if (state !== undefined && pull.state !== 'merged') pull.state = state
      return { status: 200, body: objects.pull(repository, pull) }
    },

    async 'pulls/request-reviewers'(call, repository, [number]) {
      const pull = await pullAt(repository, number!)
      if (!pull) return missing
      const { reviewers = [], team_reviewers: teams = [] } = call.body as Record<string, string[]>
      const owner = repository.name.split('/')[0]
      const asked = [...reviewers, ...teams.map((team) => `${owner}/${team}`)]
      if (asked.includes(pull.author)) return refusal(422, 'Review cannot be requested from pull request author.')
      if (asked.some((name) => hub.refused.reviewers.has(name))) {
        const who = 'One or more of the users or teams you specified is not a collaborator'
        return refusal(
          422,
          `Reviews may only be requested from collaborators. ${who} of the ${repository.name} repository.`,
        )
      }
      pull.reviewers = [...new Set([...pull.reviewers, ...asked])]
      return { status: 201, body: objects.pullInList(repository, pull) }
    },

    async 'issues/add-labels'(call, repository, [number]) {
      const pull = await pullAt(repository, number!)
      if (!pull) return missing
      const { labels } = call.body as { labels: string[] }
      if (labels.some((name) => hub.refused.labels.has(name)))
        return invalid('Label', [{ field: 'name', code: 'invalid' }])
      pull.labels = [...new Set([...pull.labels, ...labels])]
      return { status: 200, body: pull.labels.map((name) => objects.label(repository, name)) }
    },

    async 'issues/create-comment'(call, repository, [number]) {
      const pull = await pullAt(repository, number!)
      if (!pull) return missing
      const { body } = call.body as { body: string }
      pull.comments = [...pull.comments, body]
      return { status: 201, body: objects.comment(repository, pull.number, body, hub.login) }
    },

    'checks/list-for-ref'(call, repository, [sha]) {
      const outcome = repository.checks.get(sha!)
      const runs = outcome ? [objects.checkRun(repository, sha!, outcome)] : []
      return page(call, runs, (items) => ({ total_count: runs.length, check_runs: items }))
    },

    'repos/get-combined-status-for-ref'(_call, repository, [sha]) {
      const url = `${hub.api}/repos/${repository.name}/commits/${sha}`
      const body = { state: 'pending', statuses: [], sha, total_count: 0, commit_url: url, url: `${url}/status` }
      return { status: 200, body: { ...body, repository: objects.repository(repository) } }
    },
  }
}
