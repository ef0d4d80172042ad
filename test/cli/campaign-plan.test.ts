import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readPlan } from '../../src/campaign/folder.js'
import { startGitea } from '../campaign/forges/gitea-fake.js'
import { type GitServer, startGitServer } from '../campaign/git-server.js'
import { type How, harden, inTemporaryProject, project, started, write } from './harden.js'

/** Has a fix for review. */
const WEAK = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY app.py /app/\nCMD ["python", "app.py"]\n'
/** Has a safe fix. */
const TWICE = 'flask==3.0.3\nrequests==2.32.3\nflask==3.0.3\n'
const TOKEN = 'glpat-s3cretS3cretS3cret'
const HEADER = `Basic ${Buffer.from(`token:${TOKEN}`).toString('base64')}`

inTemporaryProject()

let server: GitServer | undefined
afterEach(async () => {
  await server?.dispose()
  server = undefined
})

/** A repository of this machine below the project's folder. */
function repository(name: string, files: Readonly<Record<string, string>>): void {
  const folder = join(project, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.org', ...words], { cwd: folder })
  git('init', '-q', '-b', 'main')
  git('add', '--all')
  git('commit', '-q', '-m', 'As it stands')
}

function threeRepositories(): void {
  repository('shops/shop', { Dockerfile: WEAK, 'app.py': '' })
  repository('shops/api', { 'requirements.txt': TWICE })
  repository('shops/docs', { 'README.md': 'Hello\n' })
}

const THREE = ['--repo', './shops/shop', './shops/api', './shops/docs', '--out', 'plan']
const plan = (words: readonly string[], how: How = {}) => harden(['campaign', 'plan', ...words], how)
const out = () => join(project, 'plan')

/** Temporary folders go where a test can see what is left of them. */
function visibleScratch(): { readonly env: Record<string, string>; readonly left: () => readonly string[] } {
  const folder = join(project, '..', 'tmp')
  mkdirSync(folder)
  return { env: { TMPDIR: folder }, left: () => readdirSync(folder) }
}

describe('harden campaign plan', () => {
  it('plans three folders of this machine, and leaves them as they are', async () => {
    threeRepositories()
    const before = execFileSync('git', ['for-each-ref'], { cwd: join(project, 'shops/shop') }).toString()
    const scratch = visibleScratch()
    const { code, stdout, stderr } = await plan([...THREE, '--review'], scratch)
    expect(code).toBe(0)
    expect(stdout).toContain('2 repositories with 2 pull requests, 2 fixes\n')
    expect(stdout).toContain('1 repository with nothing to do\n')
    expect(stdout).toContain('harden campaign apply plan')
    expect(stderr).toMatch(/^harden: \[3\/3\] .+$/m)
    const read = await readPlan(out())
    expect(read.plan.repositories.map(({ slug, state }) => [slug.split('/')[1], state])).toEqual([
      ['api', 'changes'],
      ['docs', 'nothing'],
      ['shop', 'changes'],
    ])
    expect(readdirSync(out()).sort()).toEqual(['plan.json', 'repositories', 'review.html', 'summary.md'])
    expect(readFileSync(join(out(), 'summary.md'), 'utf8')).toContain(read.plan.hash)
    expect(execFileSync('git', ['for-each-ref'], { cwd: join(project, 'shops/shop') }).toString()).toBe(before)
    expect(execFileSync('git', ['status', '--porcelain'], { cwd: join(project, 'shops/shop') }).toString()).toBe('')
    expect(scratch.left()).toEqual([])
  })

  it('gives the same plan again, over the old one, whatever goes on at a time', async () => {
    threeRepositories()
    await plan([...THREE, '--review', '--concurrency', '1'])
    const first = readFileSync(join(out(), 'plan.json'))
    expect((await plan([...THREE, '--review', '--concurrency', '3'])).code).toBe(0)
    expect(readFileSync(join(out(), 'plan.json')).equals(first)).toBe(true)
    await plan(THREE)
    expect(readFileSync(join(out(), 'plan.json')).equals(first)).toBe(false)
    expect(
      (await readPlan(out())).plan.repositories.flatMap((each) => (each.state === 'changes' ? each.pulls : [])),
    ).toHaveLength(1)
  })

  it('reads campaign.yml where it is, and options go before it', async () => {
    threeRepositories()
    write({
      'campaign.yml': `name: Tidy requirements
repositories: [./shops/shop, ./shops/api, ./shops/docs, '!./shops/docs']
level: review
pull-request: { title: 'Tidy: {{title}}', labels: [tidy] }
branch: chore/tidy
`,
    })
    const { code, stdout } = await plan([
      '--out',
      'plan',
      '--only',
      'unique-requirements',
      '--quiet',
      '--format',
      'json',
    ])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      version: 'harden-campaign-plan-1',
      campaign: { id: 'tidy-requirements', name: 'Tidy requirements' },
      summary: { all: 2, changes: 1, nothing: 1, failed: 0, pulls: 1, fixes: 1 },
      notes: ['left out as the campaign says: 1'],
    })
    const { repositories } = (await readPlan(out())).plan
    expect(repositories[0]).toMatchObject({
      pulls: [{ title: 'Tidy: Require every package once', labels: ['tidy'], branch: 'chore/tidy/safe' }],
    })
  })

  it('asks a server with the token of that server, and writes the token nowhere', async () => {
    server = await startGitServer({
      authorization: HEADER,
      repositories: { 'acme/shop': { Dockerfile: WEAK }, 'acme/api': { 'requirements.txt': TWICE } },
    })
    write({
      'campaign.yml': `name: c
repositories: [${server.url}/acme/shop, ${server.url}/acme/api.git]
forges: [{ origin: '${server.url}', kind: gitea, token: TEST_TOKEN }]
`,
    })
    const { code, stdout, stderr } = await plan(['--out', 'plan', '--review'], {
      env: { TEST_TOKEN: TOKEN, GH_TOKEN: 'gho_other' },
    })
    expect([code, stdout]).toEqual([0, expect.stringContaining('2 repositories with 2 pull requests')])
    expect(server.requests.length).toBeGreaterThan(0)
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(new Set([HEADER]))
    const artefacts = readdirSync(out(), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    expect(artefacts.length).toBeGreaterThan(4)
    for (const text of [...artefacts, stdout, stderr]) {
      expect(text).not.toContain(TOKEN)
      expect(text).not.toContain(HEADER.slice(6))
      expect(text).not.toContain('gho_other')
    }
  })

  it('plans what a forge lists for an owner, and says what it leaves out', async () => {
    const forge = await startGitea({
      repositories: {
        'acme/shop': { Dockerfile: WEAK },
        'acme/old': { Dockerfile: WEAK },
        'acme/legacy-shop': { Dockerfile: WEAK },
        'other/shop': { Dockerfile: WEAK },
      },
    })
    try {
      forge.archive('acme/old')
      write({
        'campaign.yml': `name: c
repositories: [{ owner: acme, forge: '${forge.access.origin}' }, '!legacy-*']
forges: [{ origin: '${forge.access.origin}', kind: gitea, token: TEST_TOKEN }]
`,
      })
      const { code, stderr } = await plan(['--out', 'plan', '--review'], { env: { TEST_TOKEN: forge.token } })
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^harden: left out because archived: \S+\/acme\/old\n/)])
      expect(stderr).toContain('harden: left out as the campaign says: 1\n')
      const { repositories, campaign } = (await readPlan(out())).plan
      expect(repositories.map(({ slug, state }) => [slug.split('/').slice(1).join('/'), state])).toEqual([
        ['acme/shop', 'changes'],
      ])
      expect(campaign.forges).toEqual([{ origin: forge.access.origin, kind: 'gitea', token: 'TEST_TOKEN' }])
    } finally {
      await forge.dispose()
    }
  })

  it('says in one sentence that a forge does not take the token, and writes nothing', async () => {
    const forge = await startGitea({ repositories: { 'acme/shop': {} } })
    try {
      write({
        'campaign.yml': `name: c
repositories: [{ owner: acme, forge: '${forge.access.origin}' }]
forges: [{ origin: '${forge.access.origin}', kind: gitea, token: TEST_TOKEN }]
`,
      })
      const { code, stdout, stderr } = await plan(['--out', 'plan'], { env: { TEST_TOKEN: TOKEN } })
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/^harden: the repositories cannot be listed: [^\n]+\n$/)
      expect(stderr).not.toContain(TOKEN)
      expect(existsSync(out())).toBe(false)
    } finally {
      await forge.dispose()
    }
  })

  it('with --verify and no engine writes nothing, and exits 2', async () => {
    threeRepositories()
    const { code, stdout, stderr } = await plan([...THREE, '--verify'], {
      env: { HARDEN_DOCKER: join(project, 'nowhere') },
    })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /^harden: no engine answers that could build and start images, so nothing can be proved: .+\n$/,
    )
    expect(existsSync(out())).toBe(false)
  })

  it('goes on without those that cannot be had, says why, and exits 1', async () => {
    server = await startGitServer({
      repositories: { 'acme/shop': { Dockerfile: WEAK }, 'acme/gone': {}, 'acme/sick': {} },
    })
    server.remove('acme/gone')
    server.fault('acme/sick', { kind: 'status', status: 500, body: '\x1b[2Jboom | <b>' })
    write({
      'campaign.yml': `name: c
repositories: [${['shop', 'gone', 'sick'].map((name) => `${server!.url}/acme/${name}`).join(', ')}]
forges: [{ origin: '${server.url}', kind: gitea }]
`,
    })
    const { code, stdout, stderr } = await plan(['--out', 'plan', '--review'])
    expect(code).toBe(1)
    expect(stdout).toContain('2 repositories that could not be planned')
    expect(stdout + stderr).not.toContain('\x1b')
    const { repositories } = (await readPlan(out())).plan
    expect(repositories.map(({ slug, state }) => [slug.split('/').pop(), state])).toEqual([
      ['gone', 'failed'],
      ['shop', 'changes'],
      ['sick', 'failed'],
    ])
    const summary = readFileSync(join(out(), 'summary.md'), 'utf8')
    expect(summary).toContain('## Failed')
    expect(summary).not.toMatch(/\x1b|<b>/)
  })

  it('does not go on asking with a token that is refused again and again', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `acme/r${i}`)
    server = await startGitServer({
      authorization: HEADER,
      repositories: Object.fromEntries(names.map((name) => [name, { 'requirements.txt': TWICE }])),
    })
    write({
      'campaign.yml': `name: c
repositories: [${names.map((name) => `${server!.url}/${name}`).join(', ')}]
forges: [{ origin: '${server.url}', kind: gitea, token: TEST_TOKEN }]
`,
    })
    const { code, stdout } = await plan(['--out', 'plan', '--concurrency', '1'], { env: { TEST_TOKEN: 'wrong' } })
    expect(code).toBe(1)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      / 5 it was not asked for, because \S+ has refused the token 3 times 3 a login is asked/,
    )
    expect(new Set(server.requests.map(({ path }) => path.split('.git')[0]))).toEqual(
      new Set(['/acme/r0', '/acme/r1', '/acme/r2']),
    )
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('on %s writes nothing, leaves nothing, and exits 130', async (signal) => {
    server = await startGitServer({ repositories: { 'acme/slow': { Dockerfile: WEAK } } })
    server.fault('acme/slow', { kind: 'hang' })
    threeRepositories()
    write({
      'campaign.yml': `name: c
repositories: [./shops/api, ${server.url}/acme/slow]
forges: [{ origin: '${server.url}', kind: gitea }]
`,
    })
    const scratch = visibleScratch()
    const running = started(['campaign', 'plan', '--out', 'plan'], scratch)
    for (const end = Date.now() + 20_000; server.requests.length === 0 && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 20))
    running.kill(signal)
    const { code, stdout, stderr } = await running.ended
    expect([code, stdout]).toEqual([130, ''])
    expect(stderr).toContain('harden: interrupted, nothing was written.\n')
    expect(existsSync(out())).toBe(false)
    expect(readdirSync(project).filter((name) => name.startsWith('.plan'))).toEqual([])
    expect(scratch.left()).toEqual([])
  })

  it('plans nothing where there is nothing that is harden’s, and says so', async () => {
    repository('shops/docs', { 'README.md': 'Hello\n' })
    const { code, stdout } = await plan(['--repo', './shops/docs', '--out', 'plan'])
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 repository with nothing to do')])
    expect(stdout).not.toContain('campaign apply')
    expect(readFileSync(join(out(), 'summary.md'), 'utf8')).toContain('There is nothing to open.')
  })

  describe('says in one sentence what is wrong, before it does anything, and exits 2', () => {
    it.each<[string, readonly string[], string]>([
      ['no campaign', ['--out', 'plan'], 'harden: there is no campaign: name a file, or repositories with --repo.\n'],
      ['no place', ['--repo', './shops/shop'], "harden: required option '--out <dir>' not specified\n"],
      ['no such file', ['none.yml', '--out', 'plan'], 'harden: none.yml: there is no such file.\n'],
      [
        'no such repository',
        ['--repo', './none', '--out', 'plan'],
        'harden: --repo ./none: there is no such folder.\n',
      ],
      [
        'a token in an address',
        ['--repo', 'https://x:s3cret@github.com/a/b', '--out', 'plan'],
        'harden: --repo https://...@github.com/a/b: it holds credentials; leave them out: harden takes a token from the environment.\n',
      ],
      [
        'no such transform',
        [...THREE, '--only', 'non-rot-user'],
        'harden: there is no transform "non-rot-user". Did you mean non-root-user?',
      ],
      [
        'no number',
        [...THREE, '--limit', '0'],
        "harden: option '--limit <number>' argument '0' is invalid. It must be a whole number from 1.\n",
      ],
      [
        'somebody else’s folder',
        ['--repo', './shops/shop', '--out', 'shops'],
        'harden: shops: the folder holds something else, such as api. ',
      ],
      [
        'a file in its place',
        ['--repo', './shops/shop', '--out', 'shops/shop/Dockerfile'],
        'there is something that is no folder.',
      ],
    ])('%s', async (_, words, sentence) => {
      threeRepositories()
      const { code, stdout, stderr } = await plan(words)
      expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(sentence)])
      expect(stderr).not.toContain('s3cret')
      expect(existsSync(out())).toBe(false)
    })
  })
})
