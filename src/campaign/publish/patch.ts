/**
 * Applies our own patches to the bytes they were made of: every line where the patch says, every byte as it says, or not at all.
 * A library that looks for a better place would open something else than what was reviewed.
 */
import { headerOf } from '../../engine/patch.js'
import type { Path } from '../../model.js'

/** The patch does not fit; `message` is one sentence. */
export class PatchError extends Error {
  override readonly name = 'PatchError'
}

/** The parts of a patch, one for each file, by the line they begin with. One character for each byte. */
export type PatchParts = ReadonlyMap<string, readonly string[]>

/** @throws PatchError if it is not such a patch as `patchOf` writes */
export function partsOf(patch: Buffer): PatchParts {
  const lines = patch.toString('latin1').split('\n')
  if (lines.pop() !== '') throw new PatchError('The patch does not end with a line feed.')
  const parts = new Map<string, string[]>()
  let part: string[] | undefined
  for (const line of lines) {
    // Every line of a hunk begins with a space, a sign or a backslash.
    if (line.startsWith('diff --git ')) {
      if (parts.has(line)) throw new PatchError('The patch names a file twice.')
      part = []
      parts.set(line, part)
    } else if (part === undefined) throw new PatchError('The patch does not begin with a file.')
    else part.push(line)
  }
  return parts
}

/**
 * What the patch makes of a file.
 * @param before `undefined` for a new file
 * @throws PatchError if it does not fit exactly
 */
export function patched(parts: PatchParts, path: Path, before: Buffer | undefined): Buffer {
  const part = parts.get(headerOf(path))
  if (part === undefined) throw new PatchError(`The patch does not name ${path}.`)
  const old = linesOf(before?.toString('latin1') ?? '')
  const now: string[] = []
  let from = 0
  let at = part.findIndex((line) => line.startsWith('@@ '))
  while (at >= 0 && at < part.length) {
    const { start, gone, come } = hunkAt(part[at]!, path)
    if (start < from) throw new PatchError(`The patch for ${path} goes backwards.`)
    now.push(...old.slice(from, start))
    const hunk = read(part, at + 1, gone + come, path)
    const removed = hunk.lines.filter(({ sign }) => sign !== '+').map(({ text }) => text)
    const added = hunk.lines.filter(({ sign }) => sign !== '-').map(({ text }) => text)
    const isExact = removed.length === gone && added.length === come
    if (!isExact || removed.some((line, i) => line !== old[start + i]))
      throw new PatchError(`The patch for ${path} does not fit the file.`)
    now.push(...added)
    from = start + gone
    at = hunk.next
  }
  return Buffer.from([...now, ...old.slice(from)].join(''), 'latin1')
}

interface HunkLine {
  readonly sign: ' ' | '-' | '+'
  /** With its line feed, unless the file ends without one. */
  readonly text: string
}

/** The lines of a hunk, and where the next one begins. */
function read(part: readonly string[], from: number, most: number, path: Path) {
  const lines: HunkLine[] = []
  let at = from
  for (; at < part.length && !part[at]!.startsWith('@@ '); at++) {
    const line = part[at]!
    const sign = line[0]
    if (sign === '\\') withoutEnd(lines)
    else if (sign === ' ' || sign === '-' || sign === '+') lines.push({ sign, text: `${line.slice(1)}\n` })
    else throw new PatchError(`The patch for ${path} holds a line that is none of a patch.`)
    if (lines.length > most) throw new PatchError(`The patch for ${path} is longer than it says.`)
  }
  return { lines, next: at }
}

/** `\ No newline at end of file` is said of the line before. */
function withoutEnd(lines: HunkLine[]): void {
  const last = lines.pop()
  if (last) lines.push({ sign: last.sign, text: last.text.slice(0, -1) })
}

/** Counted from 0. A hunk that takes nothing away names the line before it. */
function hunkAt(header: string, path: Path): { readonly start: number; readonly gone: number; readonly come: number } {
  const [, line, gone = '1', come = '1'] = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@$/.exec(header) ?? []
  if (line === undefined) throw new PatchError(`The patch for ${path} has a hunk without a place.`)
  return { start: gone === '0' ? Number(line) : Number(line) - 1, gone: Number(gone), come: Number(come) }
}

/** Each with its line feed; the last one as it ends. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}
