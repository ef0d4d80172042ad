/**
 * Which files of a repository are a project's own, and in which words it is said that one cannot be read: the same for a folder
 * on disk and for a commit that was never checked out.
 */
import { parseRules, type Rules, verdict } from './ignore.js'

/** Other people's code, and git's own. */
export const SKIPPED: ReadonlySet<string> = new Set(['.git', 'node_modules', 'vendor'])

/** Stands in a folder made by Python for packages. */
export const VIRTUAL_ENVIRONMENT = 'pyvenv.cfg'

/** Bytes of a file with rules; those written by hand are smaller, and each is tried on every name. */
export const LARGEST_RULES = 256 * 1024

/** Bytes of a file that is read, unless told otherwise. */
export const LARGEST_FILE = 2 * 1024 * 1024

export const PROBLEMS = {
  garbled: 'its name is not UTF-8 text',
  repository: 'it is a repository of its own',
  directory: 'it is a directory',
  outside: 'it is a symbolic link out of the project',
  intoGit: 'it is a symbolic link into .git',
  toNothing: 'it is a symbolic link to nothing',
  circle: 'it cannot be read: it is a symbolic link that leads round in circles',
} as const

/** @param limit Bytes, a multiple of 1024. */
export function tooLarge(limit: number): string {
  return `it is larger than ${limit >= 1024 * 1024 ? `${limit / 1024 / 1024} MiB` : `${limit / 1024} KiB`}`
}

/** The rules in force in a folder: the nearest, then those from further up. */
export interface Chain {
  readonly rules: Rules
  /** How many names deep lies the folder that the rules speak of. */
  readonly depth: number
  readonly above: Chain | undefined
}

/** The rules in force in a folder that has a file of rules itself. */
export function extended(above: Chain | undefined, bytes: Buffer, depth: number): Chain {
  return { rules: parseRules(bytes.toString('utf8')), depth, above }
}

/** @param names Of the folders from the top down to the file or folder asked about, and its own. */
export function isIgnored(chain: Chain | undefined, names: readonly string[], isDirectory: boolean): boolean {
  for (let link = chain; link; link = link.above) {
    const said = verdict(link.rules, link.depth === 0 ? names : names.slice(link.depth), isDirectory)
    if (said !== undefined) return said
  }
  return false
}

/** Whether a path can only name something in the project, and nothing of git's own. */
export function isInside(path: string): boolean {
  return path
    .split('/')
    .every((name) => name !== '' && name !== '.' && name !== '..' && name !== '.git' && !name.includes('\0'))
}
