import type { Instruction } from '../documents/dockerfile.js'
import { insert, insertLinesAbove, insertLinesBelow } from '../edits.js'
import type { TextEdit } from '../model.js'
import type { Copy, Image } from '../relations/image.js'
import type { Owned } from '../relations/ownership.js'

/** `--chown` on each COPY or ADD, behind the flags it has. */
export function ownCopies(image: Image, copies: readonly Copy[], owner: string): readonly TextEdit[] {
  return copies.map(({ instruction: { start, keyword, flags } }) =>
    insert(image.document, flags.at(-1)?.end ?? start + keyword.length, ` --chown=${owner}`),
  )
}

/**
 * Gives directories to an owner without going through what is in them, which would copy every file into a new layer.
 * Where only the working directory is concerned, right behind its WORKDIR; else in one RUN behind `last`, but for
 * volumes that are declared before: some builders throw away what is done to a volume after VOLUME.
 */
export function ownDirectories(
  image: Image,
  owner: string,
  owned: readonly Owned[],
  last: Instruction,
): readonly TextEdit[] {
  const [only] = owned
  if (!only) return []
  if (owned.length === 1 && only.exists && only.after.stage === image.stage.index) {
    return [insertLinesBelow(image.document, only.after.end, runThatOwns(owned, owner))]
  }
  const volume = image.stage.instructions.find(({ keyword, index }) => keyword === 'VOLUME' && index < last.index)
  const early = volume
    ? owned.filter(
        ({ after, exists }) =>
          !exists && after.index < volume.index && image.volumes.some(({ madeBy }) => madeBy.index - 1 === after.index),
      )
    : []
  const late = owned.filter((directory) => !early.includes(directory))
  return [
    ...(volume && early.length > 0 ? [insertLinesAbove(image.document, volume.start, runThatOwns(early, owner))] : []),
    ...(late.length > 0 ? [insertLinesBelow(image.document, last.end, runThatOwns(late, owner))] : []),
  ]
}

function runThatOwns(owned: readonly Owned[], owner: string): string {
  const paths = (list: readonly Owned[]) => list.map(({ path }) => quoted(path)).join(' ')
  const missing = owned.filter(({ exists }) => !exists)
  const own = `chown ${owner} ${paths(owned)}`
  return missing.length > 0 ? `RUN mkdir -p ${paths(missing)} \\\n && ${own}` : `RUN ${own}`
}

function quoted(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

/** Insertions at one point become one edit, in the order they were made. */
export function joinedInsertions(edits: readonly TextEdit[]): readonly TextEdit[] {
  const joined: TextEdit[] = []
  for (const edit of edits) {
    const same = joined.findIndex(
      ({ path, start, end }) => path === edit.path && start === edit.start && end === start && edit.end === end,
    )
    if (same < 0) joined.push(edit)
    else joined[same] = { ...edit, text: joined[same]!.text + edit.text }
  }
  return joined
}
