import type { Port, Service } from '../documents/compose.js'
import { interpolate } from '../documents/compose-values.js'
import { documentsOf } from '../documents/index.js'
import { entryOf, itemsOf, textOfNode } from '../documents/yaml-tree.js'
import type { Path, Project } from '../model.js'
import { type StackedService, servicesIn, variablesOf, variablesOfService } from './compose-stacks.js'
import type { Consumer } from './consumer.js'
import { exposedPorts } from './image.js'
import { folderOf, resolvePath, type Scope, scopeOf } from './paths.js'
import { isProven, servingOf } from './serving.js'
import { surroundingsOf, type Use, useOfService, usesOf } from './uses.js'

/** An image that the project builds, as a builder is told. */
export interface Recipe {
  readonly dockerfile: Path
  readonly context: Path
  readonly target: string | undefined
  readonly args: ReadonlyMap<string, string>
}

export interface ContainerMount {
  /** A path of the project, a volume that several containers may share, or one without a name. */
  readonly from: { readonly path: Path } | { readonly volume: string | undefined }
  readonly target: string
  readonly readOnly: boolean
}

export interface ContainerPort {
  readonly container: number
  /** What the world outside calls it: the port of the host, or the container's own. It stays the same when the port moves. */
  readonly name: string
}

/** A health check as a service words it. */
export interface ContainerHealth {
  /** For a shell. */
  readonly command: string
}

/** One container as its consumer runs it: what an engine has to be told to start it. */
export interface Container {
  /** The service's name, or the Dockerfile where nobody runs it but by hand. */
  readonly name: string
  /** What it is built from, or the name of a published image. */
  readonly image: Recipe | string
  readonly entrypoint: readonly string[] | undefined
  readonly command: readonly string[] | undefined
  readonly environment: ReadonlyMap<string, string>
  /** Variables that only somebody's machine sets; they are left empty, as Compose leaves them. */
  readonly unset: readonly string[]
  readonly user: string | undefined
  readonly init: boolean
  readonly readOnly: boolean
  readonly tmpfs: readonly string[]
  readonly capAdd: readonly string[]
  readonly capDrop: readonly string[]
  readonly securityOpt: readonly string[]
  readonly mounts: readonly ContainerMount[]
  /** Mounts that are not made: they lead out of the project. */
  readonly leftOut: readonly string[]
  readonly ports: readonly ContainerPort[]
  readonly health: ContainerHealth | undefined
  /** What has to run beside it, by the names they call each other; dependencies first. */
  readonly beside: readonly Container[]
  /** The rest of its stack, which it does not say it depends on. */
  readonly others: readonly Container[]
}

/** Every container whose image the project builds, each way it is run once. */
export function containersOf(project: Project): readonly Container[] {
  const scope = scopeOf(project, new Map())
  const containers: Container[] = []
  for (const document of documentsOf(project, 'dockerfile')) {
    if (document.problems.length > 0) continue
    for (const use of usesOf(document, project)) containers.push(...containersOfUse(use, scope))
  }
  return distinct(containers)
}

/** The images that containers are made of, each once. */
export function recipesOf(containers: readonly Container[]): readonly Recipe[] {
  const all = containers.flatMap(({ image, beside }) => [...beside.map((other) => other.image), image])
  return [...new Map(all.flatMap((image) => (typeof image === 'string' ? [] : [[keyOf(image), image]]))).values()]
}

/** The same for the same image, whatever else the file says. */
export function keyOf({ dockerfile, context, target, args }: Recipe): string {
  return JSON.stringify([dockerfile, context, target ?? null, [...args]])
}

function containersOfUse(use: Use, scope: Scope): readonly Container[] {
  const run = use.consumers.filter(({ by, service }) => by === 'compose' && service)
  if (run.length > 0) return run.flatMap((consumer) => ofConsumer(consumer, use, scope) ?? [])
  const { image, contexts } = use
  const [consumer] = use.consumers
  const recipe: Recipe = {
    dockerfile: image.document.file.path,
    context: contexts[0] ?? '.',
    target: image.stage === image.document.stages.at(-1) ? undefined : image.stage.name,
    args: argsOf(consumer),
  }
  const [start] = use.starts
  const serving = start && servingOf(image, start, surroundingsOf(use, scope.project))
  return [{ ...bare(recipe.dockerfile, recipe), ports: portsOf([], serving, exposedPorts(image)) }]
}

