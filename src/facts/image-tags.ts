/**
 * How the tags of images are made: which part is a version, how many numbers a full version has, which words only name the
 * system below. Read in the recipes of the official images and in their tags; every guess made with it is proved by equal
 * digests before it counts.
 */
import { baseImage, type Reference } from './base-images.js'

/**
 * How much a tag says. `moving`: nothing that lasts · `major`, `minor`: the first numbers of a version · `exact`: all of it,
 * or the release of a distribution · `unknown`: nobody here knows how this image is tagged.
 */
export type Precision = 'moving' | 'major' | 'minor' | 'exact' | 'unknown'

interface Grammar {
  /** The last part of the repository's name. */
  readonly names: readonly string[]
  /** How many numbers name a full version; of a distribution, its release. */
  readonly numbers: number
  /** The variable of the image that holds the version, if it is not that of its name: `PYTHON_VERSION`. */
  readonly variable?: string
  /** A distribution is named by its release: what is rebuilt under that name are its security updates. */
  readonly release?: RegExp
}

const GRAMMARS: readonly Grammar[] = [
  {
    names: 'python node rust ruby php nginx httpd haproxy caddy memcached composer perl gcc julia elixir'.split(' '),
    numbers: 3,
  },
  { names: ['tomcat', 'maven', 'gradle', 'traefik', 'busybox', 'swift', 'deno', 'bun', 'uv', 'docker'], numbers: 3 },
  { names: ['golang'], numbers: 3 },
  { names: ['eclipse-temurin', 'amazoncorretto'], numbers: 3, variable: 'JAVA_VERSION' },
  { names: ['sdk'], numbers: 3, variable: 'DOTNET_SDK_VERSION' },
  { names: ['aspnet'], numbers: 3, variable: 'ASPNET_VERSION' },
  { names: ['runtime', 'runtime-deps'], numbers: 3, variable: 'DOTNET_VERSION' },
  { names: ['alpine'], numbers: 2, release: /^\d+\.\d+$/ },
  {
    names: ['debian', 'buildpack-deps'],
    numbers: 1,
    release: /^(forky|trixie|bookworm|bullseye)(-(slim|curl|scm))?$/,
  },
  { names: ['ubuntu'], numbers: 2, release: /^\d\d\.\d\d$/ },
  {
    names: ['fedora', 'rockylinux', 'almalinux', 'oraclelinux', 'amazonlinux', 'centos'],
    numbers: 1,
    release: /^\d+$/,
  },
]

/** Images whose data outlive them: a newer release may not read what an older one wrote. */
const DATA_STORES = new Set(
  'postgres postgis timescaledb pgvector mysql mysql-server mariadb percona mongo redis redis-stack redis-stack-server valkey rabbitmq elasticsearch opensearch solr cassandra couchdb couchbase influxdb neo4j clickhouse-server crate arangodb cockroach zookeeper consul vault minio memgraph questdb'.split(
    ' ',
  ),
)

/** Words that name whatever is newest of something. */
const MOVING = new Set(
  'latest edge rolling devel dev nightly lts current stable mainline oldstable oldoldstable testing unstable sid rawhide innovation main master canary next snapshot development hydrogen iron jod krypton'.split(
    ' ',
  ),
)

/** Words that name the system below and nothing else: a tag that has one more of them means the same variant. */
const SYSTEM = /^(forky|trixie|bookworm|bullseye|resolute|noble|jammy|al20\d\d|azurelinux\d\.\d)$/

/** The last part of a repository's name, by which its tags are known wherever a copy of it lies. */
export function shortName({ repository }: Pick<Reference, 'repository'>): string {
  return repository.slice(repository.lastIndexOf('/') + 1)
}

/** Whether a newer release of the image may not read what an older one has written. */
export function keepsData(reference: Reference): boolean {
  return DATA_STORES.has(shortName(reference))
}

/** Whether nothing but its name speaks for it: neither an owner nor a tag, nor has anybody here heard of it. */
export function isJustAName(reference: Reference): boolean {
  const { registry, repository, tag } = reference
  if (registry !== 'docker.io' || repository.includes('/') || tag !== undefined) return false
  return !grammarOf(reference) && !keepsData(reference) && baseImage(repository) === undefined
}

/** Whether it is a distribution, of which a release is all that a tag need say. */
export function isDistribution(reference: Reference): boolean {
  return grammarOf(reference)?.release !== undefined
}

/** How much the tag of a reference says. */
export function precisionOf(reference: Reference): Precision {
  const grammar = grammarOf(reference)
  const { version, words } = partsOf(reference.tag ?? 'latest')
  if (words[0] !== undefined && MOVING.has(words[0]) && version === undefined) return 'moving'
  if (!grammar) return 'unknown'
  if (version === undefined) return grammar.release ? 'exact' : 'moving'
  const numbers = numbersOf(version)
  if (numbers.length >= grammar.numbers || /[^\d.]/.test(version) || numbers[0]! > 2000) return 'exact'
  return numbers.length === 1 ? 'major' : 'minor'
}

/** A reference in full, as the engine reads it: with registry, `library/` and tag. */
export function inFull({ registry, repository, tag = 'latest', digest }: Reference): string {
  const name = registry === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository
  return `${registry}/${name}:${tag}${digest ? `@${digest}` : ''}`
}

/** The version that the variables of an image give away, in the way its tags write it. */
export function versionIn(reference: Reference, variables: Readonly<Record<string, string>>): string | undefined {
  const own = `${shortName(reference).replaceAll('-', '_').toUpperCase()}_VERSION`
  const value = variables[grammarOf(reference)?.variable ?? own]
  // Java says `jdk-17.0.13+11`, and others begin with a `v`.
  return value && value.length <= LONGEST_VERSION ? /\d[\d.]*(\+\d+)?$/.exec(value)?.[0].replace('+', '_') : undefined
}

