/**
 * A client for the JSON API of one forge, with one token. It follows no redirect, repeats nothing that changes something, and
 * believes no answer before a reader has looked at it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import * as v from 'valibot'
import { isLoopback, once, SourceError } from '../../sources/web.js'
import { type ForgeAccess, ForgeError, type Gate } from '../forge.js'
import { type ApiPath, pathBelow, type Query, withQuery } from './api-path.js'
import { type ApiAnswer, refusalOf } from './refusals.js'

export interface ApiRequest {
  /** What the {@link Gate} is told: a `read` is asked again if there was no sensible answer, whatever its method. */
  readonly kind: Parameters<Gate>[0]
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: ApiPath
  readonly query?: Query
  /** Sent as JSON. */
  readonly body?: unknown
  /** Statuses other than 2xx that are answers to this request, not refusals. */
  readonly answers?: readonly number[]
}

/** What one forge has of its own. */
export interface ApiStyle {
  /** Sent with every request, also what proves who we are: nothing is ever sent to another origin than the API's. */
  readonly headers: Readonly<Record<string, string>>
  /** What an answer other than 2xx means on this forge, where that is not what it means everywhere; asked first. */
  readonly refusal?: (answer: ApiAnswer) => ForgeError | undefined
  /** The same for an answer with 2xx: GraphQL reports its failures so. */
  readonly failure?: (answer: ApiAnswer) => ForgeError | undefined
}

/** How much of our time and memory a forge may take. */
export interface ApiLimits {
  /** Milliseconds until an answer is complete. */
  readonly patience: number
  /** Bytes of one answer. */
  readonly size: number
  /** How often a read is asked again, and milliseconds before the first time; twice as many before each next one. */
  readonly retries: number
  readonly pause: number
  /** Pages of one list. */
  readonly pages: number
}

export const API_LIMITS: ApiLimits = { patience: 30_000, size: 16 << 20, retries: 2, pause: 500, pages: 1000 }

type Schema = v.GenericSchema<unknown, unknown>

/** Every method throws {@link ForgeError}. */
export interface ApiClient {
  /** One request; an answer with 2xx or one of its `answers`. */
  send(request: ApiRequest): Promise<ApiAnswer>
  /** One request and what its answer holds. */
  ask<S extends Schema>(schema: S, request: ApiRequest): Promise<v.InferOutput<S>>
  /** Reads; `undefined` if there is nothing (404). */
  find<S extends Schema>(schema: S, path: ApiPath, query?: Query): Promise<v.InferOutput<S> | undefined>
  /**
   * Reads a list page by page: as the `Link` header leads, or (`number`) by `page=1, 2, …` until a page is empty. With
   * `under`, each page is an object that holds its items by that name.
   * @throws ForgeError of kind `unsupported` if it is longer than we read
   */
  list<S extends Schema>(
    schema: S,
    path: ApiPath,
    query?: Query,
    by?: 'link' | 'number',
    under?: string,
  ): Promise<v.InferOutput<S>[]>
  /** What an answer holds, if it holds that. */
  shaped<S extends Schema>(schema: S, answer: ApiAnswer): v.InferOutput<S>
  /** Where a redirect leads, if that is a place of the same API. */
  movedTo(answer: ApiAnswer): ApiPath | undefined
}

