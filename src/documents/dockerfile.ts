import { DockerfileParser } from 'dockerfile-ast'
import type { Document, Range, SourceFile } from '../model.js'
import { lineAt, lineStarts, textStart } from '../text.js'
import { continues, type HereDocument, scanHereDocuments } from './here-documents.js'
import { blank, parseShell, type Shell } from './shell.js'

export type { HereDocument } from './here-documents.js'
export type { Shell, ShellChain, ShellCommand, ShellStep, ShellWord } from './shell.js'

export interface Word extends Range {
  /** The word as it stands; in JSON form, the decoded string. */
  readonly value: string
}

export interface Flag extends Range {
  /** Without the leading dashes, e.g. `chown`. */
  readonly name: string
  readonly value: string | undefined
}

/** An instruction from its keyword to the end of its last line, here-documents included, without the line ending. */
export interface Instruction extends Range {
  /** Position in {@link Dockerfile.instructions}. */
  readonly index: number
  /** In capitals. */
  readonly keyword: string
  /** What follows keyword and flags; empty at the end of the keyword if there is nothing. */
  readonly args: Range
  readonly flags: readonly Flag[]
  /** The arguments split at white space, comment lines and continuations left out; in JSON form its strings. */
  readonly words: readonly Word[]
  /** Whether the arguments are a JSON array of strings. */
  readonly json: boolean
  readonly hereDocuments: readonly HereDocument[]
  /** Index of its stage, or -1 before the first FROM. */
  readonly stage: number
}

export interface Stage {
  readonly index: number
  /** In lower case, as builders compare them. */
  readonly name: string | undefined
  readonly from: Instruction
  /** FROM itself and everything up to the next FROM. */
  readonly instructions: readonly Instruction[]
  /** The image or stage it starts from, as written. */
  readonly base: Word
  /** The base with its variables filled in, or `undefined` if they cannot be known. */
  readonly image: string | undefined
  /** The stage it starts from, if it is one of this file. */
  readonly parent: Stage | undefined
}

export interface Dockerfile extends Document {
  readonly kind: 'dockerfile'
  readonly escape: string
  readonly instructions: readonly Instruction[]
  readonly stages: readonly Stage[]
  /** Text with variables filled in as they are right before an instruction; `undefined` if one cannot be known. */
  expand(text: string, before: Instruction): string | undefined
  /** The shell text of a RUN, or of a CMD, ENTRYPOINT or HEALTHCHECK in shell form. Parsed once. */
  shell(instruction: Instruction): Shell
}

const KNOWN = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
)
const WITH_JSON = new Set(['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME'])
const WITH_FLAGS = new Set(['ADD', 'COPY', 'FROM', 'HEALTHCHECK', 'RUN'])
const WITH_SHELL = new Set(['RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK'])
const QUOTED = new Set(['ENV', 'LABEL', 'ARG'])

/** Far beyond what people write; what is larger is somebody's attempt to keep us busy. */
const LARGEST = { characters: 4 << 20, lines: 60_000, instructions: 20_000 }

/** What Linux takes as one argument, and so the longest text that `sh -c` can be given. */
const LONGEST_SHELL = 128 * 1024

