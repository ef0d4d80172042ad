/** A GitHub on this machine: its state in memory, its git on disk, each word by GitHub's own description. */
import type { Files } from '../git-server.js'
import type { FakeForge } from './fake-forge.js'
import { type ApiCall, type ApiReply, startForgeServer } from './forge-server.js'
import { operationOf, wrongReply, wrongRequest } from './github-contract.js'
import { type CommitInput, type RefsInput, wrongMutation } from './github-graphql.js'
import { HubObjects, type HubPull, type HubRepository } from './github-objects.js'
import { githubOperations, type Hub, refusal } from './github-operations.js'

export interface GithubOptions {
  /** By name: the files of the first commit on `main`. */
  readonly repositories: Readonly<Record<string, Files>>
  /** Owners that are people, not organisations. */
  readonly people?: readonly string[]
  readonly token?: string
}

export interface FakeGithub extends FakeForge {
  readonly api: string
  readonly token: string
  /** A repository's state, to be changed at will. */
  repository(name: string): HubRepository
  /** One more of which only the API knows. */
  mention(name: string, about?: Partial<HubRepository>): void
  /** Refuses pushes of commits that are not verified; those made through the API are. */
  protect(name: string, branches: string): void
  /** Takes no drafts any more, as for private repositories of those who pay nothing. */
  refuseDrafts(): void
}

const LOGIN = 'harden-bot'

/** As git prints it where a ruleset of the repository wants verified commits. */
const UNVERIFIED = `error: GH013: Repository rule violations found for this branch.
- Commits must have verified signatures.`

