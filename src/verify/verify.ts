/**
 * The ladder: build the original, build the result, look into both, start both alike, and hold one against the other.
 * Where the original does not build or start, nothing is claimed.
 */
import { createHash } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { documentsOf } from '../documents/index.js'
import type { Path, Project } from '../model.js'
import { type Container, containersOf, keyOf, type Recipe } from '../relations/containers.js'
import { traceKey } from '../relations/ownership.js'
import { imageWorsenings, lastComplaint, runWorsenings, type Worsening, writeTrace } from './compare.js'
import { normalized } from './files.js'
import { type BuiltImage, build, type FailedBuild } from './image.js'
import { lay, type Overlay } from './lay.js'
import { type NotStarted, type Observation, observe } from './observe.js'
import type { Workshop } from './workshop.js'

/** A picture of a project that can be built. */
export interface Picture {
  readonly project: Project
  /** What differs from the disk. */
  readonly overlay: Overlay
}

export interface SideOfProof {
  readonly image: BuiltImage
  readonly run: Observation
}

/** What was found out about one container. */
export interface Proof {
  /** The service, or the Dockerfile if no service runs it. */
  readonly name: string
  readonly dockerfile: Path
  readonly recipe: Recipe
  readonly before: SideOfProof | undefined
  readonly after: SideOfProof | undefined
  /** Why nothing can be claimed. */
  readonly unproven?: string
  readonly worse: readonly Worsening[]
  /** What a person should know when reading the proof. */
  readonly notes: readonly string[]
}

/** Builds and starts pictures of one project, and remembers what it has seen. */
export interface Prover {
  /** What the containers of a picture write when they run, by the key under which planning asks for it. */
  readonly traces: (picture: Picture, keys: ReadonlySet<string>) => Promise<ReadonlyMap<string, readonly string[]>>
  /** What changes for every container whose image or start differs between the pictures, if its Dockerfile counts. */
  readonly prove: (before: Picture, after: Picture, counts?: (dockerfile: Path) => boolean) => Promise<readonly Proof[]>
}

/** @param scratch An empty folder for contexts and mounts; whoever made it removes it. */
export function proverOf(workshop: Workshop, root: string, scratch: string): Prover {
  const folders = new Map<string, Promise<string>>()
  const images = new Map<string, Promise<BuiltImage | FailedBuild>>()
  const runs = new Map<string, Promise<Observation | NotStarted>>()

  const folderOf = (picture: Picture) =>
    remembered(
      folders,
      digestOf(picture.overlay, () => true),
      async () => {
        const folder = join(await mkdtemp(join(scratch, 'picture-')), 'project')
        workshop.tell('laying out the project')
        await lay(root, picture.overlay, folder)
        return folder
      },
    )

  const imageOf = (recipe: Recipe, picture: Picture, side: string) =>
    remembered(images, imageKey(recipe, picture), async () => build(workshop, recipe, await folderOf(picture), side))

  const runOf = async (container: Container, picture: Picture, side: string) => {
    const tags = new Map<string, string>()
    for (const { image } of [...container.beside, container]) {
      if (typeof image === 'string') continue
      const built = await imageOf(image, picture, side)
      if ('failed' in built)
        return { name: container.name, failed: `what runs beside it does not build: ${built.failed}` }
      tags.set(keyOf(image), built.tag)
    }
    const tagOf = ({ image }: Container) => (typeof image === 'string' ? image : tags.get(keyOf(image))!)
    const key = JSON.stringify([{ ...container, others: [] }, ...tags], mapsAsLists)
    return remembered(runs, key, async () => observe(workshop, container, await folderOf(picture), scratch, tagOf))
  }

  const proveOne = async ({ before, after }: Pair, pictures: Pictures): Promise<Proof> => {
    const { name } = after
    const recipe = after.image as Recipe
    const about = { name, dockerfile: recipe.dockerfile, recipe, notes: notesOf(after) }
    const nothing = { ...about, before: undefined, after: undefined, worse: [] }
    const was = before && (await imageOf(before.image as Recipe, pictures.before, 'before'))
    if (was && 'failed' in was) return { ...nothing, unproven: `the original does not build: ${was.failed}` }
    let ran = before && (await runOf(before, pictures.before, 'before'))
    // It may need more of its stack than it says.
    const isCompany = before !== undefined && before.others.length > 0 && !isUp(ran)
    if (isCompany) ran = await runOf(inCompany(before), pictures.before, 'before')
    if (ran && 'failed' in ran) return { ...nothing, unproven: `the original does not start: ${ran.failed}` }
    if (ran?.state === 'ended' && ran.exitCode !== 0)
      return {
        ...nothing,
        unproven: `the original ends with exit code ${ran.exitCode}: ${lastComplaint(ran.log) ?? 'it says nothing'}`,
      }
    const side = was && ran && { image: was, run: ran }

    const is = await imageOf(recipe, pictures.after, 'after')
    if ('failed' in is)
      return { ...nothing, before: side, worse: [{ what: `${recipe.dockerfile} no longer builds`, line: is.failed }] }
    const runs = await runOf(isCompany ? inCompany(after) : after, pictures.after, 'after')
    if ('failed' in runs)
      return { ...nothing, before: side, worse: [{ what: `${name} no longer starts`, line: runs.failed }] }
    const now = { image: is, run: runs }
    const moved = movedRequirements(pictures)
    const worse = side
      ? [...imageWorsenings(side.image, is, moved), ...runWorsenings(side.run, runs, is)]
      : newcomerWorsenings(runs)
    return { ...about, before: side, after: now, worse }
  }

  return {
    traces: async (picture, keys) => {
      const traces = new Map<string, readonly string[]>()
      for (const container of containersOf(picture.project)) {
        const { dockerfile, target } = container.image as Recipe
        const key = traceKey(dockerfile, target)
        if (!keys.has(key)) continue
        const run = await runOf(container, picture, 'before')
        if (!('failed' in run)) traces.set(key, [...new Set([...(traces.get(key) ?? []), ...writeTrace(run)])])
      }
      return traces
    },
    prove: async (before, after, counts = () => true) => {
      const pictures = { before, after }
      const proofs: Proof[] = []
      for (const pair of pairsOf(before.project, after.project)) {
        if (counts((pair.after.image as Recipe).dockerfile) && isTouched(pair, pictures))
          proofs.push(await proveOne(pair, pictures))
      }
      return proofs
    },
  }
}

