import type { Compose, Service } from '../documents/compose.js'
import { interpolate, isOpen, type Variables } from '../documents/compose-values.js'
import { baseName, documentOf, pathsOf } from '../documents/index.js'
import type { Path, SourceFile } from '../model.js'
import { mergeServices } from './compose-merge.js'
import { followBuild, noUses, type Uses } from './consumer.js'
import { folderOf, resolvePath, type Scope } from './paths.js'

/** Compose files that are read together. Services are told once: by the stack whose last file names them. */
export interface Stack {
  /** The lowest first. */
  readonly files: readonly Path[]
  /** What relative paths start from, if not the folder of the file that writes them. */
  readonly folder?: Path
}

export interface StackedService {
  readonly service: Service
  readonly stack: Stack
}

/** The file by its path, if it can be read for certain. */
export function composeAt(scope: Scope, path: Path): Compose | undefined {
  const file = scope.read(path)
  const document = file && documentOf(file, 'compose')
  return document?.problems.length === 0 ? document : undefined
}

/** The stacks that file names, and what includes them, suggest. */
export function stacksOf(scope: Scope): readonly Stack[] {
  const paths = pathsOf(scope.project, 'compose')
  const all = paths.flatMap((path) => includedBy(scope, path))
  const included = [...new Map(all.map((stack) => [[...stack.files, stack.folder].join('\n'), stack])).values()]
  const told = new Set(included.flatMap((stack) => stack.files))
  const byFolder = new Map<Path, Path[]>()
  for (const path of paths) {
    if (told.has(path)) continue
    const files = byFolder.get(folderOf(path)) ?? []
    byFolder.set(folderOf(path), [...files, path])
  }
  return [...included, ...[...byFolder.values()].flatMap((files) => stacksIn(scope, files))]
}

function includedBy(scope: Scope, path: Path): readonly Stack[] {
  const folder = folderOf(path)
  return (composeAt(scope, path)?.include ?? []).flatMap(({ paths, projectDirectory }) => {
    const files = paths.flatMap((each) => resolvePath(folder, interpolate(each)) ?? [])
    const start = projectDirectory === undefined ? undefined : resolvePath(folder, interpolate(projectDirectory))
    return files.length > 0 ? [{ files, ...(start && { folder: start }) }] : []
  })
}

const BASE = /^(docker-)?compose\.ya?ml$/i
const OVERRIDE = /^(docker-)?compose\.override\.ya?ml$/i

function stacksIn(scope: Scope, files: readonly Path[]): readonly Stack[] {
  const bases = files.filter((path) => BASE.test(baseName(path)))
  return files.map((path) => {
    if (bases.includes(path)) return { files: [path] }
    const prefix = /^docker-/i.test(baseName(path))
    const base = bases.find((each) => /^docker-/i.test(baseName(each)) === prefix) ?? bases[0]
    const joins = base && (OVERRIDE.test(baseName(path)) || needs(scope, path, base))
    return { files: joins ? [base, path] : [path] }
  })
}

/** Whether a file describes services only in part, so that it makes sense only on top of the base. */
function needs(scope: Scope, path: Path, base: Path): boolean {
  const known = new Set(composeAt(scope, base)?.services.map(({ name }) => name))
  const services = composeAt(scope, path)?.services ?? []
  return services.some(({ name, image, build, extends: extended }) => known.has(name) && !image && !build && !extended)
}

/** The services that a stack's last file names, joined with what the files below say of them. */
export function servicesIn(scope: Scope, stack: Stack): readonly StackedService[] {
  const [last, ...below] = [...stack.files].reverse()
  if (last === undefined) return []
  return (composeAt(scope, last)?.services ?? []).map((own) => {
    const lower = below.reverse().flatMap((path) => serviceAt(scope, path, own.name) ?? [])
    const layers = [...lower, extended(scope, last, own)]
    return { service: layers.reduce(mergeServices), stack }
  })
}

