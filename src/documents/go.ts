import type { Range, SourceFile } from '../model.js'
import { lineStarts } from '../text.js'
import { blank } from './shell.js'

/** A text in quotes, with what it says. */
export interface GoText extends Range {
  readonly value: string
}

/** What a Go file says about the program it is part of. */
export interface GoFile {
  readonly package: string | undefined
  readonly imports: readonly GoText[]
  /** Every text of the file but those of its imports. */
  readonly texts: readonly GoText[]
  /** The patterns of `//go:embed`. */
  readonly embeds: readonly string[]
  /** Whether `#cgo` links it with more than the C library. */
  readonly linksWithSystem: boolean
  /** The file without its comments and without what its texts say, at the same offsets. */
  readonly code: string
  /** Whether a build for Linux leaves the file out: a test, another system, or `//go:build ignore`. */
  readonly left: boolean
}

/** What is larger was made by a program. */
const LARGEST = 1 << 20

const memo = new WeakMap<SourceFile, GoFile>()

/**
 * Reads a Go file as far as texts, comments and imports go, which is what can be had without its grammar. Read once per
 * file; `undefined` for one that is too large to be somebody's work.
 */
export function goFile(file: SourceFile): GoFile | undefined {
  if (file.text.length > LARGEST) return undefined
  const known = memo.get(file) ?? parseGo(file)
  memo.set(file, known)
  return known
}

function parseGo({ path, text }: SourceFile): GoFile {
  const { code, texts, comments } = scan(text)
  const clauses = importClauses(code)
  const isImport = ({ start }: Range) => clauses.some((clause) => start >= clause.start && start < clause.end)
  return {
    package: /(?:^|\n)\uFEFF?[ \t]*package[ \t]+(\w+)/.exec(code)?.[1],
    imports: texts.filter(isImport),
    texts: texts.filter((each) => !isImport(each)),
    embeds: comments.flatMap((comment) => {
      const [, patterns] = /^\/\/go:embed[ \t]+(.*)$/.exec(comment) ?? []
      return (patterns ?? '').split(/\s+/).flatMap((word) => unquoted(word) || [])
    }),
    linksWithSystem: comments.some((comment) => comment.split('\n').some(linksWithMore)),
    code,
    left: isLeftOut(path, comments),
  }
}

/** `#cgo` with libraries, or with a tool that says which; but not the C library and its parts. */
function linksWithMore(line: string): boolean {
  return line.includes('#cgo') && /\bpkg-config:|[ \t:=]-l(?!(c|m|dl|pthread|rt)\b)/.test(line)
}

/** Systems that a file may be for, by the end of its name. */
const ELSEWHERE = /_(windows|darwin|freebsd|netbsd|openbsd|solaris|plan9|js|wasm|ios|android|aix)(_\w+)?\.go$/

function isLeftOut(path: string, comments: readonly string[]): boolean {
  return (
    /_test\.go$/.test(path) ||
    ELSEWHERE.test(path) ||
    comments.some((comment) => /^\/\/go:build[ \t]+(ignore|windows|darwin|tools)[ \t\r]*$/.test(comment))
  )
}

/** Splits a file into code, texts and comments, in one pass. */
function scan(text: string): { code: string; texts: readonly GoText[]; comments: readonly string[] } {
  const pieces: string[] = []
  const texts: GoText[] = []
  const comments: string[] = []
  const opening = /\/[/*]|["'`]/g
  let done = 0
  for (let match = opening.exec(text); match; match = opening.exec(text)) {
    const start = match.index
    const end = endOf(text, start, match[0])
    pieces.push(text.slice(done, start))
    if (match[0].startsWith('/')) {
      comments.push(text.slice(start, end).trimEnd())
      pieces.push(blank(text.slice(start, end)))
    } else {
      const inner = text.slice(start + 1, end - 1)
      if (match[0] !== "'") texts.push({ start, end, value: match[0] === '`' ? inner : unescaped(inner) })
      pieces.push(end - start < 2 ? match[0] : match[0] + blank(inner) + match[0])
    }
    done = end
    opening.lastIndex = end
  }
  return { code: pieces.join('') + text.slice(done), texts, comments }
}

/** Where a comment or text ends; one that nobody closes ends with its line, or with the file. */
function endOf(text: string, start: number, opening: string): number {
  const behind = (closing: string, from: number) => {
    const at = text.indexOf(closing, from)
    return at < 0 ? text.length : at + closing.length
  }
  if (opening === '//') {
    const newline = text.indexOf('\n', start)
    return newline < 0 ? text.length : newline
  }
  if (opening === '/*') return behind('*/', start + 2)
  if (opening === '`') return behind('`', start + 1)
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === opening) return i + 1
    else if (text[i] === '\n') return i
  }
  return text.length
}

function unescaped(inner: string): string {
  return inner.replace(/\\(["\\])/g, '$1')
}

function unquoted(word: string): string {
  return word.replace(/^(["`])(.*)\1$/, '$2')
}

/** `import "x"`, and `import ( … )`, which hold nothing but names and texts. */
function importClauses(code: string): readonly Range[] {
  const clauses: Range[] = []
  for (const { index } of code.matchAll(/(?:^|[\n;])[ \t]*import\b/g)) {
    const start = code.indexOf('import', index) + 'import'.length
    if (start < (clauses.at(-1)?.end ?? 0)) continue
    const line = code.indexOf('\n', start)
    const isList = /^[ \t]*\(/.test(code.slice(start, start + 80))
    const end = isList ? code.indexOf(')', start) : line
    clauses.push({ start, end: end < 0 ? code.length : end })
  }
  return clauses
}

/** The parts of a go.mod that say what belongs to a program. */
export interface GoModule {
  readonly path: string
  /** Of all modules it requires, directly or not. */
  readonly requires: readonly GoText[]
}

/** Reads a go.mod; `undefined` if it names no module. */
export function goModule({ text }: SourceFile): GoModule | undefined {
  if (text.length > LARGEST) return undefined
  let path: string | undefined
  let block: string | undefined
  const requires: GoText[] = []
  for (const start of lineStarts(text)) {
    const newline = text.indexOf('\n', start)
    const line = text.slice(start, newline < 0 ? text.length : newline).replace(/\/\/.*$/, '')
    const words = line.trim().split(/\s+/)
    if (words[0] === ')') block = undefined
    else if (words[1] === '(') block = words[0]
    else {
      const [verb, subject] = block === undefined ? words : [block, words[0]]
      if (verb === 'module' && subject) path = unquoted(subject)
      if (verb === 'require' && subject) {
        const at = start + line.indexOf(subject)
        requires.push({ value: unquoted(subject), start: at, end: at + subject.length })
      }
    }
  }
  return path === undefined ? undefined : { path, requires }
}
