import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type OpenOptions, openRepository } from '../../../src/campaign/git/open.js'
import type { Repository } from '../../../src/campaign/repository.js'
import { branchesOf, CLEAN, commitFiles, fileAt, git, makeRepository } from '../git-repositories.js'
import { bytesOf, change, failure, kindOf, WORDS } from './stage.js'

const run = promisify(execFile)
let top: string
let project: string
let scratch: string
let opened: Repository[] = []
beforeEach(async () => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'harden-local-')))
  project = join(top, 'project')
  scratch = join(top, 'scratch')
  mkdirSync(scratch)
  await makeRepository(join(project, '.git'), { Dockerfile: 'FROM a\r\n', 'src/run': { program: '#!/bin/sh\n' } })
  await plain('config', 'core.bare', 'false')
  await plain('checkout', '-q', '-f', 'main')
})
afterEach(async () => {
  for (const repository of opened) await repository.close()
  opened = []
  const left = readdirSync(scratch)
  rmSync(top, { recursive: true })
  expect(left).toEqual([])
})

const WHO = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a' }
const plain = (...args: string[]) => run('git', ['-C', project, ...args], { env: { ...CLEAN, ...WHO } })
async function open(path = project, at: OpenOptions['at'] = {}): Promise<Repository> {
  const address = { kind: 'local', path } as const
  const repository = await openRepository({ address, url: path }, { folder: scratch, at })
  opened.push(repository)
  return repository
}
/** Every file below a folder that is not an object, with its content and times. */
const picture = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/objects\/|harden/.test(path) && statSync(join(folder, path)).isFile())
    .map((path) => [path, readFileSync(join(folder, path), 'latin1'), statSync(join(folder, path)).mtimeMs])

it('reads what is committed, commits and makes branches, and touches neither work tree, index nor HEAD', async () => {
  writeFileSync(join(project, 'Dockerfile'), 'changed by a person\n')
  writeFileSync(join(project, 'new'), 'x')
  await plain('add', 'new')
  const before = picture(project)
  const repository = await open()
  expect(repository.base).toEqual({
    branch: 'main',
    commit: (await branchesOf(join(project, '.git'))).main,
    time: 1_700_000_000,
  })
  expect(repository.entries.map(({ path, kind }) => [path, kind])).toEqual([
    ['Dockerfile', 'file'],
    ['src/run', 'program'],
  ])
  expect((await bytesOf(repository, 'Dockerfile'))!.toString()).toBe('FROM a\r\n')
  const commit = await change(repository, 'Dockerfile', 'FROM b\r\n')
  await repository.push('harden/one', commit, undefined)
  expect(await repository.tip('harden/one')).toBe(commit)
  expect((await repository.entriesAt(commit)).map(({ path }) => path)).toEqual(['Dockerfile', 'src/run'])
  expect((await fileAt(join(project, '.git'), 'harden/one', 'Dockerfile'))!.toString()).toBe('FROM b\r\n')
  expect(picture(project)).toEqual(before)
  await plain('fsck', '--strict')
})

it('runs none of its hooks, filters or programs', async () => {
  const trap = join(top, 'trap')
  writeFileSync(trap, `#!/bin/sh\ntouch '${top}/sprung'\n`)
  chmodSync(trap, 0o755)
  mkdirSync(join(project, '.git', 'hooks'))
  const hooks = ['pre-receive', 'update', 'post-receive', 'reference-transaction', 'post-index-change', 'pre-push']
  for (const hook of [...hooks, 'post-commit', 'pre-auto-gc', 'fsmonitor-watchman', 'post-update']) {
    symlinkSync(trap, join(project, '.git', 'hooks', hook))
  }
  writeFileSync(
    join(project, '.git', 'config'),
    `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tfsmonitor = ${trap}\n\tsshCommand = ${trap}\n\tpager = ${trap}
\thooksPath = ${project}/.git/hooks\n\talternateRefsCommand = ${trap}\n\tgitProxy = ${trap}\n\tworktree = ${top}
[filter "x"]\n\tclean = ${trap}\n\tsmudge = ${trap}\n\tprocess = ${trap}\n[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = ${trap}
[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n\turl = ext::${trap}\n[protocol "ext"]\n\tallow = always
[i18n]\n\tcommitEncoding = latin1\n[gc]\n\tauto = 1\n[alias]\n\tfast-import = !${trap}\n[user]\n\tuseConfigOnly = true\n`,
  )
  mkdirSync(join(project, '.git', 'info'))
  writeFileSync(join(project, '.git', 'info', 'attributes'), '* filter=x text\n')
  const repository = await open()
  const commit = await change(repository, 'Dockerfile', 'FROM b\r\n')
  await repository.push('harden/one', commit, undefined)
  await repository.deleteBranch('harden/one', commit)
  expect(await repository.blobs(['1'.repeat(40)])).toEqual(new Map())
  expect(existsSync(join(top, 'sprung'))).toBe(false)
  // The same commit as in a repository without any settings.
  const other = join(top, 'other')
  await makeRepository(other, { Dockerfile: 'FROM a\r\n', 'src/run': { program: '#!/bin/sh\n' } })
  expect(await change(await open(other), 'Dockerfile', 'FROM b\r\n')).toBe(commit)
})

