import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { rolldown } from 'rolldown'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { decode, encode } from '../src/disk/encoding.js'
import {
  ChangedError,
  DiskError,
  findRoot,
  type Moment,
  readProject,
  recover,
  stateFolder,
  undo,
  type WriteOptions,
  wasCutOff,
  writePlan,
} from '../src/disk.js'
import type { Path } from '../src/model.js'
import { applyTo, type ChangedFile, changedFiles } from '../src/project.js'

const isRoot = process.getuid?.() === 0
const isLinux = process.platform === 'linux'
/** Root in a container often may do neither; those tests are then skipped. */
const canMount = probe((folder) => {
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' })
  execFileSync('umount', [folder])
})
const canMakeImmutable = probe((folder) => {
  execFileSync('chattr', ['+i', folder], { stdio: 'ignore' })
  execFileSync('chattr', ['-i', folder])
})

function probe(act: (folder: string) => void): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'harden-probe-'))
  try {
    act(folder)
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

let top: string
let root: string
let state: string

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'harden-')))
  root = join(top, 'project')
  state = join(top, 'state')
  mkdirSync(root)
  return () => rmSync(top, { recursive: true, force: true })
})

function put(path: Path, content: string | Buffer = '', mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
  chmodSync(join(root, path), mode)
}

function get(path: Path): string {
  return readFileSync(join(root, path), 'utf8')
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}

const paths = async (named?: readonly Path[]) => (await readProject(root, { named })).paths

