/**
 * Pinning against a real registry on this machine, with images put there by hand; against one that wants a login; and
 * against servers that mean no good. Nothing here needs a network. Where Debian's docker-registry is not installed the
 * tests that need it are skipped, and HARDEN_REQUIRE_DOCKER=1 turns that into a failure.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest'
import type { ImageFact, NoImageFact } from '../src/model.js'
import { dockerCredentials } from '../src/sources/credentials.js'
import { lookUp } from '../src/sources/resolve.js'
import { LIMITS, type Limits } from '../src/sources/web.js'
import { bytesOf, harden, inTemporaryProject, project, write } from './cli/harden.js'
import { build, findEngine, inspect, RUN_LABEL } from './proving/engine.js'
import { digestOf, hasRegistry, pushImage, type Registry, startRegistry } from './proving/registry.js'
import { beginRun, type Run } from './proving/run.js'

const required = process.env.HARDEN_REQUIRE_DOCKER === '1'

const BRISK: Limits = { ...LIMITS, pause: 10 }
/** Impatient, so that a test need not wait for what never comes. */
const SOON: Limits = { ...BRISK, patience: 400 }

async function look(key: string, how: { limits?: Limits; environment?: NodeJS.ProcessEnv } = {}) {
  let found: ImageFact | NoImageFact | undefined
  const asking = {
    credentials: dockerCredentials(how.environment ?? { HOME: '/nowhere' }),
    limits: how.limits ?? BRISK,
  }
  await lookUp([{ kind: 'image', key }], (_, answer) => (found = answer), asking)
  return found!
}

if (required) {
  test('docker-registry is installed, as HARDEN_REQUIRE_DOCKER=1 demands', () => expect(hasRegistry).toBe(true))
}

describe.skipIf(!hasRegistry)('a real registry', () => {
  let registry: Registry
  let python: string
  let node: string

  beforeAll(async () => {
    registry = await startRegistry()
    python = await pushImage(registry, 'python', {
      tags: ['3.11-slim', '3.11.14-slim', '3.11.14-slim-bookworm'],
      environment: ['PYTHON_VERSION=3.11.14', 'PYTHON_PIP_VERSION=24.0'],
      make: 'docker',
    })
    // A newer system under the same version, and an older version: neither is what 3.11-slim means.
    await pushImage(registry, 'python', {
      tags: ['3.11.14-slim-trixie'],
      environment: ['PYTHON_VERSION=3.11.14', 'SYSTEM=trixie'],
      make: 'docker',
    })
    await pushImage(registry, 'python', {
      tags: ['3.11.13-slim'],
      environment: ['PYTHON_VERSION=3.11.13'],
      make: 'oci',
    })
    node = await pushImage(registry, 'mirror/library/node', {
      tags: ['lts-alpine', '24.11.1-alpine3.22', '24.11.1-alpine', '24-alpine'],
      environment: ['NODE_VERSION=24.11.1', 'YARN_VERSION=1.22.22'],
      make: 'oci',
    })
  }, 30_000)
  afterAll(() => registry.stop())

  it('answers a request that takes anything with another digest than a pull by tag needs', async () => {
    const url = `http://${registry.host}/v2/python/manifests/3.11-slim`
    const bare = await fetch(url, { method: 'HEAD' })
    expect(bare.headers.get('docker-content-digest')).not.toBe(python)
  })

  it('says what a tag of a list of platforms means, and which tags mean the same', async () => {
    expect(await look(`${registry.host}/python:3.11-slim`)).toEqual({
      digest: python,
      tags: ['3.11.14-slim-bookworm', '3.11.14-slim'],
      versions: { PYTHON_VERSION: '3.11.14', PYTHON_PIP_VERSION: '24.0' },
      by: 'registry',
    })
  })

  it('says so of an OCI index, and of a name without a version', async () => {
    expect(await look(`${registry.host}/mirror/library/node:lts-alpine`)).toMatchObject({
      digest: node,
      tags: ['24.11.1-alpine3.22', '24.11.1-alpine'],
    })
  })

  it('says that it has no such tag', async () => {
    expect(await look(`${registry.host}/python:9.9`)).toEqual({ problem: `${registry.host} does not have it` })
  })

  describe('and the command line', () => {
    inTemporaryProject()
    const dockerfile = () =>
      `FROM ${registry.host}/python:3.11-slim AS build\nCOPY app.py /app/\n\nFROM ${registry.host}/python:3.11-slim\nCOPY --from=build /app /app\n`
    const only = ['--only', 'pinned-base-image']

    it('asks nobody unless told to', async () => {
      write({ Dockerfile: dockerfile() })
      const { code, stdout } = await harden(['check', ...only, '--format', 'json'])
      expect([code, JSON.parse(stdout).findings]).toEqual([1, [expect.objectContaining({ fixes: [] })]])
      expect((await harden(['fix', ...only, '--yes', '--review'])).code).toBe(1)
      expect(bytesOf('Dockerfile')?.toString()).toBe(dockerfile())
    })

    it('pins every stage to the version, which is the same image', async () => {
      write({ Dockerfile: dockerfile() })
      const { code } = await harden(['fix', ...only, '--online', '--yes', '--review'])
      const pinned = dockerfile().replaceAll('3.11-slim', '3.11.14-slim-bookworm')
      expect([code, bytesOf('Dockerfile')?.toString()]).toEqual([0, pinned])
      expect((await harden(['check', ...only])).code).toBe(0)
    })

    it('offers the digest as the other choice', async () => {
      write({ Dockerfile: dockerfile() })
      const { stdout } = await harden(['check', ...only, '--online', '--format', 'json'])
      const [finding] = JSON.parse(stdout).findings
      expect(finding.fixes.map(({ title }: { title: string }) => title)).toEqual([
        `Name the version that it is today, ${registry.host}/python:3.11.14-slim-bookworm`,
        `Add the digest that it has today, ${python.slice(0, 19)}`,
      ])
    })
  })
})

