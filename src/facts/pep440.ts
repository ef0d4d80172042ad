/**
 * Which versions a Python version specifier admits (PEP 440), as far as it can be told without an index. A set of
 * specifiers becomes ranges on the line of all versions; two sets are compared by their ranges.
 */

export interface Specifier {
  readonly operator: string
  readonly version: string
}

/** Whether to ask for both is the same as to ask for `narrow` alone; `false` too where that cannot be told. */
export function implies(narrow: readonly Specifier[], wide: readonly Specifier[]): boolean {
  const said = new Set(narrow.map(spelling))
  const rest = wide.filter((specifier) => !said.has(spelling(specifier)))
  if (rest.length === 0) return true
  const own = rangesOf(narrow)
  const other = rangesOf(rest)
  if (!own || !other) return false
  // A specifier that names a pre-release lets pre-releases in for the package, and one that pins a version lets in a
  // release that its author has withdrawn: neither may go with the line that says it.
  if (rest.some(namesPreRelease) && !narrow.some(namesPreRelease)) return false
  if (rest.some(pins) && !narrow.some(pins)) return false
  const both = intersect(own, other)
  return both.length === own.length && both.every((range, i) => same(range, own[i]!))
}

/** Whether some version can satisfy both; `undefined` where that cannot be told. */
export function compatible(a: readonly Specifier[], b: readonly Specifier[]): boolean | undefined {
  const left = rangesOf(a)
  const right = rangesOf(b)
  return left && right && intersect(left, right).length > 0
}

/** The specifiers without those that the others imply. */
export function narrowest<S extends Specifier>(specifiers: readonly S[]): readonly S[] {
  return specifiers.reduceRight<readonly S[]>((kept, specifier) => {
    const others = kept.filter((other) => other !== specifier)
    return others.length > 0 && implies(others, [specifier]) ? others : kept
  }, specifiers)
}

/** A point on the line of versions; compared piece by piece, a missing piece being the lowest. */
interface Point {
  readonly epoch: bigint
  readonly release: readonly bigint[]
  readonly rest: readonly Piece[]
}

type Piece = bigint | number | string

/** From `low` up to, but without, `high`. */
interface VersionRange {
  readonly low: Point
  readonly high: Point
}

/** There is no version before `0.dev0`. */
const LOWEST = firstOf({ epoch: 0n, release: [0n] })
const HIGHEST: Point = { epoch: 10n ** 100n, release: [], rest: [] }

interface Version {
  readonly epoch: bigint
  readonly release: readonly bigint[]
  readonly pre: readonly [rank: number, n: bigint] | undefined
  readonly post: bigint | undefined
  readonly dev: bigint | undefined
  readonly local: readonly string[] | undefined
}

const VERSION =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|([-_.]?(?:post|rev|r)[-_.]?(\d*)))?([-_.]?dev[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/i

function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text)
  if (!match) return undefined
  const [, epoch, release, pre, preN, implicitPost, post, postN, dev, devN, local] = match
  return {
    epoch: BigInt(epoch ?? 0),
    release: release!.split('.').map(BigInt),
    pre: pre ? [/^a/i.test(pre) ? 0 : /^b/i.test(pre) ? 1 : 2, BigInt(preN || 0)] : undefined,
    post: implicitPost ? BigInt(implicitPost) : post ? BigInt(postN || 0) : undefined,
    dev: dev ? BigInt(devN || 0) : undefined,
    local: local?.toLowerCase().split(/[-_.]/),
  }
}

const FINAL = 3

function pointOf({ epoch, release, pre, post, dev, local = [] }: Version): Point {
  const [rank, n] = pre ?? [dev !== undefined && post === undefined ? -1 : FINAL, 0n]
  const locals = local.flatMap((part): Piece[] => (/^\d+$/.test(part) ? [1, BigInt(part)] : [0, part]))
  return { epoch, release, rest: [rank, n, post ?? -1, dev ?? Number.POSITIVE_INFINITY, ...locals] }
}

function afterLocals(version: Version): Point {
  const point = pointOf(version)
  return { ...point, rest: [...point.rest, 2] }
}

function afterPosts({ epoch, release }: Version): Point {
  return { epoch, release, rest: [FINAL, 0n, Number.POSITIVE_INFINITY] }
}

