/**
 * A forge with its repositories in memory, with people on it, answers that are lost, and a process that dies. Everything that
 * our side does to it goes through {@link World.request}, so that a test can let any request fail, and die before or after it.
 */
import { createHash } from 'node:crypto'
import type { Forge, Gate, PullDraft, PullRequest, RemoteRepository } from '../../../src/campaign/forge.js'
import { ForgeError } from '../../../src/campaign/forge.js'
import type { ObjectId } from '../../../src/campaign/model.js'
import { GitError, type Repository, type TreeEntry, type WrittenFile } from '../../../src/campaign/repository.js'
import { objectName } from '../../../src/engine/patch.js'

export const ORIGIN = 'https://forge.example'

export type Tree = ReadonlyMap<string, { readonly mode: '100644' | '100755'; readonly bytes: Buffer }>

interface Commit {
  readonly tree: Tree
  readonly parents: readonly ObjectId[]
  readonly message: string
  /** Whether a person made it, on any branch. */
  readonly isHuman: boolean
}

export interface WorldRepository {
  name: string
  isArchived: boolean
  mayPush: boolean
  /** Branches below `harden/` take commits through the API only. */
  isProtected: boolean
  branches: Map<string, ObjectId>
  pulls: (PullRequest & { readonly labels: string[]; readonly comments: string[] })[]
  checks: 'none' | 'pending' | 'passed' | 'failed'
}

/** What goes wrong with one request: the answer is lost, the request is, or it is too much. */
export type Fault = 'lost answer' | 'down' | 'limited' | 'unauthorised'

/** The process is gone. Nothing catches it but the test. */
export class Death extends Error {}

export interface Change {
  readonly what: string
  readonly repository: string
  readonly time: number
  readonly notifies: boolean
}

export class World {
  time = 1_700_000_000
  readonly repositories: WorldRepository[] = []
  readonly commits = new Map<ObjectId, Commit>()
  /** Everything our side changed, in order. */
  readonly changes: Change[] = []
  /** Every request of ours, reads too. */
  requests = 0
  /** Rules that were broken; to stay empty. */
  readonly wrongs: string[] = []
  /** For the requests to come, one each. */
  faults: (Fault | undefined)[] = []
  /** After so many further steps the process dies. */
  stepsLeft = Number.POSITIVE_INFINITY
  steps = 0

  add(name: string, files: Readonly<Record<string, string>>): WorldRepository {
    const repository: WorldRepository = {
      name,
      isArchived: false,
      mayPush: true,
      isProtected: false,
      branches: new Map(),
      pulls: [],
      checks: 'none',
    }
    const tree: Tree = new Map(
      Object.entries(files).map(([path, text]) => [path, { mode: '100644' as const, bytes: Buffer.from(text) }]),
    )
    repository.branches.set('main', this.commit({ tree, parents: [], message: 'Begin\n', isHuman: true }))
    this.repositories.push(repository)
    return repository
  }

  commit(commit: Commit): ObjectId {
    const tree = [...commit.tree].sort().map(([path, { mode, bytes }]) => [path, mode, bytes.toString('base64')])
    const text = JSON.stringify([tree, commit.parents, commit.message, commit.isHuman])
    const id = createHash('sha1').update(text).digest('hex')
    this.commits.set(id, commit)
    return id
  }

  /** A person's commit on a branch; a new branch begins at `main`. */
  humanCommit(repository: WorldRepository, branch: string, path: string, text: string): void {
    const parent = repository.branches.get(branch) ?? repository.branches.get('main')!
    const tree = new Map(this.commits.get(parent)!.tree)
    tree.set(path, { mode: '100644', bytes: Buffer.from(text) })
    repository.branches.set(
      branch,
      this.commit({ tree, parents: [parent], message: `Human ${this.time}\n`, isHuman: true }),
    )
  }

  /** A moment at which the process may die. */
  step(): void {
    this.steps++
    if (this.stepsLeft <= 0) throw new Death('dead')
    if (--this.stepsLeft <= 0) throw new Death('dies')
  }

  /** One request of ours: it may fail before or after it has its effect, and the process may die before or after. */
  async request<T>(effect: () => T, lost: () => Error): Promise<T> {
    this.step()
    await Promise.resolve()
    this.requests++
    const fault = this.faults.shift()
    if (fault === 'limited') throw new ForgeError('limited', 'slow down')
    if (fault === 'unauthorised') throw new ForgeError('unauthorised', 'the token has run out')
    if (fault === 'down') throw lost()
    const answer = effect()
    this.step()
    await Promise.resolve()
    if (fault === 'lost answer') throw lost()
    return answer
  }

