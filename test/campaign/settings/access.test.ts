import { describe, expect, test } from 'vitest'
import { accessOf, authorizationOf, forgesOf } from '../../../src/campaign/access.js'
import type { DeclaredForge } from '../../../src/campaign/model.js'

const COMPANY: DeclaredForge = { origin: 'https://git.example.com', kind: 'github' }
const LAB: DeclaredForge = { origin: 'https://lab.example.com', kind: 'gitlab', token: 'LAB_TOKEN' }
const LOCAL: DeclaredForge = { origin: 'http://127.0.0.1:3000', kind: 'gitea', api: 'http://127.0.0.1:3000/x/api' }
const WELL_KNOWN = ['https://github.com', 'https://gitlab.com', 'https://codeberg.org', 'https://gitea.com']

/** Who is given the token that a variable holds. */
function reached(variable: string, declared: readonly DeclaredForge[] = [], more: Record<string, string> = {}) {
  const forges = forgesOf(declared)
  const environment = { LAB_TOKEN: 'lab', ...more, [variable]: 'the-token' }
  return [...forges.keys()].filter((origin) => accessOf(origin, forges, environment).token === 'the-token')
}

describe('a token goes to the one forge it was made for', () => {
  test.each([
    ['GH_TOKEN', ['https://github.com']],
    ['GITHUB_TOKEN', ['https://github.com']],
    ['GITLAB_TOKEN', ['https://gitlab.com']],
    ['CODEBERG_TOKEN', ['https://codeberg.org']],
    ['GITEA_TOKEN', ['https://gitea.com']],
    ['GH_ENTERPRISE_TOKEN', ['https://git.example.com']],
    ['LAB_TOKEN', ['https://lab.example.com']],
  ])('%s', (variable, expected) => {
    expect(reached(variable, [COMPANY, LAB, LOCAL])).toEqual(expected)
  })

  test('that of Actions on a server of one’s own stays on that server', () => {
    const there = { GITHUB_SERVER_URL: 'https://git.example.com' }
    expect(reached('GITHUB_TOKEN', [COMPANY], there)).toEqual(['https://git.example.com'])
    expect(reached('GITHUB_TOKEN', [], there)).toEqual([])
  })

  test('of two servers of one’s own none is given what could belong to the other', () => {
    expect(reached('GH_ENTERPRISE_TOKEN', [COMPANY, { ...COMPANY, origin: 'https://other.example.com' }])).toEqual([])
  })

  test('a forge that names its variable is given no other', () => {
    const github = { origin: 'https://github.com', kind: 'github' as const, token: 'MINE' }
    expect(reached('GH_TOKEN', [github], { MINE: 'mine' })).toEqual([])
    expect(reached('MINE', [github])).toEqual(['https://github.com'])
  })

  test('without any, forges are reached without one', () => {
    for (const origin of WELL_KNOWN) expect(accessOf(origin, forgesOf([]), {}).token).toBeUndefined()
  })
})

test('a variable that is named and not set, or holds something else, is said, and its value is not', () => {
  const forges = forgesOf([LAB])
  expect(() => accessOf(LAB.origin, forges, { LAB_TOKEN: '' })).toThrow(
    'the variable LAB_TOKEN, which is to hold the token for https://lab.example.com, is not set',
  )
  const said = () => accessOf(LAB.origin, forges, { LAB_TOKEN: 'sec ret\r\nX-Evil: 1' })
  expect(said).toThrow('the variable LAB_TOKEN does not hold a token')
  expect(said).not.toThrow(/sec|Evil/)
  expect(accessOf(LAB.origin, forges, { LAB_TOKEN: 'secret\n' }).token).toBe('secret')
})

test('the token of github.com goes nowhere else, though a plan may say so', () => {
  for (const token of ['GH_TOKEN', 'GITHUB_TOKEN']) {
    const forges = forgesOf([{ origin: 'https://evil.example', kind: 'github', token }])
    expect(() => accessOf('https://evil.example', forges, { [token]: 'x' })).toThrow(
      `the variable ${token} holds the token of https://github.com, which is not given to https://evil.example`,
    )
  }
})

test('a forge that nobody knows is refused with what to do', () => {
  expect(() => accessOf('https://git.example.com', forgesOf([]), {})).toThrow(
    'declare it in the campaign file, under forges, with origin: https://git.example.com and kind: github, gitlab or gitea',
  )
})

test('each kind has its API and its way to say who git is', () => {
  const forges = forgesOf([COMPANY, LAB, LOCAL])
  const shown = (origin: string) => {
    const access = { ...accessOf(origin, forges, { LAB_TOKEN: 'x' }), token: 't' }
    const header = authorizationOf(access).authorization!.replace(/^Basic /, '')
    return [access.api, Buffer.from(header, 'base64').toString()]
  }
  expect(shown('https://github.com')).toEqual(['https://api.github.com', 'x-access-token:t'])
  expect(shown('https://git.example.com')).toEqual(['https://git.example.com/api/v3', 'x-access-token:t'])
  expect(shown('https://gitlab.com')).toEqual(['https://gitlab.com/api/v4', 'oauth2:t'])
  expect(shown('https://codeberg.org')).toEqual(['https://codeberg.org/api/v1', 'token:t'])
  expect(shown('http://127.0.0.1:3000')).toEqual(['http://127.0.0.1:3000/x/api', 'token:t'])
  expect(authorizationOf(accessOf('https://github.com', forges, {}))).toEqual({})
})
