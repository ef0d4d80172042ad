import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CampaignSettings, PlannedRepository, PullPlan } from '../../../src/campaign/model.js'
import { inputsOf } from '../../../src/campaign/plan/inputs.js'
import { type Planners, plannersOf } from '../../../src/campaign/plan/pool.js'
import { planRepository } from '../../../src/campaign/plan/repository.js'
import { GitError } from '../../../src/campaign/repository.js'
import { transforms } from '../../../transforms/index.js'
import { type Content, folderAsCommit, type InMemory, repositoryOf, settingsWith } from './repositories.js'

const root = join(import.meta.dirname, '../../..')
const slug = 'github.com/acme/shop'
let planners: Planners
beforeAll(() => {
  planners = plannersOf(1)
})
afterAll(() => planners.close())

const planOf = (repository: InMemory, some: Partial<CampaignSettings> = {}) =>
  planRepository(repository, { slug, settings: settingsWith(some) }, planners)
const planFiles = (files: Readonly<Record<string, Content>>, some: Partial<CampaignSettings> = {}) =>
  planOf(repositoryOf(files), some)

function pullsOf({ plan }: PlannedRepository): readonly PullPlan[] {
  if (plan.state !== 'changes') throw new Error(`${plan.state}: ${'reason' in plan ? plan.reason : ''}`)
  return plan.pulls
}
const groupsOf = (planned: PlannedRepository) => pullsOf(planned).map(({ group }) => group)

/** Safe and other fixes, of one kind and of several. */
const SHOP = {
  Dockerfile:
    'FROM debian:12.5\nMAINTAINER Ada <ada@example.com>\nRUN apt-get update && apt-get install -y curl\nADD app /app\nUSER nobody\nCMD ["/app/run"]\n',
  'app/run': { program: '#!/bin/sh\nexec sleep 1\n' },
  'tools/Dockerfile': 'FROM alpine:3.20\nMAINTAINER Ada <ada@example.com>\nCMD ["sleep", "1"]\n',
} satisfies Record<string, Content>

describe('grouping', () => {
  it('makes one pull request of everything', async () => {
    const [pull, ...others] = pullsOf(await planFiles(SHOP, { grouping: 'one' }))
    expect(others).toEqual([])
    expect([pull?.group, pull?.branch]).toEqual(['all', 'harden/spring'])
    expect(new Set(pull?.commits.map(({ transform }) => transform)).size).toBeGreaterThan(2)
  })

  it('keeps what is safe together, and gives each transform with more its own', async () => {
    const pulls = pullsOf(await planFiles(SHOP))
    const [safe, ...others] = pulls
    expect(safe?.group).toBe('safe')
    expect(safe?.branch).toBe('harden/spring/safe')
    expect(safe?.commits.flatMap(({ fixes }) => fixes.map(({ applicability }) => applicability))).not.toContain(
      'review',
    )
    expect(others.length).toBeGreaterThan(0)
    for (const { group, commits } of others) {
      expect(commits.map(({ transform }) => transform)).toEqual(commits.map(() => group))
      expect(commits.flatMap(({ fixes }) => fixes.map(({ applicability }) => applicability))).toContain('review')
    }
    const order = transforms.map(({ id }) => id)
    const groups = others.map(({ group }) => group)
    expect(groups).toEqual([...groups].sort((a, b) => order.indexOf(a) - order.indexOf(b)))
  })

  it('gives each transform its own', async () => {
    const pulls = pullsOf(await planFiles(SHOP, { grouping: 'by-transform' }))
    expect(pulls.length).toBeGreaterThan(3)
    for (const { group, commits } of pulls)
      expect(new Set(commits.map(({ transform }) => transform))).toEqual(new Set([group]))
  })

  it('leaves out what wants a review unless it may be done', async () => {
    for (const grouping of ['one', 'safe-together', 'by-transform'] as const) {
      const pulls = pullsOf(await planFiles(SHOP, { grouping, level: 'safe' }))
      const levels = pulls.flatMap(({ commits }) =>
        commits.flatMap(({ fixes }) => fixes.map((fix) => fix.applicability)),
      )
      expect(new Set(levels)).toEqual(new Set(['safe']))
    }
  })

  it('takes the safe fixes along that a fix to be reviewed rests on', async () => {
    const files = {
      'compose.yml':
        'services:\n  web:\n    image: acme/web:1.2.3\n    depends_on:\n      - db\n  db:\n    image: postgres:16.3\n    environment:\n      POSTGRES_PASSWORD: x\n',
    }
    const pulls = pullsOf(await planFiles(files))
    const own = pulls.find(({ group }) => group === 'service-healthchecks')
    expect(own?.commits.flatMap(({ fixes }) => fixes.map((fix) => fix.title)).join()).toContain('web')
  })
})

