import { parseReference } from './base-images.js'
import type { Release } from './build-packages.js'

/**
 * What is known of the official images of Python: which system is under a tag, and what is in them already. Release by
 * release from the dates of Python's versions and Debian's, since a tag is built again until the next version is out
 * (`documented`, not looked up in a registry).
 */
export interface PythonImage {
  /** `full` images come with compilers and the headers of common libraries; `system`: one of Debian or Ubuntu, with its own Python. */
  readonly variant: 'slim' | 'alpine' | 'full' | 'system'
  /** The packages of PyPI it brings. */
  readonly has: readonly string[]
  /** What packages are called there; `undefined` on a release that nobody here knows. */
  readonly release: Release | undefined
}

/** The image of Python, Debian or Ubuntu a reference names, from Docker Hub or a mirror of it; `undefined` for others. */
export function pythonImage(reference: string): PythonImage | undefined {
  const { registry, repository, tag = 'latest' } = parseReference(reference)
  const name = registry === 'docker.io' ? repository : /(?:^|\/)library\/([^/]+)$/.exec(repository)?.[1]
  if (name === 'debian' || name === 'ubuntu')
    return { variant: 'system', has: ['pip', 'setuptools', 'wheel'], release: releaseOf(tag) }
  if (name !== 'python') return undefined
  const has = /^3\.(1[2-9]|[2-9]\d)/.test(tag) ? ['pip'] : ['pip', 'setuptools', 'wheel']
  if (/(^|-)alpine/.test(tag)) return { variant: 'alpine', has, release: 'alpine' }
  return { variant: /(^|-)slim(-|$)/.test(tag) ? 'slim' : 'full', has, release: debianUnder(tag) }
}

const RELEASES: readonly (readonly [RegExp, Release])[] = [
  [/^(bookworm|12)([.-]|$)/, 'bookworm'],
  [/^(trixie|13)([.-]|$)/, 'trixie'],
  [/^(jammy|22\.04)([.-]|$)/, 'jammy'],
  [/^(noble|24\.04)([.-]|$)/, 'noble'],
]

function releaseOf(tag: string): Release | undefined {
  return RELEASES.find(([pattern]) => pattern.test(tag))?.[1]
}

/** The first patch of each version whose images ended on bookworm, and the first that was only ever on trixie. */
const TURNS: Readonly<Record<string, readonly [bookworm: number, trixie: number]>> = {
  '3.7': [17, Number.POSITIVE_INFINITY],
  '3.8': [17, Number.POSITIVE_INFINITY],
  '3.9': [17, 24],
  '3.10': [12, 19],
  '3.11': [4, 14],
  '3.12': [0, 12],
  '3.13': [0, 7],
  '3.14': [Number.NEGATIVE_INFINITY, 0],
}

/** The last patch that was superseded before trixie came: what came between may stand on either. */
const LAST_ON_BOOKWORM: Readonly<Record<string, number>> = { '3.9': 22, '3.10': 17, '3.11': 12, '3.12': 10, '3.13': 5 }

function debianUnder(tag: string): Release | undefined {
  const named = /(?:^|-)(bookworm|trixie|bullseye|buster|stretch|jessie)(?:-|$)/.exec(tag)?.[1]
  if (named) return named === 'bookworm' || named === 'trixie' ? named : undefined
  const version = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(tag)
  if (!version || (version[1] === '3' && version[2] === undefined)) return 'either'
  const minor = `${version[1]}.${version[2]}`
  if (!Object.hasOwn(TURNS, minor)) return Number(version[1]) === 3 && Number(version[2]) > 14 ? 'trixie' : undefined
  const [bookworm, trixie] = TURNS[minor]!
  // A version without a patch is its last one.
  if (version[3] === undefined) return trixie === 0 ? 'trixie' : Number.isFinite(trixie) ? 'either' : 'bookworm'
  const patch = Number(version[3])
  if (patch < bookworm) return undefined
  if (patch >= trixie) return 'trixie'
  return patch > (LAST_ON_BOOKWORM[minor] ?? trixie) ? 'either' : 'bookworm'
}

/** Libraries that Python itself, or the smallest Debian or Alpine under it, loads: every image of Python has them. */
const IN_EVERY_IMAGE = new Set(
  (
    'zlib1g libbz2-1.0 liblzma5 libffi8 libssl3 libssl3t64 libsqlite3-0 libreadline8 libreadline8t64 libuuid1 libtinfo6 ' +
    'libncursesw6 libudev1 libsystemd0 libzstd1 liblz4-1 zlib libffi libssl3 libcrypto3 sqlite-libs xz-libs libbz2 ' +
    'readline ncurses-libs'
  ).split(' '),
)

/** Whether every image of Python has a package already. */
export function isInPythonImages(name: string): boolean {
  return IN_EVERY_IMAGE.has(name)
}

/** Packages of PyPI, as indexes compare names, that call a compiler while a program runs. */
export const COMPILING_AT_RUN_TIME: ReadonlySet<string> = new Set(
  'aesara brian2 cmdstanpy deepspeed pymc pymc3 pystan pytensor scikits-odes theano theano-pymc triton vllm'.split(' '),
)

/** Packages of PyPI whose wheels load the OpenMP library of the system, which comes with gcc (LightGBM#2223, zenml#2813). */
export const LOADING_OPENMP: ReadonlySet<string> = new Set(['lightgbm'])

/**
 * Headers of libraries that Python programs look up by name while they run. On Alpine that look-up needs gcc
 * (docker-library/python#111).
 */
export const LOOKED_UP_BY_NAME: ReadonlySet<string> = new Set(
  'file-dev zbar-dev cairo-dev pango-dev gdal-dev geos-dev imagemagick-dev vips-dev enchant2-dev libsndfile-dev libspatialindex-dev xmlsec-dev libdmtx-dev'.split(
    ' ',
  ),
)
