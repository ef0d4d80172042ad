import { posix } from 'node:path'
import { baseName, documentOf, isVendored } from '../documents/index.js'
import type { Guard, Python, PythonImport } from '../documents/python.js'
import {
  evaluate,
  isTrue,
  type Known,
  type PythonExpression,
  type PythonNames,
  variablesIn,
} from '../documents/python-expression.js'
import type { Evidence, Location, Path, Project, Range } from '../model.js'
import { lineRange } from '../text.js'
import { folderOf } from './paths.js'
import type { Environment } from './python-environment.js'

/** What a program is made of and what it finds around it when it runs. */
export interface Program {
  readonly project: Project
  /** The folders its modules are looked up in. */
  readonly roots: readonly Path[]
  /** One for each way it is run. */
  readonly environments: readonly Environment[]
}

/** An element of a list that names a module, and where its file imports what it needs. */
export interface NamingElement extends Location {
  readonly module: string
  /** Offset above which the file may import something. */
  readonly imports: number
  /** Whether the file has `find_spec` already. */
  readonly canFind: boolean
}

/** Where a program needs a module, and what keeps it from needing it elsewhere. */
export interface Needs {
  readonly needs: readonly Evidence[]
  /** The elements of lists that are all it needs it for; none if it needs it in another way as well. */
  readonly elements: readonly NamingElement[]
  /** Variables of the environment that would make it need the module, were they set. */
  readonly switchedBy: readonly string[]
}

const NOT_RUN =
  /(^|\/)(tests?|testing|docs?|examples?|benchmarks?|\.github|\.venv|venv|site-packages)\/|(^|\/)(test_[^/]*|[^/]*_tests?|tests|conftest|noxfile|setup|fabfile)\.py$/

/** The Python files that may run in production: all but tests, documentation and tools of the repository itself. */
export function filesOf({ project, roots }: Program): readonly Path[] {
  return project.paths.filter((path) => {
    if (!path.endsWith('.py') || isVendored(path)) return false
    // As seen from the folder that is copied: that one may well lie among examples.
    return roots.some((root) => {
      const inside = root === '.' ? path : path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined
      return inside !== undefined && !NOT_RUN.test(inside)
    })
  })
}

/**
 * Where a program needs one of these modules: by an import, or by a dotted name in a text, such as in settings. What only
 * runs when a test holds counts unless the test is proven to fail in every environment.
 */
export function needsOf(modules: readonly string[], program: Program): Needs {
  if (modules.length === 0) return { needs: [], elements: [], switchedBy: [] }
  const pattern = new RegExp(`(^|[^\\w.])(${modules.map(escaped).join('|')})(?![\\w-])`)
  const reachable = settingsInForce(program)
  const needs: Evidence[] = []
  const elements: (NamingElement | undefined)[] = []
  const switchedBy = new Set<string>()
  for (const path of filesOf(program)) {
    const file = program.project.read(path)
    if (!file || !pattern.test(file.text)) continue
    if (isSettings(path, file.text) && reachable && !reachable.has(path)) continue
    const document = documentOf(file, 'python')!
    if (document.problems.length > 0) {
      needs.push({
        note: `${path} names it and cannot be read for certain: ${document.problems[0]}`,
        at: { path, start: 0, end: 0 },
      })
      elements.push(undefined)
      continue
    }
    for (const { start, end, guards, note, module, element } of mentionsIn(
      document,
      modules,
      isSettings(path, file.text),
    )) {
      const at = { path, start, end }
      const verdict = judged(guards, modules, document, program)
      if (verdict.runs) needs.push({ note: verdict.why ? `${note}, ${verdict.why}` : note, at })
      if (verdict.runs) elements.push(element && guards.length === 0 ? naming(document, element, module) : undefined)
      for (const variable of verdict.variables) switchedBy.add(variable)
    }
  }
  const isAll = elements.every((element) => element !== undefined)
  return { needs, elements: isAll ? (elements as NamingElement[]) : [], switchedBy: [...switchedBy] }
}

/** Where another import can go: above the first statement that is known, behind `from __future__`. */
function naming(document: Python, element: Range, module: string): NamingElement | undefined {
  const { text } = document.file
  const statements = [
    ...document.imports.filter(({ module: name }) => name !== '__future__'),
    ...document.assignments,
  ].filter(({ guards, start }) => guards.length === 0 && lineRange(text, start).start === start)
  const [first] = statements.sort((a, b) => a.start - b.start)
  if (!first) return undefined
  const canFind = document.imports.some(
    ({ module: name, names }) => name === 'importlib.util' && names.includes('find_spec'),
  )
  return { path: document.file.path, ...element, module, imports: first.start, canFind }
}

