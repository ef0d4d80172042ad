import { type Dockerfile, type Instruction, pairsOf, type Word } from '../documents/dockerfile.js'
import { isWellFormed, parseReference, type Reference } from '../facts/base-images.js'
import type { Project, Range } from '../model.js'
import { buildGraph } from './build-graph.js'

/** A stretch of a reference and where it is written: in place, or as the default of an ARG. */
export interface Piece {
  readonly value: string
  readonly range: Range
  /** The ARG whose default it is. */
  readonly variable?: string
}

/** One place of a Dockerfile that names an image. */
export interface ReferencePlace {
  readonly instruction: Instruction
  /** What it says there. */
  readonly at: Range
  /** What it comes to, from left to right; `undefined` where only part of it can be found in the file. */
  readonly pieces: readonly Piece[] | undefined
}

/** An image that a Dockerfile starts from or copies from, and everywhere it is named. */
export interface BaseReference {
  /** As written, variables filled in. */
  readonly written: string
  readonly reference: Reference
  readonly places: readonly ReferencePlace[]
}

const memo = new WeakMap<Dockerfile, readonly BaseReference[]>()

/**
 * The images of FROM, `COPY --from` and `RUN --mount=from`, each once. Stages, `scratch` and names that only the build
 * knows are none. Worked out once per file.
 */
export function baseReferences(document: Dockerfile): readonly BaseReference[] {
  const known = memo.get(document) ?? read(document)
  memo.set(document, known)
  return known
}

/** Where an ARG is used for something else than to name an image; `undefined` if nowhere. */
export function otherUseOf(document: Dockerfile, variable: string): Instruction | undefined {
  return document.instructions.find((instruction) => {
    if (instruction.keyword !== 'ARG') return false
    const pairs = pairsOf(instruction)
    if (instruction.stage >= 0) return pairs.some(([name]) => name === variable)
    const mention = new RegExp(`\\$\\{?${variable}\\b`)
    return pairs.some(([name, value = '']) => name !== variable && mention.test(value))
  })
}

/** Whether somebody who builds the file sets an ARG. */
export function overriddenBy(project: Project, { file }: Dockerfile, variable: string): boolean {
  return buildGraph(project)
    .consumersOf(file.path)
    .some(({ args }) => args.some(({ name }) => name === variable))
}

/** Whether an image of this name is built from a Dockerfile of the project. */
export function builtHere(project: Project, image: string): boolean {
  return buildGraph(project).dockerfileOf(image) !== undefined
}

function read(document: Dockerfile): readonly BaseReference[] {
  const found = new Map<string, ReferencePlace[]>()
  for (const { image, place } of placesIn(document)) {
    const places = found.get(image) ?? []
    places.push(place)
    found.set(image, places)
  }
  return [...found].map(([written, places]) => ({ written, reference: parseReference(written), places }))
}

function* placesIn(document: Dockerfile): Iterable<{ image: string; place: ReferencePlace }> {
  const earlier = new Set<string>()
  for (const { from, base, image, parent, name } of document.stages) {
    // Builders fill in variables before they look for a stage of that name.
    const isStage = parent !== undefined || earlier.has(image?.toLowerCase() ?? '')
    if (name) earlier.add(name)
    if (isStage || !image || !isImage(image)) continue
    yield { image, place: { instruction: from, at: base, pieces: piecesOf(document, base, image) } }
  }
  const stages = new Set(document.stages.flatMap(({ name }) => name ?? []))
  for (const instruction of document.instructions) {
    if (instruction.flags.length === 0 || instruction.keyword === 'FROM') continue
    for (const word of copiedFrom(document, instruction)) {
      // A number is a stage, and a bare name may be a context that only the build knows.
      if (!/[/:]/.test(word.value) || /\$/.test(word.value)) continue
      if (stages.has(word.value.toLowerCase()) || !isImage(word.value)) continue
      yield {
        image: word.value,
        place: { instruction, at: word, pieces: [{ value: word.value, range: word }] },
      }
    }
  }
}

/** Whether it names an image that there can be somewhere. */
function isImage(image: string): boolean {
  return image.toLowerCase() !== 'scratch' && isWellFormed(parseReference(image))
}

const SIMPLE_VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g

function piecesOf(document: Dockerfile, base: Word, image: string): readonly Piece[] | undefined {
  const pieces: Piece[] = []
  let done = 0
  const literal = (end: number) => {
    const range = { start: base.start + done, end: base.start + end }
    if (end > done) pieces.push({ value: base.value.slice(done, end), range })
  }
  for (const match of base.value.matchAll(SIMPLE_VARIABLE)) {
    literal(match.index)
    const piece = defaultOf(document, (match[1] ?? match[2])!)
    if (!piece) return undefined
    pieces.push(piece)
    done = match.index + match[0].length
  }
  literal(base.value.length)
  return pieces.map(({ value }) => value).join('') === image ? pieces : undefined
}

/** The default of a global ARG, if it is one plain text written once. */
function defaultOf({ instructions }: Dockerfile, variable: string): Piece | undefined {
  const words = instructions
    .filter(({ keyword, stage }) => keyword === 'ARG' && stage < 0)
    .flatMap((arg) => arg.words)
    .filter(({ value }) => value === variable || value.startsWith(`${variable}=`))
  const [word] = words
  if (words.length !== 1 || !word?.value.includes('=')) return undefined
  const raw = word.value.slice(variable.length + 1)
  const quote = /^(["'])[^"'\\$]*\1$/.test(raw) ? 1 : 0
  const value = raw.slice(quote, raw.length - quote)
  if (/["'\\$]/.test(value)) return undefined
  return { value, variable, range: { start: word.end - quote - value.length, end: word.end - quote } }
}

/** The images or stages that the flags of a COPY or RUN name. */
function copiedFrom({ file }: Dockerfile, instruction: Instruction): readonly Word[] {
  return instruction.flags.flatMap((flag) => {
    const { name, value = '' } = flag
    const isCopy = instruction.keyword === 'COPY' && name === 'from'
    const isMount = instruction.keyword === 'RUN' && name === 'mount'
    const named = isCopy ? value : isMount ? /(?:^|,)from=([^,"]+)/.exec(value)?.[1] : undefined
    const offset = named ? file.text.slice(flag.start, flag.end).lastIndexOf(`from=${named}`) : -1
    if (!named || offset < 0) return []
    const start = flag.start + offset + 'from='.length
    return [{ value: named, start, end: start + named.length }]
  })
}
