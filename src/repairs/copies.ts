import type { Instruction, Word } from '../documents/dockerfile.js'
import { baseName } from '../documents/index.js'
import { insert, insertLinesBelow } from '../edits.js'
import type { TextEdit } from '../model.js'
import { type Copy, type Image, isUnder } from '../relations/image.js'

/**
 * Lets a COPY of one file of the context bring a second one from beside it to beside it; `undefined` where its words
 * cannot say that.
 */
export function copyBeside(image: Image, copy: Copy, word: Word, name: string): readonly TextEdit[] | undefined {
  const { document } = image
  const { instruction, destination } = copy
  const target = instruction.words.at(-1)
  if (!target || copy.from !== undefined || destination === undefined || /[*?[$\s]/.test(word.value)) return undefined
  const other = word.value.slice(0, word.value.length - baseName(word.value).length) + name
  if (baseName(destination) === baseName(word.value) && copy.sources.length === 1)
    return [insertLinesBelow(document, instruction.end, besides(image, instruction, word, other, target, name))]
  const isFolder = /\/$/.test(target.value) || isWorkdir(image, instruction, destination)
  if (!isFolder) return undefined
  const added = instruction.json ? `, ${JSON.stringify(other)}` : ` ${other}`
  const quote = instruction.json ? 1 : 0
  const close = target.value.endsWith('/') ? [] : [insert(document, target.end - quote, '/')]
  return [insert(document, word.end, added), ...close]
}

/** The same COPY for another file. */
function besides(image: Image, copy: Instruction, word: Word, other: string, target: Word, name: string): string {
  const { text } = image.document.file
  const quoted = (value: string) => (copy.json ? JSON.stringify(value) : value)
  const to = target.value.slice(0, target.value.length - baseName(target.value).length) + name
  const head = text.slice(copy.start, word.start)
  return `${head}${quoted(other)}${text.slice(word.end, target.start)}${quoted(to)}${copy.json ? text.slice(target.end, copy.args.end) : ''}`
}

/** Whether a path is a directory for certain when the COPY runs: the working directory or one above it. */
function isWorkdir(image: Image, copy: Instruction, path: string): boolean {
  const workdir = image.workdirAt(copy)
  return workdir !== undefined && isUnder(workdir, path)
}
