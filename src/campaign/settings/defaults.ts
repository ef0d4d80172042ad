/** What a campaign does where its file says nothing. */
import type { CampaignSettings, Limits } from '../model.js'
import type { CampaignFile } from './schema.js'

/** Well below what GitHub says it bears: 80 requests in a minute and 500 in an hour that make something. */
const LIMITS: Limits = { gap: 1, notifyingGap: 3, perMinute: 40, perHour: { start: 60, step: 10, most: 400 } }
/** First a few whose checks and reviewers say whether it is a good idea. */
const WAVES = [10, 100]
const STOP_LOSS = { checksFailed: 0.3, closed: 0.2 }
/** A name that can belong to nobody. */
const AUTHOR = { name: 'harden', email: 'harden@noreply.invalid' }

const LONGEST_ID = 60

/** What there is to plan with if there is no file at all. */
export const UNNAMED: CampaignFile = { name: 'Container repairs' }

/** The settings in full. @param body The template of bodies, wherever it stands. */
export function settingsOf(said: CampaignFile, body: string | undefined): CampaignSettings {
  const { name, only, skip, limits = {}, branch } = said
  const pull = said['pull-request'] ?? {}
  const { 'checks-failed': checksFailed, closed } = said['stop-loss'] ?? {}
  const words = { ...(pull.title !== undefined && { title: pull.title }), ...(body !== undefined && { body }) }
  return {
    id: said.id ?? idOf(name),
    name,
    level: said.level ?? 'safe',
    grouping: said.grouping ?? 'safe-together',
    ...(only && { only }),
    ...(skip && { skip }),
    options: said.options ?? {},
    ...(branch !== undefined && { branch }),
    ...(Object.keys(words).length > 0 && { words }),
    draft: pull.draft ?? false,
    labels: distinct(pull.labels),
    reviewers: distinct(pull.reviewers),
    codeowners: pull.codeowners ?? false,
    commits: said.commits ?? 'auto',
    author: pull.author ?? AUTHOR,
    limits: {
      gap: limits.gap ?? LIMITS.gap,
      notifyingGap: limits['notifying-gap'] ?? LIMITS.notifyingGap,
      perMinute: limits['per-minute'] ?? LIMITS.perMinute,
      perHour: perHour(limits['per-hour']),
    },
    waves: said.waves ?? WAVES,
    stopLoss: { checksFailed: checksFailed ?? STOP_LOSS.checksFailed, closed: closed ?? STOP_LOSS.closed },
  }
}

/** A number is where it ends, and where it begins if that is less than usual. */
function perHour(said: NonNullable<CampaignFile['limits']>['per-hour'] = {}): Limits['perHour'] {
  const {
    start,
    step = LIMITS.perHour.step,
    most = LIMITS.perHour.most,
  } = typeof said === 'number' ? { most: said } : { ...said }
  return { start: Math.min(start ?? LIMITS.perHour.start, most), step, most }
}

/** Letters, digits and single hyphens; empty if the name has none. */
function idOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
  return plain.slice(0, LONGEST_ID).replace(/^-|-$/g, '')
}

function distinct(names: readonly string[] = []): readonly string[] {
  return [...new Set(names)]
}
