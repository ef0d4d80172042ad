/** The real program against a forge that holds every request against GitHub's own description, killed at every entry of its journal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readJournal } from '../../../src/campaign/publish/journal.js'
import { type FakeGithub, startGithub } from '../forges/github-fake.js'

const PROGRAM = join(import.meta.dirname, '../../../bin/harden.js')
const DOCKERFILE = 'FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCMD ["curl"]\n'

/** A run over one repository writes so many entries: of itself, of a push, of a pull request, of its labels, of where it stands. */
const ENTRIES = 8
const NAMES = Array.from({ length: ENTRIES + 1 }, (_, k) => `acme/r${k}`)

let github: FakeGithub
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'harden-kill-'))
  github = await startGithub({
    repositories: Object.fromEntries(NAMES.map((name) => [name, { Dockerfile: DOCKERFILE }])),
  })
})

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await github.dispose()
})

function start(...words: string[]): ChildProcess {
  const env = { PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: join(folder, 'state'), TEST_TOKEN: github.token }
  return spawn(process.execPath, [PROGRAM, ...words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function harden(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = start(...words)
  const text = { out: '', err: '' }
  child.stdout!.on('data', (piece) => {
    text.out += piece
  })
  child.stderr!.on('data', (piece) => {
    text.err += piece
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, ...text }
}

/** Applies, and kills the process as soon as its journal has so many entries. */
async function killedAt(dir: string, entries: number): Promise<void> {
  const child = start('campaign', 'apply', dir, '--yes')
  const ended = once(child, 'close')
  const journal = join(folder, dir, 'journal.ndjson')
  const watch = setInterval(() => {
    const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 1 : 0
    if (lines >= entries) child.kill('SIGKILL')
  }, 1)
  await ended
  clearInterval(watch)
}

function campaignOf(names: readonly string[]): string {
  return JSON.stringify({
    name: 'Kill',
    repositories: names.map((name) => `${github.origin}/${name}`),
    forges: [{ origin: github.origin, kind: 'github', api: github.api, token: 'TEST_TOKEN' }],
    'pull-request': { labels: ['hardening'] },
    limits: { gap: 0, 'notifying-gap': 0, 'per-minute': 1000, 'per-hour': { start: 1000, most: 1000 } },
  })
}

/** What was changed at the forge, pushes included. */
function changes(): number {
  const pushes = github.git.requests.filter(
    ({ path, method }) => method === 'POST' && path.endsWith('git-receive-pack'),
  )
  return github.seen.filter(({ isContent }) => isContent).length + pushes.length
}

describe('apply', () => {
  it('killed at each entry of its journal opens each pull request once', async () => {
    for (const [k, name] of NAMES.entries()) {
      const dir = `plan-${k}`
      writeFileSync(join(folder, `${k}.json`), campaignOf([name]))
      expect(await harden('campaign', 'plan', `${k}.json`, '--out', dir)).toMatchObject({ code: 0 })
      if (k > 0) await killedAt(dir, k)
      const second = await harden('campaign', 'apply', dir, '--yes')
      expect(second).toMatchObject({ code: 0, out: expect.stringContaining('1 open') })

      const pulls = await github.pulls(name)
      expect(pulls).toMatchObject([{ state: 'open', labels: ['hardening'], base: 'main' }])
      const text = await github.git.file(name, pulls[0]!.head, 'Dockerfile')
      expect(text!.toString()).toContain('/var/lib/apt/lists')

      const before = changes()
      expect((await harden('campaign', 'apply', dir, '--yes')).code).toBe(0)
      expect(changes()).toBe(before)
    }
    expect(github.violations).toEqual([])
  }, 180_000)

  it('writes no token down', async () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(NAMES.length)
    const secret = Buffer.from(`x-access-token:${github.token}`).toString('base64')
    for (const { parentPath, name } of files) {
      const text = readFileSync(join(parentPath, name), 'latin1')
      expect(text).not.toContain(github.token)
      expect(text).not.toContain(secret)
    }
    const { out, err } = await harden('campaign', 'status', 'plan-0', '--format', 'json')
    expect(JSON.parse(out)).toMatchObject({ summary: { open: 1 } })
    expect(out + err).not.toContain(github.token)
  })

  it('stops at a signal between two requests, and says so', async () => {
    await github.git.add('acme/signal', { Dockerfile: DOCKERFILE })
    github.mention('acme/signal')
    writeFileSync(join(folder, 'signal.json'), campaignOf(['acme/signal']))
    await harden('campaign', 'plan', 'signal.json', '--out', 'plan-signal')
    github.fault({ kind: 'slow', milliseconds: 300, on: /^POST .*\/pulls$/ })
    const child = start('campaign', 'apply', 'plan-signal', '--yes')
    let err = ''
    child.stderr!.on('data', (piece) => {
      err += piece
    })
    const ended = once(child, 'close')
    const asked = github.seen.length
    let isSent = false
    const watch = setInterval(() => {
      const isAsked = github.seen.slice(asked).some(({ method, path }) => method === 'POST' && path.endsWith('/pulls'))
      if (isAsked && !isSent) isSent = child.kill('SIGINT')
    }, 1)
    const [code] = (await ended) as [number]
    clearInterval(watch)
    expect({ code, err }).toMatchObject({ code: 130, err: expect.stringContaining('interrupted') })
    // The answer of the request that was under way was waited for, and written down.
    const journal = readJournal(join(folder, 'plan-signal'))
    expect(journal).toContainEqual(expect.objectContaining({ entry: 'result', outcome: 'done', number: 1 }))
    expect(await harden('campaign', 'apply', 'plan-signal', '--yes')).toMatchObject({ code: 0 })
    expect(await github.pulls('acme/signal')).toMatchObject([{ labels: ['hardening'] }])
  })
})
