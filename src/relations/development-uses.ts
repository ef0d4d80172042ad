import { entryOf } from '../documents/yaml-tree.js'
import type { Evidence } from '../model.js'
import type { Consumer } from './consumer.js'
import { isUnder } from './image.js'

/** Whether a consumer works on the sources while the container runs: it mounts them, or lets Compose carry them over. */
export function isForDevelopment({ mounts, service }: Consumer, workdir: string): boolean {
  if (entryOf(service?.node, 'develop')) return true
  return mounts.some(
    ({ type, source, target }) =>
      type === 'bind' &&
      target !== undefined &&
      /^\.{0,2}(\/|$)|^\$\{?PWD/.test(source ?? '') &&
      !(source ?? '').startsWith('/') &&
      isUnder(target.replace(/(.)\/$/, '$1'), workdir),
  )
}

/**
 * Why a consumer of a stage for development stands against another last stage: whether it is meant for development, or
 * how it would get the stage it has now, cannot be told.
 */
export function objectionOf(consumer: Consumer, workdir: string): Evidence | undefined {
  const { by, at, target, commands, mounts, service } = consumer
  if (target !== undefined || isForDevelopment(consumer, workdir)) return undefined
  if (service) return { note: `${service.name} runs the development server without working on its sources`, at }
  if (by === 'devcontainer' || by === 'github-action')
    return { note: 'It is built for something else than a service', at }
  if (commands.length > 0 || mounts.length > 0) return { note: 'It is run in a way of its own', at }
  return undefined
}