function bare(name: string, image: Recipe | string): Container {
  return {
    name,
    image,
    entrypoint: undefined,
    command: undefined,
    environment: new Map(),
    unset: [],
    user: undefined,
    init: false,
    readOnly: false,
    tmpfs: [],
    capAdd: [],
    capDrop: [],
    securityOpt: [],
    mounts: [],
    leftOut: [],
    ports: [],
    health: undefined,
    beside: [],
    others: [],
  }
}

function argsOf(consumer: Pick<Consumer, 'args'> | undefined): ReadonlyMap<string, string> {
  return new Map(
    (consumer?.args ?? []).flatMap(({ name, value }): [string, string][] =>
      value === undefined ? [] : [[name, interpolate(value)]],
    ),
  )
}

function ofConsumer(consumer: Consumer, use: Use, scope: Scope): Container | undefined {
  const { service, stack } = consumer
  if (!service || !stack || consumer.context === undefined) return undefined
  const recipe = {
    dockerfile: consumer.dockerfile,
    context: consumer.context,
    target: consumer.target,
    args: argsOf(consumer),
  }
  const found = useOfService(service, scope.project)
  const serving = found && servingOf(use.image, found.start, found.surroundings)
  const own = ofService(service, recipe, folderOf(stack[0]!), scope)
  const all = servicesIn(scope, { files: stack })
  const seen = new Set([service.name])
  const beside = besideOf(service, all, scope, seen)
  const rest = all.filter((each) => !seen.has(each.service.name) && each.service.profiles.length === 0)
  return {
    ...own,
    // With a command of its own it may be a worker, whatever the image exposes.
    ports: portsOf(own.ports, serving, service.command || service.entrypoint ? [] : exposedPorts(use.image)),
    beside,
    others: rest.flatMap((each) => stackedContainer(each, scope) ?? []),
  }
}

/** The ports worth asking: those that a service publishes, else the one its server is known to use, else the exposed ones. */
function portsOf(
  published: readonly ContainerPort[],
  serving: ReturnType<typeof servingOf>,
  exposed: readonly number[],
): readonly ContainerPort[] {
  if (published.length > 0) return published
  const port = isProven(serving) ? (typeof serving.port === 'number' ? serving.port : serving.port.fallback) : undefined
  if (port !== undefined) return [{ container: port, name: 'its server' }]
  return exposed.map((each) => ({ container: each, name: String(each) }))
}

/** What a service waits for, and what that waits for, before it. */
function besideOf(
  service: Service,
  all: readonly StackedService[],
  scope: Scope,
  seen: Set<string>,
): readonly Container[] {
  return service.dependsOn.flatMap(({ service: name }) => {
    const found = seen.has(name) ? undefined : all.find((each) => each.service.name === name)
    if (!found) return []
    seen.add(name)
    const container = stackedContainer(found, scope)
    return container ? [...besideOf(found.service, all, scope, seen), container] : []
  })
}

function stackedContainer(stacked: StackedService, scope: Scope): Container | undefined {
  const image = imageOf(stacked, scope)
  return image === undefined ? undefined : ofService(stacked.service, image, folderOf(stacked.stack.files[0]!), scope)
}

function imageOf({ service }: StackedService, scope: Scope): Recipe | string | undefined {
  if (!service.build) return service.image && interpolate(service.image.value)
  const found = useOfService(service, scope.project)
  // Read another time, a service is another object that stands at the same place.
  const isIt = (other: Service | undefined) =>
    other?.keyAt.path === service.keyAt.path && other.keyAt.start === service.keyAt.start
  const consumer = found?.use.consumers.find((each) => isIt(each.service))
  if (!consumer || consumer.context === undefined) return undefined
  return {
    dockerfile: consumer.dockerfile,
    context: consumer.context,
    target: consumer.target,
    args: argsOf(consumer),
  }
}

