import type { Dockerfile, Instruction, ShellCommand, ShellWord } from '../documents/dockerfile.js'
import { replace } from '../edits.js'
import type { TextEdit } from '../model.js'
import type { SystemInstall } from '../relations/build-packages.js'
import { packageCommandsOf } from '../relations/package-commands.js'
import { lineRange } from '../text.js'

/** What takes the place of a package's word: nothing, or the names of others. */
export type Replacements = ReadonlyMap<ShellWord, readonly string[]>

/**
 * The packages of one RUN with others in their place. A word goes with the white space, line ending and comments in front
 * of it, or behind it where it begins a line that others share; an install that loses its last package goes with the `&&`
 * that joined it. `undefined` if the RUN has nothing left to do.
 */
export function replacePackages(
  document: Dockerfile,
  installs: readonly SystemInstall[],
  replacements: Replacements,
): readonly TextEdit[] | undefined {
  const isEmpty = ({ packages }: SystemInstall) =>
    packages.every(({ named }) => replacements.get(named.word)?.length === 0)
  const [run] = installs.map((install) => install.run)
  if (!run || (installs.every(isEmpty) && !doesMore(document, run))) return undefined
  return installs.flatMap((install) =>
    isEmpty(install)
      ? [withoutCommand(document, run, install.command.command)]
      : withinCommand(document, install, replacements),
  )
}

/** Whether a RUN also brings what is installed up to date. */
function doesMore(document: Dockerfile, run: Instruction): boolean {
  return packageCommandsOf(document, run).some(({ verb }) => /^(upgrade|dist-upgrade)$/.test(verb))
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

/** Takes one command out of a chain of several, with the `&&` that joined it. */
export function withoutCommand(document: Dockerfile, run: Instruction, command: ShellCommand): TextEdit {
  const all = document.shell(run).commands
  const at = all.indexOf(command)
  const [before, after] = [all[at - 1], all[at + 1]]
  if (before) return replace(document, { start: before.end, end: command.end }, '')
  return replace(document, { start: command.start, end: after?.start ?? command.end }, '')
}
