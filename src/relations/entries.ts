import { posix } from 'node:path'
import type { Instruction, ShellCommand } from '../documents/dockerfile.js'
import { parseShell } from '../documents/shell.js'
import { entryOf, itemsOf, nodeAt, textOfNode } from '../documents/yaml-tree.js'
import type { Location } from '../model.js'
import type { Consumer } from './consumer.js'
import { type Image, locate } from './image.js'
import type { Use } from './uses.js'

/** One way in which something is started in a container of an image. */
export interface Entry {
  readonly at: Location
  /** The program and its arguments, where no shell is needed to tell them. */
  readonly words: readonly string[] | undefined
  /** Every word behind a program. */
  readonly arguments: readonly string[]
  /** Every program that is started: of shell text, each command's; `undefined` where only the shell can tell. */
  readonly programs: readonly (string | undefined)[]
  /** Whether it is shell text, and then whether a list of words would say the same. */
  readonly shell: 'no' | 'spare' | 'needed'
  /** The instruction that says so; missing for what others than the Dockerfile start. */
  readonly instruction?: Instruction
}

/** What the commands of a shell do by themselves. */
const BUILT_IN = new Set(['exec', 'cd', 'export', 'set', 'echo', 'true', ':', 'sleep', 'test', '[', 'ulimit', 'umask'])

/** What starts in an image by its own words, and by those of everybody who runs it with words of their own. */
export function entriesOf({ image, consumers }: Use): readonly Entry[] {
  const entrypoint = image.instructions.findLast(({ keyword }) => keyword === 'ENTRYPOINT')
  const command = image.instructions.findLast(({ keyword }) => keyword === 'CMD')
  const others = consumers.flatMap((consumer) => overridesOf(consumer, entrypoint))
  const own = ownEntry(image, entrypoint, command)
  return [...(own ? [own] : []), ...others]
}

function ownEntry(image: Image, entrypoint?: Instruction, command?: Instruction): Entry | undefined {
  const first = entrypoint ?? command
  if (!first) return undefined
  if (!first.json) {
    const entry = shellEntry(image, first)
    // As a list, an entrypoint begins to take the words that it did not look at before.
    return entrypoint && command ? { ...entry, shell: 'needed' } : entry
  }
  const words = first.words.map(({ value }) => value)
  if (!entrypoint || !command) return wordsEntry(words, locate(image, first), first)
  // A command in shell form arrives as the arguments of a shell that nobody starts.
  if (!command.json)
    return { at: locate(image, command), words: undefined, arguments: [], programs: [undefined], shell: 'needed' }
  return wordsEntry([...words, ...command.words.map(({ value }) => value)], locate(image, first), first)
}

/** Shell text is spare where it is one command in plain words, started by nothing but the shell. */
function shellEntry(image: Image, instruction: Instruction): Entry {
  const { commands, errors } = image.document.shell(instruction)
  const entry = { at: locate(image, instruction), instruction }
  const [only] = commands
  const words = only && plainWords(only)
  if (commands.length === 1 && errors.length === 0 && words)
    return { ...entry, words, arguments: words.slice(1), programs: [words[0]], shell: 'spare' }
  const programs = errors.length > 0 ? [undefined] : programsOf(commands)
  return { ...entry, words: undefined, arguments: argumentsOf(commands), programs, shell: 'needed' }
}

function argumentsOf(commands: readonly ShellCommand[]): readonly string[] {
  return commands.flatMap(({ words }) => words.slice(1).map(({ value }) => value))
}

/** What shell text starts, but for what the shell does by itself. */
function programsOf(commands: readonly ShellCommand[]): readonly (string | undefined)[] {
  return commands.flatMap(({ words: [first, second] }) => {
    const program = first?.value === 'exec' ? second : first
    if (!program) return []
    return program.literal ? (BUILT_IN.has(program.value) ? [] : [program.value]) : [undefined]
  })
}

