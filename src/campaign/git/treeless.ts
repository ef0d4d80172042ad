/**
 * A repository behind an address: bare, one commit deep, without its files; those that are asked for are fetched together.
 * Nothing is ever checked out, so neither links, filters, hooks, submodules nor the names of files can do anything.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isLoopback } from '../../sources/web.js'
import type { ObjectId } from '../model.js'
import {
  type BaseCommit,
  GitError,
  type GitLimits,
  type GitSource,
  type Repository,
  type TreeEntry,
} from '../repository.js'
import { lines, readBlobs } from './blobs.js'
import { makeCommit } from './commit.js'
import { pushRef, refOf, remoteTip } from './push.js'
import { checkId, type Git, gitFor } from './run.js'
import { listTree } from './tree.js'

/** Where in a repository to begin; without it at its default branch. */
export interface At {
  readonly branch?: string
  readonly commit?: ObjectId
}

/** @throws GitError, and then nothing is left of it. */
export async function openRemote(
  source: GitSource,
  at: At,
  parent: string,
  limits: GitLimits,
  signal: AbortSignal | undefined,
): Promise<Repository> {
  checkAddress(source)
  const folder = await mkdtemp(join(parent, 'repository-'))
  const closing = new AbortController()
  const gitDir = join(folder, 'r.git')
  const either = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
  const git = gitFor({ folder, gitDir, source, limits, signal: either })
  try {
    return await fetched(git, source, at, gitDir, async () => {
      closing.abort()
      await git.idle()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    })
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    throw error
  }
}

async function fetched(
  git: Git,
  source: GitSource,
  at: At,
  gitDir: string,
  close: () => Promise<void>,
): Promise<Repository> {
  if (at.commit === undefined) await clone(git, source, at.branch, gitDir)
  else await begin(git, source, at.branch ?? (await defaultBranch(git, source)), at.commit, gitDir)
  const base = await baseOf(git)
  const entries = await listTree(git, base.commit)
  /** Commits that are here, theirs and ours. */
  const here = new Set<ObjectId>([base.commit])
  const asked = new Set<ObjectId>()

  async function fetchFiles(ids: readonly ObjectId[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !asked.has(checkId(id)))
    if (missing.length > 0) await fetchObjects(git, missing, [])
    for (const id of missing) asked.add(id)
  }

  async function entriesAt(commit: ObjectId): Promise<readonly TreeEntry[]> {
    if (commit === base.commit) return entries
    if (!here.has(checkId(commit))) await fetchObjects(git, [commit], ['--depth=1'])
    here.add(commit)
    return listTree(git, commit)
  }

  return {
    address: source.address,
    base,
    entries,
    entriesAt,
    async blobs(ids) {
      await fetchFiles(ids)
      return readBlobs(git, ids)
    },
    async commit(on, files, about) {
      const before = await entriesAt(on)
      const made = await makeCommit(git, on, before, files, about)
      // A push sends differences from what was there before, and so reads it.
      const written = new Set(files.map(({ path }) => path))
      await fetchFiles(before.filter(({ path }) => written.has(path)).map(({ id }) => id))
      here.add(made)
      return made
    },
    tip: (branch) => remoteTip(git, source, branch),
    push: (branch, commit, expected) => pushRef(git, source, branch, commit, expected),
    deleteBranch: (branch, expected) => pushRef(git, source, branch, undefined, expected),
    close,
  }
}

/** What keeps a fetch to what was asked for. A server that cannot leave files out sends them: then they are here. */
const TREELESS = ['--filter=blob:none', '--no-tags']

/** Fewest questions where the name of the branch is not known: `clone` learns it and fetches in one go. */
async function clone(git: Git, source: GitSource, branch: string | undefined, gitDir: string): Promise<void> {
  const named = branch === undefined ? [] : [`--branch=${(await refOf(git, branch)).slice('refs/heads/'.length)}`]
  const how = ['--quiet', '--bare', '--template=', '--depth=1', '--single-branch', '--no-recurse-submodules']
  await git.run(['clone', ...how, ...TREELESS, ...named, '--', source.url, gitDir], { asks: true, makes: true })
}

/** An empty repository of ours, and one commit of theirs. */
async function begin(git: Git, source: GitSource, branch: string, commit: ObjectId, gitDir: string): Promise<void> {
  const ref = `refs/heads/${branch}`
  await mkdir(join(gitDir, 'objects'), { recursive: true })
  await mkdir(join(gitDir, 'refs'))
  await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n')
  const isLong = commit.length === 64
  await writeFile(
    join(gitDir, 'config'),
    `[core]\n\trepositoryformatversion = 1\n\tbare = true\n${isLong ? '[extensions]\n\tobjectformat = sha256\n' : ''}` +
      `[remote "origin"]\n\turl = ${source.url}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n`,
  )
  await refOf(git, branch)
  await fetchObjects(git, [`+${checkId(commit)}:${ref}`], ['--depth=1'])
}

async function fetchObjects(git: Git, wanted: readonly string[], how: readonly string[]): Promise<void> {
  const quiet = ['--quiet', '--stdin', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules']
  await git.run(['fetch', ...quiet, ...TREELESS, ...how, 'origin'], { input: lines(wanted), asks: true })
}

async function defaultBranch(git: Git, source: GitSource): Promise<string> {
  const out = await git.run(['ls-remote', '--symref', '--', source.url, 'HEAD'], { asks: true })
  const [, branch] = /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(out.toString()) ?? []
  if (branch === undefined) throw new GitError('empty', `${git.about}: it has no default branch`)
  return branch
}

/** The one branch that is here. */
async function baseOf(git: Git): Promise<BaseCommit> {
  const format = '--format=%(objectname) %(committerdate:unix) %(refname:lstrip=2)'
  const text = (await git.run(['for-each-ref', '--count=1', format, 'refs/heads/'])).toString()
  const [, commit, time, branch] = /^(\w+) (\d*) (.+)\n$/.exec(text) ?? []
  if (commit === undefined) throw new GitError('empty', `${git.about}: it has no commits, or no default branch`)
  return { branch: branch!, commit: checkId(commit), time: Number(time) }
}

/** @throws GitError for an address that a token must not be sent to, or that is not on the origin it is said to be on. */
function checkAddress({ address, url, authorization }: GitSource): void {
  const place = URL.canParse(url) ? new URL(url) : undefined
  const isSafe = place?.protocol === 'https:' || (place?.protocol === 'http:' && isLoopback(place.hostname))
  const isPlain =
    place !== undefined && place.username === '' && place.password === '' && place.hash === '' && place.href === url
  const isThere = address.kind === 'remote' && place?.origin === address.origin
  if (!isSafe || !isPlain || !isThere) {
    throw new GitError(
      'broken',
      `${address.kind === 'remote' ? address.name : address.path}: not an https address on its forge`,
    )
  }
  if (authorization !== undefined && /[^\x20-\x7e]/.test(authorization)) {
    throw new GitError('unauthorised', `${address.name}: the token holds characters that no token has`)
  }
}
