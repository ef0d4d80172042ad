import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { description } from './github-contract.js'
import { type FakeGithub, startGithub } from './github-fake.js'
import { wrongMutation } from './github-graphql.js'

const SHOP = 'acme/shop'
let github: FakeGithub

beforeEach(async () => {
  github = await startGithub({ repositories: { [SHOP]: { Dockerfile: 'FROM debian\n' } } })
})
afterEach(() => github.dispose())

async function ask(method: string, place: string, body?: unknown) {
  const answer = await fetch(`${github.origin}/api${place}`, {
    method,
    headers: { authorization: `Bearer ${github.token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

function callOf(method: string, path: string, body?: unknown, query = '') {
  return { method, path, query: new URLSearchParams(query), body, headers: {} }
}

describe('the fake GitHub fails a test', () => {
  it.each([
    ['an operation that is not described', 'PUT', `/v3/repos/${SHOP}/pulls/1/merge`, {}],
    ['a parameter that nobody knows', 'GET', `/v3/repos/${SHOP}/pulls?heads=a`, undefined],
    ['a value that is none of those there are', 'GET', `/v3/repos/${SHOP}/pulls?state=merged`, undefined],
    ['a body without what is needed', 'POST', `/v3/repos/${SHOP}/pulls`, { title: 'x', head: 'fix' }],
    ['a body with what nobody knows', 'POST', `/v3/repos/${SHOP}/issues/1/comments`, { body: 'x', text: 'y' }],
    ['a body of another type', 'POST', `/v3/repos/${SHOP}/git/refs`, { ref: 1, sha: 'x' }],
    ['another mutation', 'POST', '/graphql', { query: 'mutation { deleteRef }', variables: {} }],
  ])('that asks for %s', async (_what, method, place, body) => {
    expect((await ask(method, place, body)).status).toBe(500)
    expect(github.violations.length).toBeGreaterThan(0)
    github.violations.length = 0
  })

  it('when it ends', async () => {
    await ask('GET', '/v3/zen')
    await expect(github.dispose()).rejects.toThrow('/zen is no operation of the description')
    github.violations.length = 0
  })

  it('if it answers itself what GitHub would not', async () => {
    github.fault({ kind: 'answer', status: 200, body: { id: 1, full_name: SHOP } })
    await ask('GET', `/v3/repos/${SHOP}`)
    expect(github.violations).toContainEqual(expect.stringContaining("must have required property 'node_id'"))
    github.violations.length = 0
    github.fault({ kind: 'answer', status: 418, body: { message: 'a teapot' } })
    await ask('GET', `/v3/repos/${SHOP}`)
    expect(github.violations).toEqual(['repos/get never answers with 418'])
    github.violations.length = 0
  })

  it('if there are two open pull requests for a branch', async () => {
    await github.git.commit(SHOP, 'fix', { a: 'b' }, { from: 'main' })
    await github.git.git(SHOP, 'branch', 'next', 'main')
    for (const base of ['main', 'next']) await ask('POST', `/v3/repos/${SHOP}/pulls`, { title: 'x', head: 'fix', base })
    expect(github.violations).toEqual(['two open pull requests for fix'])
    github.violations.length = 0
  })
})

describe('the description', () => {
  it('wants of a pull request all that GitHub says of one', async () => {
    await github.git.commit(SHOP, 'fix', { a: 'b' }, { from: 'main' })
    const { body } = await ask('POST', `/v3/repos/${SHOP}/pulls`, { title: 'x', head: 'fix', base: 'main' })
    const call = callOf('POST', `/repos/${SHOP}/pulls`)
    expect(description.wrongReply(call, { status: 201, body })).toEqual([])
    expect(
      description.wrongReply(call, { status: 201, body: { number: 1, title: 'x', state: 'open' } }).length,
    ).toBeGreaterThan(30)
    for (const [name, value] of [
      ['state', 'merged'],
      ['number', '1'],
      ['html_url', null],
      ['merged_at', 'yesterday'],
      ['head', { ref: 'fix' }],
      ['requested_reviewers', ['alice']],
    ] as const) {
      expect(description.wrongReply(call, { status: 201, body: { ...body, [name]: value } })).not.toEqual([])
    }
    // Null is one of the values where the description says so.
    expect(description.wrongReply(call, { status: 201, body: { ...body, body: null, milestone: null } })).toEqual([])
  })

  it('takes branches and files with several segments, and a repository by its number', () => {
    expect(description.wrongRequest(callOf('GET', `/repos/${SHOP}/git/ref/heads/a/b`))).toEqual([])
    expect(description.wrongRequest(callOf('GET', `/repos/${SHOP}/contents/a/b/c`, undefined, 'ref=main'))).toEqual([])
    expect(description.wrongRequest(callOf('GET', '/repositories/7'))).toEqual([])
    expect(description.wrongRequest(callOf('GET', `/repos/${SHOP}/pulls/one`))).not.toEqual([])
  })

  it('wants of a commit what the schema of GraphQL wants', () => {
    expect(wrongMutation({ query: 'query { viewer { login } }', variables: {} })).toHaveLength(1)
    expect(wrongMutation(undefined)).toHaveLength(1)
  })
})
