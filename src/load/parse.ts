import * as v from 'valibot'
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { nestsTooDeeply } from '../documents/yaml-depth.js'
import { ConfigurationError } from './error.js'
import { didYouMean } from './nearest.js'
import { keysAt, type Settings, schema } from './schema.js'

/** Where in a configuration: keys and indices from the top. */
export type Place = readonly PropertyKey[]

/** A valid configuration file, and where in it something stands. */
export interface Parsed {
  readonly settings: Settings
  /** A sentence about a place, with file, line and column before it. `key`: about the key itself, not its value. */
  fault(place: Place, sentence: string, part?: 'key' | 'value'): string
}

/** A configuration has no use for many, and each can multiply what it stands for. */
const MOST_ALIASES = 100
const MOST_FAULTS = 20

/**
 * Reads a configuration; JSON is read as the YAML it is.
 * @param name How messages call the file.
 * @throws ConfigurationError
 */
export function parse(text: string, name: string): Parsed {
  if (nestsTooDeeply(text)) throw new ConfigurationError([`${name}:1:1: it is nested too deeply.`])
  const lines = new LineCounter()
  const document = read(text, name, lines)
  const faultAt = (offset: number, sentence: string) => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}: ${sentence}`
  }
  const fault: Parsed['fault'] = (place, sentence, part = 'value') => faultAt(offsetOf(document, place, part), sentence)

  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.slice(0, MOST_FAULTS).map(({ pos, message }) => faultAt(pos[0], `${message}.`)),
    )
  }
  const data = toData(document, name) ?? {}
  const lists = listsForMappings(data).map((place) =>
    fault(place, `${subjectOf(place)} must be a mapping, not a list.`),
  )
  if (lists.length > 0) throw new ConfigurationError(lists)
  const result = v.safeParse(schema, data)
  if (result.success) return { settings: result.output, fault }
  throw new ConfigurationError(result.issues.slice(0, MOST_FAULTS).map((issue) => explain(issue, fault)))
}

/** Places of lists where mappings belong: a list passes for a mapping with valibot, because it is an object. */
function listsForMappings(data: unknown): readonly Place[] {
  const { paths, severity, options, ignore } = Object(data)
  const mappings: readonly (readonly [Place, unknown])[] = [
    [[], data],
    [['paths'], paths],
    [['severity'], severity],
    [['options'], options],
    ...Object.entries(Object(options)).map(([id, value]) => [['options', id], value] as const),
    ...(Array.isArray(ignore) ? ignore : []).map((value, i) => [['ignore', i], value] as const),
  ]
  return mappings.filter(([, value]) => Array.isArray(value)).map(([place]) => place)
}

function read(text: string, name: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true, logLevel: 'silent' })
  } catch (error) {
    throw new ConfigurationError([`${name}: it cannot be read as YAML: ${wordsOf(error)}.`], { cause: error })
  }
}

function toData(document: Document.Parsed, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (error) {
    throw new ConfigurationError([`${name}: it cannot be read as YAML: ${wordsOf(error)}.`], { cause: error })
  }
}

function wordsOf(error: unknown): string {
  return error instanceof RangeError ? 'it is nested too deeply' : (error as Error).message
}

function explain(issue: v.BaseIssue<unknown>, fault: Parsed['fault']): string {
  const place = issue.path?.map((item) => item.key as PropertyKey) ?? []
  const key = place.at(-1)
  const parent = place.slice(0, -1)
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = keysAt(parent)
    const hint = didYouMean(String(key), known) || ` Known here: ${known.join(', ')}.`
    return fault(place, `${called(parent)}unknown key ${JSON.stringify(key)}.${hint}`, 'key')
  }
  if (issue.type === 'strict_object' && issue.received === 'undefined') {
    return fault(parent, `${called(parent)}the key ${JSON.stringify(key)} is missing.`)
  }
  const isAboutKey = issue.path?.at(-1)?.origin === 'key'
  const subject = isAboutKey ? `${called(parent)}the key ${JSON.stringify(key)}` : subjectOf(place)
  const found = isAboutKey || ['Object', 'Array', '0'].includes(issue.received ?? '') ? '' : `, not ${issue.received}`
  const near = issue.type === 'picklist' ? didYouMean(String(issue.input), ['high', 'medium', 'low', 'off']) : ''
  return fault(place, `${subject} ${issue.message}${found}.${near}`, isAboutKey ? 'key' : 'value')
}

function subjectOf(place: Place): string {
  return pathOf(place) || 'the configuration'
}

function called(place: Place): string {
  return place.length > 0 ? `${pathOf(place)}: ` : ''
}

/** `ignore[0].until` */
function pathOf(place: Place): string {
  return place
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}

/** Of the nearest thing that is there. */
function offsetOf(document: Document.Parsed, place: Place, part: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const [i, key] of place.entries()) {
    if (isAlias(node)) node = node.resolve(document as Document)
    if (isMap(node)) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key))
      const isKeyWanted = part === 'key' && i === place.length - 1
      offset = (isKeyWanted ? undefined : startOf(pair?.value)) ?? startOf(pair?.key) ?? offset
      node = pair?.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      offset = startOf(node) ?? offset
    }
  }
  return offset
}

function startOf(value: unknown): number | undefined {
  return isNode(value) ? (value as Node).range?.[0] : undefined
}