/** Those of these modules, each a first name, that a program imports, and where. Files that do not mention one are not parsed. */
export function importedModules(modules: readonly string[], program: Program): ReadonlyMap<string, Location> {
  const found = new Map<string, Location>()
  if (modules.length === 0) return found
  const pattern = new RegExp(`\\b(?:${modules.map(escaped).join('|')})\\b`)
  for (const path of filesOf(program)) {
    const file = program.project.read(path)
    if (!file || !pattern.test(file.text)) continue
    for (const { module, level, start, end } of documentOf(file, 'python')?.imports ?? []) {
      const name = module.split('.')[0]!
      if (level === 0 && modules.includes(name) && !found.has(name)) found.set(name, { path, start, end })
    }
  }
  return found
}

function escaped(text: string): string {
  return text.replace(/[^\w]/g, '\\$&')
}

interface Mention extends Pick<PythonImport, 'start' | 'end' | 'guards'> {
  readonly note: string
  readonly module: string
  readonly element?: Range
}

function* mentionsIn(document: Python, modules: readonly string[], inSettings: boolean): Iterable<Mention> {
  const isOne = (dotted: string) => modules.includes(dotted.split('.')[0]!)
  for (const { module, level, ...place } of document.imports) {
    if (level === 0 && isOne(module)) yield { ...place, module, note: `The program imports ${module}` }
  }
  for (const { value, ...place } of document.strings) {
    const isDotted = value.includes('.') && /^[\w.]+$/.test(value)
    if ((isDotted || inSettings) && isOne(value))
      yield { ...place, module: value.split('.')[0]!, note: `The program names ${value}` }
  }
  for (const { value, ...place } of document.decorators) {
    const isProfiler = modules.includes('line_profiler') || modules.includes('memory_profiler')
    if (value === 'profile' && isProfiler) yield { ...place, module: value, note: 'The program uses @profile' }
  }
}

/** Whether a place runs in some environment, and which variables would make it run. */
function judged(guards: readonly Guard[], modules: readonly string[], document: Python, program: Program) {
  const never = { runs: false, why: undefined, variables: [] as readonly string[] }
  if (guards.some(({ kind }) => kind === 'caught')) return never
  const tests = guards.filter((guard) => guard.kind === 'test')
  if (tests.some(({ test, is }) => is && isTypeChecking(test))) return never
  for (const { test, is } of tests) {
    const values = program.environments.map((environment) =>
      evaluate(test, namesIn(document, program, environment, modules)),
    )
    if (values.every((value) => value !== undefined && isTrue(value.value) !== is)) {
      return { ...never, variables: behind(test, document, program) }
    }
  }
  const [first] = tests
  if (!first) return { runs: true, why: undefined, variables: [] }
  const text = oneLine(document.file.text.slice(first.range.start, first.range.end))
  const values = program.environments.map((environment) =>
    evaluate(first.test, namesIn(document, program, environment, modules)),
  )
  const holds = values.some((value) => value !== undefined && isTrue(value.value) === first.is)
  const why =
    holds && tests.length === 1
      ? `and ${first.is ? '' : 'not '}${text} holds in production`
      : `and nothing proves that ${text} fails in production`
  return { runs: true, why, variables: [] }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 60)
}

function isTypeChecking(test: PythonExpression): boolean {
  return test.kind === 'name' && test.name === 'TYPE_CHECKING'
}

/** The variables that could make a test hold, also through a name such as DEBUG. */
function behind(test: PythonExpression, document: Python, program: Program): readonly string[] {
  if (test.kind === 'and' || test.kind === 'or')
    return [...behind(test.left, document, program), ...behind(test.right, document, program)]
  if (test.kind !== 'name' && test.kind !== 'setting') return variablesIn(test)
  const documents = test.kind === 'setting' ? settingsDocuments(program) : [document]
  return documents.flatMap(({ assignments }) =>
    assignments.filter(({ name }) => name === test.name).flatMap(({ value }) => variablesIn(value)),
  )
}

/** How deep a name is followed through files. */
const DEPTH = 8

function namesIn(
  document: Python,
  program: Program,
  environment: Environment,
  gone: readonly string[],
  depth = 0,
): PythonNames {
  const of = (path: Python) => namesIn(path, program, environment, gone, depth + 1)
  return {
    variable: (name) => environment.variable(name),
    // Judged as if the modules that are asked about were gone.
    module: (name) => (gone.includes(name.split('.')[0]!) ? { value: undefined } : undefined),
    name: (name) => (depth > DEPTH ? undefined : heldBy(name, document, of, program)),
    setting: (name) => {
      const values = depth > DEPTH ? [] : settingsDocuments(program).map((each) => heldBy(name, each, of, program))
      const [first] = values
      return first && values.every((value) => value && isTrue(value.value) === isTrue(first.value)) ? first : undefined
    },
  }
}

