/** A GitHub on this machine: its state in memory, its git on disk, each word by GitHub's own description. */
import type { Files } from '../git-server.js'
import type { FakeForge } from './fake-forge.js'
import { type FakeRepository, fakeState } from './fake-state.js'
import { type ApiCall, type ApiReply, type ForgeServer, startForgeServer } from './forge-server.js'
import { description } from './github-contract.js'
import { type CommitInput, type RefsInput, wrongMutation } from './github-graphql.js'
import { HubObjects } from './github-objects.js'
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
  repository(name: string): FakeRepository
  /** One more of which only the API knows. */
  mention(name: string, about?: Partial<FakeRepository>): void
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
  let server: ForgeServer
  const author = { author: LOGIN, closesWithoutBranch: true }
  const { deeds, ...state } = fakeState(Object.keys(options.repositories), () => server, author)
  const gitAuthorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`

  server = await startForgeServer({
    repositories: options.repositories,
    gitAuthorization,
    prefix: '/api',
    answer,
    wrongRequest: (call) => (isGraphql(call) ? wrongMutation(call.body) : description.wrongRequest(rest(call))),
    wrongReply: (call, reply) => (isGraphql(call) ? [] : description.wrongReply(rest(call), reply)),
  })
  const api = `${server.origin}/api/v3`
  const hub: Hub = {
    ...state,
    ...{ login: LOGIN, git: server.git, objects: new HubObjects(server.origin, api), api, takesDrafts: true },
    people: new Set(options.people),
  }
  const operations = githubOperations(hub)

  async function answer(call: ApiCall): Promise<ApiReply> {
    if (call.headers.authorization !== `Bearer ${token}`) return refusal(401, 'Bad credentials')
    if (isGraphql(call)) return mutate(call.body as { variables: { input: unknown } })
    const { method, path } = rest(call)
    const [, kind, first, second] = path.split('/').map(decodeURIComponent)
    const byNumber = kind === 'repositories' ? state.repositories.find(({ id }) => `${id}` === first) : undefined
    const old = kind === 'repos' ? state.moved.get(`${first}/${second}`.toLowerCase()) : undefined
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
    const { operationId, path: pattern } = description.operationOf(rest(call))!
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
    const repository = state.repositories.find(({ id }) => `R_${id}` === repositoryId)
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

  return {
    ...server,
    ...deeds,
    ...{ api, token, gitAuthorization },
    access: { kind: 'github', origin: server.origin, api, token },
    repository: (name) => state.named(name)!,
    mention: state.mention,
    protect: (name, branches) => server.git.refuse(name, branches, UNVERIFIED),
    refuseDrafts() {
      hub.takesDrafts = false
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
