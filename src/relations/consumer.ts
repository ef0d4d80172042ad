import type { Mount, Service, Value, Variable } from '../documents/compose.js'
import type { Evidence, Location, Path } from '../model.js'
import { folderOf, resolvePath, type Scope } from './paths.js'

/** What uses a Dockerfile. `script` is any command line: of a Makefile, a shell script, a package's scripts. */
export type ConsumerKind =
  | 'compose'
  | 'github-action'
  | 'workflow'
  | 'bake'
  | 'fly'
  | 'render'
  | 'heroku'
  | 'hugging-face'
  | 'devcontainer'
  | 'skaffold'
  | 'script'

/** One use of a Dockerfile: how its image is built and, where that is known, how its container is run. */
export interface Consumer {
  readonly by: ConsumerKind
  readonly at: Location
  /** Where a link leads to, the file behind it. It may be missing from the project. */
  readonly dockerfile: Path
  /** The folder that COPY sees, `.` for the project's root; `undefined` if that cannot be told. */
  readonly context: Path | undefined
  readonly target?: string
  readonly args: readonly Variable[]
  /** The names given to the image, variables replaced where their defaults are written. */
  readonly images: readonly string[]
  /** Whether it builds the image itself; otherwise it names an image that another consumer builds. */
  readonly builds: boolean
  /** The service with everything that its stack, `extends` and anchors add; `node` and places are its own file's. */
  readonly service?: Service
  /** The Compose files that were joined, the lowest first. */
  readonly stack?: readonly Path[]
  /** Who the container runs as, if its consumer says so: a service's `user`, a dev container's `containerUser`. */
  readonly user?: Value
  readonly mounts: readonly Mount[]
  /** The commands that take the place of the image's own, e.g. the processes of Fly. */
  readonly commands: readonly Value[]
}

/** A container of an image that is not built there: a consumer, if another one builds it. */
export interface Reuse extends Pick<Consumer, 'by' | 'at' | 'service' | 'stack' | 'user' | 'mounts' | 'commands'> {
  readonly image: string
}

/** What one source of consumers has to say. */
export interface Uses {
  readonly consumers: readonly Consumer[]
  readonly reuses: readonly Reuse[]
  /** Uses that cannot be followed to a file of the project. */
  readonly notes: readonly Evidence[]
}

export const noUses: Uses = { consumers: [], reuses: [], notes: [] }

export function joinUses(all: readonly Uses[]): Uses {
  return {
    consumers: all.flatMap((uses) => uses.consumers),
    reuses: all.flatMap((uses) => uses.reuses),
    notes: all.flatMap((uses) => uses.notes),
  }
}

/** A build as it is written down somewhere, its paths still relative. */
export interface WrittenBuild extends Partial<Omit<Consumer, 'dockerfile' | 'context' | 'by' | 'at'>> {
  readonly by: ConsumerKind
  readonly at: Location
  readonly context: string
  /** The folder that the context starts from. */
  readonly from: Path
  /** Of the context, unless `dockerfileFrom` says otherwise. */
  readonly dockerfile?: string
  readonly dockerfileFrom?: Path
}

const REMOTE = /^(https?|git|ssh|oci-layout|docker-image):|^git@|^github\.com\/|\.git(#|$)/

/** The consumer that a written build makes, or a note that says why it cannot be followed. */
export function followBuild(scope: Scope, build: WrittenBuild): Uses {
  const { context: written, from, dockerfile: name, dockerfileFrom, ...rest } = build
  const note = (why: string): Uses => ({ ...noUses, notes: [{ note: why, at: build.at }] })
  if (REMOTE.test(written)) return note(`the context ${written} is not part of the project`)
  const context = resolvePath(from, written)
  const folder = dockerfileFrom ?? context
  if (folder === undefined)
    return note(`the context ${written} leads out of the project, or only a variable tells where it is`)
  const dockerfile = name === undefined ? defaultDockerfile(scope, folder) : resolvePath(folder, name)
  if (dockerfile === undefined)
    return note(`the Dockerfile ${name} leads out of the project, or only a variable tells where it is`)
  const consumer = {
    args: [],
    images: [],
    builds: true,
    mounts: [],
    commands: [],
    ...rest,
    context,
    dockerfile: scope.real(dockerfile),
  }
  return { ...noUses, consumers: [consumer] }
}

/** The file a builder takes from a folder if nobody names one. */
function defaultDockerfile(scope: Scope, folder: Path): Path {
  const candidates = ['Dockerfile', 'Containerfile', 'dockerfile'].map((name) => resolvePath(folder, name)!)
  return candidates.find((path) => scope.exists(path)) ?? candidates[0]!
}

/** A build whose paths start from the folder of the file that it is written in. */
export function besideFile(path: Path, dockerfile?: string): { context: string; from: Path; dockerfile?: string } {
  return { context: '.', from: folderOf(path), ...(dockerfile !== undefined && { dockerfile }) }
}
