// Holds the description of GitLab's API that the fake GitLab of the tests goes by against GitLab's own. Ours is written by
// hand, from GitLab's pages, because the types in GitLab's own are often wrong; but an operation, a parameter or a property
// that GitLab's own does not know deserves a second look:
//
//   node scripts/gitlab-openapi.js …/doc/api/openapi/openapi_v2.yaml
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('where is GitLab’s own openapi_v2.yaml?')
const theirs = parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 })
const place = join(import.meta.dirname, '..', 'test', 'campaign', 'forges', 'gitlab.openapi.json')
const ours = JSON.parse(readFileSync(place, 'utf8'))

/** Of every list, and described for all of them together: https://docs.gitlab.com/api/rest/#pagination */
const PAGING = new Set(['page', 'per_page', 'pagination', 'page_token', 'order_by', 'sort'])

let count = 0
for (const [path, methods] of Object.entries(ours.paths))
  for (const [method, operation] of Object.entries(methods)) {
    count++
    const about = `${method.toUpperCase()} ${path}`
    const described = theirs.paths[`/api/v4${path}`]?.[method]
    if (described === undefined) console.log(`${about}: not described`)
    else compare(about, operation, described)
  }
console.log(`${count} operations`)

function compare(/** @type {string} */ about, /** @type {any} */ operation, /** @type {any} */ described) {
  const parameters = described.parameters ?? []
  for (const { name } of operation.parameters)
    if (!PAGING.has(name) && !parameters.some((/** @type {any} */ one) => one.name === name))
      console.log(`${about}: no parameter ${name}`)
  const sent = operation.requestBody?.content['application/json'].schema
  const body = parameters.find((/** @type {any} */ one) => one.in === 'body')
  if (sent) properties(`${about} body`, sent, body?.schema)
  for (const [status, one] of Object.entries(operation.responses)) {
    const answered = one.content?.['application/json'].schema
    if (answered === undefined) continue
    // Some statuses and lists are described wrongly there; what counts is what is in them.
    const answers = Object.entries(described.responses).filter(([code]) => /^2/.test(code))
    const schema = (answers.find(([code]) => code === status) ?? answers[0])?.[1].schema
    properties(`${about} ${status}`, answered, schema)
  }
}

/** Which properties of ours theirs does not have, and which are of another type there. */
function properties(/** @type {string} */ about, /** @type {any} */ ours, /** @type {any} */ theirs) {
  const [mine, other] = [item(resolved(ours)), item(resolved(theirs))]
  if (other?.properties === undefined) return console.log(`${about}: no properties are described`)
  for (const [name, one] of Object.entries(mine.properties ?? {})) {
    const described = other.properties[name]
    if (described === undefined) console.log(`${about}: no ${name}`)
    else if (typeOf(one) !== typeOf(described))
      console.log(`${about}: ${name} is ${typeOf(one)}, there ${typeOf(described)}`)
  }
}

/** What a list is of. */
function item(/** @type {any} */ schema) {
  return schema?.type === 'array' ? resolved(schema.items) : schema
}

function typeOf(/** @type {any} */ schema) {
  return resolved(schema.allOf?.[0] ?? schema)?.type
}

function resolved(/** @type {any} */ schema) {
  const [, , ...steps] = schema?.$ref?.split('/') ?? []
  if (schema?.$ref === undefined) return schema
  return schema.$ref.startsWith('#/definitions/')
    ? theirs.definitions[steps[0] ?? '']
    : ours.components.schemas[steps[1] ?? steps[0]]
}
