import type { Dockerfile, Flag, Instruction, Stage } from '../documents/dockerfile.js'
import { insert, replace } from '../edits.js'
import type { Range, TextEdit } from '../model.js'

/** A place that names a stage by its position: `COPY --from=0`. */
export interface NumericReference {
  readonly stage: Stage
  readonly instruction: Instruction
  /** The number alone. */
  readonly number: Range
}

/**
 * The places of a file that name an earlier stage by its position: wrong as soon as a stage is put before it. A stage
 * that shares its name with another one can only be meant by position.
 */
export function numericReferences(document: Dockerfile): readonly NumericReference[] {
  const isNamedAlone = ({ name }: Stage) =>
    name === undefined ||
    document.stages.find((stage) => stage.name === name) === document.stages.findLast((stage) => stage.name === name)
  return document.instructions.flatMap((instruction) =>
    instruction.flags.flatMap((flag) => {
      const number = numberIn(document, flag)
      const stage = number && document.stages[Number(document.file.text.slice(number.start, number.end))]
      return number && stage && stage.index < instruction.stage && isNamedAlone(stage)
        ? [{ stage, instruction, number }]
        : []
    }),
  )
}

/** A number in `--from`. In `RUN --mount=from=0` it would name an image: builders look for stages by name alone there. */
function numberIn(document: Dockerfile, { name, start, end }: Flag): Range | undefined {
  if (name !== 'from') return undefined
  const number = /^(--from=["']?)(\d{1,4})["']?$/i.exec(document.file.text.slice(start, end))
  if (!number) return undefined
  const at = start + number[1]!.length
  return { start: at, end: at + number[2]!.length }
}

/** All that a stage of the file, or an image in it, goes by. */
function namesIn(document: Dockerfile): ReadonlySet<string> {
  return new Set([
    ...document.stages.flatMap(({ name, base }) => [name ?? '', base.value.toLowerCase()]),
    ...document.instructions.flatMap(({ flags }) => flags.flatMap(({ value = '' }) => imagesIn(value))),
  ])
}

/** A name that is not in use. */
function freeName(used: ReadonlySet<string>, wanted: string): string {
  let name = wanted
  for (let n = 2; used.has(name); n++) name = `${wanted}-${n}`
  return name
}

/** What the value of `--from` or `--mount` may name an image by. */
function imagesIn(value: string): readonly string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((part) => part.replace(/^from=/, ''))
}

export interface NamedStages {
  /** The names of all stages that are referred to by position. */
  readonly names: ReadonlyMap<Stage, string>
  readonly edits: readonly TextEdit[]
}

/** Names each stage that others refer to by its position, and lets them use the name. */
export function namedStages(document: Dockerfile): NamedStages {
  const references = numericReferences(document)
  const names = new Map<Stage, string>()
  const used = new Set(references.length > 0 ? namesIn(document) : [])
  const edits: TextEdit[] = []
  for (const { stage, number } of references) {
    const known = names.get(stage) ?? writtenName(stage)
    const name = known ?? freeName(used, nameFor(stage))
    if (known === undefined) edits.push(nameStage(document, stage, name))
    names.set(stage, name)
    used.add(name)
    edits.push(replace(document, number, name))
  }
  return { names, edits }
}

/** A stage's name in the case it is written in. */
function writtenName({ name, from }: Stage): string | undefined {
  return name === undefined ? undefined : from.words[2]!.value
}

/** Gives a stage its name, in the case of its FROM. */
function nameStage(document: Dockerfile, { from, base }: Stage, name: string): TextEdit {
  const isLower = document.file.text.startsWith('from', from.start)
  return insert(document, base.end, ` ${isLower ? 'as' : 'AS'} ${name}`)
}

/** What others take from a stage was built there; where its base is a tool of its own, it says which. */
function nameFor({ base }: Stage): string {
  const repository = base.value
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')
    .split('/')
    .at(-1)!
    .toLowerCase()
  return /^[a-z][a-z\d-]*$/.test(repository) && !/^(debian|ubuntu|alpine|scratch)$/.test(repository)
    ? `${repository}-build`
    : 'build'
}
