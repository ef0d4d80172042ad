import { documentOf, documentsOf } from '../documents/index.js'
import type { Include, Requirements } from '../documents/requirements.js'
import type { Path, Project } from '../model.js'
import { folderOf, resolvePath } from './paths.js'

/** A line that makes pip read another file as well. */
export interface Inclusion {
  readonly entry: Include
  /** `undefined` if the file is missing, lies elsewhere or cannot be read for certain. */
  readonly document: Requirements | undefined
}

/** Which requirements files pip reads together. */
export interface RequirementsGraph {
  /** A requirements file of the project that can be read for certain. */
  document(path: Path): Requirements | undefined
  /** What a file itself includes, in the order of its lines. */
  inclusions(path: Path): readonly Inclusion[]
  /**
   * Every other file whose requirements are installed whenever those of this one are: what it includes by `-r`, and
   * what that includes. Empty for a file that includes itself in the end, since pip refuses to read it.
   */
  installedWith(path: Path): readonly Requirements[]
}

const known = new WeakMap<Project, RequirementsGraph>()

/** The include graph of a project, made once for each picture of it. */
export function requirementsGraph(project: Project): RequirementsGraph {
  const graph = known.get(project) ?? makeGraph(project)
  known.set(project, graph)
  return graph
}

function makeGraph(project: Project): RequirementsGraph {
  const inclusions = new Map<Path, readonly Inclusion[]>()
  const open = [...documentsOf(project, 'requirements')]
  for (let document = open.pop(); document; document = open.pop()) {
    if (inclusions.has(document.file.path)) continue
    const own = inclusionsOf(document, project)
    inclusions.set(document.file.path, own)
    open.push(...own.flatMap((inclusion) => inclusion.document ?? []))
  }
  return {
    document: (path) => documentAt(path, project),
    inclusions: (path) => inclusions.get(path) ?? [],
    installedWith: (path) => {
      const together = new Map<Path, Requirements>()
      const next = [path]
      for (let from = next.pop(); from !== undefined; from = next.pop()) {
        for (const { entry, document } of inclusions.get(from) ?? []) {
          if (!document || entry.constraint || together.has(document.file.path)) continue
          together.set(document.file.path, document)
          next.push(document.file.path)
        }
      }
      return together.has(path) ? [] : [...together.values()]
    },
  }
}

function inclusionsOf(document: Requirements, project: Project): readonly Inclusion[] {
  return document.entries
    .filter((entry) => entry.kind === 'include')
    .map((entry) => {
      const path = resolvePath(folderOf(document.file.path), entry.target)
      return { entry, document: path === undefined ? undefined : documentAt(path, project) }
    })
}

function documentAt(path: Path, project: Project): Requirements | undefined {
  const file = project.read(path)
  const document = file && documentOf(file, 'requirements')
  return document?.problems.length === 0 ? document : undefined
}
