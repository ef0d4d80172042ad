import { describe, expect, it } from 'vitest'
import { imageWorsenings, mayWrite, runWorsenings, writeTrace } from '../../src/verify/compare.js'
import type { BuiltImage } from '../../src/verify/image.js'
import type { Observation } from '../../src/verify/observe.js'
import { entry, imageWith, pip, runWith } from './images.js'

const worse = (before: BuiltImage, after: BuiltImage, moved: readonly string[] = []) =>
  imageWorsenings(before, after, new Set(moved)).map(({ what }) => what)
const runs = (before: Partial<Observation>, after: Partial<Observation>, image = imageWith()) =>
  runWorsenings(runWith(before), runWith(after), image)

describe('two images', () => {
  it('that are the same are no worse', () => {
    const image = imageWith({ files: { packages: [pip('flask')], missingLibraries: new Map([['libx.so', ['/a']]]) } })
    expect(worse(image, image)).toEqual([])
  })

  it('tell of a library that something still needs', () => {
    const before = imageWith({ files: { entries: new Map([['/y/_psycopg.so', entry()]]) } })
    const missingLibraries = new Map([
      ['libpq.so.5', ['/new/thing.so', '/x/_psycopg.so']],
      ['libnew.so', ['/new/thing.so']],
    ])
    const after = imageWith({ files: { missingLibraries } })
    expect(worse(before, after)).toEqual(['/x/_psycopg.so needs libpq.so.5, which is no longer in the image'])
    expect(worse(after, imageWith())).toEqual([])
  })

  it('tell of an import that worked', () => {
    const before = imageWith({
      imports: [
        { module: 'magic', distribution: 'python-magic' },
        { module: 'odd', distribution: 'odd', error: 'no' },
      ],
    })
    const after = imageWith({
      imports: [
        { module: 'magic', distribution: 'python-magic', error: 'ImportError: failed to find libmagic' },
        { module: 'odd', distribution: 'odd', error: 'no' },
      ],
    })
    expect(imageWorsenings(before, after, new Set())).toEqual([
      { what: 'the Python module magic can no longer be imported', line: 'ImportError: failed to find libmagic' },
    ])
  })

  const packages = (...names: ReturnType<typeof pip>[]) => imageWith({ files: { packages: names } })

  it('miss a package that nobody took out', () => {
    expect(worse(packages(pip('flask', ['jinja2']), pip('jinja2')), packages(pip('flask', ['jinja2'])))).toEqual([
      'the Python package jinja2 is no longer in the image',
    ])
  })

  it('do not miss what was moved, nor what only that asked for, nor the tools of a build', () => {
    const before = packages(pip('pytest', ['pluggy']), pip('pluggy'), pip('flask'), pip('setuptools'))
    expect(worse(before, packages(pip('flask')), ['pytest'])).toEqual([])
    expect(worse(before, packages(pip('flask')), [])).toEqual(['the Python package pytest is no longer in the image'])
  })

  it('miss what was moved together with something that stays and asks for it', () => {
    const before = packages(pip('pytest', ['attrs']), pip('attrs'), pip('aiohttp', ['attrs']))
    expect(worse(before, packages(pip('aiohttp', ['attrs'])), ['pytest'])).toEqual([
      'the Python package attrs is no longer in the image',
    ])
  })
})

