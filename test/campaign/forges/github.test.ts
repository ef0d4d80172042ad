import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Forge, Gate } from '../../../src/campaign/forge.js'
import { githubForge } from '../../../src/campaign/forges/github.js'
import { itConforms, refusalOf } from './conformance.js'
import { type FakeGithub, startGithub } from './github-fake.js'

itConforms({
  name: 'GitHub',
  start: (repositories) => startGithub({ repositories }),
  adapter: githubForge,
  opening: /^POST .*\/pulls$/,
  reviewer: 'alice',
  besidesTheirs: false,
})

const SHOP = 'acme/shop'
const open: Gate = (_kind, request) => request()
const DRAFT = { branch: 'fix', base: 'main', title: 'Fix', body: '', draft: false, labels: [], reviewers: [] }

let github: FakeGithub
let forge: Forge

beforeEach(async () => {
  github = await startGithub({ repositories: { [SHOP]: { Dockerfile: 'FROM debian\n' } }, people: ['alice'] })
  forge = githubForge(github.access, open)
})
afterEach(() => github.dispose())

const asks = () => github.seen.map(({ method, path }) => `${method} ${path.replace('/api/v3', '').split('?')[0]}`)
const push = (text = 'FROM debian\nUSER 1000\n', from?: string) =>
  github.git.commit(SHOP, 'fix', { Dockerfile: text }, { from: from ?? 'main' })

describe('a repository of GitHub', () => {
  it('is followed to where it has moved, by its number, and not for ever', async () => {
    github.rename(SHOP, 'umbrella/shop')
    expect((await forge.repository(SHOP)).address.name).toBe('umbrella/shop')
    expect(asks()).toEqual(['GET /repos/acme/shop', 'GET /repositories/1'])
    const location = `${github.api}/repositories/1`
    const body = { message: 'Moved Permanently' }
    github.fault({ kind: 'answer', status: 301, headers: { location }, body, times: 99 })
    expect((await refusalOf(forge.repository(SHOP))).kind).toBe('gone')
    expect(asks()).toHaveLength(2 + 4)
  })

  it('is not looked for on another machine', async () => {
    const body = { message: 'Moved Permanently' }
    github.fault({ kind: 'answer', status: 301, headers: { location: 'https://example.com/repositories/1' }, body })
    expect((await refusalOf(forge.repository(SHOP))).kind).toBe('gone')
  })

  it('has an owner and a name', async () => {
    expect((await refusalOf(forge.repository('acme/platform/shop'))).kind).toBe('invalid')
    expect((await refusalOf(forge.repository('../user'))).kind).toBe('invalid')
    expect(asks()).toEqual([])
  })

  it('is not pushed to by those who may not; what an app may do GitHub does not say', async () => {
    github.repository(SHOP).mayPush = false
    expect((await forge.repository(SHOP)).mayPush).toBe(false)
    const other = await startGithub({ repositories: {}, token: 'ghs_of-an-app' })
    other.mention(SHOP, { mayPush: false })
    expect((await githubForge(other.access, open).repository(SHOP)).mayPush).toBe(true)
    await other.dispose()
  })

  it('has no default branch while it is empty, whatever GitHub calls it', async () => {
    github.mention('acme/empty', { isEmpty: true })
    const { defaultBranch, ...empty } = await forge.repository('acme/empty')
    expect(defaultBranch).toBeUndefined()
    expect(await forge.tip(empty, 'main')).toBeUndefined()
  })

  it('has no file where a folder lies, or more than a mebibyte', async () => {
    await github.git.commit(SHOP, 'main', { large: 'x'.repeat((1 << 20) + 1) })
    const shop = await forge.repository(SHOP)
    expect(await forge.file(shop, 'large', 'main')).toBeUndefined()
    github.fault({ kind: 'answer', status: 200, body: [] })
    expect(await forge.file(shop, 'folder', 'main')).toBeUndefined()
  })

  it('is asked for without a token as anybody', async () => {
    const { kind } = await refusalOf(githubForge({ ...github.access, token: undefined }, open).repository(SHOP))
    expect(kind).toBe('unauthorised')
  })
})

