import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { git } from '../git-repositories.js'
import { bytesOf, change, failure, idOf, kindOf, setStage, WORDS } from './stage.js'

/** Repositories, and surroundings, that want something to be run, written or eaten up. */
const stage = setStage()
const ours = { ...process.env }
let folder: string
/** A program that leaves a trace if anything ever runs it. */
let trap: string
const isSprung = () => existsSync(join(folder, 'sprung'))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harden-trap-'))
  trap = join(folder, 'trap')
  writeFileSync(trap, `#!/bin/sh\ntouch '${folder}/sprung'\n`, { mode: 0o755 })
})
afterEach(() => {
  process.env = { ...ours }
  rmSync(folder, { recursive: true })
})

it('runs nothing that a repository, a template or this machine brings along', async () => {
  const evil = `[core]\n\tfsmonitor = ${trap}\n\thooksPath = ${folder}/hooks\n\tsshCommand = ${trap}\n\tpager = ${trap}
[filter "evil"]\n\tsmudge = ${trap}\n\tclean = ${trap}\n\tprocess = ${trap}\n\trequired = true
[init]\n\ttemplateDir = ${folder}/template\n[gpg]\n\tprogram = ${trap}\n[commit]\n\tgpgSign = true
[credential]\n\thelper = !${trap}\n[protocol "ext"]\n\tallow = always\n[alias]\n\tfetch = !${trap}\n`
  const hooks = [
    'post-checkout',
    'pre-push',
    'reference-transaction',
    'post-index-change',
    'post-commit',
    'pre-auto-gc',
  ]
  for (const place of ['hooks', 'template/hooks']) {
    mkdirSync(join(folder, place), { recursive: true })
    for (const hook of hooks) writeFileSync(join(folder, place, hook), `#!/bin/sh\n${trap}\n`, { mode: 0o755 })
  }
  writeFileSync(join(folder, '.gitconfig'), evil)
  Object.assign(process.env, {
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    GIT_CONFIG_GLOBAL: join(folder, '.gitconfig'),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: join(folder, 'hooks'),
    GIT_TEMPLATE_DIR: join(folder, 'template'),
    GIT_ASKPASS: trap,
    GIT_SSH_COMMAND: trap,
    GIT_EXTERNAL_DIFF: trap,
    GIT_PROXY_COMMAND: trap,
    GIT_EDITOR: trap,
  })
  const repository = await stage.open('acme/evil', {
    Dockerfile: 'FROM a\n',
    '.gitattributes': '* filter=evil diff=evil merge=evil\n',
    '.gitconfig': evil,
    'bare/HEAD': 'ref: refs/heads/main\n',
    'bare/config': `[core]\n\trepositoryformatversion = 0\n\tbare = true\n${evil}`,
    'bare/objects/x': '',
    'bare/refs/x': '',
    'bare/hooks/post-checkout': { program: `#!/bin/sh\n${trap}\n` },
    HEAD: 'ref: refs/heads/main\n',
    config: `[core]\n\trepositoryformatversion = 0\n${evil}`,
    'objects/x': '',
    'refs/x': '',
    '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = https://example.invalid/x\n',
    x: { repository: '1'.repeat(40) },
  })
  await repository.blobs(repository.entries.filter(({ kind }) => kind === 'file').map(({ id }) => id))
  await repository.push('harden/one', await change(repository, 'Dockerfile', 'FROM b\n'), undefined)
  await repository.deleteBranch('harden/one', (await repository.tip('harden/one'))!)
  stage.server.authorization = 'Basic another'
  expect(await kindOf(repository.tip('main'))).toBe('unauthorised')
  expect(isSprung()).toBe(false)
})

it('takes names as they are', async () => {
  const names = [
    '-x',
    '--upload-pack=x',
    'a b',
    ' ',
    'new\nline',
    'tab\there',
    '"quoted"',
    'ü',
    'CON',
    '*',
    'a\\b',
    'x"\\303',
  ]
  const files = names.map((name) => [`dir/${name}`, `in ${name}`] as const)
  const bytes = Buffer.from([0x64, 0xff, 0xfe])
  const repository = await stage.open('acme/odd', [...files, [bytes, 'no text'], ['Dockerfile', 'FROM a\n']])
  for (const [path, text] of files) expect((await bytesOf(repository, path))!.toString()).toBe(text)
  expect(repository.entries.filter(({ isText }) => !isText).map(({ path }) => path)).toEqual(['d��'])
  const commit = await change(repository, 'dir/-x', 'changed')
  await repository.push('harden/odd', commit, undefined)
  expect(await stage.server.git('acme/odd', 'diff-tree', '-r', '--name-only', 'main', commit)).toBe('dir/-x\n')
})

it('refuses trees that lead out of themselves', async () => {
  await stage.server.add('acme/out', { x: 'x' })
  const to = stage.server.folderOf('acme/out')
  const blob = (await git(to, ['hash-object', '-w', '--stdin'], 'x')).toString().trim()
  for (const name of ['..', '.git', '.GIT', 'git~1', '.']) {
    const tree = (await git(to, ['mktree', '-z'], `100644 blob ${blob}\t${name}\0`)).toString().trim()
    const commit = `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n`
    const id = (await git(to, ['hash-object', '-t', 'commit', '-w', '--stdin'], commit)).toString().trim()
    await git(to, ['update-ref', 'refs/heads/main', id])
    expect((await failure(stage.open('acme/out'))).message).toMatch(/objects that git refuses/)
  }
})

