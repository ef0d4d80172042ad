import type { Dockerfile, Instruction } from '../documents/dockerfile.js'
import { insert, insertLinesBelow, replace, textOf } from '../edits.js'
import type { Range, TextEdit } from '../model.js'
import type { NodeStage } from '../relations/node-stages.js'
import { lineRange } from '../text.js'

/** What a stage that is cut in two gets. */
export interface Halves {
  /** Lines that end the stage which builds. */
  readonly closing: readonly string[]
  /** The image of the final stage; missing where it stands on what the build stands on. */
  readonly image?: string
  /** An instruction behind the build whose place the final stage takes; without one it begins right behind the build. */
  readonly instead?: Instruction
  /** Lines of the final stage, in front of what is left of the old one; they get the name of the building stage. */
  opening(build: string): readonly string[]
}

/**
 * Cuts a stage into one that builds and one that is run. What both stand on becomes a stage of its own; the name of the
 * old stage stays with what is run.
 */
export function cutStage(cut: NodeStage, halves: Halves): readonly TextEdit[] {
  const { image, shared, building, lasting } = cut
  const { document, stage } = image
  const own = stage.from.words[2]?.value
  const build = freeName(own, ['build', 'builder'])
  const last = building.at(-1)!
  const base = shared.length > 0 && halves.image === undefined ? freeName(own, ['base', 'common']) : undefined
  const final = [
    `FROM ${halves.image ?? base ?? referenceOf(document, stage.from)}${own === undefined ? '' : ` AS ${own}`}`,
    ...(halves.image === undefined ? lasting.map((instruction) => textOf(document, instruction)) : []),
    ...halves.opening(build),
  ]
  return [
    named(document, stage.from, base ?? build),
    ...(base ? [insertAbove(document, building[0]!, `FROM ${base} AS ${build}`)] : []),
    halves.instead
      ? replace(document, halves.instead, [...halves.closing, ...final].join('\n'))
      : insertLinesBelow(document, last.end, [...halves.closing, '', ...final].join('\n')),
  ]
}

/** A stage for development and, behind it, those that make and run what is deployed. */
export interface Production {
  /** Lines of the stage that builds, which stands on the one for development. */
  readonly building: readonly string[]
  /** The image of the final stage; missing where it stands on what the one for development stands on. */
  readonly image?: string
  /** Lines of the final stage; they get the name of the building stage. */
  final(build: string): readonly string[]
}

/** Puts stages for production behind a stage for development, which gets the name `dev` if it has none. */
export function addProduction(cut: NodeStage, { building, image: other, final }: Production): readonly TextEdit[] {
  const { image, shared } = cut
  const { document, stage } = image
  const own = stage.from.words[2]?.value
  const dev = own ?? 'dev'
  const base = shared.length > 0 && other === undefined ? freeName(own, ['base', 'common']) : undefined
  const start = other ?? base ?? referenceOf(document, stage.from)
  const edits = base
    ? [named(document, stage.from, base), insertAbove(document, cut.building[0]!, `FROM ${base} AS ${dev}`)]
    : own === undefined
      ? [named(document, stage.from, dev)]
      : []
  const build = freeName(own, ['build', 'builder'])
  const last = freeName(own, ['production', 'runner'])
  const lines = ['', `FROM ${dev} AS ${build}`, ...building, '', `FROM ${start} AS ${last}`, ...final(build)]
  return [...edits, insertLinesBelow(document, stage.instructions.at(-1)!.end, lines.join('\n'))]
}

/** The image of a FROM as it is written, flags included. */
export function referenceOf(document: Dockerfile, from: Instruction): string {
  const first = from.flags[0]?.start ?? from.args.start
  return document.file.text.slice(first, from.words[0]?.end ?? from.end)
}

/** A name that is not taken by the stage itself. */
export function freeName(own: string | undefined, names: readonly string[]): string {
  return names.find((name) => name !== own?.toLowerCase())!
}

/** Gives a FROM a name, or another one. */
function named(document: Dockerfile, from: Instruction, name: string): TextEdit {
  const [base, , old] = from.words
  if (old) return replace(document, old, name)
  const as = document.file.text.startsWith('from', from.start) ? 'as' : 'AS'
  return insert(document, base!.end, ` ${as} ${name}`)
}

/** Writes a line, with a blank one before it, above an instruction and the comments that stand right above that. */
function insertAbove(document: Dockerfile, instruction: Instruction, line: string): TextEdit {
  const { text } = document.file
  const { start } = lineRange(text, blockStart(document, instruction))
  const isParted = /(^|\n)[ \t]*\r?\n$/.test(text.slice(0, start))
  return insert(document, start, `${isParted ? '' : '\n'}${line}\n`)
}

/** Where the comments begin that stand right above an instruction, on lines of their own. */
export function blockStart({ file: { text }, comments }: Dockerfile, { start }: Range): number {
  let top = start
  for (const comment of comments.toReversed()) {
    if (comment.end > top) continue
    const isRightAbove = /^[ \t]*\r?\n[ \t]*$/.test(text.slice(comment.end, top))
    if (!isRightAbove || text.slice(lineRange(text, comment.start).start, comment.start).trim() !== '') break
    top = comment.start
  }
  return top
}
