/**
 * GitHub's own OpenAPI description, reduced by `scripts/github-openapi.js`, as a judge of requests and answers: what it does
 * not describe may not be asked, and what it describes otherwise may not be answered.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { ApiCall, ApiReply } from './forge-server.js'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required?: boolean
  readonly schema: object
}

interface Content {
  readonly content?: { readonly 'application/json'?: { readonly schema: object } }
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content | { readonly $ref: string }>>
}

const description = JSON.parse(readFileSync(join(import.meta.dirname, 'github.openapi.json'), 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>
}

/** Answers that any operation may give: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */
const ANYWHERE = new Set([301, 307, 401, 403, 404, 429, 500, 502, 503])

const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false, logger: false })
// Both spellings of a default export are about, hence this.
;(formats as unknown as (to: Ajv) => void)(ajv)
ajv.addSchema({ $id: 'github', ...(asJsonSchema(description) as object) })

const validators = new Map<string, ValidateFunction>()

/** One operation per line of the description, with a pattern for its path. */
const operations = Object.entries(description.paths).flatMap(([template, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...operation,
    method: method.toUpperCase(),
    template,
    // A reference and the path of a file have several segments.
    path: new RegExp(`^${template.replace(/\{(ref|path)\}$/g, '(.+)').replace(/\{\w+\}/g, '([^/]+)')}$`),
    names: [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
  })),
)

/** The operation a request is for; `undefined` if GitHub describes none that harden uses. */
export function operationOf({ method, path }: Pick<ApiCall, 'method' | 'path'>) {
  const place = PLACE_BY_NUMBER.test(path) ? '/repos/acme/shop' : path
  return operations.find((operation) => operation.method === method && operation.path.test(place))
}

/** Where a repository that was renamed is found: the address in GitHub's 301, and the answer is that of `repos/get`. */
const PLACE_BY_NUMBER = /^\/repositories\/\d+$/

/** What GitHub would not understand of a request. */
export function wrongRequest(call: ApiCall): readonly string[] {
  const operation = operationOf(call)
  if (operation === undefined) return [`${call.method} ${call.path} is no operation of the description`]
  const about = operation.operationId
  const parameters = (operation.parameters ?? []).map((one) => resolved<Parameter>(one))
  const values = operation.path.exec(call.path)?.slice(1) ?? []
  const given: [string, string, string][] = [
    ...values.map((value, i): [string, string, string] => ['path', operation.names[i]!, decodeURIComponent(value)]),
    ...[...call.query].map(([name, value]): [string, string, string] => ['query', name, value]),
  ]
  const wrong = given.flatMap(([place, name, value]) => {
    const parameter = parameters.find((one) => one.in === place && one.name === name)
    if (parameter === undefined) return [`${about} knows no ${name} in its ${place}`]
    return validate(`${about} ${place} ${name}`, parameter.schema, typed(value, parameter.schema))
  })
  const missing = parameters.filter((one) => one.in === 'query' && one.required && !call.query.has(one.name))
  return [...wrong, ...missing.map(({ name }) => `${about} wants ${name}`), ...wrongBody(operation, call.body)]
}

function wrongBody(operation: Operation, body: unknown): readonly string[] {
  const about = operation.operationId
  const schema = operation.requestBody?.content?.['application/json']?.schema
  if (schema === undefined) return body === undefined ? [] : [`${about} takes no body`]
  const known = knownProperties(schema)
  const unknown = Object.keys(Object(body)).filter((name) => !known.has(name))
  return [...validate(`${about} body`, schema, body), ...unknown.map((name) => `${about} knows no ${name} in its body`)]
}

/** What GitHub would never answer. */
export function wrongReply(call: ApiCall, { status, body }: ApiReply): readonly string[] {
  const operation = operationOf(call)
  if (operation === undefined) return []
  const described = operation.responses[status]
  if (described === undefined && !ANYWHERE.has(status)) return [`${operation.operationId} never answers with ${status}`]
  const schema =
    described === undefined
      ? { $ref: '#/components/schemas/basic-error' }
      : resolved<Content>(described).content?.['application/json']?.schema
  return schema === undefined ? [] : validate(`${operation.operationId} ${status}`, schema, body)
}

function validate(about: string, schema: object, value: unknown): readonly string[] {
  let check = validators.get(about)
  if (check === undefined) {
    check = ajv.compile(asJsonSchema(schema) as object)
    validators.set(about, check)
  }
  if (check(value)) return []
  return check.errors!.map(({ instancePath, message }) => `${about}: ${instancePath || 'it'} ${message}`)
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own, and refers to places of its own. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema)
  if (typeof value !== 'object' || value === null) return value
  const { nullable, ...rest } = value as Record<string, unknown>
  const schema = Object.fromEntries(
    Object.entries(rest).map(([name, one]) => [name, name === '$ref' ? `github${one}` : asJsonSchema(one)]),
  )
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema
}

function resolved<T>(value: object): T {
  const { $ref } = value as { $ref?: string }
  if ($ref === undefined) return value as T
  const [, , kind, name] = $ref.split('/') as [string, string, string, string]
  return description.components[kind]![name] as T
}

/** The names of all properties that a body may have, in whichever of its forms. */
function knownProperties(schema: object): ReadonlySet<string> {
  const { properties = {}, anyOf = [], oneOf = [] } = schema as Record<string, never>
  const forms = [...(anyOf as object[]), ...(oneOf as object[])]
  return new Set([...Object.keys(properties), ...forms.flatMap((form) => [...knownProperties(form)])])
}

function typed(value: string, schema: object): unknown {
  const { type } = schema as { type?: string }
  if (type === 'integer' && /^\d+$/.test(value)) return Number(value)
  return type === 'boolean' && /^(true|false)$/.test(value) ? value === 'true' : value
}
