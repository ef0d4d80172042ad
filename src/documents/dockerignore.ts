/**
 * What a `.dockerignore` keeps out of a build: patterns start at the context, the last one that matches wins, and a
 * folder takes all that is in it along. Matching takes time linear in pattern times name: both are a stranger's.
 */

interface Rule {
  readonly negative: boolean
  readonly segments: readonly string[]
}

/** Whether the lines of an ignore file keep a path, as seen from the context, out of the build. */
export function isDockerignored(text: string, path: string): boolean {
  const parts = path.split('/')
  let ignored = false
  for (const { negative, segments } of rulesOf(text)) {
    if (ignored !== negative) continue
    if (parts.some((_, depth) => matchesPath(segments, parts.slice(0, depth + 1)))) ignored = !negative
  }
  return ignored
}

const memo = new Map<string, readonly Rule[]>()

/** Far beyond what people write. */
const MOST = { rules: 2_000, remembered: 16 }

function rulesOf(text: string): readonly Rule[] {
  const known = memo.get(text)
  if (known) return known
  const rules = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/, MOST.rules)
    .flatMap((line) => ruleOf(line) ?? [])
  if (memo.size >= MOST.remembered) memo.clear()
  memo.set(text, rules)
  return rules
}

function ruleOf(line: string): Rule | undefined {
  // Only in the first column does # begin a comment.
  if (line.startsWith('#')) return undefined
  const written = line.trim()
  const negative = written.startsWith('!')
  const segments: string[] = []
  for (const segment of (negative ? written.slice(1).trim() : written).split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(...spread(segment))
  }
  return segments.length > 0 ? { negative, segments } : undefined
}

/** `**x` is any depth and then `*x`. */
function spread(segment: string): readonly string[] {
  if (segment === '**' || !segment.includes('**')) return [segment]
  const [before = '', after = ''] = segment.split(/\*\*(.*)/s)
  return [...(before ? [`${before}*`] : []), '**', ...(after ? [`*${after}`] : [])]
}

function matchesPath(segments: readonly string[], parts: readonly string[]): boolean {
  // reach[i]: whether the segments so far can have used up the first i parts.
  let reach = parts.map(() => false)
  reach.unshift(true)
  for (const segment of segments) {
    const next = reach.map(() => false)
    if (segment === '**') {
      const first = reach.indexOf(true)
      for (let i = first; i >= 0 && i < next.length; i++) next[i] = true
    } else {
      for (let i = 0; i < parts.length; i++) if (reach[i] && matchesGlob(segment, parts[i]!)) next[i + 1] = true
    }
    reach = next
  }
  return reach.at(-1)!
}

/** Whether a name fits a pattern with `*`, `?` and `[…]`, as COPY and ignore files use them. */
export function matchesGlob(pattern: string, name: string): boolean {
  const tokens = [...pattern.matchAll(/\\?(\[\^?[^\]]*\])|\\(.)|(.)/gs)]
  let t = 0
  let star = -1
  let mark = 0
  for (let i = 0; i < name.length; ) {
    const token = tokens[t]
    if (token?.[3] === '*') {
      star = t++
      mark = i
    } else if (token && fits(token, name[i]!)) {
      t++
      i++
    } else if (star >= 0) {
      t = star + 1
      i = ++mark
    } else return false
  }
  while (tokens[t]?.[3] === '*') t++
  return t === tokens.length
}

function fits([, set, escaped, plain]: RegExpMatchArray, character: string): boolean {
  if (escaped !== undefined) return escaped === character
  if (set === undefined) return plain === '?' || plain === character
  const negated = set[1] === '^'
  const body = set.slice(negated ? 2 : 1, -1)
  let inside = false
  for (let i = 0; i < body.length; i++) {
    const last = body[i + 1] === '-' && i + 2 < body.length ? body[i + 2]! : body[i]!
    if (body[i]! <= character && character <= last) inside = true
    if (last !== body[i]) i += 2
  }
  return inside !== negated
}
