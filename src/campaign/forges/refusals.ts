/** What an answer that is no success means. Pure: an answer in, a {@link ForgeError} out. */
import { ForgeError } from '../forge.js'

/** An answer with its body read as JSON, `undefined` where there is none. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** How GitHub says that it is being hurried: it does so with 403, with 422, and with 200 where GraphQL is asked. */
const HURRIED = /secondary rate limit|abuse detection|was submitted too quickly|rate_limited|rate limit exceeded/i

/** Whether the words of an answer say that too much was asked for. */
export function isHurried(words: string): boolean {
  return HURRIED.test(words)
}

/**
 * What an answer other than 2xx means on every forge. A conflict (409) or what is not valid (422) is for the adapter to tell
 * apart beforehand; here both are `invalid`.
 */
export function refusalOf(answer: ApiAnswer, host: string): ForgeError {
  const words = wordsOf(answer.body)
  const said = words === '' ? '' : `: ${words}`
  const { status } = answer
  if (isLimited(answer, words))
    return new ForgeError('limited', `${host} asks us to slow down${said}`, waitOf(answer.headers))
  if (status >= 500) return new ForgeError('unavailable', `${host} fails with ${status}${said}`, waitOf(answer.headers))
  if (status === 401) return new ForgeError('unauthorised', `${host} does not take the token${said}`)
  if (status === 403) return new ForgeError('forbidden', `${host} does not allow it${said}`)
  if (status === 404 || status === 410 || status === 451)
    return new ForgeError('gone', `${host} does not have it, or not for us${said}`)
  if (status >= 300 && status < 400) return new ForgeError('gone', `${host} says that it has moved`)
  return new ForgeError('invalid', `${host} refuses with ${status}${said}`)
}

function isLimited({ status, headers }: ApiAnswer, words: string): boolean {
  if (status === 429) return true
  if (status === 422) return isHurried(words)
  return (
    status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0' || isHurried(words))
  )
}

/**
 * How many seconds a forge asks us to wait: in so many words, or until its hour of requests begins anew. That is told as a
 * time, and held against the time of the answer itself: our clock may be another.
 */
export function waitOf(headers: Headers): number | undefined {
  const now = Date.parse(headers.get('date') ?? '') || Date.now()
  const after = headers.get('retry-after')
  if (after !== null) {
    const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - now) / 1000
    if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds))
  }
  if ((headers.get('x-ratelimit-remaining') ?? headers.get('ratelimit-remaining')) !== '0') return undefined
  const reset = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset') ?? Number.NaN)
  return Number.isFinite(reset) ? Math.max(0, Math.ceil(reset - now / 1000)) : undefined
}

/** Characters of what a forge says that go into a message. */
const MOST_SAID = 300

/** What a forge says went wrong, wherever in its answer it says so: on one line, and cut short. */
export function wordsOf(body: unknown): string {
  const words = [...new Set(said(body, 4))].join('; ').replace(/\s+/g, ' ').trim()
  return words.length > MOST_SAID ? `${words.slice(0, MOST_SAID)}…` : words
}

function said(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return [value.slice(0, 2 * MOST_SAID)]
  if (depth === 0 || typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.slice(0, 10).flatMap((one) => said(one, depth - 1))
  const { message, error, errors, error_description: description, type, field, code } = value as Record<string, unknown>
  const fault =
    message === undefined && typeof field === 'string' && typeof code === 'string' ? `${field}: ${code}` : code
  return [message, error, description, errors, fault, type].flatMap((one) => said(one, depth - 1))
}