function mapsAsLists(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value
}

function isUp(run: Observation | NotStarted | undefined): boolean {
  return run !== undefined && !('failed' in run) && (run.state === 'running' || run.exitCode === 0)
}

/** The container with all of its stack beside it. */
function inCompany(container: Container): Container {
  return { ...container, beside: [...container.beside, ...container.others], others: [] }
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}

interface Pictures {
  readonly before: Picture
  readonly after: Picture
}

interface Pair {
  /** Missing where a container only came with the change. */
  readonly before: Container | undefined
  readonly after: Container
}

/** A container is the same one as long as its Dockerfile and its service keep their names. */
function pairsOf(before: Project, after: Project): readonly Pair[] {
  const known = new Map<string, Container[]>()
  for (const container of containersOf(before)) {
    const key = nameOf(container)
    known.set(key, [...(known.get(key) ?? []), container])
  }
  return containersOf(after).map((container) => ({ before: known.get(nameOf(container))?.shift(), after: container }))
}

function nameOf({ name, image }: Container): string {
  return `${(image as Recipe).dockerfile}\0${name}`
}

/** Whether anything that goes into an image, or into how it is run, differs. */
function isTouched({ before, after }: Pair, pictures: Pictures): boolean {
  const shown = (container: Container | undefined) =>
    JSON.stringify(container && { ...container, others: [] }, mapsAsLists)
  if (!before || shown(before) !== shown(after)) return true
  const recipe = after.image as Recipe
  return imageKey(recipe, pictures.before) !== imageKey(recipe, pictures.after)
}

function imageKey(recipe: Recipe, { overlay, project }: Picture): string {
  return `${keyOf(recipe)} ${digestOf(overlay, (path) => goesInto(recipe, path, project))}`
}

/** Whether a file has a say in an image. Another Dockerfile, or a Compose file, is copied by some, and read by none. */
function goesInto({ dockerfile, context }: Recipe, path: Path, project: Project): boolean {
  if (path === dockerfile) return true
  const isInside = context === '.' || path.startsWith(`${context}/`)
  return isInside && !infrastructure(project).has(path)
}

const memo = new WeakMap<Project, ReadonlySet<Path>>()

function infrastructure(project: Project): ReadonlySet<Path> {
  const known =
    memo.get(project) ??
    new Set([...documentsOf(project, 'dockerfile'), ...documentsOf(project, 'compose')].map(({ file }) => file.path))
  memo.set(project, known)
  return known
}

function digestOf(overlay: Overlay, counts: (path: Path) => boolean): string {
  const hash = createHash('sha256')
  for (const [path, file] of [...overlay].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (counts(path))
      hash
        .update(`${path}\0${file?.mode}\0`)
        .update(file?.bytes ?? '')
        .update('\0')
  }
  return hash.digest('hex')
}

function notesOf({ unset, leftOut, name }: Container): readonly string[] {
  return [
    ...(unset.length > 0 ? [`${name} was started without ${unset.join(', ')}, which only your machine sets`] : []),
    ...(leftOut.length > 0
      ? [`${name} was started without its mounts at ${leftOut.join(', ')}, which lead out of the project`]
      : []),
  ]
}

/** The names that a list of requirements had before and has no longer. */
function movedRequirements({ before, after }: Pictures): ReadonlySet<string> {
  const namesIn = (project: Project) =>
    new Map(
      [...documentsOf(project, 'requirements')].map((document) => [
        document.file.path,
        new Set(document.entries.flatMap((entry) => (entry.kind === 'requirement' ? [normalized(entry.name)] : []))),
      ]),
    )
  const now = namesIn(after.project)
  return new Set(
    [...namesIn(before.project)].flatMap(([path, names]) => [...names].filter((name) => !now.get(path)?.has(name))),
  )
}

/** A container that nobody ran before has only itself to be held against. */
function newcomerWorsenings(run: Observation): readonly Worsening[] {
  const line = lastComplaint(run.log)
  if (run.state === 'ended' && run.exitCode !== 0)
    return [{ what: `${run.name} ends with exit code ${run.exitCode}`, ...(line && { line }) }]
  return run.health === 'unhealthy' ? [{ what: `the health check of ${run.name} fails` }] : []
}