/** Reads a Dockerfile. Never throws: what cannot be read for certain is a problem of the result. */
export function parseDockerfile(file: SourceFile): Dockerfile {
  try {
    if (file.text.length > LARGEST.characters) return unreadable(file, 'it is larger than 4 MiB')
    if (lineStarts(file.text).length > LARGEST.lines) return unreadable(file, 'it has more than 60,000 lines')
    return read(file)
  } catch (error) {
    return unreadable(file, `the parser gave up: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function unreadable(file: SourceFile, problem: string): Dockerfile {
  return {
    kind: 'dockerfile',
    file,
    escape: '\\',
    comments: [],
    problems: [problem],
    oddities: [],
    instructions: [],
    stages: [],
    expand: () => undefined,
    shell: () => ({ commands: [], chains: [], errors: [] }),
  }
}

function read(file: SourceFile): Dockerfile {
  const { text } = file
  const starts = lineStarts(text)
  const escapeWith =
    /^\uFEFF?(?:[ \t]*#[ \t]*\w+[ \t]*=.*\r?\n)*[ \t]*#[ \t]*escape[ \t]*=[ \t]*([\\`])/i.exec(text)?.[1] ?? '\\'
  const { hereDocuments, problems } = scanHereDocuments(text, starts, escapeWith)
  const inBody = (offset: number) => hereDocuments.some(({ body, end }) => offset >= body.start && offset <= end)

  const masked = mask(text, starts, hereDocuments, escapeWith)
  const offsetOf = ({ line, character }: { line: number; character: number }) => starts[line]! + character
  const comments = starts.flatMap((start, i) => {
    const line = text.slice(start, starts[i + 1] ?? text.length).replace(/[\r\n]+$/, '')
    const indent = line.search(/\S/)
    const isComment = line.startsWith('#', indent) || (start === 0 && line.startsWith('\uFEFF#'))
    return isComment && !inBody(start)
      ? [{ start: start + Math.max(indent, textStart(line)), end: start + line.length }]
      : []
  })

  const instructions: Instruction[] = []
  let stage = -1
  for (const parsed of DockerfileParser.parse(masked).getInstructions()) {
    const range = parsed.getRange()
    const start = offsetOf(range.start)
    const own = hereDocuments.filter(({ operator }) => operator.start >= start && operator.end <= offsetOf(range.end))
    const keyword = parsed.getKeyword()
    if (keyword === 'FROM') stage++
    // The parser's own ranges of arguments cost more than everything else together.
    const keywordEnd = offsetOf(parsed.getInstructionRange().end)
    const all = { start: keywordEnd, end: offsetOf(range.end) }
    instructions.push({
      index: instructions.length,
      keyword,
      start,
      end: own.at(-1)?.end ?? all.end,
      stage,
      hereDocuments: own,
      ...argumentsOf(keyword, joined(text, all, escapeWith), all),
    })
  }

  if (instructions.length > LARGEST.instructions) return unreadable(file, 'it has more than 20,000 instructions')

  const variables = new Variables()
  const stages: Stage[] = []
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') stages.push(stageOf(instruction, instructions, stages, variables))
    variables.learn(instruction, stages.at(-1))
  }
  const shells = new Map<Instruction, Shell>()
  const shell = (instruction: Instruction) => {
    const known = shells.get(instruction) ?? shellOf(text, instruction, escapeWith)
    shells.set(instruction, known)
    return known
  }
  return {
    kind: 'dockerfile',
    file,
    escape: escapeWith,
    comments,
    problems: problems.length > 0 ? problems : problemsOf(file, instructions, stages, comments, escapeWith),
    get oddities() {
      return instructions.flatMap((instruction) => [...shell(instruction).errors])
    },
    instructions,
    stages,
    expand: (words, before) => variables.expand(words, stages[before.stage], before.index),
    shell,
  }
}

/**
 * The text as dockerfile-ast reads it right, same length, so that offsets hold: without byte order mark, here-documents
 * and doubled escape characters at a line's end (which it takes for continuations, and builders do not).
 */
function mask(
  text: string,
  starts: readonly number[],
  hereDocuments: readonly HereDocument[],
  escapeWith: string,
): string {
  const pieces: string[] = []
  let done = 0
  const put = (range: Range, replacement: string) => {
    pieces.push(text.slice(done, range.start), replacement)
    done = range.end
  }
  if (textStart(text) > 0) put({ start: 0, end: 1 }, ' ')
  const changes: { range: Range; with: string }[] = []
  for (const { operator, body, end } of hereDocuments) {
    changes.push({ range: operator, with: 'x'.repeat(operator.end - operator.start) })
    changes.push({ range: { start: body.start, end }, with: blank(text.slice(body.start, end)) })
  }
  starts.forEach((start, i) => {
    const line = text.slice(start, starts[i + 1] ?? text.length).replace(/[ \t\r\n]+$/, '')
    if (!line.endsWith(escapeWith + escapeWith)) return
    const end = start + line.length
    if (hereDocuments.some(({ body, end: last }) => start >= body.start && start <= last)) return
    changes.push({ range: { start: end - 2, end }, with: 'xx' })
  })
  for (const change of changes.sort((a, b) => a.range.start - b.range.start)) put(change.range, change.with)
  // Operators that are left stand in quotes or comments, where dockerfile-ast sees here-documents that are none; and of
  // thousands of flags it makes minutes of work, although nobody asks it for them.
  return (pieces.join('') + text.slice(done)).replace(/<<|--/g, 'xx')
}

