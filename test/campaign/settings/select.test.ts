import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { forgesOf } from '../../../src/campaign/access.js'
import { nameOf, parseAddress, slugOf, urlOf } from '../../../src/campaign/address.js'
import type { Forge, RemoteRepository, Selection } from '../../../src/campaign/forge.js'
import type { Address, RemoteAddress } from '../../../src/campaign/model.js'
import { joinWanted, parseWanted, selectRepositories } from '../../../src/campaign/select.js'

const forges = forgesOf([
  { origin: 'https://git.example.com', kind: 'gitlab' },
  { origin: 'http://127.0.0.1:3000', kind: 'gitea' },
])

let top: string
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'harden-select-')))
  return () => rmSync(top, { recursive: true, force: true })
})

const remote = (
  name: string,
  origin = 'https://github.com',
  forge: RemoteAddress['forge'] = 'github',
): RemoteAddress => ({
  kind: 'remote',
  forge,
  origin,
  name,
})

describe('an address', () => {
  test.each<[string, string, string]>([
    ['acme/shop', 'https://github.com/acme/shop.git', 'acme/shop'],
    ['https://github.com/acme/shop', 'https://github.com/acme/shop.git', 'acme/shop'],
    ['https://GitHub.com/acme/shop.git/', 'https://github.com/acme/shop.git', 'acme/shop'],
    ['git@github.com:acme/shop.git', 'https://github.com/acme/shop.git', 'acme/shop'],
    [
      'ssh://git@gitlab.com:22/acme/platform/shop.git',
      'https://gitlab.com/acme/platform/shop.git',
      'gitlab.com/acme/platform/shop',
    ],
    ['codeberg.org/acme/shop', 'https://codeberg.org/acme/shop.git', 'codeberg.org/acme/shop'],
    ['git.example.com/a/b/c/d', 'https://git.example.com/a/b/c/d.git', 'git.example.com/a/b/c/d'],
    ['127.0.0.1:3000/acme/shop', 'http://127.0.0.1:3000/acme/shop.git', '127.0.0.1:3000/acme/shop'],
    ['acme/.github', 'https://github.com/acme/.github.git', 'acme/.github'],
  ])('%s', (text, url, name) => {
    const address = parseAddress(text, forges, top)
    expect([urlOf(address), nameOf(address)]).toEqual([url, name])
  })

  test.each([
    ['http://github.com/acme/shop', 'it is not encrypted'],
    ['http://127.0.0.2.example.com/acme/shop', 'it is not encrypted'],
    ['ftp://github.com/acme/shop', 'ftp:// is not spoken; write its https address'],
    ['ext::sh -c touch% /tmp/x', 'ext:// is not spoken'],
    ['file:///etc', 'file:// is not spoken'],
    ['https://token@github.com/acme/shop', 'it holds credentials'],
    ['https://github.com/acme', 'those are called owner/name'],
    ['https://github.com/acme/shop/tree/main', 'it leads into a repository'],
    ['https://github.com/acme/shop?ref=x', 'there is a ? or #'],
    ['acme/..', 'those are called owner/name'],
    ['acme/shop/../../other', 'those are called owner/name'],
    ['--upload-pack=x/y', 'those are called owner/name'],
    ['acme/sh op', 'those are called owner/name'],
    ['example.org/acme/shop', 'https://example.org is a forge that harden does not know'],
    ['shop', 'it is no repository: write owner/name'],
    ['', 'it is no repository'],
    ['./nowhere', 'there is no such folder'],
  ])('%s is refused', (text, sentence) => {
    expect(() => parseAddress(text, forges, top)).toThrow(sentence)
  })

  test('of this machine is the top of a work tree or a bare repository, wherever a link led there', () => {
    execFileSync('git', ['init', '-q', join(top, 'shop')])
    execFileSync('git', ['init', '-q', '--bare', join(top, 'bare.git')])
    mkdirSync(join(top, 'shop/src'))
    mkdirSync(join(top, 'plain'))
    mkdirSync(join(top, 'acme/shop'), { recursive: true })
    writeFileSync(join(top, 'file'), '')
    symlinkSync(join(top, 'shop'), join(top, 'link'))
    for (const text of ['./shop', 'shop', './link', join(top, 'shop/')])
      expect(parseAddress(text, forges, top)).toEqual({ kind: 'local', path: join(top, 'shop') })
    expect(parseAddress('./bare.git', forges, top)).toEqual({ kind: 'local', path: join(top, 'bare.git') })
    expect(() => parseAddress('./shop/src', forges, top)).toThrow(
      `it lies in the git repository ${top}/shop: name that one`,
    )
    expect(() => parseAddress('./plain', forges, top)).toThrow('it is no git repository')
    expect(() => parseAddress('./file', forges, top)).toThrow('it is a file')
    expect(() => parseAddress('acme/shop', forges, top)).toThrow(
      'it is a folder here and a repository of https://github.com: write ./acme/shop or https://github.com/acme/shop.git',
    )
  })
})

