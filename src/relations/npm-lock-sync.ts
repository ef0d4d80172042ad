import type { Manifest } from '../documents/package-json.js'
import { type Lock, resolveLocked } from '../documents/package-lock.js'
import type { Evidence, Location } from '../model.js'

/** Enough to see what is wrong. */
const MOST = 5

interface Judged {
  readonly lock: Lock
  readonly npm: number | undefined
  readonly skipsPeers: boolean
  readonly found: readonly Evidence[]
}

const memo = new WeakMap<Manifest, Judged[]>()

/**
 * Why `npm ci` would refuse a manifest with its lock file, as far as reading can tell; empty where nothing speaks
 * against it. Ranges are compared as they are written: npm writes those of the manifest into the lock. Judged once.
 */
export function lockObjections(
  manifest: Manifest,
  lock: Lock,
  npm: number | undefined,
  skipsPeers: boolean,
): readonly Evidence[] {
  const judged = memo.get(manifest) ?? []
  memo.set(manifest, judged)
  const known = judged.find((each) => each.lock === lock && each.npm === npm && each.skipsPeers === skipsPeers)
  if (known) return known.found
  const found: Evidence[] = []
  for (const objection of judge(manifest, lock, npm, skipsPeers)) if (found.push(objection) >= MOST) break
  judged.push({ lock, npm, skipsPeers, found })
  return found
}

function* judge(manifest: Manifest, lock: Lock, npm: number | undefined, skipsPeers: boolean): Iterable<Evidence> {
  const at: Location = { path: lock.file.path, start: 0, end: 0 }
  if (!manifest.readable) return yield { note: 'package.json cannot be read', at: manifest.at() }
  if (lock.version === undefined) return yield { note: 'The lock file cannot be read', at }
  if (manifest.keys.has('workspaces'))
    return yield { note: 'It is a workspace: the manifests of all its packages decide', at: manifest.at('workspaces') }
  if (lock.version === 1)
    return yield { note: 'The lock file is of npm 6 and does not say what package.json asked for then', at }
  if (npm === undefined) return yield { note: 'Which npm is in the image cannot be told', at }
  if (npm < 6) return yield { note: `npm ${npm} cannot install from a lock file alone`, at }
  if (npm < 7 && lock.version === 3)
    return yield { note: `npm ${npm} of the image cannot read a lock file of version 3`, at }
  yield* disagreements(manifest, lock, at)
  yield* gaps(lock, skipsPeers || npm < 7, at)
}

/** What the manifest asks for and the lock was not made for. */
function* disagreements(manifest: Manifest, lock: Lock, at: Location): Iterable<Evidence> {
  for (const group of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
    for (const [name, spec] of manifest.groups[group]) {
      const wanted = lock.wanted.get(name)
      if (!wanted)
        yield { note: `The lock file was made before package.json asked for ${name}`, at: manifest.at(group, name) }
      else if (!wanted.includes(spec))
        yield {
          note: `package.json asks for ${name} ${spec}, and the lock file was made for ${wanted[0]}`,
          at: manifest.at(group, name),
        }
      else if (!resolveLocked(lock, name)) yield { note: `The lock file holds no ${name}`, at }
    }
  }
}

/** The first package that asks for one which the lock file does not hold. */
function* gaps(lock: Lock, skipsPeers: boolean, at: Location): Iterable<Evidence> {
  for (const { place, link, optional, needs, peers } of lock.packages.values()) {
    if (link || optional) continue
    const asked = skipsPeers ? needs : [...needs, ...peers]
    const missing = asked.find((name) => !resolveLocked(lock, name, place))
    if (missing === undefined) continue
    const who = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return yield { note: `The lock file holds no ${missing}, which ${who} asks for`, at }
  }
}
