import { posix } from 'node:path'
import { documentsOf } from '../documents/index.js'
import type { Location, Path, Project } from '../model.js'
import { commandsIn, type Image, imageOf, locate } from './image.js'
import { sourceOf } from './image-files.js'
import { requirementsGraph } from './requirements-graph.js'
import { type Use, usesOf } from './uses.js'

/** A `pip install -r` while an image is built. */
export interface Install {
  readonly at: Location
  /** The deployed stages of that Dockerfile. */
  readonly uses: readonly Use[]
}

const memo = new WeakMap<Project, ReadonlyMap<Path, readonly Install[]>>()

/** Where images that are deployed install a requirements file. */
export function installsOf(path: Path, project: Project): readonly Install[] {
  const known = memo.get(project) ?? findInstalls(project)
  memo.set(project, known)
  return known.get(path) ?? []
}

/** Stages for developers, by the names people give them. */
const FOR_DEVELOPERS = /(^|[-_.])(dev|devel|development|test|tests|testing|lint|debug|ci|docs)([-_.]|$)/

function findInstalls(project: Project): ReadonlyMap<Path, readonly Install[]> {
  const found = new Map<Path, Install[]>()
  for (const document of documentsOf(project, 'dockerfile')) {
    const uses = [...usesOf(document, project)]
    const contexts = uses[0]?.contexts ?? []
    for (const stage of document.stages) {
      if (uses.length === 0 || FOR_DEVELOPERS.test(stage.name ?? '')) continue
      const image = imageOf(document, stage)
      for (const run of stage.instructions.filter(({ keyword }) => keyword === 'RUN')) {
        const at = locate(image, run)
        for (const { name, here } of filesInstalled(image, run)) {
          const path = fileAt(image, here, name, contexts, project)
          for (const each of path ? [path, ...includedBy(path, project)] : [])
            found.set(each, [...(found.get(each) ?? []), { at, uses }])
        }
      }
    }
  }
  return found
}

function includedBy(path: Path, project: Project): readonly Path[] {
  return requirementsGraph(project)
    .installedWith(path)
    .map(({ file }) => file.path)
}

function filesInstalled(
  image: Image,
  run: Image['instructions'][number],
): readonly { readonly name: string; readonly here: string | undefined }[] {
  return commandsIn(image.document, run, image.workdirAt(run)).flatMap(({ command, args, here }) => {
    const words = args.map((word) => word ?? '')
    const installs = words.some((word) => /^(install|wheel|download|sync)$/.test(word))
    if (!/(^|\/)(pip[\d.]*|python[\d.]*|uv)$/.test(command.name ?? '') || !installs) return []
    return words.flatMap((word, i) => {
      const name = /^(-r|--requirement)$/.test(word) ? words[i + 1] : /^(?:-r|--requirement=)(.+)/.exec(word)?.[1]
      return name ? [{ name, here }] : []
    })
  })
}

/** Copied into the image, or mounted from the context for that one command. */
function fileAt(
  image: Image,
  workdir: string | undefined,
  name: string,
  contexts: readonly Path[],
  project: Project,
): Path | undefined {
  const copied = sourceOf(image, posix.resolve(workdir ?? '/', name), contexts, project)
  if (copied || name.startsWith('/')) return copied
  return contexts
    .map((context) => posix.join(context, name))
    .find((path) => !path.startsWith('..') && project.read(path))
}
