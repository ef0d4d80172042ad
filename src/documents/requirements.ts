import type { Document, Range, SourceFile } from '../model.js'
import { lineAt, lineRange, lineStarts, textStart } from '../text.js'

/** One line as pip sees it: all its lines on disk, where `\` joins them, without the last line ending. */
interface Line extends Range {
  /** What it says, white space around it and the comment behind it left out. */
  readonly content: Range
  readonly comment: Range | undefined
}

export interface Specifier extends Range {
  readonly operator: string
  readonly version: string
}

export interface Hash extends Range {
  /** Algorithm and digest, e.g. `sha256:9f86…`. */
  readonly value: string
}

/** A package by name, to be found in an index. */
export interface Requirement extends Line {
  readonly kind: 'requirement'
  /** As indexes compare names: lower case, one `-` for every run of `-`, `_` and `.`. */
  readonly name: string
  readonly nameRange: Range
  /** As written. */
  readonly extras: readonly string[]
  /** The brackets, or the empty range behind the name where they would stand. */
  readonly extrasRange: Range
  readonly specifiers: readonly Specifier[]
  /** In one spelling, so that equal markers are equal strings. */
  readonly marker: string | undefined
  readonly hashes: readonly Hash[]
  /** What else is said to pip for this package alone, e.g. `--config-settings`. */
  readonly options: readonly string[]
  /** Comment lines right above that stand over this line and no other. */
  readonly heading: Range | undefined
  /** The lines that have no reason to stay without it: its own, its heading, and one empty line if it is a paragraph. */
  readonly paragraph: Range
}

/** A package that is named by where it lies: a URL, a repository, a path or a wheel. */
export interface DirectRequirement extends Line {
  readonly kind: 'direct'
  readonly name: string | undefined
  readonly marker: string | undefined
}

export interface Include extends Line {
  readonly kind: 'include'
  /** Whether it only constrains (`-c`). */
  readonly constraint: boolean
  /** Path or URL as written; a path is relative to this file. */
  readonly target: string
}

/** Options for the whole run of pip. */
export interface GlobalOptions extends Line {
  readonly kind: 'options'
  readonly options: readonly string[]
}

/** A line that pip would not accept, or that only the environment can explain. */
export interface UnknownLine extends Line {
  readonly kind: 'unknown'
}

export type RequirementsEntry = Requirement | DirectRequirement | Include | GlobalOptions | UnknownLine

export interface Requirements extends Document {
  readonly kind: 'requirements'
  readonly entries: readonly RequirementsEntry[]
  /** Whether pip checks every file against a hash. */
  readonly hashed: boolean
  /** The tool that writes this file and, if the file says so, what it is written from. */
  readonly compiled: { readonly by: string; readonly from: string | undefined } | undefined
}

/** Far beyond what people write; what is larger is somebody's attempt to keep us busy. */
const LARGEST = { file: 1 << 20, line: 4000, entries: 5000 }

/** Reads a requirements or constraints file the way pip does. Never throws. */
export function parseRequirements(file: SourceFile): Requirements {
  const { text } = file
  const problem = problemOf(text)
  if (problem) return { ...EMPTY, file, problems: [problem] }

  const lines = linesOf(text)
  const joined = joinedLines(text, lines)
  const comments = joined.flatMap(({ line }) => line.comment ?? [])
  const entries = joined.filter(({ joined }) => joined !== '').map((line) => entryOf(text, lines, line))
  if (entries.length > LARGEST.entries) return { ...EMPTY, file, problems: [TOO_LARGE] }
  const rejected = entries.filter((entry) => entry.kind === 'unknown' && !VARIABLE.test(textIn(text, entry.content)))
  return {
    kind: 'requirements',
    file,
    entries,
    comments,
    hashed: entries.some(
      (entry) =>
        (entry.kind === 'requirement' && entry.hashes.length > 0) ||
        (entry.kind === 'options' && entry.options.includes('--require-hashes')),
    ),
    compiled: compilerOf(text, comments, entries[0]?.start ?? text.length),
    problems:
      rejected.length * 2 > entries.length ? ['most of its lines are no requirements that pip would accept'] : [],
    oddities: rejected.map((entry) => `pip does not accept line ${lineOf(text, entry)}`),
  }
}

