import { createHash } from 'node:crypto'
import { kindOf } from '../../documents/index.js'
import { CONFIGURATION_FILES } from '../../load.js'
import type { Path } from '../../model.js'
import type { Digest } from '../model.js'
import type { TreeEntry } from '../repository.js'

/**
 * What a plan rests on, as a digest: of every path that was read or looked for, what stands there; and besides, which files
 * there are of the kinds that harden looks for by their names. Of a later commit with the same digest the plan still holds.
 * Files that nobody looked for may come, change and go.
 * @param read Sorted.
 */
export function inputsOf(entries: readonly TreeEntry[], read: readonly Path[]): Digest {
  const asked = new Set(read)
  const there = new Map<Path, TreeEntry>()
  const found: Path[] = []
  for (const entry of entries) {
    if (!entry.isText) continue
    if (asked.has(entry.path)) there.set(entry.path, entry)
    else if (isLookedFor(entry.path)) found.push(entry.path)
  }
  const hash = createHash('sha256')
  const line = (...parts: readonly string[]) => hash.update(`${parts.join('\0')}\0\0`)
  for (const path of read) {
    const entry = there.get(path)
    line('read', path, entry?.kind ?? 'nothing', entry?.id ?? '')
  }
  for (const path of found.sort()) line('found', path)
  return `sha256:${hash.digest('hex')}`
}

/** Python files are only read for what requirements files ask about, and come and go too often. */
function isLookedFor(path: Path): boolean {
  const kind = kindOf(path)
  return (kind !== undefined && kind !== 'python') || path.endsWith('.gitignore') || CONFIGURATION_FILES.includes(path)
}
