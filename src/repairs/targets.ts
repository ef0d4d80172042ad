import { documentOf } from '../documents/index.js'
import { entryOf } from '../documents/yaml-tree.js'
import { insertLinesBelow, replace } from '../edits.js'
import type { Project, TextEdit } from '../model.js'
import type { Consumer } from '../relations/consumer.js'
import { lineRange } from '../text.js'
import { closedTo } from './compose.js'

/** Lets a service build another stage; the problem says why that cannot be written here. */
export function setTarget(
  consumer: Consumer,
  target: string,
  project: Project,
): readonly TextEdit[] | { readonly problem: string } {
  const file = consumer.service && project.read(consumer.service.keyAt.path)
  const document = file && documentOf(file, 'compose')
  const service = document?.services.find(({ keyAt }) => keyAt.start === consumer.service!.keyAt.start)
  const entry = entryOf(service?.node, 'build')
  if (!document || !service || !entry || !service.node?.entries.includes(entry))
    return { problem: 'what it builds is said elsewhere' }
  const closed = closedTo(document, service)
  if (closed) return { problem: closed }
  const { text } = document.file
  const { value, keyRange, alias } = entry
  if (alias || value.anchor || value.tag) return { problem: 'others share what it builds' }
  const column = columnOf(text, keyRange.start)
  const step = ' '.repeat(Math.max(1, column - columnOf(text, service.keyAt.start)))
  const indent = ' '.repeat(column) + step
  if (value.kind === 'scalar') {
    const isOnLine = value.style !== 'block' && value.range.end <= lineRange(text, keyRange.start).end
    if (!isOnLine) return { problem: 'what it builds is not written on one line' }
    const context = text.slice(value.range.start, value.range.end)
    const gap = text.slice(keyRange.end, value.range.start)
    if (!/^:[ \t]+$/.test(gap)) return { problem: 'what it builds is not written on one line' }
    return [
      replace(
        document,
        { start: keyRange.end + 1, end: value.range.end },
        `\n${indent}context: ${context}\n${indent}target: ${target}`,
      ),
    ]
  }
  if (value.kind !== 'map' || value.flow || value.entries.length === 0)
    return { problem: 'what it builds is written in braces' }
  const first = value.entries[0]!
  const own = text.slice(lineRange(text, first.keyRange.start).start, first.keyRange.start)
  if (!/^[ ]*$/.test(own)) return { problem: 'its keys do not stand on lines of their own' }
  return [insertLinesBelow(document, value.range.end, `${own}target: ${target}`)]
}

function columnOf(text: string, offset: number): number {
  return text.slice(lineRange(text, offset).start, offset).replace('\uFEFF', '').length
}