const engine = await findEngine()

describe.skipIf(!hasRegistry || engine.client === undefined)('a pinned file on a real engine', () => {
  inTemporaryProject()
  let run: Run
  let registry: Registry

  beforeAll(async () => {
    if (engine.client !== undefined) run = await beginRun(engine)
    registry = await startRegistry()
  }, 60_000)
  afterAll(async () => {
    await registry.stop()
    await run.end()
  }, 60_000)

  it('builds the same image after the tag has moved on', async () => {
    if (engine.client === undefined) throw new Error(engine.why)
    const name = `${registry.host}/python`
    const push = (tags: readonly string[], version: string) =>
      pushImage(registry, 'python', { tags, environment: [`PYTHON_VERSION=${version}`], make: 'oci' })
    const today = await push(['3.11-slim', '3.11.14-slim'], '3.11.14')
    const text = `FROM ${name}:3.11-slim\nCOPY app.py /app/\n`
    write({
      Dockerfile: text,
      'app.py': 'print()\n',
      'as-it-stood/Dockerfile': text,
      'as-it-stood/app.py': 'print()\n',
    })
    expect(
      (await harden(['fix', 'Dockerfile', '--only', 'pinned-base-image', '--online', '--yes', '--review'])).code,
    ).toBe(0)
    expect(bytesOf('Dockerfile')?.toString()).toBe(`FROM ${name}:3.11.14-slim\nCOPY app.py /app/\n`)

    const tomorrow = await push(['3.11-slim', '3.11.15-slim'], '3.11.15')
    expect(tomorrow).not.toBe(today)
    const versionBuiltIn = async (context: string, tag: string) => {
      await build(engine, { context, tag, labels: { [RUN_LABEL]: run.id } })
      const { Config } = (await inspect(engine, 'image', tag)) as unknown as { Config: { Env: readonly string[] } }
      return Config.Env.find((line) => line.startsWith('PYTHON_VERSION='))
    }
    expect(await versionBuiltIn(project, `${run.id}-pins:pinned`)).toBe('PYTHON_VERSION=3.11.14')
    expect(await versionBuiltIn(join(project, 'as-it-stood'), `${run.id}-pins:floating`)).toBe('PYTHON_VERSION=3.11.15')

    write({ Dockerfile: `FROM ${name}:3.11.14-slim@${today}\nCOPY app.py /app/\n` })
    expect(await versionBuiltIn(project, `${run.id}-pins:digest`)).toBe('PYTHON_VERSION=3.11.14')
  }, 120_000)
})

