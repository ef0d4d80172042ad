import { posix } from 'node:path'
import type { Service } from '../documents/compose.js'
import type { Dockerfile, Stage } from '../documents/dockerfile.js'
import { documentOf, documentsOf } from '../documents/index.js'
import { parseShell } from '../documents/shell.js'
import { parseReference } from '../facts/base-images.js'
import type { Location, Path, Project, SourceFile } from '../model.js'
import { type BuildGraph, buildGraph, type KubernetesUse } from './build-graph.js'
import type { Consumer } from './consumer.js'
import { type Image, imageOf, locate } from './image.js'
import { sourceOf } from './image-files.js'
import type { Surroundings } from './serving.js'
import { type Override, type StartUp, startUpOf } from './start-up.js'

/** A stage that is deployed: its image, who runs it, and what starts in it. */
export interface Use {
  readonly image: Image
  /** The folders that COPY sees, as far as they are known. */
  readonly contexts: readonly Path[]
  /** Everybody known to build or run this stage. */
  readonly consumers: readonly Consumer[]
  /** What starts: by the file's own words, and by those of every consumer that has its own. */
  readonly starts: readonly StartUp[]
  /** The stages and images that are built on this one. */
  readonly children: readonly { readonly name: string; readonly at: Location }[]
  /** What the manifests of the repository say; they may be of other images. */
  readonly kubernetes: readonly KubernetesUse[]
}

const usesMemo = new WeakMap<Project, WeakMap<Dockerfile, readonly Use[]>>()

/**
 * The deployed stages of a Dockerfile: the last, and each that a consumer names as its target. A last stage made of
 * nothing that only carries files out of the build is no container, and neither is a development container. Worked out
 * once per picture of the project.
 */
export function usesOf(document: Dockerfile, project: Project): readonly Use[] {
  const known = usesMemo.get(project) ?? new WeakMap<Dockerfile, readonly Use[]>()
  usesMemo.set(project, known)
  const uses = known.get(document) ?? [...readUses(document, project)]
  known.set(document, uses)
  return uses
}

