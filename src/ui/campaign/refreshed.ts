/** What planning anew has changed. */
import { nameOf } from '../../campaign/address.js'
import type { CampaignPlan, PullChange } from '../../campaign/model.js'
import { escaped } from '../../escape.js'
import { count } from '../layout.js'
import type { Look } from '../look.js'

const WORDS: Readonly<Record<PullChange['change'], string>> = {
  changed: 'changed, and updated where it is open',
  gone: 'nothing left to fix, and closed where it is open',
  added: 'new: apply opens it',
  'the same': 'the same',
}

/** How many pull requests changed in which way, and each that did. */
export function refreshReport(plan: CampaignPlan, changes: readonly PullChange[], look: Look): string {
  const { bold, dim } = look.colors
  if (changes.length === 0) return 'No pull request is open or stale: there is nothing to plan anew.\n'
  const names = new Map(plan.repositories.map(({ slug, address }) => [slug, nameOf(address)]))
  const blocks = (['changed', 'gone', 'added', 'the same'] as const).flatMap((change) => {
    const those = changes.filter((one) => one.change === change)
    if (those.length === 0) return []
    const lines =
      change === 'the same'
        ? []
        : those.map(({ slug, group }) => `  ${escaped(names.get(slug) ?? slug)} ${dim(escaped(group))}`)
    return [`${bold(count(those.length, 'pull request'))} ${WORDS[change]}`, ...lines]
  })
  return `${blocks.join('\n')}\n`
}
