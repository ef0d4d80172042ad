import type { ObjectId } from '../model.js'
import { path } from './api-path.js'
import { PIPELINE, type Pipeline } from './gitlab-answers.js'
import type { ApiClient } from './http.js'

/**
 * What the pipelines of a commit say, all together. What other services report of a commit is a pipeline, too.
 * https://docs.gitlab.com/api/pipelines/#list-project-pipelines
 */
export async function gitlabChecks(api: ApiClient, project: string, sha: ObjectId) {
  const query = { sha, order_by: 'id', sort: 'desc', per_page: 100 }
  return checksOf(await api.list(PIPELINE, path`projects/${project}/pipelines`, query))
}

/** @param pipelines newest first: one that was started again counts instead of the one before */
export function checksOf(pipelines: readonly Pipeline[]): 'none' | 'pending' | 'passed' | 'failed' {
  const latest = new Map<string, string>()
  for (const { source, ref, status } of pipelines) {
    const which = JSON.stringify([source ?? '', ref ?? ''])
    if (!latest.has(which)) latest.set(which, status)
  }
  const said = [...latest.values()].filter((status) => status !== 'skipped')
  if (said.some((status) => status === 'failed' || status === 'canceled')) return 'failed'
  if (said.some((status) => status !== 'success')) return 'pending'
  return said.length === 0 ? 'none' : 'passed'
}
