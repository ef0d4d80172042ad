/** In which order a campaign is opened, and when it is not gone on with. Pure. */
import type { CampaignPlan, PullReport, StopLoss } from '../model.js'
import { pullDigest } from './build.js'
import type { Ledger } from './entries.js'
import type { ChangesPlan } from './site.js'

/** The repositories that change something, in the order of the plan, in waves: the last one is all that is left. */
export function wavesOf({ repositories, campaign }: CampaignPlan): readonly (readonly ChangesPlan[])[] {
  const rest = repositories.filter((planned): planned is ChangesPlan => planned.state === 'changes')
  const waves: ChangesPlan[][] = []
  for (const size of campaign.waves) waves.push(rest.splice(0, size))
  return [...waves, rest].filter((wave) => wave.length > 0)
}

/** Whether a pull request is where nothing more happens to it by itself, according to the report or the journal. */
export function isThrough({ state }: Pick<PullReport, 'state'>): boolean {
  return state !== 'planned' && state !== 'waiting' && state !== 'failed'
}

/** The first wave that the journal does not know to be through with what is planned now; one beyond the last if there is none. */
export function currentWave(
  waves: readonly (readonly ChangesPlan[])[],
  ledger: (key: { slug: string; group: string }) => Ledger,
): number {
  const isOver = (wave: readonly ChangesPlan[]) =>
    wave.every(({ slug, pulls }) =>
      pulls.every((pull) => {
        const { stand } = ledger({ slug, group: pull.group })
        return stand !== undefined && stand.pull === pullDigest(pull) && isThrough(stand)
      }),
    )
  const index = waves.findIndex((wave) => !isOver(wave))
  return index < 0 ? waves.length : index
}

/** Why no further wave is to be opened, judged by those before; `undefined` if nothing speaks against it. */
export function stopLossOf(reports: readonly PullReport[], { checksFailed, closed }: StopLoss): string | undefined {
  const opened = reports.filter(({ number, state }) => number !== undefined && state !== 'conflicted')
  const failing = opened.filter(({ checks }) => checks === 'failed').length
  const declined = opened.filter(({ state }) => state === 'declined').length
  const reaches = (count: number, share: number) => count > 0 && count >= share * opened.length
  const of = `of ${opened.length} pull requests so far`
  if (reaches(failing, checksFailed)) return `the checks of ${failing} ${of} have failed`
  if (reaches(declined, closed)) return `${declined} ${of} were closed without being merged`
  return undefined
}
