import type { Location, SourceFile } from '../model.js'
import { textStart } from '../text.js'

/** The groups of packages that a manifest may name, as npm reads them. */
export const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const
export type Group = (typeof GROUPS)[number]

/** A `package.json`. What is not of the right type counts as missing. */
export interface Manifest {
  readonly file: SourceFile
  /** Whether it is a JSON object at all; everything else is empty if not. */
  readonly readable: boolean
  readonly name: string | undefined
  readonly type: string | undefined
  readonly packageManager: string | undefined
  /** The values as written, by name. */
  readonly groups: Readonly<Record<Group, ReadonlyMap<string, string>>>
  readonly scripts: ReadonlyMap<string, string>
  /** The keys at the top of the file. */
  readonly keys: ReadonlySet<string>
  /** Where a key stands, e.g. `scripts`, `build`; the start of the file if it is not there. */
  at(...path: readonly string[]): Location
}

/** Far beyond what people write. */
const LARGEST = 1 << 20

const memo = new WeakMap<SourceFile, Manifest>()

/** Reads a `package.json`. Never throws. Read once per file. */
export function parseManifest(file: SourceFile): Manifest {
  const known = memo.get(file) ?? read(file)
  memo.set(file, known)
  return known
}

function read(file: SourceFile): Manifest {
  const value = parseJson(file.text)
  const text = (key: string) => (typeof value?.[key] === 'string' ? (value[key] as string) : undefined)
  return {
    file,
    readable: value !== undefined,
    name: text('name'),
    type: text('type'),
    packageManager: text('packageManager'),
    groups: Object.fromEntries(GROUPS.map((group) => [group, stringsOf(value?.[group])])) as Manifest['groups'],
    scripts: stringsOf(value?.scripts),
    keys: new Set(Object.keys(value ?? {})),
    at: (...path) => ({ path: file.path, ...placeOf(file.text, path) }),
  }
}

/** The object that a JSON text is; `undefined` if it is none, or too large to be written by a person or a tool. */
export function parseJson(text: string, largest = LARGEST): Readonly<Record<string, unknown>> | undefined {
  if (text.length > largest) return undefined
  try {
    const value: unknown = JSON.parse(text.slice(textStart(text)))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The entries of an object whose values are strings. */
export function stringsOf(value: unknown): ReadonlyMap<string, string> {
  if (!isObject(value)) return new Map()
  return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** The range of a key in a JSON text that has been parsed before, or of nothing at its start. */
function placeOf(text: string, path: readonly string[]): { start: number; end: number } {
  let depth = 0
  let matched = 0
  for (const { 0: token, 1: key, index } of text.matchAll(/"((?:[^"\\]|\\.)*)"(?=\s*:)|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (key !== undefined && depth === matched + 1 && key === path[matched]) {
      if (++matched === path.length) return { start: index, end: index + token.length }
    }
    if (depth < matched) break
  }
  return { start: 0, end: 0 }
}
