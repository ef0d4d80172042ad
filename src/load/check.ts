import type { Transform } from '../model.js'
import { ConfigurationError } from './error.js'
import { didYouMean } from './nearest.js'
import type { Parsed, Place } from './parse.js'
import type { Settings } from './schema.js'

/**
 * @returns A sentence about each id of a plug-in that is not loaded.
 * @throws ConfigurationError about all other ids that are unknown.
 */
export function checkIds(
  { settings, fault }: Parsed<Pick<Settings, 'only' | 'skip' | 'ignore' | 'severity' | 'options'>>,
  transforms: readonly Transform[],
  plugins: ReadonlySet<string>,
): readonly string[] {
  const ids = transforms.map(({ id }) => id)
  const uses: readonly { id: string; place: Place; part?: 'key' }[] = [
    ...(settings.only ?? []).map((id, i) => ({ id, place: ['only', i] })),
    ...(settings.skip ?? []).map((id, i) => ({ id, place: ['skip', i] })),
    ...(settings.ignore ?? []).map(({ transform: id }, i) => ({ id, place: ['ignore', i, 'transform'] })),
    ...Object.keys(settings.severity ?? {}).map((id) => ({ id, place: ['severity', id], part: 'key' as const })),
    ...Object.keys(settings.options ?? {}).map((id) => ({ id, place: ['options', id], part: 'key' as const })),
  ]
  const unknown = uses.filter(({ id }) => !ids.includes(id))
  const isForeign = (id: string) => id.includes('/') && !plugins.has(id.split('/')[0]!)
  const faults = unknown
    .filter(({ id }) => !isForeign(id))
    .map(({ id, place, part }) => fault(place, `there is no transform ${id}.${didYouMean(id, ids)}`, part))
  faults.push(...optionFaults(settings.options ?? {}, transforms, fault))
  if (faults.length > 0) throw new ConfigurationError(faults)
  return unknown.map(({ id, place, part }) =>
    fault(place, `${id} is of a plug-in that is not loaded: no effect.`, part),
  )
}

/**
 * The schema can only see that a date looks like one.
 * @throws ConfigurationError
 */
export function checkDates({ settings, fault }: Parsed<Settings>): void {
  const faults = (settings.ignore ?? []).flatMap(({ until }, i) =>
    until === undefined || isDate(until) ? [] : [fault(['ignore', i, 'until'], `there is no day ${until}.`)],
  )
  if (faults.length > 0) throw new ConfigurationError(faults)
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** What transforms say of the options they are given. */
function optionFaults(
  options: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  transforms: readonly Transform[],
  fault: Parsed<unknown>['fault'],
): readonly string[] {
  return Object.entries(options).flatMap(([id, settings]) => {
    const transform = transforms.find((other) => other.id === id)
    if (!transform) return []
    const place: Place = ['options', id]
    if (!transform.configured) return [fault(place, `${id} has no options.`, 'key')]
    try {
      transform.configured(settings)
      return []
    } catch (error) {
      return [fault(place, `options.${id}: ${error instanceof Error ? error.message : String(error)}.`, 'key')]
    }
  })
}
