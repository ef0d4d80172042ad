import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Kind } from '../documents/index.js'
import type { Transform } from '../model.js'

/** What the module of a plug-in exports as its default. */
export interface Plugin {
  /** The ids of its transforms begin with this and a slash. */
  readonly name: string
  readonly transforms: readonly Transform[]
}

/**
 * Loads a plug-in.
 * @param specifier A package, or a file beginning with `./`, `../` or `/`.
 * @param from The configuration that names it, absolute.
 * @throws whatever the module throws, or an Error that says it cannot be found.
 */
export async function importPlugin(specifier: string, from: string): Promise<unknown> {
  const isFile = /^\.{0,2}\//.test(specifier)
  const file = isFile ? resolve(dirname(from), specifier) : createRequire(from).resolve(specifier)
  return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default
}

/** What is wrong with a plug-in, one sentence each; empty if it may be used. */
export function validatePlugin(value: unknown, taken: ReadonlySet<string>): readonly string[] {
  if (!isObject(value)) return ['its default export must be an object with name and transforms']
  const { name, transforms } = value
  if (typeof name !== 'string' || !NAME.test(name))
    return [`its name must be like acme or acme-rules, not ${shown(name)}`]
  if (!Array.isArray(transforms)) return ['its transforms must be a list']
  const seen = new Set(taken)
  return transforms.flatMap((transform: unknown, i) => {
    const faults = validateTransform(transform, `${name}/`, seen)
    const id = isObject(transform) && typeof transform.id === 'string' ? transform.id : undefined
    if (id) seen.add(id)
    return faults.map((fault) => `${id ? shown(id) : `transforms[${i}]`}: ${fault}`)
  })
}

/** What is wrong with a transform, one sentence each. `prefix`: what its id must begin with. */
export function validateTransform(value: unknown, prefix: string, taken: ReadonlySet<string>): readonly string[] {
  if (!isObject(value)) return ['it must be an object']
  const { id, title, severity, references, doc, on, run, optIn } = value
  const faults: string[] = []
  const must = (holds: boolean, what: string) => {
    if (!holds) faults.push(what)
  }
  const isOurs = typeof id === 'string' && id.startsWith(prefix)
  must(isOurs && NAME.test(id.slice(prefix.length)), `its id must be like ${prefix}non-root-user`)
  must(!(typeof id === 'string' && taken.has(id)), 'its id is taken')
  must(isText(title), 'its title must be a sentence')
  must(SEVERITIES.includes(severity as string), `its severity must be high, medium or low, not ${shown(severity)}`)
  must(Array.isArray(references) && references.every(isText), 'its references must be a list of names')
  must(isText(doc), 'its doc must say why, and when it keeps quiet')
  must(!isText(doc) || /^## Safety\s*\n+[^#\s]/m.test(doc), 'its doc must have a section "## Safety"')
  const kinds = Object.keys(KINDS)
  must(kinds.includes(on as string), `its on must be one of ${kinds.join(', ')}, not ${shown(on)}`)
  must(typeof run === 'function', 'its run must be a function')
  must(optIn === undefined || typeof optIn === 'boolean', `its optIn must be true or false, not ${shown(optIn)}`)
  return faults
}

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
const SEVERITIES: readonly string[] = ['high', 'medium', 'low']
// Python is read only where there are requirements, and Next.js beside Dockerfiles; a plug-in for them could not rely on being run.
const KINDS: Record<Exclude<Kind, 'python' | 'next-config'>, true> = {
  dockerfile: true,
  compose: true,
  requirements: true,
  yaml: true,
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