  changed(what: string, repository: WorldRepository, notifies = false): void {
    this.changes.push({ what: `${what}`, repository: repository.name, time: this.time, notifies })
  }

  /** Moves a branch for our side. Whatever a person has put there must not get lost. */
  move(repository: WorldRepository, branch: string, to: ObjectId | undefined): void {
    const from = repository.branches.get(branch)
    if (from !== undefined && !this.isWithin(from, to) && this.holdsHumanWork(repository, from)) {
      this.wrongs.push(`the commits of a person on ${repository.name} ${branch} were overwritten`)
    }
    if (to === undefined) repository.branches.delete(branch)
    else repository.branches.set(branch, to)
  }

  private isWithin(id: ObjectId, tip: ObjectId | undefined): boolean {
    for (let at = tip; at !== undefined; at = this.commits.get(at)!.parents[0]) if (at === id) return true
    return false
  }

  /** Whether a person's commits are on it that are on no `main`. */
  private holdsHumanWork(repository: WorldRepository, tip: ObjectId): boolean {
    for (let at: ObjectId | undefined = tip; at !== undefined; at = this.commits.get(at)!.parents[0]) {
      if (this.isWithin(at, repository.branches.get('main'))) return false
      if (this.commits.get(at)!.isHuman) return true
    }
    return false
  }

  find(name: string): WorldRepository {
    const found = this.repositories.find((one) => one.name === name || `${one.name}-old` === name)
    if (!found) throw new ForgeError('gone', 'there is no such repository')
    return found
  }
}

const lostAnswer = () => new ForgeError('unavailable', 'the answer did not come')

/** The forge as an adapter shows it. */
export function forgeOf(world: World, gate: Gate): Forge {
  const ask = <T>(
    kind: 'read' | 'write' | 'notify',
    remote: RemoteRepository | string,
    effect: (at: WorldRepository) => T,
  ) =>
    gate(kind, () =>
      world.request(() => {
        const at = world.find(typeof remote === 'string' ? remote : remote.address.name)
        if (kind !== 'read' && at.isArchived) throw new ForgeError('archived', 'it is archived')
        return effect(at)
      }, lostAnswer),
    )
  const pullOf = (at: WorldRepository, number: number) => {
    const pull = at.pulls.find((one) => one.number === number)
    if (!pull) throw new ForgeError('gone', 'no such pull request')
    return pull
  }
  const change = (at: WorldRepository, number: number, fields: Partial<PullRequest>) => {
    const pull = pullOf(at, number)
    Object.assign(pull, fields)
    return shown(at, pull)
  }
  const shown = (at: WorldRepository, pull: PullRequest): PullRequest => {
    const head = at.branches.get(pull.branch)
    return { ...pull, ...(head && { head }) }
  }
  return {
    kind: 'github',
    origin: ORIGIN,
    repositories: async () => [],
    file: async () => undefined,
    repository: (name) =>
      ask('read', name, (at) => ({
        address: { kind: 'remote', forge: 'github', origin: ORIGIN, name: at.name },
        cloneUrl: `${ORIGIN}/${at.name}.git`,
        defaultBranch: 'main',
        isArchived: at.isArchived,
        isFork: false,
        mayPush: at.mayPush,
        topics: [],
      })),
    tip: (remote, branch) => ask('read', remote, (at) => at.branches.get(branch)),
    commit: (remote, id) =>
      ask('read', remote, () => {
        const found = world.commits.get(id)
        return found && { id, tree: '0'.repeat(40), parents: found.parents, message: found.message }
      }),
    pulls: (remote, branch) =>
      ask('read', remote, (at) =>
        at.pulls
          .filter((pull) => pull.branch === branch)
          .map((pull) => shown(at, pull))
          .reverse(),
      ),
    open: (remote, draft) => ask('notify', remote, (at) => opened(world, at, draft)),
    update: (remote, number, { title, body }) =>
      ask('write', remote, (at) => {
        world.changed(`update ${number}`, at)
        return change(at, number, { title, body })
      }),
    close: (remote, number) =>
      ask('write', remote, (at) => {
        world.changed(`close ${number}`, at)
        return change(at, number, { state: 'closed' })
      }),
    reopen: (remote, number) =>
      ask('notify', remote, (at) => {
        if (!at.branches.has(pullOf(at, number).branch)) throw new ForgeError('invalid', 'its branch is gone')
        world.changed(`reopen ${number}`, at, true)
        return change(at, number, { state: 'open' })
      }),
    comment: (remote, number, body) =>
      ask('notify', remote, (at) => {
        world.changed(`comment ${number}`, at, true)
        pullOf(at, number).comments.push(body)
      }),
    decorate: (remote, number, { labels }) =>
      ask('notify', remote, (at) => {
        world.changed(`decorate ${number}`, at, true)
        const pull = pullOf(at, number)
        pull.labels.push(...labels.filter((label) => !pull.labels.includes(label)))
        return []
      }),
    checks: (remote) => ask('read', remote, (at) => at.checks),
    deleteBranch: (remote, branch, expected) =>
      ask('write', remote, (at) => {
        if (at.branches.get(branch) !== expected) throw new ForgeError('stale', 'it is not there')
        world.changed(`delete ${branch}`, at)
        world.move(at, branch, undefined)
        for (const pull of at.pulls) {
          if (pull.branch !== branch || pull.state !== 'open') continue
          world.wrongs.push('a pull request was closed by deleting its branch')
          Object.assign(pull, { state: 'closed' })
        }
      }),
    commitFiles: (remote, { branch, parent, message, files }) =>
      ask('write', remote, (at) => {
        const tip = at.branches.get(branch)
        if (tip !== undefined && tip !== parent) throw new ForgeError('stale', 'the branch has moved')
        const tree = new Map(world.commits.get(parent)!.tree)
        for (const { path, mode, bytes } of files) tree.set(path, { mode, bytes })
        // Made by the forge, so the id is none that we could have known.
        const id = world.commit({ tree, parents: [parent], message: message.trimEnd(), isHuman: false })
        world.changed(`commit ${branch}`, at)
        world.move(at, branch, id)
        return id
      }),
  }
}

