/** What is in an image, read from the archive that `export` writes: no shell in the image is needed, and nothing runs. */
import type { Writable } from 'node:stream'
import { extract, type Headers } from 'tar-stream'
import { isElf, LARGEST_ELF, neededLibraries } from './elf.js'

export interface FileEntry {
  readonly type: 'file' | 'directory' | 'link' | 'other'
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Bytes. */
  readonly size: number
}

/** A package of the system or of a language, by manager and name. */
export interface InstalledPackage {
  readonly manager: 'dpkg' | 'apk' | 'pip' | 'npm'
  readonly name: string
  readonly version: string
  /** The names of what it asks for itself; only pip tells. */
  readonly requires: readonly string[]
}

export interface ImageFiles {
  /** By absolute path. */
  readonly entries: ReadonlyMap<string, FileEntry>
  readonly packages: readonly InstalledPackage[]
  /** Shared libraries that programs or libraries ask for and that are nowhere in the image, with those that ask. */
  readonly missingLibraries: ReadonlyMap<string, readonly string[]>
  /** The interpreters of the places that hold Python packages. */
  readonly pythons: readonly string[]
}

const DPKG = /^\/var\/lib\/dpkg\/(status|status\.d\/[^/]+)$/
const APK = /^\/(usr\/)?lib\/apk\/db\/installed$/
const PIP = /^(\/.*)\/(?:site|dist)-packages\/[^/]+\.(?:dist-info\/METADATA|egg-info(?:\/PKG-INFO)?)$/
const NPM = /^\/(?!.*\/node_modules\/.*\/node_modules\/).*\/node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/
const LARGEST_TEXT = 16 << 20

/** Reads the files of one archive. `sink` takes its bytes; `done` gives the result once all have come. */
export function fileCollector(): { readonly sink: Writable; readonly done: () => Promise<ImageFiles> } {
  const entries = new Map<string, FileEntry>()
  const packages: InstalledPackage[] = []
  const needed = new Map<string, string[]>()
  const binaries = new Set<string>()
  const archive = extract()
  const finished = new Promise<void>((resolve, reject) => {
    archive.on('finish', resolve)
    archive.on('error', reject)
  })
  archive.on('entry', (header, stream, next) => {
    const path = absolute(header.name)
    entries.set(path, entryOf(header))
    const isText = DPKG.test(path) || APK.test(path) || PIP.test(path) || NPM.test(path)
    const limit = isText ? LARGEST_TEXT : header.type === 'file' ? LARGEST_ELF : 0
    const chunks: Buffer[] = []
    let isWanted = limit > 0 && (header.size ?? 0) <= limit && (header.size ?? 0) > 0
    stream.on('data', (chunk: Buffer) => {
      if (isWanted && chunks.length === 0 && !isText && !isElf(chunk)) isWanted = false
      if (isWanted) chunks.push(chunk)
    })
    stream.on('end', () => {
      if (isWanted && isText) packages.push(...packagesIn(path, Buffer.concat(chunks).toString('utf8')))
      else if (isWanted) {
        binaries.add(path)
        for (const name of neededLibraries(Buffer.concat(chunks))) needed.set(name, [...(needed.get(name) ?? []), path])
      }
      next()
    })
    stream.on('error', next)
  })
  return {
    sink: archive,
    done: async () => {
      await finished
      return {
        entries,
        packages: sorted(packages),
        missingLibraries: missingIn(entries, binaries, needed),
        pythons: pythonsIn(entries),
      }
    },
  }
}

function absolute(name: string): string {
  return `/${name.replace(/^(\.?\/)+/, '').replace(/\/$/, '')}`
}

function entryOf({ type, mode = 0, uid = 0, gid = 0, size = 0 }: Headers): FileEntry {
  const kind =
    type === 'directory'
      ? 'directory'
      : type === 'symlink'
        ? 'link'
        : type === 'file' || type === 'link'
          ? 'file'
          : 'other'
  return { type: kind, mode: mode & 0o7777, uid, gid, size }
}

/**
 * Where the loader looks is its own business; a library that is nowhere at all it cannot find. A text that bears a library's
 * name serves whoever links programs, and is none.
 */
function missingIn(
  entries: ReadonlyMap<string, FileEntry>,
  binaries: ReadonlySet<string>,
  needed: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
  const names = new Set<string>()
  for (const [path, { type }] of entries) if (type === 'link' || binaries.has(path)) names.add(nameOf(path))
  return new Map([...needed].filter(([name]) => !names.has(nameOf(name))))
}

/** `/usr/local/lib/python3.12/site-packages/…` belongs to `/usr/local/bin/python3.12`. */
function pythonsIn(entries: ReadonlyMap<string, FileEntry>): readonly string[] {
  const found = new Set<string>()
  for (const path of entries.keys()) {
    const [, prefix, version] =
      /^(.*)\/lib\/(python[\d.]+)\/(?:site|dist)-packages\/[^/]+\.dist-info(?:\/|$)/.exec(path) ?? []
    if (prefix === undefined) continue
    const program = [`${prefix}/bin/${version}`, `${prefix}/bin/python3`, `${prefix}/bin/python`].find((each) =>
      entries.has(each),
    )
    if (program) found.add(program)
  }
  return [...found].sort()
}

function packagesIn(path: string, text: string): readonly InstalledPackage[] {
  if (DPKG.test(path))
    return paragraphs(text).flatMap((fields) => packageOf('dpkg', fields.get('Package'), fields.get('Version')))
  if (APK.test(path)) return paragraphs(text).flatMap((fields) => packageOf('apk', fields.get('P'), fields.get('V')))
  if (PIP.test(path)) return pythonPackage(text)
  return nodePackage(text)
}

function packageOf(
  manager: InstalledPackage['manager'],
  name: string | undefined,
  version = '',
  requires: readonly string[] = [],
): readonly InstalledPackage[] {
  return name ? [{ manager, name, version, requires }] : []
}

/** Blank lines part the packages, `Name: value` says what one is. */
function paragraphs(text: string): readonly ReadonlyMap<string, string>[] {
  return text.split(/\n\s*\n/).map((part) => {
    const fields = part.split('\n').flatMap((line): [string, string][] => {
      const [, name, value] = /^([A-Za-z-]+):\s*(.*)$/.exec(line) ?? []
      return name === undefined ? [] : [[name, value!]]
    })
    return new Map(fields)
  })
}

function pythonPackage(text: string): readonly InstalledPackage[] {
  const head = text.split(/\n\s*\n/, 1)[0]!
  const [fields] = paragraphs(head)
  const requires = [...head.matchAll(/^Requires-Dist:\s*([\w.-]+)/gm)].map(([, name]) => normalized(name!))
  const name = fields?.get('Name')
  return packageOf('pip', name && normalized(name), fields?.get('Version'), requires)
}

/** As PEP 503 compares names. */
export function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

function nodePackage(text: string): readonly InstalledPackage[] {
  try {
    const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown }
    return packageOf('npm', typeof name === 'string' ? name : undefined, typeof version === 'string' ? version : '')
  } catch {
    return []
  }
}

function sorted(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const keyed = packages.map((each) => [`${each.manager} ${each.name}`, each] as const)
  return [...new Map(keyed).entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
}
