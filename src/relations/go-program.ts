import { posix } from 'node:path'
import { type GoFile, type GoModule, goFile, goModule } from '../documents/go.js'
import type { Path, Project } from '../model.js'
import type { ImageTree } from './image-tree.js'

export interface GoSource {
  /** Where it stands in the image. */
  readonly at: string
  readonly path: Path
  readonly go: GoFile
}

/** A module of the repository that the build sees. */
export interface LocalModule extends GoModule {
  readonly root: string
  readonly file: Path
}

/** A program as far as the repository holds it: its main package and every package of the repository it imports. */
export interface GoProgram {
  /** What Go calls it where nobody gives it a name. */
  readonly name: string
  readonly sources: readonly GoSource[]
  readonly module: LocalModule
}

/** More than anybody waits for. */
const MOST_SOURCES = 3_000

/** The folders with Go files, and the modules, of what the build sees. */
export interface GoTree {
  readonly folders: ReadonlyMap<string, readonly string[]>
  readonly modules: readonly LocalModule[]
  readonly tree: ImageTree
}

export function goTreeOf(tree: ImageTree, project: Project): GoTree {
  const folders = new Map<string, string[]>()
  const modules: LocalModule[] = []
  for (const [at, path] of tree.files) {
    if (at.endsWith('.go')) {
      const folder = posix.dirname(at)
      const same = folders.get(folder)
      if (same) same.push(at)
      else folders.set(folder, [at])
    } else if (posix.basename(at) === 'go.mod' && !/(^|\/)vendor\//.test(at)) {
      const file = project.read(path)
      const module = file && goModule(file)
      if (module) modules.push({ ...module, root: posix.dirname(at), file: path })
    }
  }
  return { folders, modules, tree }
}

/** Reads the program whose main package is a folder of the image; a text says why it cannot be read. */
export function goProgram(folder: string, { folders, modules, tree }: GoTree, project: Project): GoProgram | string {
  const module = modules
    .filter(({ root }) => folder === root || folder.startsWith(root === '/' ? root : `${root}/`))
    .sort((a, b) => b.root.length - a.root.length)[0]
  if (!module) return `No go.mod is copied to where ${folder} is built`
  const sources: GoSource[] = []
  const seen = new Set([folder])
  for (const next of seen) {
    for (const at of folders.get(next) ?? []) {
      const path = tree.files.get(at)!
      const file = project.read(path)
      const go = file && goFile(file)
      if (!go) return `${path} cannot be read`
      if (go.left) continue
      sources.push({ at, path, go })
      for (const { value } of go.imports) {
        const local = folderOfImport(value, modules)
        if (local !== undefined) seen.add(local)
      }
    }
    if (sources.length > MOST_SOURCES) return 'The program is too large to be looked through'
  }
  if (!sources.some(({ at, go }) => posix.dirname(at) === folder && go.package === 'main')) {
    return `No main package is found in ${folder}`
  }
  return { name: nameOf(posix.join(module.path, posix.relative(module.root, folder))), sources, module }
}

/** Where in the image an imported package stands, if it is one of the repository. */
export function folderOfImport(path: string, modules: readonly LocalModule[]): string | undefined {
  const owner = modules
    .filter((module) => path === module.path || path.startsWith(`${module.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0]
  return owner && posix.join(owner.root, path.slice(owner.path.length))
}

/** The last name of an import path; a major version at its end is no name. */
function nameOf(path: string): string {
  const names = path.split('/')
  return /^v[1-9]\d*$/.test(names.at(-1)!) && names.length > 1 ? names.at(-2)! : names.at(-1)!
}
