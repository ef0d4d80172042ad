/** The probes as they run: with the interpreters of this machine, against sockets that answer, do not, or hang. */
import { execFile } from 'node:child_process'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Port, Prober, Serving } from '../../src/relations/serving.js'
import { connectProbe, requestProbe } from '../../src/repairs/probes.js'

const probers: readonly Prober[] = [
  { by: 'python', program: 'python3' },
  { by: 'node', program: process.execPath },
]

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

function listening(server: Server): Promise<number> {
  open.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

async function nobodyAt(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

const answering = (status: number) =>
  listening(createHttpServer((_, response) => response.writeHead(status, { connection: 'close' }).end()))
const hanging = () => listening(createServer(() => {}))

const serving = (prober: Prober, port: Port): Serving => ({
  server: 'it',
  port,
  prober,
  at: { path: 'Dockerfile', start: 0, end: 0 },
  evidence: [],
  startsSlowly: false,
})

/** The exit code; no shell reads the words. */
function run(words: readonly string[], env: Record<string, string> = {}): Promise<number | undefined> {
  const [program, ...args] = words
  const environment = { PATH: process.env.PATH, http_proxy: 'http://127.0.0.1:1', ...env }
  return new Promise((resolve) => {
    execFile(program!, args, { env: environment, timeout: 20_000 }, (error) => {
      resolve(error ? (typeof error.code === 'number' ? error.code : undefined) : 0)
    })
  })
}

describe.each(probers)('a probe with $by', (prober) => {
  it('succeeds where the port takes a connection, and fails where nobody listens', async () => {
    expect(await run(connectProbe(serving(prober, await hanging())))).toBe(0)
    expect(await run(connectProbe(serving(prober, await nobodyAt())))).toBe(1)
  })

  it('reads a variable at run time, and takes its fallback without one', async () => {
    const port = await hanging()
    const other = await nobodyAt()
    const words = connectProbe(serving(prober, { variable: 'WEB_PORT', fallback: other }))
    expect(await run(words, { WEB_PORT: String(port) })).toBe(0)
    expect(await run(words)).toBe(1)
    expect(await run(connectProbe(serving(prober, { variable: 'WEB_PORT', fallback: port })), { WEB_PORT: '' })).toBe(0)
    const bare = connectProbe(serving(prober, { variable: 'WEB_PORT', fallback: undefined }))
    expect(await run(bare, { WEB_PORT: String(port) })).toBe(0)
  })

  it.each([
    [200, 0],
    [301, 0],
    [400, 0],
    [404, 0],
    [500, 1],
    [503, 1],
  ])('takes an answer %i as %i', async (status, code) => {
    expect(await run(requestProbe(serving(prober, await answering(status)))!)).toBe(code)
  })

  it('gives up on a server that takes the request and never answers, or that is not there', async () => {
    expect(await run(requestProbe(serving(prober, await nobodyAt()))!)).toBe(1)
    expect(await run(requestProbe(serving(prober, await hanging()))!)).toBe(1)
  })
})