describe('encode is the exact inverse of decode', () => {
  const text = fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0'))

  test.each(['utf8', 'utf16le', 'utf16be'] as const)('%s', (encoding) => {
    fc.assert(
      fc.property(text, (body) => {
        const bytes = encode({ text: encoding === 'utf8' ? body : `\uFEFF${body}`, encoding })
        const decoded = decode(bytes)
        expect(decoded).toMatchObject({ encoding })
        expect('text' in decoded && encode(decoded)).toEqual(bytes)
      }),
    )
  })

  test('for any bytes that are text at all', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .tuple(fc.constantFrom([0xff, 0xfe], [0xfe, 0xff], [0xef, 0xbb, 0xbf]), fc.uint8Array({ maxLength: 8 }))
        .map(([bom, rest]) => [...bom, ...rest]),
    )
    fc.assert(
      fc.property(anyBytes, (array) => {
        const bytes = Buffer.from(array)
        const decoded = decode(bytes)
        if ('text' in decoded) expect(encode(decoded)).toEqual(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['a byte order mark stays', [0xef, 0xbb, 0xbf, 0x61], { text: '\uFEFFa', encoding: 'utf8' }],
    ['UTF-16, little end first', [0xff, 0xfe, 0x61, 0x00], { text: '\uFEFFa', encoding: 'utf16le' }],
    ['UTF-16, big end first', [0xfe, 0xff, 0x00, 0x61], { text: '\uFEFFa', encoding: 'utf16be' }],
    ['no bytes', [], { text: '', encoding: 'utf8' }],
    ['Latin-1', [0x63, 0xe9], { problem: 'it is not UTF-8 text' }],
    ['overlong UTF-8', [0xc0, 0xaf], { problem: 'it is not UTF-8 text' }],
    ['a NUL byte', [0x61, 0x00, 0x62], { problem: 'it is binary' }],
    ['half a UTF-16 character', [0xff, 0xfe, 0x61], { problem: 'it is not UTF-16 text' }],
    ['half a surrogate pair', [0xff, 0xfe, 0x00, 0xd8], { problem: 'it is not UTF-16 text' }],
    ['UTF-32', [0xff, 0xfe, 0x00, 0x00, 0x61, 0x00, 0x00, 0x00], { problem: 'it is binary' }],
  ])('%s', (_, bytes, decoded) => {
    expect(decode(Buffer.from(bytes))).toEqual(decoded)
  })
})

describe('readProject', () => {
  test('lists regular files, sorted, without other people’s code', async () => {
    for (const path of [
      'b/Dockerfile',
      'b-c',
      'a',
      'node_modules/x/index.js',
      'b/node_modules/y',
      'vendor/z',
      '.git/HEAD',
    ])
      put(path)
    for (const path of ['.venv/pyvenv.cfg', '.venv/lib/a.py', 'env/pyvenv.cfg', 'env/b.py', 'venv/kept.py']) put(path)
    expect(await paths()).toEqual(['a', 'b-c', 'b/Dockerfile', 'venv/kept.py'])
  })

  test('leaves a repository inside a repository alone, and says so', async () => {
    put('.git/HEAD')
    put('Dockerfile')
    put('module/.git', 'gitdir: ../.git/modules/module\n')
    put('module/Dockerfile')
    const project = await readProject(root)
    expect(project.paths).toEqual(['Dockerfile'])
    expect(project.skipped).toEqual([{ path: 'module', problem: 'it is a repository of its own' }])
  })

  test('enters repositories from outside of all repositories', async () => {
    put('module/.git/HEAD')
    put('module/Dockerfile')
    expect(await paths()).toEqual(['module/Dockerfile'])
  })

  test('lists an ignored file or folder that was named', async () => {
    put('.gitignore', 'dist\n*.log\n')
    for (const path of ['dist/Dockerfile', 'dist/deep/compose.yml', 'a.log', 'b.log']) put(path)
    expect(await paths()).toEqual(['.gitignore'])
    expect(await paths(['dist', 'dist/deep', 'a.log', 'missing'])).toEqual([
      '.gitignore',
      'a.log',
      'dist/Dockerfile',
      'dist/deep/compose.yml',
    ])
  })

  test('reads the exclude file of a linked work tree', async () => {
    const main = join(top, 'main')
    const git = (cwd: string, ...args: string[]) => execFileSync('git', ['-C', cwd, ...args], { stdio: 'ignore' })
    mkdirSync(main)
    git(main, 'init')
    git(main, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--allow-empty', '-m', 'a')
    writeFileSync(join(main, '.git/info/exclude'), 'secret\n')
    rmSync(root, { recursive: true })
    git(main, 'worktree', 'add', root)
    put('secret')
    put('open')
    expect(await paths()).toEqual(['open'])
  })

  test('reads lazily, once, and keeps what it saw', async () => {
    put('a', 'one')
    put('b', 'one')
    const project = await readProject(root)
    const seen = project.read('a')
    put('a', 'two')
    put('b', 'two')
    expect(project.read('a')).toBe(seen)
    expect(seen).toEqual({ path: 'a', text: 'one', encoding: 'utf8', mode: 0o644 })
    expect(project.read('b')?.text).toBe('two')
  })

  test('keeps mode bits', async () => {
    put('run.sh', '', 0o755)
    expect((await readProject(root)).read('run.sh')?.mode).toBe(0o755)
  })

  test('can read an ignored file, so that nothing mistakes it for a missing one', async () => {
    put('.gitignore', '.dockerignore\n')
    put('.dockerignore', 'node_modules\n')
    const project = await readProject(root)
    expect(project.paths).toEqual(['.gitignore'])
    expect(project.read('.dockerignore')?.text).toBe('node_modules\n')
    expect(project.unreadable('.dockerignore')).toBeUndefined()
  })

  test('a link inside the project is the file it leads to', async () => {
    put('docker/app', 'FROM a\n')
    symlinkSync('docker/app', join(root, 'Dockerfile'))
    symlinkSync('Dockerfile', join(root, 'Again'))
    symlinkSync('docker', join(root, 'folder'))
    const project = await readProject(root)
    expect(project.paths).toEqual(['docker/app'])
    expect(project.read('Dockerfile')).toBe(project.read('docker/app'))
    expect(project.read('Again')).toBe(project.read('docker/app'))
    expect(project.read('folder/app')).toBe(project.read('docker/app'))
    expect(project.read('Dockerfile')?.path).toBe('docker/app')
    const { text } = project.read('Again')!
    const after = applyTo(project, [{ path: 'Again', start: text.length, end: text.length, text: 'USER 1\n' }])
    expect(changedFiles(project, after).map((change) => change.path)).toEqual(['docker/app'])
  })

  test('links that lead elsewhere are listed and never read', async () => {
    writeFileSync(join(top, 'outside'), 'secret')
    mkdirSync(`${root}-sibling`)
    writeFileSync(`${root}-sibling/file`, 'secret')
    put('.git/HEAD', 'secret')
    symlinkSync('/etc/passwd', join(root, 'Dockerfile'))
    symlinkSync('../outside', join(root, 'compose.yml'))
    symlinkSync('../project-sibling/file', join(root, 'sibling'))
    symlinkSync('nowhere', join(root, 'dangling'))
    symlinkSync('round', join(root, 'round'))
    symlinkSync('.git/HEAD', join(root, 'git'))
    symlinkSync('..', join(root, 'up'))
    const project = await readProject(root)
    expect(Object.fromEntries(project.paths.map((path) => [path, project.unreadable(path)]))).toEqual({
      Dockerfile: 'it is a symbolic link out of the project',
      'compose.yml': 'it is a symbolic link out of the project',
      dangling: 'it is a symbolic link to nothing',
      git: 'it is a symbolic link into .git',
      round: 'it cannot be read: it is a symbolic link that leads round in circles',
      sibling: 'it is a symbolic link out of the project',
      up: 'it is a symbolic link out of the project',
    })
    for (const path of project.paths) expect(project.read(path)).toBeUndefined()
    expect(project.read('up/outside')).toBeUndefined()
    expect(project.unreadable('up/outside')).toBe('it is a symbolic link out of the project')
  })

  test('no path leaves the project or enters .git', async () => {
    writeFileSync(join(top, 'outside'), 'secret')
    put('.git/config', 'secret')
    put('a/b', '')
    const project = await readProject(root)
    for (const path of [
      '../outside',
      'a/../../outside',
      join(top, 'outside'),
      'a/../a/b',
      './a/b',
      'a//b',
      '',
      '.',
      '..',
      '.git/config',
      'a/b\0',
    ]) {
      expect(project.read(path), path).toBeUndefined()
      expect(project.unreadable(path), path).toBeUndefined()
    }
  })

  test('pipes, sockets and folders are named, never opened', async () => {
    execFileSync('mkfifo', [join(root, 'Dockerfile')])
    mkdirSync(join(root, 'compose.yml'))
    put('compose.yml/inner')
    const server = createServer()
    await new Promise<void>((done) => server.listen(join(root, 'requirements.txt'), done))
    const project = await readProject(root)
    expect(project.unreadable('Dockerfile')).toBe('it is a named pipe')
    expect(project.unreadable('requirements.txt')).toBe('it is a socket')
    expect(project.unreadable('compose.yml')).toBe('it is a directory')
    expect(project.paths).toEqual(['Dockerfile', 'compose.yml/inner', 'requirements.txt'])
    await new Promise((done) => server.close(done))
  })

  test('a pipe exchanged for a file after the walk is not opened', async () => {
    put('Dockerfile')
    const project = await readProject(root)
    unlinkSync(join(root, 'Dockerfile'))
    execFileSync('mkfifo', [join(root, 'Dockerfile')])
    expect(project.read('Dockerfile')).toBeUndefined()
    expect(project.unreadable('Dockerfile')).toBe('it is a named pipe')
  })

  test('what is no text, or too large, is named', async () => {
    put('latin1', Buffer.from([0x63, 0xe9]))
    put('binary', Buffer.from([0x61, 0, 0x62]))
    put('large', Buffer.alloc(2 * 1024 * 1024 + 1, 0x61))
    put('just', Buffer.alloc(2 * 1024 * 1024, 0x61))
    const project = await readProject(root)
    expect(project.unreadable('latin1')).toBe('it is not UTF-8 text')
    expect(project.unreadable('binary')).toBe('it is binary')
    expect(project.unreadable('large')).toBe('it is larger than 2 MiB')
    expect(project.read('just')?.text.length).toBe(2 * 1024 * 1024)
    expect((await readProject(root, { largest: 1024 })).unreadable('just')).toBe('it is larger than 1 KiB')
  })

  test.runIf(isLinux)('names that are not UTF-8 are named and not read', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${root}/Dockerfile.`), Buffer.from([0xff])]), 'FROM a\n')
    mkdirSync(Buffer.concat([Buffer.from(`${root}/folder`), Buffer.from([0xfe])]))
    put('Dockerfile.\uFFFD-real', 'FROM b\n')
    const project = await readProject(root)
    expect(project.paths).toEqual(['Dockerfile.\uFFFD', 'Dockerfile.\uFFFD-real'])
    expect(project.read('Dockerfile.\uFFFD')).toBeUndefined()
    expect(project.unreadable('Dockerfile.\uFFFD')).toBe('its name is not UTF-8 text')
    expect(project.skipped).toEqual([{ path: 'folder\uFFFD', problem: 'its name is not UTF-8 text' }])
    expect(project.read('Dockerfile.\uFFFD-real')?.text).toBe('FROM b\n')
  })

  test('odd names are ordinary', async () => {
    const odd = ['a\nb', ' ', '-x', 'a\\b', '\u001b[31mred', '日本語/é', 'constructor', '__proto__']
    for (const path of odd) put(path, path)
    const project = await readProject(root)
    expect(project.paths).toEqual([...odd].sort())
    for (const path of odd) expect(project.read(path)?.text).toBe(path)
  })

  test('a very deep and a very wide tree', async () => {
    let deep = root
    for (let i = 0; i < 1500; i++) {
      deep += '/d'
      mkdirSync(deep)
    }
    writeFileSync(`${deep}/file`, '')
    for (let i = 0; i < 20_000; i++) writeFileSync(join(root, `f${i}`), '')
    expect((await paths()).length).toBe(20_001)
    await expect(readProject(root, { most: 20_000 })).rejects.toThrow(
      `${root}: there are more than 20,000 files; name a smaller folder`,
    )
  })

  test('a root that is not there', async () => {
    await expect(readProject(join(root, 'missing'))).rejects.toThrow(DiskError)
    put('file')
    await expect(readProject(join(root, 'file'))).rejects.toThrow(
      'it cannot be listed: a part of its path is not a directory',
    )
  })
})

describe('.gitignore', () => {
  const name = fc.constantFrom('a', 'b', 'ab', 'a.b', '.a', 'a b', '!a', '#b', 'A')
  const file = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    '*',
    '**',
    '?',
    '/',
    '!',
    '#',
    '[ab]',
    '[!a]',
    '[^.]',
    '[a-b]',
    '[[:alpha:]]',
    '[]a]',
    '[',
    '\\',
    ' ',
    '\\ ',
    'A',
  )
  const pattern = fc.oneof(
    fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join('')),
    file,
    file.map((path) => `/${path}/`),
    file.map((path) => `!${path}`),
    file.map((path) => `**/${path}`),
    file.map((path) => `${path}/**`),
  )
  const rules = fc.array(pattern, { maxLength: 4 }).map((lines) => lines.join('\n'))
  const tree = fc.record({
    files: fc.array(file, { minLength: 1, maxLength: 12 }),
    ignores: fc.dictionary(fc.constantFrom('', 'a/', 'b/', 'a/b/'), rules),
    exclude: rules,
  })

  test('lists what git lists', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(tree, async ({ files, ignores, exclude }) => {
        rmSync(root, { recursive: true, force: true })
        mkdirSync(join(root, '.git/objects'), { recursive: true })
        mkdirSync(join(root, '.git/refs'))
        put('.git/HEAD', 'ref: refs/heads/main\n')
        put('.git/info/exclude', exclude)
        for (const path of files) {
          try {
            put(path)
          } catch {} // A folder has the name already, or a file the name of a folder.
        }
        for (const [folder, text] of Object.entries(ignores)) {
          if (isFolder(join(root, folder))) put(`${folder}.gitignore`, text)
        }
        const listed = execFileSync('git', ['-C', root, 'ls-files', '-z', '--others', '--exclude-standard'], {
          env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
        })
        expect(await paths()).toEqual(listed.toString().split('\0').slice(0, -1).sort())
      }),
      { numRuns: Number(process.env.RUNS ?? 300) },
    )
  })

  test('a pattern made to be slow is not', async () => {
    put('.gitignore', `${'*a'.repeat(60)}b\n${'**/'.repeat(60)}b\n${'a/**/'.repeat(60)}b\n`)
    put(`${'a/'.repeat(60)}${'a'.repeat(250)}`)
    // A backtracking matcher would not come back before the test's own limit.
    expect((await paths()).length).toBe(2)
  })

  test('a link is not read as rules', async () => {
    writeFileSync(join(top, 'rules'), '*\n')
    symlinkSync('../rules', join(root, '.gitignore'))
    put('a')
    expect(await paths()).toEqual(['.gitignore', 'a'])
  })
})

/** What a plan that appends a line to each file, or makes it, wants written. */
async function changes(...files: readonly Path[]): Promise<readonly ChangedFile[]> {
  const project = await readProject(root)
  const edits = files.map((path) => {
    const end = project.read(path)?.text.length ?? 0
    return { path, start: end, end, text: 'new\n' }
  })
  return changedFiles(project, applyTo(project, edits))
}

const write = async (plan: readonly ChangedFile[], options: WriteOptions = {}) =>
  writePlan(root, plan, { state, ...options })

/** Every file of the project with its content, and none of the journal. */
function snapshot(folder = root): Record<string, string> {
  const files: Record<string, string> = {}
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isDirectory())
      files[path.slice(folder.length + 1)] = entry.isFile() ? readFileSync(path, 'latin1') : '(special)'
  }
  return files
}

