import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  Parser,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { Document, Range, SourceFile } from '../model.js'
import { lineAt, lineStarts } from '../text.js'
import { nestsTooDeeply } from './yaml-depth.js'
import type { YamlEntry, YamlItem, YamlList, YamlMap, YamlNode, YamlScalar } from './yaml-tree.js'

/** Any YAML file, e.g. a workflow: one tree per document in it. */
export interface Yaml extends Document {
  readonly kind: 'yaml'
  readonly roots: readonly YamlNode[]
}

/** Nobody writes more than this by hand, and what a machine wrote is not ours to mend. */
const SIZE_LIMIT = 500_000

/** How many entries merge keys may add to a file; a chain of them grows with the square of its length. */
const MERGE_LIMIT = 100_000

export function parseYaml(file: SourceFile): Yaml {
  const { roots, comments, problems } = readYaml(file)
  return { kind: 'yaml', file, roots, comments, problems, oddities: [] }
}

export interface YamlReading {
  readonly roots: readonly YamlNode[]
  readonly comments: readonly Range[]
  /** Quoted and block scalars: where a file may hold any text. */
  readonly literals: readonly Range[]
  readonly problems: readonly string[]
}

/** Reads a file's trees; whatever is wrong with it, it is said in `problems` and never thrown. */
export function readYaml(file: SourceFile): YamlReading {
  const nothing = { roots: [], comments: [], literals: [] }
  if (file.text.length > SIZE_LIMIT) return { ...nothing, problems: ['it is larger than 500 kB'] }
  if (nestsTooDeeply(file.text)) return { ...nothing, problems: ['it is nested too deeply'] }
  try {
    return read(file.text)
  } catch (error) {
    const why =
      error instanceof Unreadable ? error.message : `the YAML parser gave up on it: ${(error as Error).message}`
    return { ...nothing, problems: [why] }
  }
}

class Unreadable extends Error {}

function read(text: string): YamlReading {
  const tokens: CST.Token[] = []
  for (const token of new Parser().parse(text)) tokens.push(token)
  const comments = commentsIn(tokens)
  // The parser compares every key of a map with every other; `build` looks duplicates up instead. The failsafe schema
  // leaves every scalar as text.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false, keepSourceTokens: false })
  const documents = [...composer.compose(tokens, false, text.length)]
  const line = lineNumbers(text)
  const problems = documents.flatMap((document) =>
    document.errors.slice(0, 3).map((error) => `line ${line(error.pos[0])}: ${lowerFirst(error.message)}`),
  )
  const literals: Range[] = []
  const roots: YamlNode[] = []
  for (const { contents } of problems.length ? [] : documents) {
    if (contents)
      roots.push(
        build(contents as ParsedNode, {
          text,
          line,
          problems,
          literals,
          anchors: new Map(),
          merges: { left: MERGE_LIMIT },
        }),
      )
  }
  return { roots, comments, literals, problems }
}

