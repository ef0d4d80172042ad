/** Moving a branch of the other side. */
import type { ObjectId } from '../model.js'
import { GitError, type GitSource } from '../repository.js'
import { complaint, pushRefusal } from './complaint.js'
import { checkId, type Git } from './run.js'

/** @throws GitError of kind `rejected` for what git would not take as a branch. @returns its full name */
export async function refOf(git: Git, branch: string): Promise<string> {
  const ref = `refs/heads/${branch}`
  const isName = !branch.startsWith('-') && !/[\x00-\x20\x7f]/.test(branch) && branch.length < 256
  if (isName && (await git.attempt(['check-ref-format', ref])).code === 0) return ref
  throw new GitError('rejected', `${git.about}: git takes no branch of the name ${JSON.stringify(branch)}`)
}

/**
 * Pushes a commit, or deletes the branch, if it points to `expected` (without one: does not exist). If it points to the commit
 * already, as after an answer that was lost, that is well.
 * @throws GitError
 */
export async function pushRef(
  git: Git,
  source: GitSource,
  branch: string,
  commit: ObjectId | undefined,
  expected: ObjectId | undefined,
): Promise<void> {
  const ref = await refOf(git, branch)
  const lease = `--force-with-lease=${ref}:${expected === undefined ? '' : checkId(expected)}`
  const quiet = ['--porcelain', '--no-verify', '--no-follow-tags', '--no-signed', '--recurse-submodules=no']
  const change = `${commit === undefined ? '' : checkId(commit)}:${ref}`
  const push = (...settings: readonly string[]) =>
    git.attempt([...settings, 'push', ...quiet, lease, '--', source.url, change], { asks: true })
  let ended = await push()
  if (ended.code !== 0 && isIncomplete(ended.stderr)) ended = await push(...NEGOTIATING)
  const refusal = pushRefusal(git.about, branch, ended.stdout.toString(), ended.stderr, git.secrets)
  // After an answer that was lost, what git sends once more is refused because of itself.
  if (refusal?.kind === 'stale' && (await remoteTip(git, source, branch)) === commit) return
  if (refusal) throw refusal
  if (ended.code !== 0) throw complaint(git.about, ended, git.secrets)
}

/** The other side is asked what it has, where its branches alone do not tell: our base may no longer be at the tip of one. */
const NEGOTIATING = ['-c', 'push.negotiate=true', '-c', 'fetch.negotiationAlgorithm=default']

/** Files are missing that would have to be sent along if the other side did not have them. */
function isIncomplete(stderr: string): boolean {
  return /promisor remote|lazy fetch|unable to read [0-9a-f]{40}|missing (blob|tree)/.test(stderr)
}

/** Where a branch of the other side points to. */
export async function remoteTip(git: Git, source: GitSource, branch: string): Promise<ObjectId | undefined> {
  const ref = await refOf(git, branch)
  const out = await git.run(['ls-remote', '--refs', '--', source.url, ref], { asks: true })
  // A pattern fits the end of a name, too.
  const line = out
    .toString()
    .split('\n')
    .find((line) => line.endsWith(`\t${ref}`))
  return line && checkId(line.slice(0, line.indexOf('\t')))
}
