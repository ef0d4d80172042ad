import type { CampaignPlan } from '../../campaign/model.js'
import { planSummary } from '../../ui/campaign/summary.js'
import { campaignPage } from '../../ui/page/campaign.js'
import { reviewPage } from '../../ui/page/document.js'

/**
 * What lies in a plan's folder for people to look at, by its name.
 * @param patches By their place below `repositories/`.
 * @param folder Of the plan, as the person named it.
 */
export function pagesOf(
  plan: CampaignPlan,
  patches: ReadonlyMap<string, Buffer>,
  folder: string,
): ReadonlyMap<string, string> {
  return new Map([
    ['summary.md', planSummary(plan, folder)],
    ['review.html', reviewPage(campaignPage(plan, patches))],
  ])
}
