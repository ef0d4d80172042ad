import { posix } from 'node:path'
import type { Location } from '../model.js'
import type { ImageTree } from './image-tree.js'

/** A word of the program, or of what starts it, that may name a file. */
export interface Mention {
  readonly text: string
  readonly at: Location
  /** Why the name counts, where it does not stand there. */
  readonly why?: string
}

/** A file or folder that the program may read when it runs, and where it is spoken of. */
export interface RunTimeFile {
  readonly path: string
  readonly at: Location
  readonly note: string
}

/** What only the build, or nobody, reads: the sources of compiled languages and their projects' own files. */
const NOT_READ =
  /\.(go|rs|java|kt|kts|cs|fs|vb|csproj|fsproj|vbproj|sln|slnx|proto|md|mdx|rst|adoc|gradle|iml)$|(^|\/)(go\.(mod|sum|work)(\.sum)?|Cargo\.(toml|lock)|pom\.xml|mvnw(\.cmd)?|gradlew(\.bat)?|gradle\.properties|(GNU)?[Mm]akefile|[Dd]ockerfile[^/]*|Containerfile|(docker-)?compose[^/]*\.ya?ml|Jenkinsfile|Taskfile\.ya?ml|LICENSE[^/]*|NOTICE|README[^/]*|CODEOWNERS|\.git\w*|\.dockerignore|\.editorconfig|\.golangci\.ya?ml|\.air\.toml|\.pre-commit-config\.yaml|skaffold\.ya?ml|renovate\.json|sqlc\.ya?ml|fly\.toml|Procfile|rust-toolchain(\.toml)?|clippy\.toml|rustfmt\.toml)$|(^|\/)(vendor|node_modules|testdata|\.git|\.github|\.vscode|\.idea|\.cargo|\.mvn|gradle|bin|obj|target)\//

/** Folders with code, which are never taken along whole. */
const CODE = /\.(go|rs|java|kt|cs|fs)$|(^|\/)(go\.mod|Cargo\.toml|pom\.xml)$/

/**
 * The files of an image that the program may read when it runs: whatever is no code and is spoken of by its name, or by
 * that of a folder it is in. Folders without code count as one, unless they are `shared` with what the build makes. `ends`
 * are endings that a name may lack.
 */
export function runTimeFiles(
  tree: ImageTree,
  shared: readonly string[],
  mentions: Iterable<Mention>,
  isBuiltIn: (path: string) => boolean,
  ends: RegExp | undefined,
): readonly RunTimeFile[] {
  const units = unitsOf(tree, shared)
  const named = namesIn(mentions)
  return [...units].flatMap(([path, names]) => {
    if (isBuiltIn(path)) return []
    for (const name of names) {
      const mention = named.get(name) ?? (ends?.test(name) ? named.get(name.replace(ends, '')) : undefined)
      if (mention)
        return [{ path, at: mention.at, note: `${path} goes along: ${mention.why ?? `${name} is spoken of here`}` }]
    }
    return []
  })
}

/** Words longer than this are texts, not names. */
const LONGEST = 300

/** Every part of a word that could be the name of a file or folder. */
function namesIn(mentions: Iterable<Mention>): ReadonlyMap<string, Mention> {
  const names = new Map<string, Mention>()
  for (const mention of mentions) {
    const { text } = mention
    if (text.length > LONGEST) continue
    for (const name of text.split(/[\\/:=,;\s]+/)) if (name !== '' && !names.has(name)) names.set(name, mention)
  }
  return names
}

/** The files that are no code, and the folders without any, each with the names it could be asked for by. */
function unitsOf(
  { files, destinations }: ImageTree,
  shared: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const closed = new Set(['/'])
  const close = (path: string) => {
    for (let folder = posix.dirname(path); !closed.has(folder); folder = posix.dirname(folder)) closed.add(folder)
  }
  for (const destination of destinations) close(destination)
  for (const folder of shared) close(posix.join(folder, '_'))
  for (const path of files.keys()) if (CODE.test(path)) close(path)
  const units = new Map<string, Set<string>>()
  for (const [path, source] of files) {
    if (NOT_READ.test(source)) continue
    let unit = path
    while (!closed.has(posix.dirname(unit))) unit = posix.dirname(unit)
    const names = units.get(unit) ?? new Set([posix.basename(unit)])
    units.set(unit, names)
    for (let name = path; name !== unit; name = posix.dirname(name)) names.add(posix.basename(name))
  }
  return units
}
