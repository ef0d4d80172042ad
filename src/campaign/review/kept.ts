/** What a person answered in the review of a plan, kept in the plan's folder: saved after each answer, read by the next review. */
import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readBytes } from '../../disk/bytes.js'
import { adviceOn, DiskError, reasonOf } from '../../disk/error.js'

const NAME = 'decisions.json'

/** Bytes; ten thousand repositories with a hundred answers each come to less. */
const LARGEST = 256 * 1024 * 1024

/** Where the decisions about the plan in a folder are kept. */
export function decisionsFile(folder: string): string {
  return join(folder, NAME)
}

/**
 * The text of a file of decisions; `undefined` if there is none.
 * @throws DiskError if it cannot be read
 */
export function readDecisions(path: string): string | undefined {
  const read = readBytes(path, LARGEST)
  if (read && 'problem' in read) throw new DiskError(`${path}: the decisions cannot be read: ${read.problem}.`, path)
  return read?.bytes.toString('utf8')
}

/**
 * Puts a text in the place of the decisions about the plan in a folder.
 * @throws DiskError; the old ones are as they were then
 */
export function keepDecisions(folder: string, text: string): void {
  const path = decisionsFile(folder)
  const fresh = join(folder, `.${NAME}.${randomBytes(6).toString('hex')}`)
  try {
    writeFileSync(fresh, text, { flag: 'wx', mode: 0o600 })
    renameSync(fresh, path)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw new DiskError(
      `${path}: the decisions cannot be kept: ${reasonOf(error)}. ${adviceOn(error)}`.trimEnd(),
      path,
      {
        cause: error,
      },
    )
  }
}

/** Forgets them. */
export function dropDecisions(folder: string): void {
  rmSync(decisionsFile(folder), { force: true })
}