describe('a slug', () => {
  test.each<[Address, string]>([
    [remote('Acme/Shop'), 'github.com/acme/shop'],
    [remote('acme/.github'), 'github.com/acme/.github'],
    [remote('a/b/c', 'https://git.example.com', 'gitlab'), 'git.example.com/a+b/c'],
    [remote('a/b', 'http://127.0.0.1:3000', 'gitea'), 'http+127.0.0.1+3000/a/b'],
    [remote('a/b', 'https://local', 'gitea'), 'https+local/a/b'],
    [
      { kind: 'local', path: '/srv/My Shop.git' },
      expect.stringMatching(/^local\/my-shop\/[0-9a-f]{12}$/) as unknown as string,
    ],
  ])('of %o is %s', (address, slug) => {
    expect(slugOf(address)).toEqual(slug)
  })

  const part = fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/).filter((name) => !/^\.{1,2}$/.test(name))
  const address = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(
          'https://github.com',
          'https://local',
          'http://localhost:80',
          'https://localhost:80',
          'https://a.b:8443',
        ),
        fc.array(part, { minLength: 2, maxLength: 4 }),
      )
      .map(([origin, parts]): Address => remote(parts.join('/'), origin, 'gitlab')),
    fc
      .array(fc.string({ minLength: 1 }), { minLength: 1 })
      .map((names): Address => ({ kind: 'local', path: `/${names.join('/')}` })),
  )

  test('is a safe path of three names, whatever the address', () => {
    fc.assert(
      fc.property(address, (each) => {
        const names = slugOf(each).split('/')
        expect(names).toHaveLength(3)
        for (const name of names) expect(name).toMatch(/^(?!\.{1,2}$|\.git$)[a-z0-9_.][a-z0-9_.+=-]*$/)
      }),
      { numRuns: 2000 },
    )
  })

  test('is of one address only, by which forges tell repositories apart', () => {
    const sameFor = (one: Address) =>
      one.kind === 'local' ? one.path : `${new URL(one.origin).origin}/${one.name.toLowerCase()}`
    fc.assert(
      fc.property(address, address, (one, other) => {
        expect(slugOf(one) === slugOf(other)).toBe(sameFor(one) === sameFor(other))
      }),
      { numRuns: 5000 },
    )
    const near = ['a/b/c', 'a+b/c', 'a/b+c', 'x-/y', 'x./y', 'x-=0123/y', 'con/y.', 'a/-y', 'a/=y'].map((name) =>
      remote(name),
    )
    expect(new Set(near.map(slugOf)).size).toBe(near.length)
  })
})

/** A forge that lists what it is told, and remembers what it was asked. */
function forgeWith(
  repositories: readonly Partial<RemoteRepository & { name: string }>[],
  origin = 'https://github.com',
) {
  const asked: Selection[] = []
  const all = repositories.map(({ name = 'acme/shop', ...rest }) => ({
    address: remote(name, origin),
    cloneUrl: `${origin}/${name}.git`,
    defaultBranch: 'main',
    isArchived: false,
    isFork: false,
    mayPush: true,
    topics: [],
    ...rest,
  }))
  const forge = {
    repositories: async (selection: Selection) => {
      asked.push(selection)
      return all
    },
  } as unknown as Forge
  return { asked, forge }
}

const wantedOf = (...lines: readonly string[]) => joinWanted(lines.map((line) => parseWanted(line, forges, top)))