/** The very first version of a release: its `.dev0`. */
function firstOf({ epoch, release }: Pick<Version, 'epoch' | 'release'>): Point {
  return { epoch, release, rest: [-1, 0n, -1, 0n] }
}

/** The first version behind all that begin with this release. */
function firstBehind(epoch: bigint, prefix: readonly bigint[]): Point {
  return firstOf({ epoch, release: [...prefix.slice(0, -1), prefix.at(-1)! + 1n] })
}

function isFinal({ pre, post, dev, local }: Version): boolean {
  return pre === undefined && post === undefined && dev === undefined && local === undefined
}

/** Nobody writes more about one package; who does wants to keep us busy. */
const MOST_SPECIFIERS = 32

function rangesOf(specifiers: readonly Specifier[]): readonly VersionRange[] | undefined {
  if (specifiers.length > MOST_SPECIFIERS) return undefined
  let result: readonly VersionRange[] = [{ low: LOWEST, high: HIGHEST }]
  for (const specifier of specifiers) {
    const own = rangesOfOne(specifier)
    if (!own) return undefined
    result = intersect(result, own)
  }
  return result
}

function rangesOfOne({ operator, version: text }: Specifier): readonly VersionRange[] | undefined {
  const isPrefix = text.endsWith('.*')
  const version = parseVersion(isPrefix ? text.slice(0, -2) : text)
  if (!version) return undefined
  const { epoch, release, local } = version
  if (operator === '==' || operator === '!=') {
    if (isPrefix && !isFinal(version)) return undefined
    const low = isPrefix ? firstOf(version) : pointOf(version)
    const high = isPrefix ? firstBehind(epoch, release) : local ? justAfter(low) : afterLocals(version)
    if (operator === '==') return [{ low, high }]
    return [
      { low: LOWEST, high: low },
      { low: high, high: HIGHEST },
    ]
  }
  if (isPrefix || local) return undefined
  switch (operator) {
    case '>=':
      return [{ low: pointOf(version), high: HIGHEST }]
    case '<=':
      return [{ low: LOWEST, high: afterLocals(version) }]
    case '~=':
      return release.length < 2
        ? undefined
        : [{ low: pointOf(version), high: firstBehind(epoch, release.slice(0, -1)) }]
    // Releases of pip differ over what `>` and `<` leave out next to a pre-release or a post-release.
    case '>':
      return isFinal(version) ? [{ low: afterPosts(version), high: HIGHEST }] : undefined
    case '<':
      return isFinal(version) ? [{ low: LOWEST, high: firstOf(version) }] : undefined
    default:
      return undefined
  }
}

function justAfter(point: Point): Point {
  return { ...point, rest: [...point.rest, -1] }
}

function intersect(a: readonly VersionRange[], b: readonly VersionRange[]): readonly VersionRange[] {
  return a
    .flatMap((left) => b.map((right) => ({ low: later(left.low, right.low), high: earlier(left.high, right.high) })))
    .filter(({ low, high }) => compare(low, high) < 0)
}

function same(a: VersionRange, b: VersionRange): boolean {
  return compare(a.low, b.low) === 0 && compare(a.high, b.high) === 0
}

function later(a: Point, b: Point): Point {
  return compare(a, b) < 0 ? b : a
}

function earlier(a: Point, b: Point): Point {
  return compare(a, b) < 0 ? a : b
}

function compare(a: Point, b: Point): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1
  for (let i = 0; i < Math.max(a.release.length, b.release.length); i++) {
    const left = a.release[i] ?? 0n
    const right = b.release[i] ?? 0n
    if (left !== right) return left < right ? -1 : 1
  }
  for (let i = 0; i < Math.max(a.rest.length, b.rest.length); i++) {
    const left = a.rest[i]
    const right = b.rest[i]
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1
    // biome-ignore lint/suspicious/noDoubleEquals: 1n and 1 are the same piece
    if (left != right) return left < right ? -1 : 1
  }
  return 0
}

/** Whether it names a pre-release, and so lets pre-releases in. */
export function namesPreRelease({ operator, version: text }: Specifier): boolean {
  const version = parseVersion(text)
  return operator !== '!=' && version !== undefined && (version.pre !== undefined || version.dev !== undefined)
}

function pins({ operator, version }: Specifier): boolean {
  return operator === '===' || (operator === '==' && !version.endsWith('.*'))
}

function spelling({ operator, version }: Specifier): string {
  return `${operator}${version.toLowerCase()}`
}
