import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { CLEAN } from '../git-repositories.js'
import { type GitServer, startGitServer } from '../git-server.js'

/** The stand-in itself: what the tests of campaigns rest on is tested with plain git. */
const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'harden-server-test-'))
let server: GitServer
let count = 0
beforeAll(async () => {
  server = await startGitServer({
    repositories: { 'acme/shop': { Dockerfile: 'FROM a\n', run: { program: '#!/bin/sh\n' } } },
  })
})
beforeEach(() => {
  server.authorization = undefined
})
afterAll(async () => {
  await server.dispose()
  rmSync(folder, { recursive: true })
})

const plain = (...args: string[]) => run('git', args, { env: { ...CLEAN, GIT_TERMINAL_PROMPT: '0' } })
const into = () => join(folder, String(count++))

async function cloned(): Promise<string> {
  const to = into()
  await plain('clone', '-q', server.urlOf('acme/shop'), to)
  await plain('-C', to, 'config', 'user.name', 'Me')
  await plain('-C', to, 'config', 'user.email', 'me@example.com')
  await plain('-C', to, 'commit', '-q', '--allow-empty', '-m', 'Empty')
  return to
}

it('serves clones, takes pushes and keeps what it was asked', async () => {
  const to = await cloned()
  expect(readFileSync(join(to, 'Dockerfile'), 'utf8')).toBe('FROM a\n')
  await plain('-C', to, 'push', '-q', 'origin', 'HEAD:refs/heads/ours')
  const { main, ours } = await server.branches('acme/shop')
  expect(ours).toMatch(/^[0-9a-f]{40}$/)
  expect(ours).not.toBe(main)
  expect(server.requests.map(({ service }) => service)).toContain('push')
})

it('asks for a login, and says what is not there', async () => {
  server.authorization = 'Basic c2VjcmV0'
  await expect(plain('ls-remote', server.urlOf('acme/shop'))).rejects.toThrow(/could not read Username/)
  const header = `http.${server.url}/.extraHeader=Authorization: Basic c2VjcmV0`
  expect((await plain('-c', header, 'ls-remote', server.urlOf('acme/shop'))).stdout).toContain('refs/heads/main')
  await expect(plain('-c', header, 'ls-remote', server.urlOf('acme/none'))).rejects.toThrow(/not found/)
})

it('makes the same commit of the same files, in any branch and any repository', async () => {
  const id = await server.add('acme/other', { Dockerfile: 'FROM a\n', run: { program: '#!/bin/sh\n' } })
  expect(id).toBe((await server.branches('acme/shop')).main)
  const next = await server.commit('acme/other', 'side', { 'a b\n': 'x', run: undefined }, { from: 'main' })
  expect(await server.git('acme/other', 'ls-tree', '--name-only', '-z', next)).toBe('Dockerfile\0a b\n\0')
})

it('refuses a branch in the words it is given', async () => {
  const to = await cloned()
  server.refuse(
    'acme/shop',
    'm*',
    "error: GH006: Protected branch update failed for refs/heads/main, isn't \x1b[31mred\x1b[0m",
  )
  await expect(plain('-C', to, 'push', '-q', 'origin', 'HEAD:main')).rejects.toThrow(
    /remote: error: GH006.*isn't .*red/,
  )
  await plain('-C', to, 'push', '-q', 'origin', 'HEAD:other')
})

it('fails in every way it is told to, as often as it is told to', async () => {
  const to = await cloned()
  server.fault('acme/shop', { kind: 'status', status: 503, times: 1 })
  await expect(plain('ls-remote', server.urlOf('acme/shop'))).rejects.toThrow(/503/)
  server.fault('acme/shop', { kind: 'lost answer', on: 'push', times: 1 })
  await expect(plain('-C', to, 'push', '-q', 'origin', 'HEAD:lost')).rejects.toThrow()
  expect((await server.branches('acme/shop')).lost).toBeDefined()
  server.fault('acme/shop', { kind: 'redirect', to: server.urlOf('acme/other'), times: 1 })
  expect((await plain('ls-remote', server.urlOf('acme/shop'))).stderr).toContain('redirecting to')
  const undo = server.fault('*', { kind: 'cut' })
  await expect(plain('clone', '-q', server.urlOf('acme/shop'), into())).rejects.toThrow()
  undo()
  await plain('clone', '-q', server.urlOf('acme/shop'), into())
})
