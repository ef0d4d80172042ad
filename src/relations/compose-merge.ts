import type { Build, Service } from '../documents/compose.js'

/**
 * A service that two descriptions make together, the upper one winning, by the rules of Compose: lists grow, mappings
 * merge, everything else is replaced. Name, places and `node` are those of the upper one.
 */
export function mergeServices(lower: Service, upper: Service): Service {
  const below = without(lower, upper.replaces)
  return {
    ...below,
    ...defined(upper),
    build: mergeBuilds(below.build, upper.build),
    node: upper.node,
    mounts: unique([...below.mounts, ...upper.mounts], (mount) => mount.target),
    ports: unique([...below.ports, ...upper.ports], (port) =>
      [port.hostIp, port.published, port.target, port.protocol].join('|'),
    ),
    tmpfs: unique([...below.tmpfs, ...upper.tmpfs], byValue),
    capAdd: unique([...below.capAdd, ...upper.capAdd], byValue),
    capDrop: unique([...below.capDrop, ...upper.capDrop], byValue),
    groupAdd: unique([...below.groupAdd, ...upper.groupAdd], byValue),
    securityOpt: unique([...below.securityOpt, ...upper.securityOpt], byValue),
    devices: unique([...below.devices, ...upper.devices], byValue),
    envFile: unique([...below.envFile, ...upper.envFile], byValue),
    profiles: unique([...below.profiles, ...upper.profiles], byValue),
    secrets: unique([...below.secrets, ...upper.secrets], byValue),
    configs: unique([...below.configs, ...upper.configs], byValue),
    deployed: unique([...below.deployed, ...upper.deployed], byValue),
    labels: unique([...below.labels, ...upper.labels], (label) => label.name),
    environment: unique([...below.environment, ...upper.environment], (variable) => variable.name),
    dependsOn: unique([...below.dependsOn, ...upper.dependsOn], (dependency) => dependency.service),
  }
}

function mergeBuilds(lower: Build | undefined, upper: Build | undefined): Build | undefined {
  if (!lower || !upper) return upper ?? lower
  return { ...lower, ...defined(upper), args: unique([...lower.args, ...upper.args], (arg) => arg.name) }
}

/** The last of those that are about the same thing, in the place of the first. */
function unique<T>(list: readonly T[], about: (item: T) => string): readonly T[] {
  return [...new Map(list.map((item) => [about(item), item])).values()]
}

function byValue({ value }: { readonly value: string }): string {
  return value
}

function defined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** The fields of the model whose name is not that of their key, made of it. */
const FIELDS: { readonly [key: string]: keyof Service } = {
  volumes: 'mounts',
  cap_add: 'capAdd',
  cap_drop: 'capDrop',
  group_add: 'groupAdd',
  security_opt: 'securityOpt',
  read_only: 'readOnly',
  network_mode: 'networkMode',
  env_file: 'envFile',
  depends_on: 'dependsOn',
}

function without(service: Service, keys: readonly string[]): Service {
  const result: Record<string, unknown> = { ...service }
  for (const key of keys) {
    const field = FIELDS[key] ?? key
    if (field in result) result[field] = Array.isArray(result[field]) ? [] : undefined
  }
  return result as unknown as Service
}
