import type { Dockerfile, Instruction } from '../documents/dockerfile.js'
import type { Evidence, Project } from '../model.js'
import { locate } from './image.js'
import { optionOf, type PackageCommand, packageCommandsOf } from './package-commands.js'
import { type After, scriptOf, whatComesAfter } from './package-lists.js'
import type { Use } from './uses.js'

/** The calls of apk in a RUN. */
export function apkCommandsOf(document: Dockerfile, run: Instruction): readonly PackageCommand[] {
  return packageCommandsOf(document, run).filter(({ manager }) => manager === 'apk')
}

/** Whether a call of apk writes its index into the image. */
export function keepsIndex(command: PackageCommand): boolean {
  if (optionOf(command, '--no-cache')) return false
  return command.verb === 'update' || optionOf(command, '-U', '--update', '--update-cache') !== undefined
}

const READING = new Set('install upgrade fetch search policy list fix version'.split(' '))

/** The calls of apk in a RUN that take their index from what an earlier layer has left. */
export function indexReaders(document: Dockerfile, run: Instruction): readonly PackageCommand[] {
  const commands = apkCommandsOf(document, run)
  const update = commands.findIndex((each) => keepsIndex(each) && each.command.plain)
  const before = update < 0 ? commands : commands.slice(0, update)
  return before.filter(
    (command) =>
      READING.has(command.verb) &&
      !keepsIndex(command) &&
      !optionOf(command, '--no-cache', '--no-network', '--cache-max-age', '--root', '-p'),
  )
}

/** Who takes the index of apk from a RUN. */
export interface IndexReliance {
  /** Calls in the same file. */
  readonly readers: readonly PackageCommand[]
  /** Those that are out of reach: scripts, images built on this one, instructions for later. */
  readonly others: readonly Evidence[]
}

/** Who relies on the index that a RUN leaves in the image. */
export function relianceOnIndex(
  document: Dockerfile,
  run: Instruction,
  uses: readonly Use[],
  project: Project,
): IndexReliance {
  const readers: PackageCommand[] = []
  const others: Evidence[] = []
  const steps = (each: After) => indexStepsOf(each.document, each.instruction)
  for (const after of whatComesAfter(document, run, uses, project, (each) => steps(each).fetches)) {
    const own = steps(after)
    const at = locate(after, after.instruction)
    if (after.document === document) readers.push(...own.readers)
    if (own.needsUnread || (after.document !== document && own.readers.length > 0))
      others.push({ note: 'This installs with the index that is there', at })
    const script = scriptOf(after, project, needsIndex)
    if (script && script !== 'unreadable') others.push({ note: `${script} installs with the index that is there`, at })
  }
  return { readers, others }
}

interface IndexSteps {
  readonly readers: readonly PackageCommand[]
  /** Whether it surely fetches an index into the image. */
  readonly fetches: boolean
  /** Whether text that is no script of a RUN needs the index. */
  readonly needsUnread: boolean
}

const memo = new WeakMap<Instruction, IndexSteps>()

function indexStepsOf(document: Dockerfile, instruction: Instruction): IndexSteps {
  const known = memo.get(instruction)
  if (known) return known
  const { keyword, json, start, end } = instruction
  const found = {
    readers: indexReaders(document, instruction),
    fetches: apkCommandsOf(document, instruction).some((each) => keepsIndex(each) && each.command.plain),
    needsUnread: (keyword === 'ONBUILD' || json) && needsIndex(document.file.text.slice(start, end)),
  }
  memo.set(instruction, found)
  return found
}

/** Whether text that nobody here reads as commands installs with an index it has not fetched. */
function needsIndex(text: string): boolean {
  const add = /\bapk\b["',\s]+(?:-\S+\s+){0,20}add\b(?![^\n]{0,400}(?:--no-cache|--update|-U\b))/.exec(text)
  const update = /\bapk\s+(?:-\S+\s+){0,20}update\b/.exec(text)
  return add !== null && (update === null || update.index > add.index)
}
