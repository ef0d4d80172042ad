/** Finding repositories on Gitea and Forgejo: of an organisation or a person, and by its own search. */
import type { Selection } from '../forge.js'
import { path } from './api-path.js'
import { type Found, NUMBERED, REPOSITORY } from './gitea-answers.js'
import type { ApiClient } from './http.js'

/** More is given only where the forge is set up so; less where it is set up so, hence by number until a page is empty. */
const PAGE = { limit: 50 }

/**
 * All repositories that fit, in no order and possibly twice.
 * - https://docs.gitea.com/api/#tag/organization/operation/orgListRepos
 * - https://docs.gitea.com/api/#tag/repository/operation/repoSearch
 */
export async function findOnGitea(api: ApiClient, selection: Selection): Promise<readonly Found[]> {
  const { owner, topic, search, forks } = selection
  const all = owner !== undefined && search === undefined ? await ownedBy(api, owner) : await searchFor(api, selection)
  const wanted = topic?.toLowerCase()
  return all.filter(({ fork, topics }) => (forks || !fork) && (wanted === undefined || topics?.includes(wanted)))
}

async function ownedBy(api: ApiClient, owner: string): Promise<readonly Found[]> {
  const isOrganisation = (await api.find(NUMBERED, path`orgs/${owner}`)) !== undefined
  const place = isOrganisation ? path`orgs/${owner}/repos` : path`users/${owner}/repos`
  return api.list(REPOSITORY, place, PAGE, 'number')
}

/** A search is for words in names, or for one topic; of an owner, if there is one. An organisation is a user here. */
async function searchFor(api: ApiClient, { owner, topic, search }: Selection): Promise<readonly Found[]> {
  const uid =
    owner === undefined ? undefined : (await api.ask(NUMBERED, { kind: 'read', path: path`users/${owner}` })).id
  const what = search === undefined && topic !== undefined ? { q: topic, topic: true } : { q: search ?? '' }
  const query = { ...PAGE, ...what, sort: 'id', ...(uid !== undefined && { uid, exclusive: true }) }
  return api.list(REPOSITORY, path`repos/search`, query, 'number', 'data')
}
