/**
 * Proof by build and start: each case works as it stands, harden repairs a copy, and the repaired image builds, starts,
 * answers and writes as the user it claims. Needs a Docker engine; without one every proof is skipped and the run says so,
 * and HARDEN_REQUIRE_DOCKER=1 turns that into a failure.
 */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BuildCase, CASES, PROVED } from './proving/cases.js'
import { type Engine, findEngine } from './proving/engine.js'
import { observe } from './proving/observe.js'
import { beginRun, type Run } from './proving/run.js'
import { runHarden as harden } from './proving/run-harden.js'
import { ensureBaseImages } from './proving/stand-ins.js'

const MINUTE = 60_000
const REPOSITORY = join(import.meta.dirname, '..')
const required = process.env.HARDEN_REQUIRE_DOCKER === '1'

const found = await findEngine()
const engine = found.client === undefined ? undefined : found
if (found.client === undefined) {
  console.warn(`${CASES.length} build proofs ${required ? 'cannot run' : 'skipped'}, no Docker engine: ${found.why}`)
}

/** Puts the case's project, as it stands, into a directory. */
async function lay(wanted: BuildCase, directory: string): Promise<void> {
  if (typeof wanted.project === 'string') {
    await cp(join(REPOSITORY, 'examples', wanted.project), directory, { recursive: true })
    return
  }
  for (const [path, text] of Object.entries(wanted.project)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
}

async function contents(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = await Promise.all(
    paths.sort().map(async (path) => [relative(directory, path), await readFile(path, 'utf8')]),
  )
  return Object.fromEntries(texts)
}

async function prove(wanted: BuildCase, ready: Engine, run: Run): Promise<void> {
  const slug = wanted.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  const directories = { before: join(run.directory, slug, 'before'), after: join(run.directory, slug, 'after') }
  for (const directory of Object.values(directories)) {
    await mkdir(directory, { recursive: true })
    await lay(wanted, directory)
  }
  const state = join(run.directory, slug, 'state')
  const owners = (uid: number) => Object.fromEntries(wanted.writes.map((path) => [path, uid]))
  const statuses = (wanted.requests ?? []).map(({ status }) => status)

  const before = await observe(ready, run.id, `${run.id}-${slug}:before`, wanted, directories.before)
  expect.soft(before, 'as it stands').toMatchObject({
    uid: wanted.uid.before,
    statuses,
    owners: owners(wanted.uid.before),
    health: undefined,
  })

  const only = wanted.only ? ['--only', wanted.only.join(',')] : []
  const fixed = await harden(['fix', '--yes', '--review', ...only], directories.after, state)
  expect([0, 1], `harden fix: ${fixed.said}`).toContain(fixed.exitCode)
  const context = wanted.context ?? '.'
  const asItStood = await contents(join(directories.before, context))
  const repaired = await contents(join(directories.after, context))
  if (wanted.unchanged) expect(repaired).toEqual(asItStood)
  else expect(repaired).not.toEqual(asItStood)
  const checked = await harden(['check', '--only', PROVED.join(',')], directories.after, state)
  expect(checked.exitCode, `harden check: ${checked.said}`).toBe(0)

  const after = await observe(ready, run.id, `${run.id}-${slug}:after`, wanted, directories.after)
  expect(after, 'after harden').toMatchObject({
    uid: wanted.uid.after,
    statuses,
    owners: owners(wanted.uid.after),
    health: wanted.healthy ? 'healthy' : undefined,
  })
  // The engine makes the place of a volume itself where the image has none.
  const written = (trace: readonly string[]) =>
    trace.filter((path) => !wanted.volumes?.some((volume) => volume.startsWith(`${path}/`)))
  expect(written(after.trace), 'what the container writes').toEqual(written(before.trace))
  if (before.stopped.exitCode !== 137) expect(after.stopped.exitCode, 'how it stops').not.toBe(137)
}

if (required) {
  test('a Docker engine answers, as HARDEN_REQUIRE_DOCKER=1 demands', () => {
    expect(found.client, found.client === undefined ? found.why : '').toBeDefined()
  })
}

describe.skipIf(!engine)('real builds', () => {
  let run: Run

  beforeAll(async () => {
    run = await beginRun(engine!)
    await ensureBaseImages(engine!, [...new Set(CASES.flatMap(({ bases }) => bases))])
  }, 45 * MINUTE)

  afterAll(() => run.end(), 5 * MINUTE)

  for (const wanted of CASES) {
    test(wanted.name, () => prove(wanted, engine!, run), 15 * MINUTE)
  }
})