function opened(world: World, at: WorldRepository, draft: PullDraft): PullRequest {
  const head = at.branches.get(draft.branch)
  if (head === undefined) throw new ForgeError('invalid', 'there is no such branch')
  if (at.pulls.some((pull) => pull.branch === draft.branch && pull.state === 'open'))
    throw new ForgeError('exists', 'there is one')
  if (head === at.branches.get('main')) throw new ForgeError('same', 'nothing to merge')
  const number = at.pulls.length + 1
  const { branch, base, title, body } = draft
  const url = `${ORIGIN}/${at.name}/pull/${number}`
  const pull = {
    number,
    url,
    state: 'open' as const,
    title,
    body,
    branch,
    base,
    draft: draft.draft,
    labels: [],
    comments: [],
  }
  world.changed(`open ${branch}`, at, true)
  at.pulls.push(pull)
  return { ...pull, head }
}

/** The tree of a commit as git lists it. */
function entriesOf(tree: Tree): readonly TreeEntry[] {
  return [...tree]
    .map(([path, { mode, bytes }]): TreeEntry => {
      const kind = mode === '100755' ? 'program' : 'file'
      return { path, isText: true, kind, id: objectName(bytes, 'sha1') }
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** A repository fetched at a commit. Commits are made here; only a push shows them to the other side. */
export async function repositoryOf(
  world: World,
  remote: RemoteRepository,
  at: { readonly branch: string; readonly commit?: ObjectId },
): Promise<Repository> {
  const lost = () => new GitError('unreachable', 'the connection broke')
  const name = remote.address.name
  const commit = await world.request(() => at.commit ?? world.find(name).branches.get(at.branch)!, lost)
  const treeOf = (id: ObjectId) => world.commits.get(id)!.tree
  return {
    address: remote.address,
    base: { branch: at.branch, commit, time: 1_600_000_000 },
    entries: entriesOf(treeOf(commit)),
    async blobs(ids) {
      const all = [...treeOf(commit).values()].map(({ bytes }) => [objectName(bytes, 'sha1'), bytes] as const)
      return new Map(all.filter(([id]) => ids.includes(id)))
    },
    entriesAt: async (id) => entriesOf(treeOf(id)),
    async commit(parent: ObjectId, files: readonly WrittenFile[], { message }) {
      const tree = new Map(treeOf(parent))
      for (const { path, mode, bytes } of files) tree.set(path, { mode, bytes })
      return world.commit({ tree, parents: [parent], message, isHuman: false })
    },
    tip: (branch) => world.request(() => world.find(name).branches.get(branch), lost),
    push: (branch, to, expected) =>
      world.request(() => {
        const there = world.find(name)
        if (there.isArchived) throw new GitError('rejected', 'it is archived')
        if (there.branches.get(branch) !== expected) throw new GitError('stale', 'the branch has moved')
        if (there.isProtected) throw new GitError('protected', 'commits must have verified signatures')
        world.changed(`push ${branch}`, there)
        world.move(there, branch, to)
      }, lost),
    deleteBranch: async () => {},
    close: async () => {},
  }
}
