/**
 * What a campaign needs of git: to see a commit without a working tree, to make commits without one, and to move one branch of
 * the other side. Whatever stands behind it never runs anything that a repository brings along.
 */
import type { Path } from '../model.js'
import type { Address, ObjectId } from './model.js'

/** Where to fetch from and push to. */
export interface GitSource {
  readonly address: Address
  /** An https address without credentials (http only on this machine); for a local repository its path. */
  readonly url: string
  /** The value of the `Authorization` header; sent to the address's own origin only. */
  readonly authorization?: string
}

/** How much of this machine one repository may take. */
export interface GitLimits {
  /** Seconds for everything together. */
  readonly patience: number
  /** Bytes on disk of what is fetched. */
  readonly size: number
  /** Files and folders of the tree. */
  readonly entries: number
  /** Bytes of a file; larger ones are not read. */
  readonly file: number
}

/** One commit of a repository, and as much of what it holds as was asked for. */
export interface Repository {
  readonly address: Address
  readonly base: BaseCommit
  /** Every file of the commit, and what stands in a file's place; sorted by path. */
  readonly entries: readonly TreeEntry[]
  /**
   * The contents of files, fetched together where they are not here yet. What is larger than the limit, or cannot be had, is
   * missing from the answer.
   * @throws GitError
   */
  blobs(ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, Buffer>>
  /** The entries of a later commit of the same repository, fetched without its files. */
  entriesAt(commit: ObjectId): Promise<readonly TreeEntry[]>
  /**
   * Makes a commit out of another one and some changed files. The same words give the same commit, on every machine.
   * @throws GitError
   */
  commit(parent: ObjectId, files: readonly WrittenFile[], about: CommitWords): Promise<ObjectId>
  /** Where a branch of the other side points to now. */
  tip(branch: string): Promise<ObjectId | undefined>
  /**
   * Moves a branch of the other side to a commit, if it points to `expected` (or, without one, does not exist).
   * @throws GitError of kind `stale` if it does not, `protected` or `rejected` if the other side refuses.
   */
  push(branch: string, commit: ObjectId, expected: ObjectId | undefined): Promise<void>
  /** Deletes a branch of the other side if it points to `expected`. */
  deleteBranch(branch: string, expected: ObjectId): Promise<void>
  /** Takes away what was fetched. */
  close(): Promise<void>
}

export interface BaseCommit {
  /** Short name: `main`. */
  readonly branch: string
  readonly commit: ObjectId
  /** When it was committed, in seconds since 1970: commits on top of it are dated by it, so that they come out the same again. */
  readonly time: number
}

export interface TreeEntry {
  /** As it stands in the tree; may be anything, also `..` or bytes that are no UTF-8 (then `isText` is false). */
  readonly path: Path
  readonly isText: boolean
  readonly kind: 'file' | 'program' | 'link' | 'repository'
  readonly id: ObjectId
}

export interface WrittenFile {
  readonly path: Path
  readonly mode: '100644' | '100755'
  readonly bytes: Buffer
}

export interface CommitWords {
  readonly message: string
  readonly author: { readonly name: string; readonly email: string }
  /** Seconds since 1970. */
  readonly time: number
}

/** `message` is one sentence for a person; it never holds a token. What a server printed is escaped, and cut short. */
export class GitError extends Error {
  override readonly name = 'GitError'

  constructor(
    readonly kind:
      | 'missing'
      | 'unreachable'
      | 'unauthorised'
      | 'gone'
      | 'moved'
      | 'empty'
      | 'limit'
      | 'stale'
      | 'protected'
      | 'rejected'
      | 'broken'
      | 'interrupted',
    message: string,
  ) {
    super(message)
  }
}
