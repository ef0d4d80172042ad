/** Brings our branch to the commits that were reviewed, or leaves it alone. */

import type { ObjectId } from '../model.js'
import { GitError } from '../repository.js'
import { type BuiltCommit, build, commitAll } from './build.js'
import type { TipKind } from './decide.js'
import { act, type Task } from './site.js'

/** Something on the other side is somebody else's; `message` is one sentence. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
}

/** The forge does not let us, in a way that only a person can change; `message` says which. */
export class BlockedError extends Error {
  override readonly name = 'BlockedError'
}

/** Where a branch is now, and what that is to us. */
export interface BranchNow {
  readonly tip: ObjectId | undefined
  readonly tipKind: TipKind
  /** Whether a pull request of ours is open from it. */
  readonly isOpen: boolean
}

/**
 * @returns the tip of the branch, which holds exactly what was reviewed
 * @throws ConflictError, BlockedError, BuildError, ForgeError, GitError
 */
export async function bringBranch(task: Task, now: BranchNow): Promise<ObjectId> {
  const { tip, tipKind } = now
  if (tipKind === 'planned') return tip!
  const commits = await builtCommits(task)
  const { settings } = task.means
  if (settings.commits === 'api') return commitOnForge(task, commits, now)

  const repository = await task.repository()
  const commit = await commitAll(repository, commits, settings.author)
  if (commit === tip) return commit
  if (tipKind === 'unknown') throw foreign(task)
  try {
    await push(task, commit, tip)
    return commit
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== 'protected' || settings.commits !== 'auto') throw error
    return commitOnForge(task, commits, now)
  }
}

/** The commits of a pull request, each file of them checked. */
export async function builtCommits({
  means,
  planned,
  pull,
  repository,
}: Pick<Task, 'means' | 'planned' | 'pull' | 'repository'>): Promise<readonly BuiltCommit[]> {
  const base = await repository()
  const patches = await Promise.all(
    pull.commits.map(({ patch }) => means.patch(`${planned.slug}/${pull.group}/${patch.file}`)),
  )
  return build(base, pull.commits, patches)
}

export function foreign({ pull }: Pick<Task, 'pull'>): ConflictError {
  return new ConflictError(`the branch ${pull.branch} holds what is not ours`)
}

async function push(task: Task, commit: ObjectId, expected: ObjectId | undefined): Promise<void> {
  const repository = await task.repository()
  await act(task, { act: 'push', commit, expected }, () =>
    task.gate('write', () => repository.push(task.pull.branch, commit, expected)),
  )
}

/**
 * Makes the commits through the API, one after the other. A branch cannot be moved back in this way: one of ours without a pull
 * request is made anew, one with a pull request is left, for deleting it would close that.
 */
async function commitOnForge(task: Task, commits: readonly BuiltCommit[], now: BranchNow): Promise<ObjectId> {
  const { forge, remote, pull } = task
  const { tip, tipKind, isOpen } = now
  if (tipKind === 'unknown') throw foreign(task)
  let parent = (await task.repository()).base.commit
  if (tip !== undefined && tip !== parent) {
    if (isOpen)
      throw new BlockedError(
        'the branch takes commits through the API alone, which cannot replace older ones: close the pull request, and apply with --reopen',
      )
    await act(task, { act: 'delete branch', expected: tip }, () => forge.deleteBranch(remote, pull.branch, tip))
  }
  for (const [index, { message, files }] of commits.entries()) {
    const commit = { branch: pull.branch, parent, message, files }
    const what = { act: 'commit' as const, expected: parent, following: commits.length - 1 - index }
    parent = await act(
      task,
      what,
      () => forge.commitFiles(remote, commit),
      (made) => ({ commit: made }),
    )
  }
  return parent
}
