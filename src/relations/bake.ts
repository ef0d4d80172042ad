import type { Range, SourceFile } from '../model.js'
import { followBuild, joinUses, type Uses } from './consumer.js'
import { parseJsonc, stringAt, valueAt } from './jsonc.js'
import { folderOf, type Scope } from './paths.js'

interface Target {
  readonly range: Range
  readonly inherits: readonly string[]
  readonly context?: string
  readonly dockerfile?: string
  readonly stage?: string
  readonly tags: readonly string[]
}

/** The Dockerfiles that the targets of a bake file build. */
export function usesByBake(scope: Scope, file: SourceFile): Uses {
  const written = file.path.endsWith('.json') ? targetsInJson(file.text) : targetsInHcl(file.text)
  const resolved = new Map<string, Target>()
  return joinUses(
    [...written.keys()].map((name) => {
      const target = inherited(name, written, resolved)!
      return followBuild(scope, {
        by: 'bake',
        at: { path: file.path, ...target.range },
        context: target.context ?? '.',
        from: folderOf(file.path),
        ...(target.dockerfile && { dockerfile: target.dockerfile }),
        ...(target.stage && { target: target.stage }),
        images: target.tags,
      })
    }),
  )
}

/** The target with what it inherits: the later parent wins, then the target itself. */
function inherited(
  name: string,
  written: ReadonlyMap<string, Target>,
  resolved: Map<string, Target>,
): Target | undefined {
  const own = resolved.get(name) ?? written.get(name)
  if (!own || resolved.has(name)) return own
  resolved.set(name, own)
  const layers = [...own.inherits.flatMap((parent) => inherited(parent, written, resolved) ?? []), own]
  const tags = layers.findLast((layer) => layer.tags.length > 0)?.tags ?? []
  const target: Target = Object.assign({}, ...layers, { tags })
  resolved.set(name, target)
  return target
}

function targetsInJson(text: string): ReadonlyMap<string, Target> {
  const root = parseJsonc(text)
  const targets = new Map<string, Target>()
  for (const name of Object.keys((valueAt(root, 'target') as object | undefined) ?? {})) {
    const target = valueAt(root, 'target', name)
    const start = Math.max(0, text.indexOf(`"${name}"`, text.indexOf('"target"') + 1))
    const list = (key: string) => [valueAt(target, key) ?? []].flat().filter((item) => typeof item === 'string')
    const [context, dockerfile, stage] = ['context', 'dockerfile', 'target'].map((key) => stringAt(target, key))
    targets.set(name, {
      range: { start, end: start + name.length + 2 },
      inherits: list('inherits'),
      tags: list('tags'),
      ...(context !== undefined && { context }),
      ...(dockerfile !== undefined && { dockerfile }),
      ...(stage !== undefined && { stage }),
    })
  }
  return targets
}

/** A tolerant scan: blocks by their braces, and in them the attributes that are written as plain strings. */
function targetsInHcl(source: string): ReadonlyMap<string, Target> {
  const text = withoutComments(source)
  const variables = new Map<string, string>()
  for (const [, name = '', value = ''] of text.matchAll(
    /^[ \t]*variable\s+"(\w+)"\s*\{[^}"]*default\s*=\s*"([^"]*)"/gm,
  ))
    variables.set(name, value)
  const plain = (value: string) =>
    value.replace(/\$\{(\w+)\}/g, (written, name: string) => variables.get(name) ?? written)
  const targets = new Map<string, Target>()
  let done = 0
  for (const header of text.matchAll(/^[ \t]*target\s+"([^"]+)"\s*\{/gm)) {
    if (header.index < done) continue
    const start = header.index + header[0].search(/\S/)
    const open = header.index + header[0].length
    done = closing(text, open)
    const body = text.slice(open, done)
    const string = (key: string) => {
      const [, quoted, name] = new RegExp(`^[ \\t]*${key}\\s*=\\s*(?:"([^"]*)"|(\\w+)[ \\t]*$)`, 'm').exec(body) ?? []
      return quoted === undefined ? variables.get(name ?? '') : plain(quoted)
    }
    const list = (key: string) => {
      const [, items = ''] = new RegExp(`^[ \\t]*${key}\\s*=\\s*\\[([^\\]]*)\\]`, 'm').exec(body) ?? []
      return [...items.matchAll(/"([^"]*)"/g)].map(([, item = '']) => plain(item))
    }
    const [context, dockerfile, stage] = ['context', 'dockerfile', 'target'].map(string)
    targets.set(header[1]!, {
      range: { start, end: open - 1 },
      inherits: list('inherits'),
      tags: list('tags'),
      ...(context !== undefined && { context }),
      ...(dockerfile !== undefined && { dockerfile }),
      ...(stage !== undefined && { stage }),
    })
  }
  return targets
}

/** The same text with comments turned into blanks, so that offsets hold. */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"?)|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g,
    (all, string?: string) => string ?? all.replace(/[^\n]/g, ' '),
  )
}

function closing(text: string, from: number): number {
  let depth = 1
  for (const { 0: mark, index } of text.slice(from).matchAll(/"(?:[^"\\\n]|\\.)*"?|[{}]/g)) {
    if (mark === '{') depth++
    else if (mark === '}' && --depth === 0) return from + index
  }
  return text.length
}
