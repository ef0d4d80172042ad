import type { Range, SourceFile } from '../model.js'

/** One argument of a directive, as written. */
export interface NginxWord extends Range {
  /** Without its quotes. */
  readonly value: string
}

/** A directive of nginx, wherever it stands in the file. */
export interface NginxDirective extends Range {
  readonly name: string
  readonly args: readonly NginxWord[]
  /** The names of the blocks around it, the outermost first. */
  readonly within: readonly string[]
}

/** A file of nginx's configuration, or a template of one. */
export interface NginxConfig {
  readonly file: SourceFile
  readonly directives: readonly NginxDirective[]
  /** What keeps it from being read for certain. */
  readonly problem: string | undefined
}

/** Nobody writes more than this by hand. */
const SIZE_LIMIT = 500_000
const DEPTH_LIMIT = 50

const memo = new WeakMap<SourceFile, NginxConfig>()

/** Reads a file of nginx's configuration. Never throws. Read once per file. */
export function parseNginx(file: SourceFile): NginxConfig {
  const known = memo.get(file) ?? read(file)
  memo.set(file, known)
  return known
}

/** White space, a comment, a text in quotes, a sign, or a plain word with the `${…}` that may stand in it. */
const TOKEN =
  /\s+|#[^\n]*|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|[{};]|(?:\$\{[^}\s]{0,100}\}|\\[\s\S]|[^\s{};"'\\])+/y

function read(file: SourceFile): NginxConfig {
  const { text } = file
  const directives: NginxDirective[] = []
  const broken = (problem: string): NginxConfig => ({ file, directives: [], problem })
  if (text.length > SIZE_LIMIT) return broken('it is larger than 500 kB')
  const within: string[] = []
  let words: NginxWord[] = []
  const finish = (end: number) => {
    const [name, ...args] = words
    if (name) directives.push({ name: name.value, args, within: [...within], start: name.start, end })
    return name?.value
  }
  TOKEN.lastIndex = text.startsWith('\uFEFF') ? 1 : 0
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex
    const token = TOKEN.exec(text)?.[0]
    if (token === undefined) return broken('a quote in it is never closed')
    if (/^[\s#]/.test(token)) continue
    if (token === ';' || token === '{') {
      const name = finish(start + 1)
      if (token === '{') within.push(name ?? '')
      words = []
    } else if (token === '}') {
      if (words.length > 0 || within.length === 0) return broken('its braces do not match')
      within.pop()
    } else {
      const value = /^["']/.test(token) ? token.slice(1, -1) : token
      words.push({ value, start, end: start + token.length })
    }
    if (within.length > DEPTH_LIMIT) return broken('it is nested too deeply')
    if (/^by_lua|_by_lua_block$/.test(within.at(-1) ?? '')) return broken('it holds programs in Lua')
  }
  if (within.length > 0 || words.length > 0) return broken('its braces do not match')
  return { file, directives, problem: undefined }
}
