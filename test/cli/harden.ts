import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process'
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
import xterm from '@xterm/headless'
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
export async function atTerminal(
  words: readonly string[],
  waitFor: string,
  keys: string,
  how: How = {},
): Promise<Ended> {
  const terminal = Terminal.open(words, how)
  if (await terminal.isShown(waitFor)) terminal.types(keys)
  return terminal.ended()
}

/** Starts it, as in a script, for whoever wants to send it a signal. */
export function started(words: readonly string[], how: How = {}): Running {
  return start(process.execPath, [bin, ...words], how)
}

export interface Running {
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<Ended>
}

function run(command: string, words: readonly string[], how: How): Promise<Ended> {
  return start(command, words, how).ended
}

function start(command: string, words: readonly string[], { cwd = project, env = {}, asNobody = false }: How): Running {
  const clean = environment(env)
  const user = asNobody && isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const child = spawn(command, words, { cwd, env: clean, stdio: ['ignore', 'pipe', 'pipe'], ...user })
  const ended = new Promise<Ended>((resolve, reject) => {
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
  return { kill: (signal) => void child.kill(signal), ended }
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

function environment(env: How['env']): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    ...env,
  }
}

/** The program on a terminal of its own, which is a real one to it: what is on the screen is what a person would see. */
export class Terminal {
  readonly #screen: xterm.Terminal
  readonly #bytes: Buffer[] = []
  readonly #code: Promise<number | null>
  #changed: () => void = () => {}

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    columns: number,
    rows: number,
  ) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
    child.stdout.on('data', (chunk: Buffer) => {
      this.#bytes.push(chunk)
      this.#screen.write(chunk, () => this.#changed())
    })
    child.stderr.on('data', (chunk: Buffer) => this.#bytes.push(chunk))
    this.#code = new Promise((resolve) => {
      child.on('close', (code) => {
        resolve(code)
        this.#changed()
      })
    })
  }

  static open(words: readonly string[], { cwd = project, env = {}, columns = 80, rows = 24 }: OnScreen = {}): Terminal {
    const script = join(import.meta.dirname, 'terminal.py')
    const command = [script, `${columns}`, `${rows}`, process.execPath, bin, ...words]
    return new Terminal(spawn('python3', command, { cwd, env: environment(env) }), columns, rows)
  }

  /** The lines of the screen. */
  lines(): readonly string[] {
    const { active } = this.#screen.buffer
    return Array.from(
      { length: this.#screen.rows },
      (_, i) => active.getLine(active.viewportY + i)?.translateToString(true) ?? '',
    )
  }

  /** All that is on the screen. */
  text(): string {
    return this.lines().join('\n').trimEnd()
  }

  /** Waits until the screen shows a text, and has been still for a moment. */
  async shows(wanted: string | RegExp): Promise<string> {
    if (await this.isShown(wanted)) return this.text()
    throw new Error(`${wanted} is not shown, but:\n${this.text()}`)
  }

  /** Waits likewise; false if the program ends, or time is up, without showing it. */
  async isShown(wanted: string | RegExp): Promise<boolean> {
    const isThere = () => (typeof wanted === 'string' ? this.text().includes(wanted) : wanted.test(this.text()))
    const end = Date.now() + 20_000
    while (Date.now() < end && this.child.exitCode === null) {
      if (isThere()) {
        const before = this.#bytes.length
        // What is typed before a frame is painted through is dropped.
        await new Promise((resolve) => setTimeout(resolve, 80))
        if (this.#bytes.length === before) return true
        continue
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200)
        this.#changed = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return isThere()
  }

  types(keys: string): void {
    this.child.stdin.write(`${JSON.stringify({ keys })}\n`)
  }

  /** Waits until nothing more is drawn. */
  async still(): Promise<void> {
    for (let before = -1; before !== this.#bytes.length; ) {
      before = this.#bytes.length
      await new Promise((resolve) => setTimeout(resolve, 120))
    }
  }

  /** Types keys and waits for what they lead to. */
  async gives(keys: string, wanted: string | RegExp): Promise<string> {
    this.types(keys)
    await new Promise((resolve) => setTimeout(resolve, 60))
    return this.shows(wanted)
  }

  resizes(columns: number, rows: number): void {
    this.#screen.resize(columns, rows)
    this.child.stdin.write(`${JSON.stringify({ size: [columns, rows] })}\n`)
  }

  async ended(): Promise<Ended> {
    const code = await this.#code
    const bytes = Buffer.concat(this.#bytes)
    return { code, bytes, stdout: bytes.toString(), stderr: '' }
  }
}

export interface OnScreen extends How {
  readonly columns?: number
  readonly rows?: number
}
