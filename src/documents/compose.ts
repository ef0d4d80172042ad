import type { Document, Location, Range, SourceFile } from '../model.js'
import {
  interpolate,
  isOpen,
  type MountSpec,
  type MountType,
  type PortSpec,
  parseMount,
  parsePort,
} from './compose-values.js'
import { readYaml } from './yaml.js'
import {
  entriesOf,
  entryOf,
  itemsOf,
  nodeAt,
  textOfNode,
  type YamlEntry,
  type YamlItem,
  type YamlMap,
  type YamlNode,
} from './yaml-tree.js'

/** Something a file says, and where. What an anchor gives stands at the anchor. */
export interface Value<T = string> {
  readonly value: T
  readonly at: Location
}

/** A name with or without a value; without one, it is taken over from the environment. */
export interface Variable {
  readonly name: string
  readonly value?: string
  readonly at: Location
}

export interface Mount extends MountSpec {
  readonly at: Location
}

export interface Port extends PortSpec {
  readonly raw: string
  readonly at: Location
}

export interface Build {
  /** Where the build is written: a path, or the whole mapping. */
  readonly at: Location
  readonly context?: Value
  readonly dockerfile?: Value
  readonly dockerfileInline?: Value
  readonly target?: Value
  readonly args: readonly Variable[]
}

export interface Dependency {
  readonly service: string
  readonly condition: string
  readonly required: boolean
  readonly at: Location
}

export interface Healthcheck {
  readonly at: Location
  readonly disabled: boolean
}

/** A service as one file describes it, its aliases and merge keys resolved. Variables stand as they are written. */
export interface Service {
  readonly name: string
  /** From the first character of its value to the end of its last leaf. */
  readonly at: Location
  /** Its name. */
  readonly keyAt: Location
  /** Everything it says, as written; `undefined` if it says nothing, or nothing that makes sense. */
  readonly node?: YamlMap
  /** How its value stands in the file, which decides whether something can be written into it. */
  readonly written: 'block' | 'flow' | 'alias' | 'empty'
  /** The keys that take the place of what another file says instead of joining it: `!reset` and `!override`. */
  readonly replaces: readonly string[]
  readonly build?: Build
  readonly image?: Value
  readonly user?: Value
  readonly command?: Value<string | readonly string[]>
  readonly entrypoint?: Value<string | readonly string[]>
  readonly mounts: readonly Mount[]
  readonly tmpfs: readonly Value[]
  readonly capAdd: readonly Value[]
  readonly capDrop: readonly Value[]
  readonly groupAdd: readonly Value[]
  readonly securityOpt: readonly Value[]
  /** Missing too where only a variable tells. */
  readonly privileged?: Value<boolean>
  readonly readOnly?: Value<boolean>
  readonly init?: Value<boolean>
  readonly devices: readonly Value[]
  readonly pid?: Value
  readonly ipc?: Value
  readonly networkMode?: Value
  readonly ports: readonly Port[]
  readonly environment: readonly Variable[]
  readonly envFile: readonly Value[]
  readonly profiles: readonly Value[]
  readonly extends?: { readonly service: string; readonly file?: string; readonly at: Location }
  readonly dependsOn: readonly Dependency[]
  readonly healthcheck?: Healthcheck
  readonly restart?: Value
  readonly labels: readonly Variable[]
  /** The names of the top-level configs it gets as files. */
  readonly configs: readonly Value[]
  readonly deploy?: { readonly at: Location }
  /** What `deploy` speaks of: `replicas`, `resources` … */
  readonly deployed: readonly Value[]
  /** The names of the secrets it may read. */
  readonly secrets: readonly Value[]
}

/** A top-level volume. */
export interface NamedVolume {
  readonly name: string
  readonly at: Location
  readonly external: boolean
  readonly driver?: string
  /** The path of the host that the volume stands for, if its driver's options name one. */
  readonly device?: Value
}

export interface Include {
  readonly paths: readonly string[]
  readonly projectDirectory?: string
  readonly at: Location
}

export interface Compose extends Document {
  readonly kind: 'compose'
  /** The whole file, for what has no field of its own. */
  readonly root?: YamlMap
  readonly name?: Value
  readonly version?: Value
  readonly services: readonly Service[]
  readonly volumes: readonly NamedVolume[]
  readonly include: readonly Include[]
}

