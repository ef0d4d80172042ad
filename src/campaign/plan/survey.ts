import { decode } from '../../disk/encoding.js'
import { kindOf } from '../../documents/index.js'
import { CONFIGURATION_FILES, ConfigurationError, LARGEST_CONFIGURATION } from '../../load.js'
import type { Path } from '../../model.js'
import type { Repository } from '../repository.js'
import { answersTo } from './contents.js'
import type { Job } from './job.js'
import { shapesTree, type Tree, treeOf } from './tree.js'

/** A commit as far as a planner needs it to begin, and what more of it there is to ask for. */
export interface Survey {
  readonly tree: Tree
  readonly commit: Omit<Job, 'settings'>
  /** What the survey itself read or looked for. */
  readonly read: readonly Path[]
}

/**
 * Lists a commit, and fetches in one go what decides that list and what harden reads of any repository.
 * @param besides Paths that will be asked for as well.
 * @throws GitError, or a ConfigurationError about the repository's own configuration
 */
export async function survey(repository: Repository, besides: readonly Path[]): Promise<Survey> {
  const { entries, base } = repository
  const shaping = entries.filter(shapesTree)
  const sought = new Set([...CONFIGURATION_FILES, ...besides])
  const files = entries.filter((entry) => entry.isText && isFile(entry) && (sought.has(entry.path) || isRead(entry)))
  const contents = await repository.blobs([...new Set([...shaping, ...files].map(({ id }) => id))])
  const tree = treeOf(entries, contents)
  const known = await answersTo(new Set(files.map(({ path }) => path)), tree, { blobs: async () => contents })
  return {
    tree,
    commit: {
      paths: tree.paths,
      skipped: tree.skipped,
      known,
      configuration: await configurationIn(tree, repository),
      day: new Date(base.time * 1000).toISOString().slice(0, 10),
      format: base.commit.length === 64 ? 'sha256' : 'sha1',
    },
    read: [...CONFIGURATION_FILES, ...shaping.filter(({ isText }) => isText).map(({ path }) => path)],
  }
}

function isFile({ kind }: Repository['entries'][number]): boolean {
  return kind === 'file' || kind === 'program'
}

/** Python files are many, and only read where requirements files ask about them. */
function isRead({ path }: Repository['entries'][number]): boolean {
  const kind = kindOf(path)
  return kind !== undefined && kind !== 'python'
}

/** The files with a repository's own configuration, under the conditions that hold on disk. */
async function configurationIn(tree: Tree, repository: Repository): Promise<Job['configuration']> {
  const there = CONFIGURATION_FILES.flatMap((name) => {
    const place = tree.at(name)
    return place ? [{ name, place }] : []
  })
  const ids = there.flatMap(({ place }) => ('file' in place ? [place.file.id] : []))
  const contents = await repository.blobs(ids)
  return there.map(({ name, place }) => {
    const decoded = 'file' in place ? textOf(contents.get(place.file.id)) : place
    if ('problem' in decoded) throw new ConfigurationError([`${name}: ${decoded.problem}.`])
    return { name, text: decoded.text.replace(/^\uFEFF/, '') }
  })
}

function textOf(bytes: Buffer | undefined): { readonly text: string } | { readonly problem: string } {
  return bytes && bytes.length <= LARGEST_CONFIGURATION ? decode(bytes) : { problem: 'it is too large' }
}
