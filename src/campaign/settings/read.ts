/** Reads a campaign file, and says what is wrong with it where it is wrong. */
import { dirname, resolve } from 'node:path'
import { readText } from '../../disk/text.js'
import { checkIds } from '../../load/check.js'
import { ConfigurationError } from '../../load/error.js'
import { type Parsed, parse } from '../../load/parse.js'
import type { Transform } from '../../model.js'
import { AddressError, type Forges, forgesOf, originOf } from '../access.js'
import { originNamed } from '../address.js'
import type { CampaignSettings, DeclaredForge } from '../model.js'
import { type TemplateKind, templateFaults } from '../plan/template.js'
import type { GitLimits } from '../repository.js'
import { joinWanted, parseWanted, type Wanted } from '../select.js'
import { settingsOf } from './defaults.js'
import { type CampaignFile, campaignFile } from './schema.js'

/** A campaign, ready to be planned. */
export interface Campaign {
  readonly settings: CampaignSettings
  readonly wanted: Wanted
  readonly forges: Forges
  readonly quotas: Partial<GitLimits>
  /** Sentences to show. */
  readonly warnings: readonly string[]
}

/** Bytes. */
const LARGEST_FILE = 256 * 1024
const LARGEST_LIST = 4 * 1024 * 1024
const MOST_FAULTS = 20

/**
 * @param file As the person named it, from the current folder.
 * @param transforms Those that come with harden.
 * @throws ConfigurationError
 */
export function readCampaign(file: string, transforms: readonly Transform[]): Campaign {
  const path = resolve(file)
  const parsed = parse(textOf(file, path, LARGEST_FILE), file, campaignFile)
  const { settings: said } = parsed
  const faults: string[] = []
  /** What a place says; its fault is kept, so that all of them are shown together. */
  const at = <T>(place: readonly PropertyKey[], act: () => T): T | undefined => {
    try {
      return act()
    } catch (error) {
      if (error instanceof ConfigurationError) faults.push(...error.faults)
      else if (error instanceof AddressError) faults.push(parsed.fault(place, `${error.message}.`))
      else throw error
      return undefined
    }
  }
  const own = (said.forges ?? []).flatMap((forge, i) => at(['forges', i, 'origin'], () => declared(forge)) ?? [])
  const forges = forgesOf(own)
  const wanted = (said.repositories ?? []).flatMap((entry, i) => {
    const place = ['repositories', i]
    return at(place, () => wantedBy(entry, forges, path, (sentence) => parsed.fault(place, sentence))) ?? []
  })
  const body = at(['pull-request', 'body-file'], () => bodyOf(said, path))
  const { title, 'body-file': bodyFile } = said['pull-request'] ?? {}
  const checkTemplate = (template: string | undefined, kind: TemplateKind, key: string) => {
    for (const fault of template === undefined ? [] : templateFaults(template, kind))
      faults.push(parsed.fault(['pull-request', key], `the template of the ${kind}: ${fault}.`))
  }
  checkTemplate(title, 'title', 'title')
  checkTemplate(body, 'body', bodyFile === undefined ? 'body' : 'body-file')
  const warnings = at([], () => checkIds({ settings: said, fault: parsed.fault }, transforms, new Set())) ?? []
  const settings = { ...settingsOf(said, body), ...(own.length > 0 && { forges: own }) }
  if (settings.id === '') faults.push(parsed.fault(['name'], 'no id can be made of this name: give it one with id.'))
  if (faults.length > 0) throw new ConfigurationError(faults.slice(0, MOST_FAULTS))
  return { settings, wanted: joinWanted(wanted), forges, quotas: quotasOf(said), warnings }
}

function textOf(name: string, path: string, largest: number): string {
  const read = readText(path, largest)
  if (!read) throw new ConfigurationError([`${name}: there is no such file.`])
  if ('problem' in read) throw new ConfigurationError([`${name}: ${read.problem}.`])
  return read.text
}

function declared({ origin, kind, api, token }: NonNullable<CampaignFile['forges']>[number]): DeclaredForge {
  const url = new URL(originOf(origin))
  if (new URL(origin).pathname !== '/')
    throw new AddressError('a forge is declared by scheme and host alone, such as https://git.example.com')
  if (api !== undefined) originOf(api)
  return { origin: url.origin, kind, ...(api && { api: api.replace(/\/+$/, '') }), ...(token && { token }) }
}

type Entry = NonNullable<CampaignFile['repositories']>[number]

function wantedBy(
  entry: Entry,
  forges: Forges,
  path: string,
  fault: (sentence: string) => string,
): readonly Partial<Wanted>[] {
  const folder = dirname(path)
  if (typeof entry === 'string') return [parseWanted(entry, forges, folder)]
  const { file, owner, topic, search, forks = false, forge = 'github.com' } = entry
  if (file !== undefined) {
    if (Object.keys(entry).length > 1) throw new ConfigurationError([fault('file stands alone.')])
    return listed(file, resolve(folder, file), forges)
  }
  if (owner === undefined && search === undefined)
    throw new ConfigurationError([fault('what a forge lists begins with an owner or a search.')])
  const origin = originNamed(forge, forges)
  if (!forges.has(origin)) throw new AddressError(`the forge ${origin} is not declared under forges`)
  const selection = { ...(owner && { owner }), ...(topic && { topic }), ...(search && { search }), forks }
  return [{ queries: [{ origin, selection }] }]
}

/** The lines of a list; paths in it are seen from its own folder. */
function listed(name: string, path: string, forges: Forges): readonly Partial<Wanted>[] {
  const faults: string[] = []
  const wanted = textOf(name, path, LARGEST_LIST)
    .split('\n')
    .flatMap((line, i) => {
      const entry = line.replace(/(?:^|\s)#.*$/, '').trim()
      if (entry === '') return []
      try {
        return [parseWanted(entry, forges, dirname(path))]
      } catch (error) {
        if (!(error instanceof AddressError)) throw error
        faults.push(`${name}:${i + 1}:1: ${error.message}.`)
        return []
      }
    })
  if (faults.length > 0) throw new ConfigurationError(faults)
  return wanted
}

function bodyOf(said: CampaignFile, path: string): string | undefined {
  const { body, 'body-file': file } = said['pull-request'] ?? {}
  if (file === undefined) return body
  if (body !== undefined) throw new AddressError('there is a body already: one of body and body-file')
  return textOf(file, resolve(dirname(path), file), LARGEST_FILE)
}

const MEGABYTE = 1024 * 1024

function quotasOf({ quotas = {} }: Parsed<CampaignFile>['settings']): Partial<GitLimits> {
  const { seconds, megabytes, entries, 'file-megabytes': file } = quotas
  return {
    ...(seconds && { patience: seconds }),
    ...(megabytes && { size: megabytes * MEGABYTE }),
    ...(entries && { entries }),
    ...(file && { file: file * MEGABYTE }),
  }
}
