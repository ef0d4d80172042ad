/** The contents of files that are here already. */
import type { ObjectId } from '../model.js'
import { GitError } from '../repository.js'
import { checkId, type Git } from './run.js'

/**
 * Reads files whose size is within the limit; the others, and those that are not here, are missing from the answer.
 * @throws GitError of kind `limit` if they are too large together
 */
export async function readBlobs(git: Git, ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, Buffer>> {
  const asked = [...new Set(ids)].map(checkId)
  if (asked.length === 0) return new Map()
  const sizes = readSizes(
    await git.run(['cat-file', '--batch-check'], { input: lines(asked), most: asked.length * 100 }),
  )
  const wanted = asked.filter((id) => (sizes.get(id) ?? Number.POSITIVE_INFINITY) <= git.limits.file)
  if (wanted.length === 0) return new Map()
  const total = wanted.reduce((sum, id) => sum + sizes.get(id)! + 100, 0)
  if (total > git.limits.size) throw new GitError('limit', `${git.about}: the files to be read are too large together`)
  return readContents(await git.run(['cat-file', '--batch'], { input: lines(wanted), most: total }))
}

/** `<id> blob <size>` for each; what is missing, or is no file, says something else. */
export function readSizes(text: Buffer): ReadonlyMap<ObjectId, number> {
  const sizes = new Map<ObjectId, number>()
  for (const line of text.toString('latin1').split('\n')) {
    const [, id, size] = /^([0-9a-f]+) blob (\d+)$/.exec(line) ?? []
    if (id !== undefined) sizes.set(id, Number(size))
  }
  return sizes
}

/** Each as a line `<id> blob <size>`, so many bytes, and a line break. */
export function readContents(out: Buffer): ReadonlyMap<ObjectId, Buffer> {
  const contents = new Map<ObjectId, Buffer>()
  for (let at = 0; at < out.length; ) {
    const end = out.indexOf(0x0a, at)
    const head = out.toString('latin1', at, end)
    const [, id, size] = /^([0-9a-f]+) blob (\d+)$/.exec(head) ?? []
    at = end + 1
    if (id === undefined) continue
    contents.set(id, out.subarray(at, at + Number(size)))
    at += Number(size) + 1
  }
  return contents
}

export function lines(ids: readonly ObjectId[]): string {
  return ids.map((id) => `${id}\n`).join('')
}
