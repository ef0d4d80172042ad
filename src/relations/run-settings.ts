import type { Dockerfile, Instruction, Stage } from '../documents/dockerfile.js'

const memo = new WeakMap<RegExp, WeakMap<Stage, number>>()

/** The index of the first instruction of a stage whose text a pattern fits; infinite if there is none. */
function firstIndex({ file }: Dockerfile, stage: Stage, pattern: RegExp): number {
  const known = memo.get(pattern) ?? new WeakMap<Stage, number>()
  memo.set(pattern, known)
  const index =
    known.get(stage) ??
    stage.instructions.find(({ start, end }) => pattern.test(file.text.slice(start, end)))?.index ??
    Number.POSITIVE_INFINITY
  known.set(stage, index)
  return index
}

/** Whether a pattern fits the text of a RUN, or of an instruction before it, in its stage or in those below. */
export function isSaidUpTo(document: Dockerfile, run: Instruction, pattern: RegExp): boolean {
  for (let stage = document.stages[run.stage]; stage; stage = stage.parent)
    if (firstIndex(document, stage, pattern) <= run.index) return true
  return false
}