export async function startGithub(options: GithubOptions): Promise<FakeGithub> {
  const token = options.token ?? 'ghp_token-of-tests'
  const repositories: HubRepository[] = []
  const mention = (name: string, about: Partial<HubRepository> = {}) =>
    void repositories.push({
      ...{ id: repositories.length + 1, name, defaultBranch: 'main', topics: [], pulls: [], checks: new Map() },
      ...{ isArchived: false, isFork: false, mayPush: true },
      ...about,
    })
  for (const name of Object.keys(options.repositories)) mention(name)
  const moved = new Map<string, HubRepository>()
  const gitAuthorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`

  const server = await startForgeServer({
    repositories: options.repositories,
    gitAuthorization,
    prefix: '/api',
    answer,
    wrongRequest: (call) => (isGraphql(call) ? wrongMutation(call.body) : wrongRequest(rest(call))),
    wrongReply: (call, reply) => (isGraphql(call) ? [] : wrongReply(rest(call), reply)),
  })
  const api = `${server.origin}/api/v3`
  const hub: Hub = {
    login: LOGIN,
    people: new Set(options.people),
    repositories,
    objects: new HubObjects(server.origin, api),
    git: server.git,
    refused: { reviewers: new Set(), labels: new Set(), drafts: false },
    named: (name) => repositories.find((one) => isSame(one.name, name)),
    pullsOf,
    violations: server.violations,
    api,
  }
  const operations = githubOperations(hub)

  async function answer(call: ApiCall): Promise<ApiReply> {
    if (call.headers.authorization !== `Bearer ${token}`) return refusal(401, 'Bad credentials')
    if (isGraphql(call)) return mutate(call.body as { variables: { input: unknown } })
    const { method, path } = rest(call)
    const [, kind, first, second] = path.split('/').map(decodeURIComponent)
    const byNumber = kind === 'repositories' ? repositories.find(({ id }) => `${id}` === first) : undefined
    const old = kind === 'repos' ? moved.get(`${first}/${second}`.toLowerCase()) : undefined
    if (old) {
      const location = `${api}/repositories/${old.id}${path
        .split('/')
        .slice(4)
        .map((one) => `/${one}`)
        .join('')}`
      const body = { message: 'Moved Permanently', url: location, documentation_url: 'https://docs.github.com/rest' }
      return { status: method === 'GET' ? 301 : 307, headers: { location }, body }
    }
    const repository = byNumber ?? (kind === 'repos' ? hub.named(`${first}/${second}`) : undefined)
    if (kind === 'repos' && repository === undefined) return refusal(404, 'Not Found')
    if (repository?.isArchived && method !== 'GET') return refusal(403, 'Repository was archived so is read-only.')
    const { operationId, path: pattern } = operationOf(rest(call))!
    const values = (pattern.exec(path) ?? []).slice(kind === 'repos' ? 3 : 1).map(decodeURIComponent)
    return operations[operationId]!(rest(call), repository!, values)
  }

  async function mutate({ variables: { input } }: { variables: { input: unknown } }): Promise<ApiReply> {
    if (typeof input === 'object' && input !== null && 'refUpdates' in input) return updateRefs(input as RefsInput)
    return createCommit(input as CommitInput)
  }

  async function createCommit({ branch, expectedHeadOid, message, fileChanges }: CommitInput): Promise<ApiReply> {
    const repository = hub.named(branch.repositoryNameWithOwner)
    if (!repository) return graphqlError('NOT_FOUND', 'Could not resolve to a Repository.')
    if (repository.isArchived) return graphqlError('FORBIDDEN', 'Repository was archived so is read-only.')
    const tips = await server.git.branches(repository.name)
    if (tips[branch.branchName] !== expectedHeadOid)
      return graphqlError(
        'STALE_DATA',
        `Expected branch to point to "${expectedHeadOid}" but it did not.  Pull and try again.`,
      )
    const files = Object.fromEntries(
      fileChanges.additions.map(({ path, contents }) => [path, Buffer.from(contents, 'base64')]),
    )
    const words = `${message.headline}${message.body ? `\n\n${message.body}` : ''}\n`
    const oid = await server.git.commit(repository.name, branch.branchName, files, { message: words })
    return { status: 200, body: { data: { createCommitOnBranch: { commit: { oid } } } } }
  }

  async function updateRefs({ repositoryId, refUpdates }: RefsInput): Promise<ApiReply> {
    const repository = repositories.find(({ id }) => `R_${id}` === repositoryId)
    if (!repository) return graphqlError('NOT_FOUND', 'Could not resolve to a node.')
    for (const { name, beforeOid, afterOid } of refUpdates) {
      try {
        await server.git.git(repository.name, 'update-ref', name, afterOid, beforeOid)
      } catch {
        return graphqlError('UNPROCESSABLE', 'Something is wrong with a ref update.')
      }
    }
    return { status: 200, body: { data: { updateRefs: { clientMutationId: null } } } }
  }

  /** As they stand now: the tip of an open one is where its branch is, and without a branch it is closed. */
  async function pullsOf(repository: HubRepository): Promise<HubPull[]> {
    const tips = await server.git.branches(repository.name)
    for (const pull of repository.pulls) {
      if (pull.state !== 'open' || pull.isFromFork) continue
      const tip = tips[pull.branch]
      if (tip === undefined) pull.state = 'closed'
      else pull.head = tip
    }
    return repository.pulls
  }

  const pullAt = async (name: string, number: number) =>
    (await pullsOf(hub.named(name)!)).find((pull) => pull.number === number)!

  return {
    ...server,
    api,
    token,
    gitAuthorization,
    access: { kind: 'github', origin: server.origin, api, token },
    repository: (name) => hub.named(name)!,
    mention,
    protect: (name, branches) => server.git.refuse(name, branches, UNVERIFIED),
    pulls: (name) => pullsOf(hub.named(name)!),
    async merge(name, number) {
      const pull = await pullAt(name, number)
      const git = (...args: string[]) => server.git.git(name, ...args)
      const tree = (await git('merge-tree', '--write-tree', pull.base, pull.branch)).split('\n')[0]!
      const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com']
      const commit = await git(...who, 'commit-tree', tree, '-p', pull.base, '-p', pull.branch, '-m', 'Merge')
      await git('update-ref', `refs/heads/${pull.base}`, commit.trim())
      pull.state = 'merged'
    },
    async close(name, number) {
      const pull = await pullAt(name, number)
      pull.state = 'closed'
    },
    async openFromFork(name, branch) {
      const repository = hub.named(name)!
      const number = repository.pulls.length + 1
      repository.pulls.push({
        ...{
          id: repository.id * 1000 + number,
          number,
          author: 'a-stranger',
          state: 'open',
          title: 'From a fork',
          body: '',
        },
        ...{ branch, base: repository.defaultBranch, head: 'f'.repeat(40), draft: false, labels: [], reviewers: [] },
        ...{ comments: [], isFromFork: true },
      })
    },
    setChecks: (name, commit, outcome) => void hub.named(name)!.checks.set(commit, outcome),
    archive(name) {
      hub.named(name)!.isArchived = true
      server.git.refuse(name, '*', 'ERROR: This repository was archived so it is read-only.')
    },
    rename(name, to) {
      const repository = hub.named(name)!
      moved.set(name.toLowerCase(), repository)
      server.git.rename(name, to)
      repository.name = to
    },
    refuse({ reviewer, label }) {
      if (reviewer !== undefined) hub.refused.reviewers.add(reviewer)
      if (label !== undefined) hub.refused.labels.add(label)
    },
    refuseDrafts() {
      hub.refused.drafts = true
    },
  }
}

function graphqlError(type: string, message: string): ApiReply {
  return { status: 200, body: { data: null, errors: [{ type, path: [], message }] } }
}

function isGraphql({ path }: ApiCall): boolean {
  return path === '/graphql'
}

/** The call as the REST API sees it, without the version that Enterprise has in its address. */
function rest(call: ApiCall): ApiCall {
  return { ...call, path: call.path.replace(/^\/v3(?=\/)/, '') }
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
