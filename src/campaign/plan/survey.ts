import { decode } from '../../disk/encoding.js'
import { isVendored, kindOf } from '../../documents/index.js'
import { CONFIGURATION_FILES, ConfigurationError, LARGEST_CONFIGURATION } from '../../load.js'
import type { Path } from '../../model.js'
import type { Repository } from '../repository.js'
import { answersTo } from './contents.js'
import type { Job } from './job.js'
import { type Places, placesOf, shapesTree } from './tree.js'

/** A commit as far as a planner needs it to begin, and how to find more of it. */
export interface Survey {
  readonly at: Places
  readonly commit: Omit<Job, 'settings'>
  /** What the survey itself read or looked for. */
  readonly read: readonly Path[]
}

/**
 * Fetches in one go what decides how a commit is listed, and what harden reads of any repository.
 * @param besides Paths that will be asked for, too.
 * @param owners Where a file may say who owns what; the first that is there counts.
 * @throws GitError, or a ConfigurationError about the repository's own configuration
 */
export async function survey(
  repository: Repository,
  besides: readonly Path[] = [],
  owners: readonly Path[] = [],
): Promise<Survey> {
  const { entries, base, address } = repository
  const shaping = entries.filter(shapesTree)
  const sought = new Set([...CONFIGURATION_FILES, ...besides, ...owners])
  const isLikely = likelyIn(entries)
  const files = entries.filter(
    (entry) => entry.isText && isFile(entry) && (sought.has(entry.path) || isRead(entry) || isLikely(entry.path)),
  )
  const contents = await repository.blobs([...new Set([...shaping, ...files].map(({ id }) => id))])
  const shapes = new Map(shaping.flatMap(({ id }) => (contents.has(id) ? [[id, contents.get(id)!] as const] : [])))
  const at = placesOf(entries, shapes)
  const known = await answersTo(new Set(files.map(({ path }) => path)), at, { blobs: async () => contents })
  const text = await ownershipIn(owners, at, repository)
  return {
    at,
    commit: {
      entries,
      shaping: shapes,
      known,
      configuration: await configurationIn(at, repository),
      ...(text !== undefined && address.kind === 'remote' && { ownership: { forge: address.forge, text } }),
      day: new Date(base.time * 1000).toISOString().slice(0, 10),
      format: base.commit.length === 64 ? 'sha256' : 'sha1',
    },
    read: [...CONFIGURATION_FILES, ...owners, ...shaping.filter(({ isText }) => isText).map(({ path }) => path)],
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

/** More files than this of one sort are only fetched if they are asked for. */
const MOST_LIKELY = 500

/**
 * What planning most often asks for next, by what it asked for in public repositories: scripts that build or start something,
 * settings beside them, the manual; and Python where requirements are. Another question takes longer than a few more files.
 */
function likelyIn(entries: Repository['entries']): (path: Path) => boolean {
  const kinds = new Set(entries.map(({ path }) => kindOf(path)))
  const sorts = [
    ...(kinds.has('dockerfile') || kinds.has('compose') ? LIKELY : []),
    ...(kinds.has('dockerfile') && kinds.has('requirements') ? [/\.py$/] : []),
  ]
  const few = sorts.filter((sort) => entries.filter(({ path }) => sort.test(path)).length <= MOST_LIKELY)
  return (path) => few.some((sort) => sort.test(path)) && !isVendored(path)
}

const LIKELY = [/^readme[^/]*$/i, /\.(?:ba)?sh$/, /(?:^|\/)(?:Makefile|Procfile|package\.json|go\.mod|\.npmrc|\.env)$/]

/** The files with a repository's own configuration, under the conditions that hold on disk. */
async function configurationIn(at: Places, repository: Repository): Promise<Job['configuration']> {
  const there = CONFIGURATION_FILES.flatMap((name) => {
    const place = at(name)
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

/** Bytes; GitHub reads no larger one. */
const LARGEST_OWNERS = 3 * 1024 * 1024

/** The text of the first file that says who owns what. */
async function ownershipIn(files: readonly Path[], at: Places, { blobs }: Repository): Promise<string | undefined> {
  for (const path of files) {
    const place = at(path)
    if (!place || !('file' in place)) continue
    const bytes = (await blobs([place.file.id])).get(place.file.id)
    const decoded = bytes && bytes.length <= LARGEST_OWNERS ? decode(bytes) : undefined
    return decoded && 'text' in decoded ? decoded.text : undefined
  }
  return undefined
}
