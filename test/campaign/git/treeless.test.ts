import { expect, it } from 'vitest'
import { bytesOf, change, idOf, kindOf, setStage, WORDS } from './stage.js'

const stage = setStage()
const FILES = {
  Dockerfile: 'FROM a\r\nUSER root\r\n',
  '.gitattributes': '* text=auto eol=lf\n*.sh filter=lfs ident working-tree-encoding=UTF-16\n',
  'src/run.sh': { program: '#!/bin/sh\r\n# $Id$\r\n' },
  'src/deep/file.txt': 'text\n',
  link: { link: 'src/deep' },
} as const

it('sees a commit without its files, and fetches together those it is asked for', async () => {
  const repository = await stage.open('acme/seen', FILES)
  const { main } = await stage.server.branches('acme/seen')
  expect(repository.base).toEqual({ branch: 'main', commit: main, time: 1_700_000_000 })
  expect(repository.entries.map(({ path, kind, isText }) => [path, kind, isText])).toEqual([
    ['.gitattributes', 'file', true],
    ['Dockerfile', 'file', true],
    ['link', 'link', true],
    ['src/deep/file.txt', 'file', true],
    ['src/run.sh', 'program', true],
  ])
  stage.server.requests.length = 0
  const ids = ['Dockerfile', 'src/run.sh'].map((path) => idOf(repository, path))
  const blobs = await repository.blobs(ids)
  expect(ids.map((id) => blobs.get(id)!.toString())).toEqual(['FROM a\r\nUSER root\r\n', '#!/bin/sh\r\n# $Id$\r\n'])
  expect(stage.server.requests).toHaveLength(2)
  await repository.blobs(ids)
  expect(stage.server.requests).toHaveLength(2)
})

it('changes one line of a CRLF file in a tree that wants it otherwise, and no other byte or mode', async () => {
  const repository = await stage.open('acme/bytes', FILES)
  const commit = await change(repository, 'Dockerfile', 'FROM a\r\nUSER 1\r\n')
  await repository.push('harden/one', commit, undefined)
  expect(await stage.server.git('acme/bytes', 'diff-tree', '-r', '--numstat', 'main', commit)).toBe(
    '1\t1\tDockerfile\n',
  )
  expect((await stage.server.file('acme/bytes', 'harden/one', 'Dockerfile'))!.toString()).toBe('FROM a\r\nUSER 1\r\n')
  const modes = (await stage.server.git('acme/bytes', 'ls-tree', '-r', commit))
    .split('\n')
    .map((line) => line.slice(0, 6))
  expect(modes).toEqual(['100644', '100644', '120000', '100644', '100755', ''])
})

it('makes the same commit of the same words, wherever it is', async () => {
  const repository = await stage.open('acme/same', FILES)
  const again = await stage.open('acme/again', FILES)
  const ids = [
    await change(repository, 'Dockerfile', 'FROM b\n'),
    await change(repository, 'Dockerfile', 'FROM b\n'),
    await change(again, 'Dockerfile', 'FROM b\n'),
  ]
  expect(ids).toEqual(Array(3).fill('3086a7d7c2c75beb90f3b8214260a61a089e3b70'))
  expect(await change(again, 'Dockerfile', 'FROM b\n', { ...WORDS, time: WORDS.time + 1 })).not.toBe(ids[0])
})

it('puts commits on top of its own, new files in new folders, and keeps the words to the byte', async () => {
  const repository = await stage.open('acme/chain', FILES)
  const first = await change(repository, 'Dockerfile', 'FROM b\n')
  const about = { ...WORDS, message: 'Ünïcode\n\n\n# not a comment\n  spaces  \nfrom nowhere\ndata 3\n' }
  const files = [
    { path: 'new folder/-x "ü".sh', mode: '100755', bytes: Buffer.from([0, 255, 10]) },
    { path: 'src/run.sh', mode: '100755', bytes: Buffer.from('#!/bin/sh\n') },
  ] as const
  const second = await repository.commit(first, files, about)
  await repository.push('harden/two', second, undefined)
  const { server } = stage
  expect((await server.file('acme/chain', second, 'new folder/-x "ü".sh'))!.equals(files[0].bytes)).toBe(true)
  expect(await server.git('acme/chain', 'rev-list', '--parents', `main..${second}`)).toBe(
    `${second} ${first}\n${first} ${repository.base.commit}\n`,
  )
  const raw = await server.git('acme/chain', 'cat-file', 'commit', second)
  expect(raw.slice(raw.indexOf('author'))).toBe(
    `author Bot <bot@example.com> 1700000100 +0000\ncommitter Bot <bot@example.com> 1700000100 +0000\n\n${about.message}`,
  )
  expect(await server.git('acme/chain', 'fsck', '--strict')).toBe('')
})

