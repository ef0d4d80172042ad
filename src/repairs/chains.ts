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
  // Left of `&&` the shell no longer stops at errors inside a group, a loop or a function. All but the last are there.
  const step = last.steps.at(-1)!
  const inner = commands.filter(({ start }) => start >= step.start)
  if (!step.simple && !isPipe(step, inner)) return undefined
  if (inner.some(({ name }) => name === undefined || /^(?:eval|\.|source)$/.test(name))) return undefined
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
 * Takes a step out of a script, with what joined it. `undefined` if it is the only one, if its success or failure
 * decided about something else, or if a comment stands beside it.
 */
export function removeStep(
  document: Dockerfile,
  run: Instruction,
  { chain, step, before, after }: StepPlace,
): TextEdit | undefined {
  if (step.joinedBy === '||' || after?.joinedBy === '||') return undefined
  // What becomes the last of a chain stops the script from then on, and so does what is inside it.
  const becomesLast = before && !after && errorsStop(document, run) !== 'never'
  if (becomesLast && (!before.simple || chain !== document.shell(run).chains.at(-1))) return undefined
  const range = before
    ? { start: before.end, end: step.end }
    : after
      ? { start: step.start, end: after.start }
      : rangeOfChain(document, run, chain)
  if (!range || document.comments.some(({ start, end }) => start < range.end && end > range.start)) return undefined
  return replace(document, range, '')
}

/** A chain of one step, with what joins it to another, where its success cannot have hidden the failure of that one. */
function rangeOfChain(document: Dockerfile, run: Instruction, chain: ShellChain): Range | undefined {
  const { chains } = document.shell(run)
  const i = chains.indexOf(chain)
  const before = chains[i - 1]
  const after = chains[i + 1]
  if (chain.background || before?.background || errorsStop(document, run) !== 'always') return undefined
  if (!before) return after && { start: chain.start, end: after.start }
  if (!after && (before.steps.length > 1 || !before.steps[0]!.simple)) return undefined
  return { start: before.end, end: chain.end }
}

/** Takes an argument out of a command, with the space or the line break before it. */
export function removeWord(document: Dockerfile, word: Range): TextEdit {
  const { text } = document.file
  const [space = ''] = /(?:[ \t]|\\[ \t]*\r?\n)+$/.exec(text.slice(Math.max(0, word.start - 500), word.start)) ?? []
  return replace(document, { start: word.start - space.length, end: word.end }, '')
}

/** Names more packages in front of one, each on a line of its own where that one has such a line. */
export function packageInFront(document: Dockerfile, word: Range, names: readonly string[]): TextEdit {
  const before = document.file.text.slice(lineRange(document.file.text, word.start).start, word.start)
  const separator = before.trim() === '' ? ` ${document.escape}\n${before}` : ' '
  return insert(document, word.start, names.map((name) => name + separator).join(''))
}

/** Adds words behind a word of a command. */
export function addWords(document: Dockerfile, behind: Range, words: string): TextEdit {
  return insert(document, behind.end, ` ${words}`)
}

/**
 * Lets one more command run right before another, in the RUN's own style. If it fails, so does what the other's failure
 * would have made fail. `undefined` where that cannot be had.
 */
export function prependCommand(
  document: Dockerfile,
  run: Instruction,
  command: Range,
  words: string,
): TextEdit | undefined {
  const place = isEditable(document, run) ? stepOf(document, run, command) : undefined
  if (!place || place.step.joinedBy === '||' || place.after?.joinedBy === '||') return undefined
  const { chain, step } = place
  const isLastChain = chain === document.shell(run).chains.at(-1)
  const stops = errorsStop(document, run)
  const alone = chain.steps.length === 1
  // Where errors stop the script, they do not left of `&&`.
  const list = alone && stops === 'always' && !isLastChain
  if (!list && stops !== 'never' && !isLastChain && (stops === 'sometimes' || chain.steps.at(-1) === step))
    return undefined
  const { text } = document.file
  const line = lineRange(text, step.start)
  const before = text.slice(line.start, step.start)
  const indent = indentAt(text, step.start)
  if (list)
    return insert(document, step.start, before.trim() === '' ? `${words}; ${document.escape}\n${indent}` : `${words}; `)
  if (/^[ \t]*&&[ \t]*$/.test(before)) return insert(document, step.start, `${words} ${document.escape}\n${before}`)
  return insert(
    document,
    step.start,
    before.trim() === '' ? `${words} && ${document.escape}\n${indent}` : `${words} && `,
  )
}

/** Commands after which the ones behind them would no longer do the same, were they in one script. */
const LASTING = /^(?:cd|pushd|popd|set|export|unset|source|\.|eval|umask|alias|trap|exit|exec|return)$/

/**
 * Joins two RUNs that follow each other into one, which fails where either of them would have. `undefined` where the
 * first would change what the second does.
 */
export function joinRuns(document: Dockerfile, first: Instruction, second: Instruction): TextEdit | undefined {
  if (second.index !== first.index + 1 || !isEditable(document, first) || !isEditable(document, second))
    return undefined
  const { text } = document.file
  const one = document.shell(first)
  const { chains } = document.shell(second)
  if (flagsOf(document, first) !== flagsOf(document, second) || one.chains.at(-1)!.background) return undefined
  if (one.commands.some(({ name }) => name === undefined || LASTING.test(name))) return undefined
  // A second chain would go on where the first RUN has failed.
  if (chains.length > 1 || chains[0]!.background || chains[0]!.steps.some(({ joinedBy }) => joinedBy === '||'))
    return undefined
  const between = { start: one.chains.at(-1)!.end, end: chains[0]!.start }
  const comments = document.comments.filter(({ start, end }) => start >= between.start && end <= between.end)
  // Some are addressed to a program, about the instruction below them.
  if (comments.some(({ start, end }) => /^#\s*[\w-]+\s*[:=]|ignore|disable|nosec/i.test(text.slice(start, end))))
    return undefined
  if (text.slice(between.start, first.end).trim() !== '') return undefined
  const joint = [...jointsOf(chains), ...jointsOf(one.chains)].find(({ start, end }) => isBroken(text, start, end))
  const kept = comments.map(({ start, end }) => `${text.slice(lineRange(text, start).start, end)}\n`).join('')
  if (!joint && !kept) return replace(document, between, ' && ')
  const indent = joint ? indentAt(text, joint.end) : '    '
  const isLeading = joint && !/^[ \t]*(?:&&|\|\||;)/.test(text.slice(joint.start, joint.end))
  const more = `${document.escape}\n${kept}${indent}`
  return replace(document, between, isLeading ? ` ${more}&& ` : ` && ${more}`)
}

function flagsOf({ file }: Dockerfile, { flags }: Instruction): string {
  return flags.map(({ start, end }) => file.text.slice(start, end)).join(' ')
}
