/** What a commit holds, without its files. */
import { isUtf8 } from 'node:buffer'
import type { ObjectId } from '../model.js'
import { GitError, type TreeEntry } from '../repository.js'
import { LISTED_ENTRY } from './limits.js'
import { checkId, type Git } from './run.js'

/**
 * Every file of a commit that is here already, and what stands in a file's place.
 * @throws GitError of kind `limit` if there are more than there may be
 */
export async function listTree(git: Git, commit: ObjectId): Promise<readonly TreeEntry[]> {
  const most = git.limits.entries * LISTED_ENTRY
  const listing = await git.run(['ls-tree', '-r', '-t', '-z', '--full-tree', checkId(commit)], { most })
  const { entries, count } = readListing(listing)
  if (count > git.limits.entries) {
    throw new GitError(
      'limit',
      `${git.about}: ${count} files and folders are more than the ${git.limits.entries} it may hold`,
    )
  }
  return entries
}

/**
 * Reads what `ls-tree -r -t -z` wrote: `<mode> <type> <id>\t<path>\0` for each entry; no byte of a path means anything but itself.
 * @returns `count` counts folders as well
 */
export function readListing(listing: Buffer): { readonly entries: readonly TreeEntry[]; readonly count: number } {
  const entries: TreeEntry[] = []
  let count = 0
  for (let at = 0; at < listing.length; count++) {
    const tab = listing.indexOf(0x09, at)
    const end = listing.indexOf(0x00, tab)
    const [mode = '', type, id = ''] = listing.toString('latin1', at, tab).split(' ')
    const name = listing.subarray(tab + 1, end)
    at = end + 1
    if (type !== 'tree') entries.push({ path: name.toString(), isText: isUtf8(name), kind: kindOf(mode), id })
  }
  return { entries: entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)), count }
}

/** Old programs wrote modes such as `100664`; git itself reads no more out of one than this. */
function kindOf(mode: string): TreeEntry['kind'] {
  if (mode === '160000') return 'repository'
  if (mode === '120000') return 'link'
  return Number.parseInt(mode, 8) & 0o100 ? 'program' : 'file'
}