/** A range's text with continuations, and the comment and blank lines among them, turned into spaces. */
function joined(text: string, range: Range, escapeWith: string): string {
  const lines = text.slice(range.start, range.end).split(/(?<=\n)|(?<=\r)(?!\n)/)
  return lines
    .map((line, i) => {
      const content = line.replace(/[\r\n]+$/, '')
      if (i > 0 && /^\s*(#|$)/.test(content)) return ' '.repeat(line.length)
      if (!continues(content, escapeWith)) return line
      const kept = content.replace(/[ \t]+$/, '').slice(0, -1)
      return kept + ' '.repeat(line.length - kept.length)
    })
    .join('')
}

/** Splits joined arguments into flags and words. */
function argumentsOf(
  keyword: string,
  text: string,
  range: Range,
): Pick<Instruction, 'args' | 'flags' | 'words' | 'json'> {
  const flags: Flag[] = []
  let at = 0
  const flag = /\s*--([a-z][\w-]*)(?:=("[^"]*"|'[^']*'|\S*))?(?=\s|$)/iy
  for (let match = WITH_FLAGS.has(keyword) ? flag.exec(text) : null; match; match = flag.exec(text)) {
    const start = range.start + match.index + match[0].indexOf('--')
    flags.push({
      name: match[1]!.toLowerCase(),
      value: match[2]?.replace(/^(["'])(.*)\1$/, '$2'),
      start,
      end: range.start + flag.lastIndex,
    })
    at = flag.lastIndex
  }
  const rest = text.slice(at)
  const start = range.start + at + (rest.length - rest.trimStart().length)
  const body = text.slice(start - range.start).trimEnd()
  const args = { start, end: start + body.length }
  const strings = WITH_JSON.has(keyword) ? jsonStrings(body, args.start) : undefined
  if (strings) return { args, flags, words: strings, json: true }
  return { args, flags, words: splitWords(body, args.start, QUOTED.has(keyword)), json: false }
}

function splitWords(text: string, offset: number, quoted: boolean): readonly Word[] {
  // A quote that nobody closes goes on to the end, as it does for builders.
  const word = quoted ? /(?:"(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$)|\\.|[^\s"'])+/gs : /\S+/g
  return [...text.matchAll(word)].map((match) => ({
    value: match[0],
    start: offset + match.index,
    end: offset + match.index + match[0].length,
  }))
}

/** The strings of a JSON array with their places, or `undefined` if it is none: then the text is shell form. */
function jsonStrings(text: string, offset: number): readonly Word[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const values: unknown = JSON.parse(text)
    if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) return undefined
  } catch {
    return undefined
  }
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].map((match) => ({
    value: JSON.parse(match[0]) as string,
    start: offset + match.index,
    end: offset + match.index + match[0].length,
  }))
}

function stageOf(
  from: Instruction,
  all: readonly Instruction[],
  earlier: readonly Stage[],
  variables: Variables,
): Stage {
  const [base = { value: '', start: from.args.start, end: from.args.start }, as, name] = from.words
  const next = all.find((instruction) => instruction.stage === from.stage + 1)
  const parent = earlier.findLast((stage) => stage.name !== undefined && stage.name === base.value.toLowerCase())
  return {
    index: from.stage,
    name: as?.value.toLowerCase() === 'as' ? name?.value.toLowerCase() : undefined,
    from,
    instructions: all.slice(from.index, next?.index ?? all.length),
    base,
    image: variables.expand(base.value, undefined, from.index),
    parent,
  }
}

interface Assignment {
  readonly index: number
  /** `undefined`: set, but to what cannot be known. */
  readonly value: string | undefined
  readonly inherited: boolean
}

/** ARG and ENV in one pass: what each variable holds, from which instruction on, in which stage. */
class Variables {
  readonly #global = new Map<string, Assignment[]>()
  readonly #stages = new Map<Stage, Map<string, Assignment[]>>()

  learn(instruction: Instruction, stage: Stage | undefined): void {
    if (instruction.keyword !== 'ARG' && instruction.keyword !== 'ENV') return
    const known = stage ? this.#of(stage) : this.#global
    const inherited = instruction.keyword === 'ENV'
    // Of a name that is set twice the last value counts.
    for (const [name, raw] of new Map(pairsOf(instruction))) {
      const fallback = stage && !inherited ? this.#global.get(name)?.at(-1)?.value : undefined
      const value = raw === undefined ? fallback : this.expand(unquote(raw), stage, instruction.index)
      // An ENV wins over an ARG of the same name, wherever it stands, in a stage below too.
      if (!inherited && this.#lookup(name, stage, instruction.index)?.inherited) continue
      const assignments = known.get(name) ?? []
      assignments.push({ index: instruction.index, value, inherited })
      known.set(name, assignments)
    }
  }

  /** Fills in variables; `undefined` if one is unknown, or the text outgrows all reason. */
  expand(text: string, stage: Stage | undefined, index: number): string | undefined {
    let known = true
    const result = text.replace(VARIABLE, (whole, escaped, name, braced, operator, word) => {
      if (escaped) return whole.slice(1)
      const value = this.#lookup(name ?? braced, stage, index)?.value
      if (operator === ':-' || operator === '-') return value || this.expand(word, stage, index) || ''
      if (operator === ':+' || operator === '+') return value ? word : ''
      if (operator || value === undefined) known = false
      return value ?? ''
    })
    return known && result.length <= 4096 && !/\$\{/.test(result) ? result : undefined
  }

  /** What a name means right before an instruction. */
  #lookup(name: string, stage: Stage | undefined, index: number): Assignment | undefined {
    if (!stage) return this.#latest(this.#global, name, index)
    return this.#latest(this.#of(stage), name, index) ?? this.#fromBelow(name, stage)
  }

  /** What the stages below leave to this one: their ENV, not their ARG. */
  #fromBelow(name: string, stage: Stage): Assignment | undefined {
    for (let parent = stage.parent; parent; parent = parent.parent) {
      const left = this.#of(parent)
        .get(name)
        ?.findLast((assignment) => assignment.inherited)
      if (left) return left
    }
    return undefined
  }

  #latest(known: ReadonlyMap<string, readonly Assignment[]>, name: string, index: number): Assignment | undefined {
    return known.get(name)?.findLast((assignment) => assignment.index < index)
  }

  #of(stage: Stage): Map<string, Assignment[]> {
    const known = this.#stages.get(stage) ?? new Map<string, Assignment[]>()
    this.#stages.set(stage, known)
    return known
  }
}

/** Quoted text, and what a backslash keeps from being a quote: without that, every quote would be tried to the end. */
const QUOTED_TEXT = /\\.|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs

const VARIABLE = /(\\)?\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])([^{}]*))?\})/g

