// Reduces GitHub's own OpenAPI description to the operations that harden uses: the fake GitHub of the tests holds every
// request and every answer against it. Run again when an operation is added: `node scripts/github-openapi.js`.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** 385 MB when unpacked, so it is never a dependency. */
const PACKAGE = '@octokit/openapi@23.0.2'
const DESCRIPTION = 'package/generated/api.github.com.json'
const OUTPUT = join(import.meta.dirname, '..', 'test', 'campaign', 'forges')

const OPERATIONS = [
  'checks/list-for-ref',
  'git/create-ref',
  'git/get-commit',
  'git/get-ref',
  'issues/add-labels',
  'issues/create-comment',
  'pulls/create',
  'pulls/get',
  'pulls/list',
  'pulls/request-reviewers',
  'pulls/update',
  'repos/get',
  'repos/get-combined-status-for-ref',
  'repos/get-content',
  'repos/list-for-authenticated-user',
  'repos/list-for-org',
  'repos/list-for-user',
  'search/repos',
]

/** How one part of the description names another. */
const REFERENCE = /"#\/components\/(\w+)\/([\w.-]+)"/g

/** Those whose examples are kept as well: what GitHub itself shows as an answer has to be understood. */
const SHOWN = [
  'checks/list-for-ref',
  'git/get-commit',
  'git/get-ref',
  'pulls/create',
  'repos/get',
  'repos/get-combined-status-for-ref',
  'repos/get-content',
  'search/repos',
]

/** What is for readers, not for a validator. */
const WORDS = new Set(['description', 'summary', 'example', 'examples', 'title', 'tags', 'externalDocs'])

const full = download()
const paths = pick(full.paths)
const components = referred(full.components, paths)
const { version, license } = full.info
const info = {
  title: 'The part of GitHub’s REST API that harden uses',
  version,
  license,
  'x-made-of': `${PACKAGE}, ${DESCRIPTION}, by scripts/github-openapi.js; copyright GitHub and the Octokit contributors`,
}
write('github.openapi.json', { openapi: full.openapi, info, paths, components })
write('github.examples.json', { info, answers: { '2xx': shown(full) } })

/** One line for each operation, component and example: short, and still to be compared. */
function write(/** @type {string} */ file, /** @type {object} */ value) {
  const text = JSON.stringify(value, null, 1).replace(/^ {4,}|(?<=[,[{])\n {4,}|\n {4,}(?=[\]}])/gm, '')
  writeFileSync(join(OUTPUT, file), `${text}\n`)
  console.error(`${file}: ${text.length} bytes`)
}

function download() {
  const folder = mkdtempSync(join(tmpdir(), 'harden-openapi-'))
  try {
    const npm = ['pack', PACKAGE, '--silent', '--pack-destination', folder]
    const archive = execFileSync('npm', npm, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()
    execFileSync('tar', ['-xzf', join(folder, archive), '-C', folder, DESCRIPTION])
    return JSON.parse(readFileSync(join(folder, DESCRIPTION), 'utf8'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The paths with nothing but the operations wanted. */
function pick(/** @type {Record<string, Record<string, any>>} */ all) {
  const missing = new Set(OPERATIONS)
  const entries = Object.entries(all).flatMap(([path, item]) => {
    const kept = Object.entries(item).filter(([, operation]) => missing.delete(operation.operationId))
    return kept.length === 0 ? [] : [[path, withoutWords(Object.fromEntries(kept))]]
  })
  if (missing.size > 0) throw new Error(`GitHub does not describe ${[...missing].join(', ')}`)
  return Object.fromEntries(entries)
}

/** All components that are referred to, directly or by others. */
function referred(/** @type {Record<string, Record<string, any>>} */ all, /** @type {unknown} */ start) {
  /** @type {Record<string, Record<string, any>>} */
  const found = {}
  const open = [start]
  while (open.length > 0) {
    for (const [, kind = '', name = ''] of JSON.stringify(open.pop()).matchAll(REFERENCE)) {
      if (kind === 'examples' || found[kind]?.[name]) continue
      found[kind] ??= {}
      found[kind][name] = withoutWords(all[kind]?.[name])
      open.push(found[kind][name])
    }
  }
  return found
}

/**
 * A copy without what is for readers. A property of a schema may have any name, such as `description`, and stays.
 * @param {any} value
 * @returns {any}
 */
function withoutWords(value, isNames = false) {
  if (Array.isArray(value)) return value.map((one) => withoutWords(one))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([name]) => isNames || !(WORDS.has(name) || name.startsWith('x-')))
  return Object.fromEntries(entries.map(([name, one]) => [name, withoutWords(one, !isNames && name === 'properties')]))
}

/** What GitHub shows as an answer where all goes well, by operation and the example's own name. */
function shown(/** @type {any} */ { paths, components }) {
  const operations = Object.values(paths).flatMap((item) => Object.values(item))
  return Object.fromEntries(
    operations
      .filter(({ operationId }) => SHOWN.includes(operationId))
      .flatMap(({ operationId, responses }) => {
        const { content } = responses[200] ?? responses[201]
        const { examples } = content['application/json'] ?? Object.values(content)[0]
        return Object.entries(examples).map(([name, { $ref, value }]) => [
          `${operationId} ${name}`,
          $ref === undefined ? value : components.examples[$ref.split('/').pop()].value,
        ])
      }),
  )
}
