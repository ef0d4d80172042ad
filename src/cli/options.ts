import { escaped } from '../escape.js'
import type { Threshold } from '../ui/report.js'

export const FORMATS = ['text', 'json', 'sarif', 'github', 'gitlab', 'junit', 'diff', 'html'] as const
export type Format = (typeof FORMATS)[number]

/** What `check` and `fix` have in common, as commander hands it over. */
export interface CommonOptions {
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  readonly config?: string
  readonly format?: Format
  readonly failOn: Threshold
  readonly color: boolean
  readonly quiet?: boolean
  readonly cwd?: string
  readonly online?: boolean
}

export interface FixOptions extends CommonOptions {
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly review?: boolean
  readonly verify?: boolean
  readonly onlyFinding?: readonly string[]
  readonly interactive?: boolean
  readonly resume?: boolean
}

/** The paths and options that say where and what, to be repeated behind the next command. */
export function scopeOf(paths: readonly string[], options: CommonOptions & Pick<FixOptions, 'onlyFinding'>): string {
  const words = [
    ...flag('--cwd', options.cwd),
    ...flag('--config', options.config),
    ...flag('--only', options.only?.join(',')),
    ...flag('--skip', options.skip?.join(',')),
    ...(options.online ? ['--online'] : []),
    ...flag('--only-finding', options.onlyFinding?.join(',')),
    ...(paths.some((path) => path.startsWith('-')) ? ['--'] : []),
    ...paths,
  ]
  return words.map((word) => ` ${escaped(shellQuoted(word))}`).join('')
}

function flag(name: string, value: string | undefined): readonly string[] {
  return value ? [name, value] : []
}

function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