/** Applies a group's patches to the base with git, and says what git then knows of each file. */
function applied(
  repository: InMemory,
  { plan, patches }: PlannedRepository,
  pull: PullPlan,
): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'harden-apply-'))
  const git = (input: Buffer | undefined, ...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'core.autocrlf=false', ...args], { input, maxBuffer: 1 << 30 }).toString()
  try {
    git(undefined, 'init', '-q')
    for (const { path, kind, id } of repository.entries) {
      if (kind !== 'file' && kind !== 'program') continue
      mkdirSync(join(folder, dirname(path)), { recursive: true })
      writeFileSync(join(folder, path), contentsOf.get(id) ?? '')
      if (kind === 'program') chmodSync(join(folder, path), 0o755)
    }
    git(undefined, 'add', '--force', '--all')
    for (const { patch } of pull.commits)
      git(patches.get(`${plan.slug}/${pull.group}/${patch.file}`), 'apply', '--index', '-')
    const lines = git(undefined, 'ls-files', '--stage', '-z').split('\0').filter(Boolean)
    return new Map(lines.map((line) => [line.split('\t')[1]!, line.split(' ').slice(0, 2).join(' ')]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const contentsOf = new Map<string, Buffer>()
async function remembered(repository: InMemory): Promise<InMemory> {
  for (const [id, bytes] of await repository.blobs(repository.entries.map(({ id }) => id))) contentsOf.set(id, bytes)
  return repository
}

describe('each pull request', () => {
  const crlf = Object.fromEntries(
    Object.entries(SHOP).map(([path, content]) => [
      path,
      typeof content === 'string' ? content.replace(/\n/g, '\r\n') : content,
    ]),
  )
  it.each<[string, () => InMemory]>([
    ['a small shop', () => repositoryOf(SHOP)],
    ['one with other line endings', () => repositoryOf(crlf)],
    ['django-shop', () => folderAsCommit(join(root, 'examples/django-shop'))],
    ['flask-guestbook', () => folderAsCommit(join(root, 'examples/apps/flask-guestbook'))],
    ['express-notes', () => folderAsCommit(join(root, 'examples/apps/express-notes'))],
    ['parcel-services', () => folderAsCommit(join(root, 'examples/apps/parcel-services'))],
    ['next-journal', () => folderAsCommit(join(root, 'examples/apps/next-journal'))],
  ])('of %s applies alone, and gives the files it says', async (_, make) => {
    const repository = await remembered(make())
    for (const grouping of ['one', 'safe-together', 'by-transform'] as const) {
      const planned = await planOf(repository, { grouping })
      for (const pull of pullsOf(planned)) {
        const known = new Map(repository.entries.map(({ path, id }) => [path, id]))
        for (const { path, before, after } of pull.commits.flatMap(({ files }) => files)) {
          expect([path, before]).toEqual([path, known.get(path)])
          known.set(path, after)
        }
        const files = pull.commits.flatMap((commit) => commit.files)
        const result = applied(repository, planned, pull)
        for (const { path, mode } of files) expect(result.get(path)).toBe(`${mode} ${known.get(path)}`)
      }
      for (const { group, commits } of pullsOf(planned))
        for (const { patch } of commits) {
          const bytes = planned.patches.get(`${slug}/${group}/${patch.file}`)!
          expect(patch.digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
        }
    }
  })

  it('comes out the same, byte for byte, whoever plans it', async () => {
    const other = plannersOf(1)
    try {
      const [one, two] = await Promise.all(
        [planners, other].map((each) =>
          planRepository(folderAsCommit(join(root, 'examples/django-shop')), { slug, settings: settingsWith() }, each),
        ),
      )
      expect(JSON.stringify(one!.plan)).toBe(JSON.stringify(two!.plan))
      expect([...one!.patches]).toEqual([...two!.patches])
    } finally {
      await other.close()
    }
  })

  it('says what it rests on in a way that a later commit can be asked about', async () => {
    const repository = repositoryOf(SHOP)
    const { plan } = await planOf(repository)
    if (plan.state === 'failed') throw new Error(plan.reason)
    expect(plan.base.inputs).toBe(inputsOf(repository.entries, plan.base.read))
    expect(plan.base.read).toEqual([...plan.base.read].sort())
    expect(inputsOf(repositoryOf({ ...SHOP, 'README.md': 'hello' }).entries, plan.base.read)).toBe(plan.base.inputs)
    const changed = repositoryOf({ ...SHOP, Dockerfile: 'FROM debian:12.6\n' })
    expect(inputsOf(changed.entries, plan.base.read)).not.toBe(plan.base.inputs)
  })
})

describe('a repository', () => {
  it.each<[string, Readonly<Record<string, Content>>, string, Partial<CampaignSettings>]>([
    ['without files of ours', { 'README.md': 'hello' }, 'there is no file that harden reads', {}],
    ['that is empty', {}, 'there is no file that harden reads', {}],
    ['with nothing weak', { 'requirements.txt': 'flask==3.0.0\n' }, 'nothing weak was found', {}],
    [
      'that wants to be left alone',
      { ...SHOP, '.harden.yml': 'skip: [labelled-maintainer]\n' },
      'its own configuration leaves out everything this campaign does',
      { only: ['labelled-maintainer'] },
    ],
    [
      'with more than may be done',
      { Dockerfile: 'FROM alpine:3.20\nRUN addgroup -S app && adduser -S app -G app\nUSER app\nCMD ["sleep", "1"]\n' },
      'one finding, but nothing that is safe to do without a review',
      { only: ['numeric-user'], level: 'safe' },
    ],
  ])('%s has nothing to do, and says why', async (_, files, reason, some) => {
    const { plan, patches } = await planFiles(files, some)
    expect(plan).toMatchObject({ state: 'nothing', reason })
    expect(patches.size).toBe(0)
  })

  it.each<[string, Readonly<Record<string, Content>>, string]>([
    ['an invalid configuration', { ...SHOP, '.harden.yml': 'skpi: []\n' }, '.harden.yml:1:1: unknown key "skpi".'],
    [
      'two configurations',
      { ...SHOP, '.harden.yml': '', '.harden.json': '{}' },
      '.harden.yml and .harden.json: there must be one',
    ],
    ['a configuration that is a bomb', { ...SHOP, '.harden.yml': bomb() }, '.harden.yml'],
    [
      'a configuration elsewhere',
      { ...SHOP, '.harden.yml': { link: '/etc/passwd' } },
      '.harden.yml: it is a symbolic link out of',
    ],
  ])('with %s fails with one sentence', async (_, files, reason) => {
    const { plan } = await planFiles(files)
    expect(plan).toMatchObject({ state: 'failed', reason: expect.stringContaining(reason) })
    expect('reason' in plan && plan.reason).not.toMatch(/\n/)
  })

  it('keeps its own say: what it skips, ignores and leaves out', async () => {
    const own = 'skip: [labelled-maintainer]\npaths: { exclude: [tools/] }\nplugins: ["./evil.mjs"]\n'
    const planned = await planFiles(
      { ...SHOP, '.harden.yml': own, 'evil.mjs': 'process.exit(9)' },
      { grouping: 'by-transform' },
    )
    expect(groupsOf(planned)).not.toContain('labelled-maintainer')
    const paths = pullsOf(planned).flatMap(({ commits }) =>
      commits.flatMap(({ files }) => files.map(({ path }) => path)),
    )
    expect(new Set(paths)).toEqual(new Set(['Dockerfile']))
  })

  it('gives way to the campaign in options', async () => {
    const files = {
      Dockerfile: 'FROM python:3.12.4-slim\nWORKDIR /app\nCOPY app.py .\nCMD ["python", "app.py"]\n',
      'app.py': 'print(1)\n',
      '.harden.yml': 'options: {non-root-user: {uid: 2000}}\n',
    }
    const patchesOf = async (some: Partial<CampaignSettings>) =>
      [...(await planFiles(files, { only: ['non-root-user'], ...some })).patches.values()].join('')
    expect(await patchesOf({})).toContain('2000')
    expect(await patchesOf({ options: { 'non-root-user': { uid: 3000 } } })).toContain('3000')
  })

  it('with hostile files is planned without them', async () => {
    const planned = await planFiles({
      ...SHOP,
      'a/compose.yml': bomb(),
      'b/compose.yml': '['.repeat(100_000),
      'c/Dockerfile': Buffer.alloc(3 * 1024 * 1024, 'RUN x\n'),
      'd/Dockerfile': Buffer.from([0xff, 0, 1]),
      'e/Dockerfile': { link: '../../../../etc/passwd' },
      '../f/Dockerfile': 'FROM a\n',
    })
    expect(groupsOf(planned)).toContain('safe')
    expect(planned.plan.unread.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['../f/Dockerfile', 'b/compose.yml', 'c/Dockerfile', 'd/Dockerfile', 'e/Dockerfile']),
    )
    const paths = pullsOf(planned).flatMap(({ commits }) =>
      commits.flatMap(({ files }) => files.map(({ path }) => path)),
    )
    expect(new Set(paths)).toEqual(new Set(['Dockerfile', 'tools/Dockerfile']))
  })

  it('whose rules for what to ignore take for ever fails, and the next one is planned', async () => {
    const one = plannersOf(1, { patience: 2 })
    try {
      const files = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`${'a'.repeat(200)}${i}`, 'x']))
      const slow = repositoryOf({ ...SHOP, ...files, '.gitignore': `${'*a'.repeat(100)}b\n`.repeat(1200) })
      const about = { slug, settings: settingsWith() }
      expect((await planRepository(slow, about, one)).plan).toMatchObject({
        state: 'failed',
        reason: expect.stringContaining('longer than 2 seconds'),
      })
      expect((await planRepository(repositoryOf(SHOP), about, one)).plan.state).toBe('changes')
    } finally {
      await one.close()
    }
  })

  it('that cannot be fetched fails, and one that is interrupted stops', async () => {
    const broken = (kind: GitError['kind']): InMemory => ({
      ...repositoryOf(SHOP),
      blobs: async () => {
        throw new GitError(kind, 'it broke')
      },
    })
    expect((await planOf(broken('unreachable'))).plan).toMatchObject({ state: 'failed', reason: 'it broke' })
    await expect(planOf(broken('interrupted'))).rejects.toThrow('it broke')
  })

  it('counts what there is, what is left and what is unread', async () => {
    const { plan } = await planFiles({
      ...SHOP,
      'x/Dockerfile': 'FROM alpine\nCMD {{ command }}\nFOO bar\n',
      'y/Dockerfile': 'FROM ubuntu\nCMD ["nginx"]\n',
    })
    expect(Object.values(plan.findings).reduce((a, b) => a + b)).toBeGreaterThan(4)
    expect(plan.left.map(({ path, line }) => [path, typeof line])).toContainEqual(['y/Dockerfile', 'number'])
    expect(plan.left.find(({ transform }) => transform === 'pinned-base-image')!.evidence).toContain(
      'What it means today is not known: nobody was asked, and --online asks its registry',
    )
    expect(plan.unread.map(({ path }) => path)).toEqual(['x/Dockerfile'])
  })

  it('asks its code owners where the campaign wants that', async () => {
    const files = { ...SHOP, '.github/CODEOWNERS': '* @ada @acme/platform ada@example.com\ntools/ @tool-people\n' }
    const [without] = pullsOf(await planFiles(files, { reviewers: ['bob'] }))
    expect(without?.reviewers).toEqual(['bob'])
    const [safe] = pullsOf(await planFiles(files, { reviewers: ['bob', 'ada'], codeowners: true }))
    expect(safe?.reviewers).toEqual(['bob', 'ada', 'acme/platform', 'tool-people'])
  })
})

/** Nine levels of ten aliases each. */
function bomb(): string {
  const level = (n: number) =>
    `a${n}: &a${n} [${Array(10)
      .fill(n === 0 ? 'lol' : `*a${n - 1}`)
      .join(', ')}]\n`
  return Array.from({ length: 9 }, (_, n) => level(n)).join('')
}
