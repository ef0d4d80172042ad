import type { Dockerfile, Instruction, ShellChain, ShellStep } from '../documents/dockerfile.js'
import { insert, replace } from '../edits.js'
import type { Range, TextEdit } from '../model.js'
import { errorsStop } from '../relations/run-shells.js'
import { lineRange } from '../text.js'

/** Whether edits may go into a RUN: its text is one script that a shell reads without errors, without here-documents. */
export function isEditable(document: Dockerfile, run: Instruction): boolean {
  if (run.keyword !== 'RUN' || run.json || run.hereDocuments.length > 0) return false
  const { chains, errors } = document.shell(run)
  return chains.length > 0 && errors.length === 0
}

/**
 * Lets a RUN end with one more command, in the RUN's own style. What failed before still fails: the command comes only
 * if all that counts has worked. `undefined` where that cannot be had.
 */
export function appendCommand(document: Dockerfile, run: Instruction, command: string): TextEdit | undefined {
  if (!isEditable(document, run)) return undefined
  const operator = operatorAtEnd(document, run)
  if (!operator) return undefined
  const { chains } = document.shell(run)
  const { end } = chains.at(-1)!
  const { text } = document.file
  const more = `${document.escape}\n`
  const joint = jointsOf(chains).findLast(({ start, end: next }) => isBroken(text, start, next))
  const indent = indentAt(text, joint?.end ?? end)
  if (!joint && lineRange(text, end).start <= run.start)
    return insert(document, end, operator === ';' ? `; ${command}` : ` && ${command}`)
  if (operator === ';') return insert(document, end, `; ${more}${indent}${command}`)
  const isTrailing = joint && /^[ \t]*(?:&&|\|\||;)/.test(text.slice(joint.start, joint.end))
  return insert(document, end, isTrailing ? ` && ${more}${indent}${command}` : ` ${more}${indent}&& ${command}`)
}

/** What may join one more command to a RUN without hiding a failure. */
function operatorAtEnd(document: Dockerfile, run: Instruction): '&&' | ';' | undefined {
  const { chains, commands } = document.shell(run)
  const last = chains.at(-1)!
  const final = commands.findLast(({ start }) => start >= last.steps.at(-1)!.start)
  if (last.background || /^(?:exit|exec|return)$/.test(final?.name ?? '')) return undefined
  const stops = errorsStop(document, run)
  if (stops === 'never') return '&&'
  // Left of `&&` the shell no longer stops at errors inside a group, a loop or a function.
  const inner = commands.filter(({ start }) => start >= last.start)
  const simple = last.steps.every((step) => step.simple || isPipe(step, inner))
  if (!simple || inner.some(({ name }) => name === undefined || /^(?:eval|\.|source)$/.test(name))) return undefined
  if (/\(\)\s*\{/.test(document.file.text.slice(run.start, run.end))) return undefined
  return stops === 'always' && chains.length > 1 && last.steps.length === 1 && last.steps[0]!.simple ? ';' : '&&'
}

/** Whether a step that is no simple command is a pipe of them. */
function isPipe(step: ShellStep, commands: readonly Range[]): boolean {
  const first = commands.find(({ start, end }) => start >= step.start && end <= step.end)
  const last = commands.findLast(({ start, end }) => start >= step.start && end <= step.end)
  return first?.start === step.start && last?.end === step.end
}

/** What stands between the steps of a script, from the end of one to the start of the next. */
function jointsOf(chains: readonly ShellChain[]): readonly Range[] {
  const steps = chains.flatMap((chain) => chain.steps)
  return steps.slice(1).map((step, i) => ({ start: steps[i]!.end, end: step.start }))
}

function isBroken(text: string, start: number, end: number): boolean {
  return /[\r\n]/.test(text.slice(start, end))
}

function indentAt(text: string, offset: number): string {
  const { start, end } = lineRange(text, offset)
  return /^[ \t]*/.exec(text.slice(start, end))![0]
}

/** Where a command stands in the chains of its RUN, if it is a whole step at the top of the script. */
export interface StepPlace {
  readonly chain: ShellChain
  readonly step: ShellStep
  readonly before: ShellStep | undefined
  readonly after: ShellStep | undefined
}

/** The step that a command is, or `undefined` if it stands in a group, a loop, a pipe … */
export function stepOf(document: Dockerfile, run: Instruction, command: Range): StepPlace | undefined {
  const { chains } = document.shell(run)
  const chain = chains.find(({ start, end }) => start <= command.start && command.end <= end)
  const i = chain?.steps.findIndex(({ start, end, simple }) => simple && start === command.start && end === command.end)
  if (!chain || i === undefined || i < 0) return undefined
  return { chain, step: chain.steps[i]!, before: chain.steps[i - 1], after: chain.steps[i + 1] }
}

/** Whether the build stops if a command fails. */
export function failureCounts(document: Dockerfile, run: Instruction, command: Range): boolean {
  const place = stepOf(document, run, command)
  if (!place || place.chain.background) return false
  const { chain, step } = place
  if (chain.steps.slice(chain.steps.indexOf(step)).some(({ joinedBy }, i) => i > 0 && joinedBy === '||')) return false
  if (chain === document.shell(run).chains.at(-1)) return true
  return chain.steps.at(-1) === step && errorsStop(document, run) === 'always'
}

/**
 * Takes a step out of an `&&` chain, with what joined it. `undefined` if it is the only step, if its failure or success
 * decided about something else, or if a comment stands beside it.
 */
export function removeStep(document: Dockerfile, { step, before, after }: StepPlace): TextEdit | undefined {
  if (step.joinedBy === '||' || after?.joinedBy === '||') return undefined
  const range = before ? { start: before.end, end: step.end } : after && { start: step.start, end: after.start }
  if (!range || document.comments.some(({ start, end }) => start < range.end && end > range.start)) return undefined
  return replace(document, range, '')
}

/** Adds words behind a word of a command. */
export function addWords(document: Dockerfile, behind: Range, words: string): TextEdit {
  return insert(document, behind.end, ` ${words}`)
}
