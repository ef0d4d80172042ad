import type * as v from 'valibot'
import { ForgeError } from '../forge.js'
import type { ApiPath } from './api-path.js'
import type { ApiClient } from './http.js'

/** How often a repository may have moved on from where it had moved to. */
const MOST_MOVES = 3

/**
 * Reads what may have moved: each redirect is followed to where it leads, as long as that is the same API.
 * @throws ForgeError of kind `gone` if it leads elsewhere, or to no end
 */
export async function followed<S extends v.GenericSchema<unknown, unknown>>(
  api: ApiClient,
  schema: S,
  first: ApiPath,
): Promise<v.InferOutput<S>> {
  let at = first
  for (let moves = 0; moves <= MOST_MOVES; moves++) {
    const answer = await api.send({ kind: 'read', path: at, answers: [301, 302, 307, 308] })
    if (answer.status === 200) return api.shaped(schema, answer)
    const next = api.movedTo(answer)
    if (next === undefined) break
    at = next
  }
  throw new ForgeError('gone', 'the forge says that the repository has moved, and not where to')
}
