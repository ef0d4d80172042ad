/** Finding projects on GitLab: of a group or a person, among all that are ours, and which of them we may push to. */
import { ForgeError, type Selection } from '../forge.js'
import { path, type Query } from './api-path.js'
import { NUMBERED, PROJECT, type Project } from './gitlab-answers.js'
import type { ApiClient } from './http.js'

/** From here on one may push and open merge requests: https://docs.gitlab.com/api/access_requests/ */
const DEVELOPER = 30

export interface FoundProject {
  readonly project: Project
  readonly mayPush: boolean
}

const PAGE = { per_page: 100, order_by: 'id', sort: 'asc' }

/** All projects that fit, each once, in no order. Without an owner, those that the token's bearer is a member of. */
export async function findProjects(api: ApiClient, selection: Selection): Promise<readonly FoundProject[]> {
  const { owner, topic, search, forks } = selection
  const list = owner === undefined ? ofMine(api) : await ofOwner(api, owner)
  const all = await list(PROJECT, { search })
  const wanted = topic?.toLowerCase()
  const fitting = all.filter(
    ({ forked_from_project: parent, topics }) =>
      (forks || !parent) && (wanted === undefined || topics.some((one) => one.toLowerCase() === wanted)),
  )
  if (fitting.length === 0) return []
  // Lists of a group do not say what we may do; but they can be told to leave out where that is too little.
  const pushable = new Set((await list(NUMBERED, { search, min_access_level: DEVELOPER })).map(({ id }) => id))
  return [...new Map(fitting.map((project) => [project.id, project])).values()].map((project) => ({
    project,
    mayPush: takesChanges(project) && pushable.has(project.id),
  }))
}

/**
 * Whether we may push to a project. What one is as a member is told with it; that a group was invited into it is not, and so
 * GitLab is asked for all such projects between two numbers.
 */
export async function mayPushTo(api: ApiClient, project: Project, isKnown: boolean): Promise<boolean> {
  if (!isKnown || !takesChanges(project)) return false
  const { project_access: own, group_access: inherited } = project.permissions ?? {}
  if (Math.max(own?.access_level ?? 0, inherited?.access_level ?? 0) >= DEVELOPER) return true
  const { id } = project
  const query = { min_access_level: DEVELOPER, id_after: id - 1, id_before: id + 1, simple: true }
  return (await api.list(NUMBERED, path`projects`, query)).length > 0
}

/** Whether anybody may: both can be switched off. */
function takesChanges({
  repository_access_level: repository,
  merge_requests_access_level: requests,
}: Project): boolean {
  return repository !== 'disabled' && requests !== 'disabled'
}

type List = <S extends typeof PROJECT | typeof NUMBERED>(schema: S, query: Query) => ReturnType<typeof listOf<S>>

function listOf<S extends typeof PROJECT | typeof NUMBERED>(
  api: ApiClient,
  schema: S,
  place: Parameters<ApiClient['list']>[1],
  query: Query,
) {
  return api.list(schema, place, { ...PAGE, ...query })
}

/** https://docs.gitlab.com/api/projects/#list-all-projects; by keyset, as there may be many. */
function ofMine(api: ApiClient): List {
  return (schema, query) => listOf(api, schema, path`projects`, { membership: true, pagination: 'keyset', ...query })
}

/**
 * - https://docs.gitlab.com/api/groups/#list-projects: no keyset there, and no list that is shared into the group
 * - https://docs.gitlab.com/api/projects/#list-a-users-projects
 */
async function ofOwner(api: ApiClient, owner: string): Promise<List> {
  const group = path`groups/${owner}`
  const found = await api.find(NUMBERED, group, { with_projects: false })
  if (found !== undefined) {
    const query = { include_subgroups: true, with_shared: false }
    return (schema, more) => listOf(api, schema, path`groups/${found.id}/projects`, { ...query, ...more })
  }
  const people = await api.list(NUMBERED, path`users`, { username: owner })
  const [person] = people
  if (person === undefined) throw new ForgeError('gone', `GitLab has no group and no user ${owner}, or not for us`)
  return (schema, more) => listOf(api, schema, path`users/${person.id}/projects`, more)
}
