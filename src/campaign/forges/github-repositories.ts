/** Finding repositories on GitHub: of an owner, and by its own search. */
import type { InferOutput } from 'valibot'
import { ForgeError, type Selection } from '../forge.js'
import { path, type Query } from './api-path.js'
import { FOUND, REPOSITORY } from './github-answers.js'
import type { ApiClient } from './http.js'

export type Found = InferOutput<typeof REPOSITORY>

/** What one search gives at most, however many there are: https://docs.github.com/rest/search/search#about-search */
const MOST_FOUND = 1000

/** Characters of a query, without operators; what is longer is refused. */
const LONGEST_QUERY = 256

/** Milliseconds: before the first repository. */
const FIRST = Date.UTC(2007, 9, 1)

/**
 * All repositories that fit, in no order and possibly twice.
 * @param isPerson whether the token is a person's, who may have private repositories
 * @throws ForgeError of kind `unsupported` if a search has more results than GitHub tells
 */
export async function findRepositories(
  api: ApiClient,
  selection: Selection,
  isPerson: boolean,
): Promise<readonly Found[]> {
  const { owner, topic, search, forks } = selection
  const all =
    owner !== undefined && search === undefined
      ? await ownedBy(api, owner, isPerson)
      : await searchFor(api, queryOf(selection))
  const wanted = topic?.toLowerCase()
  return all.filter(({ fork, topics }) => (forks || !fork) && (wanted === undefined || topics.includes(wanted)))
}

/**
 * - https://docs.github.com/rest/repos/repos#list-organization-repositories
 * - https://docs.github.com/rest/repos/repos#list-repositories-for-a-user (public ones only)
 * - https://docs.github.com/rest/repos/repos#list-repositories-for-the-authenticated-user
 */
async function ownedBy(api: ApiClient, owner: string, isPerson: boolean): Promise<readonly Found[]> {
  const page = { per_page: 100 }
  try {
    return await api.list(REPOSITORY, path`orgs/${owner}/repos`, { ...page, type: 'all' })
  } catch (error) {
    if (!(error instanceof ForgeError && error.kind === 'gone')) throw error
  }
  const open = await api.list(REPOSITORY, path`users/${owner}/repos`, { ...page, type: 'owner' })
  if (!isPerson) return open
  const mine = await api.list(REPOSITORY, path`user/repos`, { ...page, affiliation: 'owner,collaborator' })
  return [...open, ...mine.filter(({ full_name: name }) => name.toLowerCase().startsWith(`${owner.toLowerCase()}/`))]
}

function queryOf({ owner, topic, search = '', forks }: Selection): string {
  const words = [search, owner && `user:${owner}`, topic && `topic:${topic}`, forks && 'fork:true'].filter(Boolean)
  const query = words.join(' ')
  if (query.length > LONGEST_QUERY)
    throw new ForgeError(
      'invalid',
      `GitHub searches for at most ${LONGEST_QUERY} characters; this search has ${query.length}`,
    )
  return query
}

/**
 * More than a search tells are found by halves: those made before a time, and those made since.
 * https://docs.github.com/rest/search/search#search-repositories
 */
async function searchFor(api: ApiClient, query: string, from = FIRST, to = Date.now()): Promise<readonly Found[]> {
  const isWhole = from === FIRST
  const range = `created:${timeOf(from)}..${timeOf(to)}`
  const q = isWhole && /\bcreated:/.test(query) ? query : `${query} ${range}`
  const about: Query = { q, per_page: 100 }
  const first = await api.ask(FOUND, {
    kind: 'read',
    path: path`search/repositories`,
    query: { ...about, per_page: 1 },
  })
  if (first.incomplete_results)
    throw new ForgeError(
      'unsupported',
      'GitHub gave up on this search before its end; narrow it, or name an organisation',
    )
  if (first.total_count <= MOST_FOUND) return api.list(REPOSITORY, path`search/repositories`, about, 'link', 'items')
  if (q === query || to - from < 2000)
    throw new ForgeError(
      'unsupported',
      `GitHub tells only the first ${MOST_FOUND} of the ${first.total_count} repositories of this search; narrow it, or leave \`created:\` to harden`,
    )
  const middle = Math.floor((from + to) / 2000) * 1000
  return [...(await searchFor(api, query, from, middle)), ...(await searchFor(api, query, middle + 1000, to))]
}

/** To the second, as the search takes it. */
function timeOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}
