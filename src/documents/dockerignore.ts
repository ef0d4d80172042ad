import type { Path } from '../model.js'

/** Whether a `.dockerignore` keeps a file out of the build, by its path below the context. */
export type Ignores = (path: Path) => boolean

interface Rule {
  readonly negative: boolean
  readonly segments: readonly string[]
}

/** What is larger was not written by hand. */
const MOST_RULES = 1_000

/** Reads a `.dockerignore`: the last rule that fits a path, or a folder above it, decides. */
export function parseDockerignore(text: string): Ignores {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .slice(0, MOST_RULES)
    .flatMap((line) => ruleOf(line.trim()) ?? [])
  if (rules.length === 0) return () => false
  return (path) => {
    const names = path.split('/')
    return (
      rules.findLast(({ segments }) => names.some((_, i) => fits(segments, names.slice(0, i + 1))))?.negative === false
    )
  }
}

function ruleOf(line: string): Rule | undefined {
  if (line === '' || line.startsWith('#')) return undefined
  const negative = line.startsWith('!')
  const segments = line
    .slice(negative ? 1 : 0)
    .trim()
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
  return segments.length > 0 ? { negative, segments } : undefined
}

/** Whether a pattern fits all of a path. `**` stands for any number of names, none among them. */
function fits(pattern: readonly string[], names: readonly string[]): boolean {
  return match(pattern, names, (segment) => segment === '**', matchesName)
}

/** `*` and `?`; a set of characters is rare enough to stand for itself. */
function matchesName(pattern: string, name: string): boolean {
  return match(
    [...pattern],
    [...name],
    (token) => token === '*',
    (token, char) => token === '?' || token === char,
  )
}

/** A pattern whose wildcards take any number of items: only the last one is ever tried again, so time stays bounded. */
function match(
  pattern: readonly string[],
  items: readonly string[],
  isWildcard: (token: string) => boolean,
  matches: (token: string, item: string) => boolean,
): boolean {
  let p = 0
  let i = 0
  let wildcard = -1
  let resume = 0
  while (i < items.length) {
    if (p < pattern.length && isWildcard(pattern[p]!)) {
      wildcard = p++
      resume = i
    } else if (p < pattern.length && matches(pattern[p]!, items[i]!)) {
      p++
      i++
    } else if (wildcard >= 0) {
      p = wildcard + 1
      i = ++resume
    } else return false
  }
  while (p < pattern.length && isWildcard(pattern[p]!)) p++
  return p === pattern.length
}
