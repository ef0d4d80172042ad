import { ForgeError } from '../forge.js'
import type { ObjectId } from '../model.js'
import { path } from './api-path.js'
import { STATUSES } from './gitea-answers.js'
import type { ApiClient } from './http.js'

/** A warning stands in nobody's way. */
const PASSED = new Set(['success', 'warning', 'skipped'])

/** Far more checks than a commit has. */
const MOST_PAGES = 20

/**
 * What the checks of a commit say, all together. What the forge says of them together is of one page, so each is looked at.
 * https://docs.gitea.com/api/#tag/repository/operation/repoGetCombinedStatusByRef
 */
export async function giteaChecks(api: ApiClient, place: readonly [string, string], id: ObjectId) {
  const said: string[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const query = { page, limit: 50 }
    const at = path`repos/${place}/commits/${id}/status`
    const statuses = (await api.ask(STATUSES, { kind: 'read', path: at, query })).statuses ?? []
    if (statuses.length === 0) return together(said)
    said.push(...statuses.map(({ status }) => status))
  }
  throw new ForgeError('unsupported', `a commit has more than ${MOST_PAGES} pages of checks`)
}

function together(said: readonly string[]): 'none' | 'pending' | 'passed' | 'failed' {
  if (said.length === 0) return 'none'
  if (said.some((status) => status !== 'pending' && !PASSED.has(status))) return 'failed'
  return said.includes('pending') ? 'pending' : 'passed'
}
