import { describe, expect, it } from 'vitest'
import { parseManifest } from '../../src/documents/package-json.js'
import { parseLock, resolveLocked } from '../../src/documents/package-lock.js'
import { textFile } from '../../src/project.js'

const manifest = (text: string) => parseManifest(textFile('package.json', text))
const lock = (value: unknown) => parseLock(textFile('package-lock.json', JSON.stringify(value)))

describe('a package.json', () => {
  it('knows where its keys stand, and takes no other of the same name for them', () => {
    const text =
      '\uFEFF{\n  "scripts": { "build": "echo \\"a\\": {", "a": {"dev": 1} },\n  "a": [{"dev": 2}],\n  "dev": "x"\n}'
    const { scripts, at, keys } = manifest(text)
    expect([...scripts.keys()]).toEqual(['build'])
    expect([...keys]).toEqual(['scripts', 'a', 'dev'])
    const place = at('dev')
    expect(text.slice(place.start, place.end)).toBe('"dev"')
    expect(place.start).toBe(text.lastIndexOf('"dev"'))
    expect(text.slice(at('scripts', 'build').start).startsWith('"build"')).toBe(true)
    expect(at('scripts', 'dev')).toMatchObject({ start: 0, end: 0 })
  })

  it.each(['', '[]', 'null', '{', '{"scripts": 1, "dependencies": ["a"], "name": {}}', `${'['.repeat(50_000)}`])(
    'reads nothing out of %j',
    (text) => {
      const { scripts, groups, name, at } = manifest(text)
      expect([scripts.size, groups.dependencies.size, name, at('name', 'x').end]).toEqual([0, 0, undefined, 0])
    },
  )

  it('is not misled by names of prototypes', () => {
    const { groups, scripts } = manifest('{"dependencies": {"constructor": "1", "__proto__": "2"}, "scripts": {}}')
    expect([...groups.dependencies.keys()]).toEqual(['constructor', '__proto__'])
    expect(scripts.get('constructor')).toBeUndefined()
  })
})

describe('a lock file of npm', () => {
  const packages = {
    '': { dependencies: { a: '1' }, devDependencies: { a: '2' } },
    'node_modules/a': { dependencies: { b: '1' }, bin: './cli.js' },
    'node_modules/a/node_modules/b': { dependencies: { c: '1' }, peerDependencies: { p: '1', q: '1' } },
    'node_modules/@s/b': { dev: true, bin: { one: 'x', two: 'y' } },
    'node_modules/c': { peerDependencies: { p: '1' }, peerDependenciesMeta: { p: { optional: true } } },
  }

  it('knows what was asked for, in every group', () => {
    expect(lock({ lockfileVersion: 3, packages }).wanted.get('a')).toEqual(['1', '2'])
  })

  it('finds what code gets, from the nearest folder upwards', () => {
    const read = lock({ lockfileVersion: 3, packages })
    expect(resolveLocked(read, 'b', 'node_modules/a')?.place).toBe('node_modules/a/node_modules/b')
    expect(resolveLocked(read, 'b')).toBeUndefined()
    expect(resolveLocked(read, 'b', 'node_modules/c')).toBeUndefined()
    expect(resolveLocked(read, 'c', 'node_modules/a/node_modules/b')?.place).toBe('node_modules/c')
    expect(resolveLocked(read, 'a', 'node_modules/a/node_modules/b')?.place).toBe('node_modules/a')
  })

  it('knows programs, and peers that can be done without', () => {
    const { packages: read } = lock({ lockfileVersion: 3, packages })
    expect(read.get('node_modules/a')?.programs).toEqual(['a'])
    expect(read.get('node_modules/@s/b')).toMatchObject({ programs: ['one', 'two'], dev: true })
    expect(read.get('node_modules/c')?.peers).toEqual([])
    expect(read.get('node_modules/a/node_modules/b')?.peers).toEqual(['p', 'q'])
  })

  it.each([
    [{}],
    [{ lockfileVersion: '3' }],
    [{ lockfileVersion: 4, packages: [] }],
    [[]],
    [{ packages: { '': 1, a: 2 } }],
  ])('does not take %j for one that can be read', (value) => {
    const read = lock(value)
    expect([read.version, read.packages.size]).toEqual([undefined, 0])
  })
})
