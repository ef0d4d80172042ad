import type { Compose, Service } from '../documents/compose.js'
import { entryOf, type YamlEntry, type YamlMap } from '../documents/yaml-tree.js'
import { insert, insertLinesBelow, replace } from '../edits.js'
import type { Range, TextEdit } from '../model.js'
import { lineRange } from '../text.js'

/** Why nothing can be written into a service; `undefined` if it can. */
export function closedTo(document: Compose, service: Service): string | undefined {
  const { node, written } = service
  if (written === 'alias') return 'it is an alias of another service'
  if (written === 'flow') return 'it is written in braces'
  if (written === 'empty' || !node || node.entries.length === 0) return 'it says nothing of its own'
  if (node.anchor && isTakenOver(document, node.anchor)) return `others take over what it says (*${node.anchor})`
  const first = node.entries[0]!
  return startsLine(document, first.keyRange.start) ? undefined : 'its keys do not stand on lines of their own'
}

/** Whether an alias of this name is anywhere outside comments; a text that only looks like one does no harm. */
function isTakenOver({ file: { text }, comments }: Compose, anchor: string): boolean {
  for (let at = text.indexOf(`*${anchor}`); at >= 0; at = text.indexOf(`*${anchor}`, at + 1)) {
    const next = text[at + anchor.length + 1] ?? ''
    const isWhole = !/[\w.-]/.test(next)
    if (isWhole && !comments.some(({ start, end }) => start <= at && at < end)) return true
  }
  return false
}

/** What the keys of a mapping, and keys below them, are indented by; `name` is the range of its own key. */
function indentation(document: Compose, node: YamlMap, name: Range): { readonly key: string; readonly step: string } {
  const key = columnOf(document, node.entries[0]!.keyRange.start)
  return { key: ' '.repeat(key), step: ' '.repeat(Math.max(1, key - columnOf(document, name.start))) }
}

/** Writes a key with its lines behind all that a service says; the lines come without indentation, `\t` for one step. */
export function appendKey(document: Compose, service: Service, lines: readonly string[]): TextEdit {
  const { key, step } = indentation(document, service.node!, service.keyAt)
  const text = lines.map((line) => key + line.replace(/\t/g, step)).join('\n')
  return insertLinesBelow(document, service.node!.range.end, text)
}

/** A list as YAML that fits on the line: in double quotes, or in single ones where that spares backslashes. */
export function flowList(words: readonly string[]): string {
  return `[${words.map(quoted).join(', ')}]`
}

