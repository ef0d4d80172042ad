import { posix } from 'node:path'
import type { Instruction, ShellCommand, Word } from '../documents/dockerfile.js'
import { parseShell } from '../documents/shell.js'
import type { Family } from '../facts/base-images.js'
import type { Image } from './image.js'

/** `other` is a shell, or no shell at all, of which nothing is known here; `unknown` is a base of which nothing is known. */
export type ShellKind = 'dash' | 'bash' | 'ash' | 'unknown' | 'other'

/** What a container of an image starts by the file's own words. */
export interface StartInstructions {
  readonly entrypoint: Instruction | undefined
  readonly cmd: Instruction | undefined
}

/** The last ENTRYPOINT, and the last CMD unless a later stage's ENTRYPOINT has reset it. */
export function startInstructions({ instructions }: Image): StartInstructions {
  const entrypoint = instructions.findLast(({ keyword }) => keyword === 'ENTRYPOINT')
  const cmd = instructions.findLast(({ keyword }) => keyword === 'CMD')
  return { entrypoint, cmd: cmd && entrypoint && cmd.stage < entrypoint.stage ? undefined : cmd }
}

/** Shell text that starts with a container, whether it is written in shell form or as `["sh", "-c", "…"]`. */
export interface StartText {
  readonly shell: ShellKind
  /** What the file calls the shell, e.g. `sh`. */
  readonly name: string
  /** The text as it stands in the file, quotes of a JSON string left out. */
  readonly start: number
  readonly end: number
  /** Whether it stands in a JSON string. */
  readonly inline: boolean
  /** Their ranges count in the file. */
  readonly commands: readonly ShellCommand[]
  readonly errors: readonly string[]
}

/** The shell text of a CMD or ENTRYPOINT; `undefined` where no shell is asked for. */
export function startText(image: Image, instruction: Instruction): StartText | undefined {
  return instruction.json ? inlineText(image, instruction) : shellFormText(image, instruction)
}

function shellFormText(image: Image, instruction: Instruction): StartText | undefined {
  if (instruction.hereDocuments.length > 0) return undefined
  const setBy = image.instructions.findLast(
    ({ keyword, json, index }) => keyword === 'SHELL' && json && index < instruction.index,
  )
  const program = setBy?.words[0]?.value ?? '/bin/sh'
  const { commands, errors } = image.document.shell(instruction)
  return { ...shellOf(program, image.family), ...instruction.args, inline: false, commands, errors }
}

/** `["sh", "-c", "text"]`, perhaps with arguments behind it. */
function inlineText(image: Image, { words }: Instruction): StartText | undefined {
  const [program, flag, text] = words
  if (!program || !text || !/^-[eux]*c$/.test(flag?.value ?? '')) return undefined
  const shell = shellOf(program.value, image.family)
  if (shell.shell === 'other') return undefined
  const { commands, errors } = parseShell(text.value)
  const place = placesIn(image.document.file.text, text)
  return {
    ...shell,
    start: text.start + 1,
    end: text.end - 1,
    inline: true,
    commands: commands.map((command) => moved(command, place)),
    errors,
  }
}

function shellOf(program: string, family: Family | undefined): { readonly shell: ShellKind; readonly name: string } {
  const name = posix.basename(program)
  if (name === 'bash' || name === 'dash' || name === 'ash') return { shell: name, name }
  return { shell: name === 'sh' ? shOf(family) : 'other', name }
}

function shOf(family: Family | undefined): ShellKind {
  if (family === undefined) return 'unknown'
  if (family === 'debian') return 'dash'
  if (family === 'alpine' || family === 'busybox') return 'ash'
  return family === 'none' ? 'other' : 'bash'
}

/** Where each character of a JSON string's value stands in the file. */
function placesIn(text: string, { start, end }: Word): (offset: number) => number {
  const places: number[] = []
  for (const match of text.slice(start + 1, end - 1).matchAll(/\\u[\da-fA-F]{4}|\\.|[^\\]/gs)) {
    places.push(start + 1 + match.index)
  }
  return (offset) => places[offset] ?? end - 1
}

function moved(command: ShellCommand, place: (offset: number) => number): ShellCommand {
  const move = <T extends { readonly start: number; readonly end: number }>(range: T): T => ({
    ...range,
    start: place(range.start),
    end: place(range.end),
  })
  return {
    ...move(command),
    words: command.words.map(move),
    assigned: command.assigned.map((one) => ({ ...one, value: one.value && move(one.value) })),
    redirects: command.redirects.map((one) => ({ ...one, target: one.target && move(one.target) })),
  }
}

