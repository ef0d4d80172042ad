/**
 * A forge's OpenAPI description as a judge of requests and answers: what it does not describe may not be asked, and what it
 * describes otherwise may not be answered.
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

interface Reference {
  readonly $ref: string
}

interface Content {
  readonly content?: { readonly 'application/json'?: { readonly schema: object } }
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly (Parameter | Reference)[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content | Reference>>
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>
}

export interface ContractOptions {
  /** In this folder. */
  readonly file: string
  /** Parameters at the end of a path that have several segments. */
  readonly deep: readonly string[]
  /** The schema of an answer that any operation may give and that is not described for it. */
  readonly fault: object
  /** Parameters that are taken, and described elsewhere, by operation. */
  readonly also?: Readonly<Record<string, readonly string[]>>
  /** Whether answers may hold more than what is described. Requests may not. */
  readonly mayAnswerMore?: boolean
  /** The path under which a path is described. */
  readonly describedAs?: (path: string) => string
}

/** An operation with a pattern for its path. */
export interface Pattern extends Operation {
  readonly method: string
  readonly path: RegExp
  readonly names: readonly string[]
}

export interface Contract {
  /** The operation a request is for; `undefined` if none is described. */
  operationOf(call: Pick<ApiCall, 'method' | 'path'>): Pattern | undefined
  /** What the forge would not understand of a request. */
  wrongRequest(call: ApiCall): readonly string[]
  /** What the forge would never answer. */
  wrongReply(call: ApiCall, reply: ApiReply): readonly string[]
}

/** Answers that any operation may give. */
const ANYWHERE = new Set([301, 302, 307, 400, 401, 403, 404, 405, 429, 500, 502, 503])

export function contractOf(options: ContractOptions): Contract {
  const { file, deep, fault, also = {}, mayAnswerMore = false, describedAs = (path) => path } = options
  const description = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Description
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false, logger: false })
  // Both spellings of a default export are about, hence this.
  ;(formats as unknown as (to: Ajv) => void)(ajv)
  for (const kind of ['open', 'closed'] as const)
    ajv.addSchema({ $id: kind, ...(asJsonSchema(description, kind) as object) })
  const validators = new Map<string, ValidateFunction>()
  const operations = Object.entries(description.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]): Pattern => {
      const last = template.replace(/\{(\w+)\}$/, (whole, name) => (deep.includes(name) ? '(.+)' : whole))
      return {
        ...operation,
        method: method.toUpperCase(),
        path: new RegExp(`^${last.replace(/\{\w+\}/g, '([^/]+)')}$`),
        names: [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
      }
    }),
  )
  const operationOf: Contract['operationOf'] = ({ method, path }) =>
    operations.find((one) => one.method === method && one.path.test(describedAs(path)))

  function validate(about: string, schema: object, value: unknown, kind: Kind = 'closed'): readonly string[] {
    let check = validators.get(about)
    if (check === undefined) {
      check = ajv.compile(asJsonSchema(schema, kind) as object)
      validators.set(about, check)
    }
    if (check(value)) return []
    return check.errors!.map(
      ({ instancePath, message, params }) => `${about}: ${instancePath || 'it'} ${message} ${JSON.stringify(params)}`,
    )
  }

  function wrongRequest(call: ApiCall): readonly string[] {
    const operation = operationOf(call)
    if (operation === undefined) return [`${call.method} ${call.path} is no operation of the description`]
    const { operationId: about, requestBody } = operation
    const parameters = (operation.parameters ?? []).map((one) => resolved<Parameter>(one))
    const values = operation.path.exec(describedAs(call.path))!.slice(1)
    const given: [string, string, string][] = [
      ...values.map((value, i): [string, string, string] => ['path', operation.names[i]!, decodeURIComponent(value)]),
      ...[...call.query].map(([name, value]): [string, string, string] => ['query', name, value]),
    ]
    const wrong = given.flatMap(([place, name, value]) => {
      const parameter = parameters.find((one) => one.in === place && one.name === name)
      if (parameter !== undefined)
        return validate(`${about} ${place} ${name}`, parameter.schema, typed(value, parameter.schema))
      return also[about]?.includes(name) ? [] : [`${about} knows no ${name} in its ${place}`]
    })
    const missing = parameters.filter((one) => one.in === 'query' && one.required && !call.query.has(one.name))
    const schema = requestBody?.content?.['application/json']?.schema
    const inBody =
      schema !== undefined
        ? validate(`${about} body`, schema, call.body)
        : call.body === undefined
          ? []
          : [`${about} takes no body`]
    return [...wrong, ...missing.map(({ name }) => `${about} wants ${name}`), ...inBody]
  }

  function wrongReply(call: ApiCall, { status, body }: ApiReply): readonly string[] {
    const operation = operationOf(call)
    if (operation === undefined) return []
    const { operationId: about, responses } = operation
    const described = responses[status]
    if (described === undefined && !ANYWHERE.has(status)) return [`${about} never answers with ${status}`]
    const schema = described === undefined ? fault : resolved<Content>(described).content?.['application/json']?.schema
    return schema === undefined ? [] : validate(`${about} ${status}`, schema, body, mayAnswerMore ? 'open' : 'closed')
  }

  function resolved<T extends object>(value: T | Reference): T {
    if (!('$ref' in value)) return value
    const [, , kind, name] = value.$ref.split('/') as [string, string, string, string]
    return description.components[kind]![name] as T
  }

  return { operationOf, wrongRequest, wrongReply }
}

/** Whether objects may hold what is not described. */
type Kind = 'open' | 'closed'

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own, and refers to places of its own. */
function asJsonSchema(value: unknown, kind: Kind): unknown {
  if (Array.isArray(value)) return value.map((one) => asJsonSchema(one, kind))
  if (typeof value !== 'object' || value === null) return value
  const { nullable, ...rest } = value as Record<string, unknown>
  const isDescribed = rest.type === 'object' && rest.properties !== undefined && rest.additionalProperties === undefined
  const schema = Object.fromEntries(
    Object.entries(rest).map(([name, one]) => [name, name === '$ref' ? `${kind}${one}` : asJsonSchema(one, kind)]),
  )
  const closed = isDescribed && kind === 'closed' ? { ...schema, additionalProperties: false } : schema
  return nullable === true ? { anyOf: [closed, { type: 'null' }] } : closed
}

/** What stands in an address, as what it means. */
function typed(value: string, schema: object): unknown {
  const { type } = schema as { type?: string }
  if (type === 'integer' && /^\d+$/.test(value)) return Number(value)
  return type === 'boolean' && /^(true|false)$/.test(value) ? value === 'true' : value
}
