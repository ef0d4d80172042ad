import type { ObjectId } from '../model.js'
import { path } from './api-path.js'
import { CHECK_RUN, STATUS } from './github-answers.js'
import type { ApiClient } from './http.js'

/** How a check has ended that stands in nobody's way. */
const PASSED = new Set(['success', 'neutral', 'skipped'])

/**
 * What the checks of a commit say, all together: those of apps, and the statuses of older services.
 * - https://docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference
 * - https://docs.github.com/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
 */
export async function githubChecks(api: ApiClient, place: readonly [string, string], id: ObjectId) {
  const runs = await api.list(
    CHECK_RUN,
    path`repos/${place}/commits/${id}/check-runs`,
    { per_page: 100 },
    'link',
    'check_runs',
  )
  const status = await api.ask(STATUS, { kind: 'read', path: path`repos/${place}/commits/${id}/status` })
  const said = runs.map(({ status, conclusion }) =>
    status !== 'completed' || conclusion === 'stale' ? 'pending' : PASSED.has(conclusion ?? '') ? 'passed' : 'failed',
  )
  // Without any status, the combined one is `pending`.
  if (status.total_count > 0)
    said.push(status.state === 'success' ? 'passed' : status.state === 'pending' ? 'pending' : 'failed')
  return (['failed', 'pending', 'passed'] as const).find((one) => said.includes(one)) ?? 'none'
}
