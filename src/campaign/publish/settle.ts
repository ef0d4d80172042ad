/** Settles what was about to be done when somebody died, or an answer was lost: by looking, never by doing it again. */

import { builtCommits } from './branch.js'
import { BuildError, type BuiltCommit, isSameTree, treeAfter } from './build.js'
import { ownershipOf, type Seen, type Wanted } from './decide.js'
import type { IntentEntry, ResultEntry } from './entries.js'
import type { Task } from './site.js'

type Settled = Pick<ResultEntry, 'outcome' | 'commit' | 'number' | 'url'>

/** Writes a result for every intent that has none. */
export async function settle(task: Task, seen: Seen, wanted: Wanted): Promise<void> {
  const { means, key } = task
  const { journal, now } = means
  for (const intent of means.ledger(key).unsettled) {
    const found = intent.act === 'commit' ? await commitOf(task, intent, seen) : seenOf(intent, seen, wanted, task)
    await journal.append({ entry: 'result', id: intent.id, ...key, ...found, time: now() })
  }
}

function seenOf(intent: IntentEntry, { pulls, tip }: Seen, wanted: Wanted, { means, key }: Task): Settled {
  const done = (isDone: boolean): Settled => ({ outcome: isDone ? 'done' : 'not done' })
  const pull = pulls.find(({ number }) => number === intent.number)
  const ledger = means.ledger(key)
  switch (intent.act) {
    case 'push':
      return done(tip === intent.commit)
    case 'delete branch':
      return done(tip !== intent.expected)
    case 'open': {
      const opened = pulls.find((one) => !ledger.numbers.has(one.number) && ownershipOf(one, wanted, ledger))
      return opened ? { outcome: 'done', number: opened.number, url: opened.url } : { outcome: 'not done' }
    }
    case 'update':
      return done(pull !== undefined && ownershipOf(pull, wanted, ledger)?.marker?.pull === intent.pull)
    case 'close':
      return done(pull !== undefined && pull.state !== 'open')
    case 'reopen':
      return done(pull?.state === 'open')
    // A comment is not made twice; labels and reviewers are, for it does no harm.
    case 'comment':
    case 'commit':
    case 'decorate':
      return { outcome: 'unknown' }
  }
}

/**
 * A commit through the API has an id that nobody knew beforehand: it is ours if it says what we said, on the parent we named, and
 * its tree is exactly what we sent.
 */
async function commitOf(task: Task, intent: IntentEntry, { tip }: Seen): Promise<Settled> {
  const { expected } = intent
  if (tip === undefined || expected === undefined || tip === expected || intent.pull !== task.digest)
    return { outcome: 'not done' }
  const built = (await ifUnchanged(task))?.at(-1 - (intent.following ?? 0))
  const there = built && (await task.forge.commit(task.remote, tip))
  if (!built || there?.parents.length !== 1 || there.parents[0] !== expected) return { outcome: 'not done' }
  if (there.message.trimEnd() !== built.message.trimEnd()) return { outcome: 'not done' }
  const repository = await task.repository()
  const [before, after] = [await repository.entriesAt(expected), await repository.entriesAt(tip)]
  return isSameTree(after, treeAfter(before, built)) ? { outcome: 'done', commit: tip } : { outcome: 'not done' }
}

/** What we would commit; `undefined` if the base is no longer what it was. Whoever cannot look does not know. */
async function ifUnchanged(task: Task): Promise<readonly BuiltCommit[] | undefined> {
  try {
    return await builtCommits(task)
  } catch (error) {
    if (error instanceof BuildError) return undefined
    throw error
  }
}
