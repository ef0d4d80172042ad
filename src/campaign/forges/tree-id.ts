import { createHash } from 'node:crypto'
import type { ObjectId } from '../model.js'

export interface NamedEntry {
  readonly name: string
  /** Octal, as git prints it: `100644`, `040000`. */
  readonly mode: string
  readonly id: ObjectId
}

/**
 * The name git gives to a folder of these entries, in whatever order they are. For a forge that shows what a commit holds, and
 * not the name of it: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
 */
export function treeIdOf(entries: readonly NamedEntry[]): ObjectId {
  const lines = entries.map(({ name, mode, id }) => {
    const bytes = Buffer.from(name)
    const isFolder = /^0?40000$/.test(mode)
    return {
      // Folders are sorted as if their names ended in a slash.
      key: isFolder ? Buffer.concat([bytes, Buffer.from('/')]) : bytes,
      line: Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} `), bytes, Buffer.from([0]), Buffer.from(id, 'hex')]),
    }
  })
  lines.sort((a, b) => a.key.compare(b.key))
  const content = Buffer.concat(lines.map(({ line }) => line))
  const algorithm = entries[0]?.id.length === 64 ? 'sha256' : 'sha1'
  return createHash(algorithm).update(`tree ${content.length}\0`).update(content).digest('hex')
}
