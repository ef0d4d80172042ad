import type { Instruction } from '../documents/dockerfile.js'
import type { Location, Project } from '../model.js'
import type { Image } from './image.js'
import { startText } from './start-command.js'
import { fileInImage, type Use } from './uses.js'

/** A command that starts node through npm and nothing else, so that npm can be spared. */
export interface NpmStart {
  readonly script: string
  /** `node` and its file. */
  readonly program: readonly string[]
  /** Where package.json says so. */
  readonly at: Location
}

/**
 * `npm start` whose script is `node file`: without hooks before and after it, without other words, and without code that
 * reads the variables which npm sets.
 */
export function npmStartOf(use: Use, instruction: Instruction, project: Project): NpmStart | undefined {
  const words = wordsOfNpm(use.image, instruction)
  if (!words) return undefined
  const script = words.at(-1)!
  const file = fileInImage(use, 'package.json', project)
  const program = file && nodeProgram(file.text, script)
  if (!program || usesNpmVariables(use, program, project)) return undefined
  return { script, program, at: { path: file.path, ...placeOf(file.text, program.join(' ')) } }
}

function wordsOfNpm(image: Image, instruction: Instruction): readonly string[] | undefined {
  if (instruction.keyword !== 'CMD') return undefined
  const text = instruction.json ? undefined : startText(image, instruction)
  const [command, ...more] = text?.commands ?? []
  if (text && (!command || more.length > 0 || !command.plain)) return undefined
  if (command && command.assigned.length + command.redirects.length > 0) return undefined
  const words = (command?.words ?? instruction.words).map(({ value }) => value)
  const [npm, ...rest] = words[0] === 'exec' ? words.slice(1) : words
  const isStart = rest.length === 1 ? rest[0] === 'start' : rest.length === 2 && /^run(-script)?$/.test(rest[0]!)
  return npm === 'npm' && isStart ? [npm, ...rest] : undefined
}

/** The words of a script that is `node file` and nothing else. */
function nodeProgram(packageJson: string, script: string): readonly string[] | undefined {
  try {
    const { scripts } = JSON.parse(packageJson) as { scripts?: Record<string, unknown> }
    if (!scripts || !Object.hasOwn(scripts, script)) return undefined
    if (Object.hasOwn(scripts, `pre${script}`) || Object.hasOwn(scripts, `post${script}`)) return undefined
    const text = scripts[script]
    return typeof text === 'string' && /^node [\w./-]*\w$/.test(text) ? text.split(' ') : undefined
  } catch {
    return undefined
  }
}

function placeOf(text: string, part: string): { start: number; end: number } {
  const start = Math.max(0, text.indexOf(`"${part}"`))
  return { start, end: start + part.length + 2 }
}

/** Whether the program's file, if it is in the repository, reads what npm tells its scripts. */
function usesNpmVariables(use: Use, program: readonly string[], project: Project): boolean {
  const file = fileInImage(use, program[1]!, project)
  return file !== undefined && /npm_(package|config|lifecycle)_/.test(file.text)
}
