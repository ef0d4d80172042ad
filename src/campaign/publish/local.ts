/** A repository of this machine has no pull requests: the branch is the end. */
import type { PullKey, PullReport } from '../model.js'
import { builtCommits, foreign } from './branch.js'
import { commitAll } from './build.js'
import { act, type Task } from './site.js'

/** Makes the branch, unless it is there, and never over what is not ours. @throws ConflictError, BuildError, GitError */
export async function publishLocally(
  task: Pick<Task, 'means' | 'planned' | 'repository' | 'pull' | 'key' | 'digest'>,
): Promise<Omit<PullReport, keyof PullKey>> {
  const { means, key, pull, digest } = task
  const { journal, now } = means
  const repository = await task.repository()
  const tip = await repository.tip(pull.branch)
  for (const { id, commit } of means.ledger(key).unsettled) {
    const outcome = tip === commit ? 'done' : 'not done'
    await journal.append({ entry: 'result', id, ...key, outcome, time: now() })
  }
  const made = means.ledger(key).made.filter(({ commit }) => commit === tip)
  const end = (head: string) => ({
    state: 'pushed' as const,
    head,
    reason: `the branch ${pull.branch} is in the repository`,
  })
  if (tip !== undefined && made.some((one) => one.pull === digest)) return end(tip)
  const commit = await commitAll(repository, await builtCommits(task), means.settings.author)
  if (tip === commit) return end(tip)
  if (tip !== undefined && made.length === 0) throw foreign(task)
  await act(task, { act: 'push', commit, expected: tip }, () => repository.push(pull.branch, commit, tip))
  return end(commit)
}
