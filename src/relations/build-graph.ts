import { baseName, isVendored, pathsOf } from '../documents/index.js'
import type { Evidence, Location, Path, Project, SourceFile } from '../model.js'
import { usesByBake } from './bake.js'
import { composeAt, type Stack, servicesIn, stacksOf, usesByService } from './compose-stacks.js'
import { type Consumer, type ConsumerKind, joinUses, noUses, type Reuse, type Uses } from './consumer.js'
import { stackOfDevContainer, usesByDevContainer } from './dev-containers.js'
import { usesByFly, usesByHeroku, usesByHuggingFace, usesByRender, usesBySkaffold } from './hosting.js'
import { type KubernetesUse, mayBeManifest, readManifest } from './kubernetes.js'
import { folderOf, type Scope, scopeOf } from './paths.js'
import { isScript, usesByScript } from './scripts.js'
import { usesByAction, usesByWorkflow } from './workflows.js'

export type { Consumer, ConsumerKind } from './consumer.js'
export type { KubernetesUse } from './kubernetes.js'

/** A place that names an image. */
export interface ImageUse {
  readonly image: string
  readonly by: ConsumerKind | 'kubernetes'
  readonly at: Location
}

/** Who uses which Dockerfile, with which context and target, and how that container is run. */
export interface BuildGraph {
  readonly consumers: readonly Consumer[]
  /** Uses that cannot be followed to a file of the project, and files that could not be read for certain. */
  readonly notes: readonly Evidence[]
  readonly kubernetes: readonly KubernetesUse[]
  consumersOf(dockerfile: Path): readonly Consumer[]
  /** The known contexts, `.` for the project's root; if none is known, the Dockerfile's own folder. */
  contextsOf(dockerfile: Path): readonly Path[]
  /** The names under which other files may refer to what this Dockerfile builds. */
  imagesBuiltFrom(dockerfile: Path): readonly string[]
  /** The Dockerfile that an image of this name is built from, as another file writes it in `FROM` or `image:`. */
  dockerfileOf(image: string): Path | undefined
  /** Where an image is run without being built, whatever its tag. */
  imageUses(name: string): readonly ImageUse[]
}

interface Known {
  readonly project: Project
  readonly reads: ReadonlyMap<Path, SourceFile | undefined>
  readonly graph: BuildGraph
}

const memo = new WeakMap<readonly Path[], Known>()

/**
 * The build graph of a project. It is made again only when a file that it rests on has changed: edits of a Dockerfile
 * leave it as it is. The lenses of the project's files must have been loaded.
 */
export function buildGraph(project: Project): BuildGraph {
  const known = memo.get(project.paths)
  if (known && restsOnTheSame(known, project)) return known.graph
  const reads = new Map<Path, SourceFile | undefined>()
  const graph = makeGraph(scopeOf(project, reads))
  memo.set(project.paths, { project, reads, graph })
  return graph
}

function restsOnTheSame({ project: before, reads }: Known, now: Project): boolean {
  if (before === now) return true
  const edited = [...before.edited.keys(), ...now.edited.keys()]
  return edited.every((path) => !reads.has(path) || before.edited.get(path) === now.edited.get(path))
}

function makeGraph(scope: Scope): BuildGraph {
  const paths = scope.project.paths.filter((path) => !isVendored(path))
  const named = stacksOf(scope)
  const services = [...named, ...devStacks(scope, paths, named)].flatMap((stack) => servicesIn(scope, stack))
  const uses = joinUses([
    ...services.map((service) => usesByService(scope, service)),
    ...paths.map((path) => usesByFile(scope, path)),
  ])
  const builders = withoutRepeats(uses.consumers)
  const builderOf = builderLookup(builders)
  const consumers = [...builders, ...reusersOf(uses.reuses, builderOf)]
  const byDockerfile = groupBy(consumers, ({ dockerfile }) => dockerfile)
  const kubernetes = paths.filter(mayBeManifest).flatMap((path) => manifestAt(scope, path) ?? [])
  const imageUses = groupBy(imageUsesOf(uses.reuses, kubernetes), ({ image }) => repositoryOf(image))
  const consumersOf = (dockerfile: Path) => byDockerfile.get(scope.real(dockerfile)) ?? []
  return {
    consumers,
    notes: [...new Map(uses.notes.map((each) => [keyOf(each), each])).values(), ...unreadable(scope)],
    kubernetes,
    consumersOf,
    contextsOf: (dockerfile) => {
      const contexts = new Set(consumersOf(dockerfile).flatMap(({ context }) => context ?? []))
      return contexts.size > 0 ? [...contexts] : [folderOf(scope.real(dockerfile))]
    },
    imagesBuiltFrom: (dockerfile) => [...new Set(consumersOf(dockerfile).flatMap(({ images }) => images))],
    dockerfileOf: (image) => builderOf(image)?.dockerfile,
    imageUses: (name) => imageUses.get(repositoryOf(name)) ?? [],
  }
}

function groupBy<T>(list: readonly T[], about: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const group = groups.get(about(item))
    if (group) group.push(item)
    else groups.set(about(item), [item])
  }
  return groups
}

function keyOf({ note, at }: Evidence): string {
  return `${at?.path} ${at?.start} ${note}`
}