describe('repositories of GitHub', () => {
  const names = async (selection: object) =>
    (await forge.repositories({ forks: false, ...selection })).map(({ address }) => address.name)

  it('are those of an organisation, a page of a hundred at a time, without forks unless asked for', async () => {
    for (let i = 0; i < 120; i++) github.mention(`acme/tool-${i}`, { isFork: i < 20, topics: i < 50 ? ['docker'] : [] })
    expect(await names({ owner: 'acme' })).toHaveLength(101)
    expect(asks()).toEqual(['GET /orgs/acme/repos', 'GET /orgs/acme/repos'])
    expect(await names({ owner: 'acme', forks: true })).toHaveLength(121)
    expect(await names({ owner: 'acme', topic: 'docker' })).toHaveLength(30)
  })

  it('are those of a person, the private ones only if the person asks', async () => {
    for (const name of ['alice/a', 'alice/b', 'alicent/c']) github.mention(name)
    expect(await names({ owner: 'alice' })).toEqual(['alice/a', 'alice/b'])
    expect(asks()).toEqual(['GET /orgs/alice/repos', 'GET /users/alice/repos', 'GET /user/repos'])
  })

  it('are what a search finds, also where that is more than GitHub tells at once', async () => {
    for (let i = 0; i < 1010; i++) github.mention(`acme/found-${String(i).padStart(4, '0')}`)
    expect(await names({ search: 'found-00', owner: 'acme' })).toHaveLength(100)
    const found = await names({ search: 'found' })
    expect(found).toHaveLength(1010)
    expect(found).toEqual([...found].sort())
    const { kind, message } = await refusalOf(names({ search: 'found created:2000-01-01..2030-01-01' }))
    expect([kind, message]).toEqual(['unsupported', expect.stringContaining('first 1000 of the 1010')])
  })

  it('are not called all of them where GitHub gave up on the search', async () => {
    const body = { total_count: 3, incomplete_results: true, items: [] }
    github.fault({ kind: 'answer', status: 200, body })
    expect((await refusalOf(names({ search: 'docker' }))).kind).toBe('unsupported')
    expect((await refusalOf(names({ search: 'x'.repeat(300) }))).kind).toBe('invalid')
  })
})