function plainWords({ words, assigned, redirects, plain }: ShellCommand): readonly string[] | undefined {
  const all = words[0]?.value === 'exec' ? words.slice(1) : words
  const isPlain = all.length > 0 && all.every(({ literal, text }) => literal && !/[*?[~\\]/.test(text))
  return plain && isPlain && assigned.length === 0 && redirects.length === 0 && !BUILT_IN.has(all[0]!.value)
    ? all.map(({ value }) => value)
    : undefined
}

function wordsEntry(words: readonly string[], at: Location, instruction?: Instruction): Entry {
  const [program = '', flag = '', text = ''] = words
  if (/^(\/\w+)*\/?(sh|bash|ash|dash)$/.test(program) && /^-[a-z]*c$/.test(flag)) {
    const { commands, errors } = parseShell(text)
    const programs = errors.length > 0 ? [undefined] : programsOf(commands)
    return { at, words: undefined, arguments: argumentsOf(commands), programs, shell: 'needed' }
  }
  const entry = { at, words, arguments: words.slice(1), programs: [words[0]], shell: 'no' as const }
  return instruction ? { ...entry, instruction } : entry
}

function overridesOf(consumer: Consumer, entrypoint: Instruction | undefined): readonly Entry[] {
  const { service, commands } = consumer
  const replaced = service?.entrypoint && textsOf(service.entrypoint.value)
  const given = service?.command
    ? [{ words: textsOf(service.command.value), at: service.command.at }]
    : commands.map(({ value, at }) => ({ words: textsOf(value), at }))
  if (replaced && replaced.length > 0)
    return [wordsEntry([...replaced, ...(given[0]?.words ?? [])], service.entrypoint!.at)]
  // An entrypoint in shell form does not look at what it is given.
  if (entrypoint && !entrypoint.json) return []
  const before = entrypoint?.words.map(({ value }) => value) ?? []
  return given.filter(({ words }) => words.length > 0).map(({ words, at }) => wordsEntry([...before, ...words], at))
}

function textsOf(value: string | readonly string[]): readonly string[] {
  if (typeof value !== 'string') return value
  return parseShell(value).commands.flatMap(({ words }) => words.map((word) => word.value))
}

/** A check of health and the program that asks; `undefined` where that cannot be told. */
export interface AskedBy {
  readonly at: Location
  readonly program: string | undefined
}

/** The checks of an image: its own, and those of the services that run it. One that is switched off asks nobody. */
export function checksOf({ image, consumers }: Use): readonly AskedBy[] {
  const own = image.instructions
    .filter(({ keyword }) => keyword === 'HEALTHCHECK')
    .flatMap((check) => {
      const text = image.document.file.text.slice(check.args.start, check.args.end)
      if (/^NONE\b/i.test(text)) return []
      const first = /^CMD\s+\[\s*"((?:[^"\\]|\\.)*)"/i.exec(text)?.[1]
      return [{ at: locate(image, check), program: first }]
    })
  const theirs = consumers.flatMap(({ service }) => {
    if (!service?.healthcheck || service.healthcheck.disabled) return []
    const test = itemsOf(entryOf(nodeAt(service.node, 'healthcheck'), 'test')).map(({ value }) => textOfNode(value))
    const isList = test[0] === 'CMD'
    return [{ at: service.healthcheck.at, program: isList ? test[1] : undefined }]
  })
  return [...own, ...theirs]
}

/** The folder that a service sets for its containers. */
export function workingDirectories({ consumers }: Use): readonly Location[] {
  return consumers.flatMap(({ service }) => {
    const entry = service?.node && entryOf(service.node, 'working_dir')
    return entry ? [service.at] : []
  })
}

/** Where a program is looked for: as written, in the working directory, or on the path. */
export function programPaths(program: string, workdir: string, path: readonly string[]): readonly string[] {
  if (program.startsWith('/')) return [posix.normalize(program)]
  if (program.includes('/')) return [posix.resolve(workdir, program)]
  return path.map((folder) => posix.join(folder, program))
}
