import { existsSync } from 'node:fs'
import { transforms as builtIn } from '../../../transforms/index.js'
import { AddressError, forgesOf } from '../../campaign/access.js'
import { joinWanted, parseWanted } from '../../campaign/select.js'
import { settingsOf, UNNAMED } from '../../campaign/settings/defaults.js'
import { type Campaign, readCampaign } from '../../campaign/settings/read.js'
import { UsageError } from '../errors.js'
import { transformNamed } from '../transforms.js'
import type { PlanOptions } from './plan.js'

const USUAL = 'campaign.yml'

/**
 * The campaign that a command line asks for: what a file says, and what options say instead.
 * @param cwd Absolute.
 * @throws ConfigurationError, UsageError
 */
export function campaignFor(file: string | undefined, options: PlanOptions, cwd: string): Campaign {
  const named = file ?? (!options.repo && existsSync(USUAL) ? USUAL : undefined)
  const campaign = named === undefined ? unnamed(options) : readCampaign(named, builtIn)
  const { settings, forges } = campaign
  for (const id of [...(options.only ?? []), ...(options.skip ?? [])]) transformNamed(id, builtIn)
  const only = options.only ?? settings.only
  const skip = [...new Set([...(options.only ? [] : (settings.skip ?? [])), ...(options.skip ?? [])])]
  const wanted = options.repo
    ? joinWanted(options.repo.map((text) => repositoryNamed(text, () => parseWanted(text, forges, cwd))))
    : campaign.wanted
  if (wanted.addresses.length + wanted.queries.length === 0)
    throw new UsageError(
      `${named ?? 'the command line'} names no repository: list some under repositories, or use --repo.`,
    )
  return {
    ...campaign,
    wanted,
    settings: {
      ...settings,
      level: options.review ? 'review' : settings.level,
      ...(only && { only }),
      ...(skip.length > 0 && { skip }),
    },
  }
}

function unnamed({ repo }: PlanOptions): Campaign {
  if (repo)
    return {
      settings: settingsOf(UNNAMED, undefined),
      wanted: joinWanted([]),
      forges: forgesOf([]),
      quotas: {},
      warnings: [],
    }
  throw new UsageError('there is no campaign: name a file, or repositories with --repo.', [
    'harden campaign plan --repo ./shop --out plan         a folder of this machine',
    'harden campaign plan --repo acme/shop --out plan      a repository of github.com',
    'harden campaign plan campaign.yml --out plan          what a file says',
  ])
}

function repositoryNamed<T>(text: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof AddressError) throw new UsageError(`--repo ${withoutCredentials(text)}: ${error.message}.`)
    throw error
  }
}

/** What a person has pasted may hold a token, and a log would keep it. */
function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//...@')
}
