/**
 * The commits of a planned pull request, on top of a commit in which everything that the plan rests on is as it was. Nothing
 * leaves here that the plan's hash does not cover: each patch is held against its digest, each file against the name of its
 * bytes before and after.
 */
import { type ObjectFormat, objectName } from '../../engine/patch.js'
import type { Path } from '../../model.js'
import { canonicalJson, digestOf } from '../canonical.js'
import type { CampaignSettings, CommitPlan, Digest, FileChange, ObjectId, PullPlan } from '../model.js'
import type { Repository, TreeEntry, WrittenFile } from '../repository.js'
import { partsOf, patched } from './patch.js'

/** The plan cannot be carried out as it is. */
export class BuildError extends Error {
  override readonly name = 'BuildError'

  constructor(
    /** `changed`: the repository is not as it was · `damaged`: what was reviewed is not what is there now */
    readonly kind: 'changed' | 'damaged',
    message: string,
  ) {
    super(message)
  }
}

/** A commit to be: everything but its parent. */
export interface BuiltCommit {
  readonly message: string
  readonly files: readonly (WrittenFile & { readonly isNew: boolean; readonly id: ObjectId })[]
}

/**
 * The files of every commit, in order.
 * @param patches The bytes of each commit's patch, in order.
 * @throws BuildError if a file is not as it was, or a patch does not make of it what was reviewed
 */
export async function build(
  repository: Repository,
  commits: readonly CommitPlan[],
  patches: readonly Buffer[],
): Promise<readonly BuiltCommit[]> {
  const entries = new Map(repository.entries.filter(({ isText }) => isText).map((entry) => [entry.path, entry]))
  const wanted = new Set(commits.flatMap(({ files }) => files.flatMap(({ path }) => entries.get(path)?.id ?? [])))
  const blobs = await repository.blobs([...wanted])
  const format: ObjectFormat = repository.base.commit.length === 64 ? 'sha256' : 'sha1'
  // Each commit sees what the one before has made.
  const now = new Map<Path, Buffer>()
  return commits.map((commit, index) => {
    const parts = partsOf(intact(patches[index]!, commit))
    const files = commit.files.map((file) => {
      const isFirst = !now.has(file.path)
      const before = isFirst ? contentOf(entries.get(file.path), file, blobs) : now.get(file.path)
      if ((before && objectName(before, format)) !== file.before) {
        throw new BuildError(isFirst ? 'changed' : 'damaged', `${file.path} is not as it was planned`)
      }
      const bytes = exactly(() => patched(parts, file.path, before))
      const id = objectName(bytes, format)
      if (id !== file.after)
        throw new BuildError('damaged', `the patch does not make of ${file.path} what was reviewed`)
      now.set(file.path, bytes)
      return { path: file.path, mode: file.mode, bytes, isNew: before === undefined, id }
    })
    if (parts.size !== files.length) throw new BuildError('damaged', 'a patch holds more files than were reviewed')
    return { message: commit.message, files }
  })
}

function intact(patch: Buffer, { patch: { file, digest } }: CommitPlan): Buffer {
  if (digestOf(patch) === digest) return patch
  throw new BuildError('damaged', `${file} is not the patch that was reviewed`)
}

/** A patch that does not fit bytes which are the right ones is no patch of ours. */
function exactly(apply: () => Buffer): Buffer {
  try {
    return apply()
  } catch (error) {
    throw new BuildError('damaged', error instanceof Error ? error.message : String(error))
  }
}

/** The bytes of a file of the base; `undefined` if there is none. */
function contentOf(
  entry: TreeEntry | undefined,
  { path, mode }: FileChange,
  blobs: ReadonlyMap<ObjectId, Buffer>,
): Buffer | undefined {
  if (entry === undefined) return undefined
  const bytes = blobs.get(entry.id)
  if (modeOf(entry) !== mode || bytes === undefined) throw new BuildError('changed', `${path} is not as it was planned`)
  return bytes
}

function modeOf({ kind }: TreeEntry): FileChange['mode'] | undefined {
  return { file: '100644' as const, program: '100755' as const, link: undefined, repository: undefined }[kind]
}

/** Makes the commits in our copy of the repository. The same plan on the same base gives the same ids. @returns the tip */
export async function commitAll(
  repository: Repository,
  commits: readonly BuiltCommit[],
  author: CampaignSettings['author'],
): Promise<ObjectId> {
  let parent = repository.base.commit
  for (const { message, files } of commits) {
    parent = await repository.commit(parent, files, { message, author, time: repository.base.time })
  }
  return parent
}

/** What a tree holds after a commit; both lists sorted by path. */
export function treeAfter(entries: readonly TreeEntry[], { files }: BuiltCommit): readonly TreeEntry[] {
  const changed = new Map(files.map((file) => [file.path, file]))
  const kept = entries.filter(({ path, isText }) => !(isText && changed.has(path)))
  const made = files.map(({ path, mode, id }): TreeEntry => {
    return { path, isText: true, kind: mode === '100755' ? 'program' : 'file', id }
  })
  return [...kept, ...made].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

/** Whether two trees hold the same. */
export function isSameTree(a: readonly TreeEntry[], b: readonly TreeEntry[]): boolean {
  const told = (entries: readonly TreeEntry[]) =>
    entries.map(({ path, isText, kind, id }) => JSON.stringify([path, isText, kind, id])).sort()
  const [left, right] = [told(a), told(b)]
  return left.length === right.length && left.every((line, i) => line === right[i])
}

/** Of a pull request's plan: the same digest is the same pull request, in whichever plan it stands. */
export function pullDigest(pull: PullPlan): Digest {
  return digestOf(canonicalJson(pull))
}