const EMPTY = {
  kind: 'requirements',
  entries: [],
  comments: [],
  hashed: false,
  compiled: undefined,
  oddities: [],
} as const

const TOO_LARGE = 'it is too large to be read for certain'

const VARIABLE = /\$\{[A-Z0-9_]+\}/

const NOT_REQUIREMENTS: readonly (readonly [RegExp, string])[] = [
  [/\0/, 'it is a binary file'],
  // pip ends a line at some of these, editors do not.
  [/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]/, 'it holds control characters'],
  [/\{\{|\{%|<%|@@\w+@@/, 'it is a template'],
  [/^(?:<{7} |>{7} |={7}\r?$)/m, 'it holds an unresolved merge conflict'],
  [/^(?:@EXPLICIT|# platform: \S+|# .*create an environment using.*)\r?$/m, 'it is a list of conda packages'],
  [/^\w[\w.-]*=[\w.!+-]+=\w+\r?$/m, 'it is a list of conda packages'],
  [/^-{3,} +-{3,}/m, 'it is the table that `pip list` prints'],
]

function problemOf(text: string): string | undefined {
  if (text.length > LARGEST.file) return TOO_LARGE
  return NOT_REQUIREMENTS.find(([pattern]) => pattern.test(text))?.[1]
}

/** A line of pip's: what it says with its continuations joined, and the way back from there to the file. */
interface JoinedLine {
  readonly line: Line
  /** Indices of its first and last line on disk. */
  readonly first: number
  readonly last: number
  readonly joined: string
  /** Where a range of `joined` stands in the file. */
  locate(start: number, end: number): Range
}

/** Lines on disk, without their endings and without the byte order mark. */
function linesOf(text: string): readonly Range[] {
  const lines = lineStarts(text).map((start) => lineRange(text, start))
  const [opening] = lines.splice(0, 1, { start: textStart(text), end: lines[0]!.end })
  // Behind the last line ending there is no line.
  return opening!.end < text.length && lines.at(-1)!.start === text.length ? lines.slice(0, -1) : lines
}

/** The lines as pip joins them. A comment line ends a continuation, even where it ends in `\` itself. */
function joinedLines(text: string, lines: readonly Range[]): readonly JoinedLine[] {
  const joined: JoinedLine[] = []
  let first = 0
  for (const [last, line] of lines.entries()) {
    if (goesOn(text, line) && last < lines.length - 1) continue
    joined.push(joinedLine(text, lines, first, last))
    first = last + 1
  }
  return joined
}

function joinedLine(text: string, lines: readonly Range[], first: number, last: number): JoinedLine {
  let whole = ''
  const froms: number[] = []
  const pieces = lines.slice(first, last + 1).map((line) => {
    // pip sets a space before a comment line, so that it is still one behind a continuation.
    if (isComment(text, line)) whole += ' '
    const piece = isComment(text, line) ? line : withoutBackslashes(text, line)
    froms.push(whole.length)
    whole += textIn(text, piece)
    return piece
  })
  const at = (index: number) => {
    const piece = lineAt(froms, index)
    return pieces[piece]!.start + Math.max(0, index - froms[piece]!)
  }
  const locate = (start: number, end: number) => ({ start: at(start), end: end > start ? at(end - 1) + 1 : at(start) })

  const hash = commentStart(whole)
  const said = whole.slice(0, hash)
  const indent = said.length - said.trimStart().length
  const joined = said.trim()
  return {
    line: {
      start: lines[first]!.start,
      end: lines[last]!.end,
      content: locate(indent, indent + joined.length),
      comment: hash === undefined ? undefined : locate(hash, whole.trimEnd().length),
    },
    first,
    last,
    joined,
    locate: (start, end) => locate(indent + start, indent + end),
  }
}

function goesOn(text: string, line: Range | undefined): boolean {
  return line !== undefined && text[line.end - 1] === '\\' && !isComment(text, line)
}

function isComment(text: string, line: Range): boolean {
  return textIn(text, line).trimStart().startsWith('#')
}

/** A line that goes on, without the backslashes at both its ends; any other line as it is. */
function withoutBackslashes(text: string, { start, end }: Range): Range {
  if (text[end - 1] !== '\\') return { start, end }
  let [first, last] = [start, end]
  while (last > first && text[last - 1] === '\\') last--
  while (last > first && text[first] === '\\') first++
  return { start: first, end: last }
}

/** A `#` begins a comment at the start of a line and behind white space only. */
function commentStart(line: string): number | undefined {
  for (let i = line.indexOf('#'); i >= 0; i = line.indexOf('#', i + 1)) {
    if (i === 0 || line[i - 1]!.trim() === '') return i
  }
  return undefined
}

const NAME = '[A-Za-z0-9](?:[\\w.-]*[A-Za-z0-9])?'
const MARKER = '(?:;(?<marker>.*))?'
const BY_NAME = new RegExp(
  `^(?<name>${NAME})\\s*(?:\\[(?<extras>[^\\]]*)\\])?\\s*(?:\\((?<inside>[^();]*)\\)|(?<plain>[^();]*))\\s*${MARKER}$`,
  'd',
)
const BY_PLACE = new RegExp(`^(?<name>${NAME})\\s*(?:\\[[^\\]]*\\])?\\s*@\\s*\\S+(?:\\s+${MARKER})?$`)
const WEB_ADDRESS = /^(?:https?|ftp|file|ssh|sftp|(?:git|hg|svn|bzr)(?:\+\w+)?):/i
const PATH = /^\.|[/\\]|\.(?:whl|zip|tgz|tbz|txz|tlz|tar|tar\.(?:gz|bz2|xz|lz|lzma))$/i

function entryOf(text: string, lines: readonly Range[], joinedLine: JoinedLine): RequirementsEntry {
  const { line, joined } = joinedLine
  // pip divides a line at the first space that a dash follows.
  const dash = joined.startsWith('-') ? 0 : joined.indexOf(' -')
  const said = (dash < 0 ? joined : joined.slice(0, dash)).trimEnd()
  const words = dash < 0 ? [] : wordsOf(joined, dash)
  if (said === '') return optionsEntry(line, words)
  const direct = directEntry(line, said)
  if (direct) return direct
  const requirement = said.length <= LARGEST.line && requirementParts(said, words, joinedLine.locate)
  if (!requirement) return { ...line, kind: 'unknown' }
  return { ...line, ...requirement, ...ownLines(text, lines, joinedLine) }
}

function directEntry(line: Line, said: string): DirectRequirement | undefined {
  if (said.length > LARGEST.line) return undefined
  const named = BY_PLACE.exec(said)?.groups
  if (named) return { ...line, kind: 'direct', name: normalName(named.name!), marker: normalMarker(named.marker) }
  const isUrl = WEB_ADDRESS.test(said)
  const [place = '', ...marker] = said.split(isUrl ? /\s;/ : ';')
  if (!isUrl && !PATH.test(place.trim().replace(/\[[^\]]*\]$/, ''))) return undefined
  return { ...line, kind: 'direct', name: nameInPlace(place), marker: normalMarker(marker.join(';')) }
}

function requirementParts(
  said: string,
  words: readonly Word[],
  locate: JoinedLine['locate'],
): Omit<Requirement, keyof Line | 'heading' | 'paragraph'> | undefined {
  const match = BY_NAME.exec(said)
  if (!match) return undefined
  const { name = '', extras = '', inside, plain = '', marker } = match.groups!
  const at = match.indices!.groups!
  const specifiers = specifiersOf(inside ?? plain, (at.inside ?? at.plain!)[0], locate)
  if (!specifiers) return undefined
  const nameRange = locate(0, name.length)
  return {
    kind: 'requirement',
    name: normalName(name),
    nameRange,
    extras: extras.split(',').flatMap((extra) => extra.trim() || []),
    extrasRange: at.extras ? locate(at.extras[0] - 1, at.extras[1] + 1) : { start: nameRange.end, end: nameRange.end },
    specifiers,
    marker: normalMarker(marker),
    ...hashesOf(words, locate),
  }
}

const SPECIFIER = /^(\s*)(===|~=|==|!=|<=|>=|<|>)\s*([^\s,;()<>=!~]+)\s*$/

/** The specifiers, or `undefined` if one is none. A comma behind the last one does no harm. */
function specifiersOf(list: string, offset: number, locate: JoinedLine['locate']): readonly Specifier[] | undefined {
  const specifiers: Specifier[] = []
  const pieces = list.trim() === '' ? [] : list.replace(/,\s*$/, '').split(',')
  for (const piece of pieces) {
    const match = SPECIFIER.exec(piece)
    if (!match) return undefined
    const start = offset + match[1]!.length
    specifiers.push({ ...locate(start, offset + piece.trimEnd().length), operator: match[2]!, version: match[3]! })
    offset += piece.length + 1
  }
  return specifiers
}

/** A word of options, quotes taken off. */
interface Word {
  readonly value: string
  readonly start: number
  readonly end: number
}

function wordsOf(joined: string, from: number): readonly Word[] {
  const words = joined.slice(from).matchAll(/(?:[^ \t"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])+/g)
  return [...words].map((match) => ({
    value: match[0].replace(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g,
      (_, double, single, one) => double ?? single ?? one,
    ),
    start: from + match.index,
    end: from + match.index + match[0].length,
  }))
}

function hashesOf(words: readonly Word[], locate: JoinedLine['locate']): Pick<Requirement, 'hashes' | 'options'> {
  const hashes: Hash[] = []
  const options: string[] = []
  for (let i = 0; i < words.length; i++) {
    const { value, start } = words[i]!
    if (value !== '--hash' && !value.startsWith('--hash=')) options.push(value)
    else if (value !== '--hash') hashes.push({ ...locate(start, words[i]!.end), value: value.slice('--hash='.length) })
    else if (words[++i]) hashes.push({ ...locate(start, words[i]!.end), value: words[i]!.value })
  }
  return { hashes, options }
}

/** The options that name a file or a package; each also takes its value behind `=` or, if short, without a space. */
const NAMING = /^(?:(-[rce])|(--requirement|--constraint|--editable)(?==|$))=?(.*)$/s

function optionsEntry(line: Line, words: readonly Word[]): Include | DirectRequirement | GlobalOptions {
  for (const [i, { value }] of words.entries()) {
    const [, short, long, attached] = NAMING.exec(value) ?? []
    const option = short ?? long
    if (!option) continue
    const target = attached || (words[i + 1]?.value ?? '')
    if (option === '-e' || option === '--editable') {
      const named = BY_PLACE.exec(target)?.groups?.name
      return { ...line, kind: 'direct', name: named ? normalName(named) : nameInPlace(target), marker: undefined }
    }
    return { ...line, kind: 'include', constraint: option === '-c' || option === '--constraint', target }
  }
  return { ...line, kind: 'options', options: words.map(({ value }) => value) }
}

/** The name that a URL, a path or a wheel says it holds. */
function nameInPlace(place: string): string | undefined {
  const name = /[#&]egg=([\w.-]+)/.exec(place)?.[1] ?? /([^/\\]+?)-\d[^/\\]*\.whl(?:$|[#?[\s])/i.exec(place)?.[1]
  return name && normalName(name)
}

/** A package name as indexes compare it. */
export function normalName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}

/** A marker in one spelling: one space between its words, double quotes. */
function normalMarker(marker = ''): string | undefined {
  return marker
    .match(/"[^"]*"|'[^']*'|[\w.]+|[<>=!~]+|\S/g)
    ?.map((word) => word.replace(/^'([^"]*)'$/, '"$1"'))
    .join(' ')
}

/** Which comment lines and which empty line belong to a requirement alone. */
function ownLines(
  text: string,
  lines: readonly Range[],
  { line, first, last }: JoinedLine,
): Pick<Requirement, 'heading' | 'paragraph'> {
  const isEmpty = (index: number) => lines[index] === undefined || textIn(text, lines[index]).trim() === ''
  // Below a `\`, a comment belongs to the line that went on.
  const isOwn = (index: number) => isComment(text, lines[index]!) && !goesOn(text, lines[index - 1])
  let top = first
  while (top > 0 && isOwn(top - 1)) top--
  const above = lines.slice(top, first)
  // What opens the file speaks of all of it; a requirement that was taken out of use speaks for itself.
  const isProseOnly = above.every((comment) => isProse(textIn(text, comment)))
  const below = lines[last + 1]
  // Over several lines without a gap a comment may be a title; where the next comment follows, it is not.
  const isLast = isEmpty(last + 1) || (isComment(text, below!) && isSentence(textIn(text, below!)))
  const heading =
    above.length > 0 && top > 0 && isProseOnly && isLast
      ? { start: above[0]!.start, end: above.at(-1)!.end }
      : undefined
  const own = { start: heading?.start ?? line.start, end: line.end }
  const isParagraph = isEmpty(top - 1) && isEmpty(last + 1) && (above.length === 0 || heading !== undefined)
  if (!isParagraph) return { heading, paragraph: own }
  return {
    heading,
    paragraph: below ? { ...own, end: below.end } : { ...own, start: lines[Math.max(0, top - 1)]!.start },
  }
}

/** Whether a comment is words for people: no ruler, and no requirement or option that was taken out of use. */
function isProse(comment: string): boolean {
  const words = comment.trim().replace(/^#+\s*/, '')
  return /\p{L}/u.test(words) && !/^-{1,2}\w|^[\w.-]+\s*(?:\[[^\]]*\]\s*)?(?:[=!~<>]=|[<>@])/.test(words)
}

/** Whether a comment is prose of more than a word: a word alone may be a package that was taken out of use. */
function isSentence(comment: string): boolean {
  return isProse(comment) && /[^#\s]\s+\S/.test(comment)
}

const COMPILERS: readonly (readonly [RegExp, string])[] = [
  [/generated by pip-compile/i, 'pip-compile'],
  [/generated by uv\b/i, 'uv'],
  [/generated by pdm\b/i, 'pdm'],
  [/generated (?:by|with|using|via|from)\b|do not edit/i, 'a tool'],
]

function compilerOf(text: string, comments: readonly Range[], headEnd: number): Requirements['compiled'] {
  const head = comments.filter(({ end }) => end <= headEnd).map((comment) => textIn(text, comment))
  const by = COMPILERS.find(([pattern]) => head.some((comment) => pattern.test(comment)))?.[1]
  const isLock = comments.some((comment) => /^#\s*via(?:\s|$)/.test(textIn(text, comment)))
  if (!by && !isLock) return undefined
  const from = /[\w./-]+\.in\b|\bpyproject\.toml\b|\bsetup\.(?:py|cfg)\b/.exec(head.join('\n'))?.[0]
  return { by: by ?? 'a tool', from }
}

function lineOf(text: string, { start }: Range): number {
  return lineAt(lineStarts(text), start) + 1
}

function textIn(text: string, { start, end }: Range): string {
  return text.slice(start, end)
}
