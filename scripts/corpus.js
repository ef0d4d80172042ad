// @ts-check
/**
 * Runs harden over a folder of checked-out repositories and prints the table of defects: everything that a repair must
 * never do, counted. `npm run corpus -- DIR [--out FILE]`. Nothing is written into the repositories.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { documentOf, encode, patchOf, plan, readProject, transforms, withReview } from 'harden'
import { strayData } from 'harden/testing'

/** What runs unasked. */
const usual = transforms.filter((transform) => !transform.optIn)

const { positionals, values } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } })
const [folder] = positionals
if (!folder) {
  console.error('usage: npm run corpus -- DIR [--out FILE]')
  process.exit(2)
}

/** What other fixers do to these files, each of it counted: every figure must be zero. */
const RIVALS = /** @type {const} */ ([
  'new shell syntax errors',
  'unknown instructions',
  'comment lines lost',
  'mixed line endings',
  'last newline lost',
  '`ADD url` → `COPY url`',
  'apt lists removed before a later install',
  'non-idempotent',
])

/** What must not happen either. */
const BESIDES = /** @type {const} */ ([
  'crashes',
  'not converged',
  'untouched bytes changed',
  'other data changed in Compose files',
  'patches `git apply` refuses',
])
const DEFECTS = [...RIVALS, ...BESIDES]

/** @typedef {import('../src/model.js').SourceFile} SourceFile */
/** @typedef {(typeof RIVALS)[number] | (typeof BESIDES)[number]} Defect */

/** @type {Record<Defect, string[]>} */
const defects = /** @type {any} */ (Object.fromEntries(DEFECTS.map((name) => [name, []])))
const total = {
  repositories: 0,
  files: 0,
  changed: 0,
  compose: 0,
  findings: 0,
  fixed: 0,
  unread: 0,
  firstChecking: 0,
  checking: 0,
  planning: 0,
}
/** Milliseconds for planning each Dockerfile as if it stood alone. @type {number[]} */
const alone = []
/** @type {Record<string, { findings: number, fixed: number }>} */
const byTransform = {}

const names = readdirSync(folder)
  .filter((name) => statSync(join(folder, name)).isDirectory())
  .sort()
// Once without counting anything: what a single run pays while its code is still being compiled, beside what a long one does.
for (const name of names) total.firstChecking += await secondsOf(() => check(name)).catch(() => 0)
for (const name of names) {
  total.repositories++
  try {
    await run(name)
  } catch (error) {
    defects.crashes.push(`${name}: ${error instanceof Error ? error.message : error}`)
  }
}

/** @param {string} name */
async function check(name) {
  const project = await readProject(join(/** @type {string} */ (folder), name))
  return plan(project, usual, () => [])
}

/** @param {string} name */
async function run(name) {
  const path = join(/** @type {string} */ (folder), name)
  const project = await readProject(path)
  total.checking += await secondsOf(() => check(name))
  /** @type {import('../src/model.js').Plan | undefined} */
  let planned
  total.planning += await secondsOf(async () => {
    planned = await plan(project, usual, withReview)
  })
  const result = /** @type {import('../src/model.js').Plan} */ (/** @type {unknown} */ (planned))
  await timeAlone(project)

  const kinds = new Set(['dockerfile', 'compose', 'requirements'])
  total.files += project.paths.filter((path) => {
    // Read only for what it needs, and most of the files there are.
    if (path.endsWith('.py')) return false
    const file = project.read(path)
    const document = file && documentOf(file)
    return document && kinds.has(document.kind)
  }).length
  total.unread += result.unread.length
  total.findings += result.found.length
  for (const { transform } of result.found) count(transform.id).findings++
  for (const step of result.steps) {
    total.fixed += step.choices.length
    count(step.transform).fixed += step.choices.length
  }
  if (result.stopped !== 'converged') defects['not converged'].push(name)

  const changes = [...result.after.edited.values()].map((after) => ({
    path: after.path,
    before: result.before.read(after.path),
    after,
  }))
  total.changed += changes.length
  for (const { path, before, after } of changes) {
    for (const defect of defectsOf(before, after, result.steps)) defects[defect].push(`${name}/${path}`)
  }
  for (const { path } of changes) if (/\.ya?ml$/.test(path)) total.compose++
  for (const fault of strayData(result.before, result.after))
    defects['other data changed in Compose files'].push(`${name}/${fault}`)
  // A comment may move to another file, with the line that it stands over.
  const comments = linesLost(
    changes.flatMap(({ before }) => commentLines(before)),
    changes.flatMap(({ after }) => commentLines(after)),
  )
  if (comments > 0) defects['comment lines lost'].push(`${name}: ${comments}`)
  if (changes.length === 0) return

  const again = await plan(result.after, usual, withReview)
  if (again.steps.length > 0) defects['non-idempotent'].push(name)
  const refused = applied(changes)
  if (refused) defects['patches `git apply` refuses'].push(`${name}: ${refused}`)
}

