import type { Configuration } from '../../load.js'
import type { Transform } from '../../model.js'
import type { CampaignSettings } from '../model.js'

/**
 * The transforms a campaign runs on a repository. The campaign says which, and the repository may leave some out: a campaign
 * never does what a repository's own configuration has switched off.
 * @throws Error that names a transform which does not exist.
 */
export function chosenFor(
  { transforms, only: kept, enabled, skip: dropped }: Pick<Configuration, 'transforms' | 'only' | 'enabled' | 'skip'>,
  { only, skip = [] }: Pick<CampaignSettings, 'only' | 'skip'>,
): readonly Transform[] {
  const unknown = [...(only ?? []), ...skip].find((id) => !transforms.some((transform) => transform.id === id))
  if (unknown !== undefined) throw new Error(`there is no transform ${unknown}`)
  const isAsked = ({ id, optIn }: Transform) => {
    if (only) return only.includes(id)
    return !optIn || enabled.includes(id) || kept?.includes(id) === true
  }
  const isAdmitted = ({ id }: Transform) => kept === undefined || kept.includes(id)
  return transforms.filter(
    (each) => isAsked(each) && isAdmitted(each) && !skip.includes(each.id) && !dropped.includes(each.id),
  )
}
