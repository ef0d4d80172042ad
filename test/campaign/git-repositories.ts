/**
 * Bare repositories for tests, made by plumbing: `git fast-import` writes a commit from a list of files at once, without a
 * work tree, and takes names that no file system would. The same files give the same commit, every time.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What stands at a path: text or bytes, a program, a symbolic link, another repository's commit, or nothing any more. */
export type Content =
  | string
  | Buffer
  | { readonly program: string | Buffer }
  | { readonly link: string }
  | { readonly repository: string }
  | undefined

/** By path; as pairs where a path is no UTF-8. */
export type Files = Readonly<Record<string, Content>> | readonly (readonly [string | Buffer, Content])[]

/** Whom a test's commit is by, and when; all of it fixed unless it is given. */
export interface CommitNotes {
  readonly message?: string
  /** Seconds since 1970. */
  readonly time?: number
}

/** git of this machine, without any of the machine's settings. @returns what it wrote. @throws with what it complained of. */
export function git(folder: string, args: readonly string[], input?: Buffer | string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { env: CLEAN, encoding: 'buffer', maxBuffer: 1 << 28 } as const
    const child = execFile('git', [`--git-dir=${folder}`, ...args], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`git ${args.join(' ')}: ${stderr.toString() || error.message}`))
      else resolve(stdout)
    })
    child.stdin!.on('error', () => {})
    child.stdin!.end(input)
  })
}

/** The environment of the tests' own git: nothing of the machine's. */
export const CLEAN = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
} as const

/** An empty bare repository whose HEAD is `branch`, ready to be served. Without `git init`, which takes longer than all of this. */
export function emptyRepository(folder: string, branch = 'main'): void {
  mkdirSync(join(folder, 'objects', 'pack'), { recursive: true })
  mkdirSync(join(folder, 'refs', 'heads'), { recursive: true })
  writeFileSync(join(folder, 'HEAD'), `ref: refs/heads/${branch}\n`)
  writeFileSync(join(folder, 'config'), SERVED)
}

const SERVED = `[core]
\trepositoryformatversion = 0
\tbare = true
[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[gc]
\tauto = 0
[receive]
\tautogc = false
`

/**
 * One commit on a branch, on top of what is there: the files given are added, replaced or (`undefined`) taken away.
 * A branch that is not there begins with these files; with `from`, on that branch or commit.
 * @returns the commit's id
 */
export async function commitFiles(
  folder: string,
  branch: string,
  files: Files,
  notes: CommitNotes & { readonly from?: string } = {},
): Promise<string> {
  const ref = `refs/heads/${branch}`
  const from = notes.from ?? (existsSync(join(folder, ref)) ? ref : undefined)
  const parent = from && (await git(folder, ['rev-parse', '--verify', `${from}^0`])).toString().trim()
  const words = Buffer.from(notes.message ?? 'Change files\n')
  const who = `Test Person <person@example.com> ${notes.time ?? 1_700_000_000} +0000`
  const script: (string | Buffer)[] = [
    `commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\ndata ${words.length}\n`,
    words,
    `\n${parent ? `from ${parent}\n` : ''}`,
    ...(Array.isArray(files) ? files : Object.entries(files)).flatMap(([path, content]) => change(path, content)),
    'get-mark :1\n',
  ]
  const out = await git(folder, ['fast-import', '--quiet', '--force'], Buffer.concat(script.map(asBuffer)))
  return out.toString().trim()
}

/** A repository at `folder` with one commit of these files. @returns the commit's id */
export function makeRepository(folder: string, files: Files, branch = 'main'): Promise<string> {
  emptyRepository(folder, branch)
  return commitFiles(folder, branch, files)
}

/** All branches and the commits they point to. */
export async function branchesOf(folder: string): Promise<Record<string, string>> {
  const list = (await git(folder, ['for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/heads']))
    .toString()
    .split('\n')
    .filter((line) => line !== '')
  return Object.fromEntries(list.map((line) => line.split(' ') as [string, string]))
}

/** The bytes of a file at a branch or commit; `undefined` if there is none. */
export function fileAt(folder: string, at: string, path: string): Promise<Buffer | undefined> {
  return git(folder, ['cat-file', 'blob', `${at}:${path}`]).catch(() => undefined)
}

function change(path: string | Buffer, content: Content): readonly (string | Buffer)[] {
  const name = quoted(path)
  if (content === undefined) return [`D ${name}\n`]
  if (typeof content === 'string' || Buffer.isBuffer(content)) return inline('100644', name, content)
  if ('program' in content) return inline('100755', name, content.program)
  if ('link' in content) return inline('120000', name, content.link)
  return [`M 160000 ${content.repository} ${name}\n`]
}

function inline(mode: string, name: string, content: string | Buffer): readonly (string | Buffer)[] {
  const bytes = asBuffer(content)
  return [`M ${mode} inline ${name}\ndata ${bytes.length}\n`, bytes, '\n']
}

/** Every byte that could mean something to fast-import as an octal escape. */
function quoted(path: string | Buffer): string {
  const bytes = [...asBuffer(path)].map((byte) => {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
    return isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
  })
  return `"${bytes.join('')}"`
}

function asBuffer(content: string | Buffer): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : content
}
