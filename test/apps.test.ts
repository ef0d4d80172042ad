/**
 * Realistic applications, repaired and proved: each one builds and starts as people wrote it, `harden fix --verify` repairs
 * it, and what comes out builds, answers, writes, is healthy, runs as somebody other than root and stops in time. With
 * HARDEN_TABLE=FILE the measurements are written down as the table of the README.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EvidenceSheet, megabytes } from '../src/verify/evidence.js'
import { APPS, type App, type Expected } from './proving/apps.js'
import { docker, type Engine, findEngine } from './proving/engine.js'
import { observe } from './proving/observe.js'
import { beginRun, type Run } from './proving/run.js'
import { runHarden as harden } from './proving/run-harden.js'
import { ensureBaseImages } from './proving/stand-ins.js'

const MINUTE = 60_000
const EXAMPLES = join(import.meta.dirname, '..', 'examples', 'apps')
const found = await findEngine()
const engine = found.client === undefined ? undefined : found

interface Verified {
  readonly containers: readonly EvidenceSheet[]
  readonly dropped: readonly { transform: string; title: string; what: string; line?: string }[]
}

const measured: (EvidenceSheet & { app: string })[] = []

/** The application in a repository of its own, where harden may write. */
function lay(app: App, scratch: string): string {
  const folder = join(scratch, app.name)
  cpSync(join(EXAMPLES, app.name), folder, { recursive: true })
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.org', ...words], { cwd: folder })
  git('init', '-q')
  git('add', '--all', '--force')
  git('commit', '-q', '-m', 'As it stands')
  return folder
}

async function repaired(folder: string, state: string): Promise<Verified> {
  const words = ['fix', '--yes', '--review', '--verify', '--quiet', '--format', 'json']
  const { exitCode, said } = await harden(words, folder, state)
  expect([0, 1], said).toContain(exitCode)
  return JSON.parse(said).verified
}

function checkService(name: string, expected: Expected, sheet: EvidenceSheet | undefined): void {
  expect(sheet, `${name} is among what was proved`).toBeDefined()
  const { before, after, outcome, worse } = sheet!
  expect(worse, name).toEqual([])
  expect(outcome, name).toBe('no worse')
  if (!expected.ends) {
    expect([before?.uid, after?.uid], `who ${name} runs as`).toEqual([expected.uid.before, expected.uid.after])
    expect(after?.state, name).toBe('running')
    expect(after!.stopSeconds!, `how long ${name} takes to stop`).toBeLessThan(before!.stopSeconds! + 3)
  } else expect([after?.state, after?.exitCode], name).toEqual(['ended', 0])
  if (expected.port !== undefined) {
    const answered = after!.answers.filter(({ answer }) => answer !== 'silent')
    expect(
      answered.map(({ port }) => port),
      `where ${name} answers`,
    ).toContain(expected.port)
    // Without a check, where nothing in the image could ask, it has no health.
    expect(['healthy', null], `the health of ${name}`).toContain(after!.health)
  }
  if (expected.stops) {
    expect(after!.stopExitCode, `how ${name} stops`).not.toBe(137)
    expect(after!.stopSeconds!, `how long ${name} takes to stop`).toBeLessThan(3)
  }
}

/** The one image of an application, asked as its record says. */
async function ask(ready: Engine, run: Run, app: App, folder: string): Promise<void> {
  const { app: expected } = app.services
  if (!expected || expected.ends) return
  const { context, port, exchanges = [], writes = [], volumes, uid } = expected
  const seen = await observe(
    ready,
    run.id,
    `${run.id}-${app.name}:after`,
    {
      name: app.name,
      project: app.name,
      bases: app.bases,
      uid,
      writes,
      requests: exchanges,
      ...(context !== undefined && { context }),
      ...(port !== undefined && { port }),
      ...(volumes && { volumes }),
    },
    folder,
  )
  expect(seen.uid, 'who it runs as').toBe(uid.after)
  expect(seen.statuses, 'what it answers').toEqual(exchanges.map(({ status }) => status))
  expect(seen.owners, 'who owns what it writes').toEqual(Object.fromEntries(writes.map((path) => [path, uid.after])))
}

describe.skipIf(!engine)('applications, repaired and proved', () => {
  let run: Run

  beforeAll(async () => {
    run = await beginRun(engine!)
    await ensureBaseImages(engine!, [
      ...new Set(APPS.flatMap(({ bases, basesAfter = [] }) => [...bases, ...basesAfter])),
    ])
  }, 60 * MINUTE)

  afterAll(async () => {
    await run.end()
    if (process.env.HARDEN_TABLE) writeFileSync(process.env.HARDEN_TABLE, table())
  }, 5 * MINUTE)

  test('there are at least 24', () => {
    expect(APPS.length).toBeGreaterThanOrEqual(24)
  })

  for (const app of APPS) {
    test(
      app.name,
      async () => {
        const folder = lay(app, run.directory)
        const { containers, dropped } = await repaired(folder, join(run.directory, 'state'))
        measured.push(...containers.map((sheet) => ({ ...sheet, app: app.name })))
        expect(dropped, 'what was left out').toEqual([])
        for (const [name, expected] of Object.entries(app.services)) {
          checkService(name, expected, app.compose ? containers.find((sheet) => sheet.name === name) : containers[0])
        }
        if (!app.compose) await ask(engine!, run, app, folder)
        const { stdout } = await docker(engine!, ['ps', '--all', '--quiet', '--filter', 'label=harden.verify.owner'])
        expect(stdout, 'what is left behind').toBe('')
      },
      15 * MINUTE,
    )
  }
})

function table(): string {
  const rows = measured.map(({ app, name, before, after }) => {
    const who = app === name || /Dockerfile/.test(name) ? app : `${app}: ${name}`
    const pair = (of: (side: NonNullable<typeof before>) => string) =>
      [before, after].map((side) => (side ? of(side) : '')).join(' → ')
    const cells = [
      who,
      pair(({ uid }) => (uid === null ? '–' : String(uid))),
      pair(({ size }) => megabytes(size)),
      pair(({ health }) => health ?? 'none'),
      pair(({ stopSeconds }) => (stopSeconds === null ? '–' : `${stopSeconds.toFixed(1)} s`)),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return ['| application | uid | size | health | stops in |', '|---|---|---|---|---|', ...rows, ''].join('\n')
}
