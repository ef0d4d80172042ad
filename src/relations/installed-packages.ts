import type { Dockerfile } from '../documents/dockerfile.js'
import { documentsOf } from '../documents/index.js'
import { normalName, type Requirements } from '../documents/requirements.js'
import type { Project } from '../model.js'
import { commandsIn, imageOf } from './image.js'
import { installsOf } from './requirement-installs.js'
import { fileInImage, type Use } from './uses.js'

/** The Python packages that a Dockerfile installs, as far as the repository names them. */
export interface InstalledPackages {
  /** By their names as indexes compare them. */
  readonly names: ReadonlySet<string>
  /** The requirements files among the sources. */
  readonly files: readonly Requirements[]
}

/** Other lists of packages, read for names alone. */
const LISTS = ['pyproject.toml', 'Pipfile', 'setup.cfg', 'setup.py', 'environment.yml']

/** What the requirements files, `pip install` and the project's other lists bring into an image. */
export function installedPackages(use: Use, project: Project): InstalledPackages {
  const { document } = use.image
  const files = filesInstalledBy(document, project)
  const listed = files.flatMap(({ entries }) =>
    entries.flatMap((entry) =>
      entry.kind === 'requirement' || (entry.kind === 'direct' && entry.name) ? [entry.name!] : [],
    ),
  )
  const named = document.stages.flatMap((stage) => {
    const image = imageOf(document, stage)
    return stage.instructions
      .filter(({ keyword }) => keyword === 'RUN')
      .flatMap((run) => commandsIn(document, run, image.workdirAt(run)))
      .filter(({ args }) => args.includes('install') || args.includes('add'))
      .flatMap(({ args }) => args.flatMap((arg) => /^[A-Za-z][\w.-]*/.exec(arg ?? '')?.[0] ?? []))
  })
  const others = LISTS.flatMap((name) => {
    const text = fileInImage(use, name, project)?.text ?? ''
    return [...text.matchAll(/^[ \t"'-]*([A-Za-z][\w.-]*)/gm)].map((match) => match[1]!)
  })
  return { names: new Set([...listed, ...named, ...others].map(normalName)), files }
}

const memo = new WeakMap<Project, ReadonlyMap<Dockerfile, readonly Requirements[]>>()

function filesInstalledBy(document: Dockerfile, project: Project): readonly Requirements[] {
  const known = memo.get(project) ?? installers(project)
  memo.set(project, known)
  return known.get(document) ?? []
}

/** The requirements files by the Dockerfiles that install them. */
function installers(project: Project): ReadonlyMap<Dockerfile, readonly Requirements[]> {
  const found = new Map<Dockerfile, Requirements[]>()
  for (const list of documentsOf(project, 'requirements')) {
    const documents = installsOf(list.file.path, project).flatMap(({ uses }) => uses.map(({ image }) => image.document))
    for (const document of new Set(documents)) found.set(document, [...(found.get(document) ?? []), list])
  }
  return found
}
