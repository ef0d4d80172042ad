import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Forge, Gate } from '../../../src/campaign/forge.js'
import { giteaForge } from '../../../src/campaign/forges/gitea.js'
import { itConforms, refusalOf } from './conformance.js'
import { type FakeGitea, startGitea } from './gitea-fake.js'

itConforms({
  name: 'Gitea',
  start: (repositories) => startGitea({ repositories }),
  adapter: giteaForge,
  opening: /^POST .*\/pulls$/,
  reviewer: 'alice',
  besidesTheirs: true,
})

const SHOP = 'acme/shop'
const FILES = { Dockerfile: 'FROM debian\n', 'run.sh': { program: '#!/bin/sh\n' } }
const DRAFT = { branch: 'fix', base: 'main', title: 'Fix', body: '', draft: false, labels: [], reviewers: [] }
const open: Gate = (_kind, request) => request()

let gitea: FakeGitea
let forge: Forge

beforeEach(async () => {
  gitea = await startGitea({ repositories: { [SHOP]: FILES }, people: ['alice'] })
  forge = giteaForge(gitea.access, open)
})
afterEach(() => gitea.dispose())

const asks = () => gitea.seen.map(({ method, path }) => `${method} ${path.replace('/api/v1', '').split('?')[0]}`)
const push = (text = 'FROM debian\nUSER 1000\n') =>
  gitea.git.commit(SHOP, 'fix', { Dockerfile: text }, { from: 'main' })
const mainTip = async () => (await gitea.git.branches(SHOP)).main!

describe('a repository of Gitea', () => {
  it('has an owner and a name', async () => {
    expect((await refusalOf(forge.repository('acme/platform/shop'))).kind).toBe('invalid')
    expect((await refusalOf(forge.repository('../user'))).kind).toBe('invalid')
    expect(asks()).toEqual([])
  })

  it('is not pushed to by those who may not, and has no branch while it is empty', async () => {
    Object.assign(gitea.repository(SHOP), { mayPush: false, isEmpty: true })
    const shop = await forge.repository(SHOP)
    expect([shop.mayPush, shop.defaultBranch]).toEqual([false, undefined])
  })
})

describe('repositories of Gitea', () => {
  const names = async (selection: object) =>
    (await forge.repositories({ forks: false, ...selection })).map(({ address }) => address.name)

  it('are those of an organisation, fifty at a time, without forks unless asked for', async () => {
    for (let i = 0; i < 120; i++) gitea.mention(`acme/t${i}`, { isFork: i < 20, topics: i < 50 ? ['docker'] : [] })
    expect(await names({ owner: 'acme' })).toHaveLength(101)
    expect(asks()).toEqual(['GET /orgs/acme', ...Array(4).fill('GET /orgs/acme/repos')])
    expect(await names({ owner: 'acme', forks: true })).toHaveLength(121)
    expect(await names({ owner: 'acme', topic: 'docker' })).toHaveLength(30)
  })

  it('are those of a person', async () => {
    for (const name of ['alice/a', 'alicent/b']) gitea.mention(name)
    expect(await names({ owner: 'alice' })).toEqual(['alice/a'])
    expect((await refusalOf(names({ owner: 'nobody' }))).kind).toBe('gone')
  })

  it('are what a search finds, of one owner or of all, and those of a topic', async () => {
    for (const name of ['acme/workshop', 'umbrella/shop', 'umbrella/other'])
      gitea.mention(name, { topics: name === 'umbrella/other' ? [] : ['docker'] })
    expect(await names({ search: 'shop' })).toEqual([SHOP, 'acme/workshop', 'umbrella/shop'])
    expect(await names({ search: 'shop', owner: 'acme' })).toEqual([SHOP, 'acme/workshop'])
    expect(await names({ search: 'shop', topic: 'docker' })).toEqual(['acme/workshop', 'umbrella/shop'])
    expect(await names({ topic: 'docker' })).toEqual(['acme/workshop', 'umbrella/shop'])
  })
})