describe('a registry that wants a token', () => {
  const image = imageOf({ PYTHON_VERSION: '3.12.4' })
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'harden-login-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Serves one image under two tags to whoever brings the token, and the token to whoever brings the password. */
  async function guarded(password: string | undefined, test: (host: string, seen: string[]) => Promise<void>) {
    const seen: string[] = []
    const fake = await serve((request, response) => {
      const { authorization } = request.headers
      const url = new URL(request.url!, 'http://x')
      if (url.pathname === '/token') {
        seen.push(`${url.searchParams.get('service')} ${url.searchParams.get('scope')}`)
        if (password && authorization !== `Basic ${Buffer.from(password).toString('base64')}`) return end(response, 401)
        return end(response, 200, '{"token": "open-sesame"}')
      }
      if (authorization !== 'Bearer open-sesame') {
        const challenge = `Bearer realm="http://${request.headers.host}/token",service="fake",scope="something:else"`
        return end(response, 401, '', { 'www-authenticate': challenge })
      }
      image.answer(url.pathname, response)
    })
    await test(fake.host, seen).finally(fake.stop)
  }

  it('gets it as anybody where that is enough', () =>
    guarded(undefined, async (host, seen) => {
      expect(await look(`${host}/python:3.12`)).toMatchObject({ digest: image.digest, tags: ['3.12.4'] })
      expect(seen).toEqual(['fake repository:python:pull'])
    }))

  it('gets it with the password of the Docker configuration', () =>
    guarded('me:secret:word', async (host) => {
      const auth = Buffer.from('me:secret:word').toString('base64')
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }))
      expect(await look(`${host}/python:3.12`, { environment: { DOCKER_CONFIG: folder } })).toMatchObject({
        tags: ['3.12.4'],
      })
    }))

  it('gets it with what a credential helper keeps', () =>
    guarded('me:from-helper', async (host) => {
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ credHelpers: { [host]: 'for-test' } }))
      const helper = join(folder, 'docker-credential-for-test')
      const answer = '{"Username": "me", "Secret": "from-helper"}'
      writeFileSync(helper, `#!/bin/sh\nread server\n[ "$1 $server" = "get ${host}" ] && echo '${answer}'\n`)
      chmodSync(helper, 0o755)
      const environment = { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env.PATH}` }
      expect(await look(`${host}/python:3.12`, { environment })).toMatchObject({ tags: ['3.12.4'] })
    }))

  it('says that a login is missing, and no secret', () =>
    guarded('me:right', async (host) => {
      const problem = `${host} wants a login for it that the Docker configuration does not have`
      expect(await look(`${host}/python:3.12`)).toEqual({ problem })
      const auth = Buffer.from('me:wrong').toString('base64')
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }))
      expect(await look(`${host}/python:3.12`, { environment: { DOCKER_CONFIG: folder } })).toEqual({ problem })
    }))
})

describe('a server that means no good', () => {
  const problemWith = async (handle: Handle, limits = BRISK) => {
    const fake = await serve(handle)
    const answer = await look(`${fake.host}/python:3.12`, { limits }).finally(fake.stop)
    return ('problem' in answer ? answer.problem : JSON.stringify(answer)).replaceAll(fake.host, 'HOST')
  }

  it('answers without end', async () => {
    const flood: Handle = ({ method }, response) => {
      if (method === 'HEAD') return end(response, 200)
      response.writeHead(200)
      const chunk = Buffer.alloc(1 << 16, 'x')
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on('drain', pour)
      pour()
    }
    expect(await problemWith(flood, { ...BRISK, size: 1 << 20 })).toBe('HOST answers with more than 1048576 bytes')
  })

  it('never answers', async () => {
    expect(await problemWith(() => {}, SOON)).toBe('HOST does not answer within 0.4 seconds')
  })

  it('answers a word at a time', async () => {
    const drip: Handle = (_, response) => {
      const timer = setInterval(() => response.write('x'), 50)
      response.on('close', () => clearInterval(timer))
    }
    expect(await problemWith(drip, SOON)).toBe('HOST does not answer within 0.4 seconds')
  })

  it('answers with garbage', async () => {
    expect(await problemWith((_, response) => end(response, 200, '<html>'))).toBe(
      'HOST does not answer as registries do',
    )
    const wrong = { 'docker-content-digest': 'sha256:../../etc/passwd' }
    expect(await problemWith((_, response) => end(response, 200, '', wrong))).toBe(
      'HOST does not answer as registries do',
    )
    const nonsense: Handle = (_, response) => end(response, 401, '', { 'www-authenticate': 'Bearer realm="%%"' })
    expect(await problemWith(nonsense)).toBe('HOST does not answer as registries do')
  })

  it('hands out something else than the digest says', async () => {
    const lying: Handle = (_, response) =>
      end(response, 200, '{}', { 'docker-content-digest': `sha256:${'0'.repeat(64)}` })
    expect(await problemWith(lying)).toBe('HOST answers with something else than what the digest says')
  })

  it('describes the image strangely', async () => {
    for (const manifest of [
      'null',
      '[]',
      '{"manifests": [null, {"platform": {"os": "linux"}}]}',
      '{"config": {"digest": 1}}',
    ]) {
      const strange: Handle = (_, response) =>
        end(response, 200, manifest, { 'docker-content-digest': digestOf(manifest) })
      expect(await problemWith(strange)).toBe('the registry describes the image in a way nobody here knows')
    }
  })

  it('sends us round in circles, or where nothing is encrypted', async () => {
    expect(await problemWith((_, response) => end(response, 307, '', { location: '/v2/again' }))).toBe(
      'HOST sends us from one place to the next',
    )
    const away: Handle = (_, response) => end(response, 307, '', { location: 'http://registry.example.com/v2/' })
    expect(await problemWith(away)).toBe('HOST sends us to a place without https')
    const token: Handle = (_, response) =>
      end(response, 401, '', { 'www-authenticate': 'Bearer realm="http://auth.example.com/token"' })
    expect(await problemWith(token)).toBe('HOST wants a login without https')
  })

  it('is busy for a while, or for ever', async () => {
    const image = imageOf({ PYTHON_VERSION: '3.12.4' })
    let asked = 0
    const busyOnce: Handle = (request, response) => {
      if (++asked === 1) return end(response, 503)
      image.answer(new URL(request.url!, 'http://x').pathname, response)
    }
    expect(await problemWith(busyOnce)).toContain('"tags":["3.12.4"]')
    asked = 0
    const busy: Handle = (_, response) => {
      asked++
      end(response, 429, '', { 'retry-after': '86400' })
    }
    expect(await problemWith(busy)).toBe('HOST has been asked too often and wants to be left alone for a while')
    expect(asked).toBe(1 + BRISK.retries)
  })

  it('is silent, and is not asked again and again', async () => {
    let asked = 0
    const fake = await serve(() => asked++)
    const wants = Array.from({ length: 12 }, (_, i) => ({ kind: 'image' as const, key: `${fake.host}/python:3.${i}` }))
    const problems: string[] = []
    const tell = (_: unknown, answer: ImageFact | NoImageFact) => 'problem' in answer && problems.push(answer.problem)
    await lookUp(wants, tell, { credentials: async () => undefined, limits: SOON }).finally(fake.stop)
    expect(problems).toEqual(Array(12).fill(`${fake.host} does not answer within 0.4 seconds`))
    expect(asked).toBeLessThan(6)
  })

  it('is not there at all', async () => {
    const { host, stop } = await serve(() => {})
    stop()
    expect(await look(`${host}/python:3.12`)).toEqual({ problem: `${host} cannot be reached (ECONNREFUSED)` })
    for (const key of ['no name/at all:x y', 'localhost:99999/python:3'])
      expect(await look(key)).toEqual({ problem: 'This is no name of an image' })
  })
})

describe('a redirect', () => {
  it('is followed, and what proves who we are is not taken along', async () => {
    const image = imageOf({ PYTHON_VERSION: '3.12.4' })
    const taken: (string | undefined)[] = []
    const store = await serve((request, response) => {
      taken.push(request.headers.authorization)
      image.answer(request.url!, response)
    })
    const front = await serve((request, response) => {
      const { pathname } = new URL(request.url!, 'http://x')
      if (!request.headers.authorization) return end(response, 401, '', { 'www-authenticate': 'Basic realm="x"' })
      // Another name of the same machine is another host.
      if (pathname.includes('/blobs/'))
        return end(response, 307, '', { location: `http://localhost:${store.port}${pathname}` })
      image.answer(pathname, response)
    })
    const folder = mkdtempSync(join(tmpdir(), 'harden-login-'))
    const auth = Buffer.from('me:secret').toString('base64')
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [front.host]: { auth } } }))
    try {
      expect(await look(`${front.host}/python:3.12`, { environment: { DOCKER_CONFIG: folder } })).toMatchObject({
        tags: ['3.12.4'],
      })
      expect(taken).toEqual([undefined])
    } finally {
      rmSync(folder, { recursive: true })
      front.stop()
      store.stop()
    }
  })
})

