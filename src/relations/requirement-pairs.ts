import { normalName, type Requirement, type Requirements } from '../documents/requirements.js'
import { compatible, implies, namesPreRelease, narrowest } from '../facts/pep440.js'

/** A requirement and the file it stands in. */
export interface Listed {
  readonly document: Requirements
  readonly entry: Requirement
}

/** The requirements of a file that name a package, in the order of its lines. */
export function listedIn(document: Requirements): readonly Listed[] {
  return document.entries.flatMap((entry) => (entry.kind === 'requirement' ? { document, entry } : []))
}

/** Whether two lines speak of one package in the same environments. */
export function isSamePackage(a: Listed, b: Listed): boolean {
  return a.entry.name === b.entry.name && a.entry.marker === b.entry.marker
}

/** No person lists a package more often; comparing each line with each takes its time. */
const MOST_LINES = 100

/** Requirements sorted by the package they speak of. */
export function byPackage(listed: readonly Listed[]): readonly (readonly Listed[])[] {
  const groups = new Map<string, Listed[]>()
  for (const one of listed) {
    const key = `${one.entry.name};${one.entry.marker ?? ''}`
    const group = groups.get(key) ?? []
    group.push(one)
    groups.set(key, group)
  }
  return [...groups.values()].filter(({ length }) => length <= MOST_LINES)
}

/** Whether a requirement asks for all that another asks for, extras aside. */
export function covers({ entry }: Listed, { entry: other }: Listed): boolean {
  return implies(entry.specifiers, other.specifiers) && coversHashes(entry, other) && hasSameOptions(entry, other)
}

/** Which of two lists of hashes pip goes by depends on their order and on the index: only equal lists are the same. */
function coversHashes(entry: Requirement, other: Requirement): boolean {
  const listed = new Set(entry.hashes.map(({ value }) => value))
  const asked = new Set(other.hashes.map(({ value }) => value))
  return asked.size === 0 || (asked.size === listed.size && [...asked].every((value) => listed.has(value)))
}

function hasSameOptions(a: Requirement, b: Requirement): boolean {
  return a.options.join('\0') === b.options.join('\0')
}

/**
 * Whether a line can go because of another one of its file. Of two that say the same, the first stays. The stricter one
 * stays where it is, even as the later one: it keeps the author that `git blame` names and the reason given beside it,
 * and the change is one line less, not one less and another one rewritten.
 */
export function isNeedlessBeside(listed: Listed, other: Listed): boolean {
  if (other === listed || !covers(other, listed)) return false
  return !covers(listed, other) || other.entry.start < listed.entry.start
}

/** How two requirements for a package meet of which neither covers the other. */
export type Meeting = 'never' | 'other options' | 'other hashes' | 'unclear' | 'overlap'

export function meetingOf(a: Listed, b: Listed): Meeting {
  const canMeet = compatible(a.entry.specifiers, b.entry.specifiers)
  if (canMeet === false) return 'never'
  if (!hasSameOptions(a.entry, b.entry)) return 'other options'
  if (hasSameVersions(a, b)) return 'other hashes'
  return canMeet && a.entry.hashes.length + b.entry.hashes.length === 0 ? 'overlap' : 'unclear'
}

/** Whether the same versions satisfy both. */
export function hasSameVersions({ entry: a }: Listed, { entry: b }: Listed): boolean {
  return implies(a.specifiers, b.specifiers) && implies(b.specifiers, a.specifiers)
}

/**
 * Whether two requirements let in the same pre-releases as one line does that says what both say. Releases of pip differ
 * over a pre-release that only the line with, or only the line without, an extra names.
 */
export function agreeOnPreReleases(a: Listed, b: Listed): boolean {
  const hasSameExtras = [a, b].every((one) => jointExtras(a, b).length === one.entry.extras.length)
  return hasSameExtras || a.entry.specifiers.some(namesPreRelease) === b.entry.specifiers.some(namesPreRelease)
}

/** The extras of both, each once, the first one's as they stand. */
export function jointExtras({ entry }: Listed, { entry: other }: Listed): readonly string[] {
  const known = new Set(entry.extras.map(normalName))
  return [...entry.extras, ...other.extras.filter((extra) => !known.has(normalName(extra)))]
}

/** What two requirements say about the version together, each thing once. */
export function jointVersions({ entry }: Listed, { entry: other }: Listed): Requirement['specifiers'] {
  return narrowest([...entry.specifiers, ...other.specifiers])
}