function serviceAt(scope: Scope, path: Path, name: string): Service | undefined {
  const service = composeAt(scope, path)?.services.find((each) => each.name === name)
  return service && extended(scope, path, service)
}

/** Compose files that people read do not build on each other deeper than this. */
const EXTENDS_LIMIT = 10

/** The service on top of the one that it extends, and that one on top of its own. */
function extended(scope: Scope, path: Path, service: Service, seen: ReadonlySet<string> = new Set()): Service {
  const { extends: base } = service
  if (!base) return service
  const file = base.file === undefined ? path : resolvePath(folderOf(path), interpolate(base.file))
  const key = `${file} ${base.service}`
  if (file === undefined || seen.has(key) || seen.size > EXTENDS_LIMIT) return service
  const below = composeAt(scope, file)?.services.find(({ name }) => name === base.service)
  return below ? mergeServices(extended(scope, file, below, new Set([...seen, key])), service) : service
}

/** What a service builds, or the image it runs. */
export function usesByService(scope: Scope, { service, stack }: StackedService): Uses {
  const variables = variablesOf(scope, folderOf(stack.files[0]!))
  const known = (text: string) => interpolate(text, variables)
  const { build, user, mounts, keyAt: at } = service
  const run = {
    by: 'compose',
    at,
    service,
    stack: stack.files,
    mounts,
    commands: [],
    ...(user && { user: { ...user, value: known(user.value) } }),
  } as const
  const image = service.image && known(service.image.value)
  if (!build) return image ? { ...noUses, reuses: [{ ...run, image }] } : noUses
  if (build.dockerfileInline) return noUses
  const dockerfile = build.dockerfile && known(build.dockerfile.value)
  const target = build.target && known(build.target.value)
  return followBuild(scope, {
    ...run,
    context: known(build.context?.value ?? '.'),
    from: stack.folder ?? folderOf((build.context?.at ?? build.at).path),
    ...(dockerfile && { dockerfile }),
    ...(target && { target }),
    args: build.args.map((arg) => (arg.value === undefined ? arg : { ...arg, value: known(arg.value) })),
    images: image ? [image] : [],
  })
}

/** The variables of the `.env` file beside a Compose file. */
export function variablesOf(scope: Scope, folder: Path): Variables {
  const file = scope.read(resolvePath(folder, '.env')!)
  if (!file) return () => undefined
  const values = variablesInFile(file.text)
  return (name) => values.get(name)
}

/** The variables that an env file sets, as Compose reads it; `undefined` for a value made of other variables. */
export function variablesInFile(text: string): ReadonlyMap<string, string | undefined> {
  const values = new Map<string, string | undefined>()
  for (const [, name = '', rest = ''] of text.matchAll(/^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(.*)$/gm)) {
    const [, double, single] = /^(?:"([^"]*)"|'([^']*)')/.exec(rest) ?? []
    const value = double ?? single ?? rest.replace(/\s#.*$/, '').trim()
    values.set(name, single !== undefined || !isOpen(value) ? value : undefined)
  }
  return values
}

/** What a service's env files and its own words set, its own words last. */
export interface SetVariables {
  /** `undefined` for a value that only run time knows. */
  readonly values: ReadonlyMap<string, string | undefined>
  /** Whether one of the files is not here, so that there may be more. */
  readonly isOpen: boolean
}

/** The variables of a service's containers, besides those of its image. Paths start from `folder`. */
export function variablesOfService(
  service: Pick<Service, 'envFile' | 'environment'>,
  folder: Path,
  read: (path: Path) => SourceFile | undefined,
  known: (text: string) => string = interpolate,
): SetVariables {
  const values = new Map<string, string | undefined>()
  let isOpen = false
  for (const { value } of service.envFile) {
    const path = resolvePath(folder, known(value))
    const file = path === undefined ? undefined : read(path)
    if (!file) isOpen = true
    for (const [name, text] of variablesInFile(file?.text ?? '')) values.set(name, text)
  }
  for (const { name, value } of service.environment) values.set(name, value === undefined ? undefined : known(value))
  return { values, isOpen }
}