const LONGEST_VERSION = 64

/** Official images of which there is a smaller one, without compilers and headers. */
const WITH_SLIM = new Set(['python', 'node', 'ruby', 'perl', 'erlang', 'elixir'])

/** The tag of the smaller image of the same version and system; `undefined` if there is none, or it is that already. */
export function slimTag({ registry, repository, tag = 'latest' }: Reference): string | undefined {
  const name = repository.replace(/^.*\blibrary\//, '')
  if (!WITH_SLIM.has(name) || (registry === 'docker.io' && repository.includes('/'))) return undefined
  const { version, words } = partsOf(tag)
  const left = words.filter((word) => word !== 'latest')
  if (left.some((word) => !SYSTEM.test(word) && !MOVING.has(word))) return undefined
  const isLast = name === 'node' || left.some((word) => MOVING.has(word))
  return [...(version === undefined ? [] : [version]), ...(isLast ? [...left, 'slim'] : ['slim', ...left])].join('-')
}

/** The tag that says a version instead of the one asked for, whether there is such a tag or not. */
export function tagOf({ tag = 'latest' }: Reference, version: string): string {
  return [version, ...partsOf(tag).words.filter((word) => !MOVING.has(word))].join('-')
}

/**
 * Of the tags of a repository, those that may say in full what a tag means, the likeliest first.
 * @param version What the image says of itself.
 */
export function likelyTags(reference: Reference, tags: readonly string[], version?: string): readonly string[] {
  const wanted = partsOf(reference.tag ?? 'latest')
  const release = grammarOf(reference)?.release
  const fitting = tags
    .map((tag) => ({ tag, ...partsOf(tag) }))
    .filter((other) => (release ? isReleaseOf(other, wanted, release) : saysMore(other, wanted)))
  const told = fitting.filter((other) => version !== undefined && other.version === version)
  return (told.length > 0 ? told : fitting).sort(byVersion).map(({ tag }) => tag)
}

/** The release of its distribution that a tag names, e.g. `trixie`. */
export function releaseIn(tag: string): string | undefined {
  return tag.split('-').find((word) => SYSTEM.test(word))
}

/** What a tag is made of. */
export interface Parts {
  readonly version: string | undefined
  readonly words: readonly string[]
}

interface Tag extends Parts {
  readonly tag: string
}

/** `3.12-slim` into its version and the words behind it. */
export function partsOf(tag: string): Parts {
  const [first = '', ...words] = tag.split('-')
  return /^v?\d[\d.]*([_+]\d+)?$/.test(first)
    ? { version: first, words }
    : { version: undefined, words: [first, ...words] }
}

function numbersOf(version: string): readonly number[] {
  return version.replace(/^v/, '').split(/[._+]/).map(Number)
}

function grammarOf(reference: Reference): Grammar | undefined {
  const name = shortName(reference)
  const isMicrosofts = reference.repository.startsWith('dotnet/')
  return GRAMMARS.find(
    ({ names, variable }) => names.includes(name) && (isMicrosofts || !/^(DOTNET|ASPNET)/.test(variable ?? '')),
  )
}

function saysMore(other: Parts, wanted: Parts): boolean {
  if (other.version === undefined || other.version.startsWith('v')) return false
  const has = numbersOf(other.version)
  const asked = wanted.version === undefined ? [] : numbersOf(wanted.version)
  if (has.length <= asked.length || has.length < 3 || asked.some((number, i) => has[i] !== number)) return false
  const words = wanted.words.filter((word) => !MOVING.has(word))
  const hasSystem = words.some((word) => SYSTEM.test(word) || word.startsWith('alpine'))
  return fits(other.words, words, hasSystem)
}

/** Whether all words asked for are there, in order, and what there is besides names the system and no other variant. */
function fits(has: readonly string[], asked: readonly string[], hasSystem: boolean): boolean {
  let next = 0
  return (
    has.every((word, i) => {
      const wanted = asked[next]
      if (word === wanted || (wanted === 'alpine' && /^alpine\d+\.\d+$/.test(word))) return ++next > 0
      if (has[i - 1] === 'alpine' && /^\d+\.\d+$/.test(word)) return true
      return !hasSystem && SYSTEM.test(word)
    }) && next === asked.length
  )
}

/** Of a distribution a release is enough: `debian:stable-slim` is `debian:trixie-slim`. */
function isReleaseOf({ tag }: Tag, wanted: Parts, release: RegExp): boolean {
  const words = wanted.words.filter((word) => !MOVING.has(word))
  const asked = wanted.version === undefined ? '' : `${wanted.version}.`
  return release.test(tag) && tag.startsWith(asked) && tag.split('-').slice(1).join() === words.join()
}

const NEWEST_FIRST = ['forky', 'trixie', 'bookworm', 'bullseye']

/** The newest first, and of one version those that name their system. */
function byVersion(a: Tag, b: Tag): number {
  const [left, right] = [numbersOf(a.version ?? ''), numbersOf(b.version ?? '')]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    if (left[i] !== right[i]) return (right[i] ?? -1) - (left[i] ?? -1)
  }
  return b.words.length - a.words.length || rank(a) - rank(b) || b.tag.length - a.tag.length
}

function rank({ words }: Parts): number {
  return NEWEST_FIRST.indexOf(words.find((word) => NEWEST_FIRST.includes(word)) ?? '')
}
