import type { Service } from '../documents/compose.js'
import type { Instruction } from '../documents/dockerfile.js'
import { documentOf, kindOf } from '../documents/index.js'
import { parseShell } from '../documents/shell.js'
import { entryOf } from '../documents/yaml-tree.js'
import type { Location, Path, Project, Range } from '../model.js'
import type { Consumer } from './consumer.js'
import type { Image } from './image.js'
import { startInstructions, startText } from './start-command.js'
import type { Use } from './uses.js'

/** A word of a command; its range leaves quotes out where it stands in a list. */
export interface WrittenWord extends Range {
  readonly value: string
}

/** A command that starts with a container, word by word as a file has it, so that its words can be changed. */
export interface WrittenCommand {
  readonly path: Path
  readonly words: readonly WrittenWord[]
  /** What stands between two words, quotes of a list included. */
  readonly gap: string
  /** Where it is said. */
  readonly at: Location
  /** Whether a shell reads it, and so fills in variables. */
  readonly shell: boolean
  /** Who runs it, if a service says it and not the image. */
  readonly consumer: Consumer | undefined
}

/** The commands of a use that stand in its Dockerfile, and in the Compose files of those who run it in their own way. */
export function writtenCommands(use: Use, project: Project): readonly WrittenCommand[] {
  return [...ofImage(use.image), ...use.consumers.flatMap((consumer) => ofService(consumer, project))]
}

function ofImage(image: Image): readonly WrittenCommand[] {
  const { entrypoint, cmd } = startInstructions(image)
  return [entrypoint, cmd].flatMap((instruction) => (instruction ? ofInstruction(image, instruction) : []))
}

function ofInstruction(image: Image, instruction: Instruction): readonly WrittenCommand[] {
  const { path, text } = image.document.file
  const at = { path, start: instruction.start, end: instruction.end }
  const common = { path, at, consumer: undefined }
  const script = startText(image, instruction)
  if (script) {
    if (script.errors.length > 0) return []
    return script.commands
      .filter(({ plain, words }) => plain && words.length > 0)
      .map(({ words }) => ({ ...common, words, gap: ' ', shell: true }))
  }
  const words = instruction.words.map(({ value, start, end }) => ({ value, start: start + 1, end: end - 1 }))
  const isPlain = words.every(({ value, start, end }) => text.slice(start, end) === value)
  return isPlain && words.length > 0 ? [{ ...common, words, gap: gapIn(words, text), shell: false }] : []
}

/** What stands between the last two words; of a single one, what JSON would have there. */
function gapIn(words: readonly WrittenWord[], text: string): string {
  const [one, other] = words.slice(-2)
  return other ? text.slice(one!.end, other.start).replaceAll('\r\n', '\n') : '", "'
}

/** The command of a service, in a list or as text, if the words can be found in the file one after another. */
function ofService(consumer: Consumer, project: Project): readonly WrittenCommand[] {
  const { service } = consumer
  const value = service?.command ?? service?.entrypoint
  if (!service || !value || (service.command && service.entrypoint) || entryOf(service.node, 'working_dir')) return []
  const { at } = value
  const file = project.read(at.path)
  // What an anchor or a merge key gives stands elsewhere and is not this service's alone.
  if (!file || kindOf(at.path) !== 'compose' || !isOwn(service, at, project)) return []
  const raw = file.text.slice(at.start, at.end)
  const common = { path: at.path, at, consumer }
  if (typeof value.value !== 'string') {
    const words = inOrder(value.value, raw, at.start, /^[\s[\]"',-]*$/)
    const [program, flag, line] = value.value
    if (/(^|\/)(ba|da|a)?sh$/.test(program ?? '') && /^-\w*c$/.test(flag ?? '') && line !== undefined)
      return ofText(line, raw, at.start).map((found) => ({ ...common, words: found, gap: ' ', shell: true }))
    if (!words || words.length < 2 || !areAlike(words, file.text)) return []
    return [{ ...common, words, gap: gapIn(words, file.text), shell: false }]
  }
  const { commands } = parseShell(value.value)
  const [only] = commands
  const line = only && commands.length === 1 ? shellLine(only.words.map((word) => word.value)) : undefined
  if (line !== undefined)
    return ofText(line, raw, at.start).map((found) => ({ ...common, words: found, gap: ' ', shell: true }))
  return commands.length === 1
    ? ofText(value.value, raw, at.start).map((found) => ({ ...common, words: found, gap: ' ', shell: false }))
    : []
}

/** Whether the words of a list are all in the same quotes, or all in none. */
function areAlike(words: readonly WrittenWord[], text: string): boolean {
  const quotes = words.map(({ start, end }) => {
    const around = text[start - 1]! + text[end]
    return around === '""' || around === "''" ? around : /["']/.test(around) ? 'one' : ''
  })
  return quotes[0] !== 'one' && quotes.every((quote) => quote === quotes[0])
}

function isOwn(service: Service, at: Location, project: Project): boolean {
  const file = project.read(service.keyAt.path)
  const document = file && documentOf(file, 'compose')
  const own = document?.services.find(({ name, keyAt }) => name === service.name && keyAt.path === at.path)
  return own !== undefined && own.written === 'block' && at.start >= own.at.start && at.end <= own.at.end + 1
}

function shellLine([program = '', flag = '', line]: readonly string[]): string | undefined {
  return /(^|\/)(ba|da|a)?sh$/.test(program) && /^-\w*c$/.test(flag) ? line : undefined
}

/** Each plain command of a shell text, found by its words in the text of the file. */
function ofText(line: string, raw: string, start: number): readonly (readonly WrittenWord[])[] {
  const { commands, errors } = parseShell(line)
  if (errors.length > 0) return []
  return commands.flatMap(({ plain, words }) => {
    const found = plain
      ? inOrder(
          words.map(({ value }) => value),
          raw,
          start,
          /^\s*$/,
        )
      : undefined
    return found && found.length > 0 ? [found] : []
  })
}

/** Longer commands are no longer commands. */
const LONGEST = 10_000

/** Where words stand one behind the other with nothing but a gap between them; only if that is so at one place. */
function inOrder(
  words: readonly string[],
  raw: string,
  start: number,
  gap: RegExp,
): readonly WrittenWord[] | undefined {
  const found: WrittenWord[][] = []
  const [first] = words
  if (!first || raw.length > LONGEST) return undefined
  for (let from = raw.indexOf(first); from >= 0 && found.length < 2; from = raw.indexOf(first, from + 1)) {
    const places = placesFrom(words, raw, from, gap)
    if (places) found.push(places.map((place) => ({ ...place, start: start + place.start, end: start + place.end })))
  }
  return found.length === 1 ? found[0] : undefined
}

function placesFrom(words: readonly string[], raw: string, from: number, gap: RegExp): WrittenWord[] | undefined {
  const places: WrittenWord[] = []
  let at = from
  for (const value of words) {
    const place = raw.indexOf(value, at)
    if (place < 0 || (places.length > 0 && (place === at || !gap.test(raw.slice(at, place))))) return undefined
    places.push({ value, start: place, end: place + value.length })
    at = place + value.length
  }
  return /^[\w./-]/.test(raw.slice(at)) || /[\w./-]$/.test(raw.slice(0, from)) ? undefined : places
}
