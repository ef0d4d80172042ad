/**
 * Rules of `.gitignore` files, as git itself reads them. Matching takes time linear in pattern times name, because the
 * patterns of a repository that is being repaired are a stranger's, and regular expressions made of them can be slow
 * beyond all bounds.
 */

/** A stretch of a pattern: a code unit, any number of characters, any one character, or one of a set. */
type Token = number | '*' | '?' | CharacterSet

interface CharacterSet {
  readonly negated: boolean
  readonly ranges: readonly CodeRange[]
}

/** First and last code unit. */
type CodeRange = readonly [number, number]

const ANY_DEPTH = Symbol('**')

/** A pattern between slashes; a string has no wildcards. */
type Segment = string | readonly Token[] | typeof ANY_DEPTH

interface Rule {
  readonly negative: boolean
  readonly directoryOnly: boolean
  /** Whether it is about the whole path rather than the last name in it. */
  readonly anchored: boolean
  readonly segments: readonly Segment[]
}

export type Rules = readonly Rule[]

/** The rules of one file, in order. Lines that can match nothing are left out. */
export function parseRules(text: string): Rules {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line) => parseRule(line.replace(/\r$/, '')) ?? [])
}

/**
 * What the last matching rule says of a path: `true` ignore it, `false` keep it, `undefined` if none matches. The rules
 * say nothing here about the folders above it.
 * @param path The names from the folder of the rules down to the file or folder asked about.
 */
export function verdict(rules: Rules, path: readonly string[], isDirectory: boolean): boolean | undefined {
  for (let i = rules.length - 1; i >= 0; i--) {
    const rule = rules[i]!
    if (rule.directoryOnly && !isDirectory) continue
    if (rule.anchored ? matchesPath(rule.segments, path) : matchesName(rule.segments[0]!, path.at(-1)!))
      return !rule.negative
  }
  return undefined
}

/** Whether the rules say yes to a file, or to a folder that it is in. */
export function covers(rules: Rules, path: string): boolean {
  const parts = path.split('/')
  for (let depth = 1; depth <= parts.length; depth++) {
    if (verdict(rules, parts.slice(0, depth), depth < parts.length)) return true
  }
  return false
}