/** Seconds of one core, whatever else the machine does. @param {() => Promise<unknown>} work */
async function secondsOf(work) {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** @param {import('../src/model.js').Project} project */
async function timeAlone(project) {
  for (const path of project.paths) {
    const file = project.read(path)
    if (!file || documentOf(file)?.kind !== 'dockerfile') continue
    // Another object, so that nothing is remembered of the file.
    const fresh = { ...file }
    const only = {
      ...project,
      paths: [path],
      edited: new Map(),
      read: (/** @type {string} */ other) => (other === path ? fresh : undefined),
    }
    alone.push((await secondsOf(() => plan(only, usual, withReview))) * 1000)
  }
}

/** @param {number} part */
function quantile(part) {
  const sorted = [...alone].sort((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1)
}

/** @param {string} id */
function count(id) {
  byTransform[id] ??= { findings: 0, fixed: 0 }
  return byTransform[id]
}

/**
 * @param {SourceFile | undefined} before
 * @param {SourceFile} after
 * @param {readonly import('../src/model.js').Step[]} steps
 * @returns {Defect[]}
 */
function defectsOf(before, after, steps) {
  const was = before?.text ?? ''
  const is = after.text
  /** @type {Defect[]} */
  const found = []
  if (before && !sameOutside(after.path, steps)) found.push('untouched bytes changed')
  if (isMixed(is) && !isMixed(was)) found.push('mixed line endings')
  if (was !== '' && /\n$/.test(was) !== /\n$/.test(is)) found.push('last newline lost')
  const documents = [before, after].map((file) => (file ? documentOf(file) : undefined))
  const [old, now] = documents
  if (old && now) {
    if (now.oddities.length > old.oddities.length) found.push('new shell syntax errors')
    if (now.problems.length > 0) found.push('unknown instructions')
    if (now.kind === 'dockerfile') found.push(...regressionsOf(was, is))
  }
  return found
}

/**
 * Worked out from the text alone, apart from harden's own reading of it.
 * @param {string} was
 * @param {string} is
 * @returns {Defect[]}
 */
function regressionsOf(was, is) {
  /** @type {Defect[]} */
  const found = []
  const fetched = (/** @type {string} */ text) =>
    instructionsOf(text).filter((line) => /^COPY\s+(--\S+\s+)*https?:/i.test(line)).length
  if (fetched(is) > fetched(was)) found.push('`ADD url` → `COPY url`')
  if (stranded(is) > stranded(was)) found.push('apt lists removed before a later install')
  return found
}

/** Instructions with their continuation lines joined. @param {string} text */
function instructionsOf(text) {
  return text
    .replace(/^\s*#.*\r?\n/gm, '')
    .replace(/\\[ \t]*\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.trim())
}

/** How many installs come after the lists are gone, and do not fetch them again. @param {string} text */
function stranded(text) {
  let gone = false
  let count = 0
  for (const line of instructionsOf(text)) {
    if (/^FROM\s/i.test(line)) gone = false
    if (!/^RUN\s/i.test(line)) continue
    const installs = /\bapt(-get)?\s+(-\S+\s+)*install\b/.test(line)
    // add-apt-repository runs apt-get update itself.
    const updates = /\bapt(-get)?\s+(-\S+\s+)*update\b|\badd-apt-repository\b/.test(line)
    if (installs && !updates && gone) count++
    if (updates) gone = false
    if (/rm\s+(-\S+\s+)+(\S+\s+)*\/var\/lib\/apt\/lists/.test(line)) gone = true
  }
  return count
}

/**
 * Whether every step changed its file in the ranges of its edits and nowhere else, worked out without the engine: the
 * text between two edits must stand in the result, in order, byte for byte.
 * @param {string} path
 * @param {readonly import('../src/model.js').Step[]} steps
 */
function sameOutside(path, steps) {
  return steps.every((step) => {
    const before = step.before.read(path)?.text ?? ''
    const after = step.after.read(path)?.text ?? ''
    const edits = step.choices
      .flatMap(({ fix }) => fix.edits)
      .filter((edit) => edit.path === path)
      .sort((a, b) => a.start - b.start || a.end - b.end)
    let at = 0
    let from = 0
    for (const edit of edits) {
      const kept = before.slice(from, edit.start)
      if (!after.startsWith(kept, at)) return false
      at += kept.length
      const ending = /\r\n/.test(before) ? '\r\n' : '\n'
      const written = edit.text.replaceAll('\n', ending)
      if (!after.startsWith(written, at)) return false
      at += written.length
      from = edit.end
    }
    return after.slice(at) === before.slice(from)
  })
}

/** @param {SourceFile | undefined} file */
function commentLines(file) {
  return (file?.text ?? '')
    .split(/\r?\n/)
    .filter((line) => /^\s*#/.test(line))
    .map((line) => line.trim())
}

/** @param {readonly string[]} before @param {readonly string[]} after */
function linesLost(before, after) {
  const left = [...after]
  return before.filter((line) => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  }).length
}

/** @param {string} text */
function isMixed(text) {
  return /\r\n/.test(text) && /(?<!\r)\n/.test(text)
}

/**
 * Applies the patch with git to copies of the changed files alone, and compares what comes out.
 * @param {readonly { path: string, before: SourceFile | undefined, after: SourceFile }[]} changes
 */
function applied(changes) {
  const copy = mkdtempSync(join(tmpdir(), 'harden-corpus-'))
  try {
    for (const { path, before } of changes) {
      if (!before) continue
      mkdirSync(dirname(join(copy, path)), { recursive: true })
      writeFileSync(join(copy, path), encode(before), { mode: before.mode })
    }
    execFileSync('git', ['-c', 'core.autocrlf=false', 'apply', '-'], {
      cwd: copy,
      input: patchOf(changes, encode),
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    const expected = changes.every(({ path, after }) =>
      execFileSync('cat', ['--', path], { cwd: copy }).equals(encode(after)),
    )
    return expected ? undefined : 'the result differs'
  } catch (error) {
    return String(/** @type {any} */ (error).stderr ?? error).split('\n')[0]
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

const rowsOf = (/** @type {readonly Defect[]} */ names) => names.map((name) => `| ${name} | ${defects[name].length} |`)
const kinds = Object.entries(byTransform)
  .sort()
  .map(([id, { findings, fixed }]) => `| \`${id}\` | ${findings} | ${fixed} |`)
const report = [
  `${total.repositories} repositories, ${total.files} files of a kind harden reads, ${total.findings} findings, ${total.fixed} fixes applied in ${total.changed} files (${total.compose} of them Compose files), ${total.unread} files left alone.`,
  `Counted in processor time of all threads, check reads ${(total.files / total.firstChecking).toFixed(0)} files a second in its first pass, while its code is being compiled, ${(total.files / total.checking).toFixed(0)} after that, and planning every fix to its end takes ${(total.files / total.planning).toFixed(0)}; one Dockerfile alone is planned in ${quantile(0.5)} ms, and 99 of 100 in ${quantile(0.99)} ms.`,
  '',
  '| defect | count |',
  '|---|--:|',
  ...rowsOf(RIVALS),
  '',
  '| and besides | count |',
  '|---|--:|',
  ...rowsOf(BESIDES),
  '',
  '| transform | findings | fixes applied |',
  '|---|--:|--:|',
  ...kinds,
  '',
].join('\n')
console.log(report)
for (const name of DEFECTS) for (const where of defects[name]) console.error(`${name}: ${where}`)
if (values.out) writeFileSync(values.out, report)
process.exitCode = DEFECTS.some((name) => defects[name].length > 0) ? 1 : 0
