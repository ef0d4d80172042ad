import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as v from 'valibot'
import { afterEach, describe, expect, it } from 'vitest'
import { ForgeError, type Gate } from '../../../src/campaign/forge.js'
import { path, withQuery } from '../../../src/campaign/forges/api-path.js'
import { API_LIMITS, apiClient } from '../../../src/campaign/forges/http.js'

const TOKEN = 'a-token-of-tests'
const servers: Server[] = []
const open: Gate = (_kind, request) => request()

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

type Reply = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A server that answers every request as told, and what it was asked. */
async function serve(reply: Reply) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}`)
      reply(request, response, body)
    })
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const access = { kind: 'github', origin, api: `${origin}/api/v3`, token: TOKEN } as const
  return { asked, origin, access }
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (_request, response) => {
    response.writeHead(status, headers).end(JSON.stringify(body))
  }

const breakOff: Reply = (_request, response) => {
  response.writeHead(201, { 'content-length': '99' }).write('{', () => response.socket!.destroy())
}

async function clientFor(reply: Reply, limits = {}, gate = open) {
  const { asked, origin, access } = await serve(reply)
  const headers = { authorization: `Bearer ${TOKEN}` }
  return { asked, origin, client: apiClient(access, gate, { headers }, { ...API_LIMITS, pause: 1, ...limits }) }
}

async function refusalOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => expect.unreachable('it was taken'),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(ForgeError)
  const { kind, message, retryAfter } = error as ForgeError
  expect(message).not.toContain(TOKEN)
  return { kind, message, retryAfter }
}

const read = { kind: 'read', path: path`it` } as const
const write = { kind: 'write', method: 'POST', path: path`it`, body: { a: 1 } } as const

describe('a path', () => {
  it('keeps every value within its segment', () => {
    expect(path`repos/${'a/b?c#d'}/${['x y', 'ü']}/${7}`).toBe('repos/a%2Fb%3Fc%23d/x%20y/%C3%BC/7')
    expect(withQuery(path`a`, { head: 'me:x/y', state: undefined, page: 2 })).toBe('a?head=me%3Ax%2Fy&page=2')
  })

  it.each(['.', '..', '', '\ud800'])('does not take %j for a segment', (name) => {
    expect(() => path`repos/${name}`).toThrow(ForgeError)
    expect(() => path`repos/${['a', name]}`).toThrow(ForgeError)
  })
})

describe('a request', () => {
  it('sends its body, what proves who we are, and tells the gate what it is', async () => {
    const kinds: string[] = []
    const gate: Gate = (kind, request) => {
      kinds.push(kind)
      return request()
    }
    const { asked, client } = await clientFor(
      (request, response, body) =>
        response.end(
          JSON.stringify({
            body,
            who: request.headers.authorization?.split(TOKEN),
            type: request.headers['content-type'],
          }),
        ),
      {},
      gate,
    )
    const { body } = await client.send(write)
    expect(body).toEqual({ body: '{"a":1}', who: ['Bearer ', ''], type: 'application/json' })
    expect(asked).toEqual(['POST /api/v3/it'])
    expect(kinds).toEqual(['write'])
  })

  it.each([
    [401, {}, {}, 'unauthorised'],
    [403, {}, {}, 'forbidden'],
    [403, { 'retry-after': '60' }, {}, 'limited'],
    [403, {}, { message: 'You have exceeded a secondary rate limit.' }, 'limited'],
    [403, {}, { message: 'You have triggered an abuse detection mechanism' }, 'limited'],
    [403, { 'x-ratelimit-remaining': '0' }, {}, 'limited'],
    [422, {}, { message: 'Validation Failed', errors: [{ message: 'was submitted too quickly' }] }, 'limited'],
    [429, {}, {}, 'limited'],
    [404, {}, {}, 'gone'],
    [410, {}, {}, 'gone'],
    [451, {}, {}, 'gone'],
    [409, {}, {}, 'invalid'],
    [422, {}, { message: 'Validation Failed' }, 'invalid'],
    [500, {}, {}, 'unavailable'],
    [502, {}, {}, 'unavailable'],
    [302, { location: 'https://example.com/login' }, {}, 'gone'],
  ] as const)('that is answered with %s %j %j is %s', async (status, headers, body, kind) => {
    const { client } = await clientFor(json(status, body, headers))
    expect((await refusalOf(client.send(write))).kind).toBe(kind)
  })

  it('says what the forge said, cut short, and without the token', async () => {
    const { client } = await clientFor(json(422, { message: `no\n\nto ${TOKEN}`, errors: ['x'.repeat(5000)] }))
    const { message } = await refusalOf(client.send(write))
    expect(message).toContain('no to (token); xxx')
    expect(message.length).toBeLessThan(400)
    // Nor a part of it, where what is said is cut short in its middle.
    for (let length = 280; length < 300; length++) {
      const { client } = await clientFor(json(422, { message: 'x'.repeat(length) + TOKEN }))
      expect((await refusalOf(client.send(write))).message).not.toContain(TOKEN.slice(0, 3))
    }
  })

  it('learns how long to wait from Retry-After in seconds or as a date, and from the time the hour begins anew', async () => {
    const date = 'Sat, 01 Jan 2028 00:00:00 GMT'
    const reset = `${Date.parse(date) / 1000 + 90}`
    for (const [headers, seconds] of [
      [{ 'retry-after': '17' }, 17],
      [{ date, 'retry-after': 'Sat, 01 Jan 2028 00:00:30 GMT' }, 30],
      [{ date, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }, 90],
      [{ date, 'ratelimit-remaining': '0', 'ratelimit-reset': reset }, 90],
      [{ 'retry-after': 'soon' }, undefined],
    ] as const) {
      const { client } = await clientFor(json(429, {}, headers))
      expect((await refusalOf(client.send(write))).retryAfter).toBe(seconds)
    }
  })

  it('is asked three times in all where it changes nothing, and once where it does', async () => {
    const { asked, client } = await clientFor(json(502, {}))
    expect((await refusalOf(client.send(read))).kind).toBe('unavailable')
    expect(asked).toHaveLength(3)
    expect((await refusalOf(client.send(write))).kind).toBe('unavailable')
    expect(asked).toHaveLength(4)
  })

  it('may have been done if the answer breaks off, is too slow, too long or no JSON', async () => {
    for (const [reply, limits] of [
      [breakOff],
      [() => {}, { patience: 50 }],
      [json(201, 'x'.repeat(2000)), { size: 1000 }],
      [(_request, response) => response.end('<html>')],
    ] as [Reply, object?][]) {
      const { client } = await clientFor(reply, limits)
      expect((await refusalOf(client.send(write))).kind).toBe('unavailable')
    }
  })

  it('is not believed in a form that nobody knows', async () => {
    const { client } = await clientFor(json(200, { a: { b: 'one' } }))
    const { kind, message } = await refusalOf(client.ask(v.object({ a: v.object({ b: v.number() }) }), read))
    expect(kind).toBe('unavailable')
    expect(message).toContain('a.b')
  })

  it('follows no redirect, and says where within the same API it leads', async () => {
    const { asked, origin, client } = await clientFor((request, response) =>
      response
        .writeHead(301, {
          location: request.url!.endsWith('it') ? `http://${request.headers.host}/api/v3/new?a=1` : '/out',
        })
        .end(),
    )
    const moved = await client.send({ ...read, answers: [301] })
    expect(client.movedTo(moved)).toBe('new?a=1')
    expect(client.movedTo(await client.send({ ...read, path: path`other`, answers: [301] }))).toBeUndefined()
    expect(
      client.movedTo({ ...moved, headers: new Headers({ location: `${origin}.example.com/api/v3/new` }) }),
    ).toBeUndefined()
    expect(asked).toHaveLength(2)
  })

  it('goes to this machine or by https, and nowhere else', () => {
    const access = {
      kind: 'github',
      origin: 'http://git.example.com',
      api: 'http://git.example.com/api',
      token: TOKEN,
    } as const
    expect(() => apiClient(access, open, { headers: {} })).toThrow(ForgeError)
  })
})

