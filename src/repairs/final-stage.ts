import { type Dockerfile, type Instruction, pairsOf } from '../documents/dockerfile.js'
import { insert, insertLinesBelow, replace, textOf } from '../edits.js'
import type { Range, TextEdit } from '../model.js'
import type { Image } from '../relations/image.js'
import { lineRange, nextLine } from '../text.js'

/** A stage for running alone, behind the one that builds. */
export interface FinalStage {
  readonly base: string
  /** The last instruction that belongs to the build: what follows it in the file belongs to the new stage. */
  readonly last: Instruction
  /** What is copied out of the build, each to where it was. */
  readonly copies: readonly CopiedPath[]
  /** Lines right behind FROM, such as packages of the system. */
  readonly setup?: string
  /** RUNs of the build that prepare what the program needs, and move along: accounts first, then rights. */
  readonly accounts?: readonly Instruction[]
  readonly rights?: readonly Instruction[]
  /** Whether a variable of ENV speaks to the build alone. */
  isForBuild(name: string, value: string): boolean
  /** Whether others ask for the stage by its name. */
  readonly isTarget: boolean
  /** Whether the working directory means anything to the program. */
  readonly keepsWorkdir: boolean
}

export interface CopiedPath {
  readonly from: string
  readonly to: string
}

/** What says how an image is run, and so belongs to the stage that is run. */
const METADATA = /^(EXPOSE|VOLUME|STOPSIGNAL|HEALTHCHECK|CMD|ENTRYPOINT)$/

/** Names that people give to stages that build. */
const BUILDER = /^(.*[-_])?(build(er|ing)?|compiler?|publish|maven|gradle|golang|rust|cargo|dotnet|sdk)([-_].*)?$/

/** Cuts the last stage of a file in two. Its name stays with the half that is run, and stages before keep their numbers. */
export function splitStage(image: Image, final: FinalStage): readonly TextEdit[] {
  const { document, stage } = image
  const head = image.instructions.filter(({ index, keyword }) => index <= final.last.index && keyword !== 'FROM')
  const own = head.filter((instruction) => instruction.stage === stage.index)
  const moved = own.filter(
    (each) =>
      METADATA.test(each.keyword) ||
      each.keyword === 'LABEL' ||
      each.keyword === 'MAINTAINER' ||
      [...(final.accounts ?? []), ...(final.rights ?? [])].includes(each),
  )
  const blocks = new Map(moved.map((each) => [each, blockOf(document, each)]))
  const text = (each: Instruction) => plain(textOf(document, blocks.get(each) ?? each))
  const textsOf = (wanted: RegExp) => moved.filter(({ keyword }) => wanted.test(keyword)).map(text)
  const name = namesOf(image, final)
  const behind = stage.instructions.filter(({ index }) => index > final.last.index)
  const workdir = final.keepsWorkdir ? workdirFor(image, behind) : undefined

  const body = [
    ...textsOf(/^(LABEL|MAINTAINER)$/),
    ...head.filter((each) => each.keyword === 'ENV' && isForRunning(document, each, final)).map(text),
    ...(final.setup ? [final.setup] : []),
    ...(final.accounts ?? []).map(text),
    ...(workdir === undefined || workdir === '/' ? [] : [`WORKDIR ${workdir}`]),
    ...final.copies.map(({ from, to }) => `COPY --from=${name.builder} ${quoted(from, to)}`),
    ...(final.rights ?? []).map(text),
    ...textsOf(METADATA),
  ]
  const texts = [...body, ...behind.map((each) => textOf(document, each))]
  const args = head.filter((each) => each.keyword === 'ARG' && isUsed(each, texts)).map(text)
  const platform = stage.from.flags.find((flag) => flag.name === 'platform')
  const from = ['FROM', ...(platform ? [textOf(document, platform)] : []), final.base, ...name.final].join(' ')
  return [
    ...name.edits,
    ...joined([...blocks.values()]).map((range) => replace(document, range, '')),
    insertLinesBelow(document, final.last.end, ['', from, ...args, ...body].join('\n')),
  ]
}

/** Another image in the place of the one a stage starts from. */
export function baseReplaced({ document, stage }: Image, base: string): TextEdit {
  return replace(document, stage.base, base)
}