describe('Docker Hub, by its addresses', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.unstubAllEnvs()
  })

  it('is asked at its registry, over https, and may not send us to this machine', async () => {
    vi.stubEnv('PATH', '/nowhere')
    const asked: string[] = []
    const page = (url: URL) => {
      asked.push(url.href)
      if (url.host === 'auth.docker.io') return new Response('{"access_token": "t"}')
      if (asked.length === 1) {
        const challenge = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"'
        return new Response('', { status: 401, headers: { 'www-authenticate': challenge } })
      }
      return new Response(null, { status: 307, headers: { location: 'http://127.0.0.1:5000/v2/' } })
    }
    vi.stubGlobal('fetch', async (url: URL) => page(url))
    expect(await look('docker.io/library/python:3.12-slim')).toEqual({
      problem: 'registry-1.docker.io sends us to this machine',
    })
    expect(asked).toEqual([
      'https://registry-1.docker.io/v2/library/python/manifests/3.12-slim',
      'https://auth.docker.io/token?service=registry.docker.io&scope=repository%3Alibrary%2Fpython%3Apull',
      'https://registry-1.docker.io/v2/library/python/manifests/3.12-slim',
    ])
  })
})

describe('the engine of this machine', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('tells what the registry does not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'harden-engine-'))
    const digest = digestOf('x')
    const image = {
      RepoDigests: [`other@${digestOf('y')}`, `127.0.0.1:1/ruby@${digest}`],
      RepoTags: ['127.0.0.1:1/ruby:3.4', '127.0.0.1:1/ruby:3.4.7', 'other:3.4.7-bookworm'],
      Config: { Env: ['RUBY_VERSION=3.4.7'] },
    }
    mkdirSync(join(folder, 'bin'))
    const docker = join(folder, 'bin', 'docker')
    writeFileSync(
      docker,
      `#!/bin/sh\n[ "$*" = "image inspect 127.0.0.1:1/ruby:3.4" ] && echo '${JSON.stringify([image])}'\n`,
    )
    chmodSync(docker, 0o755)
    vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env.PATH}`)
    const fact = await look('127.0.0.1:1/ruby:3.4').finally(() => rmSync(folder, { recursive: true }))
    expect(fact).toEqual({ digest, tags: ['3.4.7'], versions: { RUBY_VERSION: '3.4.7' }, by: 'engine' })
  })
})

type Handle = (request: IncomingMessage, response: ServerResponse) => void

interface Fake {
  readonly host: string
  readonly port: number
  stop(): void
}

async function serve(handle: Handle): Promise<Fake> {
  const server: Server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { host: `127.0.0.1:${port}`, port, stop }
}

function end(response: ServerResponse, status: number, body = '', headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end(body)
}

/** An image of one platform under the tags 3.12 and 3.12.4. */
function imageOf(environment: Readonly<Record<string, string>>) {
  const Env = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  const config = JSON.stringify({ config: { Env } })
  const manifest = JSON.stringify({ schemaVersion: 2, config: { digest: digestOf(config) } })
  const digest = digestOf(manifest)
  const answer = (path: string, response: ServerResponse) => {
    const known: Record<string, string> = {
      '/v2/python/manifests/3.12': manifest,
      '/v2/python/manifests/3.12.4': manifest,
      [`/v2/python/manifests/${digest}`]: manifest,
      [`/v2/python/blobs/${digestOf(config)}`]: config,
      '/v2/python/tags/list': '{"name": "python", "tags": ["3.12", "3.12.3", "3.12.4", "latest"]}',
    }
    const body = known[path]
    if (body === undefined) return end(response, 404)
    end(response, 200, body, path.includes('/manifests/') ? { 'docker-content-digest': digestOf(body) } : {})
  }
  return { digest, answer }
}
