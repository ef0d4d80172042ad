/**
 * Which forges a campaign knows, and what opens them. Tokens come from the environment, each for the one origin it was made
 * for; nothing here writes one down.
 */
import { isLoopback } from '../sources/web.js'
import type { ForgeAccess } from './forge.js'
import type { DeclaredForge, ForgeKind } from './model.js'
import type { GitSource } from './repository.js'

/** The forges of a campaign: those everybody knows and those it declares. */
export type Forges = ReadonlyMap<string, DeclaredForge>

export const WELL_KNOWN: readonly DeclaredForge[] = [
  { origin: 'https://github.com', kind: 'github', api: 'https://api.github.com' },
  { origin: 'https://gitlab.com', kind: 'gitlab' },
  { origin: 'https://codeberg.org', kind: 'gitea' },
  { origin: 'https://gitea.com', kind: 'gitea' },
]

/** By origin; what is declared goes before what is known. */
export function forgesOf(declared: readonly DeclaredForge[]): Forges {
  const known = new Map(WELL_KNOWN.map((forge) => [forge.origin, forge]))
  for (const forge of declared) known.set(forge.origin, { ...known.get(forge.origin), ...forge })
  return known
}

/** Something that is named cannot be used. `message` is one sentence without its full stop. */
export class AddressError extends Error {
  override readonly name = 'AddressError'
}

/**
 * Scheme, host and port of an address, in lower case.
 * @throws AddressError unless it is https, or http with this machine.
 */
export function originOf(address: string): string {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    throw new AddressError('it is no address; one is like https://git.example.com')
  }
  if (url.username || url.password)
    throw new AddressError('it holds credentials; leave them out: harden takes a token from the environment')
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new AddressError('it is not encrypted; harden speaks https, and http with this machine alone')
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new AddressError(`${url.protocol}// is not spoken; write its https address`)
  return url.origin
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * How a forge is reached, with its token if the environment holds one.
 * @throws AddressError if the forge is not known, or the variable it names is not set or holds no token.
 */
export function accessOf(origin: string, forges: Forges, environment: Environment): ForgeAccess {
  const forge = forges.get(origin)
  if (!forge) throw new AddressError(unknownForge(origin))
  const { kind } = forge
  return { kind, origin, api: forge.api ?? origin + API_PATHS[kind], token: tokenOf(forge, forges, environment) }
}

/** What to do about a forge whose kind nobody knows. */
export function unknownForge(origin: string): string {
  return `${origin} is a forge that harden does not know: declare it in the campaign file, under forges, with origin: ${origin} and kind: github, gitlab or gitea`
}

const API_PATHS: Readonly<Record<ForgeKind, string>> = { github: '/api/v3', gitlab: '/api/v4', gitea: '/api/v1' }

function tokenOf(forge: DeclaredForge, forges: Forges, environment: Environment): string | undefined {
  const owner = forge.token && ownerOf(forge.token, environment)
  if (owner && owner !== forge.origin)
    throw new AddressError(
      `the variable ${forge.token} holds the token of ${owner}, which is not given to ${forge.origin}: name another one`,
    )
  for (const name of variablesFor(forge, forges, environment)) {
    const value = environment[name]?.trim()
    if (!value) continue
    if (!/^[\x21-\x7e]{1,4096}$/.test(value))
      throw new AddressError(
        `the variable ${name} does not hold a token: there are spaces or other characters in it that none has`,
      )
    return value
  }
  if (forge.token)
    throw new AddressError(`the variable ${forge.token}, which is to hold the token for ${forge.origin}, is not set`)
  return undefined
}

/** Whose token a variable holds whatever a plan says, which may be a stranger's. */
function ownerOf(variable: string, environment: Environment): string | undefined {
  if (variable === 'GITHUB_TOKEN') return actionsServer(environment)
  return variable === 'GH_TOKEN' ? 'https://github.com' : undefined
}

/** On a server of one's own, Actions sets GITHUB_TOKEN for that server. */
function actionsServer({ GITHUB_SERVER_URL }: Environment): string {
  return GITHUB_SERVER_URL?.replace(/\/$/, '') || 'https://github.com'
}

/**
 * The variables that may hold the token for a forge, the first one first. Those everybody uses belong to one host each:
 * that of another is named by the campaign file.
 */
function variablesFor(forge: DeclaredForge, forges: Forges, environment: Environment): readonly string[] {
  if (forge.token) return [forge.token]
  const ofOrigin = OWN_VARIABLES[forge.origin] ?? []
  const isActions = forge.kind === 'github' && forge.origin === actionsServer(environment)
  const ofActions = isActions ? ['GITHUB_TOKEN'] : []
  const enterprises = [...forges.values()].filter(
    ({ kind, origin }) => kind === 'github' && origin !== 'https://github.com',
  )
  const isOnlyOne = enterprises.length === 1 && enterprises[0]!.origin === forge.origin
  return [...ofOrigin, ...ofActions, ...(isOnlyOne ? ['GH_ENTERPRISE_TOKEN'] : [])]
}

const OWN_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'https://github.com': ['GH_TOKEN'],
  'https://gitlab.com': ['GITLAB_TOKEN'],
  'https://gitea.com': ['GITEA_TOKEN'],
  'https://codeberg.org': ['CODEBERG_TOKEN'],
}

/** Who the token says it is, where a forge only takes passwords, as it does from git. */
const USERS: Readonly<Record<ForgeKind, string>> = { github: 'x-access-token', gitlab: 'oauth2', gitea: 'token' }

/** The value of git's `Authorization` header: nothing but `Authorization` is taken off when a server redirects elsewhere. */
export function authorizationOf({ kind, token }: ForgeAccess): Pick<GitSource, 'authorization'> {
  if (token === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${USERS[kind]}:${token}`).toString('base64')}` }
}