/** The names and values an ARG or ENV sets; both `ENV a=b c=d` and the old `ENV a b c`. */
export function pairsOf(instruction: Instruction): readonly (readonly [name: string, value: string | undefined])[] {
  const { words } = instruction
  if (instruction.keyword === 'ENV' && words[0] && !words[0].value.includes('=')) {
    return [
      [
        words[0].value,
        words
          .slice(1)
          .map((word) => word.value)
          .join(' '),
      ],
    ]
  }
  return words.map(({ value }) => {
    const equals = value.indexOf('=')
    return equals < 0 ? [value, undefined] : [value.slice(0, equals), value.slice(equals + 1)]
  })
}

function unquote(value: string): string {
  return value.replace(QUOTED_TEXT, (whole, double?: string, single?: string) => double ?? single ?? whole)
}

function shellOf(text: string, instruction: Instruction, escapeWith: string): Shell {
  const { keyword, args, json, hereDocuments, words } = instruction
  if (!WITH_SHELL.has(keyword) || json) return { commands: [], chains: [], errors: [] }
  if (keyword === 'HEALTHCHECK') {
    const [kind, first] = words
    if (kind?.value.toUpperCase() !== 'CMD' || !first || first.value.startsWith('['))
      return { commands: [], chains: [], errors: [] }
    return parseShell(joined(text, { start: first.start, end: args.end }, escapeWith), first.start)
  }
  const [only] = hereDocuments
  if (only && words.length === 1 && hereDocuments.length === 1) {
    return parseShell(text.slice(only.body.start, only.body.end), only.body.start)
  }
  if (only) {
    const header = joined(text, { start: args.start, end: args.end }, escapeWith)
    return parseShell(header + text.slice(args.end, instruction.end), args.start)
  }
  return parseShell(joined(text, args, escapeWith), args.start)
}

