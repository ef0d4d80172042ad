/**
 * YAML as plain data with offsets, and the few ways to read it. Aliases lead to the node they name, so a tree may share
 * branches, yet it never holds itself. Nothing here knows the parser: reading a tree costs no import.
 */
import type { Range } from '../model.js'

export type YamlNode = YamlScalar | YamlList | YamlMap

interface Tagged {
  /** Of a scalar, the text as written; of a collection, from its first character to the end of its last leaf. */
  readonly range: Range
  /** The name others can take it over by. */
  readonly anchor?: string
  /** An explicit tag as written, e.g. `!reset`. */
  readonly tag?: string
}

/** A value in words: `0440`, `yes` and `22:22` stay what the author typed, whatever a YAML version makes of them. */
export interface YamlScalar extends Tagged {
  readonly kind: 'scalar'
  readonly text: string
  readonly style: 'plain' | 'quoted' | 'block'
}

/** A value in its place. */
export interface YamlItem {
  readonly value: YamlNode
  /** What is written in this place: the value, or the alias that leads to it. */
  readonly range: Range
  /** Whether an alias is written here, so that the value stands somewhere else. */
  readonly alias: boolean
}

export interface YamlEntry extends YamlItem {
  readonly key: string
  readonly keyRange: Range
}

export interface YamlList extends Tagged {
  readonly kind: 'list'
  /** Written with brackets. */
  readonly flow: boolean
  readonly items: readonly YamlItem[]
}

export interface YamlMap extends Tagged {
  readonly kind: 'map'
  /** Written with braces. */
  readonly flow: boolean
  /** As written, `<<` among them. */
  readonly entries: readonly YamlEntry[]
  /** With merge keys resolved: the map's own entries, then those it takes over. Without `<<` the same as `entries`. */
  readonly merged: readonly YamlEntry[]
}

/** The entry of a key, its own before one taken over by `<<`. */
export function entryOf(node: YamlNode | undefined, key: string): YamlEntry | undefined {
  if (node?.kind !== 'map') return undefined
  const index = indexes.get(node) ?? new Map(node.merged.map((entry) => [entry.key, entry]))
  indexes.set(node, index)
  return index.get(key)
}

/** Aliases can make one long map stand in thousands of places. */
const indexes = new WeakMap<YamlMap, ReadonlyMap<string, YamlEntry>>()

/** The node that a path of keys leads to. */
export function nodeAt(node: YamlNode | undefined, ...keys: readonly string[]): YamlNode | undefined {
  let current = node
  for (const key of keys) current = entryOf(current, key)?.value
  return current
}

/** The items of a list; a value that stands alone counts as a list of one, an empty one as none. */
export function itemsOf(item: YamlItem | undefined): readonly YamlItem[] {
  if (!item || isNull(item.value)) return []
  return item.value.kind === 'list' ? item.value.items : [item]
}

/** The entries of a map, merge keys resolved; none if it is no map. */
export function entriesOf(node: YamlNode | undefined): readonly YamlEntry[] {
  return node?.kind === 'map' ? node.merged : []
}

/** The text of a scalar that is not null. */
export function textOfNode(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'scalar' && !isNull(node) ? node.text : undefined
}

export function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.style === 'plain' && /^(~|null|Null|NULL)?$/.test(node.text)
}
