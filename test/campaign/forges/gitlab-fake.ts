/** A GitLab on this machine: its state in memory, its git on disk, each word by the description of GitLab's API. */
import type { Files } from '../git-server.js'
import { contractOf } from './contract.js'
import type { FakeForge } from './fake-forge.js'
import { type FakeRepository, fakeState } from './fake-state.js'
import { type ApiCall, type ApiReply, type ForgeServer, startForgeServer } from './forge-server.js'
import { gitlabFiles } from './gitlab-files.js'
import { type Access, LabObjects } from './gitlab-objects.js'
import { fault, gitlabOperations, type Lab } from './gitlab-operations.js'

export interface GitlabOptions {
  /** By name, with all groups: the files of the first commit on `main`. */
  readonly repositories: Readonly<Record<string, Files>>
  /** Owners that are people, not groups. */
  readonly people?: readonly string[]
  /** Names that nobody has. */
  readonly nobody?: readonly string[]
  readonly token?: string
}

export interface FakeGitlab extends FakeForge {
  readonly api: string
  readonly token: string
  /** A project's state, to be changed at will. */
  repository(name: string): FakeRepository
  /** One more repository, without a git behind it. */
  mention(name: string, about?: Partial<FakeRepository>): FakeRepository
  /** What the token's bearer may do there. */
  setAccess(name: string, access: Access): void
  /** Lets nobody push to a branch any more. */
  protect(branch: string): void
  /** As on the free tier. */
  takeReviewers(most: number): void
}

const LOGIN = 'harden-bot'

/** The part of the description that harden uses, as a judge. */
export const gitlab = contractOf({
  file: 'gitlab.openapi.json',
  deep: [],
  fault: { $ref: '#/components/schemas/Fault' },
})

export async function startGitlab(options: GitlabOptions): Promise<FakeGitlab> {
  const token = options.token ?? 'glpat-token-of-tests'
  const gitAuthorization = `Basic ${Buffer.from(`oauth2:${token}`).toString('base64')}`
  const access = new Map<FakeRepository, Access>()
  const locked = new Set<string>()
  let server: ForgeServer
  const author = { author: LOGIN, closesWithoutBranch: false }
  const { deeds, ...state } = fakeState(Object.keys(options.repositories), () => server, author)
  server = await startForgeServer({
    repositories: options.repositories,
    gitAuthorization,
    prefix: '/api/v4',
    answer,
    wrongRequest: gitlab.wrongRequest,
    wrongReply: gitlab.wrongReply,
  })
  const api = `${server.origin}/api/v4`
  const lab: Lab = {
    ...state,
    ...{ login: LOGIN, api, git: server.git, objects: new LabObjects(server.origin) },
    ...{ people: new Set(options.people), nobody: new Set(options.nobody), locked, mostReviewers: 100 },
    accessTo: (repository) => access.get(repository) ?? (repository.mayPush ? 'member' : 'none'),
  }
  const operations = { ...gitlabOperations(lab), ...gitlabFiles(lab) }

  async function answer(call: ApiCall): Promise<ApiReply> {
    if (call.headers.authorization !== `Bearer ${token}`) return fault(401, '401 Unauthorized')
    const { operationId, path } = gitlab.operationOf(call)!
    const values = path.exec(call.path)!.slice(1).map(decodeURIComponent)
    if (!call.path.startsWith('/projects/')) return operations[operationId]!(call, undefined!, values)
    const [name, ...rest] = values as [string, ...string[]]
    const old = state.moved.get(name.toLowerCase())
    if (old) return moved(call, old)
    const repository = state.repositories.find(({ id }) => `${id}` === name) ?? state.named(name)
    if (!repository) return fault(404, '404 Project Not Found')
    const isWrite = call.method !== 'GET'
    if (isWrite && (repository.isArchived || lab.accessTo(repository) === 'none')) return fault(403, '403 Forbidden')
    return operations[operationId]!(call, repository, rest)
  }

  /** Only what changes nothing is sent on. */
  function moved({ method, path }: ApiCall, { id }: FakeRepository): ApiReply {
    if (method !== 'GET') return fault(405, 'Non GET methods are not allowed for moved projects')
    const location = `${api}/projects/${id}${path
      .split('/')
      .slice(3)
      .map((one) => `/${one}`)
      .join('')}`
    return { status: 301, headers: { location }, body: { message: `This resource has been moved to ${location}` } }
  }

  return {
    ...server,
    ...deeds,
    ...{ api, token, gitAuthorization },
    access: { kind: 'gitlab', origin: server.origin, api, token },
    repository: (name) => state.named(name)!,
    mention: state.mention,
    setAccess: (name, may) => void access.set(state.named(name)!, may),
    protect: (branch) => void locked.add(branch),
    takeReviewers(most) {
      lab.mostReviewers = most
    },
  }
}