function quoted(word: string): string {
  const needsSingle = /["\\]/.test(word) && !/[\n\r\t]/.test(word)
  return needsSingle ? `'${word.replaceAll("'", "''")}'` : JSON.stringify(word)
}

/** The conditions to wait for, by service. */
export type Conditions = ReadonlyMap<string, string>

/** The services that say by the same words what they depend on: those of one anchor, or the service alone. */
export function sharersOf(document: Compose, service: Service): readonly Service[] {
  const entry = entryOf(service.node, 'depends_on')
  return document.services.filter(({ node }) => entryOf(node, 'depends_on') === entry)
}

/** The mapping that holds an entry, of a service or at the top of the file, and its key. */
function holderOf({ root, services }: Compose, entry: YamlEntry): { node: YamlMap; name: Range } | undefined {
  const places = [
    ...services.map(({ node, keyAt }) => ({ node, name: keyAt })),
    ...(root?.entries ?? []).map(({ value, keyRange }) => ({ node: value, name: keyRange })),
  ]
  for (const { node, name } of places) {
    if (node?.kind === 'map' && node.entries.includes(entry) && name.start < node.range.start) return { node, name }
  }
  return undefined
}

/**
 * Turns `depends_on` into a mapping with conditions, or changes the conditions of one; every name, quote and comment
 * stays. It is changed where it stands, for all who take it over. The problem says why that cannot be done here.
 */
export function withConditions(
  document: Compose,
  service: Service,
  conditions: Conditions,
): readonly TextEdit[] | { readonly problem: string } {
  const entry = entryOf(service.node, 'depends_on')
  const holder = entry && holderOf(document, entry)
  if (!holder) return { problem: 'what it depends on is taken over from elsewhere' }
  if (holder.node.flow) return { problem: 'it is written in braces' }
  if (!startsLine(document, entry.keyRange.start)) return { problem: 'its keys do not stand on lines of their own' }
  if (entry.alias || entry.value.anchor) return { problem: 'others share what it says it depends on' }
  if (entry.value.tag) return { problem: `what it depends on is marked ${entry.value.tag}` }
  if (entry.value.kind === 'map') return changedConditions(document, entry.value, conditions)
  if (entry.value.kind !== 'list') return { problem: 'what it depends on is no list' }
  const { key, step } = indentation(document, holder.node, holder.name)
  const below = key + step
  if (entry.value.items.some(({ alias, value }) => alias || value.kind !== 'scalar' || value.style === 'block'))
    return { problem: 'what it depends on is not written out' }
  return entry.value.flow
    ? fromFlowList(document, entry, conditions, below, step)
    : fromBlockList(document, entry, conditions, below, step)
}

function changedConditions(
  document: Compose,
  map: YamlMap,
  conditions: Conditions,
): readonly TextEdit[] | { readonly problem: string } {
  const edits: TextEdit[] = []
  for (const { key, value, alias } of map.entries) {
    const wanted = conditions.get(key)
    const condition = entryOf(value, 'condition')
    if (!condition || wanted === undefined || condition.value.kind !== 'scalar' || condition.value.text === wanted)
      continue
    const isOwn =
      value.kind === 'map' && value.entries.includes(condition) && !alias && !condition.alias && !value.anchor
    if (!isOwn) return { problem: 'others share a condition it names' }
    const { range, style } = condition.value
    const quote = style === 'quoted' ? document.file.text[range.start]! : ''
    edits.push(replace(document, range, `${quote}${wanted}${quote}`))
  }
  return edits.length > 0 ? edits : { problem: 'its conditions are not written out' }
}

/** `- db` becomes `db:` with a line below; a list at the column of its key moves in by one step. */
function fromBlockList(
  document: Compose,
  { value, keyRange }: YamlEntry,
  conditions: Conditions,
  below: string,
  step: string,
): readonly TextEdit[] | { readonly problem: string } {
  const { text } = document.file
  const items = value.kind === 'list' ? value.items : []
  const keyColumn = columnOf(document, keyRange.start)
  const edits: TextEdit[] = []
  for (const { range, value: item } of items) {
    const line = lineRange(text, range.start)
    const before = text.slice(line.start, range.start)
    const dash = /^([ ]*)-[ ]+$/.exec(before)
    const rest = text.slice(range.end, line.end)
    if (!dash || !/^[ \t]*(#.*)?$/.test(rest)) return { problem: 'its list is not written one to a line' }
    const column = dash[1]!.length
    const indent = column > keyColumn ? dash[1]! : below
    const condition = `\n${indent}${step}condition: ${conditions.get(nameIn(item)) ?? 'service_started'}`
    edits.push(replace(document, { start: line.start, end: range.start }, indent))
    if (rest === '') edits.push(insert(document, range.end, `:${condition}`))
    else edits.push(insert(document, range.end, ':'), insert(document, line.end, condition))
  }
  return edits
}

/** `[db, cache]` on one line becomes lines below its key; a comment behind it stays on the key's line. */
function fromFlowList(
  document: Compose,
  { value, keyRange }: YamlEntry,
  conditions: Conditions,
  below: string,
  step: string,
): readonly TextEdit[] | { readonly problem: string } {
  const { text } = document.file
  const line = lineRange(text, keyRange.start)
  if (value.range.end > line.end) return { problem: 'its list spans several lines' }
  const between = text.slice(keyRange.end, value.range.start)
  const rest = text.slice(value.range.end, line.end)
  if (!/^[ \t]*:[ \t]+$/.test(between) || !/^[ \t]*(#.*)?$/.test(rest))
    return { problem: 'its list shares a line with other things' }
  const items = value.kind === 'list' ? value.items : []
  const lines = items.map(({ range, value: item }) => {
    const condition = conditions.get(nameIn(item)) ?? 'service_started'
    return `\n${below}${text.slice(range.start, range.end)}:\n${below}${step}condition: ${condition}`
  })
  const colon = keyRange.end + between.indexOf(':') + 1
  const added = lines.join('')
  if (rest.trim() === '') return [replace(document, { start: colon, end: line.end }, added)]
  return [replace(document, { start: colon, end: value.range.end }, ''), insert(document, line.end, added)]
}

function nameIn(item: YamlEntry['value']): string {
  return item.kind === 'scalar' ? item.text : ''
}

function columnOf({ file: { text } }: Compose, offset: number): number {
  const start = lineRange(text, offset).start
  return text.slice(start, offset).replace('\uFEFF', '').length
}

function startsLine({ file: { text } }: Compose, offset: number): boolean {
  return /^\uFEFF?[ ]*$/.test(text.slice(lineRange(text, offset).start, offset))
}