function failing(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** Acts right before the first of these moments at a path. */
function atMoment(moment: Moment, path: Path | undefined, act: () => void): WriteOptions {
  return {
    before: (now, where) => {
      if (now === moment && (path === undefined || where === path)) act()
    },
  }
}

describe('writePlan', () => {
  test('writes changed and new files, and leaves nothing else behind', async () => {
    put('a', 'old\n')
    put('sub/b', 'old\n', 0o755)
    await write(await changes('a', 'sub/b', 'c', 'made/deep/d'))
    expect(snapshot()).toEqual({ a: 'old\nnew\n', 'sub/b': 'old\nnew\n', c: 'new\n', 'made/deep/d': 'new\n' })
  })

  test('keeps mode and owner, gives new files 644 less the umask', async () => {
    put('run.sh', 'old\n', 0o4751)
    if (isRoot) execFileSync('chown', ['12345:23456', join(root, 'run.sh')])
    chmodSync(join(root, 'run.sh'), 0o4751)
    const { uid, gid } = statSync(join(root, 'run.sh'))
    const plan = await changes('run.sh', 'new')
    const umask = process.umask
    expect(umask()).toBe(0o022)
    await write(plan)
    const after = statSync(join(root, 'run.sh'))
    expect([after.mode & 0o7777, after.uid, after.gid]).toEqual([0o4751, uid, gid])
    expect(statSync(join(root, 'new')).mode & 0o7777).toBe(0o644)
  })

  test('keeps the encoding', async () => {
    put('wide', Buffer.from('\uFEFFold\r\n', 'utf16le').swap16())
    await write(await changes('wide'))
    expect(readFileSync(join(root, 'wide'))).toEqual(Buffer.from('\uFEFFold\r\nnew\r\n', 'utf16le').swap16())
  })

  test('an empty plan touches nothing, not even the journal', async () => {
    await write([])
    expect(existsSync(state)).toBe(false)
  })

  test('refuses when a file has changed, is gone or has come up', async () => {
    put('a', 'old\n')
    put('b', 'old\n')
    const plan = await changes('a', 'b', 'c')
    const untouched = async (path: Path, message: string) => {
      const before = snapshot()
      const error = await write(plan).catch((thrown) => thrown)
      expect(error).toBeInstanceOf(ChangedError)
      expect(error).toMatchObject({ path, message })
      expect(snapshot()).toEqual(before)
      expect((await recover(root, { state }))?.said).toBeUndefined()
      expect(await undo(root, { state })).toEqual([])
    }
    put('b', 'odd\n')
    await untouched('b', 'b: it has changed since it was read. Run again. Nothing was changed.')
    unlinkSync(join(root, 'b'))
    await untouched('b', 'b: it is gone since it was read. Run again. Nothing was changed.')
    put('b', 'old\n')
    put('c', 'mine\n')
    await untouched('c', 'c: it has come up since the project was read. Run again. Nothing was changed.')
    unlinkSync(join(root, 'c'))
    unlinkSync(join(root, 'a'))
    symlinkSync('b', join(root, 'a'))
    await untouched('a', 'a: it is not the file that was read: it is a symbolic link. Nothing was changed.')
  })

  test('a touch is no change', async () => {
    put('a', 'old\n')
    const plan = await changes('a')
    utimesSync(join(root, 'a'), 1, 1)
    await write(plan)
    expect(get('a')).toBe('old\nnew\n')
  })

  test.each(['../evil', 'a/../../evil', '.git/hooks/pre-commit', 'sub/.git/config', '/evil', '', 'x/'])(
    'refuses the path %j',
    async (path) => {
      put('.git/HEAD')
      put('a/file')
      const after = { path, text: 'new\n', encoding: 'utf8', mode: 0o644 } as const
      await expect(write([{ path, before: undefined, after }])).rejects.toThrow(
        'this is not a path inside the project. Nothing was changed.',
      )
      expect(existsSync(join(top, 'evil'))).toBe(false)
      expect(snapshot()).toEqual({ '.git/HEAD': '', 'a/file': '' })
    },
  )

  test('refuses to write through a linked folder', async () => {
    mkdirSync(join(top, 'outside'))
    symlinkSync('../outside', join(root, 'folder'))
    const after = { path: 'folder/new', text: 'new\n', encoding: 'utf8', mode: 0o644 } as const
    await expect(write([{ path: 'folder/new', before: undefined, after }])).rejects.toThrow(
      'a folder above it has become a symbolic link',
    )
    expect(readdirSync(join(top, 'outside'))).toEqual([])
  })

  test('a hard link elsewhere keeps the old content', async () => {
    put('a', 'old\n')
    linkSync(join(root, 'a'), join(top, 'outside'))
    linkSync(join(root, 'a'), join(root, 'b'))
    await write(await changes('a', 'b'))
    expect([get('a'), get('b'), readFileSync(join(top, 'outside'), 'utf8')]).toEqual([
      'old\nnew\n',
      'old\nnew\n',
      'old\n',
    ])
  })

  describe('whatever fails, at whatever moment, everything is as it was', () => {
    const perFile = (['check', 'stage', 'put'] as const).flatMap((moment) =>
      ['a', 'b', 'made/c'].map((path): [Moment, Path?] => [moment, path]),
    )
    const moments = [...perFile, ['begin'] as [Moment], ['settle'] as [Moment]].flatMap(([moment, path]) =>
      ['ENOSPC', 'EACCES', 'EIO'].map((code): [Moment, Path | undefined, string] => [moment, path, code]),
    )
    test.each(moments)('%s %s: %s', async (moment, path, code) => {
      put('a', 'old\n')
      put('b', 'old\n', 0o755)
      const plan = await changes('a', 'b', 'made/c')
      const fail = () => {
        throw failing(code)
      }
      const error = await write(plan, atMoment(moment, path, fail)).catch((thrown) => thrown)
      expect(error).toBeInstanceOf(DiskError)
      expect(error.message).toMatch(/it cannot be written: .*\. Nothing was changed\.$/)
      expect(snapshot()).toEqual({ a: 'old\n', b: 'old\n' })
      expect(readdirSync(root)).toEqual(['a', 'b'])
      expect(statSync(join(root, 'b')).mode & 0o777).toBe(0o755)
      expect((await recover(root, { state }))?.said).toBeUndefined()
      expect(await undo(root, { state })).toEqual([])
      await write(plan)
      expect(get('made/c')).toBe('new\n')
    })
  })

  test('an interruption between files takes back what was written', async () => {
    put('a', 'old\n')
    put('b', 'old\n')
    const plan = await changes('a', 'b')
    const interruption = new AbortController()
    const reason = new Error('interrupted')
    await expect(
      write(plan, { signal: interruption.signal, ...atMoment('put', 'a', () => interruption.abort(reason)) }),
    ).rejects.toBe(reason)
    expect(snapshot()).toEqual({ a: 'old\n', b: 'old\n' })
    expect((await recover(root, { state }))?.said).toBeUndefined()
  })

  test('a signal handler gets its turn between files', async () => {
    put('a', 'old\n')
    put('b', 'old\n')
    const plan = await changes('a', 'b')
    const interruption = new AbortController()
    const onSignal = () => interruption.abort(new Error('interrupted'))
    process.once('SIGUSR2', onSignal)
    const sleeping = new Int32Array(new SharedArrayBuffer(4))
    const interrupt = () => {
      process.kill(process.pid, 'SIGUSR2')
      Atomics.wait(sleeping, 0, 0, 50)
    }
    await expect(write(plan, { signal: interruption.signal, ...atMoment('put', 'a', interrupt) })).rejects.toThrow(
      'interrupted',
    )
    expect(snapshot()).toEqual({ a: 'old\n', b: 'old\n' })
  })

  describe('somebody interferes', () => {
    beforeEach(() => {
      put('a', 'old\n')
      put('b', 'old\n')
    })

    test('a file changes between check and write', async () => {
      const plan = await changes('a', 'b')
      await expect(
        write(
          plan,
          atMoment('put', 'b', () => put('b', 'mine\n')),
        ),
      ).rejects.toThrow('b: it has changed since it was read')
      expect(snapshot()).toEqual({ a: 'old\n', b: 'mine\n' })
    })

    test('a new file’s name is taken between check and write', async () => {
      const plan = await changes('a', 'c')
      await expect(
        write(
          plan,
          atMoment('put', 'c', () => put('c', 'mine\n')),
        ),
      ).rejects.toThrow('c: it has come up since')
      expect(snapshot()).toEqual({ a: 'old\n', b: 'old\n', c: 'mine\n' })
    })

    test('a file becomes a link between check and write', async () => {
      writeFileSync(join(top, 'outside'), 'old\n')
      const plan = await changes('a', 'b')
      const exchange = () => {
        unlinkSync(join(root, 'b'))
        symlinkSync('../outside', join(root, 'b'))
      }
      await expect(write(plan, atMoment('put', 'b', exchange))).rejects.toThrow(
        'b: it is not the file that was read: it is a symbolic link',
      )
      expect(readFileSync(join(top, 'outside'), 'utf8')).toBe('old\n')
      expect(lstatSync(join(root, 'b')).isSymbolicLink()).toBe(true)
      expect(get('a')).toBe('old\n')
    })

    test('a folder becomes a link between check and write', async () => {
      put('sub/c', 'old\n')
      mkdirSync(join(top, 'outside'))
      writeFileSync(join(top, 'outside/c'), 'old\n')
      const plan = await changes('a', 'sub/c')
      const exchange = () => {
        renameSync(join(root, 'sub'), join(root, 'moved'))
        symlinkSync('../outside', join(root, 'sub'))
      }
      await expect(write(plan, atMoment('put', 'sub/c', exchange))).rejects.toThrow(
        'sub/c: a folder above it has become a symbolic link.',
      )
      expect(snapshot(join(top, 'outside'))).toEqual({ c: 'old\n' })
      expect(get('a')).toBe('old\n')
      expect(get('moved/c')).toBe('old\n')
    })

    test('a written file is changed before it is taken back', async () => {
      const plan = await changes('a', 'b')
      const interfere = () => {
        put('a', 'mine\n')
        throw failing('ENOSPC')
      }
      await expect(write(plan, atMoment('put', 'b', interfere))).rejects.toThrow(
        'b: it cannot be written: no space is left on the disk. Free some space and run again. a changed meanwhile: left alone.',
      )
      expect(snapshot()).toEqual({ a: 'mine\n', b: 'old\n' })
    })
  })

  describe('the system refuses', () => {
    test.runIf(canMount)('a disk that is full', async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', root])
      try {
        put('a', 'old\n')
        put('b', 'x'.repeat(30_000))
        const project = await readProject(root)
        const large = { path: 'b', start: 0, end: 0, text: 'y'.repeat(40_000) }
        const plan = changedFiles(project, applyTo(project, [{ path: 'a', start: 0, end: 0, text: 'new\n' }, large]))
        const before = snapshot()
        await expect(write(plan)).rejects.toThrow(
          'b: it cannot be written: no space is left on the disk. Free some space and run again. Nothing was changed.',
        )
        expect(snapshot()).toEqual(before)
      } finally {
        execFileSync('umount', [root])
      }
    })

    test.runIf(canMount)('a state folder whose disk is full', async () => {
      put('a', 'old\n')
      mkdirSync(state)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', state])
      try {
        const plan = await changes('a')
        await expect(write(plan)).rejects.toThrow(
          /The journal in .* cannot be written: no space is left on the disk\. Set XDG_STATE_HOME/,
        )
        expect(snapshot()).toEqual({ a: 'old\n' })
      } finally {
        execFileSync('umount', [state])
      }
    })

    test.runIf(canMount)('a read-only file system', async () => {
      put('a', 'old\n')
      put('b', 'old\n')
      const plan = await changes('a', 'b')
      execFileSync('mount', ['--bind', root, root])
      execFileSync('mount', ['-o', 'remount,bind,ro', root])
      try {
        await expect(write(plan)).rejects.toThrow(
          'a: it cannot be written: the file system is read-only. Mount it writable and run again. Nothing was changed.',
        )
      } finally {
        execFileSync('umount', [root])
      }
      expect(snapshot()).toEqual({ a: 'old\n', b: 'old\n' })
    })

    test.runIf(canMakeImmutable)('an immutable file', async () => {
      put('a', 'old\n')
      put('b', 'old\n')
      const plan = await changes('a', 'b')
      execFileSync('chattr', ['+i', join(root, 'b')])
      try {
        await expect(write(plan)).rejects.toThrow(
          'b: it cannot be written: the operation is not permitted. Check whether it is marked immutable',
        )
        expect(snapshot()).toEqual({ a: 'old\n', b: 'old\n' })
      } finally {
        execFileSync('chattr', ['-i', join(root, 'b')])
      }
    })

    test.each([
      [
        'a file',
        'b',
        'b: it cannot be written: permission denied. Check who owns it and its permissions. Nothing was changed.',
      ],
      [
        'a folder',
        'sub',
        'sub/c: it cannot be written: permission denied. Check who owns it and its permissions. Nothing was changed.',
      ],
    ])('%s without write permission', async (_, path, message) => {
      for (const name of ['a', 'b', 'sub/c']) put(name, 'old\n')
      chmodSync(join(root, path), path === 'sub' ? 0o555 : 0o444)
      const result = asOrdinaryPerson(`
        const project = await disk.readProject(root)
        const edits = project.paths.map((path) => ({ path, start: 0, end: 0, text: 'new\\n' }))
        await disk.writePlan(root, changedFiles(project, applyTo(project, edits)), { state })`)
      expect(result.stderr).toContain(message)
      expect(snapshot()).toEqual({ a: 'old\n', b: 'old\n', 'sub/c': 'old\n' })
      chmodSync(join(root, path), 0o755)
    })

    test('a folder without read permission is named', () => {
      put('open/a')
      put('closed/b')
      put('secret', '')
      chmodSync(join(root, 'closed'), 0o000)
      chmodSync(join(root, 'secret'), 0o000)
      const { stdout } = asOrdinaryPerson(`
        const project = await disk.readProject(root)
        console.log(JSON.stringify([project.paths, project.skipped, project.unreadable('secret')]))`)
      expect(JSON.parse(stdout)).toEqual([
        ['open/a', 'secret'],
        [{ path: 'closed', problem: 'it cannot be listed: permission denied' }],
        'it cannot be read: permission denied',
      ])
      chmodSync(join(root, 'closed'), 0o755)
    })
  })
})