it('moves a branch only from where it is thought to be, and none that somebody works on', async () => {
  const repository = await open()
  const { commit } = repository.base
  const ours = await change(repository, 'Dockerfile', 'FROM b\n')
  expect(await kindOf(repository.push('main', ours, commit))).toBe('protected')
  await plain('branch', 'taken')
  expect(await kindOf(repository.push('taken', ours, undefined))).toBe('stale')
  expect(await kindOf(repository.push('absent', ours, commit))).toBe('stale')
  await repository.push('taken', ours, commit)
  await repository.push('taken', ours, undefined)
  await plain('worktree', 'add', '-q', join(top, 'beside'), 'taken')
  expect(await kindOf(repository.push('taken', commit, ours))).toBe('protected')
  expect(await kindOf(repository.deleteBranch('taken', ours))).toBe('protected')
  await plain('symbolic-ref', 'refs/heads/pointer', 'refs/heads/main')
  expect(await kindOf(repository.push('pointer', ours, commit))).toBe('protected')
  expect(await kindOf(repository.push('taken/below', ours, undefined))).toBe('rejected')
  expect(await kindOf(repository.push('-x', ours, undefined))).toBe('rejected')
  expect((await branchesOf(join(project, '.git'))).main).toBe(commit)
})

it('opens work trees beside the first, bare repositories, and other branches', async () => {
  await plain('branch', 'side')
  await commitFiles(join(project, '.git'), 'side', { other: 'x' })
  await plain('worktree', 'add', '-q', join(top, 'beside'), 'side')
  expect((await open(join(top, 'beside'))).base.branch).toBe('side')
  expect((await open(project, { branch: 'side' })).entries.map(({ path }) => path)).toContain('other')
  const bare = join(top, 'bare.git')
  const id = await makeRepository(bare, { x: 'x' }, 'trunk')
  const repository = await open(bare)
  expect(repository.base).toEqual({ branch: 'trunk', commit: id, time: 1_700_000_000 })
  await repository.push('harden/one', await change(repository, 'x', 'y'), undefined)
  expect(await kindOf(open(project, { branch: 'none' }))).toBe('gone')
})

it('says why there is nothing to begin with', async () => {
  const message = async (path: string) => (await failure(open(path))).message
  expect(await message(top)).toBe(`${top}: no git repository`)
  await plain('checkout', '-q', '--detach')
  expect(await message(project)).toBe(`${project}: its HEAD is detached; check out the branch to start from`)
  const bare = join(top, 'bare.git')
  await makeRepository(bare, { x: 'x' })
  await git(bare, ['update-ref', '-d', 'refs/heads/main'])
  expect(await message(bare)).toBe(`${bare}: it has no commits yet`)
  writeFileSync(join(bare, 'config'), '[nonsense')
  expect(await kindOf(open(bare))).toBe('broken')
})

it('keeps the modes that it does not touch, old ones too', async () => {
  const dir = join(project, '.git')
  const blob = (await git(dir, ['hash-object', '-w', '--stdin'], 'x')).toString().trim()
  const tree = async (lines: string) => (await git(dir, ['mktree'], lines)).toString().trim()
  const inner = await tree(`100664 blob ${blob}\told\n`)
  const root = await tree(`100664 blob ${blob}\tbeside\n040000 tree ${inner}\tinner\n`)
  const words = `tree ${root}\nauthor A <a@b> 5 +0100\ncommitter A <a@b> 7 +0100\n\nx\n`
  const id = (await git(dir, ['hash-object', '-t', 'commit', '-w', '--stdin'], words)).toString().trim()
  await git(dir, ['update-ref', 'refs/heads/old', id])
  const repository = await open(project, { branch: 'old' })
  expect(repository.base.time).toBe(7)
  const files = [{ path: 'new', mode: '100755', bytes: Buffer.from('y') }] as const
  const made = await repository.commit(id, files, WORDS)
  // As the bytes of the tree have it: git's own listing shows only what it makes of them.
  const raw = (await git(dir, ['cat-file', 'tree', `${made}^{tree}`])).toString('latin1')
  expect(raw.match(/\d+ (?:beside|inner|new)(?=\0)/g)).toEqual(['100664 beside', '40000 inner', '100755 new'])
  expect(raw).toContain(Buffer.from(inner, 'hex').toString('latin1'))
})
