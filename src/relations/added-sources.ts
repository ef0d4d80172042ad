import { posix } from 'node:path'
import type { Dockerfile, Instruction } from '../documents/dockerfile.js'
import type { Path, Project } from '../model.js'
import { buildGraph } from './build-graph.js'

/**
 * What ADD does with a source: `plain` files and folders it copies, as COPY would; `more` is what it fetches or unpacks;
 * `unknown` is made outside the repository, under a name that does not tell.
 */
export type Added = 'plain' | 'more' | 'unknown'

const REMOTE = /^[a-z][a-z\d+.-]*:\/\/|^[\w.-]+@[\w.-]+:|^github\.com\//i

/** Names under which archives go. What is only compressed is not unpacked, but its name does not tell that. */
const ARCHIVE = /\.(tar|tgz|tbz2?|txz|tlz|tzst|taz|gz|bz2|xz|zst|lzma|lz|z)$/i

/** Names that no tape archive has; a zip or jar is not unpacked. */
const NO_ARCHIVE = new RegExp(
  `\\.(${[
    'jar war ear zip whl egg deb rpm apk so dll exe class wasm phar gem nupkg',
    'txt md rst json ya?ml toml ini cfg conf cnf config env properties xml xsl html? css s[ac]ss less csv tsv sql db sqlite3?',
    'sh bash zsh bat ps1 py pl pm psgi rb php lua js mjs cjs jsx ts tsx vue go rs java kt scala clj cs fs vb c cc cpp h hh hpp',
    'swift dart ex exs erl hs ml nim cr d r jl groovy gradle template tmpl tpl service cron list repo lock mod sum cabal pro',
    'pem crt cer key pub asc gpg p12 jks keystore',
    'png jpe?g gif ico svg webp woff2? ttf otf eot mp[34] wav pdf',
  ]
    .join(' ')
    .replaceAll(' ', '|')})$`,
  'i',
)

/** What ADD does with one of its sources, judged by what stands in the contexts, else by its name. */
export function addedBy(document: Dockerfile, add: Instruction, source: string, project: Project): Added {
  const written = source.replace(/^(["'])(.*)\1$/, '$2')
  if (REMOTE.test(written)) return 'more'
  const path = document.expand(written, add)
  // What a build argument brings could be a URL; where the word does not begin with it, it cannot.
  if (path === undefined) return !written.startsWith('$') && isTold(written) ? 'plain' : 'more'
  if (REMOTE.test(path) || ARCHIVE.test(path)) return 'more'
  if (isTold(written)) return 'plain'
  if (path !== written) return 'unknown'
  const found = buildGraph(project)
    .contextsOf(document.file.path)
    .map((context) => standing(context, path, project))
  return found.find((kind) => kind !== 'plain') ?? 'plain'
}

/** Whether the end of a name tells that it is no archive: a folder, or a file of a known kind. */
function isTold(name: string): boolean {
  return /(^|\/)\.{0,2}$/.test(name) || NO_ARCHIVE.test(name)
}

interface Folder {
  readonly files: readonly string[]
  readonly folders: ReadonlySet<string>
}

const memo = new WeakMap<readonly Path[], ReadonlyMap<Path, Folder>>()

/** The folders of a project with what is right in them. Worked out once per list of paths. */
function foldersOf({ paths }: Project): ReadonlyMap<Path, Folder> {
  const known = memo.get(paths)
  if (known) return known
  const folders = new Map<Path, { files: string[]; folders: Set<string> }>()
  const folder = (path: Path) => {
    const old = folders.get(path)
    if (old) return old
    const made = { files: [], folders: new Set<string>() }
    folders.set(path, made)
    if (path !== '.') folder(posix.dirname(path)).folders.add(posix.basename(path))
    return made
  }
  for (const path of paths) folder(posix.dirname(path)).files.push(posix.basename(path))
  memo.set(paths, folders)
  return folders
}

/** What stands at a path of a context, patterns in its last part included. */
function standing(context: Path, path: string, project: Project): Added {
  const full = posix.join(context, path.replace(/^\/+/, ''))
  const name = posix.basename(full)
  const around = foldersOf(project).get(posix.dirname(full))
  if (full.startsWith('..') || !around) return 'unknown'
  const fits = matcher(name)
  if (!fits) return 'unknown'
  const files = around.files.filter(fits)
  if (files.length === 0) return [...around.folders].some(fits) ? 'plain' : 'unknown'
  if (files.some((file) => ARCHIVE.test(file))) return 'more'
  const isPlain = (file: string) =>
    NO_ARCHIVE.test(file) || isText(project.read(posix.join(posix.dirname(full), file))?.text)
  return files.every(isPlain) ? 'plain' : 'unknown'
}

/** A pattern of Go's `filepath.Match`, if it is simple enough to be sure of. */
function matcher(pattern: string): ((name: string) => boolean) | undefined {
  if (!/[*?[\\]/.test(pattern)) return (name) => name === pattern
  if (/[[\\]/.test(pattern) || pattern.split('*').length > 4) return undefined
  const regex = new RegExp(
    `^${pattern
      .replace(/[.+^${}()|]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  )
  return (name) => regex.test(name)
}

/** Text that is itself, and not what Git LFS leaves in the place of a large file. */
function isText(text: string | undefined): boolean {
  return text !== undefined && !text.startsWith('version https://git-lfs.')
}
