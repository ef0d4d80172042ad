import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { Fix, Path, Project, TextEdit } from '../model.js'

/** Which question was answered, in words that mean the same in another run over the same files. */
export interface Asked {
  /** The question's key in the review it was answered in; 0 if it was answered in another one. */
  readonly key: number
  /** Fingerprint of the finding on the picture it was answered on. */
  readonly id: string
  /** For whoever reads the answers, and to sort them by; the id says both already. */
  readonly transform?: string
  readonly path?: Path
  readonly part?: string
  /** What was seen when it was accepted, see {@link digestOf}. */
  readonly fix?: string
}

/** One thing a person said, about one question or many. All answers said again in order lead to the same picture. */
export interface Answer {
  readonly verb: 'accept' | 'skip' | 'edit' | 'keep' | 'split'
  readonly of: readonly Asked[]
  /** Why a finding is kept. */
  readonly reason?: string
  /** What a person wrote instead of the fix. */
  readonly edits?: readonly TextEdit[]
}

/**
 * What a person saw: the texts that go and the texts that come, wherever they stand. For a text that was edited by hand,
 * all of the files count, because its offsets mean nothing elsewhere.
 */
export function digestOf(fix: Fix, project: Project, extent: 'change' | 'files' = 'change'): string {
  const hash = createHash('sha256').update(fix.title)
  for (const { path, start, end, text } of fix.edits) {
    const before = project.read(path)?.text ?? ''
    hash.update(`\0${path}\0${extent === 'files' ? before : before.slice(start, end)}\0${text}`)
  }
  return hash.digest('hex').slice(0, 32)
}

const textEdit = v.object({ path: v.string(), start: v.number(), end: v.number(), text: v.string() })

const asked = v.object({
  id: v.string(),
  transform: v.optional(v.string()),
  path: v.optional(v.string()),
  part: v.optional(v.string()),
  fix: v.optional(v.string()),
})

/** An {@link Answer} as it is kept: without the keys, which mean nothing in another review. */
export const keptAnswer = v.object({
  verb: v.picklist(['accept', 'skip', 'edit', 'keep', 'split']),
  of: v.array(asked),
  reason: v.optional(v.string()),
  edits: v.optional(v.array(textEdit)),
})

const answers = v.object({ version: v.literal(1), answers: v.array(keptAnswer) })

/** An answer for another run. */
export function lasting(answer: Answer): v.InferInput<typeof keptAnswer> {
  const of = answer.of.map(({ key: _, ...asked }) => asked)
  const { edits, ...rest } = answer
  return { ...rest, of, ...(edits && { edits: [...edits] }) }
}

/** An answer of another run. */
export function takenUp(kept: v.InferOutput<typeof keptAnswer>): Answer {
  return { ...kept, of: kept.of.map((each) => ({ ...each, key: 0 })) } as Answer
}

export function answersToJson(list: readonly Answer[]): string {
  return `${JSON.stringify({ version: 1, answers: list.map(lasting) })}\n`
}

/** The answers, or `undefined` if the text is not what {@link answersToJson} makes. */
export function answersFromJson(text: string): readonly Answer[] | undefined {
  try {
    const result = v.safeParse(answers, JSON.parse(text))
    if (!result.success) return undefined
    return result.output.answers.map(takenUp)
  } catch {
    return undefined
  }
}