const GENERATED =
  /\b(auto-?)?generated (by|via|from|using|with)\b|\bdo not (edit|modify)\b|apply-templates|this file (was|is) (auto-?)?generated/i
const TEMPLATE = /\{\{|\{%|<%|@@\w+@@|\$\{\{/
const WINDOWS = /(^|[/:-])(windows|nanoserver|servercore|windowsservercore)([/:-]|$)/i

/** Why a file that parses is still not ours to judge: not a Dockerfile, made from a template, or for Windows. */
function problemsOf(
  { text }: SourceFile,
  instructions: readonly Instruction[],
  stages: readonly Stage[],
  comments: readonly Range[],
  escapeWith: string,
): readonly string[] {
  const starts = lineStarts(text)
  const line = (offset: number) => lineAt(starts, offset) + 1
  const problems: string[] = []

  const header = comments.filter((comment) => comment.start < (instructions[0]?.start ?? text.length))
  const generated = header.find((comment) => GENERATED.test(text.slice(comment.start, comment.end)))
  if (generated) problems.push(`line ${line(generated.start)} says that it is generated; change what generates it`)

  for (const instruction of instructions) {
    const own = text.slice(instruction.start, instruction.args.end)
    const template = TEMPLATE.exec(
      WITH_SHELL.has(instruction.keyword)
        ? own.replace(QUOTED_TEXT, (quoted) => (quoted.startsWith('\\') ? quoted : blank(quoted)))
        : own,
    )
    if (template) problems.push(`line ${line(instruction.start + template.index)} is a template (${template[0]})`)
    else if (WITH_SHELL.has(instruction.keyword) && instruction.end - instruction.start > LONGEST_SHELL)
      problems.push(`line ${line(instruction.start)} holds more shell text than a shell takes`)
    else if (!KNOWN.has(instruction.keyword))
      problems.push(`line ${line(instruction.start)} holds no instruction that builders know`)
    else if (instruction.stage < 0 && instruction.keyword !== 'ARG')
      problems.push(`line ${line(instruction.start)} stands before the first FROM`)
    else if (
      !WITH_SHELL.has(instruction.keyword) &&
      /\S[\\`]\r?\n[^\s#]/.test(own) &&
      continues(own.split(/\r?\n/)[0]!, escapeWith)
    ) {
      problems.push(`a word is split over two lines at line ${line(instruction.start)}`)
    }
    if (problems.length > 0) break
  }
  if (stages.length === 0 && problems.length === 0) problems.push('it has no FROM instruction')
  const bare = stages.find((stage) => stage.base.value === '')
  if (bare) problems.push(`the FROM on line ${line(bare.from.start)} names no image`)
  const windows = stages.find((stage) => WINDOWS.test(stage.image ?? stage.base.value))
  if (windows || escapeWith === '`')
    problems.push('it builds a Windows image, where users and ownership work differently')
  return problems
}
