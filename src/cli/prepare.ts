import { statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type DiskProject, findRoot, readProject } from '../disk.js'
import { documentOf, kindOf } from '../documents/index.js'
import type { Filter } from '../engine/find.js'
import { filterOf } from '../load.js'
import type { Path, Transform } from '../model.js'
import type { Look } from '../ui/look.js'
import { type Progress, progressOn } from '../ui/progress.js'
import type { About } from '../ui/report.js'
import { enter } from './enter.js'
import { UsageError } from './errors.js'
import type { CommonOptions } from './options.js'
import { remark, stdoutLook } from './terminal.js'
import { chosen, configured, watched } from './transforms.js'

/** Everything a command needs before it plans. */
export interface Prepared {
  readonly root: string
  readonly project: DiskProject
  readonly transforms: readonly Transform[]
  readonly filter: Filter
  readonly progress: Progress
  readonly look: Look
  /** What a report says besides the plan. */
  readonly about: Pick<About, 'files' | 'transforms' | 'covers' | 'skipped' | 'root'>
  /** To be called after planning. @throws UsageError if a file that was named cannot be read for certain. */
  readonly checkNamed: () => void
}

/** Finds the root, reads the project and the configuration, and picks the transforms. */
export async function prepare(paths: readonly string[], options: CommonOptions): Promise<Prepared> {
  const cwd = enter(options.cwd)
  const { root, named } = locate(paths)
  const progress = progressOn(process.stderr)
  const project = await readProject(root, { named: named.filter((path) => path !== '') })
  const look = stdoutLook(options.color, root, cwd)
  const files = namedFiles(project, named, look)
  const configuration = await configured(root, options)
  const isNamed = (path: Path) => named.some((name) => name === '' || path === name || path.startsWith(`${name}/`))
  const covers = (path: Path) => isNamed(path) && configuration.covers(path)
  const transforms = chosen(configuration, options).map((transform) => watched(transform, progress.tick))
  const kinds = new Set<string | undefined>(transforms.map((transform) => transform.on))
  const filter = filterOf(configuration, new Date().toISOString().slice(0, 10))
  return {
    root,
    project,
    transforms,
    filter: { admits: (id, finding) => isNamed(finding.at.path) && filter.admits(id, finding) },
    progress,
    look,
    about: {
      files: project.paths.filter((path) => covers(path) && kinds.has(kindOf(path))).length,
      transforms,
      covers,
      skipped: project.skipped,
      root: relative(cwd, root) || '.',
    },
    checkNamed: () => checkReadable(files, project, look),
  }
}

/** The one root of all paths, and each path as seen from it. */
function locate(paths: readonly string[]): { root: string; named: readonly Path[] } {
  const places = (paths.length > 0 ? paths : ['.']).map((path) => findRoot(path))
  const [first] = places
  const stray = places.findIndex((place) => place.root !== first!.root)
  if (stray > 0) {
    throw new UsageError(`${paths[0]} and ${paths[stray]} lie in different projects; run harden once for each.`)
  }
  return { root: first!.root, named: places.map((place) => place.inside) }
}

/** Those of the named paths that are files. One that cannot be read ends the run: whoever names a file wants an answer. */
function namedFiles(project: DiskProject, named: readonly Path[], look: Look): readonly Path[] {
  const files = named.filter((path) => !statSync(join(project.root, path), { throwIfNoEntry: false })?.isDirectory())
  for (const path of files) {
    const problem = project.unreadable(path)
    if (problem) throw new UsageError(`${look.name(path)}: ${problem}.`)
    if (!kindOf(path)) remark(`harden: ${look.name(path)} ${UNKNOWN}`)
  }
  return files
}

const UNKNOWN = 'is not a file harden reads: by its name it is no Dockerfile, Compose file or requirements file.'

/** Needs the lenses to be loaded, as they are after planning. */
function checkReadable(files: readonly Path[], project: DiskProject, look: Look): void {
  for (const path of files) {
    const file = project.read(path)
    const [problem] = (file && documentOf(file)?.problems) ?? []
    if (problem) throw new UsageError(`${look.name(path)}: ${problem}.`)
  }
}
