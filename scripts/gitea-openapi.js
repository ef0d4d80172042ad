// Reduces Gitea's own description of its API to the operations that harden uses: the fake Gitea of the tests holds every
// request and every answer against it. Its source is the file `templates/swagger/v1_json.tmpl` of a copy of Gitea, such as
// `go mod download -json code.gitea.io/gitea@v1.27.3` gives:
//
//   node scripts/gitea-openapi.js …/templates/swagger/v1_json.tmpl v1.27.3
//
// With the description of a Forgejo (`swagger.v1.json` of a running one) and `--check`, it says what is different there.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const OUTPUT = join(import.meta.dirname, '..', 'test', 'campaign', 'forges', 'gitea.openapi.json')

const OPERATIONS = [
  'issueAddLabel',
  'issueCreateComment',
  'issueListLabels',
  'orgGet',
  'orgListLabels',
  'orgListRepos',
  'repoChangeFiles',
  'repoCompareDiff',
  'repoCreateBranch',
  'repoCreatePullRequest',
  'repoCreatePullReviewRequests',
  'repoDeleteBranch',
  'repoEditPullRequest',
  'repoGet',
  'repoGetBranch',
  'repoGetCombinedStatusByRef',
  'repoGetContents',
  'repoGetPullRequest',
  'repoGetSingleCommit',
  'repoListPullRequests',
  'repoSearch',
  'userGet',
  'userListRepos',
]

/** What is for readers, not for a validator. */
const WORDS = new Set(['description', 'summary', 'example', 'examples', 'title', 'tags', 'externalDocs'])

/** What a parameter has that OpenAPI 3 keeps in its schema. */
const OF_SCHEMA = ['type', 'format', 'items', 'enum', 'minimum', 'maximum', 'default']

const [file, version] = process.argv.slice(2)
if (file === undefined || version === undefined) throw new Error('which file, and which version (or --check)?')
const full = JSON.parse(readFileSync(file, 'utf8'))
const paths = pick(full.paths)
const components = referred(paths)

if (version === '--check') compare(JSON.parse(readFileSync(OUTPUT, 'utf8')))
else {
  const info = {
    title: 'The part of Gitea’s API that harden uses',
    version,
    license: full.info.license,
    'x-made-of': `templates/swagger/v1_json.tmpl of Gitea ${version}, by scripts/gitea-openapi.js; copyright The Gitea Authors`,
    'x-null':
      'Gitea describes no property as nullable, and answers null wherever there is nothing: hence every property of an answer is',
  }
  // One line for each operation and component: short, and still to be compared.
  const reduced = { openapi: '3.0.3', info, paths, components }
  const text = `${JSON.stringify(reduced, null, 1).replace(/^ {4,}|(?<=[,[{])\n {4,}|\n {4,}(?=[\]}])/gm, '')}\n`
  writeFileSync(OUTPUT, text)
  const parts = Object.values(components).flatMap(Object.keys).length
  console.error(`${OPERATIONS.length} operations, ${parts} components, ${text.length} bytes`)
}

/** The paths with nothing but the operations wanted, as OpenAPI 3. */
function pick(/** @type {Record<string, Record<string, any>>} */ all) {
  const missing = new Set(OPERATIONS)
  const entries = Object.entries(all).flatMap(([path, item]) => {
    const kept = Object.entries(item).filter(([, operation]) => missing.delete(operation.operationId))
    return kept.length === 0 ? [] : [[path, Object.fromEntries(kept.map(([method, one]) => [method, operation(one)]))]]
  })
  if (missing.size > 0) throw new Error(`not described: ${[...missing].join(', ')}`)
  return Object.fromEntries(entries)
}

function operation(/** @type {any} */ { operationId, parameters = [], responses }) {
  const body = parameters.find((/** @type {any} */ one) => one.in === 'body')
  const others = parameters.filter((/** @type {any} */ one) => one.in !== 'body')
  return {
    operationId,
    parameters: others.map(parameter),
    ...(body && { requestBody: json(moved(body.schema)) }),
    responses: Object.fromEntries(Object.entries(responses).map(([status, one]) => [status, response(one)])),
  }
}

