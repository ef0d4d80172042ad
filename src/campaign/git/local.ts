/**
 * A repository of this machine, read and written where it is: by plumbing that neither looks at its work tree, its index or
 * what HEAD says, nor runs anything that its configuration names. It is never fetched from or pushed to, since that would run
 * its hooks.
 */
import { mkdtemp, open, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { LocalAddress, ObjectId } from '../model.js'
import {
  type BaseCommit,
  GitError,
  type GitLimits,
  type GitSource,
  type Repository,
  type TreeEntry,
} from '../repository.js'
import { readBlobs } from './blobs.js'
import { makeCommit } from './commit.js'
import { complaint, legible } from './complaint.js'
import { refOf } from './push.js'
import { checkId, type Git, gitFor } from './run.js'
import { listTree } from './tree.js'
import type { At } from './treeless.js'

/** @throws GitError */
export async function openLocal(
  source: GitSource & { readonly address: LocalAddress },
  at: At,
  parent: string,
  limits: GitLimits,
  signal: AbortSignal | undefined,
): Promise<Repository> {
  const gitDir = await gitDirOf(source.address.path)
  // What git takes for a work tree, so that the repository's own is none.
  const folder = await mkdtemp(join(parent, 'repository-'))
  const closing = new AbortController()
  const either = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
  const git = gitFor({ folder, gitDir, source, limits, signal: either })
  const close = async () => {
    closing.abort()
    await git.idle()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const base = await baseOf(git, at)
    const entries = await listTree(git, base.commit)
    return inPlace(git, source.address, base, entries, close)
  } catch (error) {
    await close()
    throw error
  }
}

function inPlace(
  git: Git,
  address: LocalAddress,
  base: BaseCommit,
  entries: readonly TreeEntry[],
  close: () => Promise<void>,
): Repository {
  const entriesAt = async (commit: ObjectId) => (commit === base.commit ? entries : listTree(git, commit))
  return {
    address,
    base,
    entries,
    entriesAt,
    blobs: (ids) => readBlobs(git, ids),
    commit: async (on, files, about) => makeCommit(git, on, await entriesAt(on), files, about),
    tip: async (branch) => tipOf(git, await refOf(git, branch)),
    push: (branch, commit, expected) => moveBranch(git, branch, commit, expected),
    deleteBranch: (branch, expected) => moveBranch(git, branch, undefined, expected),
    close,
  }
}

async function baseOf(git: Git, at: At): Promise<BaseCommit> {
  const branch = at.branch ?? (await currentBranch(git))
  const commit = at.commit ?? (await tipOf(git, await refOf(git, branch)))
  if (commit === undefined) {
    const words = at.branch === undefined ? 'it has no commits yet' : `it has no branch ${legible(branch, [])}`
    throw new GitError(at.branch === undefined ? 'empty' : 'gone', `${git.about}: ${words}`)
  }
  const text = (await git.run(['cat-file', 'commit', checkId(commit)])).toString('latin1')
  const [, time = '0'] = /^committer .*> (\d+) [+-]\d+$/m.exec(text.slice(0, text.indexOf('\n\n'))) ?? []
  return { branch, commit, time: Number(time) }
}

async function currentBranch(git: Git): Promise<string> {
  const head = await git.attempt(['symbolic-ref', '--quiet', 'HEAD'])
  if (head.code !== 0 && head.code !== 1) throw complaint(git.about, head, [])
  const [, branch] = /^refs\/heads\/(.+)\n$/.exec(head.stdout.toString()) ?? []
  if (branch === undefined)
    throw new GitError('broken', `${git.about}: its HEAD is detached; check out the branch to start from`)
  return branch
}

async function tipOf(git: Git, ref: string): Promise<ObjectId | undefined> {
  const shown = await git.attempt(['show-ref', '--verify', '--hash', '--quiet', ref])
  if (shown.code === 1) return undefined
  if (shown.code !== 0) throw complaint(git.about, shown, [])
  return checkId(
    (await git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])).toString().trim(),
  )
}

/** Compares and moves in one step. A branch that somebody works on is left alone: their files would seem to be changed. */
async function moveBranch(
  git: Git,
  branch: string,
  to: ObjectId | undefined,
  expected: ObjectId | undefined,
): Promise<void> {
  const ref = await refOf(git, branch)
  const on = `${git.about}: branch ${branch}`
  const before = await tipOf(git, ref)
  if (before !== undefined && before === to) return
  if (before !== expected) throw new GitError('stale', `${on} is not where it was thought to be`)
  const worktrees = (await git.run(['worktree', 'list', '--porcelain'], { most: 16 << 20 })).toString()
  if (worktrees.split('\n').includes(`branch ${ref}`)) throw new GitError('protected', `${on} is checked out`)
  if ((await git.attempt(['symbolic-ref', '--quiet', ref])).code === 0)
    throw new GitError('protected', `${on} stands for another one`)
  const old = expected === undefined ? '0'.repeat(to!.length) : checkId(expected)
  const change = to === undefined ? ['-d', ref, old] : ['-m', 'harden campaign', ref, checkId(to), old]
  const ended = await git.attempt([
    '-c',
    'user.name=harden',
    '-c',
    'user.email=',
    'update-ref',
    '--no-deref',
    ...change,
  ])
  if (ended.code === 0) return
  if (/but expected|already exists$|unable to resolve reference/m.test(ended.stderr)) {
    throw new GitError('stale', `${on} is not where it was thought to be`)
  }
  throw new GitError('rejected', `${on} cannot be written: ${legible(ended.stderr.replace(/^fatal: /, ''), [])}`)
}

/** The folder that git keeps a repository in: itself if it is bare, `.git`, or where a file of that name says. */
async function gitDirOf(path: string): Promise<string> {
  const inside = join(path, '.git')
  const kind = await stat(inside).catch(() => undefined)
  if (kind?.isDirectory()) return inside
  if (kind?.isFile()) {
    const [, to] = /^gitdir: ([^\n]+)\n?$/.exec(await firstBytes(inside)) ?? []
    if (to !== undefined) return resolve(path, to)
  }
  if (!kind && (await stat(join(path, 'HEAD')).catch(() => undefined))?.isFile()) return path
  throw new GitError('gone', `${path}: no git repository`)
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4200), 0, 4200, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
