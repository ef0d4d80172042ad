import type { Compose, Service } from '../documents/compose.js'
import { interpolate, type Variables } from '../documents/compose-values.js'
import type { Path, Project, SourceFile } from '../model.js'
import {
  composeAt,
  type StackedService,
  servicesIn,
  stacksOf,
  variablesOf,
  variablesOfService,
} from './compose-stacks.js'
import { folderOf, resolvePath, type Scope, scopeOf } from './paths.js'

/** A service as its file describes it, and as it is once all files that are read together have spoken. */
export interface ServiceInStacks {
  /** What the file itself says, with what it takes over by merge keys. */
  readonly own: Service
  /** Joined with `extends` and the files below; one for each set of files that the service is part of. */
  readonly joined: readonly StackedService[]
  /** Services that build on this one by `extends`, near and far: whatever is written here is theirs as well. */
  readonly heirs: readonly Service[]
  /** The service that this one extends, if its file can be read for certain. */
  readonly parent?: { readonly document: Compose; readonly name: string }
  /** The text with variables replaced that the project's `.env` or a default tells. */
  readonly known: (text: string) => string
  /** What the containers of one of its descriptions, or of an heir, find set; `undefined` for what only run time knows. */
  readonly variables: (service: Service) => ReadonlyMap<string, string | undefined>
}

interface Stacks {
  readonly scope: Scope
  /** By the path of each file that says something of a service, and the service's name. */
  readonly services: ReadonlyMap<string, readonly StackedService[]>
  /** By the path and the name of what they extend. */
  readonly heirs: ReadonlyMap<string, readonly Service[]>
}

const memo = new WeakMap<Project, Stacks>()

/** The services that a Compose file describes. */
export function servicesOf(document: Compose, project: Project): readonly ServiceInStacks[] {
  const stacks = memo.get(project) ?? stacksIn(project)
  memo.set(project, stacks)
  const variables: Variables = variablesOf(stacks.scope, folderOf(document.file.path))
  const known = (text: string) => interpolate(text, variables)
  return document.services.map((own) => ({
    own,
    joined: stacks.services.get(keyOf(document.file.path, own.name)) ?? [],
    variables: (service) => {
      const { values } = variablesOfService(service, folderOf(document.file.path), stacks.scope.read, known)
      return new Map([...values].map(([name, value]) => [name, value?.includes('$') ? undefined : value]))
    },
    heirs: [...heirsOf(stacks, keyOf(document.file.path, own.name))],
    parent: parentOf(stacks.scope, own),
    known,
  }))
}

function heirsOf(stacks: Pick<Stacks, 'heirs'>, key: string, found: Set<Service> = new Set()): ReadonlySet<Service> {
  for (const heir of stacks.heirs.get(key) ?? []) {
    if (found.has(heir)) continue
    found.add(heir)
    heirsOf(stacks, keyOf(heir.keyAt.path, heir.name), found)
  }
  return found
}

function parentOf(scope: Scope, { extends: base }: Service): ServiceInStacks['parent'] {
  const path = base && extendedFile(base)
  const document = path === undefined ? undefined : composeAt(scope, path)
  return base && document && { document, name: base.service }
}

function extendedFile({ file, at }: NonNullable<Service['extends']>): Path | undefined {
  return file === undefined ? at.path : resolvePath(folderOf(at.path), interpolate(file))
}

/** A service by its name, as every set of files describes it that also holds this one. */
export function besides({ joined }: ServiceInStacks, name: string, project: Project): readonly Service[] {
  const { services } = memo.get(project) ?? stacksIn(project)
  const files = new Set(joined.flatMap(({ stack }) => stack.files))
  const found = [...files].flatMap((path) => services.get(keyOf(path, name)) ?? [])
  return [...new Set(found.map(({ service }) => service))]
}

function stacksIn(project: Project): Stacks {
  const scope = scopeOf(project, new Map<Path, SourceFile | undefined>())
  const services = new Map<string, StackedService[]>()
  for (const stack of stacksOf(scope)) {
    for (const stacked of servicesIn(scope, stack)) {
      for (const path of stack.files) {
        const key = keyOf(path, stacked.service.name)
        services.set(key, [...(services.get(key) ?? []), stacked])
      }
    }
  }
  const heirs = new Map<string, Service[]>()
  for (const { service } of new Set([...services.values()].flat())) {
    const path = service.extends && extendedFile(service.extends)
    if (path === undefined) continue
    const key = keyOf(path, service.extends!.service)
    heirs.set(key, [...(heirs.get(key) ?? []), service])
  }
  return { scope, services, heirs }
}

function keyOf(path: Path, service: string): string {
  return `${path}\0${service}`
}
