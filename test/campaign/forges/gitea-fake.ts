/** A Gitea on this machine: its state in memory, its git on disk, each word by Gitea's own description. */
import type { Files } from '../git-server.js'
import { contractOf } from './contract.js'
import type { FakeForge } from './fake-forge.js'
import { type FakeRepository, fakeState } from './fake-state.js'
import { type ApiCall, type ApiReply, type ForgeServer, startForgeServer } from './forge-server.js'
import { giteaFiles } from './gitea-files.js'
import { TeaObjects } from './gitea-objects.js'
import { fault, giteaOperations, missing, type Tea } from './gitea-operations.js'

export interface GiteaOptions {
  /** By name: the files of the first commit on `main`. */
  readonly repositories: Readonly<Record<string, Files>>
  /** Owners that are people, not organisations. */
  readonly people?: readonly string[]
  /** Labels that there are. */
  readonly labels?: { readonly repository: readonly string[]; readonly organisation: readonly string[] }
  readonly token?: string
}

export interface FakeGitea extends FakeForge {
  readonly api: string
  readonly token: string
  /** A repository's state, to be changed at will. */
  repository(name: string): FakeRepository
  /** One more repository, without a git behind it. */
  mention(name: string, about?: Partial<FakeRepository>): FakeRepository
  /** Lets nobody push to a branch any more. */
  protect(branch: string): void
}

const LOGIN = 'harden-bot'

/** The part of the description that harden uses, as a judge. */
export const gitea = contractOf({
  file: 'gitea.openapi.json',
  deep: ['branch', 'filepath', 'basehead'],
  // What stands before a Gitea, and knows of no `url`, may answer in its place.
  fault: { type: 'object', required: ['message'], properties: { message: {}, url: {} } },
  // Forgejo's alone, and Gitea takes no notice: https://codeberg.org/api/swagger#/repository/repoListPullRequests
  also: { repoListPullRequests: ['head'] },
})

export async function startGitea(options: GiteaOptions): Promise<FakeGitea> {
  const token = options.token ?? 'token-of-tests'
  const gitAuthorization = `Basic ${Buffer.from(`token:${token}`).toString('base64')}`
  const locked = new Set<string>()
  let server: ForgeServer
  const author = { author: LOGIN, closesWithoutBranch: true }
  const { deeds, ...state } = fakeState(Object.keys(options.repositories), () => server, author)
  server = await startForgeServer({
    repositories: options.repositories,
    gitAuthorization,
    prefix: '/api/v1',
    answer,
    wrongRequest: gitea.wrongRequest,
    wrongReply: gitea.wrongReply,
  })
  const api = `${server.origin}/api/v1`
  const tea: Tea = {
    ...state,
    ...{ login: LOGIN, git: server.git, objects: new TeaObjects(server.origin, api), locked },
    people: new Set(options.people),
    labels: options.labels ?? { repository: ['harden'], organisation: ['security'] },
  }
  const operations = { ...giteaOperations(tea), ...giteaFiles(tea) }

  async function answer(call: ApiCall): Promise<ApiReply> {
    if (call.headers.authorization !== `token ${token}`) return fault(401, 'invalid username, password or token')
    const { operationId, path } = gitea.operationOf(call)!
    const values = path.exec(call.path)!.slice(1).map(decodeURIComponent)
    if (!call.path.startsWith('/repos/') || operationId === 'repoSearch')
      return operations[operationId]!(call, undefined!, values)
    const [owner, name, ...rest] = values as [string, string, ...string[]]
    const old = state.moved.get(`${owner}/${name}`.toLowerCase())
    if (old) {
      const location = `/api/v1/repos/${old.name}${call.path
        .split('/')
        .slice(4)
        .map((one) => `/${one}`)
        .join('')}`
      return { status: 301, headers: { location }, body: { message: 'Moved Permanently', url: location } }
    }
    const repository = state.named(`${owner}/${name}`)
    if (!repository) return missing()
    if (call.method !== 'GET' && repository.isArchived) return fault(423, 'repo is archived')
    return operations[operationId]!(call, repository, rest)
  }

  return {
    ...server,
    ...deeds,
    ...{ api, token, gitAuthorization },
    access: { kind: 'gitea', origin: server.origin, api, token },
    repository: (name) => state.named(name)!,
    mention: state.mention,
    protect: (branch) => void locked.add(branch),
  }
}
