import type { SourceFile } from '../model.js'
import { GROUPS, isObject, parseJson, stringsOf } from './package-json.js'

/** One installed package of a lock file. */
export interface Locked {
  /** Where it goes, e.g. `node_modules/a/node_modules/b`. */
  readonly place: string
  /** Whether only packages for developers ask for it. */
  readonly dev: boolean
  readonly optional: boolean
  /** Whether it is a link to a folder of the project. */
  readonly link: boolean
  /** Whether it runs a script when it is installed. */
  readonly hasInstallScript: boolean
  /** The programs it brings. */
  readonly programs: readonly string[]
  /** What it asks for, by name: npm wants every one in the lock, those too that one system alone can use. */
  readonly needs: readonly string[]
  /** What it asks its surroundings for, those left out that it can do without. */
  readonly peers: readonly string[]
}

/** A `package-lock.json` or `npm-shrinkwrap.json`. */
export interface Lock {
  readonly file: SourceFile
  /** 1 to 3; `undefined` if it cannot be read. */
  readonly version: number | undefined
  /** What the manifest asked for when the lock was written, by name; a package may be in several groups. */
  readonly wanted: ReadonlyMap<string, readonly string[]>
  readonly packages: ReadonlyMap<string, Locked>
}

/** Lock files of thousands of packages are megabytes long. */
const LARGEST = 20 << 20

const memo = new WeakMap<SourceFile, Lock>()

/** Reads a lock file of npm. Never throws. Read once per file. */
export function parseLock(file: SourceFile): Lock {
  const known = memo.get(file) ?? read(file)
  memo.set(file, known)
  return known
}

function read(file: SourceFile): Lock {
  const value = parseJson(file.text, LARGEST)
  const version = value?.lockfileVersion
  const packages = isObject(value?.packages) ? value.packages : {}
  const root = Object.hasOwn(packages, '') && isObject(packages['']) ? packages[''] : {}
  return {
    file,
    version: version === 1 || version === 2 || version === 3 ? version : undefined,
    wanted: wantedBy(root),
    packages: new Map(
      Object.entries(packages).flatMap(([place, entry]) =>
        place !== '' && isObject(entry) ? [[place, lockedOf(place, entry)] as const] : [],
      ),
    ),
  }
}

function wantedBy(root: Readonly<Record<string, unknown>>): ReadonlyMap<string, readonly string[]> {
  const wanted = new Map<string, string[]>()
  for (const [name, spec] of GROUPS.flatMap((group) => [...stringsOf(root[group])])) {
    const known = wanted.get(name)
    if (known) known.push(spec)
    else wanted.set(name, [spec])
  }
  return wanted
}

function lockedOf(place: string, entry: Readonly<Record<string, unknown>>): Locked {
  const meta = isObject(entry.peerDependenciesMeta) ? entry.peerDependenciesMeta : {}
  const isSpared = (name: string) => {
    const own = Object.hasOwn(meta, name) ? meta[name] : undefined
    return isObject(own) && own.optional === true
  }
  const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
  return {
    place,
    dev: entry.dev === true,
    optional: entry.optional === true,
    link: entry.link === true,
    hasInstallScript: entry.hasInstallScript === true,
    programs:
      typeof entry.bin === 'string' ? [name.slice(name.lastIndexOf('/') + 1)] : [...stringsOf(entry.bin).keys()],
    needs: [...stringsOf(entry.dependencies).keys(), ...stringsOf(entry.optionalDependencies).keys()],
    peers: [...stringsOf(entry.peerDependencies).keys()].filter((peer) => !isSpared(peer)),
  }
}

/** The package that code at a place of `node_modules` gets when it asks for a name: the nearest one at or above it. */
export function resolveLocked({ packages }: Lock, name: string, from = ''): Locked | undefined {
  for (let folder: string | undefined = from; folder !== undefined; folder = folderAbove(folder)) {
    const found = packages.get(folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`)
    if (found) return found
  }
  return undefined
}

function folderAbove(folder: string): string | undefined {
  if (folder === '') return undefined
  const last = folder.lastIndexOf('node_modules/')
  return last <= 0 ? '' : folder.slice(0, last - 1)
}