it('begins at a branch or a commit as well', async () => {
  const first = await stage.server.add('acme/at', FILES)
  const later = await stage.server.commit('acme/at', 'main', { Dockerfile: 'FROM later\n' }, { time: 1_700_000_500 })
  const side = await stage.server.commit('acme/at', 'side', { other: 'x' }, { from: 'main' })
  expect((await stage.open('acme/at')).base).toEqual({ branch: 'main', commit: later, time: 1_700_000_500 })
  expect((await stage.open('acme/at', undefined, { at: { branch: 'side' } })).base.commit).toBe(side)
  for (const at of [{ commit: first }, { commit: first, branch: 'main' }]) {
    const repository = await stage.open('acme/at', undefined, { at })
    expect(repository.base).toEqual({ branch: 'main', commit: first, time: 1_700_000_000 })
    expect((await bytesOf(repository, 'Dockerfile'))!.toString()).toBe('FROM a\r\nUSER root\r\n')
  }
  expect(await kindOf(stage.open('acme/at', undefined, { at: { branch: 'none' } }))).toBe('gone')
  expect(await kindOf(stage.open('acme/at', undefined, { at: { branch: 'main', commit: '1'.repeat(40) } }))).toBe(
    'gone',
  )
})

it('pushes on top of a base that no branch points to any more', async () => {
  const { server } = stage
  const first = await server.add('acme/moved', FILES)
  const later = await server.commit('acme/moved', 'main', { Dockerfile: 'FROM later\n' })
  const repository = await stage.open('acme/moved', undefined, { at: { branch: 'main', commit: first } })
  const old = await change(repository, 'Dockerfile', 'FROM b\n')
  await repository.push('harden/old', old, undefined)
  expect(await repository.tip('main')).toBe(later)
  const entries = await repository.entriesAt(later)
  expect(entries.map(({ path }) => path)).toEqual(repository.entries.map(({ path }) => path))
  expect(entries.find(({ path }) => path === 'Dockerfile')!.id).not.toBe(idOf(repository, 'Dockerfile'))
  const files = [{ path: 'Dockerfile', mode: '100644', bytes: Buffer.from('FROM c\n') }] as const
  const onTop = await repository.commit(later, files, WORDS)
  await repository.push('harden/old', onTop, old)
  expect((await server.branches('acme/moved'))['harden/old']).toBe(onTop)
})

it('moves a branch only from where it is thought to be', async () => {
  const { server } = stage
  const repository = await stage.open('acme/lease', FILES)
  const ours = await change(repository, 'Dockerfile', 'FROM b\n')
  const theirs = await server.commit('acme/lease', 'taken', { x: 'y' }, { from: 'main' })
  expect(await kindOf(repository.push('taken', ours, undefined))).toBe('stale')
  expect(await kindOf(repository.push('taken', ours, repository.base.commit))).toBe('stale')
  expect(await kindOf(repository.push('absent', ours, repository.base.commit))).toBe('stale')
  expect(await kindOf(repository.deleteBranch('taken', ours))).toBe('stale')
  expect((await server.branches('acme/lease')).taken).toBe(theirs)

  await repository.push('taken', ours, theirs)
  await repository.push('taken', ours, undefined)
  await repository.deleteBranch('taken', ours)
  expect(await repository.tip('taken')).toBeUndefined()
  expect(Object.keys(await server.branches('acme/lease'))).toEqual(['main'])
})

it('knows its branch from others whose name ends the same, and refuses what is no name', async () => {
  const repository = await stage.open('acme/names', FILES)
  const odd = await stage.server.commit('acme/names', 'x/refs/heads/one', { x: 'y' }, { from: 'main' })
  expect(await repository.tip('one')).toBeUndefined()
  expect(await repository.tip('x/refs/heads/one')).toBe(odd)
  for (const name of ['', '-x', 'a..b', 'a b', 'a:b', '*', '@{-1}', 'x.lock', 'a\nb', '/x', 'x/'])
    expect(await kindOf(repository.push(name, odd, undefined))).toBe('rejected')
  await expect(repository.push('ok', '--upload-pack=x', undefined)).rejects.toThrow('not the full name of an object')
})

it('works with a server that cannot leave files out', async () => {
  await stage.server.add('acme/whole', FILES)
  await stage.server.git('acme/whole', 'config', 'uploadpack.allowFilter', 'false')
  const repository = await stage.open('acme/whole')
  expect((await bytesOf(repository, 'Dockerfile'))!.toString()).toBe('FROM a\r\nUSER root\r\n')
  await repository.push('harden/one', await change(repository, 'Dockerfile', 'FROM b\n'), undefined)
  expect((await stage.server.file('acme/whole', 'harden/one', 'Dockerfile'))!.toString()).toBe('FROM b\n')
})

it('says that a repository is empty', async () => {
  await stage.server.add('acme/empty', FILES)
  await stage.server.git('acme/empty', 'update-ref', '-d', 'refs/heads/main')
  expect(await kindOf(stage.open('acme/empty'))).toBe('empty')
})
