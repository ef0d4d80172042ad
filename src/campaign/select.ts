/**
 * Which repositories a campaign is about: those that are named, those that a forge lists for a pattern or a search, and without
 * those that are left out.
 */
import { covers, parseRules, type Rules } from '../disk/ignore.js'
import { AddressError, type Forges } from './access.js'
import { nameOf, originNamed, parseAddress, slugOf, urlOf } from './address.js'
import type { Forge, RemoteRepository, Selection } from './forge.js'
import type { Address } from './model.js'

/** What a person asked for, read but not looked up. */
export interface Wanted {
  readonly addresses: readonly Address[]
  readonly queries: readonly Query[]
  readonly without: readonly Exclusion[]
}

/** What one forge is asked to list. */
export interface Query {
  readonly origin: string
  readonly selection: Selection
  /** Of what it lists, only what these cover. */
  readonly pattern?: Rules
}

/** Repositories that are left out, whoever named them. */
export type Exclusion = { readonly slug: string } | { readonly pattern: Rules; readonly origin?: string }

/** A repository to be planned. */
export interface Selected {
  readonly address: Address
  readonly slug: string
  /** Where git fetches from. */
  readonly url: string
}

export interface Selecting {
  /** The adapter for an origin. */
  readonly forgeAt: (origin: string) => Promise<Forge>
  /** The most repositories to take. */
  readonly most?: number
}

/** Far more than one campaign should be about; a listing that goes on for ever ends here. */
const MOST_REPOSITORIES = 100_000

/**
 * Looks up what was asked for. What is archived, a fork, or empty is left out of what a forge lists, but not of what is named.
 * @returns The repositories sorted by slug, each once, and sentences about what was left out.
 * @throws ForgeError
 */
export async function selectRepositories(
  wanted: Wanted,
  { forgeAt, most = MOST_REPOSITORIES }: Selecting,
): Promise<{ readonly repositories: readonly Selected[]; readonly notes: readonly string[] }> {
  const found = new Map<string, Selected>()
  const notes: string[] = []
  const isLeftOut = (address: Address) => wanted.without.some((exclusion) => fits(exclusion, address))
  const take = (address: Address, url: string) => {
    const slug = slugOf(address)
    if (!found.has(slug)) found.set(slug, { address, slug, url })
  }
  const named = wanted.addresses.filter((address) => !isLeftOut(address))
  for (const address of named) take(address, urlOf(address))
  const leftOut = new Set(wanted.addresses.filter(isLeftOut).map(slugOf))
  const unfit: Record<Unfit, Set<string>> = { archived: new Set(), 'a fork': new Set(), empty: new Set() }
  for (const { origin, selection, pattern } of wanted.queries) {
    const forge = await forgeAt(origin)
    for (const repository of await forge.repositories(selection)) {
      const { address, cloneUrl } = repository
      if (pattern && !covers(pattern, address.name.toLowerCase())) continue
      const why = unfitness(repository, selection)
      if (isLeftOut(address)) leftOut.add(slugOf(address))
      else if (why) unfit[why].add(nameOf(address))
      else take(address, cloneUrl)
    }
  }
  for (const [why, names] of Object.entries(unfit))
    if (names.size > 0) notes.push(`left out because ${why}: ${some(names)}`)
  if (leftOut.size > 0) notes.push(`left out as the campaign says: ${leftOut.size}`)
  const all = [...found.values()].sort((a, b) => (a.slug < b.slug ? -1 : 1))
  if (all.length > most) notes.push(`left out by the limit of ${most}: ${all.length - most}`)
  return { repositories: all.slice(0, most), notes }
}

type Unfit = 'archived' | 'a fork' | 'empty'

function unfitness({ isArchived, isFork, defaultBranch }: RemoteRepository, { forks }: Selection): Unfit | undefined {
  if (isArchived) return 'archived'
  if (isFork && !forks) return 'a fork'
  return defaultBranch === undefined ? 'empty' : undefined
}

const SHOWN = 5

function some(names: ReadonlySet<string>): string {
  const sorted = [...names].sort()
  const more = sorted.length > SHOWN ? ` and ${sorted.length - SHOWN} more` : ''
  return sorted.slice(0, SHOWN).join(', ') + more
}

function fits(exclusion: Exclusion, address: Address): boolean {
  if ('slug' in exclusion) return exclusion.slug === slugOf(address)
  if (address.kind === 'local') return false
  const isThere = exclusion.origin === undefined || exclusion.origin === address.origin
  return isThere && covers(exclusion.pattern, address.name.toLowerCase())
}

/**
 * Reads one line of a list of repositories: an address, a pattern such as `acme/*`, or either behind a `!`.
 * @param folder Absolute; what paths are seen from.
 * @throws AddressError
 */
export function parseWanted(text: string, forges: Forges, folder: string): Partial<Wanted> {
  if (text.startsWith('!')) return { without: [parseExclusion(text.slice(1).trim(), forges, folder)] }
  return isPattern(text) ? { queries: [parseQuery(text, forges)] } : { addresses: [parseAddress(text, forges, folder)] }
}

/** All that several lines ask for. */
export function joinWanted(parts: readonly Partial<Wanted>[]): Wanted {
  return {
    addresses: parts.flatMap(({ addresses = [] }) => addresses),
    queries: parts.flatMap(({ queries = [] }) => queries),
    without: parts.flatMap(({ without = [] }) => without),
  }
}

function isPattern(text: string): boolean {
  return /[*?[\]]/.test(text)
}

function parseExclusion(text: string, forges: Forges, folder: string): Exclusion {
  const isAddress = !isPattern(text) && (/^[./]/.test(text) || text.includes(':'))
  if (isAddress) return { slug: slugOf(parseAddress(text, forges, folder)) }
  const { origin, pattern } = splitHost(text, forges)
  return { pattern: rulesOf(pattern), ...(origin && { origin }) }
}

function parseQuery(text: string, forges: Forges): Query {
  const { origin = 'https://github.com', pattern } = splitHost(text, forges)
  const parts = pattern.split('/')
  const firstWild = parts.findIndex(isPattern)
  const owner = parts.slice(0, firstWild).join('/')
  if (owner === '') throw new AddressError('a pattern begins with an owner, such as acme/*')
  if (owner.includes('/') && forges.get(origin)?.kind !== 'gitlab')
    throw new AddressError(`no repository of ${origin} is called like this: those are called owner/name`)
  return { origin, selection: { owner, forks: false }, pattern: rulesOf(pattern) }
}

/** The forge that a pattern begins with, if it does. */
function splitHost(text: string, forges: Forges): { readonly origin?: string; readonly pattern: string } {
  const whole = /^https?:\/\/[^/]+/.exec(text)?.[0]
  const host = whole ?? text.split('/')[0]!
  const pattern = text.slice(host.length + 1)
  const isHost = whole !== undefined || (!isPattern(host) && /[.:]/.test(host) && pattern !== '')
  if (!isHost) return { pattern: text }
  const origin = originNamed(host, forges)
  if (!forges.has(origin)) throw new AddressError(`${origin} is none of the forges that the campaign knows`)
  return { origin, pattern }
}

/** As in .gitignore, in time linear in pattern times name: what a forge lists is a stranger's. */
function rulesOf(pattern: string): Rules {
  const rules = /[\r\n]/.test(pattern) ? [] : parseRules(pattern.toLowerCase())
  if (rules.length !== 1) throw new AddressError('it is no pattern; one is like acme/* or acme/legacy-*')
  return rules
}
