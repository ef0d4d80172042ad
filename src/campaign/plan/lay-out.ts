/**
 * A commit as files on this disk, to be built from: written by us, from bytes. Nothing is checked out, so there are no filters
 * and no hooks; links are left out, and whatever has a name that could lead elsewhere.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isInside } from '../../disk/listing.js'
import type { ObjectId } from '../model.js'
import type { Repository, TreeEntry } from '../repository.js'

/** What lies in the folder, and what does not. */
export interface LaidOut {
  readonly contents: ReadonlyMap<ObjectId, Buffer>
  /** What a build may miss, one sentence each. */
  readonly missing: readonly string[]
}

/**
 * @param folder Empty.
 * @param most Bytes of all files together.
 * @throws GitError; Error if it is too large, or this disk does not take it
 */
export async function layOut(repository: Repository, folder: string, most: number): Promise<LaidOut> {
  const files = repository.entries.filter((entry) => isFile(entry) && entry.isText && isInside(entry.path))
  const contents = await repository.blobs([...new Set(files.map(({ id }) => id))])
  let room = most
  const absent: TreeEntry[] = []
  for (const file of files) {
    const bytes = contents.get(file.id)
    if (!bytes) {
      absent.push(file)
      continue
    }
    room -= bytes.length
    if (room < 0) throw new Error(`its files come to more than ${Math.round(most / 1024 / 1024)} MiB`)
    const path = join(folder, file.path)
    await mkdir(dirname(path), { recursive: true })
    // Two names that this disk takes for one are refused.
    await writeFile(path, bytes, { flag: 'wx', mode: file.kind === 'program' ? 0o755 : 0o644 })
  }
  const others = repository.entries.length - files.length
  return {
    contents,
    missing: [
      ...(absent.length > 0 ? [`Left out, because they are too large: ${count(absent.length, 'file')}.`] : []),
      ...(others > 0
        ? [`Left out, because they are links, submodules, or have names of that kind: ${count(others, 'path')}.`]
        : []),
    ],
  }
}

function isFile({ kind }: TreeEntry): boolean {
  return kind === 'file' || kind === 'program'
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
