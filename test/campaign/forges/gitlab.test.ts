import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Forge, Gate } from '../../../src/campaign/forge.js'
import { gitlabForge } from '../../../src/campaign/forges/gitlab.js'
import { checksOf } from '../../../src/campaign/forges/gitlab-checks.js'
import { itConforms, refusalOf } from './conformance.js'
import { type FakeGitlab, startGitlab } from './gitlab-fake.js'

itConforms({
  name: 'GitLab',
  start: (repositories) => startGitlab({ repositories }),
  adapter: gitlabForge,
  opening: /^POST .*\/merge_requests$/,
  reviewer: 'alice',
  besidesTheirs: true,
})

const SHOP = 'acme/platform/shop'
const FILES = { Dockerfile: 'FROM debian\n', 'run.sh': { program: '#!/bin/sh\n' }, other: 'x\n' }
const DRAFT = { branch: 'fix', base: 'main', title: 'Fix', body: '', draft: false, labels: [], reviewers: [] }
const open: Gate = (_kind, request) => request()

let gitlab: FakeGitlab
let forge: Forge

beforeEach(async () => {
  gitlab = await startGitlab({ repositories: { [SHOP]: FILES }, people: ['alice'], nobody: ['mallory', 'ghost'] })
  forge = gitlabForge(gitlab.access, open)
})
afterEach(() => gitlab.dispose())

const asks = () => gitlab.seen.map(({ method, path }) => `${method} ${path.replace('/api/v4', '').split('?')[0]}`)
const push = (text = 'FROM debian\nUSER 1000\n') =>
  gitlab.git.commit(SHOP, 'fix', { Dockerfile: text }, { from: 'main' })
const mainTip = async () => (await gitlab.git.branches(SHOP)).main!

describe('a project of GitLab', () => {
  it('is followed to its number, and not to another machine', async () => {
    gitlab.rename(SHOP, 'umbrella/shop')
    expect((await forge.repository(SHOP)).address.name).toBe('umbrella/shop')
    expect(asks()).toEqual(['GET /projects/acme%2Fplatform%2Fshop', 'GET /projects/1'])
    const body = { message: 'This resource has been moved permanently' }
    gitlab.fault({ kind: 'answer', status: 301, headers: { location: 'https://example.com/api/v4/projects/1' }, body })
    expect((await refusalOf(forge.repository(SHOP))).kind).toBe('gone')
  })

  it('that has moved meanwhile takes no change', async () => {
    const shop = await forge.repository(SHOP)
    await push()
    const pull = await forge.open(shop, DRAFT)
    gitlab.rename(SHOP, 'umbrella/shop')
    expect((await refusalOf(forge.close(shop, pull.number))).kind).toBe('gone')
  })

  it('may be pushed to as a member, or because a group one is in was invited', async () => {
    expect((await forge.repository(SHOP)).mayPush).toBe(true)
    gitlab.setAccess(SHOP, 'invited')
    expect((await forge.repository(SHOP)).mayPush).toBe(true)
    gitlab.setAccess(SHOP, 'none')
    expect((await forge.repository(SHOP)).mayPush).toBe(false)
    const [found] = await forge.repositories({ owner: 'acme', forks: false })
    expect(found!.mayPush).toBe(false)
  })

  it('without a commit has no default branch', async () => {
    gitlab.repository(SHOP).isEmpty = true
    expect((await forge.repository(SHOP)).defaultBranch).toBeUndefined()
  })

  it('is not looked for by a name that means another place', async () => {
    expect((await refusalOf(forge.repository('../user'))).kind).toBe('invalid')
    expect(asks()).toEqual([])
  })
})

describe('projects of GitLab', () => {
  const names = async (selection: object) =>
    (await forge.repositories({ forks: false, ...selection })).map(({ address }) => address.name)

  it('are those of a group and all below it, page by page, without forks unless asked for', async () => {
    for (let i = 0; i < 220; i++)
      gitlab.mention(`acme/tools/t${i}`, { isFork: i < 20, topics: i < 50 ? ['Docker'] : [] })
    gitlab.mention('acmes/other')
    expect(await names({ owner: 'acme' })).toHaveLength(201)
    expect(await names({ owner: 'acme', forks: true })).toHaveLength(221)
    expect(await names({ owner: 'acme/tools', topic: 'docker' })).toHaveLength(30)
    expect(await names({ owner: 'acme/platform' })).toEqual([SHOP])
    expect(await names({ owner: 'acme', search: 't21' })).toHaveLength(11)
  })

  it('are those of a person', async () => {
    gitlab.mention('alice/a')
    gitlab.mention('alicent/b')
    expect(await names({ owner: 'alice' })).toEqual(['alice/a'])
    expect((await refusalOf(names({ owner: 'ghost' }))).kind).toBe('gone')
  })

  it('are those we are members of where nobody is named, by keyset', async () => {
    for (let i = 0; i < 150; i++) gitlab.mention(`g${i}/p`, { mayPush: i % 2 === 0 })
    expect(await names({})).toHaveLength(76)
    expect(gitlab.seen.every(({ path }) => path.includes('pagination=keyset'))).toBe(true)
  })
})