function parameter(/** @type {any} */ { name, in: place, required, ...rest }) {
  const schema = Object.fromEntries(OF_SCHEMA.filter((key) => key in rest).map((key) => [key, rest[key]]))
  return { name, in: place, ...(required && { required }), schema }
}

function response(/** @type {any} */ { $ref, schema }) {
  if ($ref !== undefined) return { $ref: $ref.replace('#/responses/', '#/components/responses/') }
  return schema === undefined ? {} : json(moved(schema))
}

function json(/** @type {any} */ schema) {
  return { content: { 'application/json': { schema } } }
}

/** All components that are referred to, directly or by others. */
function referred(/** @type {unknown} */ start) {
  /** @type {{ responses: Record<string, any>, schemas: Record<string, any> }} */
  const found = { responses: {}, schemas: {} }
  const sent = sentSchemas(start)
  const open = [start]
  while (open.length > 0) {
    for (const [, kind = '', name = ''] of JSON.stringify(open.pop()).matchAll(/"#\/components\/(\w+)\/([\w.-]+)"/g)) {
      const parts = kind === 'responses' ? found.responses : found.schemas
      if (parts[name]) continue
      const schema = moved(full.definitions[name])
      parts[name] = kind === 'responses' ? response(full.responses[name]) : sent.has(name) ? schema : nullable(schema)
      open.push(parts[name])
    }
  }
  return found
}

/** The names of what is sent, and not answered. */
function sentSchemas(/** @type {any} */ all) {
  const bodies = Object.values(all)
    .flatMap((item) => Object.values(item))
    .map((one) => one.requestBody)
  const names = new Set()
  const open = bodies.map((body) => JSON.stringify(body ?? {}))
  while (open.length > 0)
    for (const [, name = ''] of (open.pop() ?? '').matchAll(/"#\/(?:components\/schemas|definitions)\/([\w.-]+)"/g)) {
      if (names.has(name)) continue
      names.add(name)
      open.push(JSON.stringify(full.definitions[name]))
    }
  return names
}

/** Go's nil is null, and the generator of the description does not say where there may be one. */
function nullable(/** @type {any} */ schema) {
  if (schema.properties === undefined) return schema
  const properties = Object.entries(schema.properties).map(([name, one]) => {
    const may = /** @type {any} */ (one)
    return [name, may.$ref ? { nullable: true, allOf: [may] } : { ...may, nullable: true }]
  })
  return { ...schema, properties: Object.fromEntries(properties) }
}

/**
 * A copy with references to where OpenAPI 3 keeps things, and without what is for readers.
 * @returns {any}
 */
function moved(/** @type {any} */ value, isNames = false) {
  if (Array.isArray(value)) return value.map((one) => moved(one))
  if (typeof value === 'string') return value.replace(/^#\/definitions\//, '#/components/schemas/')
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([name]) => isNames || !(WORDS.has(name) || name.startsWith('x-')))
  return Object.fromEntries(entries.map(([name, one]) => [name, moved(one, !isNames && name === 'properties')]))
}

/** What of Gitea's description is different in another one: operations, parameters, properties. */
function compare(/** @type {any} */ ours) {
  console.log(`${full.info.title} ${full.info.version}`)
  for (const [path, item] of Object.entries(ours.paths))
    for (const [method, one] of Object.entries(item)) {
      const theirs = paths[path]?.[method]
      if (theirs === undefined) console.log(`no ${method} ${path}`)
      const names = new Set((theirs?.parameters ?? []).map((/** @type {any} */ parameter) => parameter.name))
      for (const { name } of one.parameters)
        if (!names.has(name)) console.log(`${method} ${path}: no parameter ${name}`)
    }
  for (const [name, schema] of Object.entries(ours.components.schemas)) {
    const theirs = components.schemas[name]
    if (theirs === undefined) console.log(`no ${name}`)
    for (const property of Object.keys(schema.properties ?? {}))
      if (theirs && !(property in (theirs.properties ?? {}))) console.log(`${name}: no ${property}`)
  }
}
