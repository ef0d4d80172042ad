import type { Compose, Service } from '../documents/compose.js'
import { interpolate, type Variables } from '../documents/compose-values.js'
import type { Path, Project, SourceFile } from '../model.js'
import { type StackedService, servicesIn, stacksOf, variablesOf } from './compose-stacks.js'
import { folderOf, type Scope, scopeOf } from './paths.js'

/** A service as its file describes it, and as it is once all files that are read together have spoken. */
export interface ServiceInStacks {
  /** What the file itself says, with what it takes over by merge keys. */
  readonly own: Service
  /** Joined with `extends` and the files below; one for each set of files that the service is part of. */
  readonly joined: readonly StackedService[]
  /** The text with variables replaced that the project's `.env` or a default tells. */
  readonly known: (text: string) => string
}

interface Stacks {
  readonly scope: Scope
  /** By the path of each file that says something of a service, and the service's name. */
  readonly services: ReadonlyMap<string, readonly StackedService[]>
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
    known,
  }))
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
  return { scope, services }
}

function keyOf(path: Path, service: string): string {
  return `${path}\0${service}`
}