describe('a commit on GitLab', () => {
  it('has the tree that git says, whatever is in it', async () => {
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`f${i}`, `${i}`]))
    const files = {
      ...many,
      'a/b': '1',
      'a.b': '2',
      'a-b/c': '3',
      ü: { link: 'a' },
      sub: { repository: '1'.repeat(40) },
    }
    const id = await gitlab.git.commit(SHOP, 'full', files, { from: 'main' })
    const tree = (await gitlab.git.git(SHOP, 'rev-parse', `${id}^{tree}`)).trim()
    expect((await forge.commit(await forge.repository(SHOP), id))!.tree).toBe(tree)
  })

  const program = { path: 'run.sh', bytes: Buffer.from('#!/bin/sh\nexit\n'), mode: '100755', isNew: false } as const
  const words = { branch: 'fix', message: 'Fix\n' }
  const modeOf = async (path: string) => (await gitlab.git.git(SHOP, 'ls-tree', 'fix', '--', path)).slice(0, 6)

  it('keeps the modes of files, and gives them the ones they shall have', async () => {
    const shop = await forge.repository(SHOP)
    const files = [
      program,
      { path: 'new.sh', bytes: Buffer.from('#!/bin/sh\n'), mode: '100755', isNew: true } as const,
      { path: 'other', bytes: Buffer.from('y\n'), mode: '100755', isNew: false } as const,
      { path: 'Dockerfile', bytes: Buffer.from('FROM scratch\n'), mode: '100644', isNew: false } as const,
    ]
    await forge.commitFiles(shop, { ...words, parent: await mainTip(), files })
    expect(await Promise.all(['run.sh', 'new.sh', 'other', 'Dockerfile'].map(modeOf))).toEqual([
      '100755',
      '100755',
      '100755',
      '100644',
    ])
    expect((await gitlab.git.file(SHOP, 'fix', 'other'))!.toString()).toBe('y\n')
  })

  it('is refused where the branch is protected or lacks the file', async () => {
    const shop = await forge.repository(SHOP)
    const parent = await mainTip()
    const none = { ...program, path: 'none' }
    const about = { ...words, branch: 'main', parent, files: [none] }
    expect((await refusalOf(forge.commitFiles(shop, about))).kind).toBe('stale')
    gitlab.protect('main')
    expect((await refusalOf(forge.commitFiles(shop, { ...about, files: [program] }))).kind).toBe('protected')
    expect((await refusalOf(forge.deleteBranch(shop, 'main', parent))).kind).toBe('protected')
    expect(await mainTip()).toBe(parent)
  })
})

