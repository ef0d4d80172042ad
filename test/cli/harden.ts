import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, beforeEach } from 'vitest'

const repository = join(import.meta.dirname, '..', '..')
const bin = join(repository, 'bin', 'harden.js')
/** An ordinary user, because permissions do not bind root. */
const NOBODY = 65534
const isRoot = process.getuid?.() === 0

export const hasTerminal = spawnSync('python3', ['-c', 'import pty']).status === 0

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly bytes: Buffer
  readonly stderr: string
}

/** An empty repository, and a home of its own. Made anew for every test. */
export let project: string
let home: string

export function inTemporaryProject(): void {
  beforeAll(() => {
    if (!existsSync(join(repository, 'dist', 'cli.js'))) execFileSync('npm', ['run', 'build'], { cwd: repository })
  })
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'harden-cli-')))
    project = join(home, 'project')
    mkdirSync(project)
    execFileSync('git', ['init', '-q', project])
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))
}

export interface How {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly asNobody?: boolean
}

/** Runs the built program, as in a script: no terminal anywhere. */
export function harden(words: readonly string[], how: How = {}): Promise<Ended> {
  return run(process.execPath, [bin, ...words], how)
}

/** Runs a shell line in which `harden` is the built program. */
export function shell(line: string, how: How = {}): Promise<Ended> {
  const definition = `harden() { '${process.execPath}' '${bin}' "$@"; }`
  return run('bash', ['-c', `set -o pipefail; ${definition}; ${line}`], how)
}

/** Runs it on a terminal, and types keys once a text appears. */
export function atTerminal(words: readonly string[], waitFor: string, keys: string, how: How = {}): Promise<Ended> {
  const script = join(import.meta.dirname, 'terminal.py')
  return run('python3', [script, waitFor, keys, process.execPath, bin, ...words], how)
}

function run(
  command: string,
  words: readonly string[],
  { cwd = project, env = {}, asNobody = false }: How,
): Promise<Ended> {
  const clean = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    ...env,
  }
  const user = asNobody && isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd, env: clean, stdio: ['ignore', 'pipe', 'pipe'], ...user })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      const bytes = Buffer.concat(out)
      resolve({ code, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() })
    })
  })
}

/** Writes files of the project. */
export function write(files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(join(project, path), content)
  }
}

/** A file's bytes, or `undefined`. */
export function bytesOf(path: string): Buffer | undefined {
  return existsSync(join(project, path)) ? readFileSync(join(project, path)) : undefined
}

/** Gives the project and the home to the ordinary user. */
export function giveToNobody(...paths: readonly string[]): void {
  if (!isRoot) return
  for (const path of [home, project, ...paths.map((path) => join(project, path))]) chownSync(path, NOBODY, NOBODY)
}