describe('GitHub', () => {
  const said = (message: string) => ({ message, documentation_url: 'https://docs.github.com/rest' })

  it.each([
    ['a secondary limit', 403, {}, said('You have exceeded a secondary rate limit.'), 'limited', undefined],
    [
      'one that says how long',
      403,
      { 'retry-after': '60' },
      said('You have exceeded a secondary rate limit.'),
      'limited',
      60,
    ],
    ['too many requests', 429, { 'retry-after': '7' }, said('Too many requests'), 'limited', 7],
    [
      'the end of the hourly requests',
      403,
      { date: 'Sat, 01 Jan 2028 00:00:00 GMT', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1830297660' },
      said('API rate limit exceeded for user ID 1.'),
      'limited',
      60,
    ],
    [
      'being hurried',
      422,
      {},
      { ...said('Validation Failed'), errors: [{ code: 'custom', message: 'was submitted too quickly' }] },
      'limited',
      undefined,
    ],
    ['single sign-on', 403, {}, said('Resource protected by organization SAML enforcement.'), 'forbidden', undefined],
    ['an app without the right', 403, {}, said('Resource not accessible by integration'), 'forbidden', undefined],
    ['an end of service', 503, {}, said('Service unavailable'), 'unavailable', undefined],
  ] as const)('refuses for %s', async (_why, status, headers, body, kind, seconds) => {
    await push()
    const shop = await forge.repository(SHOP)
    github.fault({ kind: 'answer', status, headers, body, on: /^POST .*pulls$/ })
    const refusal = await refusalOf(forge.open(shop, DRAFT))
    expect([refusal.kind, refusal.retryAfter]).toEqual([kind, seconds])
    expect(asks().filter((ask) => ask.startsWith('POST'))).toHaveLength(1)
  })

  it('knows the token for a while, and then no more', async () => {
    github.fault({ kind: 'answer', status: 401, body: said('Bad credentials'), after: 2, times: 99 })
    await forge.repository(SHOP)
    await forge.repository(SHOP)
    expect((await refusalOf(forge.repository(SHOP))).kind).toBe('unauthorised')
  })

  it('takes no drafts everywhere, and then nothing is opened instead', async () => {
    await push()
    github.refuseDrafts()
    expect((await refusalOf(forge.open(await forge.repository(SHOP), { ...DRAFT, draft: true }))).kind).toBe(
      'unsupported',
    )
    expect(await github.pulls(SHOP)).toEqual([])
  })

  it('is asked twice to create something for a pull request with labels', async () => {
    await push()
    const shop = await forge.repository(SHOP)
    const { number } = await forge.open(shop, { ...DRAFT, draft: true })
    await forge.decorate(shop, number, { labels: ['one', 'two', 'three'], reviewers: [] })
    expect(github.seen.filter(({ isContent }) => isContent)).toHaveLength(2)
    await forge.decorate(shop, number, { labels: ['one', 'two', 'three'], reviewers: ['alice', 'bob', 'acme/ops'] })
    expect(github.seen.filter(({ isContent }) => isContent)).toHaveLength(3)
    expect((await github.pulls(SHOP))[0]!.reviewers).toEqual(['alice', 'bob', 'acme/ops'])
  })

  it('says which labels and reviewers it does not take, and takes the others', async () => {
    await push()
    github.refuse({ label: 'no' })
    const shop = await forge.repository(SHOP)
    const { number } = await forge.open(shop, DRAFT)
    const reviewers = ['alice', 'harden-bot', 'umbrella/ops']
    const left = await forge.decorate(shop, number, { labels: ['yes', 'no', 'also'], reviewers })
    expect(left).toEqual([
      expect.stringMatching(/^the label no was not added: .*name: invalid/),
      'harden-bot opened it, and cannot be asked for a review',
      'the team umbrella/ops is not of acme, and cannot be asked for a review',
    ])
    expect(await github.pulls(SHOP)).toMatchObject([{ labels: ['yes', 'also'], reviewers: ['alice'] }])
  })

  it('leaves a reviewer out without a word, and we say so', async () => {
    await push()
    const shop = await forge.repository(SHOP)
    const { number } = await forge.open(shop, DRAFT)
    const { body } = await fetchAs(`/repos/${SHOP}/pulls?state=all`)
    github.fault({ kind: 'answer', status: 201, body: (body as object[])[0], on: /requested_reviewers$/ })
    expect(await forge.decorate(shop, number, { labels: [], reviewers: ['carol'] })).toEqual([
      'carol was not asked for a review',
    ])
  })

  it('says what the checks of apps and the statuses of services say together', async () => {
    const head = await push()
    const shop = await forge.repository(SHOP)
    github.setChecks(SHOP, head, 'passed')
    const runs = (await fetchAs(`/repos/${SHOP}/commits/${head}/check-runs`)).body as { check_runs: object[] }
    const status = (await fetchAs(`/repos/${SHOP}/commits/${head}/status`)).body as object
    const one = { id: 1, node_id: 'S', state: 'failure', context: 'ci', description: null, target_url: null }
    const times = { created_at: '2026-01-02T03:04:05Z', updated_at: '2026-01-02T03:04:05Z' }
    const statuses = [{ ...one, ...times, url: github.api, avatar_url: null }]
    for (const [conclusion, state, count, outcome] of [
      ['success', 'failure', 1, 'failed'],
      ['success', 'pending', 1, 'pending'],
      ['success', 'pending', 0, 'passed'],
      ['skipped', 'success', 1, 'passed'],
      ['cancelled', 'success', 1, 'failed'],
      ['timed_out', 'pending', 0, 'failed'],
    ] as const) {
      const check_runs = [{ ...runs.check_runs[0], conclusion }]
      github.fault({ kind: 'answer', status: 200, body: { total_count: 1, check_runs }, on: /check-runs$/ })
      const combined = { ...status, state, total_count: count, statuses: count ? statuses : [] }
      github.fault({ kind: 'answer', status: 200, body: combined, on: /status$/ })
      expect(await forge.checks(shop, head)).toBe(outcome)
    }
  })

  async function fetchAs(place: string) {
    const answer = await fetch(`${github.api}${place}`, { headers: { authorization: `Bearer ${github.token}` } })
    return { status: answer.status, body: await answer.json() }
  }
})

describe('a branch of GitHub', () => {
  /** Somebody else is faster: their commit comes between our look and our change. */
  const overtaken: Gate = async (kind, request) => {
    if (kind === 'write') await push(`FROM debian\n# ${github.seen.length}\n`)
    return request()
  }

  it('is not deleted under somebody’s hands', async () => {
    const head = await push()
    const late = githubForge(github.access, overtaken)
    expect((await refusalOf(late.deleteBranch(await forge.repository(SHOP), 'fix', head))).kind).toBe('stale')
    expect(await forge.tip(await forge.repository(SHOP), 'fix')).toBeDefined()
  })

  it('is gone although the answer was lost', async () => {
    const head = await push()
    const body = { message: 'Bad gateway' }
    github.fault({ kind: 'lost answer', status: 502, body, on: /graphql$/ })
    await forge.deleteBranch(await forge.repository(SHOP), 'fix', head)
    expect(Object.keys(await github.git.branches(SHOP))).toEqual(['main'])
  })

  it('gets no program through the API, nor more than it takes', async () => {
    const shop = await forge.repository(SHOP)
    const parent = (await forge.tip(shop, 'main'))!
    const file = { path: 'run.sh', bytes: Buffer.from('x'), mode: '100755', isNew: false } as const
    const before = asks().length
    const many = Array.from({ length: 101 }, (_, i) => ({ ...file, mode: '100644' as const, path: `${i}` }))
    for (const files of [[file], many])
      expect((await refusalOf(forge.commitFiles(shop, { branch: 'fix', parent, message: 'x', files }))).kind).toBe(
        'unsupported',
      )
    expect(asks()).toHaveLength(before)
  })

  it.each([
    ['RATE_LIMITED', 'API rate limit exceeded', 'limited'],
    ['UNPROCESSABLE', 'was submitted too quickly', 'limited'],
    ['FORBIDDEN', 'Resource not accessible by integration', 'forbidden'],
    ['FORBIDDEN', 'Repository was archived so is read-only.', 'archived'],
    ['UNPROCESSABLE', 'Repository rule violations found', 'protected'],
    ['NOT_FOUND', 'Could not resolve to a Repository', 'gone'],
    ['STALE_DATA', 'Expected branch to point to "x" but it did not.', 'stale'],
    [undefined, 'Something went wrong while executing your query.', 'unavailable'],
  ])('gets no commit where GraphQL says, with 200, %s: %s', async (type, message, kind) => {
    const shop = await forge.repository(SHOP)
    const parent = await push()
    const files = [{ path: 'Dockerfile', bytes: Buffer.from('x'), mode: '100644', isNew: false } as const]
    github.fault({ kind: 'answer', status: 200, body: { data: null, errors: [{ type, message }] }, on: /graphql$/ })
    const commit = { branch: 'fix', parent, message: 'x', files }
    expect((await refusalOf(forge.commitFiles(shop, commit))).kind).toBe(kind)
  })
})

it('takes https, or this machine, and nothing else', () => {
  const access = { ...github.access, api: 'http://github.example.com/api/v3' }
  expect(() => githubForge(access, open)).toThrow('without https')
})
