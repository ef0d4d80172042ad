import { describe, expect, it } from 'vitest'
import type { ApiCall } from './forge-server.js'
import { gitea } from './gitea-fake.js'
import { gitlab } from './gitlab-fake.js'

const call = (method: string, address: string, body?: unknown): ApiCall => {
  const [path, query] = address.split('?') as [string, string?]
  return { method, path, query: new URLSearchParams(query), body, headers: {} }
}

describe('the description of GitLab’s API', () => {
  const wrong = (...of: Parameters<typeof call>) => gitlab.wrongRequest(call(...of)).join('\n')
  const pulls = '/projects/acme%2Fshop/merge_requests'
  const pull = { source_branch: 'a', target_branch: 'b', title: 'c' }

  it('takes what is as it describes', () => {
    expect(wrong('GET', `${pulls}?state=all&per_page=100`)).toBe('')
    expect(wrong('POST', pulls, { ...pull, labels: ['x'], reviewer_ids: [1] })).toBe('')
    expect(wrong('DELETE', '/projects/1/repository/branches/a%2Fb')).toBe('')
  })

  it.each([
    ['an operation', 'GET', '/projects/acme/shop', undefined, 'no operation'],
    ['a name', 'GET', `${pulls}?head=a`, undefined, 'knows no head'],
    ['a word', 'GET', `${pulls}?state=open`, undefined, 'allowed values'],
    ['a number', 'GET', `${pulls}?per_page=1000`, undefined, '<= 100'],
    ['what is missing', 'GET', '/projects/1/repository/files/a', undefined, 'wants ref'],
    ['a missing part', 'POST', pulls, { title: 'c' }, 'source_branch'],
    ['a part of another type', 'POST', pulls, { ...pull, labels: 'x' }, 'must be array'],
    ['a part it does not know', 'POST', pulls, { ...pull, draft: true }, 'draft'],
    ['a body where there is none', 'DELETE', '/projects/1/repository/branches/a', {}, 'takes no body'],
  ])('does not take %s that is otherwise', (_what, method, address, body, said) => {
    expect(wrong(method, address, body)).toContain(said)
  })

  it('does not take an answer that is otherwise', () => {
    const reply = (status: number, body: unknown) => gitlab.wrongReply(call('GET', pulls), { status, body }).join('\n')
    expect(reply(200, [])).toBe('')
    expect(reply(200, [{ iid: 1 }])).toContain("required property 'title'")
    expect(reply(418, {})).toContain('never answers with 418')
    expect(reply(404, { message: '404 Not found' })).toBe('')
    expect(reply(404, {})).not.toBe('')
  })
})

describe('Gitea’s description of its API', () => {
  const wrong = (...of: Parameters<typeof call>) => gitea.wrongRequest(call(...of)).join('\n')
  const pulls = '/repos/acme/shop/pulls'

  it('takes what is as it describes, and what Forgejo adds', () => {
    expect(wrong('GET', `${pulls}?state=all&head=a&limit=50`)).toBe('')
    expect(wrong('POST', pulls, { head: 'a', base: 'b', title: 'c', labels: [1] })).toBe('')
    expect(wrong('GET', '/repos/acme/shop/contents/a/b?ref=main')).toBe('')
  })

  it.each([
    ['an operation', 'GET', '/repos/acme/shop/tags', undefined, 'no operation'],
    ['a name', 'GET', `${pulls}?per_page=9`, undefined, 'knows no per_page'],
    ['a word', 'GET', `${pulls}?state=opened`, undefined, 'allowed values'],
    ['a part of another type', 'POST', pulls, { labels: ['x'] }, 'must be integer'],
    ['a part it does not know', 'POST', pulls, { draft: true }, 'draft'],
    ['a missing part', 'POST', '/repos/acme/shop/contents', { branch: 'x' }, 'files'],
  ])('does not take %s that is otherwise', (_what, method, address, body, said) => {
    expect(wrong(method, address, body)).toContain(said)
  })

  it('does not take an answer that is otherwise', () => {
    const reply = (status: number, body: unknown) => gitea.wrongReply(call('GET', pulls), { status, body }).join('\n')
    expect(reply(200, [{ number: 1, milestone: null }])).toBe('')
    expect(reply(200, [{ number: '1' }])).toContain('must be integer')
    expect(reply(200, [{ iid: 1 }])).toContain('iid')
    expect(reply(418, {})).toContain('never answers with 418')
  })
})