/** Whether a RUN makes accounts, which others then refer to. */
export function isAccountRun({ document }: Image, run: Instruction): boolean {
  return document.shell(run).commands.some(({ name }) => /^(addgroup|adduser|groupadd|useradd)$/.test(name ?? ''))
}

/** A list of words in the place of shell text that is nothing else. */
export function listForm({ document }: Image, list: { instruction: Instruction; words: readonly string[] }): TextEdit {
  return replace(document, list.instruction.args, JSON.stringify(list.words).replaceAll('","', '", "'))
}

interface Names {
  readonly builder: string
  /** What follows the base of the new stage. */
  readonly final: readonly string[]
  readonly edits: readonly TextEdit[]
}

function namesOf({ document, stage }: Image, { isTarget }: FinalStage): Names {
  const taken = new Set(document.stages.map(({ name }) => name))
  const fresh = ['builder', 'build', 'compile'].find((name) => !taken.has(name)) ?? `builder-${document.stages.length}`
  const [, as, name] = stage.from.words
  if (!name || !as) {
    const spelled = document.stages.flatMap(({ from }) => from.words[1]?.value ?? [])[0] ?? 'AS'
    return { builder: fresh, final: [], edits: [insert(document, stage.base.end, ` ${spelled} ${fresh}`)] }
  }
  if (BUILDER.test(name.value.toLowerCase()) && !isTarget) return { builder: name.value, final: [], edits: [] }
  return { builder: fresh, final: [as.value, name.value], edits: [replace(document, name, fresh)] }
}

/** The working directory in force where the new stage begins, unless it is changed there before it means anything. */
function workdirFor(image: Image, behind: readonly Instruction[]): string | undefined {
  const [first] = behind
  const next = behind.find(({ keyword }) => /^(WORKDIR|RUN|COPY|ADD)$/.test(keyword))
  if (next?.keyword === 'WORKDIR' && next.words[0]?.value.startsWith('/')) return undefined
  return first ? image.workdirAt(first) : image.workdir
}

function isForRunning(document: Dockerfile, instruction: Instruction, final: FinalStage): boolean {
  return pairsOf(instruction).some(
    ([name, value = '']) => !final.isForBuild(name, document.expand(value, instruction) ?? value),
  )
}

function isUsed({ words }: Instruction, texts: readonly string[]): boolean {
  return words.some(({ value }) => {
    const name = /^\w+/.exec(value)?.[0]
    return name !== undefined && texts.some((text) => new RegExp(`\\$\\{?${name}\\b`).test(text))
  })
}

/** An instruction with the comments right above it, line endings included, and of empty lines around it one. */
function blockOf(document: Dockerfile, instruction: Instruction): Range {
  const { text } = document.file
  let start = lineRange(text, instruction.start).start
  for (let above = previousLine(text, start); above; above = previousLine(text, start)) {
    if (!/^[ \t]*#/.test(text.slice(above.start, above.end)) || !isComment(document, above)) break
    start = above.start
  }
  const end = nextLine(text, instruction.end)
  const above = previousLine(text, start)
  const isBlankAbove = above === undefined || text.slice(above.start, above.end).trim() === ''
  const below = lineRange(text, end)
  const isBlankBelow = text.slice(below.start, below.end).trim() === ''
  return { start, end: isBlankAbove && isBlankBelow ? nextLine(text, end) : end }
}

/** A directive of the parser stands at the top and belongs to the file. */
function isComment(document: Dockerfile, line: Range): boolean {
  const { text } = document.file
  return (
    document.comments.some(({ start }) => start >= line.start && start <= line.end) &&
    !/^\s*#\s*(syntax|escape|check)\s*=/i.test(text.slice(line.start, line.end))
  )
}

function previousLine(text: string, start: number): Range | undefined {
  return start === 0 ? undefined : lineRange(text, text.startsWith('\r\n', start - 2) ? start - 2 : start - 1)
}

/** Ranges that touch as one, because two edits must not meet. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = []
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1)
    if (last && start <= last.end) result[result.length - 1] = { start: last.start, end: Math.max(last.end, end) }
    else result.push({ start, end })
  }
  return result
}

function plain(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .trimEnd()
}

function quoted(from: string, to: string): string {
  return /\s/.test(from + to) ? JSON.stringify([from, to]) : `${from} ${to}`
}
