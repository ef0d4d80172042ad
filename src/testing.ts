/**
 * Runs cases: the author writes two folders, and everything else that must hold is asserted here.
 *
 * A case is a folder with `before/` (a project), `after/` (the same project repaired; absent when nothing may change),
 * `findings.txt` (the report) and, if planning needs them, `facts.json` (`{"image docker.io/library/alpine:3": {"problem": "…"}}`).
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseDocument } from 'yaml'
import { encode, readProject } from './disk.js'
import { documentOf, kindOf } from './documents/index.js'
import { plan, withReview } from './engine/plan.js'
import type { Facts, Path, Plan, Project, Select, SourceFile, Transform } from './model.js'
import { changedFiles, noFacts, projectOf } from './project.js'
import { positionAt, textStart } from './text.js'

/** What is wrong with a case, one line each; empty when it holds. */
export type Failures = readonly string[]

/**
 * Runs one case with its transform, and then again as CRLF, with a byte order mark, without the last newline, on its
 * own result, and together with `all` transforms.
 */
export async function checkCase(folder: string, transform: Transform, all: readonly Transform[]): Promise<Failures> {
  const { before, after, facts, findings } = await readCase(folder)
  const failures: string[] = []
  const result = await plan(before, [transform], withReview)

  failures.push(...differences('', contents(after), contents(result.after)))
  if (report(result) !== findings) failures.push(`findings.txt differs; the report is:\n${report(result)}`)
  failures.push(...unstable('', result))

  const again = await plan(projectOf(filesOf(result.after), facts), [transform], withReview)
  if (again.steps.length > 0)
    failures.push(`run again, it changes ${changedFiles(again.before, again.after).map((c) => c.path)}`)

  for (const [name, vary] of Object.entries(VARIANTS)) {
    const varied = await plan(projectOf(filesOf(before).map(vary), facts), [transform], withReview)
    // A file that a fix makes is made the same way, whatever the others look like.
    const expected = filesOf(after).map((file) => (before.read(file.path) ? vary(file) : file))
    failures.push(...differences(`${name}: `, contents(projectOf(expected)), contents(varied.after)))
    failures.push(...unstable(`${name}: `, varied))
  }
  failures.push(...unstable('with all transforms: ', await plan(before, all, withReview)))
  return failures
}

/** Every choice of fixes leaves files that read; `chance` decides each fix. */
export async function checkSubset(folder: string, all: readonly Transform[], chance: () => boolean): Promise<Failures> {
  const { before } = await readCase(folder)
  const some: Select = (proposal) => (withReview(proposal) as Awaited<ReturnType<Select>>).filter(chance)
  const result = await plan(before, all, some)
  return worse(before, result.after).map((path) => `${path} no longer reads`)
}

/** Writes `after/` and `findings.txt` as they come out now. The review is `git diff`. */
export async function updateCase(folder: string, transform: Transform): Promise<void> {
  const { before } = await readCase(folder)
  const result = await plan(before, [transform], withReview)
  rmSync(join(folder, 'after'), { recursive: true, force: true })
  if (changedFiles(result.before, result.after).length > 0) {
    for (const file of filesOf(result.after)) {
      const path = join(folder, 'after', file.path)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, encode(file))
    }
  }
  writeFileSync(join(folder, 'findings.txt'), report(result))
}

/** The folders of a transform's cases, sorted. */
export function casesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .sort()
}

async function readCase(folder: string) {
  const facts = readFacts(join(folder, 'facts.json'))
  const read = async (name: string) => projectOf(filesOf(await readProject(join(folder, name))), facts)
  const before = await read('before')
  const after = existsSync(join(folder, 'after')) ? await read('after') : before
  const path = join(folder, 'findings.txt')
  return { before, after, facts, findings: existsSync(path) ? readFileSync(path, 'utf8') : '' }
}

function readFacts(path: string): Facts {
  if (!existsSync(path)) return noFacts
  const known = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  return { get: ({ kind, key }) => known[`${kind} ${key}`] }
}

function filesOf(project: Project): readonly SourceFile[] {
  return project.paths.flatMap((path) => project.read(path) ?? [])
}

function contents(project: Project): ReadonlyMap<Path, Buffer> {
  return new Map(filesOf(project).map((file) => [file.path, encode(file)]))
}

function differences(prefix: string, expected: ReadonlyMap<Path, Buffer>, actual: ReadonlyMap<Path, Buffer>): Failures {
  const paths = new Set([...expected.keys(), ...actual.keys()])
  return [...paths]
    .filter((path) => !expected.get(path)?.equals(actual.get(path) ?? Buffer.from('\0')))
    .map((path) => `${prefix}${path} is not as expected:\n${actual.get(path)?.toString() ?? '(missing)'}`)
}

