import type { Dockerfile, Instruction, ShellCommand, ShellWord } from '../documents/dockerfile.js'
import { replace } from '../edits.js'
import type { TextEdit } from '../model.js'
import type { SystemInstall } from '../relations/build-packages.js'
import { packageCommandsOf } from '../relations/package-commands.js'
import { lineRange } from '../text.js'

/** What takes the place of a package's word: nothing, or the names of others. */
export type Replacements = ReadonlyMap<ShellWord, readonly string[]>

/**
 * The packages of one RUN with others in their place, and without the commands that are `leaving`. A word goes with the
 * white space, line ending and comments in front of it, or behind it where it begins a line that others share; a command
 * goes with the `&&` that joined it, and so does an install that loses its last package. `undefined` if the RUN has
 * nothing left to do.
 */
export function replacePackages(
  document: Dockerfile,
  installs: readonly SystemInstall[],
  replacements: Replacements,
  leaving: ReadonlySet<ShellCommand> = new Set(),
): readonly TextEdit[] | undefined {
  const isEmpty = ({ packages }: SystemInstall) =>
    packages.every(({ named }) => replacements.get(named.word)?.length === 0)
  const run = installs[0]!.run
  const gone = new Set([...leaving, ...installs.filter(isEmpty).map(({ command }) => command.command)])
  const commands = outermost(document.shell(run).commands)
  const isOver = commands.every((command) => gone.has(command) || isHousekeeping(document, run, command))
  if (isOver && commands.some((command) => gone.has(command))) return undefined
  // What prepared for installs goes with the last of them.
  const calls = packageCommandsOf(document, run).filter(({ command }) => !gone.has(command))
  if (calls.every(({ command }) => isHousekeeping(document, run, command)))
    for (const { command } of calls) gone.add(command)
  return [
    ...installs.filter((each) => !isEmpty(each)).flatMap((each) => withinCommand(document, each, replacements)),
    ...withoutCommands(document, commands, gone),
  ]
}

/** The commands that stand in no other one. */
function outermost(commands: readonly ShellCommand[]): readonly ShellCommand[] {
  const found: ShellCommand[] = []
  for (const command of commands) if (command.start >= (found.at(-1)?.end ?? 0)) found.push(command)
  return found
}

/** Whether a command only prepares for installs, or tidies up behind them. */
function isHousekeeping(document: Dockerfile, run: Instruction, command: ShellCommand): boolean {
  const call = packageCommandsOf(document, run).find((each) => each.command === command)
  return call ? /^(update|clean|autoclean)$/.test(call.verb) : TIDY.has(command.name ?? '')
}

const TIDY = new Set('set : true cd rm'.split(' '))

/** Takes commands out of a chain: those at its head up to the next one, others with what joins them to the one before. */
function withoutCommands(
  document: Dockerfile,
  commands: readonly ShellCommand[],
  gone: ReadonlySet<ShellCommand>,
): readonly TextEdit[] {
  const edits: TextEdit[] = []
  for (let i = 0; i < commands.length; i++) {
    if (!gone.has(commands[i]!)) continue
    const first = i
    while (i + 1 < commands.length && gone.has(commands[i + 1]!)) i++
    const before = commands[first - 1]
    const start = before ? before.end : commands[first]!.start
    const end = before ? commands[i]!.end : (commands[i + 1]?.start ?? commands[i]!.end)
    edits.push(replace(document, { start, end }, ''))
  }
  return edits
}

function withinCommand(document: Dockerfile, install: SystemInstall, replacements: Replacements): readonly TextEdit[] {
  const { words } = install.command.command
  const edits: TextEdit[] = []
  for (let i = 0; i < words.length; i++) {
    const names = replacements.get(words[i]!)
    if (names === undefined) continue
    if (names.length > 0) {
      edits.push(replace(document, words[i]!, names.join(separator(document, words[i]!))))
      continue
    }
    const first = i
    while (replacements.get(words[i + 1] ?? words[first - 1]!)?.length === 0) i++
    edits.push(...removed(document, words, first, i))
  }
  return edits
}

/** Takes out the words from the first to the last, which stand side by side. */
function removed(document: Dockerfile, words: readonly ShellWord[], first: number, last: number): readonly TextEdit[] {
  const { text } = document.file
  const next = words[last + 1]
  const line = lineRange(text, words[last]!.start)
  // Those that begin the line of the next word leave their own lines and that one as it is.
  const head = words.slice(first, last + 1).findIndex(({ start }) => start >= line.start)
  const begins = /^[ \t]*$/.test(text.slice(line.start, words[first + head]!.start))
  if (!next || next.start > line.end || !begins) {
    return [replace(document, { start: words[first - 1]!.end, end: words[last]!.end }, '')]
  }
  const above =
    head > 0 ? [replace(document, { start: words[first - 1]!.end, end: words[first + head - 1]!.end }, '')] : []
  return [...above, replace(document, { start: words[first + head]!.start, end: next.start }, '')]
}

/** A line each where the word has a line of its own, else a space. */
function separator(document: Dockerfile, word: ShellWord): string {
  const { text } = document.file
  const indent = text.slice(lineRange(text, word.start).start, word.start)
  return /^[ \t]+$/.test(indent) ? ` ${document.escape}\n${indent}` : ' '
}
