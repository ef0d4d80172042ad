/** What GitHub itself shows as its answers, told to the adapter. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Forge, RemoteRepository } from '../../../src/campaign/forge.js'
import { githubForge } from '../../../src/campaign/forges/github.js'
import { type FakeGithub, startGithub } from './github-fake.js'

const file = join(import.meta.dirname, 'github.examples.json')
const examples = JSON.parse(readFileSync(file, 'utf8')).answers['2xx'] as Record<string, unknown>

let github: FakeGithub
let forge: Forge
let hello: RemoteRepository

beforeEach(async () => {
  github = await startGithub({ repositories: {} })
  github.mention('octocat/Hello-World')
  forge = githubForge(github.access, (_kind, request) => request())
  hello = await forge.repository('octocat/Hello-World')
})
afterEach(async () => {
  // Where GitHub's examples are not as its own description has them.
  const known = /^repos\/get 200: .* 'language' |^pulls\/create 201: \/requested_teams\/0 .* 'type' /
  const others = github.violations.filter((one) => !known.test(one))
  github.violations.splice(0, Number.POSITIVE_INFINITY, ...others)
  await github.dispose()
})

/** The next answer is this example. */
function shows(example: string, on = /./): void {
  expect(examples[example]).toBeDefined()
  github.fault({ kind: 'answer', status: example.startsWith('pulls/create') ? 201 : 200, body: examples[example], on })
}

it('a repository', async () => {
  shows('repos/get default-response')
  const topics = ['octocat', 'atom', 'electron', 'api']
  const cloneUrl = `${github.origin}/octocat/Hello-World.git`
  expect(await forge.repository('x/y')).toMatchObject({ cloneUrl, defaultBranch: 'master', mayPush: false, topics })
})

it('what a search finds', async () => {
  shows('search/repos default')
  shows('search/repos default')
  const found = await forge.repositories({ search: 'tetris', forks: false })
  expect(found.map(({ address }) => address.name)).toEqual(['dtrupenn/Tetris'])
})

it('a branch and a commit', async () => {
  shows('git/get-ref default')
  expect(await forge.tip(hello, 'featureA')).toBe('aa218f56b14c9653891f9e74264a383fa43fefbd')
  shows('git/get-commit default')
  const commit = await forge.commit(hello, '7638417db6d59f3c431d3e1f261cc637155684cd')
  expect(commit).toMatchObject({
    tree: '691272480426f78a0138979dd3ce63b77f706feb',
    parents: ['1acc419d4d6a9ce985db7be48c6349a0475975b5'],
  })
})

it('a file, and what is none', async () => {
  shows('repos/get-content response-if-content-is-a-file')
  expect(await forge.file(hello, 'README.md', 'main')).toMatch(/^# Yoga/)
  for (const other of ['directory', 'symlink', 'submodule']) {
    shows(`repos/get-content response-if-content-is-a-${other}`)
    expect(await forge.file(hello, 'README.md', 'main')).toBeUndefined()
  }
})

it('a pull request', async () => {
  shows('pulls/create default')
  const draft = { branch: 'new-topic', base: 'master', title: 't', body: '', draft: false, labels: [], reviewers: [] }
  expect(await forge.open(hello, draft)).toMatchObject({
    number: 1347,
    branch: 'new-topic',
    base: 'master',
    title: 'Amazing new feature',
  })
})

it('checks and statuses', async () => {
  shows('checks/list-for-ref default', /check-runs$/)
  shows('repos/get-combined-status-for-ref default', /status$/)
  expect(await forge.checks(hello, '6dcb09b5b57875f334f61aebed695e2e4193db5e')).toBe('passed')
})
