/**
 * What a campaign needs of a forge, and nothing more. One adapter each for GitHub (and Enterprise), GitLab, and Gitea (and
 * Forgejo). An adapter translates: it keeps no state, decides nothing, and repeats nothing that changes something.
 */
import type { ForgeKind, ObjectId, RemoteAddress } from './model.js'

export interface Forge {
  readonly kind: ForgeKind
  readonly origin: string
  /**
   * A repository, wherever it has moved to since.
   * @throws ForgeError
   */
  repository(name: string): Promise<RemoteRepository>
  /** All repositories that fit, each once, sorted by name; as far as the credentials reach. */
  repositories(selection: Selection): Promise<readonly RemoteRepository[]>
  /** The commit at the tip of a branch, or `undefined` if there is none. */
  tip(repository: RemoteRepository, branch: string): Promise<ObjectId | undefined>
  /** What a commit holds; `undefined` if the forge does not know it. */
  commit(repository: RemoteRepository, id: ObjectId): Promise<CommitOnForge | undefined>
  /** A text file on a branch or commit, `undefined` if there is none. At most 1 MiB. */
  file(repository: RemoteRepository, path: string, at: string): Promise<string | undefined>
  /** Every pull request from this branch of the repository itself, whatever its state; newest first. */
  pulls(repository: RemoteRepository, branch: string): Promise<readonly PullRequest[]>
  /** Opens one; never twice for a branch: the forge refuses, with kind `exists`. */
  open(repository: RemoteRepository, pull: PullDraft): Promise<PullRequest>
  update(repository: RemoteRepository, number: number, change: { title: string; body: string }): Promise<PullRequest>
  close(repository: RemoteRepository, number: number): Promise<PullRequest>
  reopen(repository: RemoteRepository, number: number): Promise<PullRequest>
  comment(repository: RemoteRepository, number: number, body: string): Promise<void>
  /** Adds what is missing; says what the forge would not take, such as a reviewer who may not see the repository. */
  decorate(repository: RemoteRepository, number: number, what: Decoration): Promise<readonly string[]>
  /** What the checks of a commit say, all together. */
  checks(repository: RemoteRepository, id: ObjectId): Promise<'none' | 'pending' | 'passed' | 'failed'>
  /** Deletes a branch if it still points to this commit. */
  deleteBranch(repository: RemoteRepository, branch: string, at: ObjectId): Promise<void>
  /**
   * Makes a commit through the API, where that gives a verified signature; the branch must be at `parent`, and is made there
   * if it does not exist.
   * @throws ForgeError of kind `stale` if the branch has moved, `unsupported` if a file's mode would be lost.
   */
  commitFiles(repository: RemoteRepository, commit: ApiCommit): Promise<ObjectId>
}

export interface RemoteRepository {
  readonly address: RemoteAddress
  /** Without credentials; what git fetches from and pushes to. On the forge's origin, always. */
  readonly cloneUrl: string
  /** Missing where the repository is empty. */
  readonly defaultBranch?: string
  readonly isArchived: boolean
  readonly isFork: boolean
  /** Whether the credentials may push and open pull requests, as far as the forge says. */
  readonly mayPush: boolean
  readonly topics: readonly string[]
}

export interface Selection {
  /** An organisation, a user, or a group with all its subgroups. */
  readonly owner?: string
  readonly topic?: string
  /** In the words of the forge's own search for repositories. */
  readonly search?: string
  readonly forks: boolean
}

export interface PullRequest {
  readonly number: number
  readonly url: string
  readonly state: 'open' | 'closed' | 'merged'
  readonly title: string
  readonly body: string
  readonly branch: string
  readonly base: string
  /** The tip of its branch, as far as the forge says. */
  readonly head?: ObjectId
  readonly draft: boolean
}

export interface PullDraft extends Decoration {
  readonly branch: string
  readonly base: string
  readonly title: string
  readonly body: string
  readonly draft: boolean
}

export interface Decoration {
  readonly labels: readonly string[]
  /** Login names; teams as `owner/team`. */
  readonly reviewers: readonly string[]
}

export interface CommitOnForge {
  readonly id: ObjectId
  readonly tree: ObjectId
  readonly parents: readonly ObjectId[]
  readonly message: string
}

export interface ApiCommit {
  readonly branch: string
  readonly parent: ObjectId
  readonly message: string
  readonly files: readonly {
    readonly path: string
    readonly bytes: Buffer
    readonly mode: '100644' | '100755'
    readonly isNew: boolean
  }[]
}

/**
 * Why a forge did not do what it was asked.
 *
 * - `limited`: too much was asked for; `retryAfter` says how many seconds to wait, if the forge does
 * - `unauthorised`: the token is missing, wrong or has run out: no further request is of use
 * - `forbidden`: the token may not do this · `gone`: no such repository, or it may not be seen
 * - `archived`: it may only be read · `exists`: there is such a pull request already · `same`: there is nothing between the
 *   branches · `stale`: the branch is not where it was thought to be · `invalid`: the forge does not take what was sent
 * - `protected`: a rule of the repository refuses, such as one that wants verified commits
 * - `unsupported`: this forge cannot do it · `unavailable`: it did not answer, or not sensibly, and **may have done it**
 */
export type Refusal =
  | 'limited'
  | 'unauthorised'
  | 'forbidden'
  | 'gone'
  | 'archived'
  | 'exists'
  | 'same'
  | 'stale'
  | 'invalid'
  | 'protected'
  | 'unsupported'
  | 'unavailable'

/** `message` is one sentence for a person, escaped for no medium, and never holds a token or a header. */
export class ForgeError extends Error {
  override readonly name = 'ForgeError'

  constructor(
    readonly kind: Refusal,
    message: string,
    /** Seconds. */
    readonly retryAfter?: number,
  ) {
    super(message)
  }
}

/**
 * Lets a request to a forge through when the time has come, and learns from its outcome. Every request of an adapter, and
 * every `git push`, goes through the one gate of its credentials. A `read` changes nothing, a `write` changes something, and
 * a `notify` tells people, too.
 * @throws ForgeError of kind `limited` if waiting would take longer than a person is ready to wait
 */
export type Gate = <T>(kind: 'read' | 'write' | 'notify', request: () => Promise<T>) => Promise<T>

/** A forge and how to reach it. The token is read from the environment, and goes into one header and nowhere else. */
export interface ForgeAccess {
  readonly kind: ForgeKind
  readonly origin: string
  /** Where its API is, no trailing slash: `https://api.github.com`, `https://git.example.com/api/v3`. */
  readonly api: string
  readonly token: string | undefined
}
