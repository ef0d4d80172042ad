import type { Path, Project, SourceFile, Unread } from '../../model.js'
import { noFacts } from '../../project.js'
import type { Answer } from './contents.js'
import type { Job } from './job.js'
import { listingOf } from './tree.js'

/** A project of what has been fetched of a commit; it remembers what it was asked for and did not have. */
export interface Fetched {
  /** Folders that were not looked into, and why. */
  readonly skipped: readonly Unread[]
  /** The commit as it is known now. What is not known yet reads as if it were not there. */
  project(): Project
  /** What was asked for and is not known; sorted. */
  missed(): readonly Path[]
  /** Takes in what missed paths are. Whether any of them is more than nothing: then a plan made without it is worth nothing. */
  learn(answers: readonly Answer[]): boolean
  /** Everything that was ever asked for, and what it led to; sorted. */
  read(): readonly Path[]
}

/** Lists a commit, with what came along with it. */
export function fetchedOf({ entries, shaping, known }: Pick<Job, 'entries' | 'shaping' | 'known'>): Fetched {
  const { paths, blocked, skipped } = listingOf(entries, shaping)
  const never = [...blocked].map(([path, problem]) => ({ path, problem }))
  return { ...fetchedFrom(paths, [...known, ...never]), skipped }
}

export function fetchedFrom(paths: readonly Path[], known: readonly Answer[]): Omit<Fetched, 'skipped'> {
  const answers = new Map(known.map((answer) => [answer.path, answer]))
  const asked = new Set<Path>()
  const find = (path: Path): Answer | undefined => {
    asked.add(path)
    const answer = answers.get(path)
    return answer?.same === undefined ? answer : find(answer.same)
  }
  return {
    project: () => ({
      // A list of its own: what is remembered of a list of paths was read before its files were here.
      paths: [...paths],
      facts: noFacts,
      edited: new Map<Path, SourceFile>(),
      read: (path) => find(path)?.file,
      unreadable: (path) => find(path)?.problem,
    }),
    missed: () => [...asked].filter((path) => !answers.has(path)).sort(),
    learn: (more) => {
      for (const answer of more) answers.set(answer.path, answer)
      return more.some(({ file, same, problem }) => file ?? same ?? problem)
    },
    read: () => [...asked].sort(),
  }
}