function parseRule(line: string): Rule | undefined {
  if (line.startsWith('#')) return undefined
  let pattern = withoutTrailingSpaces(line)
  const negative = pattern.startsWith('!')
  if (negative) pattern = pattern.slice(1)
  const directoryOnly = pattern.endsWith('/')
  if (directoryOnly) pattern = pattern.slice(0, -1)
  if (pattern === '') return undefined
  const anchored = pattern.includes('/')
  const segments = splitPath(anchored ? pattern.replace(/^\//, '') : pattern)?.map((part) =>
    part === '**' && anchored ? ANY_DEPTH : parseSegment(part),
  )
  return segments && { negative, directoryOnly, anchored, segments }
}

/** The parts between slashes; a slash in a set of characters is one of them. `undefined` for a malformed pattern. */
function splitPath(pattern: string): readonly string[] | undefined {
  const parts: string[] = []
  let start = 0
  for (let i = 0; i < pattern.length; ) {
    const char = pattern[i]
    const isSlash = char === '/' || pattern.startsWith('\\/', i)
    const next = char === '[' ? parseSet(pattern, i + 1)?.end : i + (char === '\\' ? 2 : 1)
    if (next === undefined || next > pattern.length) return undefined
    if (isSlash) {
      parts.push(pattern.slice(start, i))
      start = next
    }
    i = next
  }
  return [...parts, pattern.slice(start)]
}

function withoutTrailingSpaces(line: string): string {
  let end = line.length
  while (end > 0 && line[end - 1] === ' ' && !isEscaped(line, end - 1)) end--
  return line.slice(0, end)
}

function isEscaped(line: string, at: number): boolean {
  let backslashes = 0
  while (line[at - backslashes - 1] === '\\') backslashes++
  return backslashes % 2 === 1
}

function parseSegment(part: string): Segment {
  if (!/[*?[\\]/.test(part)) return part
  const tokens: Token[] = []
  for (let i = 0; i < part.length; ) {
    const char = part[i]!
    if (char === '[') {
      const { set, end } = parseSet(part, i + 1)!
      tokens.push(set)
      i = end
    } else if (char === '\\') {
      tokens.push(part.charCodeAt(i + 1))
      i += 2
    } else {
      if (char !== '*' || tokens.at(-1) !== '*') tokens.push(char === '*' || char === '?' ? char : part.charCodeAt(i))
      i++
    }
  }
  return tokens
}

function parseSet(part: string, from: number): { set: CharacterSet; end: number } | undefined {
  const negated = part[from] === '!' || part[from] === '^'
  const ranges: CodeRange[] = []
  const first = negated ? from + 1 : from
  for (let i = first; i < part.length; ) {
    if (part[i] === ']' && i > first) return { set: { negated, ranges }, end: i + 1 }
    if (part.startsWith('[:', i)) {
      const end = part.indexOf(':]', i)
      const known = CLASSES[part.slice(i + 2, end)]
      if (end < 0 || !known) return undefined
      ranges.push(...known)
      i = end + 2
      continue
    }
    if (part[i] === '\\') i++
    const low = part.charCodeAt(i++)
    let high = low
    if (part[i] === '-' && i + 1 < part.length && part[i + 1] !== ']') {
      i += part[i + 1] === '\\' ? 2 : 1
      high = part.charCodeAt(i++)
    }
    ranges.push([low, high])
  }
  return undefined
}

const range = (low: string, high: string): CodeRange => [low.charCodeAt(0), high.charCodeAt(0)]
const LOWER = range('a', 'z')
const UPPER = range('A', 'Z')
const DIGIT = range('0', '9')
const PUNCTUATION = [range('!', '/'), range(':', '@'), range('[', '`'), range('{', '~')]

const CLASSES: Record<string, readonly CodeRange[]> = {
  alnum: [LOWER, UPPER, DIGIT],
  alpha: [LOWER, UPPER],
  blank: [range('\t', '\t'), range(' ', ' ')],
  cntrl: [range('\0', '\x1f'), range('\x7f', '\x7f')],
  digit: [DIGIT],
  graph: [range('!', '~')],
  lower: [LOWER],
  print: [range(' ', '~')],
  punct: PUNCTUATION,
  space: [range('\t', '\r'), range(' ', ' ')],
  upper: [UPPER],
  xdigit: [DIGIT, range('a', 'f'), range('A', 'F')],
}

/** Only the last `**` is ever tried again: what an earlier one could match, the later one can as well. */
function matchesPath(pattern: readonly Segment[], path: readonly string[]): boolean {
  let p = 0
  let s = 0
  let star = -1
  let resume = 0
  while (s < path.length) {
    const segment = pattern[p]
    if (segment === ANY_DEPTH) {
      star = p++
      resume = s
    } else if (segment !== undefined && matchesName(segment, path[s]!)) {
      p++
      s++
    } else if (star >= 0) {
      p = star + 1
      s = ++resume
    } else return false
  }
  return p === pattern.length
}

/** The same for `*` and characters. */
function matchesName(pattern: Segment, name: string): boolean {
  if (typeof pattern === 'string') return pattern === name
  if (pattern === ANY_DEPTH) return true
  let p = 0
  let s = 0
  let star = -1
  let resume = 0
  while (s < name.length) {
    const token = pattern[p]
    if (token === '*') {
      star = p++
      resume = s
    } else if (token !== undefined && matchesCharacter(token, name.charCodeAt(s))) {
      p++
      s++
    } else if (star >= 0) {
      p = star + 1
      s = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

function matchesCharacter(token: Exclude<Token, '*'>, code: number): boolean {
  if (token === '?') return true
  if (typeof token === 'number') return token === code
  return token.ranges.some(([low, high]) => code >= low && code <= high) !== token.negated
}