let built: string

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'harden-built-'))
  chmodSync(built, 0o755)
  for (const name of ['disk', 'project']) {
    const bundle = await rolldown({ input: join(import.meta.dirname, `../src/${name}.ts`), platform: 'node' })
    await bundle.write({ file: join(built, `${name}.js`), format: 'esm' })
    await bundle.close()
  }
  return () => rmSync(built, { recursive: true })
})

/** Runs a script in a process of its own, with `disk`, `root` and `state` at hand. */
function inChild(script: string, identity: { uid?: number; gid?: number } = {}) {
  const whole = `
    import * as disk from '${built}/disk.js'
    import { applyTo, changedFiles } from '${built}/project.js'
    const root = ${JSON.stringify(root)}, state = ${JSON.stringify(state)}
    ${script}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', whole], { encoding: 'utf8', ...identity })
}

/** Root may write everything; so as root, this runs as somebody who is not. */
function asOrdinaryPerson(script: string) {
  if (!isRoot) return inChild(script)
  execFileSync('chown', ['-R', '65534:65534', top])
  return inChild(script, { uid: 65534, gid: 65534 })
}

const KILLED_WRITE = (moment: Moment, path?: Path) => `
  const project = await disk.readProject(root)
  const edits = ['a', 'b', 'made/c'].map((path) => {
    const end = project.read(path)?.text.length ?? 0
    return { path, start: end, end, text: 'new\\n' }
  })
  await disk.writePlan(root, changedFiles(project, applyTo(project, edits)), { state, before: (moment, path) => {
    if (moment === '${moment}' && path === ${JSON.stringify(path)}) process.kill(process.pid, 'SIGKILL')
  } })`

const KILLED_UNDO = (moment: Moment, path?: Path) => `
  await disk.undo(root, { state, before: (moment, path) => {
    if (moment === '${moment}' && path === ${JSON.stringify(path)}) process.kill(process.pid, 'SIGKILL')
  } })`

describe('recover', () => {
  const old = { a: 'old\n', b: 'old\n' }
  const fixed = { a: 'old\nnew\n', b: 'old\nnew\n', 'made/c': 'new\n' }

  beforeEach(() => {
    put('a', 'old\n')
    put('b', 'old\n', 0o755)
  })

  const kill = (script: string) => expect(inChild(script).signal).toBe('SIGKILL')

  test.each<[Moment, Path | undefined, string]>([
    ['stage', 'a', 'no file had to be'],
    ['stage', 'made/c', 'no file had to be'],
    ['put', 'a', 'no file had to be'],
    ['put', 'b', 'a was'],
    ['put', 'made/c', 'a, b were'],
  ])('takes back a write killed before %s %s', async (moment, path, written) => {
    kill(KILLED_WRITE(moment, path))
    expect(wasCutOff(root, { state })).toBe(true)
    expect((await recover(root, { state }))?.said).toBe(
      `An earlier run was cut off while it wrote: ${written} put back.`,
    )
    expect(wasCutOff(root, { state })).toBe(false)
    expect(snapshot()).toEqual(old)
    expect(readdirSync(root)).toEqual(['a', 'b'])
    expect(statSync(join(root, 'b')).mode & 0o777).toBe(0o755)
    expect((await recover(root, { state }))?.said).toBeUndefined()
    expect(await undo(root, { state })).toEqual([])
  })

  test('finishes a write killed when all files were written', async () => {
    kill(KILLED_WRITE('settle'))
    expect((await recover(root, { state }))?.said).toBe(
      'An earlier run was cut off after all of its files were written: they stand.',
    )
    expect(snapshot()).toEqual(fixed)
    expect(await undo(root, { state })).toEqual(['a', 'b', 'made/c'])
    expect(snapshot()).toEqual(old)
  })

  test('nothing is pending when killed before the journal was written', async () => {
    kill(KILLED_WRITE('check', 'b'))
    expect((await recover(root, { state }))?.said).toBeUndefined()
    expect(snapshot()).toEqual(old)
  })

  test('leaves a file alone that somebody changed meanwhile', async () => {
    kill(KILLED_WRITE('put', 'made/c'))
    put('a', 'mine\n')
    expect((await recover(root, { state }))?.said).toBe(
      'An earlier run was cut off while it wrote: b was put back. a changed meanwhile: left alone.',
    )
    expect(snapshot()).toEqual({ a: 'mine\n', b: 'old\n' })
  })

  test('leaves what was put in a new folder alone', async () => {
    kill(KILLED_WRITE('put', 'made/c'))
    put('made/mine', 'mine\n')
    await recover(root, { state })
    expect(snapshot()).toEqual({ ...old, 'made/mine': 'mine\n' })
  })

  test('no second write starts on top of one that was cut off', async () => {
    kill(KILLED_WRITE('put', 'b'))
    await expect(write(await changes('b'))).rejects.toThrow(
      'An earlier run was cut off while it wrote. Run harden again.',
    )
    await expect(undo(root, { state })).resolves.toEqual([])
  })

  test('an undo killed halfway is taken back, killed at its end is finished', async () => {
    await write(await changes('a', 'b', 'made/c'))
    kill(KILLED_UNDO('put', 'made/c'))
    expect((await recover(root, { state }))?.said).toBe(
      'An earlier undo was cut off while it wrote: a, b were put back.',
    )
    expect(snapshot()).toEqual(fixed)
    kill(KILLED_UNDO('settle'))
    expect((await recover(root, { state }))?.said).toBe(
      'An earlier undo was cut off after all of its files were written: they stand.',
    )
    expect(snapshot()).toEqual(old)
    expect(readdirSync(root)).toEqual(['a', 'b'])
    expect(await undo(root, { state })).toEqual([])
  })

  test.runIf(canMakeImmutable)('tries again later what cannot be put back now', async () => {
    kill(KILLED_WRITE('put', 'b'))
    execFileSync('chattr', ['+i', join(root, 'a')])
    try {
      await expect(recover(root, { state })).rejects.toThrow(
        /^An earlier run was cut off, and a cannot be put back\. Mend that and run again, or delete .*pending\.json/,
      )
    } finally {
      execFileSync('chattr', ['-i', join(root, 'a')])
    }
    expect((await recover(root, { state }))?.said).toBe('An earlier run was cut off while it wrote: a was put back.')
    expect(snapshot()).toEqual(old)
  })

  test('a folder that is gone does not stand in the way for ever', async () => {
    put('sub/d', 'old\n')
    kill(KILLED_WRITE('put', 'made/c').replace("['a', ", "['sub/d', 'a', "))
    rmSync(join(root, 'sub'), { recursive: true, force: true })
    put('sub/e', '')
    expect((await recover(root, { state }))?.said).toContain('put back')
    expect((await recover(root, { state }))?.said).toBeUndefined()
  })
})

describe('undo', () => {
  test('takes back the last write, byte for byte, once', async () => {
    put('a', Buffer.from('\uFEFFold\r\n'), 0o755)
    const before = snapshot()
    await write(await changes('a', 'made/deep/b', 'c'))
    expect(await undo(root, { state })).toEqual(['a', 'c', 'made/deep/b'])
    expect(snapshot()).toEqual(before)
    expect(readdirSync(root)).toEqual(['a'])
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o755)
    expect(await undo(root, { state })).toEqual([])
  })

  test('only the last write', async () => {
    put('a', 'old\n')
    await write(await changes('a'))
    await write(await changes('a'))
    expect(await undo(root, { state })).toEqual(['a'])
    expect(get('a')).toBe('old\nnew\n')
    expect(await undo(root, { state })).toEqual([])
  })

  test('a write that failed leaves the one before it to undo', async () => {
    put('a', 'old\n')
    await write(await changes('a'))
    const fail = () => {
      throw failing('EIO')
    }
    await expect(write(await changes('a'), atMoment('settle', undefined, fail))).rejects.toThrow(DiskError)
    expect(await undo(root, { state })).toEqual(['a'])
    expect(get('a')).toBe('old\n')
  })

  test.each<[string, () => unknown]>([
    ['has changed', () => put('b', 'mine\n')],
    ['is gone', () => unlinkSync(join(root, 'b'))],
    ['is a folder now', () => [unlinkSync(join(root, 'b')), mkdirSync(join(root, 'b'))]],
  ])('refuses when a file %s since', async (_, change) => {
    put('a', 'old\n')
    put('b', 'old\n')
    await write(await changes('a', 'b'))
    change()
    const before = snapshot()
    await expect(undo(root, { state })).rejects.toThrow('b: it has changed since. Nothing was taken back.')
    expect(snapshot()).toEqual(before)
  })

  test('takes nothing back if it fails halfway', async () => {
    put('a', 'old\n')
    await write(await changes('a', 'b'))
    const fixed = snapshot()
    const fail = () => {
      throw failing('EIO')
    }
    await expect(undo(root, { state, ...atMoment('settle', undefined, fail) })).rejects.toThrow('Nothing was changed')
    expect(snapshot()).toEqual(fixed)
    expect(await undo(root, { state })).toEqual(['a', 'b'])
  })

  test('knows projects apart by where they really are', async () => {
    put('a', 'old\n')
    symlinkSync('project', join(top, 'alias'))
    mkdirSync(join(top, 'other'))
    await write(await changes('a'))
    expect(await undo(join(top, 'other'), { state })).toEqual([])
    expect(await undo(join(top, 'alias'), { state })).toEqual(['a'])
  })
})

describe('journal', () => {
  test('is readable by its owner only, and outside the project', async () => {
    put('a', 'secret\n')
    await write(await changes('a'))
    const files = readdirSync(state, { recursive: true, withFileTypes: true })
    expect(files.filter((entry) => entry.isFile()).map((entry) => entry.name)).toEqual(['last.json'])
    for (const entry of files) expect(statSync(join(entry.parentPath, entry.name)).mode & 0o077).toBe(0)
  })

  test('one that cannot be understood is named, and no file is touched', async () => {
    put('a', 'old\n')
    await write(await changes('a'))
    const last = readdirSync(state, { recursive: true, withFileTypes: true }).find(
      (entry) => entry.name === 'last.json',
    )!
    writeFileSync(join(last.parentPath, last.name), '{"version":2}')
    await expect(undo(root, { state })).rejects.toThrow(
      /The journal .*last\.json cannot be understood\. If no other version/,
    )
    expect(get('a')).toBe('old\nnew\n')
  })

  test('lies where XDG says', () => {
    expect(stateFolder({ XDG_STATE_HOME: '/x' })).toBe('/x/harden')
    expect(stateFolder({ XDG_STATE_HOME: 'relative' })).toMatch(/\/\.local\/state\/harden$/)
    expect(stateFolder({})).toMatch(/\/\.local\/state\/harden$/)
  })

  test.each(['', '.', 'relative'])('lies nowhere when the home is %j, and then nothing is written', async (home) => {
    put('a', 'old\n')
    vi.stubEnv('HOME', home)
    vi.stubEnv('XDG_STATE_HOME', undefined)
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(stateFolder()).toBeUndefined()
    expect(wasCutOff(root)).toBe(false)
    expect(await recover(root)).toBeUndefined()
    await expect(writePlan(root, await changes('a'))).rejects.toThrow('Set XDG_STATE_HOME to a folder')
    await expect(undo(root)).rejects.toThrow('Set XDG_STATE_HOME to a folder')
    expect(snapshot()).toEqual({ a: 'old\n' })
  })
})

describe('two at once', () => {
  const lockFile = () => {
    const last = readdirSync(state, { recursive: true, withFileTypes: true }).find(
      (entry) => entry.name === 'last.json',
    )!
    return join(last.parentPath, 'lock')
  }

  beforeEach(async () => {
    put('a', 'old\n')
    await write(await changes('a'))
  })

  test('the second is refused while the first writes', async () => {
    put('b', 'old\n')
    const [first, second] = [await changes('a'), await changes('b')]
    let refused: unknown
    await write(first, {
      before: (moment) => {
        if (moment === 'settle') refused = write(second).catch((error) => error)
      },
    })
    expect(await refused).toMatchObject({
      name: 'HeldError',
      message: `Another harden (process ${process.pid}) is writing to this project. Wait until it is through.`,
    })
    await write(second)
  })

  test.each([
    ['a process that is gone', () => `${spawnSync('true').pid} 1 ${execFileSync('hostname').toString().trim()}`],
    ['another process of the same number', () => `${process.pid} 1 ${execFileSync('hostname').toString().trim()}`],
    ['a process that died before it had named itself', () => ''],
  ])('the lock of %s is taken over', async (_, content) => {
    const lock = lockFile()
    writeFileSync(lock, content())
    expect(await undo(root, { state })).toEqual(['a'])
    expect(readdirSync(dirname(lock))).toEqual([])
  })

  test('the lock of another host is believed for a while', async () => {
    const lock = lockFile()
    writeFileSync(lock, '1 1 elsewhere')
    await expect(undo(root, { state })).rejects.toThrow('Another harden (process 1)')
    utimesSync(lock, 1, 1)
    expect(await undo(root, { state })).toEqual(['a'])
    expect(existsSync(lock)).toBe(false)
  })
})

describe('findRoot', () => {
  test('the work tree around a folder or file', () => {
    put('.git/HEAD')
    put('sub/deep/file')
    expect(findRoot(join(root, 'sub/deep'))).toEqual({ root, inside: 'sub/deep' })
    expect(findRoot(join(root, 'sub/deep/file'))).toEqual({ root, inside: 'sub/deep/file' })
    expect(findRoot(root)).toEqual({ root, inside: '' })
  })

  test('a submodule or linked work tree is its own', () => {
    put('.git/HEAD')
    put('module/.git', 'gitdir: ../.git/modules/module\n')
    put('module/file')
    expect(findRoot(join(root, 'module/file'))).toEqual({ root: join(root, 'module'), inside: 'file' })
  })

  test('outside git, the folder itself', () => {
    put('sub/file')
    mkdirSync(join(root, '.git'))
    expect(findRoot(join(root, 'sub'))).toEqual({ root: join(root, 'sub'), inside: '' })
    expect(findRoot(join(root, 'sub/file'))).toEqual({ root: join(root, 'sub'), inside: 'file' })
  })

  test('a home that is a work tree counts only for itself', () => {
    put('.git/HEAD')
    put('code/app/file')
    expect(findRoot(join(root, 'code/app'), root)).toEqual({ root: join(root, 'code/app'), inside: '' })
    expect(findRoot(root, root)).toEqual({ root, inside: '' })
    expect(findRoot(join(root, 'code/app'), join(root, 'code'))).toEqual({ root: join(root, 'code/app'), inside: '' })
  })

  test('links', () => {
    put('.git/HEAD')
    put('docker/app')
    writeFileSync(join(top, 'outside'), '')
    symlinkSync('docker', join(root, 'folder'))
    symlinkSync('docker/app', join(root, 'Dockerfile'))
    symlinkSync('../outside', join(root, 'out'))
    symlinkSync('project', join(top, 'alias'))
    expect(findRoot(join(top, 'alias/folder'))).toEqual({ root, inside: 'docker' })
    expect(findRoot(join(root, 'Dockerfile'))).toEqual({ root, inside: 'docker/app' })
    expect(findRoot(join(root, 'out'))).toEqual({ root, inside: 'out' })
  })

  test('what is not there', () => {
    expect(() => findRoot(join(root, 'missing'))).toThrow('missing: there is no such file or directory')
    put('file')
    expect(() => findRoot(join(root, 'file/below'))).toThrow(DiskError)
  })
})
