import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { answersTo } from '../../../src/campaign/plan/contents.js'
import { survey } from '../../../src/campaign/plan/survey.js'
import { listingOf, placesOf, shapesTree } from '../../../src/campaign/plan/tree.js'
import { readProject } from '../../../src/disk.js'
import { type Content, commitIn, repositoryOf } from './repositories.js'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A checkout with all of this in one commit, however its own rules may ignore it. */
function checkout(files: Readonly<Record<string, string | Buffer | { link: string }>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'harden-tree-'))
  folders.push(folder)
  const git = (...args: string[]) =>
    execFileSync('git', [
      '-C',
      folder,
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      '-c',
      'core.autocrlf=false',
      ...args,
    ])
  git('init', '-q')
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(join(folder, path), content)
    else symlinkSync(content.link, join(folder, path))
  }
  git('add', '--force', '--all')
  git('commit', '-q', '-m', 'all')
  return folder
}

async function treeIn(files: Readonly<Record<string, Content>>) {
  const repository = repositoryOf(files)
  const { entries } = repository
  const contents = await repository.blobs(entries.filter(shapesTree).map(({ id }) => id))
  return { ...listingOf(entries, contents), at: placesOf(entries, contents) }
}

const HARD = {
  Dockerfile: 'FROM alpine\n',
  '.gitignore': 'build/\n*.log\n!keep.log\n/only-top\n',
  'build/Dockerfile': 'FROM a\n',
  'app/build/Dockerfile': 'FROM b\n',
  'app/.gitignore': 'secret\n!build/\n',
  'app/secret': 's',
  'app/only-top': 'kept here',
  'only-top': 'ignored',
  'x.log': 'x',
  'keep.log': 'k',
  'node_modules/a/Dockerfile': 'FROM c\n',
  'sub/vendor/compose.yml': 'services: {}\n',
  'docs/vendor': 'a file of this name',
  '.venv/pyvenv.cfg': '',
  '.venv/lib/requirements.txt': 'flask\n',
  'pyvenv.cfg': 'at the top it means nothing',
  'big/compose.yml': Buffer.alloc(3 * 1024 * 1024, 'a'),
  'binary/Dockerfile': Buffer.from([0, 1, 2]),
  'latin/Dockerfile': Buffer.from([0x46, 0xe9]),
  'utf16/Dockerfile': Buffer.from('\uFEFFFROM alpine\n', 'utf16le'),
  'links/Dockerfile': { link: '../Dockerfile' },
  'links/folder': { link: '../app' },
  'links/out': { link: '../../outside' },
  'links/Dockerfile.absolute': { link: '/etc/passwd' },
  'links/Dockerfile.nowhere': { link: 'missing' },
  'links/Dockerfile.circle': { link: 'Dockerfile.circle' },
  'links/Dockerfile.far': { link: 'folder/../Dockerfile' },
  'links/Dockerfile.git': { link: '../.git/config' },
  'links/Dockerfile.through-file': { link: '../Dockerfile/x' },
  'a name with spaces/Dockerfile': 'FROM alpine\n',
  'ümlaut line/Dockerfile': 'FROM alpine\n',
} satisfies Record<string, string | Buffer | { link: string }>

/** Whether there is something outside a commit nobody knows, and nobody asks. */
const likeAnywhere = (problem: string | undefined) =>
  problem === 'it is a symbolic link to nothing' ? 'it is a symbolic link out of the project' : problem

describe('a commit that is not checked out', () => {
  it('lists and reads what a folder with the same files does', async () => {
    const folder = checkout(HARD)
    const repository = commitIn(folder)
    const disk = await readProject(folder)
    const { at, commit } = await survey(repository, [])
    const tree = listingOf(commit.entries, commit.shaping)
    expect(tree.paths).toEqual(disk.paths)
    expect(tree.skipped).toEqual(disk.skipped)

    const besides = ['links/folder/secret', 'links/folder', 'app', 'missing', 'Dockerfile/x', '', '../x', '.git/config']
    const asked = [...Object.keys(HARD), ...besides]
    const answers = new Map((await answersTo(asked, at, repository)).map((answer) => [answer.path, answer]))
    for (const path of asked) {
      const answer = answers.get(answers.get(path)?.same ?? path)
      const file = disk.read(path)
      expect({ path, text: answer?.file?.text, at: answer?.file?.path, encoding: answer?.file?.encoding }).toEqual({
        path,
        text: file?.text,
        at: file?.path,
        encoding: file?.encoding,
      })
      expect([path, likeAnywhere(answer?.problem)]).toEqual([path, likeAnywhere(disk.unreadable(path))])
    }
  })

  it('follows no link out of itself, whatever this machine has there', async () => {
    const tree = await treeIn({
      Dockerfile: { link: '/etc/passwd' },
      'a/compose.yml': { link: '../../../../../../etc/passwd' },
      'b/Dockerfile': { link: '../Dockerfile' },
    })
    for (const path of ['Dockerfile', 'a/compose.yml', 'b/Dockerfile'])
      expect(tree.blocked.get(path)).toBe('it is a symbolic link out of the project')
  })

  it('says which folders are repositories of their own, and looks into none', async () => {
    const tree = await treeIn({ module: 'submodule', Dockerfile: 'FROM a\n' })
    expect(tree.skipped).toEqual([{ path: 'module', problem: 'it is a repository of its own' }])
    expect(tree.at('module/Dockerfile')).toBeUndefined()
  })

  it('blocks names that no folder can hold, and does not look names up that are no text', async () => {
    const tree = await treeIn({
      '../Dockerfile': 'FROM a\n',
      'a/../../Dockerfile': 'FROM a\n',
      'bad\uFFFD/Dockerfile': 'FROM a\n',
      'Dockerfile.\uFFFD': 'FROM a\n',
    })
    expect([...tree.blocked]).toEqual([
      ['../Dockerfile', 'its name is one that a campaign does not write'],
      ['Dockerfile.\uFFFD', 'its name is not UTF-8 text'],
      ['a/../../Dockerfile', 'its name is one that a campaign does not write'],
    ])
    expect(tree.skipped).toEqual([{ path: 'bad\uFFFD', problem: 'its name is not UTF-8 text' }])
    expect(tree.at('../Dockerfile')).toBeUndefined()
  })

  it('leaves alone what git LFS keeps elsewhere, and what could not be fetched', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'
    const repository = repositoryOf({ 'compose.yml': pointer, Dockerfile: 'FROM a\n' })
    const { at } = await survey(repository, [])
    const [lfs] = await answersTo(['compose.yml'], at, repository)
    expect(lfs?.problem).toBe('Git LFS keeps it elsewhere')
    const [lost] = await answersTo(['Dockerfile'], at, { blobs: async () => new Map() })
    expect(lost?.problem).toBe('it is too large, or it could not be fetched')
  })

  it('lists a very deep and a very wide one without trouble', async () => {
    const deep = `${'a/'.repeat(2000)}Dockerfile`
    const longer = `${'a/'.repeat(3000)}Dockerfile`
    const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`w/${i}/${i}/x`, 'x']))
    const tree = await treeIn({ [deep]: 'FROM a\n', [longer]: 'FROM a\n', ...wide })
    expect(tree.paths).toHaveLength(20_001)
    expect(tree.paths).toContain(deep)
  })
})
