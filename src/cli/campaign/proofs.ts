import type { CampaignSettings } from '../../campaign/model.js'
import { type ProofMeans, proved } from '../../campaign/plan/proof.js'
import type { Means } from '../../campaign/several.js'
import { containersOf } from '../../relations/containers.js'
import { evidenceMarkdown } from '../../ui/evidence.js'
import { maskOf } from '../../verify/mask.js'
import { proverOf } from '../../verify/verify.js'
import { withEngine } from '../prove.js'

/** Bytes of all files of a repository that is built. */
const LARGEST_REPOSITORY = 512 * 1024 * 1024

/**
 * Lends a proof of each plan to `work`. Builds take a whole engine, so there is one at a time.
 * @throws UsageError if there is no engine
 */
export function withProofs<T>(
  settings: CampaignSettings,
  quiet: boolean,
  signal: AbortSignal,
  work: (afterwards: NonNullable<Means['afterwards']>) => Promise<T>,
): Promise<T> {
  return withEngine(signal, quiet, (workshop, folder) => {
    const means: ProofMeans = {
      folder,
      signal,
      most: LARGEST_REPOSITORY,
      textOf: evidenceMarkdown,
      proverFor: (root, scratch, project) => {
        const variables = containersOf(project).flatMap(({ environment }) => [...environment])
        return proverOf({ ...workshop, mask: maskOf(variables) }, root, scratch)
      },
    }
    let last: Promise<unknown> = Promise.resolve()
    return work((planned, repository) => {
      const mine = last.then(() => proved(planned, repository, settings, means))
      last = mine.catch(() => {})
      return mine
    })
  })
}