/** What a name holds once its file has been read through: of one that is set in several ways, nothing is known. */
function heldBy(name: string, document: Python, of: (document: Python) => PythonNames, program: Program): Known {
  const own = document.assignments.filter((assignment) => assignment.name === name)
  if (own.length > 1) {
    const values = own.map(({ value }) => evaluate(value, of(document)))
    const [first] = values
    return first && values.every((value) => value && isTrue(value.value) === isTrue(first.value)) ? first : undefined
  }
  if (own[0]) return own[0].guards.length === 0 ? evaluate(own[0].value, of(document)) : undefined
  for (const each of document.imports) {
    if (!each.names.includes('*') && !each.names.includes(name)) continue
    const other = documentAt(moduleAt(each, document.file.path, program), program)
    const value = other && heldBy(name, other, of, program)
    if (value) return value
  }
  return undefined
}

function documentAt(path: Path | undefined, { project }: Program): Python | undefined {
  const file = path === undefined ? undefined : project.read(path)
  const document = file && documentOf(file, 'python')
  return document?.problems.length === 0 ? document : undefined
}

/** The file of a module, if it is one of the program's own. */
function moduleAt(
  { module, level }: Pick<PythonImport, 'module' | 'level'>,
  from: Path,
  { project, roots }: Program,
): Path | undefined {
  const inside = module.replaceAll('.', '/')
  const up =
    level > 0
      ? [posix.join(folderOf(from), ...Array.from({ length: level - 1 }, () => '..'))]
      : [...roots, folderOf(from)]
  for (const folder of up) {
    for (const ending of ['.py', '/__init__.py']) {
      const path = posix.join(folder, inside + ending)
      if (!path.startsWith('..') && project.read(path)) return path
    }
  }
  return undefined
}

function isSettings(path: Path, text: string): boolean {
  return /(^|\/)settings(\/|[\w-]*\.py$)/.test(path) || /\bINSTALLED_APPS\b/.test(text)
}

const settingsMemo = new WeakMap<Program, ReadonlySet<Path> | null>()

/** The settings that are read in production and what they are made of; `undefined` if nobody says which they are. */
function settingsInForce(program: Program): ReadonlySet<Path> | undefined {
  const known = settingsMemo.get(program)
  if (known !== undefined) return known ?? undefined
  const modules = settingsModules(program)
  const found = new Set<Path>()
  const next = modules.flatMap((module) => moduleAt({ module, level: 0 }, '.', program) ?? [])
  const isComplete = modules.length > 0 && next.length === modules.length
  for (let path = next.pop(); path !== undefined; path = next.pop()) {
    if (found.has(path)) continue
    found.add(path)
    const document = documentAt(path, program)
    for (const each of document?.imports ?? []) {
      const other = moduleAt(each, path, program)
      if (other) next.push(other)
      // `from settings import local` may name a module.
      for (const name of each.names) {
        const inner = moduleAt(
          { module: [each.module, name].filter(Boolean).join('.'), level: each.level },
          path,
          program,
        )
        if (inner) next.push(inner)
      }
    }
  }
  settingsMemo.set(program, isComplete ? found : null)
  return isComplete ? found : undefined
}

function settingsDocuments(program: Program): readonly Python[] {
  return settingsModules(program).flatMap(
    (module) => documentAt(moduleAt({ module, level: 0 }, '.', program), program) ?? [],
  )
}

/** `DJANGO_SETTINGS_MODULE` as the environments set it, or else as the program itself does before it starts. */
function settingsModules(program: Program): readonly string[] {
  const set = program.environments.map((environment) => environment.variable('DJANGO_SETTINGS_MODULE'))
  const named = set.flatMap((known) => (typeof known?.value === 'string' ? [known.value] : []))
  const isOpen = set.some((known) => known === undefined)
  if (named.length === set.length && !isOpen) return [...new Set(named)]
  const starters = filesOf(program).filter((path) => /^(manage|wsgi|asgi|celery|__main__)\.py$/.test(baseName(path)))
  const defaults = starters.flatMap((path) => {
    const strings = documentAt(path, program)?.strings ?? []
    return strings.flatMap(({ value }, i) => (value === 'DJANGO_SETTINGS_MODULE' ? (strings[i + 1]?.value ?? []) : []))
  })
  return [...new Set([...named, ...defaults])]
}
