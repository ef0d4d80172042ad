import { ForgeError } from '../forge.js'

/** A place below the API's own address, encoded, with its query if it has one. Only this file makes one. */
export type ApiPath = string & { readonly apiPath: unique symbol }

/** What may stand in a query. What is `undefined` is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * Puts a path together: each value is one segment, and each of a list is one of several. Names are a stranger's, so nothing
 * in a value can leave its segment: `` path`repos/${owner}/${name}/contents/${file.split('/')}` ``.
 * @throws ForgeError of kind `invalid` for `.`, `..` or nothing: an address holds no such segment
 */
export function path(
  words: TemplateStringsArray,
  ...values: readonly (string | number | readonly string[])[]
): ApiPath {
  const encoded = values.map((value) =>
    (Array.isArray(value) ? value : [value]).map((one) => segment(`${one}`)).join('/'),
  )
  return words.map((word, i) => word + (encoded[i] ?? '')).join('') as ApiPath
}

/** The path with a query behind it. */
export function withQuery(place: ApiPath, query: Query): ApiPath {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) words.append(name, `${value}`)
  return words.size === 0 ? place : (`${place}${place.includes('?') ? '&' : '?'}${words}` as ApiPath)
}

/** The path that an address given by the forge has below its API; `undefined` if it lies elsewhere. */
export function pathBelow(api: string, address: string, at: URL): ApiPath | undefined {
  if (!URL.canParse(address, at.href)) return undefined
  const url = new URL(address, at)
  const start = new URL(`${api}/`)
  const isBelow = url.origin === start.origin && url.pathname.startsWith(start.pathname)
  if (!isBelow || url.username !== '' || url.password !== '') return undefined
  return (url.pathname.slice(start.pathname.length) + url.search) as ApiPath
}

function segment(value: string): string {
  // An URL takes `%2e` for a dot, so there is no way to write these.
  if (value === '' || value === '.' || value === '..' || LONE_SURROGATE.test(value))
    throw new ForgeError('invalid', `“${value}” cannot be part of an address`)
  return encodeURIComponent(value)
}

const LONE_SURROGATE = /\p{Cs}/u