/** Commands that only a shell can carry out: `exec` cannot start them. */
const BUILTINS = new Set(
  (
    '. : alias bg break case cd command continue dirs echo eval exec exit export false fg getopts hash jobs kill let ' +
    'local popd printf pushd pwd read readonly return set shift shopt source test time times trap true type ulimit ' +
    'umask unalias unset wait ['
  ).split(' '),
)

/** How a text ends: in a command that can take the place of the shell, or why there is none. */
export type LastCommand =
  | { readonly command: ShellCommand; readonly before: readonly ShellCommand[] }
  | { readonly obstacle: string; readonly command?: ShellCommand }

/** Who writes more into one line has written a script. */
const MOST_COMMANDS = 200

/** The last of `a`, `a && b` and `a; b`, if it is one that `exec` can start and nothing of the text would be lost. */
export function lastCommand({ commands, errors, start, end }: StartText, source: string): LastCommand | undefined {
  const plain = commands.filter(({ plain }) => plain)
  const command = plain.at(-1)
  if (errors.length > 0) return { obstacle: 'the shell text cannot be read for certain' }
  if (commands.length > MOST_COMMANDS) return { obstacle: 'the shell is given a whole program' }
  const isInside = (one: ShellCommand) => plain.some((outer) => one.start >= outer.start && one.end <= outer.end)
  const stray = commands.some((one) => !one.plain && !isInside(one))
  const gaps = plain.map((one, i) => ({ from: i > 0 ? plain[i - 1]!.end : start, to: one.start }))
  const isList = gaps.every(({ from, to }, i) => (i > 0 ? /^(&&|;)$/ : /^$/).test(operatorsIn(source.slice(from, to))))
  if (!command || stray || !isList || !/^;?$/.test(operatorsIn(source.slice(command.end, end))))
    return commands.length === 0 ? undefined : { obstacle: 'the shell does more than start one program after another' }
  if (commands.some(({ name }) => name === 'trap')) return { obstacle: 'the shell catches signals itself', command }
  const [first] = command.words
  if (!first) return undefined
  if (command.name === undefined) return { obstacle: 'only run time knows which program it starts', command }
  if (BUILTINS.has(command.name)) return undefined
  return { command, before: plain.slice(0, -1) }
}

/** What stands between commands, without spaces, continuations and the comments among them. */
function operatorsIn(gap: string): string {
  return gap.replace(/^[ \t]*#.*$/gm, '').replace(/[\s\\`]/g, '')
}

/**
 * The words of process 1: of what Compose starts, else of the image's own instructions, past a shell that gives its place
 * away. `undefined` where a shell or an entrypoint script stays in front, or nobody can tell.
 */
export function firstProcess(
  image: Image,
  command: readonly string[] | undefined,
  scriptAt: (path: string) => string | undefined,
): readonly string[] | undefined {
  const { entrypoint, cmd } = startInstructions(image)
  if (entrypoint && !entrypoint.json) return processOf(image, entrypoint)
  if (!entrypoint) return command ?? (cmd && processOf(image, cmd))
  const given = command ?? (cmd?.json ? cmd.words.map(({ value }) => value) : cmd && ['/bin/sh'])
  const [program = '', ...more] = entrypoint.words.map(({ value }) => value)
  const script = /\/|\.sh$/.test(program) ? scriptAt(program) : undefined
  if (script !== undefined) return /^exec "\$@"[ \t]*\r?$/m.test(script) && more.length === 0 ? given : undefined
  return [program, ...more, ...(given ?? [])]
}

function processOf(image: Image, instruction: Instruction): readonly string[] | undefined {
  const text = startText(image, instruction)
  if (!text) return instruction.words.map(({ value }) => value)
  const last = text.commands.findLast(({ plain }) => plain)
  const words = last?.words.map(({ value }) => value) ?? []
  if (words[0] === 'exec') return words.slice(1)
  const found = lastCommand(text, image.document.file.text)
  const givesWay = text.shell === 'ash' || (text.shell === 'bash' && last?.redirects.length === 0)
  return givesWay && found && 'before' in found ? words : undefined
}
