import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OpenOptions } from '../../../src/campaign/git/open.js'
import { openRepository } from '../../../src/campaign/git/open.js'
import type { CommitWords, GitError, Repository } from '../../../src/campaign/repository.js'
import { type GitServer, startGitServer } from '../git-server.js'

const TOKEN = 'ghp_averysecrettoken1234567890'
const AUTHORIZATION = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`
const WORDS: CommitWords = {
  message: 'Run as a user\n\nHarden-Campaign: one\n',
  author: { name: 'Bot', email: 'bot@example.com' },
  time: 1_700_000_100,
}
const FILES = {
  Dockerfile: 'FROM a\r\nUSER root\r\n',
  'src/run.sh': { program: '#!/bin/sh\n' },
  'src/deep/file.txt': 'text\n',
  link: { link: 'src/deep' },
}

let folder: string
let server: GitServer
let opened: Repository[] = []
beforeAll(async () => {
  server = await startGitServer({ repositories: { 'acme/shop': FILES } })
})
afterAll(() => server.dispose())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harden-treeless-'))
})
afterEach(async () => {
  for (const repository of opened) await repository.close()
  opened = []
  expect(readdirSync(folder)).toEqual([])
  rmSync(folder, { recursive: true })
  server.authorization = undefined
  server.requests.length = 0
})

const sourceOf = (name: string, authorization?: string) => ({
  address: { kind: 'remote', forge: 'github', origin: server.url, name } as const,
  url: server.urlOf(name),
  ...(authorization && { authorization }),
})
async function openAt(name: string, options: Partial<OpenOptions> = {}, authorization?: string): Promise<Repository> {
  const repository = await openRepository(sourceOf(name, authorization), { folder, ...options })
  opened.push(repository)
  return repository
}
const kindOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: GitError) => error.kind ?? error,
  )
const idOf = (repository: Repository, path: string) => repository.entries.find((entry) => entry.path === path)!.id
const textOf = async (repository: Repository, path: string) =>
  (await repository.blobs([idOf(repository, path)])).get(idOf(repository, path))?.toString()

it('sees a commit without its files, and fetches those it is asked for together', async () => {
  const repository = await openAt('acme/shop')
  const { main } = await server.branches('acme/shop')
  expect(repository.base).toEqual({ branch: 'main', commit: main, time: 1_700_000_000 })
  expect(repository.entries.map(({ path, kind, isText }) => [path, kind, isText])).toEqual([
    ['Dockerfile', 'file', true],
    ['link', 'link', true],
    ['src/deep/file.txt', 'file', true],
    ['src/run.sh', 'program', true],
  ])
  server.requests.length = 0
  expect(await textOf(repository, 'Dockerfile')).toBe('FROM a\r\nUSER root\r\n')
  expect(server.requests).toHaveLength(2)
  expect(await textOf(repository, 'Dockerfile')).toBe('FROM a\r\nUSER root\r\n')
  expect(server.requests).toHaveLength(2)
  expect((await repository.blobs(['0'.repeat(40)]).catch((e) => e)).kind).toBe('gone')
})

it('commits and pushes what it was given and nothing else', async () => {
  const repository = await openAt('acme/shop')
  const commit = await repository.commit(
    repository.base.commit,
    [{ path: 'Dockerfile', mode: '100644', bytes: Buffer.from('FROM a\r\nUSER 1\r\n') }],
    WORDS,
  )
  await repository.push('harden/one', commit, undefined)
  expect(await repository.tip('harden/one')).toBe(commit)
  expect((await server.branches('acme/shop'))['harden/one']).toBe(commit)
  expect(await server.git('acme/shop', 'diff-tree', '-r', '--name-status', 'main', commit)).toBe('M\tDockerfile\n')
})
void kindOf
void existsSync
void describe
void AUTHORIZATION
