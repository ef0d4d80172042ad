import { parseReference } from './base-images.js'

/**
 * Which npm comes with which Node, and which Node is behind the names of releases. From the release schedule and the
 * index of downloads of Node.js (nodejs.org/dist/index.json); of a line's releases the first counts.
 */

/** The names of long-term releases that tags of images use. */
const NAMES: Readonly<Record<string, number>> = {
  argon: 4,
  boron: 6,
  carbon: 8,
  dubnium: 10,
  erbium: 12,
  fermium: 14,
  gallium: 16,
  hydrogen: 18,
  iron: 20,
  jod: 22,
  krypton: 24,
}

/** From this Node on, this npm. */
const NPM: readonly (readonly [node: number, npm: number])[] = [
  [24, 11],
  [20, 10],
  [18, 8],
  [15, 7],
  [10, 6],
  [8, 5],
  [0, 3],
]

/** What tags without a version stand for is never older than this. */
const NEWEST_AT_LEAST = 24

const IMAGES = /^(node|library\/node|docker\/library\/node|bitnami\/node|mhart\/alpine-node|circleci\/node|cimg\/node)$/

/** The major version of Node in an image of Node; `undefined` for every other image. */
export function nodeMajor(reference: string): number | undefined {
  const { repository, tag = 'latest' } = parseReference(reference)
  if (!IMAGES.test(repository)) return undefined
  const number = /^v?(\d+)/.exec(tag)?.[1]
  if (number !== undefined) return Number(number)
  const [name = ''] = tag.split('-')
  return Object.hasOwn(NAMES, name) ? NAMES[name] : NEWEST_AT_LEAST
}

/** The oldest npm that a Node of this major version brings. */
export function npmOfNode(major: number): number {
  return NPM.find(([node]) => major >= node)![1]
}