it('refuses settings for submodules that are an attack, where they are fetched at all', async () => {
  await stage.server.add('acme/modules', {
    Dockerfile: 'FROM a\n',
    '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = -u./${trap}\n`,
    x: { repository: '1'.repeat(40) },
  })
  const repository = await stage.open('acme/modules')
  expect(repository.entries.map(({ kind }) => kind)).toEqual(['file', 'file', 'repository'])
  await stage.server.git('acme/modules', 'config', 'uploadpack.allowFilter', 'false')
  expect((await failure(stage.open('acme/modules'))).message).toMatch(/objects that git refuses.*gitmodulesUrl/)
})

it('writes no path that is more, or less, than a file of its own', async () => {
  const repository = await stage.open('acme/paths', {
    Dockerfile: { link: '/etc/passwd' },
    link: { link: '..' },
    file: 'x',
    'folder/file': 'x',
    module: { repository: '1'.repeat(40) },
  })
  const wrong = [
    ...['', '/', '/etc/passwd', '..', '../x', 'a/../b', 'a/./b', './a', 'a//b', 'a/', 'a\\b', 'a\0b', 'a\nb', '\ud800'],
    ...['.git', '.GIT/config', 'a/.git/hooks/x', 'git~1', 'GIT~2/x', '.git.', '.git ', '.git . /x', '.g\u200cit/x'],
    ...['.git::$INDEX_ALLOCATION/x', '.git:x'],
    ...['Dockerfile', 'link', 'link/x', 'file/x', 'folder', 'module', 'module/x', 'x'.repeat(5000)],
  ]
  for (const path of wrong) expect([path, await kindOf(change(repository, path, 'x'))]).toEqual([path, 'broken'])
  const twice = ['new', 'new/below', 'new'].map((path) => ({ path, mode: '100644', bytes: Buffer.from('x') }) as const)
  const { commit } = repository.base
  expect(await kindOf(repository.commit(commit, twice.slice(0, 2), WORDS))).toBe('broken')
  expect(await kindOf(repository.commit(commit, twice.slice(1), WORDS))).toBe('broken')
  for (const path of ['.gitignore', '.github/x', 'folder/-x', 'git~x', 'a.git', '...']) {
    expect([path, await kindOf(change(repository, path, 'x'))]).toEqual([path, 'done'])
  }
  for (const about of [
    { ...WORDS, message: 'a\0b' },
    { ...WORDS, author: { name: 'A\nparent x', email: 'a@b' } },
    { ...WORDS, author: { name: 'A', email: 'a> 1 +0000\nfrom x' } },
    { ...WORDS, time: -1 },
  ])
    expect(await kindOf(change(repository, 'ok', 'x', about))).toBe('broken')
})

it('leaves large files out, and ends what is too much', async () => {
  await stage.server.add('acme/large', {
    Dockerfile: 'FROM a\n',
    large: 'x'.repeat(70_000),
    huge: randomBytes(3 << 20),
  })
  const repository = await stage.open('acme/large', undefined, { limits: { file: 60_000, size: 2 << 20 } })
  expect(await bytesOf(repository, 'large')).toBeUndefined()
  expect((await bytesOf(repository, 'Dockerfile'))!.toString()).toBe('FROM a\n')
  expect(await kindOf(repository.blobs([idOf(repository, 'huge')]))).toBe('limit')
  await stage.server.git('acme/large', 'config', 'uploadpack.allowFilter', 'false')
  expect(await kindOf(stage.open('acme/large', undefined, { limits: { size: 2 << 20 } }))).toBe('limit')
  expect(await kindOf(stage.open('acme/large', undefined, { limits: { entries: 2 } }))).toBe('limit')
  expect(await kindOf(stage.open('acme/large', undefined, { limits: { entries: 3 } }))).toBe('done')
})

it('ends a tree that is small on disk and endless to list', async () => {
  await stage.server.add('acme/bomb', { x: 'x' })
  const to = stage.server.folderOf('acme/bomb')
  let [mode, id] = ['100644 blob', (await git(to, ['rev-parse', 'main:x'])).toString().trim()]
  for (let depth = 0; depth < 8; depth++) {
    const lines = Array.from({ length: 10 }, (_, i) => `${mode} ${id}\td${i}\n`).join('')
    id = (await git(to, ['mktree'], lines)).toString().trim()
    mode = '040000 tree'
  }
  const commit = `tree ${id}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n`
  const tip = (await git(to, ['hash-object', '-t', 'commit', '-w', '--stdin'], commit)).toString().trim()
  await git(to, ['update-ref', 'refs/heads/main', tip])
  expect(await kindOf(stage.open('acme/bomb', undefined, { limits: { entries: 10_000 } }))).toBe('limit')
})