describe('a pull request of Gitea', () => {
  it('is known by its branch when that is gone, among more than a page of others', async () => {
    const shop = await forge.repository(SHOP)
    const head = await push()
    const { number } = await forge.open(shop, DRAFT)
    for (let i = 0; i < 60; i++) await gitea.openFromFork(SHOP, 'fix')
    await gitea.git.git(SHOP, 'update-ref', '-d', 'refs/heads/fix')
    expect(await forge.pulls(shop, 'fix')).toMatchObject([{ number, state: 'closed', branch: 'fix', head }])
  })

  it('has the labels that there are from the one request that opens it', async () => {
    const shop = await forge.repository(SHOP)
    await push()
    const labels = ['harden', 'security', 'new']
    await forge.open(shop, { ...DRAFT, labels })
    expect((await gitea.pulls(SHOP))[0]!.labels).toEqual(['harden', 'security'])
    const said = await forge.decorate(shop, 1, { labels, reviewers: [] })
    expect(said).toEqual([expect.stringContaining('label new')])
    expect(gitea.seen.filter(({ isContent }) => isContent)).toHaveLength(1)
  })

  it('of a person is not given labels of an organisation', async () => {
    await gitea.dispose()
    gitea = await startGitea({ repositories: { 'alice/shop': FILES }, people: ['alice'] })
    forge = giteaForge(gitea.access, open)
    const shop = await forge.repository('alice/shop')
    await gitea.git.commit('alice/shop', 'fix', { a: 'b' }, { from: 'main' })
    await forge.open(shop, { ...DRAFT, labels: ['security'] })
    expect((await gitea.pulls('alice/shop'))[0]!.labels).toEqual([])
  })

  it('is reviewed by teams of its owner, each asked for alone', async () => {
    const shop = await forge.repository(SHOP)
    await push()
    await forge.open(shop, DRAFT)
    gitea.refuse({ reviewer: 'bob' })
    const reviewers = ['bob', 'acme/owners', 'umbrella/owners', 'harden-bot', 'alice']
    const said = await forge.decorate(shop, 1, { labels: [], reviewers })
    expect(said).toEqual(['bob', 'umbrella/owners', 'harden-bot'].map((name) => expect.stringContaining(name)))
    expect((await gitea.pulls(SHOP))[0]!.reviewers).toEqual(['acme/owners', 'alice'])
    expect(await forge.decorate(shop, 1, { labels: [], reviewers: ['ACME/owners', 'Alice'] })).toEqual([])
  })

  it('is a draft by its title', async () => {
    const shop = await forge.repository(SHOP)
    await push()
    expect(await forge.open(shop, { ...DRAFT, title: '[WIP] fix' })).toMatchObject({ title: 'fix', draft: true })
    const updated = await forge.update(shop, 1, { title: 'New', body: 'x' })
    expect(updated).toMatchObject({ title: 'New', draft: true })
  })

  it('that is merged is not opened again', async () => {
    const shop = await forge.repository(SHOP)
    await push()
    await forge.open(shop, DRAFT)
    await gitea.merge(SHOP, 1)
    expect((await refusalOf(forge.reopen(shop, 1))).kind).toBe('invalid')
  })
})

describe('a commit on Gitea', () => {
  const program = { path: 'run.sh', bytes: Buffer.from('#!/bin/sh\nexit\n'), mode: '100755', isNew: false } as const
  const words = { branch: 'fix', message: 'Fix\n' }

  it('keeps the mode of a program, and does not make one', async () => {
    const shop = await forge.repository(SHOP)
    const parent = await mainTip()
    await forge.commitFiles(shop, { ...words, parent, files: [program] })
    expect(await gitea.git.git(SHOP, 'ls-tree', 'fix', '--', 'run.sh')).toMatch(/^100755/)
    const files = [{ ...program, path: 'new.sh', isNew: true }]
    expect((await refusalOf(forge.commitFiles(shop, { ...words, branch: 'b', parent, files }))).kind).toBe(
      'unsupported',
    )
    expect(Object.keys(await gitea.git.branches(SHOP))).toEqual(['fix', 'main'])
  })

  it('leaves no branch where it was refused, and one where nobody knows', async () => {
    const shop = await forge.repository(SHOP)
    const about = { ...words, parent: await mainTip(), files: [program] }
    const on = /^POST .*\/contents$/
    gitea.fault({ kind: 'answer', status: 403, body: { message: 'user cannot commit to repo', url: '' }, on })
    expect((await refusalOf(forge.commitFiles(shop, about))).kind).toBe('protected')
    expect(Object.keys(await gitea.git.branches(SHOP))).toEqual(['main'])
    gitea.fault({ kind: 'answer', status: 502, body: { message: 'Bad gateway' }, on })
    expect((await refusalOf(forge.commitFiles(shop, about))).kind).toBe('unavailable')
    expect((await gitea.git.branches(SHOP)).fix).toBe(about.parent)
    expect((await gitea.git.branches(SHOP)).fix).not.toBe(await forge.commitFiles(shop, about))
  })

  it('is refused where the branch is protected or lacks the file', async () => {
    const shop = await forge.repository(SHOP)
    const parent = await mainTip()
    const about = { ...words, branch: 'main', parent }
    const none = { ...program, path: 'none' }
    expect((await refusalOf(forge.commitFiles(shop, { ...about, files: [none] }))).kind).toBe('stale')
    gitea.protect('main')
    expect((await refusalOf(forge.commitFiles(shop, { ...about, files: [program] }))).kind).toBe('protected')
    expect((await refusalOf(forge.deleteBranch(shop, 'main', parent))).kind).toBe('protected')
  })
})

describe('Gitea', () => {
  it.each([
    ['a token without a right', 403, {}, 'token does not have at least one of required scope(s)', 'forbidden'],
    ['a forge that has had enough', 403, { 'retry-after': '60' }, 'Forbidden', 'limited'],
    ['a repository that was archived', 423, {}, 'locked', 'archived'],
    ['a branch that only some may write to', 403, {}, 'Not allowed to push to protected branch main', 'protected'],
    ['what is not valid', 422, {}, 'title is empty', 'invalid'],
    ['people who are unassigned', 422, {}, 'Assignee does not exist, unassigned', 'invalid'],
  ])('refuses for %s', async (_why, status, headers, message, kind) => {
    const shop = await forge.repository(SHOP)
    await push()
    gitea.fault({ kind: 'answer', status, headers, body: { message, url: '' }, on: /^POST/ })
    expect((await refusalOf(forge.open(shop, DRAFT))).kind).toBe(kind)
  })

  it('that does not let the token read an organisation opens a pull request without its labels', async () => {
    const shop = await forge.repository(SHOP)
    await push()
    gitea.fault({
      kind: 'answer',
      status: 403,
      body: { message: 'token does not have the scope', url: '' },
      on: /orgs/,
    })
    await forge.open(shop, { ...DRAFT, labels: ['harden', 'security'] })
    expect((await gitea.pulls(SHOP))[0]!.labels).toEqual(['harden'])
  })
})
