import type { Project, TextEdit } from '../model.js'
import type { NamingElement } from '../relations/python-needs.js'
import { lineRange } from '../text.js'

/** Lets each element of a list be there only if its module can be imported; its place in the list stays the same. */
export function onlyIfFound(elements: readonly NamingElement[], project: Project): readonly TextEdit[] {
  const distinct = [...new Map(elements.map((element) => [`${element.path} ${element.start}`, element])).values()]
  const wrapped = distinct.map(({ path, start, end, module }): TextEdit => {
    const text = (project.read(path)?.text ?? '').slice(start, end).replaceAll('\r\n', '\n')
    return { path, start, end, text: `*([${text}] if find_spec("${module}") else [])` }
  })
  const files = new Map(distinct.filter(({ canFind }) => !canFind).map((element) => [element.path, element]))
  const imports = [...files.values()].map(({ path, imports: offset }): TextEdit => {
    const text = project.read(path)?.text ?? ''
    const { start } = lineRange(text, offset)
    const gap = /^(import|from)\b/.test(text.slice(start, start + 7)) ? '' : '\n'
    return { path, start, end: start, text: `from importlib.util import find_spec\n${gap}` }
  })
  return [...imports, ...wrapped]
}