/** @throws ForgeError of kind `invalid` if the API is neither reached by https nor on this machine */
export function apiClient(access: ForgeAccess, gate: Gate, style: ApiStyle, limits: ApiLimits = API_LIMITS): ApiClient {
  const { host, protocol, hostname } = new URL(access.api)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
    throw new ForgeError('invalid', `${host} is not asked without https`)
  const addressOf = (place: string) => new URL(`${access.api}/${place}`)

  async function attempt(request: ApiRequest): Promise<ApiAnswer> {
    const { method = 'GET', path, query = {}, body, answers = [] } = request
    const headers = { ...style.headers, ...(body !== undefined && { 'content-type': 'application/json' }) }
    const sent = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
    const received = await once(addressOf(withQuery(path, query)), sent, limits).catch(silence)
    const answer = { ...received, body: jsonOf(received.bytes, access.token) }
    const isSuccess = answer.status >= 200 && answer.status < 300
    if (!isSuccess && answers.includes(answer.status)) return answer
    const refusal = isSuccess ? style.failure?.(answer) : (style.refusal?.(answer) ?? refusalOf(answer, host))
    if (refusal !== undefined) throw refusal
    if (answer.body === NO_JSON) throw new ForgeError('unavailable', `${host} answers with something other than JSON`)
    return answer
  }

  async function send(request: ApiRequest): Promise<ApiAnswer> {
    for (let again = 0; ; again++) {
      try {
        return await gate(request.kind, () => attempt(request))
      } catch (error) {
        const isSilence = error instanceof ForgeError && error.kind === 'unavailable'
        if (!isSilence || request.kind !== 'read' || again >= limits.retries) throw error
        await pause(limits.pause * 2 ** again)
      }
    }
  }

  function shaped<S extends Schema>(schema: S, { body }: ApiAnswer): v.InferOutput<S> {
    const { success, output, issues } = v.safeParse(schema, body)
    if (success) return output
    const at = v.getDotPath(issues[0]) ?? 'its body'
    throw new ForgeError('unavailable', `${host} answers in a form that we do not know: ${at} is not as expected`)
  }

  async function list<S extends Schema>(schema: S, first: ApiPath, query: Query = {}, by = 'link', under?: string) {
    const page = v.array(schema)
    const found: v.InferOutput<S>[] = []
    let next: ApiPath | undefined = withQuery(first, query)
    for (let number = 1; next !== undefined; number++) {
      if (number > limits.pages)
        throw new ForgeError('unsupported', `${host} has a list of more than ${limits.pages} pages`)
      const at = by === 'number' ? withQuery(next, { page: number }) : next
      const answer = await send({ kind: 'read', path: at })
      const items = under === undefined ? shaped(page, answer) : shaped(v.object({ [under]: page }), answer)[under]!
      found.push(...items)
      if (by === 'link') next = nextOf(answer.headers, access.api, addressOf(at))
      else if (items.length === 0) break
    }
    return found
  }

  return {
    send,
    list,
    shaped,
    ask: async (schema, request) => shaped(schema, await send(request)),
    async find(schema, path, query = {}) {
      const answer = await send({ kind: 'read', path, query, answers: [404] })
      return answer.status === 404 ? undefined : shaped(schema, answer)
    },
    movedTo: ({ headers }) => pathBelow(access.api, headers.get('location') ?? '', addressOf('')),
  }
}

const NO_JSON = Symbol('something other than JSON')

/** What the bytes hold, {@link NO_JSON} if they are none. A forge that repeats the token is not quoted. */
function jsonOf(bytes: Buffer, token = ''): unknown {
  if (bytes.length === 0) return undefined
  const hidden = (_name: string, value: unknown) =>
    typeof value === 'string' && token !== '' ? value.replaceAll(token, '(token)') : value
  try {
    return JSON.parse(bytes.toString(), hidden)
  } catch {
    return NO_JSON
  }
}

function silence(error: unknown): never {
  throw error instanceof SourceError ? new ForgeError('unavailable', error.message) : error
}

/** Where a list goes on. A forge that sends us away from its own API with our token is not followed. */
function nextOf(headers: Headers, api: string, at: URL): ApiPath | undefined {
  for (const [, target, about] of (headers.get('link') ?? '').slice(0, 10_000).matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (!/;\s*rel="?next\b/.test(about!)) continue
    const next = pathBelow(api, target!, at)
    if (next === undefined)
      throw new ForgeError('unavailable', `${at.host} sends us to another place in the middle of a list`)
    return next
  }
  return undefined
}
