import { describe, expect, it } from 'vitest'
import { parseManifest } from '../../src/documents/package-json.js'
import { parseLock } from '../../src/documents/package-lock.js'
import { textFile } from '../../src/project.js'
import { lockObjections } from '../../src/relations/npm-lock-sync.js'

const packages = {
  '': { dependencies: { a: '^1.0.0' }, devDependencies: { t: '~2.0.0' }, optionalDependencies: { o: '*' } },
  'node_modules/a': { dependencies: { b: '^3.0.0' }, peerDependencies: { t: '>=1' } },
  'node_modules/b': {},
  'node_modules/t': { dev: true },
  'node_modules/o': { optional: true },
}
const manifest = (more: object = {}) => ({
  dependencies: { a: '^1.0.0' },
  devDependencies: { t: '~2.0.0' },
  optionalDependencies: { o: '*' },
  ...more,
})
const notes = (written: object, lock: object, npm: number | undefined = 10, skipsPeers = false) =>
  [
    ...lockObjections(
      parseManifest(textFile('package.json', JSON.stringify(written))),
      parseLock(textFile('package-lock.json', JSON.stringify(lock))),
      npm,
      skipsPeers,
    ),
  ].map(({ note }) => note)
const without = (...places: readonly string[]) => ({
  lockfileVersion: 3,
  packages: Object.fromEntries(Object.entries(packages).filter(([place]) => !places.includes(place))),
})

describe('a lock file of npm', () => {
  it('is in step where every range stands in it and nothing is missing', () => {
    expect(notes(manifest(), without())).toEqual([])
  })

  it('may know of more, or know a package by another group', () => {
    expect(notes({ dependencies: { t: '~2.0.0' } }, without())).toEqual([])
  })

  it.each([
    [manifest({ dependencies: { a: '^1.2.0' } }), without(), 'package.json asks for a ^1.2.0'],
    [manifest({ dependencies: { a: '^1.0.0', c: '1' } }), without(), 'before package.json asked for c'],
    [manifest(), without('node_modules/a'), 'holds no a'],
    [manifest(), without('node_modules/o'), 'holds no o'],
    [manifest(), without('node_modules/b'), 'holds no b, which a asks for'],
    [manifest({ workspaces: ['packages/*'] }), without(), 'workspace'],
    [manifest(), { ...without(), lockfileVersion: 1 }, 'npm 6'],
    [manifest(), {}, 'cannot be read'],
  ])('%j and %j: %s', (written, lock, note) => {
    expect(notes(written, lock)[0]).toContain(note)
  })

  it('needs the peers of packages, unless npm is told to do without, or is too old to care', () => {
    const lock = without('node_modules/t')
    const written = { dependencies: { a: '^1.0.0' } }
    expect(notes(written, lock)).toEqual(['The lock file holds no t, which a asks for'])
    expect(notes(written, lock, 10, true)).toEqual([])
    expect(notes(written, { ...lock, lockfileVersion: 2 }, 6)).toEqual([])
  })

  it('is of no use to an npm that cannot read it, or that nobody knows', () => {
    expect(notes(manifest(), without(), 6)[0]).toContain('version 3')
    expect(notes(manifest(), without(), 4)[0]).toContain('npm 4')
    expect(
      [
        ...lockObjections(
          parseManifest(textFile('package.json', JSON.stringify(manifest()))),
          parseLock(textFile('package-lock.json', JSON.stringify(without()))),
          undefined,
          false,
        ),
      ][0]?.note,
    ).toContain('Which npm')
  })
})
