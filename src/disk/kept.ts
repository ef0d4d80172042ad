import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, DiskError, journalError, reasonOf } from './error.js'
import { journalOf, neededStateFolder, stateFolder } from './journal.js'
import { realRoot } from './root.js'

const NAME = 'review.json'

/**
 * Keeps the answers of a review for another run, beside the project's journal.
 * @throws DiskError if there is nowhere to keep them.
 */
export function keepReview(root: string, text: string): void {
  const { folder } = journalOf(realRoot(root), neededStateFolder())
  const fresh = join(folder, `${NAME}.${process.pid}`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(fresh, text, { mode: 0o600 })
    renameSync(fresh, join(folder, NAME))
  } catch (error) {
    rmSync(fresh, { force: true })
    throw journalError(folder, error)
  }
}

/**
 * The answers that were kept; `undefined` if there are none.
 * @throws DiskError if they cannot be read.
 */
export function keptReview(root: string): string | undefined {
  const state = stateFolder()
  if (!state) return undefined
  const path = join(journalOf(realRoot(root), state).folder, NAME)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new DiskError(`The kept review ${path} cannot be read: ${reasonOf(error)}.`, path, { cause: error })
  }
}

/** Forgets the answers that were kept. */
export function dropReview(root: string): void {
  const state = stateFolder()
  if (state) rmSync(join(journalOf(realRoot(root), state).folder, NAME), { force: true })
}
