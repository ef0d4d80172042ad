/** Addresses of repositories, as people write them, and the folder that each has in a plan. */
import { createHash } from 'node:crypto'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { isWorkTree } from '../disk/root.js'
import { AddressError, type Forges, originOf, unknownForge } from './access.js'
import type { Address, LocalAddress, RemoteAddress } from './model.js'

const GITHUB = 'https://github.com'
const LOCAL = /^(?:\/|\.{1,2}(?:\/|$))/
/** `git@host:owner/name`, as `git remote -v` shows it. */
const SCP = /^(?:[\w.-]+@)([A-Za-z0-9.-]+):(?!\/)(.+)$/
const PART = /^[A-Za-z0-9_.-]{1,255}$/
const MOST_GROUPS = 20

/**
 * Reads `owner/name` (of github.com), `host/owner/name`, an https or ssh address, or a path that begins with `./`, `../` or `/`,
 * or is the name of a folder.
 * @param folder Absolute; what paths are seen from.
 * @throws AddressError
 */
export function parseAddress(text: string, forges: Forges, folder: string): Address {
  if (LOCAL.test(text)) return localAddress(resolve(folder, text))
  const scp = SCP.exec(text)
  if (scp) return remoteAddress(originOf(`https://${scp[1]}`), scp[2]!, forges)
  if (/^ssh:\/\//i.test(text)) {
    const { hostname, pathname } = sshAddress(text)
    return remoteAddress(originOf(`https://${hostname}`), pathname, forges)
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) {
    const origin = originOf(text)
    const { pathname, search, hash } = new URL(text)
    if (search || hash) throw new AddressError('it is no address of a repository: there is a ? or # in it')
    return remoteAddress(origin, pathname, forges)
  }
  const path = resolve(folder, text)
  if (!text.includes('/')) {
    if (text === '' || !existsSync(path)) throw new AddressError(WHAT_IT_MAY_BE)
    return localAddress(path)
  }
  const address = namedAddress(text, forges)
  if (existsSync(path))
    throw new AddressError(
      `it is a folder here and a repository of ${address.origin}: write ./${text} or ${urlOf(address)}`,
    )
  return address
}

const WHAT_IT_MAY_BE = 'it is no repository: write owner/name, an https address, or a path that begins with ./ or /'

/** Where git fetches from and pushes to. */
export function urlOf(address: Address): string {
  return address.kind === 'local' ? address.path : `${address.origin}/${address.name}.git`
}

/** As a person would call it: `acme/shop` where it is of github.com, else with the host; a path for one of this machine. */
export function nameOf(address: Address): string {
  if (address.kind === 'local') return address.path
  return address.origin === GITHUB ? address.name : `${new URL(address.origin).host}/${address.name}`
}

function namedAddress(text: string, forges: Forges): RemoteAddress {
  const [first, ...rest] = text.split('/')
  const isHost = rest.length > 1 && /[.:]|^localhost$/.test(first!)
  return isHost
    ? remoteAddress(originNamed(first!, forges), rest.join('/'), forges)
    : remoteAddress(GITHUB, text, forges)
}

/** The origin that a host, or an address, stands for. */
export function originNamed(host: string, forges: Forges): string {
  if (host.includes('://')) return originOf(host)
  const known = [...forges.keys()].find((origin) => new URL(origin).host === host.toLowerCase())
  return known ?? originOf(`https://${host}`)
}

function sshAddress(text: string): URL {
  try {
    return new URL(text)
  } catch {
    throw new AddressError(WHAT_IT_MAY_BE)
  }
}