describe('two runs', () => {
  it('that are the same are no worse', () => {
    expect(runs({}, {})).toEqual([])
    expect(runs({ state: 'ended', exitCode: 3 }, { state: 'ended', exitCode: 3 })).toEqual([])
  })

  it('tell of an end, with the line that says why, and of nothing else', () => {
    const log = ['starting', "ModuleNotFoundError: No module named 'x'", 'bye']
    expect(runs({}, { state: 'ended', exitCode: 1, log, endpoints: [] })).toEqual([
      { what: 'web ends with exit code 1, and ran on before', line: "ModuleNotFoundError: No module named 'x'" },
    ])
    expect(runs({ state: 'ended', exitCode: 0 }, { state: 'ended', exitCode: 2, log: ['oops'] })).toEqual([
      { what: 'web ends with exit code 2, and with 0 before', line: 'oops' },
    ])
  })

  it.each([
    [200, 'silent', 'web answered 200 on port 8000 before, and is silent now'],
    [200, 500, 'web answered 200 on port 8000 before, and answers 500 now'],
    [302, 404, 'web answered 302 on port 8000 before, and answers 404 now'],
    ['connects', 'silent', 'web took connections on port 8000 before, and is silent now'],
  ] as const)('tell of a port that gave %s and gives %s', (was, is, what) => {
    const endpoint = { name: '8000', port: 8000 }
    expect(runs({ endpoints: [{ ...endpoint, answer: was }] }, { endpoints: [{ ...endpoint, answer: is }] })).toEqual([
      { what },
    ])
  })

  it('take a redirect for a page, and what was silent for nothing', () => {
    const endpoint = { name: '8000', port: 8000 }
    expect(runs({ endpoints: [{ ...endpoint, answer: 200 }] }, { endpoints: [{ ...endpoint, answer: 302 }] })).toEqual(
      [],
    )
    expect(
      runs({ endpoints: [{ ...endpoint, answer: 'silent' }] }, { endpoints: [{ ...endpoint, answer: 'silent' }] }),
    ).toEqual([])
    expect(runs({ endpoints: [{ ...endpoint, answer: 500 }] }, { endpoints: [{ ...endpoint, answer: 200 }] })).toEqual(
      [],
    )
  })

  it('follow a port that moved by the name the world knows it by', () => {
    const was = { name: '8080', port: 80, answer: 200 } as const
    expect(runs({ endpoints: [was] }, { endpoints: [{ ...was, port: 8080 }] })).toEqual([])
    expect(runs({ endpoints: [was] }, { endpoints: [{ name: '9090', port: 90, answer: 200 }] })).toEqual([
      { what: 'web answered 200 on port 80 before, and nothing asks it any more' },
    ])
  })

  it('tell of a check that fails, unless it failed before', () => {
    expect(runs({}, { health: 'unhealthy' })).toEqual([{ what: 'the health check of web fails' }])
    expect(runs({ health: 'unhealthy' }, { health: 'unhealthy' })).toEqual([])
  })

  it('tell of new complaints, whatever numbers are in them, and of none in a log of requests', () => {
    const log = [
      '12:00 PermissionError: [Errno 13] Permission denied: /data/1',
      '"GET /favicon.ico HTTP/1.1" 404 Not Found',
    ]
    expect(runs({}, { log })).toEqual([{ what: 'web complains of something new', line: log[0] }])
    expect(runs({ log: ['11:59 PermissionError: [Errno 13] Permission denied: /data/7'] }, { log })).toEqual([])
  })

  it('tell of a slow stop and of a kill', () => {
    expect(runs({}, { stop: { seconds: 10.2, exitCode: 137 } })[0]?.what).toMatch(/has to be killed/)
    expect(runs({}, { stop: { seconds: 4, exitCode: 0 } })[0]?.what).toMatch(
      /takes longer to stop: 0.5 s before and 4.0 s after/,
    )
    expect(runs({ stop: { seconds: 10, exitCode: 137 } }, { stop: { seconds: 10.3, exitCode: 137 } })).toEqual([])
  })

  it('tell of a path that the original wrote and the new user may not', () => {
    const entries = new Map([
      ['/app', entry({ type: 'directory', mode: 0o755 })],
      ['/data', entry({ type: 'directory', mode: 0o755, uid: 10001 })],
    ])
    const image = imageWith({ config: { ...imageWith().config, user: '10001:10001' }, files: { entries } })
    const before = {
      uid: 0,
      written: ['/app', '/app/db.sqlite3', '/data', '/data/x', '/tmp/y', '/app/__pycache__/a.pyc'],
    }
    expect(runs(before, { uid: 10001 }, image)).toEqual([
      { what: 'the original writes /app/db.sqlite3, and user 10001 may not' },
    ])
    expect(runs(before, { uid: 0 }, image)).toEqual([])
  })
})

describe('the write trace', () => {
  it('keeps the paths that matter, without the folders above them', () => {
    expect(writeTrace({ written: ['/app', '/app/media', '/app/media/a.png', '/run/x.pid', '/root/.cache/y'] })).toEqual(
      ['/app/media/a.png'],
    )
  })
})

describe('whether a user may write', () => {
  const entries = new Map([
    ['/', entry({ type: 'directory', mode: 0o755 })],
    ['/own', entry({ type: 'directory', mode: 0o700, uid: 5 })],
    ['/group', entry({ type: 'directory', mode: 0o770, gid: 6 })],
    ['/all', entry({ type: 'directory', mode: 0o777 })],
    ['/all/shut', entry({ mode: 0o400 })],
  ])
  it.each([
    ['/own/x', true],
    ['/group/x', true],
    ['/all/x/y', true],
    ['/all/shut', false],
    ['/else', false],
  ])('%s: %s', (path, expected) => {
    expect(mayWrite(path, { uid: 5, gid: 6 }, entries)).toBe(expected)
  })

  it('gives an unknown group the benefit of the doubt', () => {
    expect(mayWrite('/group/x', { uid: 5, gid: undefined }, entries)).toBe(true)
    expect(mayWrite('/group/x', { uid: 5, gid: 7 }, entries)).toBe(false)
  })
})