function ofService(service: Service, image: Recipe | string, folder: Path, scope: Scope): Container {
  const variables = variablesOf(scope, folder)
  const known = (text: string) => interpolate(text, variables)
  // What Compose cannot fill in, it leaves empty; two dollar signs are one.
  const filled = (text: string) =>
    known(text).replace(/\$\$|\$\{[^}]*\}|\$\w+/g, (found) => (found === '$$' ? '$' : ''))
  const { values } = variablesOfService(service, folder, scope.read, known)
  const mounts = service.mounts.map((mount) => ({ mount, source: mount.source && known(mount.source) }))
  const inside = (source: string) => (/^[.]{1,2}(\/|$)/.test(source) ? resolvePath(folder, source) : undefined)
  const isKept = ({ mount, source }: (typeof mounts)[number]) =>
    mount.type === 'volume' || (mount.type === 'bind' && source !== undefined && inside(source) !== undefined)
  return {
    ...bare(service.name, image),
    entrypoint: wordsOf(service.entrypoint?.value, filled),
    command: wordsOf(service.command?.value, filled),
    environment: new Map([...values].map(([name, value]) => [name, filled(value ?? '')])),
    unset: [...values].flatMap(([name, value]) => (value === undefined || /\$[\w{]/.test(value) ? [name] : [])),
    user: service.user && filled(service.user.value),
    init: service.init?.value === true,
    readOnly: service.readOnly?.value === true,
    tmpfs: [
      ...service.tmpfs.map(({ value }) => filled(value)),
      ...service.mounts.flatMap(({ type, target }) => (type === 'tmpfs' ? [filled(target)] : [])),
    ],
    capAdd: service.capAdd.map(({ value }) => value),
    capDrop: service.capDrop.map(({ value }) => value),
    securityOpt: service.securityOpt.map(({ value }) => value),
    mounts: mounts.filter(isKept).map(({ mount, source }) => ({
      from: mount.type === 'bind' ? { path: inside(source!)! } : { volume: source },
      target: filled(mount.target),
      readOnly: mount.readOnly,
    })),
    leftOut: mounts.flatMap((each) => (isKept(each) || each.mount.type === 'tmpfs' ? [] : [each.mount.target])),
    ports: service.ports.flatMap((port) => portOf(port, filled)),
    health: healthOf(service, filled),
  }
}

/** A text is split as Compose splits it; an empty one takes the image's own words away. */
function wordsOf(
  value: string | readonly string[] | undefined,
  filled: (text: string) => string,
): readonly string[] | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? splitWords(filled(value)) : value.map(filled)
}

/** Words as a shell would split them, quotes taken away and nothing else looked at. */
function splitWords(text: string): readonly string[] {
  const words = text.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs) ?? []
  return words.map((word) =>
    word.replace(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, (_, escaped?: string, double?: string, single?: string) => {
      if (escaped !== undefined) return escaped
      return single ?? double!.replace(/\\(["\\$`])/g, '$1')
    }),
  )
}

/** Ranges and other protocols are not asked. */
function portOf({ protocol, target, published }: Port, filled: (text: string) => string): readonly ContainerPort[] {
  const container = Number(filled(target))
  const host = published === undefined ? '' : filled(published)
  if (protocol !== 'tcp' || !Number.isInteger(container) || container < 1 || container > 65_535) return []
  return [{ container, name: /^\d+$/.test(host) ? host : String(container) }]
}

function healthOf(service: Service, filled: (text: string) => string): ContainerHealth | undefined {
  const test = entryOf(entryOf(service.node, 'healthcheck')?.value, 'test')
  const text = textOfNode(test?.value)
  if (text !== undefined) return { command: filled(text) }
  const words = itemsOf(test).flatMap(({ value }) => textOfNode(value) ?? [])
  const [kind, ...rest] = words.map(filled)
  if (kind === 'CMD-SHELL') return { command: rest.join(' ') }
  return kind === 'CMD' ? { command: rest.map(quoted).join(' ') } : undefined
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** The same container told twice, by two files that describe one service alike, is one. */
function distinct(containers: readonly Container[]): readonly Container[] {
  const keyed = containers.map((container) => [JSON.stringify(container, mapsAsLists), container] as const)
  return [...new Map(keyed).values()]
}

function mapsAsLists(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value
}