function lineNumbers(text: string): (offset: number) => number {
  let starts: readonly number[] | undefined
  return (offset) => {
    starts ??= lineStarts(text)
    return lineAt(starts, offset) + 1
  }
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

/** Comments have no offsets in the parser's nodes, only in its tokens. */
function commentsIn(tokens: readonly CST.Token[]): readonly Range[] {
  const comments: Range[] = []
  const left: unknown[] = [...tokens]
  while (left.length > 0) {
    const token = left.pop()
    if (Array.isArray(token)) {
      for (const each of token) left.push(each)
    } else if (isRecord(token)) {
      if (token.type === 'comment') comments.push(rangeOfComment(token as unknown as CST.SourceToken))
      else for (const part of PARTS) if (token[part]) left.push(token[part])
    }
  }
  return comments.sort((a, b) => a.start - b.start)
}

const PARTS = ['start', 'key', 'sep', 'value', 'props', 'items', 'end']

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function rangeOfComment({ offset, source }: CST.SourceToken): Range {
  return { start: offset, end: offset + source.replace(/\r$/, '').length }
}

interface Building {
  readonly text: string
  line(offset: number): number
  readonly problems: string[]
  readonly literals: Range[]
  /** The latest node of each anchor; `undefined` while that node is still being built. */
  readonly anchors: Map<string, YamlNode | undefined>
  readonly merges: { left: number }
}

function build(node: ParsedNode, building: Building): YamlNode {
  if (isAlias(node)) return resolve(node.source, node.range[0], building)
  if (node.anchor) building.anchors.set(node.anchor, undefined)
  const built = isMap(node)
    ? mapFrom(node as YAMLMap, building)
    : isSeq(node)
      ? listFrom(node as YAMLSeq, building)
      : scalarFrom(node as Scalar, building)
  if (node.anchor) building.anchors.set(node.anchor, built)
  return built
}

function resolve(anchor: string, offset: number, { anchors, line }: Building): YamlNode {
  const node = anchors.get(anchor)
  if (node) return node
  const why = anchors.has(anchor) ? 'refers to what it is part of' : 'refers to nothing above it'
  throw new Unreadable(`line ${line(offset)}: the alias *${anchor} ${why}`)
}

function named(node: ParsedNode | Scalar | YAMLMap | YAMLSeq): { anchor?: string; tag?: string } {
  return { ...(node.anchor && { anchor: node.anchor }), ...(node.tag && !isImplied(node.tag) && { tag: node.tag }) }
}

/** Tags that say no more than how a value is written. */
function isImplied(tag: string): boolean {
  return /^tag:yaml\.org,2002:(str|map|seq)$/.test(tag)
}

function scalarFrom(node: Scalar, { text, literals }: Building): YamlScalar {
  const [start, end] = node.range!
  const style = node.type === 'PLAIN' ? 'plain' : node.type?.startsWith('QUOTE') ? 'quoted' : 'block'
  const range = { start, end: style === 'block' ? endOfBlock(text, start, end) : end }
  if (style !== 'plain') literals.push(range)
  return { kind: 'scalar', text: String(node.source ?? node.value ?? ''), style, range, ...named(node) }
}

/** The parser ends a block scalar at the start of the next line; blank lines count only if `+` keeps them. */
function endOfBlock(text: string, start: number, end: number): number {
  const keeps = /^[|>]\d?\+/.test(text.slice(start, start + 3))
  const trimmed = text.slice(start, end).replace(keeps ? /\r?\n$/ : /\s+$/, '')
  return start + trimmed.length
}

function listFrom(node: YAMLSeq, building: Building): YamlList {
  const items = (node.items as (ParsedNode | null)[]).map((item) => itemFrom(item, node.range![0], building))
  return { kind: 'list', flow: node.flow === true, items, range: rangeOf(node, items), ...named(node) }
}

function rangeOf(node: YAMLMap | YAMLSeq, items: readonly YamlItem[]): Range {
  const [start, end] = node.range!
  if (node.flow) return { start, end }
  return { start, end: items.at(-1)?.range.end ?? start }
}

function itemFrom(item: ParsedNode | null, fallback: number, building: Building): YamlItem {
  if (item === null) return { value: empty(fallback), range: { start: fallback, end: fallback }, alias: false }
  const value = build(item, building)
  const alias = isAlias(item)
  return { value, range: alias ? { start: item.range[0], end: item.range[1] } : value.range, alias }
}

function empty(offset: number): YamlScalar {
  return { kind: 'scalar', text: '', style: 'plain', range: { start: offset, end: offset } }
}

function mapFrom(node: YAMLMap, building: Building): YamlMap {
  const seen = new Set<string>()
  const entries = (node.items as Pair<ParsedNode, ParsedNode | null>[]).map((pair): YamlEntry => {
    const { key, keyRange } = keyFrom(pair.key, building)
    if (seen.has(key)) building.problems.push(`line ${building.line(keyRange.start)}: the key ${key} is there twice`)
    seen.add(key)
    return { key, keyRange, ...itemFrom(pair.value, keyRange.end, building) }
  })
  return {
    kind: 'map',
    flow: node.flow === true,
    entries,
    merged: merge(entries, building),
    range: rangeOf(node, entries),
    ...named(node),
  }
}

function keyFrom(node: ParsedNode, building: Building): { key: string; keyRange: Range } {
  const [start, end] = node.range
  if (!isScalar(node)) throw new Unreadable(`line ${building.line(start)}: it has a key that is not text`)
  const built = build(node, building) as YamlScalar
  return { key: built.text, keyRange: { start, end } }
}

/** The entries with those that `<<` takes over: own keys win, then the first map that has the key. */
function merge(entries: readonly YamlEntry[], { text, line, merges }: Building): readonly YamlEntry[] {
  const merging = entries.filter((entry) => text.slice(entry.keyRange.start, entry.keyRange.end) === '<<')
  if (merging.length === 0) return entries
  const known = new Map(entries.map((entry) => [entry.key, entry]))
  known.delete('<<')
  for (const { value, range } of merging) {
    for (const source of value.kind === 'list' ? value.items.map((item) => item.value) : [value]) {
      if (source.kind !== 'map')
        throw new Unreadable(`line ${line(range.start)}: it merges something that is not a mapping`)
      for (const entry of source.merged) if (!known.has(entry.key)) known.set(entry.key, entry)
      merges.left -= source.merged.length
      if (merges.left < 0) throw new Unreadable('its merge keys expand to too many entries')
    }
  }
  merges.left -= known.size
  return [...known.values()]
}
