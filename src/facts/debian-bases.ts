import { parseReference } from './base-images.js'
import type { NamedRelease } from './debian-packages.js'
import { partsOf } from './image-tags.js'
import { pythonImage } from './python-images.js'

/** The release of Debian or Ubuntu under an image. */
export interface BaseRelease {
  readonly release: NamedRelease
  /** Whether the tag says so; otherwise it is what the tag stands for today. */
  readonly isNamed: boolean
}

/**
 * The release under an image, by its tag, or by what the official images built on under tags without one in November 2026
 * (read in their library files of August 2026); `undefined` if nobody here knows.
 */
export function releaseUnder(image: string): BaseRelease | undefined {
  const { registry, repository, tag = 'latest', digest } = parseReference(image)
  if (/alpine|windows|nanoserver/.test(tag)) return undefined
  const named = /(?:^|-)(bookworm|trixie|jammy|noble)(?:-|$)/.exec(tag)?.[1]
  if (named) return { release: named as NamedRelease, isNamed: true }
  if (digest !== undefined || registry !== 'docker.io' || repository.includes('/') || OTHER_RELEASE.test(tag))
    return undefined
  const numbered = RELEASES_BY_NUMBER.find(([name, pattern]) => name === repository && pattern.test(tag))?.[2]
  if (numbered) return { release: numbered, isNamed: true }
  const release = repository === 'python' ? underPython(image, tag) : underOthers(repository, tag)
  return release && { release, isNamed: false }
}

const OTHER_RELEASE =
  /(?:^|-)(?:forky|sid|bullseye|buster|stretch|jessie|wheezy|focal|bionic|xenial|resolute|questing)(?:-|$)/

const RELEASES_BY_NUMBER: readonly (readonly [name: string, tag: RegExp, release: NamedRelease])[] = [
  ['debian', /^12(?:\.|-|$)/, 'bookworm'],
  ['debian', /^13(?:\.|-|$)/, 'trixie'],
  ['ubuntu', /^22\.04(?:-|$)/, 'jammy'],
  ['ubuntu', /^24\.04(?:-|$)/, 'noble'],
]

/** A tag without a patch means the last one, and the last ones of all versions since 3.9 are on trixie. */
function underPython(image: string, tag: string): NamedRelease | undefined {
  const release = pythonImage(image)?.release
  if (release === 'either') return /^\d+\.\d+\.\d/.test(tag) ? undefined : 'trixie'
  return release === 'bookworm' || release === 'trixie' ? release : undefined
}

interface Row {
  readonly names: readonly string[]
  /** The oldest version whose moving tags are on the release, and the first whose are not, each where there is one. */
  readonly from?: readonly number[]
  readonly before?: readonly number[]
  readonly release: NamedRelease
  /** Whether a tag without a version is on it. */
  readonly isDefault: boolean
}

const ROWS: readonly Row[] = [
  { names: ['debian', 'buildpack-deps'], release: 'trixie', isDefault: true },
  { names: ['golang'], from: [1, 24], release: 'trixie', isDefault: true },
  { names: ['rust'], from: [1, 90], release: 'trixie', isDefault: true },
  { names: ['ruby'], from: [3, 3], release: 'trixie', isDefault: true },
  { names: ['php'], from: [8, 2], release: 'trixie', isDefault: true },
  { names: ['postgres'], from: [14], release: 'trixie', isDefault: true },
  { names: ['node'], from: [20], before: [25], release: 'bookworm', isDefault: false },
  { names: ['node'], from: [26], release: 'trixie', isDefault: false },
]

/** A full version was built for the last time when the next came out, so that its release depends on when that was. */
function underOthers(repository: string, tag: string): NamedRelease | undefined {
  const { version, words } = partsOf(tag)
  const rows = ROWS.filter(({ names }) => names.includes(repository))
  if (version === undefined) {
    const moves = words.every(
      (word) => !/\d/.test(word) && !/^(?:old|un)?stable|^testing|^lts|^experimental/.test(word),
    )
    return moves ? rows.find(({ isDefault }) => isDefault)?.release : undefined
  }
  const numbers = version.split('.').map(Number)
  return rows.find(({ from, before }) => {
    if (!from || numbers.length > from.length) return false
    return isFrom(numbers, from) && !(before && isFrom(numbers, before))
  })?.release
}

/** Whether a version, as far as it is written, is not older than another: `1` is whatever is newest of it. */
function isFrom(numbers: readonly number[], from: readonly number[]): boolean {
  for (const [i, least] of from.entries()) {
    const number = numbers[i]
    if (number === undefined) return true
    if (number !== least) return number > least
  }
  return true
}

/** The tag of an official image for a release of Debian, where the one at hand leaves the release open. */
export function tagOnRelease(image: string, codename: string): string | undefined {
  const { repository, tag = 'latest' } = parseReference(image)
  const { version, words: all } = partsOf(tag)
  const words = all.filter((word) => word !== 'latest')
  const isSlim = words.length === 1 && words[0] === 'slim'
  if (words.length > 0 && !isSlim && repository !== 'php') return undefined
  const isFirst = repository === 'node' || repository === 'debian'
  const suffix = isFirst ? [codename, ...words] : [...words, codename]
  return [...(version === undefined ? [] : [version]), ...suffix].join('-')
}
