import { transforms as builtIn } from '../../transforms/index.js'
import { escaped } from '../escape.js'
import { didYouMean } from '../load/nearest.js'
import { type Configuration, loadConfiguration } from '../load.js'
import type { Transform } from '../model.js'
import { TransformError, UsageError } from './errors.js'
import type { CommonOptions } from './options.js'
import { remark } from './terminal.js'

/** The configuration in force; what it warns of is said on stderr. */
export async function configurationOf(
  root: string,
  options: { config?: string; quiet?: boolean },
): Promise<Configuration> {
  const configuration = await loadConfiguration(root, { transforms: builtIn, config: options.config })
  if (!options.quiet) for (const warning of configuration.warnings) remark(`harden: ${escaped(warning)}`)
  return configuration
}

/** The transforms to run: those asked for, without those left out. What is asked for here goes before the configuration. */
export function chosen(
  configuration: Configuration,
  options: Pick<CommonOptions, 'only' | 'skip'>,
): readonly Transform[] {
  const all = configuration.transforms
  const skip = options.skip ?? []
  for (const id of [...(options.only ?? []), ...skip]) transformNamed(id, all)
  const only = options.only ?? configuration.only
  const without = options.only ? skip : [...skip, ...configuration.skip]
  const isAsked = ({ id, optIn }: Transform) =>
    only ? only.includes(id) : !optIn || configuration.enabled.includes(id)
  const left = all.filter((transform) => isAsked(transform) && !without.includes(transform.id))
  if (left.length === 0) throw new UsageError('no transform is left to run: what is asked for is also skipped.')
  return left
}

/** @throws UsageError if no transform has this id. */
export function transformNamed(id: string, all: readonly Transform[]): Transform {
  const found = all.find((transform) => transform.id === id)
  if (found) return found
  const ids = all.map((transform) => transform.id)
  throw new UsageError(`there is no transform ${JSON.stringify(id)}.${didYouMean(id, ids)} harden list shows them all.`)
}

/** The same transform, telling what it works on, and naming itself should it throw. */
export function watched(transform: Transform, tick: (doing: string) => void): Transform {
  return {
    ...transform,
    *run(document, project) {
      tick(`${transform.id}: ${document.file.path}`)
      try {
        yield* transform.run(document, project)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        throw new TransformError(`the transform ${transform.id} failed on ${document.file.path}: ${why}`, {
          cause: error,
        })
      }
    },
  }
}
