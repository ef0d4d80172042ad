import type { Known } from '../documents/python-expression.js'
import type { Path, Project } from '../model.js'
import { variablesOfService } from './compose-stacks.js'
import type { Consumer } from './consumer.js'
import { variablesOfImage } from './image.js'
import { mayBeManifest } from './kubernetes.js'
import { folderOf } from './paths.js'
import type { Use } from './uses.js'

/** The environment that a container finds, as far as the repository says. */
export interface Environment {
  /** The text of a variable, nothing if it is not set, `undefined` if nobody can know. */
  readonly variable: (name: string) => Known
}

/** One environment for each way in which images are run; one of the image alone if nobody runs it here. */
export function environmentsOf(uses: readonly Use[], project: Project): readonly Environment[] {
  return uses.flatMap(({ image, consumers }) => {
    const own = variablesOfImage(image)
    const services = consumers.filter(({ by }) => by === 'compose')
    const elsewhere = platformTexts(project)
    const set = services.length > 0 ? services.map((consumer) => serviceVariables(consumer, project)) : [nothing]
    return set.map(({ values, isOpen }) => ({
      variable: (name: string): Known => {
        if (values.has(name)) return known(values.get(name))
        // A file that is not here, or a platform that names the variable, may set it.
        if (isOpen || elsewhere.some((text) => text.includes(name))) return undefined
        return own.has(name) ? known(own.get(name)) : { value: undefined }
      },
    }))
  })
}

/** A text that still holds a variable is not known. */
function known(text: string | undefined): Known {
  return text === undefined || text.includes('$') ? undefined : { value: text }
}

const nothing = { values: new Map<string, string | undefined>(), isOpen: false }

function serviceVariables({ service, stack }: Consumer, project: Project) {
  if (!service) return nothing
  return variablesOfService(service, folderOf(stack?.[0] ?? service.keyAt.path), (path) => project.read(path))
}

/** The files with which platforms other than Compose set variables; what they name is left open. */
function platformTexts(project: Project): readonly string[] {
  const texts = textsMemo.get(project) ?? readPlatformTexts(project)
  textsMemo.set(project, texts)
  return texts
}

const textsMemo = new WeakMap<Project, readonly string[]>()

function readPlatformTexts(project: Project): readonly string[] {
  const isOne = (path: Path) =>
    /(^|\/)(fly[\w.-]*\.toml|render\.yaml|app\.json|Procfile)$/.test(path) || mayBeManifest(path)
  return project.paths.filter(isOne).flatMap((path) => project.read(path)?.text ?? [])
}