describe('a list', () => {
  const pages: Reply = (request, response) => {
    const page = Number(new URL(request.url!, 'http://x').searchParams.get('page') ?? 1)
    if (page < 3)
      response.setHeader(
        'link',
        `</api/v3/it?per_page=2&page=${page + 1}>; rel="next", </api/v3/it?page=1>; rel="first"`,
      )
    response.end(JSON.stringify(page < 4 ? [page] : []))
  }

  it('is read as its links lead', async () => {
    const { asked, client } = await clientFor(pages)
    expect(await client.list(v.number(), path`it`, { per_page: 2 })).toEqual([1, 2, 3])
    expect(asked[0]).toBe('GET /api/v3/it?per_page=2')
  })

  it('is read by the number of the page until one is empty', async () => {
    const { asked, client } = await clientFor(pages)
    expect(await client.list(v.number(), path`it`, {}, 'number')).toEqual([1, 2, 3])
    expect(asked.at(-1)).toBe('GET /api/v3/it?page=4')
  })

  it('ends where it is longer than anybody reads', async () => {
    const { asked, client } = await clientFor(json(200, [1], { link: '</api/v3/it>; rel="next"' }), { pages: 3 })
    expect((await refusalOf(client.list(v.number(), path`it`))).kind).toBe('unsupported')
    expect(asked).toHaveLength(3)
  })

  it('does not lead away from the API', async () => {
    const { asked, client } = await clientFor(json(200, [1], { link: '<https://example.com/api/v3/it>; rel="next"' }))
    expect((await refusalOf(client.list(v.number(), path`it`))).kind).toBe('unavailable')
    expect(asked).toHaveLength(1)
  })
})