function* readUses(document: Dockerfile, project: Project): Iterable<Use> {
  const { path } = document.file
  if (/(^|\/)\.devcontainer\//.test(path)) return
  const graph = buildGraph(project)
  const consumers = graph.consumersOf(path)
  const contexts = graph.contextsOf(path)
  const last = document.stages.at(-1)
  for (const stage of document.stages) {
    const own = consumers.filter(({ target }) =>
      target === undefined ? stage === last : target.toLowerCase() === stage.name,
    )
    if (stage !== last && own.length === 0) continue
    const image = imageOf(document, stage)
    const starts = startsOf(image, contexts, own, project)
    if (image.base?.family === 'none' && image.reference === 'scratch' && !starts.some(({ known }) => known)) continue
    yield {
      image,
      contexts,
      consumers: own,
      starts,
      children: childrenOf(document, stage, project),
      kubernetes: graph.kubernetes,
    }
  }
}

function startsOf(
  image: Image,
  contexts: readonly Path[],
  consumers: readonly Consumer[],
  project: Project,
): readonly StartUp[] {
  const overrides = consumers.flatMap(overridesOf)
  const runAsIs = consumers.length === 0 || consumers.some((consumer) => overridesOf(consumer).length === 0)
  const starts = overrides.map((override) => startUpOf(image, contexts, project, override))
  const plain = startUpOf(image, contexts, project)
  return runAsIs || starts.length === 0 ? [plain, ...starts] : starts
}

function overridesOf({ service, commands, at }: Consumer): readonly Override[] {
  if (service?.command || service?.entrypoint) {
    const { command, entrypoint } = service
    return [
      { command: wordsOf(command?.value), entrypoint: wordsOf(entrypoint?.value), at: (command ?? entrypoint)!.at },
    ]
  }
  return commands.map(({ value, at: place }) => ({ command: wordsOf(value), entrypoint: undefined, at: place ?? at }))
}

function wordsOf(value: string | readonly string[] | undefined): readonly string[] | undefined {
  if (typeof value !== 'string') return value?.length === 0 ? undefined : value
  const words = parseShell(value).commands.flatMap((command) => command.words.map((word) => word.value))
  return words.length > 0 ? words : undefined
}

/** The use of a Dockerfile that a Compose service is, and what starts in it. */
export interface ServiceUse {
  readonly use: Use
  readonly start: StartUp
  readonly surroundings: Surroundings
}

/** What a service builds and starts, if its Dockerfile is one of the project that can be read for certain. */
export function useOfService(service: Service, project: Project): ServiceUse | undefined {
  const consumer = consumersByService(buildGraph(project)).get(keyOfService(service))
  const file = consumer && project.read(consumer.dockerfile)
  const document = file && documentOf(file, 'dockerfile')
  if (!consumer || !document || document.problems.length > 0) return undefined
  // Uses are remembered longer than the graph is: the same service may be another object there.
  const key = keyOfService(service)
  const use = usesOf(document, project).find(({ consumers }) =>
    consumers.some((each) => each.service && keyOfService(each.service) === key),
  )
  if (!use) return undefined
  const [override] = overridesOf(consumer)
  return {
    use,
    start: startUpOf(use.image, use.contexts, project, override),
    surroundings: surroundingsOf({ ...use, consumers: [consumer] }, project),
  }
}

const serviceMemo = new WeakMap<BuildGraph, ReadonlyMap<string, Consumer>>()

function consumersByService(graph: BuildGraph): ReadonlyMap<string, Consumer> {
  const known =
    serviceMemo.get(graph) ??
    new Map(
      graph.consumers.flatMap((consumer) => (consumer.service ? [[keyOfService(consumer.service), consumer]] : [])),
    )
  serviceMemo.set(graph, known)
  return known
}

function keyOfService({ keyAt }: Service): string {
  return `${keyAt.path}\0${keyAt.start}`
}

/** What is known around the containers of a use: which variables all who run it set alike, which files they hold. */
export function surroundingsOf({ image, contexts, consumers }: Use, project: Project): Surroundings {
  const variables = consumers.flatMap(({ service }) => service?.environment ?? [])
  const values = new Map<string, Set<string | undefined>>()
  for (const { name, value } of variables) values.set(name, (values.get(name) ?? new Set()).add(value))
  return {
    variables: variables.map((variable) =>
      values.get(variable.name)!.size > 1 ? { name: variable.name, at: variable.at } : variable,
    ),
    has: (path) => sourceOf(image, posix.resolve(image.workdir ?? '/', path), contexts, project) !== undefined,
  }
}

/** The file of the repository that stands at a path of the image, as seen from its working directory. */
export function fileInImage(
  { image, contexts }: Pick<Use, 'image' | 'contexts'>,
  path: string,
  project: Project,
): SourceFile | undefined {
  const source = sourceOf(image, posix.resolve(image.workdir ?? '/', path), contexts, project)
  return source === undefined ? undefined : project.read(source)
}

function childrenOf(document: Dockerfile, stage: Stage, project: Project): Use['children'] {
  const inside = document.stages
    .filter(({ parent }) => parent === stage)
    .map((child) => ({ name: `the stage ${child.name ?? child.index}`, at: locate({ document }, child.from) }))
  if (stage !== document.stages.at(-1)) return inside
  const images = new Set(buildGraph(project).imagesBuiltFrom(document.file.path).map(nameOf))
  const outside = [...images].flatMap((image) =>
    (stagesByBase(project).get(image) ?? []).filter((other) => other.document !== document),
  )
  return [
    ...inside,
    ...outside.map(({ document: other, from }) => ({ name: other.file.path, at: locate({ document: other }, from) })),
  ]
}

interface BasedStage {
  readonly document: Dockerfile
  readonly from: Stage['from']
}

const basesMemo = new WeakMap<Project, ReadonlyMap<string, readonly BasedStage[]>>()

/** The stages of a project that start from an image, by its name. Worked out once per picture. */
function stagesByBase(project: Project): ReadonlyMap<string, readonly BasedStage[]> {
  const remembered = basesMemo.get(project)
  if (remembered) return remembered
  const stages = new Map<string, BasedStage[]>()
  for (const document of documentsOf(project, 'dockerfile')) {
    for (const { image, parent, from } of document.stages) {
      if (parent || image === undefined) continue
      const name = nameOf(image)
      const known = stages.get(name)
      if (known) known.push({ document, from })
      else stages.set(name, [{ document, from }])
    }
  }
  basesMemo.set(project, stages)
  return stages
}

/** An image's name without tag and digest: which version of it is meant does not matter here. */
function nameOf(image: string): string {
  const { registry, repository } = parseReference(image)
  return `${registry}/${repository}`
}
