import type { Dockerfile, Instruction } from '../documents/dockerfile.js'
import type { Evidence, Project } from '../model.js'
import { locate } from './image.js'
import { optionOf, type PackageCommand, packageCommandsOf } from './package-commands.js'
import { scriptOf, whatComesAfter } from './package-lists.js'
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
  const after = whatComesAfter(document, run, uses, project, ({ image, instruction }) =>
    apkCommandsOf(image.document, instruction).some((each) => keepsIndex(each) && each.command.plain),
  )
  for (const { image, instruction } of after) {
    const own = indexReaders(image.document, instruction)
    const at = locate(image, instruction)
    const { start, end } = instruction
    const isClosed = instruction.keyword === 'ONBUILD' || instruction.json
    if (image.document === document) readers.push(...own)
    else if (own.length > 0) others.push({ note: 'This installs with the index that is there', at })
    if (isClosed && needsIndex(image.document.file.text.slice(start, end)))
      others.push({ note: 'This installs with the index that is there', at })
    const script = scriptOf(image, instruction, project, needsIndex)
    if (script && script !== 'unreadable') others.push({ note: `${script} installs with the index that is there`, at })
  }
  return { readers, others }
}

/** Whether text that nobody here reads as commands installs with an index it has not fetched. */
function needsIndex(text: string): boolean {
  const add = /\bapk\b["',\s]+(?:-\S+\s+)*add\b(?![^\n]*(?:--no-cache|--update|-U\b))/.exec(text)
  const update = /\bapk\s+(?:-\S+\s+)*update\b/.exec(text)
  return add !== null && (update === null || update.index > add.index)
}
