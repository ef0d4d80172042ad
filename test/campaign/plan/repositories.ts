/** Repositories without a forge and without git's work tree, for what plans them. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { CampaignSettings } from '../../../src/campaign/model.js'
import type { Repository, TreeEntry } from '../../../src/campaign/repository.js'
import { objectName } from '../../../src/engine/patch.js'

/** What a repository is made of: bytes, or more than bytes. */
export type Content = string | Buffer | { link: string } | { program: string | Buffer } | 'submodule'

/** A repository in memory. Whatever of it is fetched is written down in `fetches`, one list for each time. */
export interface InMemory extends Repository {
  readonly fetches: string[][]
}

const SUBMODULE = 'submodule'
const refuse = async () => {
  throw new Error('a plan changes nothing')
}

export function repositoryOf(files: Readonly<Record<string, Content>>, name = 'acme/shop'): InMemory {
  const contents = new Map<string, Buffer>()
  const entries = Object.entries(files).map(([path, content]): TreeEntry => {
    if (content === SUBMODULE) return { path, isText: true, kind: 'repository', id: '1'.repeat(40) }
    const kind =
      typeof content === 'string' || Buffer.isBuffer(content) ? 'file' : 'link' in content ? 'link' : 'program'
    const bytes = bytesOf(content)
    const id = objectName(bytes, 'sha1')
    contents.set(id, bytes)
    return { path, isText: !path.includes('\uFFFD'), kind, id }
  })
  return inMemory(entries, (id) => contents.get(id), name)
}

function bytesOf(content: Exclude<Content, 'submodule'>): Buffer {
  if (Buffer.isBuffer(content)) return content
  const text = typeof content === 'string' ? content : 'link' in content ? content.link : content.program
  return Buffer.isBuffer(text) ? text : Buffer.from(text)
}

/** A commit of a repository on disk, read through git and never checked out. */
export function commitIn(folder: string, commit = 'HEAD'): InMemory {
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args], { maxBuffer: 1 << 30 })
  const listing = git('ls-tree', '-r', '-z', '--full-tree', commit).toString('latin1')
  const entries = listing
    .split('\0')
    .filter((line) => line !== '')
    .map((line): TreeEntry => {
      const [about = '', raw = ''] = line.split('\t', 2)
      const [mode, , id = ''] = about.split(' ')
      const path = Buffer.from(raw, 'latin1').toString()
      const kind =
        mode === '120000' ? 'link' : mode === '160000' ? 'repository' : mode === '100755' ? 'program' : 'file'
      return { path, isText: !path.includes('\uFFFD'), kind, id }
    })
  const blob = (id: string) => {
    try {
      return git('cat-file', 'blob', id)
    } catch {
      return undefined
    }
  }
  return inMemory(entries, blob, 'acme/corpus')
}

function inMemory(entries: TreeEntry[], read: (id: string) => Buffer | undefined, name: string): InMemory {
  const fetches: string[][] = []
  const here = new Map<string, Buffer>()
  const sorted = entries.sort((a, b) => (a.path < b.path ? -1 : 1))
  const digest = createHash('sha1').update(JSON.stringify(sorted)).digest('hex')
  return {
    address: { kind: 'remote', forge: 'github', origin: 'https://github.com', name },
    base: { branch: 'main', commit: digest, time: 1_750_000_000 },
    entries: sorted,
    fetches,
    blobs: async (ids) => {
      const missing = ids.filter((id) => !here.has(id))
      if (missing.length > 0) fetches.push([...missing])
      for (const id of missing) {
        const bytes = read(id)
        if (bytes) here.set(id, bytes)
      }
      return new Map(ids.flatMap((id) => (here.has(id) ? [[id, here.get(id)!] as const] : [])))
    },
    entriesAt: refuse,
    commit: refuse,
    tip: async () => undefined,
    push: refuse,
    deleteBranch: refuse,
    close: async () => {},
  }
}

/** What the files of a folder would be as a commit. */
export function folderAsCommit(folder: string): InMemory {
  const files: Record<string, Content> = {}
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name)
    const path = relative(folder, full)
    if (entry.isSymbolicLink()) files[path] = { link: readlinkSync(full) }
    else if (entry.isFile())
      files[path] = statSync(full).mode & 0o100 ? { program: readFileSync(full) } : readFileSync(full)
  }
  return repositoryOf(files)
}

/** Settings of a campaign; what a test is about is said besides. */
export function settingsWith(some: Partial<CampaignSettings> = {}): CampaignSettings {
  return {
    id: 'spring',
    name: 'Spring cleaning',
    level: 'review',
    grouping: 'safe-together',
    options: {},
    draft: false,
    labels: [],
    reviewers: [],
    codeowners: false,
    commits: 'git',
    author: { name: 'Ada', email: 'ada@example.com' },
    limits: { gap: 1, notifyingGap: 3, perMinute: 40, perHour: { start: 60, step: 10, most: 400 } },
    waves: [],
    stopLoss: { checksFailed: 0.2, closed: 0.2 },
    ...some,
  }
}