describe('a selection', () => {
  test('takes named and listed repositories once each, in the order of their slugs', async () => {
    const { forge, asked } = forgeWith([{ name: 'acme/web' }, { name: 'ACME/Shop' }, { name: 'acme/api' }])
    const { repositories, notes } = await selectRepositories(wantedOf('acme/shop', 'acme/*', 'codeberg.org/z/z'), {
      forgeAt: async () => forge,
    })
    expect(repositories.map(({ slug }) => slug)).toEqual([
      'codeberg.org/z/z',
      'github.com/acme/api',
      'github.com/acme/shop',
      'github.com/acme/web',
    ])
    expect(notes).toEqual([])
    expect(asked).toEqual([{ owner: 'acme', forks: false }])
  })

  test('asks a forge only if something is to be listed', async () => {
    const forgeAt = () => Promise.reject(new Error('asked'))
    const { repositories } = await selectRepositories(wantedOf('acme/shop', '!acme/x'), { forgeAt })
    expect(repositories).toHaveLength(1)
  })

  test('leaves out archived, forked and empty ones that were listed, and says so; one that is named stays', async () => {
    const listed = [
      { name: 'acme/old', isArchived: true },
      { name: 'acme/fork', isFork: true },
      { name: 'acme/new', defaultBranch: undefined },
      { name: 'acme/shop' },
      { name: 'acme/named', isArchived: true },
    ]
    const { forge } = forgeWith(listed)
    const { repositories, notes } = await selectRepositories(wantedOf('acme/*', 'acme/named'), {
      forgeAt: async () => forge,
    })
    expect(repositories.map(({ slug }) => slug)).toEqual(['github.com/acme/named', 'github.com/acme/shop'])
    expect(notes).toEqual([
      'left out because archived: acme/named, acme/old',
      'left out because a fork: acme/fork',
      'left out because empty: acme/new',
    ])
  })

  test('takes forks if they are asked for', async () => {
    const { forge } = forgeWith([{ name: 'acme/fork', isFork: true }])
    const wanted = {
      ...wantedOf(),
      queries: [{ origin: 'https://github.com', selection: { owner: 'acme', forks: true } }],
    }
    expect((await selectRepositories(wanted, { forgeAt: async () => forge })).repositories).toHaveLength(1)
  })

  test('a pattern fits whatever the case, and ! goes before everything', async () => {
    const { forge } = forgeWith(
      ['api', 'Legacy-Shop', 'legacy-api', 'shop', 'svc-a', 'svc-b'].map((name) => ({ name: `acme/${name}` })),
    )
    const slugs = async (...lines: readonly string[]) =>
      (await selectRepositories(wantedOf(...lines), { forgeAt: async () => forge })).repositories.map(({ slug }) =>
        slug.replace('github.com/acme/', ''),
      )
    expect(await slugs('acme/*', '!acme/LEGACY-*')).toEqual(['api', 'shop', 'svc-a', 'svc-b'])
    expect(await slugs('acme/svc-[ab]', '!svc-b')).toEqual(['svc-a'])
    expect(await slugs('acme/*', '!acme')).toEqual([])
    expect(await slugs('acme/shop', '!https://github.com/acme/shop')).toEqual([])
    expect(await slugs('acme/shop', '!git.example.com/acme/*')).toEqual(['shop'])
  })

  test('keeps to a limit, and says what is left', async () => {
    const { repositories, notes } = await selectRepositories(wantedOf('a/c', 'a/b', 'a/a'), {
      forgeAt: () => Promise.reject(new Error('asked')),
      most: 2,
    })
    expect(repositories.map(({ slug }) => slug)).toEqual(['github.com/a/a', 'github.com/a/b'])
    expect(notes).toEqual(['left out by the limit of 2: 1'])
  })

  test.each([
    ['*/shop', 'a pattern begins with an owner'],
    ['acme/x/*', 'no repository of https://github.com is called like this'],
    ['example.org/acme/*', 'https://example.org is none of the forges that the campaign knows'],
    ['https://me:pw@github.com/acme/*', 'it holds credentials'],
  ])('%s is refused', (text, sentence) => {
    expect(() => parseWanted(text, forges, top)).toThrow(sentence)
  })

  test('a pattern of a stranger’s making takes no long time', async () => {
    const { forge } = forgeWith([{ name: `acme/${'a'.repeat(200)}` }])
    const pattern = `acme/${'*a'.repeat(100)}b`
    expect((await selectRepositories(wantedOf(pattern), { forgeAt: async () => forge })).repositories).toEqual([])
  })
})
