/** What a fake forge remembers of its repositories and pull requests, and what somebody may do to them. */
import type { FakeForge, FakePull } from './fake-forge.js'
import type { ForgeServer } from './forge-server.js'

export interface FakeRepository {
  readonly id: number
  /** Owner and name. */
  name: string
  defaultBranch: string
  isArchived: boolean
  isEmpty: boolean
  isFork: boolean
  mayPush: boolean
  topics: readonly string[]
  readonly pulls: KeptPull[]
  /** By commit. */
  readonly checks: Map<string, 'pending' | 'passed' | 'failed'>
}

export type KeptPull = { -readonly [K in keyof FakePull]: FakePull[K] } & { readonly author: string }

type NewPull = Partial<KeptPull> & Pick<KeptPull, 'title' | 'body' | 'branch' | 'base' | 'head' | 'draft'>

export interface FakeState {
  readonly repositories: readonly FakeRepository[]
  /** Where a repository was before, in lower case. */
  readonly moved: ReadonlyMap<string, FakeRepository>
  readonly refused: { readonly reviewers: Set<string>; readonly labels: Set<string> }
  named(name: string): FakeRepository | undefined
  /** One more repository, without a git behind it. */
  mention(name: string, about?: Partial<FakeRepository>): FakeRepository
  /** As they stand now: the tip of an open one is where its branch is. */
  pullsOf(repository: FakeRepository): Promise<KeptPull[]>
  add(repository: FakeRepository, pull: NewPull): KeptPull
}

type Deeds = Omit<FakeForge, keyof ForgeServer | 'access' | 'gitAuthorization'>

/**
 * @param author whom pull requests are opened by
 * @param closesWithoutBranch whether one is closed when its branch is deleted
 */
export function fakeState(
  names: readonly string[],
  serverOf: () => ForgeServer,
  { author, closesWithoutBranch }: { readonly author: string; readonly closesWithoutBranch: boolean },
): FakeState & { readonly deeds: Deeds } {
  const repositories: FakeRepository[] = []
  function mention(name: string, about: Partial<FakeRepository> = {}): FakeRepository {
    const repository: FakeRepository = {
      ...{ id: repositories.length + 1, name, defaultBranch: 'main', topics: [], pulls: [], checks: new Map() },
      ...{ isArchived: false, isEmpty: false, isFork: false, mayPush: true, ...about },
    }
    repositories.push(repository)
    return repository
  }
  for (const name of names) mention(name)
  const moved = new Map<string, FakeRepository>()
  const refused = { reviewers: new Set<string>(), labels: new Set<string>() }
  const named = (name: string) => repositories.find((one) => one.name.toLowerCase() === name.toLowerCase())
  const git = (name: string, ...args: string[]) => serverOf().git.git(name, ...args)

  async function pullsOf(repository: FakeRepository): Promise<KeptPull[]> {
    const tips = await serverOf().git.branches(repository.name)
    for (const pull of repository.pulls) {
      if (pull.state !== 'open' || pull.isFromFork) continue
      const tip = tips[pull.branch]
      if (tip !== undefined) pull.head = tip
      else if (closesWithoutBranch) pull.state = 'closed'
    }
    return repository.pulls
  }

  const add: FakeState['add'] = (repository, words) => {
    const pull: KeptPull = {
      ...{ number: repository.pulls.length + 1, state: 'open', author, isFromFork: false },
      ...{ labels: [], reviewers: [], comments: [], ...words },
    }
    repository.pulls.push(pull)
    const open = repository.pulls.filter((one) => one.state === 'open' && !one.isFromFork && one.branch === pull.branch)
    if (open.length > 1) serverOf().violations.push(`two open pull requests for ${pull.branch}`)
    return pull
  }

  const pullAt = async (name: string, number: number) =>
    (await pullsOf(named(name)!)).find((pull) => pull.number === number)!

  const deeds: Deeds = {
    pulls: (name) => pullsOf(named(name)!),
    async merge(name, number) {
      const pull = await pullAt(name, number)
      const tree = (await git(name, 'merge-tree', '--write-tree', pull.base, pull.branch)).split('\n')[0]!
      const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com']
      const parents = ['-p', pull.base, '-p', pull.branch]
      const commit = await git(name, ...who, 'commit-tree', tree, ...parents, '-m', 'Merge')
      await git(name, 'update-ref', `refs/heads/${pull.base}`, commit.trim())
      pull.state = 'merged'
    },
    async close(name, number) {
      const pull = await pullAt(name, number)
      pull.state = 'closed'
    },
    async openFromFork(name, branch) {
      const repository = named(name)!
      const words = { title: 'From a fork', body: '', branch, base: repository.defaultBranch }
      const pull = { ...words, head: 'f'.repeat(40), draft: false, isFromFork: true, author: 'a-stranger' }
      add(repository, pull)
    },
    setChecks: (name, commit, outcome) => void named(name)!.checks.set(commit, outcome),
    archive(name) {
      named(name)!.isArchived = true
      serverOf().git.refuse(name, '*', 'This repository is archived.')
    },
    rename(name, to) {
      const repository = named(name)!
      moved.set(name.toLowerCase(), repository)
      serverOf().git.rename(name, to)
      repository.name = to
    },
    refuse({ reviewer, label }) {
      if (reviewer !== undefined) refused.reviewers.add(reviewer)
      if (label !== undefined) refused.labels.add(label)
    },
  }

  return { repositories, moved, refused, named, mention, pullsOf, add, deeds }
}
