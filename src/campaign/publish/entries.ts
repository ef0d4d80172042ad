/**
 * What a journal holds, and what it comes to: values only. Before anything is changed on a forge an intent is written down, and
 * its result after it. An intent without a result may have happened or not; the forge is asked which.
 */
import type { Digest, ObjectId, PullKey, PullReport } from '../model.js'

/** Everything that changes something on the other side. */
export type Act = 'push' | 'commit' | 'open' | 'update' | 'close' | 'reopen' | 'comment' | 'decorate' | 'delete branch'

export type JournalEntry = RunEntry | IntentEntry | ResultEntry | StandEntry

/** The first entry of every run. Times are seconds since 1970. */
export interface RunEntry {
  readonly entry: 'run'
  readonly command: 'apply' | 'refresh' | 'close'
  /** The plan's hash. */
  readonly plan: Digest
  readonly time: number
}

export interface IntentEntry extends PullKey {
  readonly entry: 'intent'
  /** Unlike every other, on every machine. */
  readonly id: string
  readonly act: Act
  /** Digest of the {@link PullPlan} it is for. */
  readonly pull: Digest
  readonly branch: string
  /** What the branch is to point to. */
  readonly commit?: ObjectId
  /** What it points to before; with `commit`, the parent. */
  readonly expected?: ObjectId
  /** How many commits are to follow on this one, where they are made one by one. */
  readonly following?: number
  readonly number?: number
  readonly time: number
}

export interface ResultEntry extends PullKey {
  readonly entry: 'result'
  /** Of the intent. */
  readonly id: string
  /** `unknown`: nobody can say, and it is not done again unless doing it twice is harmless. */
  readonly outcome: 'done' | 'not done' | 'unknown'
  readonly commit?: ObjectId
  readonly number?: number
  readonly url?: string
  readonly reason?: string
  readonly time: number
}

/** Where a pull request stood at the end of a run. */
export interface StandEntry extends PullReport {
  readonly entry: 'stand'
  readonly pull: Digest
  readonly time: number
}

/** What is known of one pull request from the journal alone. */
export interface Ledger {
  /** Commits of ours that the branch may point to, and for which plan of it; without one if more commits were to follow. */
  readonly made: readonly { readonly commit: ObjectId; readonly pull: Digest | undefined }[]
  /** Pull requests that we opened or adopted. */
  readonly numbers: ReadonlySet<number>
  /** The branch, as far as anything was set out to be done with it. */
  readonly branch: string | undefined
  /** Pull requests that we said something about, or set out to: nothing is said twice. */
  readonly commented: ReadonlySet<number>
  /** Pull requests that we closed ourselves. */
  readonly closed: ReadonlySet<number>
  /** Those that have their labels and reviewers, or that the forge refused to give them. */
  readonly decorated: ReadonlySet<number>
  /** Whether we ever set out to open one. */
  readonly hasOpened: boolean
  /** Intents without a result, oldest first. */
  readonly unsettled: readonly IntentEntry[]
  readonly stand: StandEntry | undefined
}

export const EMPTY_LEDGER: Ledger = {
  made: [],
  numbers: new Set(),
  branch: undefined,
  commented: new Set(),
  closed: new Set(),
  decorated: new Set(),
  hasOpened: false,
  unsettled: [],
  stand: undefined,
}

/** One name for a pull request of a plan. */
export function keyOf({ slug, group }: PullKey): string {
  return `${slug} ${group}`
}

/** What all entries come to, by {@link keyOf}. Entries of several workers may stand in any order, as long as each keeps its own. */
export function stateOf(entries: readonly JournalEntry[]): ReadonlyMap<string, Ledger> {
  const fold = foldOf()
  for (const entry of entries) fold.add(entry)
  return fold.ledgers
}

/** The ledger of one pull request, whenever it is asked for; of a list that grows only what is new is read. */
export function bookOf(entries: readonly JournalEntry[]): (key: PullKey) => Ledger {
  const fold = foldOf()
  let read = 0
  return (key) => {
    for (; read < entries.length; read++) fold.add(entries[read]!)
    return fold.ledgers.get(keyOf(key)) ?? EMPTY_LEDGER
  }
}

function foldOf() {
  const ledgers = new Map<string, Ledger>()
  const intents = new Map<string, IntentEntry>()
  const add = (entry: JournalEntry) => {
    if (entry.entry === 'run') return
    if (entry.entry === 'intent') intents.set(entry.id, entry)
    const key = keyOf(entry)
    ledgers.set(key, after(ledgers.get(key) ?? EMPTY_LEDGER, entry, intents))
  }
  return { ledgers, add }
}

/** What one more entry makes of a ledger. */
function after(
  ledger: Ledger,
  entry: Exclude<JournalEntry, RunEntry>,
  intents: ReadonlyMap<string, IntentEntry>,
): Ledger {
  switch (entry.entry) {
    case 'stand':
      return { ...ledger, stand: entry, numbers: withNumber(ledger.numbers, isOurs(entry) ? entry.number : undefined) }
    case 'intent':
      return {
        ...ledger,
        made: [...ledger.made, ...madeBy(entry)],
        branch: entry.branch,
        commented: withNumber(ledger.commented, entry.act === 'comment' ? entry.number : undefined),
        hasOpened: ledger.hasOpened || entry.act === 'open',
        unsettled: [...ledger.unsettled, entry],
      }
    case 'result':
      return settled(ledger, entry, intents.get(entry.id))
  }
}

/** What the branch may point to once an intent was written down: a branch that is made for a commit is first at its parent. */
function madeBy({ act, commit, expected, pull }: IntentEntry): Ledger['made'] {
  if (commit !== undefined) return [{ commit, pull }]
  return act === 'commit' && expected !== undefined ? [{ commit: expected, pull: undefined }] : []
}

/** A conflict may name somebody else's pull request. */
function isOurs({ state }: StandEntry): boolean {
  return state === 'open' || state === 'merged' || state === 'declined'
}

function settled(ledger: Ledger, result: ResultEntry, intent: IntentEntry | undefined): Ledger {
  const unsettled = ledger.unsettled.filter(({ id }) => id !== result.id)
  if (intent === undefined || result.outcome === 'unknown') return { ...ledger, unsettled }
  const number = result.number ?? intent.number
  if (intent.act === 'decorate') return { ...ledger, unsettled, decorated: withNumber(ledger.decorated, number) }
  if (result.outcome === 'not done') return { ...ledger, unsettled }
  const commit = intent.act === 'commit' ? result.commit : undefined
  return {
    ...ledger,
    unsettled,
    made: commit ? [...ledger.made, { commit, pull: intent.following ? undefined : intent.pull }] : ledger.made,
    numbers: withNumber(ledger.numbers, number),
    closed: intent.act === 'close' ? withNumber(ledger.closed, number) : ledger.closed,
  }
}

function withNumber(numbers: ReadonlySet<number>, number: number | undefined): ReadonlySet<number> {
  return number === undefined || numbers.has(number) ? numbers : new Set([...numbers, number])
}
