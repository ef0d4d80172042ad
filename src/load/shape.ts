/** What a schema knows at a place: read off the schema itself, so that messages never lag behind it. */
import type * as v from 'valibot'

type Place = readonly PropertyKey[]

/** The parts of valibot's schemas that lead from one to the next. */
interface Shape {
  readonly type: string
  readonly entries?: Readonly<Record<string, Shape>>
  readonly item?: Shape
  readonly value?: Shape
  readonly wrapped?: Shape
  readonly options?: readonly unknown[]
}

/** The keys that are known at a place; none where any are allowed. */
export function keysAt(schema: v.GenericSchema, place: Place): readonly string[] {
  return shapesAt(schema, place).flatMap(({ entries = {} }) => Object.keys(entries))
}

/** The words of which one must stand at a place; none where it may be any. */
export function wordsAt(schema: v.GenericSchema, place: Place): readonly string[] {
  return shapesAt(schema, place).flatMap(({ type, options = [] }) => (type === 'picklist' ? options.map(String) : []))
}

/** Places of lists where mappings belong: a list passes for a mapping with valibot, because it is an object. */
export function listsForMappings(schema: v.GenericSchema, data: unknown): readonly Place[] {
  return listsIn(alternatives(schema as Shape), data, [])
}

function listsIn(shapes: readonly Shape[], data: unknown, place: Place): readonly Place[] {
  const isList = Array.isArray(data)
  if (isList && shapes.some(isMapping) && !shapes.some(({ item }) => item)) return [place]
  if (typeof data !== 'object' || data === null) return []
  return Object.entries(data).flatMap(([name, value]) => {
    const key = isList ? Number(name) : name
    return listsIn(
      shapes.flatMap((shape) => within(shape, key)),
      value,
      [...place, key],
    )
  })
}

function isMapping({ type }: Shape): boolean {
  return type === 'strict_object' || type === 'record'
}

function shapesAt(schema: v.GenericSchema, place: Place): readonly Shape[] {
  return place.reduce<readonly Shape[]>(
    (shapes, key) => shapes.flatMap((shape) => within(shape, key)),
    alternatives(schema as Shape),
  )
}

function within({ type, entries, item, value }: Shape, key: PropertyKey): readonly Shape[] {
  const next =
    typeof key === 'number'
      ? item
      : type === 'record'
        ? value
        : entries && Object.hasOwn(entries, key)
          ? entries[String(key)]
          : undefined
  return next ? alternatives(next) : []
}

/** What may stand there: without what only says that it may be missing. */
function alternatives(shape: Shape): readonly Shape[] {
  if (shape.wrapped) return alternatives(shape.wrapped)
  return shape.type === 'union' ? (shape.options as readonly Shape[]).flatMap(alternatives) : [shape]
}