describe('a merge request', () => {
  it('has its labels and reviewers from the one request that opens it; each name is looked up once', async () => {
    const shop = await forge.repository(SHOP)
    await push()
    const reviewers = ['alice', 'mallory', 'acme/owners']
    await forge.open(shop, { ...DRAFT, labels: ['security'], reviewers })
    expect(await gitlab.pulls(SHOP)).toMatchObject([{ labels: ['security'], reviewers: ['alice'] }])
    const said = await forge.decorate(shop, 1, { labels: ['security'], reviewers })
    expect(said).toEqual([expect.stringContaining('mallory'), expect.stringContaining('only people')])
    expect(gitlab.seen.filter(({ isContent }) => isContent)).toHaveLength(1)
    expect(asks().filter((ask) => ask === 'GET /users')).toHaveLength(2)
  })

  it('keeps the reviewers it has, and says who is one too many', async () => {
    const shop = await forge.repository(SHOP)
    await push()
    await forge.open(shop, { ...DRAFT, reviewers: ['bob'] })
    gitlab.takeReviewers(1)
    const said = await forge.decorate(shop, 1, { labels: [], reviewers: ['alice'] })
    expect(said).toEqual([expect.stringContaining('alice')])
    expect((await gitlab.pulls(SHOP))[0]!.reviewers).toEqual(['bob'])
  })

  it('takes no line of its text for a command', async () => {
    const shop = await forge.repository(SHOP)
    await push()
    const body = '/merge\n\n    /approve\n/Close now\n /label x\n/ 2\n- /x'
    const pull = await forge.open(shop, { ...DRAFT, body })
    const kept = (await gitlab.pulls(SHOP))[0]!.body
    expect(kept.split('\n').filter((line) => /^\/[a-z]/i.test(line))).toEqual([])
    expect(pull.body).toBe(body)
    await forge.comment(shop, 1, '/close')
    expect((await gitlab.pulls(SHOP))[0]!.comments).toEqual([' /close'])
  })

  it('is a draft by its title, and stays one or none', async () => {
    const shop = await forge.repository(SHOP)
    await push()
    await forge.open(shop, { ...DRAFT, title: 'Draft: [Draft] fix' })
    gitlab.fault({ kind: 'answer', status: 404, body: { message: '404 Not found' }, on: /^GET .*\/merge_requests\/1$/ })
    expect((await refusalOf(forge.update(shop, 1, { title: 'New', body: '' }))).kind).toBe('gone')
    expect((await forge.pulls(shop, 'fix'))[0]).toMatchObject({ title: 'fix', draft: true })
  })

  it.each([
    [[], 'none'],
    [['skipped'], 'none'],
    [['success', 'skipped'], 'passed'],
    [['success', 'manual'], 'pending'],
    [['success', 'a status of the future'], 'pending'],
    [['running', 'failed'], 'failed'],
    [['success', 'canceled'], 'failed'],
  ] as const)('with pipelines that are %j has checks that are %s', (statuses, outcome) => {
    const pipelines = statuses.map((status, i) => ({ id: 9 - i, source: `${i}`, ref: 'fix', status }))
    expect(checksOf(pipelines)).toBe(outcome)
  })

  it('is judged by the latest run of each pipeline', () => {
    const run = (id: number, source: string, status: string) => ({ id, source, ref: 'fix', status })
    expect(checksOf([run(3, 'push', 'success'), run(2, 'web', 'success'), run(1, 'push', 'failed')])).toBe('passed')
    expect(checksOf([run(3, 'push', 'success'), run(2, 'web', 'failed'), run(1, 'push', 'failed')])).toBe('failed')
  })
})

describe('GitLab', () => {
  it.each([
    [
      'too many requests',
      429,
      { 'ratelimit-remaining': '0', 'ratelimit-reset': '1830297660', date: 'Sat, 01 Jan 2028 00:00:00 GMT' },
      'Retry later',
      'limited',
      60,
    ],
    ['a token that has run out', 401, {}, '401 Unauthorized', 'unauthorised', undefined],
    ['faults by field', 400, {}, { title: ['is too long'], base: ['is odd'] }, 'invalid', undefined],
    ['a forbidden address', 403, { 'retry-after': '60' }, 'Forbidden', 'limited', 60],
    ['a rule for pushes', 400, {}, 'Commit must be signed with a GPG key: unsigned', 'protected', undefined],
  ] as const)('refuses for %s', async (_why, status, headers, message, kind, seconds) => {
    const shop = await forge.repository(SHOP)
    await push()
    gitlab.fault({ kind: 'answer', status, headers, body: { message }, on: /^POST/ })
    const refusal = await refusalOf(forge.open(shop, DRAFT))
    expect([refusal.kind, refusal.retryAfter]).toEqual([kind, seconds])
    if (typeof message === 'object') expect(refusal.message).toBe('GitLab refuses: title is too long; is odd')
  })

  it('is never asked with a header that would follow a redirect', async () => {
    const sent: string[][] = []
    gitlab.git.requests.length = 0
    const { origin } = gitlab
    const ask = globalThis.fetch
    globalThis.fetch = (url, init) => {
      if (`${url}`.startsWith(origin)) sent.push(Object.keys(init?.headers ?? {}))
      return ask(url, init)
    }
    try {
      await forge.repository(SHOP)
    } finally {
      globalThis.fetch = ask
    }
    expect(sent).toEqual([['user-agent', 'accept', 'authorization']])
  })
})
