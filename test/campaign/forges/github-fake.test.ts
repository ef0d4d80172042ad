import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Gate } from '../../../src/campaign/forge.js'
import { githubForge } from '../../../src/campaign/forges/github.js'
import { commitFiles, emptyRepository, git } from '../git-repositories.js'
import { type FakeGithub, startGithub } from './github-fake.js'

const SHOP = 'acme/shop'
const open: Gate = (_kind, request) => request()
const DRAFT = { branch: 'fix', base: 'main', title: 'Fix', body: '', draft: false, labels: [], reviewers: [] }

let github: FakeGithub
let clone: string

beforeEach(async () => {
  github = await startGithub({ repositories: { [SHOP]: { Dockerfile: 'FROM debian\n' } } })
  clone = mkdtempSync(join(tmpdir(), 'harden-fake-github-'))
  emptyRepository(clone)
  await speak('fetch', github.git.urlOf(SHOP), 'main:main')
})
afterEach(async () => {
  rmSync(clone, { recursive: true })
  await github.dispose()
})

const speak = async (...args: string[]) =>
  (await git(clone, ['-c', `http.extraHeader=Authorization: ${github.gitAuthorization}`, ...args])).toString()

async function push(text: string, ...options: string[]): Promise<string> {
  const commit = await commitFiles(clone, 'fix', { Dockerfile: text }, { from: 'main' })
  await speak('push', '--quiet', ...options, github.git.urlOf(SHOP), 'fix:fix')
  return commit
}

describe('git and API of the fake GitHub are one', () => {
  it('what was pushed can be opened, and what is pushed later is in it', async () => {
    const forge = githubForge(github.access, open)
    const first = await push('FROM debian:12\n')
    const shop = await forge.repository(SHOP)
    expect((await forge.open(shop, DRAFT)).head).toBe(first)
    const second = await push('FROM debian:13\n', '--force')
    expect((await forge.pulls(shop, 'fix'))[0]!.head).toBe(second)
    const third = await github.git.commit(SHOP, 'fix', { more: 'by somebody else' })
    expect((await forge.pulls(shop, 'fix'))[0]!.head).toBe(third)
  })

  it('a pull request is closed with its branch, and merged into its base', async () => {
    const forge = githubForge(github.access, open)
    const head = await push('FROM debian:12\n')
    const shop = await forge.repository(SHOP)
    const { number } = await forge.open(shop, DRAFT)
    await speak('push', '--quiet', github.git.urlOf(SHOP), ':fix')
    expect(await forge.pulls(shop, 'fix')).toMatchObject([{ state: 'closed', head }])
    await push('FROM debian:12\n')
    await forge.reopen(shop, number)
    await github.git.commit(SHOP, 'main', { other: 'work' })
    await github.merge(SHOP, number)
    expect(await github.git.file(SHOP, 'main', 'Dockerfile')).toEqual(Buffer.from('FROM debian:12\n'))
    expect(await github.git.file(SHOP, 'main', 'other')).toEqual(Buffer.from('work'))
  })

  it('where commits have to be verified, a push is refused and the API is not', async () => {
    github.protect(SHOP, 'fix')
    await expect(push('FROM debian:12\n')).rejects.toThrow('GH013')
    const forge = githubForge(github.access, open)
    const shop = await forge.repository(SHOP)
    const parent = (await forge.tip(shop, 'main'))!
    const files = [{ path: 'Dockerfile', bytes: Buffer.from('x'), mode: '100644', isNew: false } as const]
    const id = await forge.commitFiles(shop, { branch: 'fix', parent, message: 'x', files })
    expect(await forge.tip(shop, 'fix')).toBe(id)
  })

  it('what is archived takes neither', async () => {
    github.archive(SHOP)
    await expect(push('FROM debian:12\n')).rejects.toThrow('archived')
    const forge = githubForge(github.access, open)
    await expect(forge.comment(await forge.repository(SHOP), 1, 'x')).rejects.toMatchObject({ kind: 'archived' })
  })

  it('git wants the token, too', async () => {
    const refs = `${github.git.urlOf(SHOP)}/info/refs?service=git-upload-pack`
    expect((await fetch(refs)).status).toBe(401)
    expect((await fetch(refs, { headers: { authorization: github.gitAuthorization } })).status).toBe(200)
  })
})

describe('a fault that was ordered', () => {
  const ask = async () =>
    (await fetch(`${github.api}/repos/${SHOP}`, { headers: { authorization: `Bearer ${github.token}` } })).status
  const body = { message: 'no' }

  it('comes as often as ordered, after as many as ordered, and can be taken back', async () => {
    github.fault({ kind: 'answer', status: 502, body, after: 1, times: 2 })
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual([200, 502, 502, 200])
    const takeBack = github.fault({ kind: 'answer', status: 503, body, times: 99 })
    expect(await ask()).toBe(503)
    takeBack()
    expect(await ask()).toBe(200)
    expect(github.seen.map(({ status }) => status)).toEqual([200, 502, 502, 200, 503, 200])
  })

  it('may be slowness, which keeps nobody else waiting', async () => {
    const order: string[] = []
    github.fault({ kind: 'slow', milliseconds: 300 })
    const slow = ask().then(() => order.push('slow'))
    while (github.seen.length === 0) await new Promise((done) => setTimeout(done, 5))
    await ask().then(() => order.push('fast'))
    await slow
    expect(order).toEqual(['fast', 'slow'])
  })
})