function remoteAddress(origin: string, path: string, forges: Forges): RemoteAddress {
  const forge = forges.get(origin)
  if (!forge) throw new AddressError(unknownForge(origin))
  const name = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')
  const parts = name.split('/')
  const isName =
    parts.length >= 2 &&
    parts.length <= MOST_GROUPS &&
    parts.every((part) => PART.test(part) && !/^\.{1,2}$/.test(part))
  if (!isName) throw new AddressError(`it is no repository of ${origin}: those are called owner/name`)
  if (parts.length > 2 && forge.kind !== 'gitlab')
    throw new AddressError(`it leads into a repository of ${origin}, or is none: those are called owner/name`)
  return { kind: 'remote', forge: forge.kind, origin, name }
}

/** @param path Absolute. */
function localAddress(path: string): LocalAddress {
  let real: string
  try {
    real = realpathSync.native(path)
  } catch {
    throw new AddressError('there is no such folder')
  }
  if (!statSync(real).isDirectory()) throw new AddressError('it is a file; a repository is a folder, or an address')
  if (isWorkTree(real) || isBare(real)) return { kind: 'local', path: real }
  const top = workTreeAround(real)
  throw new AddressError(
    top
      ? `it lies in the git repository ${top}: name that one`
      : 'it is no git repository, and a campaign makes commits; use harden fix',
  )
}

function isBare(folder: string): boolean {
  return ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(folder, name)))
}

function workTreeAround(folder: string): string | undefined {
  for (let above = dirname(folder); above !== dirname(above); above = dirname(above))
    if (isWorkTree(above)) return above
  return undefined
}

/**
 * The folder of a repository below `repositories/`. Two repositories never share one, also where upper and lower case are the
 * same, and none lies in another's. It always has the same depth, so that what lies in it never meets a neighbour's.
 */
export function slugOf(address: Address): string {
  if (address.kind === 'local') {
    const shown = basename(address.path)
      .toLowerCase()
      .replace(/\.git$/, '')
      .replace(/[^a-z0-9_]+/g, '-')
      .replace(/^-/, '')
    return `local/${shown.slice(0, 40) || 'root'}/${shortDigest(address.path)}`
  }
  // Forges tell no two repositories apart by case.
  const parts = address.name.toLowerCase().split('/')
  return [hostPart(address.origin), ownerPart(parts.slice(0, -1)), folderPart(parts.at(-1)!)].join('/')
}

/** All groups in one name, so that the depth stays the same; no group has a plus in its own. */
function ownerPart(groups: readonly string[]): string {
  const joined = groups.map(folderPart).join('+')
  return joined.length <= 200 ? joined : `${shortDigest(joined)}=${joined.slice(0, 40)}`
}

/** A plain https host has a dot in it; all others begin with their scheme, so that none of them is called `local`. */
function hostPart(origin: string): string {
  const { protocol, host } = new URL(origin)
  const isPlain = protocol === 'https:' && /^[a-z0-9.-]*\.[a-z0-9.-]*$/.test(host)
  return isPlain ? host : `${protocol.slice(0, -1)}+${host.replaceAll(/[^a-z0-9.-]/g, '+')}`
}

/** As it is, if every file system takes it and nothing reads it as an option. */
function folderPart(part: string): string {
  const isPlain = /^[a-z0-9_.][a-z0-9_.-]*$/.test(part) && !part.endsWith('.') && part !== '.git' && part.length <= 100
  return isPlain ? part : `${shortDigest(part)}=${part.replace(/[^a-z0-9_]+/g, '-').slice(0, 40)}`
}

function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/** What a person calls repositories that are shown beside each other, by slug: of folders the last name, if no two share it. */
export function shortNames(
  repositories: readonly { readonly slug: string; readonly address: Address }[],
): ReadonlyMap<string, string> {
  const short = ({ address }: { readonly address: Address }) =>
    address.kind === 'local' ? basename(address.path) : nameOf(address)
  const times = new Map<string, number>()
  for (const each of repositories) times.set(short(each), (times.get(short(each)) ?? 0) + 1)
  return new Map(
    repositories.map((each) => [each.slug, times.get(short(each)) === 1 ? short(each) : nameOf(each.address)]),
  )
}