/** The jobs of a matrix say the same again and again, but for the names they give. */
function withoutRepeats(consumers: readonly Consumer[]): readonly Consumer[] {
  const about = ({ at, dockerfile, context, target, stack }: Consumer) =>
    [at.path, at.start, dockerfile, context, target, stack].join('\n')
  return [...groupBy(consumers, about).values()].map((same) => {
    const images = new Set(same.flatMap((consumer) => consumer.images))
    return { ...same[0]!, images: [...images] }
  })
}

/** Files are chosen by their name, so that of a large project only a few are read. */
function usesByFile(scope: Scope, path: Path): Uses {
  const use = sourceOf(path)
  const file = use && scope.read(path)
  return file ? use(scope, file) : noUses
}

function sourceOf(path: Path): ((scope: Scope, file: SourceFile) => Uses) | undefined {
  const name = baseName(path)
  if (/(^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) return usesByWorkflow
  if (/^action\.ya?ml$/.test(name)) return usesByActionAndItsSteps
  if (/^(docker-)?bake(\.[\w.-]+)?\.(hcl|json)$/.test(name)) return usesByBake
  if (/^fly(\.[\w.-]+)?\.toml$/.test(name)) return usesByFly
  if (name === 'heroku.yml') return usesByHeroku
  if (/^render\.ya?ml$/.test(name)) return usesByRender
  if (/^skaffold\.ya?ml$/.test(name)) return usesBySkaffold
  if (isDevContainer(path)) return usesByDevContainer
  if (path === 'README.md') return usesByHuggingFace
  return isScript(path) ? usesByScript : undefined
}

function usesByActionAndItsSteps(scope: Scope, file: SourceFile): Uses {
  return joinUses([usesByAction(scope, file), usesByWorkflow(scope, file)])
}

function isDevContainer(path: Path): boolean {
  return /(^|\/)(\.devcontainer\/([^/]+\/)?devcontainer|\.devcontainer)\.json$/.test(path)
}

/** What a development container joins, unless the names of the files already say so. */
function devStacks(scope: Scope, paths: readonly Path[], named: readonly Stack[]): readonly Stack[] {
  const known = new Set(named.map(({ files }) => files.join('\n')))
  return paths.filter(isDevContainer).flatMap((path) => {
    const file = scope.read(path)
    const stack = file && stackOfDevContainer(file)
    return stack && !known.has(stack.files.join('\n')) && pathsOf(scope.project, 'compose').length > 0 ? [stack] : []
  })
}

/** Containers of an image that is built elsewhere in the project: a worker beside its web server. */
function reusersOf(reuses: readonly Reuse[], builderOf: (image: string) => Consumer | undefined): readonly Consumer[] {
  return reuses.flatMap(({ image, ...run }) => {
    const builder = builderOf(image)
    return builder
      ? [{ ...builder, ...run, builds: false, service: run.service, stack: run.stack, user: run.user }]
      : []
  })
}

/**
 * Who builds the image of a name. Its tag counts, unless the name has an owner: then it is the project's own, whatever
 * tag it is published with. Where CI fills in the owner, the rest of the name decides.
 */
function builderLookup(builders: readonly Consumer[]): (image: string) => Consumer | undefined {
  const byName = new Map<string, Consumer>()
  for (const builder of builders) {
    for (const image of builder.images) {
      const repository = repositoryOf(image)
      byName.set(referenceOf(image), byName.get(referenceOf(image)) ?? builder)
      if (repository.includes('/')) byName.set(repository, byName.get(repository) ?? builder)
    }
  }
  return (image) => {
    const repository = repositoryOf(image)
    const withoutOwner = repository.slice(repository.indexOf('/'))
    return (
      byName.get(referenceOf(image)) ??
      byName.get(repository) ??
      (withoutOwner.startsWith('/') ? byName.get(`$${withoutOwner}`) : undefined)
    )
  }
}

/** An image's name without what every name has anyway. A variable in the owner's place becomes `$`. */
function shortNameOf(image: string): string {
  return image
    .replace(/^(\$\{\{[^}]*\}\}|\$\{?\w+\}?|\$\(\w+\))\//, '$/')
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\//, '')
}

function referenceOf(image: string): string {
  const name = shortNameOf(image)
  return /:[^/]*$|@/.test(name) ? name : `${name}:latest`
}

/** An image's name without tag and digest. */
function repositoryOf(image: string): string {
  return shortNameOf(image)
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')
}

function imageUsesOf(reuses: readonly Reuse[], kubernetes: readonly KubernetesUse[]): readonly ImageUse[] {
  const inPods = kubernetes.flatMap(({ images }) => images)
  return [
    ...reuses.map(({ image, by, service, at }) => ({ image, by, at: service?.image?.at ?? at })),
    ...inPods.map(({ value, at }) => ({ image: value, by: 'kubernetes' as const, at })),
  ]
}

function manifestAt(scope: Scope, path: Path): KubernetesUse | undefined {
  const file = scope.read(path)
  return file && readManifest(file)
}

function unreadable(scope: Scope): readonly Evidence[] {
  return pathsOf(scope.project, 'compose')
    .filter((path) => !composeAt(scope, path))
    .map((path) => ({ note: 'this Compose file cannot be read for certain', at: { path, start: 0, end: 0 } }))
}