function unstable(prefix: string, result: Plan): Failures {
  const broken = [
    ...worse(result.before, result.after).map((path) => `${prefix}${path} no longer reads`),
    ...strayData(result.before, result.after).map((fault) => prefix + fault),
  ]
  return result.stopped === 'converged' ? broken : [...broken, `${prefix}the plan did not converge: ${result.stopped}`]
}

function worse(before: Project, after: Project): readonly Path[] {
  return after.paths.filter((path) => {
    const was = before.read(path)
    const is = after.read(path)
    if (!is || is === was || !kindOf(path)) return false
    return documentOf(is)!.problems.length > (was ? documentOf(was)!.problems.length : 0)
  })
}

/** What differs in Compose files, as data, besides added keys, `depends_on` and `build` in their long forms, and the words of commands. */
export function strayData(before: Project, after: Project): Failures {
  return changedFiles(before, after).flatMap(({ path, before: was, after: is }) => {
    if (!was || kindOf(path) !== 'compose') return []
    return differing(dataOf(was), dataOf(is), []).map((place) => `${path} differs in ${place}`)
  })
}

/** As YAML 1.1 reads it, like Compose does. */
function dataOf({ text }: SourceFile): unknown {
  const options = { version: '1.1', merge: true, uniqueKeys: false, logLevel: 'silent' } as const
  return parseDocument(text.slice(textStart(text)), options).toJS({ maxAliasCount: -1 })
}

type Data = Readonly<Record<string, unknown>>

function differing(was: unknown, is: unknown, keys: readonly string[]): readonly string[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return []
  if (isOfService(keys) && keys.at(-1) === 'depends_on' && isLongForm(was, is)) return []
  if (isOfService(keys) && keys.at(-1) === 'command' && isCommand(was) && typeof was === typeof is) return []
  if (isOfService(keys) && keys.at(-1) === 'build' && isMap(is) && 'target' in is && Object.is(is.context, was))
    return []
  if (!isMap(was) || !isMap(is)) return [keys.join('.')]
  return Object.keys(was).flatMap((key) =>
    Object.hasOwn(is, key) ? differing(was[key], is[key], [...keys, key]) : [[...keys, key].join('.')],
  )
}

/** Whether a place is in a service, or in what services take over from the top of the file. */
function isOfService([first = '', ...rest]: readonly string[]): boolean {
  return first === 'services' ? rest.length === 2 : first.startsWith('x-') && rest.length === 1
}

/** The same names in the same order, each with a condition and with all that was said of it before. */
function isLongForm(was: unknown, is: unknown): boolean {
  if (!isMap(is)) return false
  const names = Array.isArray(was) ? was : isMap(was) ? Object.keys(was) : []
  if (names.join() !== Object.keys(is).join()) return false
  return Object.entries(is).every(([name, now]) => {
    if (!isMap(now) || typeof now.condition !== 'string') return false
    const before = isMap(was) ? was[name] : {}
    return Object.entries(isMap(before) ? before : {}).every(
      ([key, value]) => key === 'condition' || now[key] === value,
    )
  })
}

function isCommand(value: unknown): boolean {
  return typeof value === 'string' || Array.isArray(value)
}

function isMap(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const VARIANTS: Record<string, (file: SourceFile) => SourceFile> = {
  crlf: (file) => ({ ...file, text: file.text.replace(/\r?\n/g, '\r\n') }),
  bom: (file) => (kindOf(file.path) && textStart(file.text) === 0 ? { ...file, text: `\uFEFF${file.text}` } : file),
  'no last newline': (file) => (kindOf(file.path) ? { ...file, text: file.text.replace(/\r?\n$/, '') } : file),
}

/** `✓` done, `·` still open, `!` left alone; evidence is indented below its finding. */
function report(result: Plan): string {
  const lines: string[] = []
  for (const step of result.steps) {
    for (const { finding, fix } of step.choices) {
      const line = positionAt(step.before.read(finding.at.path)!, finding.at.start).line
      lines.push(`✓ ${finding.at.path}:${line} ${finding.message} → ${fix.title} (${fix.applicability})`)
      if (fix.caveat) lines.push(`    caveat: ${fix.caveat}`)
      for (const other of finding.fixes?.slice(1) ?? []) lines.push(`    or: ${other.title} (${other.applicability})`)
      for (const evidence of finding.evidence ?? []) lines.push(`    ${evidence.note}`)
    }
  }
  for (const { finding } of result.open) {
    const line = positionAt(result.after.read(finding.at.path)!, finding.at.start).line
    lines.push(`· ${finding.at.path}:${line} ${finding.message}`)
    for (const fix of finding.fixes ?? []) lines.push(`    or: ${fix.title} (${fix.applicability})`)
    for (const evidence of finding.evidence ?? []) lines.push(`    ${evidence.note}`)
  }
  for (const { path, problem } of result.unread) lines.push(`! ${path}: ${problem}`)
  return lines.map((line) => `${line}\n`).join('')
}
