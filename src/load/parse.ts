import * as v from 'valibot'
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { nestsTooDeeply } from '../documents/yaml-depth.js'
import { ConfigurationError } from './error.js'
import { didYouMean } from './nearest.js'
import { keysAt, listsForMappings, wordsAt } from './shape.js'

/** Where in a configuration: keys and indices from the top. */
export type Place = readonly PropertyKey[]

/** What a file must be like, and how messages speak of it. */
export interface Kind<Schema extends v.GenericSchema> {
  readonly schema: Schema
  /** `the configuration` */
  readonly called: string
  /** Whether the value at a place may be a secret, so that no message may show it. */
  readonly hides?: (place: Place) => boolean
}

/** A valid file, and where in it something stands. */
export interface Parsed<Settings> {
  readonly settings: Settings
  /** A sentence about a place, with file, line and column before it. `key`: about the key itself, not its value. */
  fault(place: Place, sentence: string, part?: 'key' | 'value'): string
}

/** A configuration has no use for many, and each can multiply what it stands for. */
const MOST_ALIASES = 100
const MOST_FAULTS = 20

type Fault = Parsed<unknown>['fault']

/**
 * Reads a file of settings; JSON is read as the YAML it is.
 * @param name How messages call the file.
 * @throws ConfigurationError
 */
export function parse<Schema extends v.GenericSchema>(
  text: string,
  name: string,
  kind: Kind<Schema>,
): Parsed<v.InferOutput<Schema>> {
  if (nestsTooDeeply(text)) throw new ConfigurationError([`${name}:1:1: it is nested too deeply.`])
  const lines = new LineCounter()
  const document = read(text, name, lines)
  const faultAt = (offset: number, sentence: string) => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}: ${sentence}`
  }
  const fault: Fault = (place, sentence, part = 'value') => faultAt(offsetOf(document, place, part), sentence)

  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.slice(0, MOST_FAULTS).map(({ pos, message }) => faultAt(pos[0], `${message}.`)),
    )
  }
  const data = toData(document, name) ?? {}
  const lists = listsForMappings(kind.schema, data).map((place) =>
    fault(place, `${pathOf(place) || kind.called} must be a mapping, not a list.`),
  )
  if (lists.length > 0) throw new ConfigurationError(lists)
  const result = v.safeParse(kind.schema, data)
  if (result.success) return { settings: result.output, fault }
  const issues = result.issues.flatMap((issue) => unfolded(issue)).slice(0, MOST_FAULTS)
  throw new ConfigurationError(issues.map((issue) => explain(issue, kind, fault)))
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

/** What is wrong, and where. */
interface Issue extends Omit<v.BaseIssue<unknown>, 'path'> {
  readonly place: Place
  /** Whether it is about the key at that place, and not about its value. */
  readonly isAboutKey: boolean
}

/** Where several shapes were possible: what is wrong with the one that was meant, as far as that can be told. */
function unfolded(issue: v.BaseIssue<unknown>, above: Place = []): readonly Issue[] {
  const place = [...above, ...(issue.path?.map((item) => item.key as PropertyKey) ?? [])]
  const meant = issue.issues?.filter((inner) => inner.path || inner.kind === 'validation')
  if (meant?.length) return meant.flatMap((inner) => unfolded(inner, place))
  return [{ ...issue, place, isAboutKey: issue.path?.at(-1)?.origin === 'key' }]
}

function explain(issue: Issue, kind: Kind<v.GenericSchema>, fault: Fault): string {
  const { place, isAboutKey } = issue
  const key = place.at(-1)
  const parent = place.slice(0, -1)
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = keysAt(kind.schema, parent)
    const hint = didYouMean(String(key), known) || ` Known here: ${known.join(', ')}.`
    return fault(place, `${called(parent)}unknown key ${JSON.stringify(key)}.${hint}`, 'key')
  }
  if (issue.type === 'strict_object' && issue.received === 'undefined') {
    return fault(parent, `${called(parent)}the key ${JSON.stringify(key)} is missing.`)
  }
  const subject = isAboutKey ? `${called(parent)}the key ${JSON.stringify(key)}` : pathOf(place) || kind.called
  const isShown = !isAboutKey && !['Object', 'Array', '0'].includes(issue.received ?? '') && !kind.hides?.(place)
  const found = isShown ? `, not ${issue.received}` : ''
  const near = issue.type === 'picklist' ? didYouMean(String(issue.input), wordsAt(kind.schema, place)) : ''
  return fault(place, `${subject} ${issue.message}${found}.${near}`, isAboutKey ? 'key' : 'value')
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
