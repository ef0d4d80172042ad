import { decode } from '../../disk/encoding.js'
import { LARGEST_FILE, tooLarge } from '../../disk/listing.js'
import type { Path, SourceFile } from '../../model.js'
import type { Repository, TreeEntry } from '../repository.js'
import type { Places } from './tree.js'

/**
 * What a path of a commit is: a file, the same as another path (through a link), something that is not read, or, with neither,
 * nothing at all. Plain data.
 */
export interface Answer {
  readonly path: Path
  readonly file?: SourceFile
  readonly same?: Path
  readonly problem?: string
}

/** Looks paths up in a commit; the files that are not here yet are fetched together. */
export async function answersTo(
  paths: Iterable<Path>,
  at: Places,
  repository: Pick<Repository, 'blobs'>,
): Promise<readonly Answer[]> {
  const answers = new Map<Path, Answer>()
  const files = new Map<Path, TreeEntry>()
  for (const path of paths) {
    const place = at(path)
    if (!place) answers.set(path, { path })
    else if ('problem' in place) answers.set(path, { path, problem: place.problem })
    else {
      files.set(place.file.path, place.file)
      if (place.file.path !== path) answers.set(path, { path, same: place.file.path })
    }
  }
  const contents = await repository.blobs([...new Set([...files.values()].map(({ id }) => id))])
  for (const [path, entry] of files) answers.set(path, fileAnswer(entry, contents.get(entry.id)))
  return [...answers.values()]
}

function fileAnswer({ path, kind }: TreeEntry, bytes: Buffer | undefined): Answer {
  if (!bytes) return { path, problem: MISSING }
  if (bytes.length > LARGEST_FILE) return { path, problem: tooLarge(LARGEST_FILE) }
  if (isPointer(bytes)) return { path, problem: POINTER }
  const decoded = decode(bytes)
  if ('problem' in decoded) return { path, problem: decoded.problem }
  return { path, file: { path, ...decoded, mode: kind === 'program' ? 0o755 : 0o644 } }
}

const MISSING = 'it is too large, or it could not be fetched'
const POINTER = 'Git LFS keeps it elsewhere'

/** git LFS stores a few lines in place of a file; the bytes that they stand for are never fetched. */
function isPointer(bytes: Buffer): boolean {
  return bytes.length < 1024 && bytes.subarray(0, SIGN.length).equals(SIGN)
}

const SIGN = Buffer.from('version https://git-lfs.github.com/spec/')