/** How many values all services together may have; only a chain of aliases has more. */
const VALUE_LIMIT = 200_000

/** Reads a Compose file. What cannot be read for certain is said in `problems`. */
export function parseCompose(file: SourceFile): Compose {
  const reading = readYaml(file)
  const nothing = {
    kind: 'compose',
    file,
    comments: reading.comments,
    oddities: [],
    services: [],
    volumes: [],
    include: [],
  } as const
  const template = templateProblem(file.text, reading.literals)
  if (template) return { ...nothing, problems: [template] }
  if (reading.problems.length > 0) return { ...nothing, problems: reading.problems }
  if (reading.roots.length > 1) return { ...nothing, problems: ['it holds more than one YAML document'] }
  const root = reading.roots[0]
  const services = nodeAt(root, 'services')
  if ((root && root.kind !== 'map') || (services && services.kind !== 'map' && textOfNode(services) !== undefined)) {
    return { ...nothing, problems: ['it does not hold a mapping of services'] }
  }
  const reader = new Reader(file.path)
  try {
    return { ...nothing, problems: [], ...readRoot(root, reader) }
  } catch (error) {
    if (error !== TOO_MUCH) throw error
    return { ...nothing, problems: ['its aliases expand to too many values'] }
  }
}

/** A template's own marks, unless they stand in quotes or in a block of text, where they may be meant for Docker. */
function templateProblem(text: string, literals: readonly Range[]): string | undefined {
  if (!/\{[{%]|<%/.test(text)) return undefined
  const sorted = [...literals].sort((a, b) => a.start - b.start)
  let next = 0
  for (const { 0: mark, index } of text.matchAll(/\{[{%]|<%/g)) {
    while (next < sorted.length && sorted[next]!.end <= index) next++
    const literal = sorted[next]
    if (!literal || literal.start > index) return `it is a template: it holds ${mark}`
  }
  return undefined
}

const TOO_MUCH = new Error('too many values')

/** Says where things are, and gives up on a file whose aliases multiply. */
class Reader {
  private left = VALUE_LIMIT

  constructor(private readonly path: string) {}

  at({ start, end }: Range): Location {
    return { path: this.path, start, end }
  }

  items(item: YamlItem | undefined): readonly YamlItem[] {
    return this.counted(itemsOf(item))
  }

  entries(node: YamlNode | undefined): readonly YamlEntry[] {
    return this.counted(entriesOf(node))
  }

  private counted<T>(list: readonly T[]): readonly T[] {
    this.left -= list.length
    if (this.left < 0) throw TOO_MUCH
    return list
  }

  text(item: YamlItem | undefined): Value | undefined {
    const text = textOfNode(item?.value)
    return item && text !== undefined ? { value: text, at: this.at(item.value.range) } : undefined
  }

  texts(item: YamlItem | undefined): readonly Value[] {
    return this.items(item).flatMap((each) => this.text(each) ?? [])
  }

  flag(item: YamlItem | undefined): Value<boolean> | undefined {
    const text = this.text(item)
    if (!text) return undefined
    const word = interpolate(text.value)
    return isOpen(word) ? undefined : { value: isTrue(word), at: text.at }
  }

  /** A mapping, or a list of `NAME=value`. */
  variables(item: YamlItem | undefined): readonly Variable[] {
    if (item?.value.kind !== 'map') return this.texts(item).map(({ value, at }) => variableOf(value, at))
    return this.entries(item.value).map((entry) => {
      const value = textOfNode(entry.value)
      return { name: entry.key, ...(value !== undefined && { value }), at: this.at(rangeOfEntry(entry)) }
    })
  }
}

function variableOf(text: string, at: Location): Variable {
  const equals = text.indexOf('=')
  return equals < 0 ? { name: text, at } : { name: text.slice(0, equals), value: text.slice(equals + 1), at }
}

/** The words a YAML 1.1 reader such as Compose takes for true. */
function isTrue(word: string): boolean {
  return /^(true|yes|on|y|1)$/i.test(word)
}

function rangeOfEntry(entry: YamlEntry): Range {
  return { start: entry.keyRange.start, end: Math.max(entry.range.end, entry.keyRange.end) }
}

function readRoot(root: YamlMap | undefined, reader: Reader): Partial<Compose> {
  return {
    root,
    name: reader.text(entryOf(root, 'name')),
    version: reader.text(entryOf(root, 'version')),
    services: reader.entries(servicesOf(root)).map((entry) => serviceFrom(entry, reader)),
    volumes: reader.entries(nodeAt(root, 'volumes')).map((entry) => volumeFrom(entry, reader)),
    include: reader.items(entryOf(root, 'include')).map((item) => includeFrom(item, reader)),
  }
}

/** The first format of Compose had the services at the top level. */
function servicesOf(root: YamlMap | undefined): YamlNode | undefined {
  const services = nodeAt(root, 'services')
  const isFirstFormat =
    !services &&
    !entryOf(root, 'version') &&
    root?.entries.every(({ value }) => entryOf(value, 'image') ?? entryOf(value, 'build'))
  return isFirstFormat ? root : services
}

function serviceFrom(entry: YamlEntry, reader: Reader): Service {
  const node = entry.value.kind === 'map' ? entry.value : undefined
  const of = (key: string) => entryOf(node, key)
  const keys = reader.entries(node)
  return {
    name: entry.key,
    at: reader.at(entry.range),
    keyAt: reader.at(entry.keyRange),
    node,
    written: entry.alias ? 'alias' : !node ? 'empty' : node.flow ? 'flow' : 'block',
    replaces: keys.filter(({ value }) => value.tag === '!reset' || value.tag === '!override').map(({ key }) => key),
    build: buildFrom(of('build'), reader),
    image: reader.text(of('image')),
    user: reader.text(of('user')),
    command: commandFrom(of('command'), reader),
    entrypoint: commandFrom(of('entrypoint'), reader),
    mounts: reader.items(of('volumes')).flatMap((item) => mountFrom(item, reader) ?? []),
    tmpfs: reader.texts(of('tmpfs')),
    capAdd: reader.texts(of('cap_add')),
    capDrop: reader.texts(of('cap_drop')),
    groupAdd: reader.texts(of('group_add')),
    securityOpt: reader.texts(of('security_opt')),
    privileged: reader.flag(of('privileged')),
    readOnly: reader.flag(of('read_only')),
    init: reader.flag(of('init')),
    devices: reader
      .items(of('devices'))
      .flatMap((item) => reader.text(item) ?? reader.text(entryOf(item.value, 'source')) ?? []),
    pid: reader.text(of('pid')),
    ipc: reader.text(of('ipc')),
    networkMode: reader.text(of('network_mode')),
    ports: reader.items(of('ports')).flatMap((item) => portFrom(item, reader) ?? []),
    environment: reader.variables(of('environment')),
    envFile: reader
      .items(of('env_file'))
      .flatMap((item) => reader.text(item) ?? reader.text(entryOf(item.value, 'path')) ?? []),
    profiles: reader.texts(of('profiles')),
    extends: extendsFrom(of('extends'), reader),
    dependsOn: dependenciesFrom(of('depends_on'), reader),
    healthcheck: healthcheckFrom(of('healthcheck'), reader),
    restart: reader.text(of('restart')),
    labels: reader.variables(of('labels')),
    configs: reader
      .items(of('configs'))
      .flatMap((item) => reader.text(item) ?? reader.text(entryOf(item.value, 'source')) ?? []),
    deploy: locationOf(of('deploy'), reader),
    deployed: reader.entries(of('deploy')?.value).map(({ key, keyRange }) => ({ value: key, at: reader.at(keyRange) })),
    secrets: reader
      .items(of('secrets'))
      .flatMap((item) => reader.text(item) ?? reader.text(entryOf(item.value, 'source')) ?? []),
  }
}

function locationOf(entry: YamlEntry | undefined, reader: Reader): { at: Location } | undefined {
  return entry && entry.value.tag !== '!reset' ? { at: reader.at(rangeOfEntry(entry)) } : undefined
}

function buildFrom(entry: YamlEntry | undefined, reader: Reader): Build | undefined {
  if (!entry || entry.value.tag === '!reset') return undefined
  const at = reader.at(entry.value.range)
  if (entry.value.kind !== 'map') {
    const context = reader.text(entry)
    return context && { at, context, args: [] }
  }
  const of = (key: string) => entryOf(entry.value, key)
  return {
    at,
    context: reader.text(of('context')),
    dockerfile: reader.text(of('dockerfile')),
    dockerfileInline: reader.text(of('dockerfile_inline')),
    target: reader.text(of('target')),
    args: reader.variables(of('args')),
  }
}

function commandFrom(entry: YamlEntry | undefined, reader: Reader): Value<string | readonly string[]> | undefined {
  if (entry?.value.kind !== 'list') return reader.text(entry)
  return { value: reader.texts(entry).map(({ value }) => value), at: reader.at(entry.value.range) }
}

const MOUNT_TYPES: readonly MountType[] = ['bind', 'volume', 'tmpfs', 'npipe', 'cluster', 'image']

function mountFrom(item: YamlItem, reader: Reader): Mount | undefined {
  const at = reader.at(item.value.range)
  const text = textOfNode(item.value)
  if (text !== undefined) return { ...parseMount(text), at }
  const target = textOfNode(nodeAt(item.value, 'target'))
  if (target === undefined) return undefined
  const written = textOfNode(nodeAt(item.value, 'type')) ?? 'volume'
  const source = textOfNode(nodeAt(item.value, 'source'))
  return {
    type: MOUNT_TYPES.find((type) => type === written) ?? 'unknown',
    ...(source !== undefined && { source: interpolate(source) }),
    target: interpolate(target),
    readOnly: reader.flag(entryOf(item.value, 'read_only'))?.value ?? false,
    at,
  }
}

function portFrom(item: YamlItem, reader: Reader): Port | undefined {
  const { range } = item.value
  const text = textOfNode(item.value)
  if (text !== undefined) return { ...parsePort(text), raw: text, at: reader.at(range) }
  const of = (key: string) => {
    const value = textOfNode(nodeAt(item.value, key))
    return value === undefined ? undefined : interpolate(value)
  }
  const target = of('target')
  if (target === undefined) return undefined
  const port = { target, published: of('published'), hostIp: of('host_ip'), protocol: of('protocol') ?? 'tcp' }
  return { ...port, raw: [port.hostIp, port.published, target].filter(Boolean).join(':'), at: reader.at(range) }
}

function extendsFrom(entry: YamlEntry | undefined, reader: Reader): Service['extends'] {
  const service = textOfNode(entry?.value) ?? textOfNode(nodeAt(entry?.value, 'service'))
  if (!entry || service === undefined) return undefined
  const file = textOfNode(nodeAt(entry.value, 'file'))
  return { service, ...(file !== undefined && { file }), at: reader.at(entry.value.range) }
}

function dependenciesFrom(entry: YamlEntry | undefined, reader: Reader): readonly Dependency[] {
  if (entry?.value.kind !== 'map') {
    return reader
      .texts(entry)
      .map(({ value, at }) => ({ service: value, condition: 'service_started', required: true, at }))
  }
  return reader.entries(entry.value).map((each) => ({
    service: each.key,
    condition: textOfNode(nodeAt(each.value, 'condition')) ?? 'service_started',
    required: reader.flag(entryOf(each.value, 'required'))?.value ?? true,
    at: reader.at(rangeOfEntry(each)),
  }))
}

function healthcheckFrom(entry: YamlEntry | undefined, reader: Reader): Healthcheck | undefined {
  const location = locationOf(entry, reader)
  if (!entry || !location) return undefined
  const isNone = itemsOf(entryOf(entry.value, 'test')).some(({ value }) => textOfNode(value)?.toUpperCase() === 'NONE')
  return { ...location, disabled: isNone || (reader.flag(entryOf(entry.value, 'disable'))?.value ?? false) }
}

function volumeFrom(entry: YamlEntry, reader: Reader): NamedVolume {
  const { value } = entry
  const external = entryOf(value, 'external')
  return {
    name: entry.key,
    at: reader.at(rangeOfEntry(entry)),
    external: external?.value.kind === 'map' || (reader.flag(external)?.value ?? false),
    driver: textOfNode(nodeAt(value, 'driver')),
    device: reader.text(entryOf(nodeAt(value, 'driver_opts'), 'device')),
  }
}

function includeFrom(item: YamlItem, reader: Reader): Include {
  const own = reader.text(item)
  const paths = own ? [own] : reader.texts(entryOf(item.value, 'path'))
  return {
    paths: paths.map(({ value }) => value),
    projectDirectory: textOfNode(nodeAt(item.value, 'project_directory')),
    at: reader.at(item.value.range),
  }
}
