import type { Document, Path, Project, SourceFile } from '../model.js'
import type { Compose } from './compose.js'
import type { Dockerfile } from './dockerfile.js'
import type { NextConfig } from './next-config.js'
import type { Python } from './python.js'
import type { Requirements } from './requirements.js'
import type { Yaml } from './yaml.js'

/** What a lens makes of a file, by kind. */
export interface Documents {
  dockerfile: Dockerfile
  compose: Compose
  requirements: Requirements
  yaml: Yaml
  python: Python
  'next-config': NextConfig
}

export type Kind = keyof Documents

type Parse<D extends Document> = (file: SourceFile) => D

interface Lens<K extends Kind> {
  readonly kind: K
  /** Whether a file of this name is one of the kind. */
  claims(path: Path): boolean
  /** Parsers are loaded when the first file of their kind is met: they are most of what a cold start costs. */
  load(): Promise<Parse<Documents[K]>>
  /** Files of this kind are only read to judge those of another one, and not loaded for without any. */
  readonly beside?: Kind
}

const NOT_A_SOURCE =
  /\.(dockerignore|md|mdx|rst|orig|rej|bak|old|swp|j2|jinja2?|tmpl|template|tpl|in|erb|ejs|mustache|hbs|sh|py|js|ts|json|ya?ml|toml|lock|sig|asc|png|svg|html|diff|patch)$/i

const lenses: { readonly [K in Kind]: Lens<K> } = {
  dockerfile: {
    kind: 'dockerfile',
    claims: (path) => {
      const name = baseName(path)
      return (
        /^(Dockerfile|Containerfile)([._-].+)?$|.\.(Dockerfile|Containerfile)$/i.test(name) && !NOT_A_SOURCE.test(name)
      )
    },
    load: async () => (await import('./dockerfile.js')).parseDockerfile,
  },
  compose: {
    kind: 'compose',
    claims: (path) => /^(docker-)?compose([._-].+)?\.ya?ml$/i.test(baseName(path)),
    load: async () => (await import('./compose.js')).parseCompose,
  },
  requirements: {
    kind: 'requirements',
    claims: (path) =>
      /^([\w.-]+[-_.])?(requirements|constraints)([-_.][\w.-]+)?\.(txt|in)$/i.test(baseName(path)) ||
      /(^|\/)requirements\/[^/]+\.(txt|in)$/i.test(path),
    load: async () => (await import('./requirements.js')).parseRequirements,
  },
  // Not edited, but read for what they say about the other kinds: who builds a Dockerfile, and how.
  yaml: {
    kind: 'yaml',
    claims: (path) => /(^|\/)(\.github\/workflows\/[^/]+|action|skaffold|heroku|render)\.ya?ml$/.test(path),
    load: async () => (await import('./yaml.js')).parseYaml,
  },
  // Read for what it needs of the packages that requirements files list.
  python: {
    kind: 'python',
    beside: 'requirements',
    claims: (path) => path.endsWith('.py'),
    load: async () => (await import('./python.js')).parsePython,
  },
  // Read, and given one setting, where an image is made of what it configures.
  'next-config': {
    kind: 'next-config',
    beside: 'dockerfile',
    claims: (path) => /^next\.config\.([cm]?js|ts)$/.test(baseName(path)),
    load: async () => (await import('./next-config.js')).parseNextConfig,
  },
}

const kinds = Object.keys(lenses) as Kind[]
const parsers = new Map<Kind, Parse<Document>>()
const memo = new WeakMap<SourceFile, Map<Kind, Document>>()

/** The kind of file a path names, or `undefined` if no lens reads it. */
export function kindOf(path: Path): Kind | undefined {
  return isVendored(path) ? undefined : kinds.find((kind) => lenses[kind].claims(path))
}

/** Copies of other people's files, and the deliberately broken inputs of tests: never ours to mend. */
export function isVendored(path: Path): boolean {
  return /(^|\/)(vendor|node_modules|third_party|testdata|fixtures|__fixtures__|\{\{[^/]*)\//.test(path)
}

/** Loads the parsers these files need; {@link documentOf} works for their kinds from then on. */
export async function loadLenses(paths: Iterable<Path>): Promise<void> {
  const met = new Set<Kind>()
  for (const path of paths) {
    const kind = kindOf(path)
    if (kind) met.add(kind)
  }
  const missing = [...met].filter((kind) => {
    const { beside } = lenses[kind]
    return !parsers.has(kind) && (beside === undefined || met.has(beside))
  })
  for (const kind of missing) parsers.set(kind, (await lenses[kind].load()) as Parse<Document>)
}

/** The file as a document of its own kind, or of the kind asked for. Parsed once per file object. */
export function documentOf<K extends Kind>(file: SourceFile, kind?: K): Documents[K] | undefined {
  const wanted = kind ?? kindOf(file.path)
  if (!wanted) return undefined
  const parse = parsers.get(wanted)
  if (!parse) throw new Error(`the lens for ${wanted} files was not loaded`)
  const known = memo.get(file) ?? new Map<Kind, Document>()
  memo.set(file, known)
  const document = known.get(wanted) ?? parse(file)
  known.set(wanted, document)
  return document as Documents[K]
}

/** Every document of a kind that can be read for certain. */
export function* documentsOf<K extends Kind>(project: Project, kind: K): Iterable<Documents[K]> {
  for (const path of pathsOf(project, kind)) {
    const file = project.read(path)
    const document = file && documentOf(file, kind)
    if (document && document.problems.length === 0) yield document
  }
}

const pathsMemo = new WeakMap<readonly Path[], Map<Kind, readonly Path[]>>()

/** The paths of a kind in a project; listed once per list of paths. */
export function pathsOf(project: Project, kind: Kind): readonly Path[] {
  const known = pathsMemo.get(project.paths)
  if (known) return known.get(kind) ?? []
  const sorted = new Map<Kind, Path[]>()
  for (const path of project.paths) {
    const its = kindOf(path)
    if (!its) continue
    const same = sorted.get(its) ?? []
    same.push(path)
    sorted.set(its, same)
  }
  pathsMemo.set(project.paths, sorted)
  return sorted.get(kind) ?? []
}

export function baseName(path: Path): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
