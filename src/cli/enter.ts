import { UsageError } from './errors.js'

/**
 * Goes where the command is to run, so that every path in it and in its messages means what the person meant.
 * @returns The absolute folder, every link resolved.
 * @throws UsageError if there is no such folder.
 */
export function enter(folder = '.'): string {
  try {
    process.chdir(folder)
  } catch {
    throw new UsageError(`${folder}: there is no such directory, or it may not be entered.`)
  }
  return process.cwd()
}
