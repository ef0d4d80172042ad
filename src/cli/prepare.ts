import { statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type DiskProject, findRoot, readProject, recover, wasCutOff } from '../disk.js'
import { documentOf, kindOf, loadLenses } from '../documents/index.js'
import type { Filter } from '../engine/find.js'
import { plan, restless } from '../engine/plan.js'
import { escaped } from '../escape.js'
import { filterOf } from '../load.js'
import type { Path, Plan, Select, Transform } from '../model.js'
import type { Look } from '../ui/look.js'
import { progressOn } from '../ui/progress.js'
import type { About } from '../ui/report.js'
import { enter } from './enter.js'
import { UsageError } from './errors.js'
import type { CommonOptions } from './options.js'
import { type Outside, outside } from './outside.js'
import { remark, stdoutLook } from './terminal.js'
import { chosen, configurationOf, watched } from './transforms.js'

/** Everything a command needs before it plans. */
export interface Prepared {
  readonly root: string
  readonly project: DiskProject
  readonly transforms: readonly Transform[]
  readonly filter: Filter
  readonly look: Look
  /** What a report says besides the plan. */
  readonly about: Pick<About, 'files' | 'transforms' | 'covers' | 'skipped' | 'root'>
  /**
   * Plans what may be done.
   * @throws UsageError if a file that was named cannot be read for certain, or the fixes go round in circles.
   */
  readonly plan: (select: Select) => Promise<Plan>
  /** Takes in what was seen outside the project; the next plan knows it. */
  readonly tell: Outside['tell']
  /** Reads the project anew, ready to be planned. */
  readonly again: () => Promise<DiskProject>
}

/**
 * Finds the root, reads the project and the configuration, and picks the transforms.
 * @param writes Whether the command will write: then what an earlier one left half done is put in order first.
 */
export async function prepare(paths: readonly string[], options: CommonOptions, writes = false): Promise<Prepared> {
  const cwd = enter(options.cwd)
  const { root, named } = locate(paths)
  if (writes) await finishEarlier(root)
  else if (!options.quiet && wasCutOff(root)) remark(`harden: ${CUT_OFF}`)
  const progress = progressOn(process.stderr)
  const read = () => readProject(root, { named: named.filter((path) => path !== '') })
  const known = outside(options.online === true, progress.tick)
  const project = { ...(await read()), facts: known.facts }
  const look = stdoutLook(options.color, root, cwd)
  const files = namedFiles(project, named, look)
  const configuration = await configurationOf(root, options)
  const isNamed = (path: Path) => named.some((name) => name === '' || path === name || path.startsWith(`${name}/`))
  const covers = (path: Path) => isNamed(path) && configuration.covers(path)
  const transforms = chosen(configuration, options).map((transform) => watched(transform, progress.tick))
  const kinds = new Set<string | undefined>(transforms.map((transform) => transform.on))
  const configured = filterOf(configuration, new Date().toISOString().slice(0, 10))
  const filter: Filter = { admits: (id, finding) => isNamed(finding.at.path) && configured.admits(id, finding) }
  const planning = async (select: Select) => {
    let result = await plan(project, transforms, select, filter)
    for (let n = 1; n < MOST_PLANS && (await known.learn(result.wanted)); n++)
      result = await plan(project, transforms, select, filter)
    return result
  }
  return {
    root,
    project,
    transforms,
    filter,
    look,
    about: {
      files: project.paths.filter((path) => covers(path) && kinds.has(kindOf(path))).length,
      transforms,
      covers,
      skipped: project.skipped,
      root: relative(cwd, root) || '.',
    },
    plan: async (select) => {
      const result = await planning(select).finally(progress.end)
      checkReadable(files, project, look)
      checkConverged(result)
      return result
    },
    tell: known.tell,
    again: async () => {
      const now = await read()
      await loadLenses(now.paths)
      return { ...now, facts: known.facts }
    },
  }
}

/** What a plan wants to know may only show once another fix is done. */
const MOST_PLANS = 3

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

function checkConverged(result: Plan): void {
  if (result.stopped === 'converged') return
  const ids = restless(result).join(', ')
  throw new UsageError(
    `the fixes of ${ids} undo each other, so nothing was written. Leave one out with --skip, and please report it.`,
  )
}

const CUT_OFF =
  'a write is not through: another run is still at it, or was cut off. The next harden fix or harden undo puts its files in order.'

async function finishEarlier(root: string): Promise<void> {
  const recovery = await recover(root)
  if (recovery) remark(`harden: ${escaped(recovery.said)}`)
}
