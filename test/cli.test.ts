import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { FORMATS } from '../src/cli/options.js'
import {
  atTerminal,
  bytesOf,
  giveToNobody,
  harden,
  hasTerminal,
  inTemporaryProject,
  project,
  shell,
  write,
} from './cli/harden.js'

/** Has a fix for review. */
const WEAK = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY app.py /app/\nCMD ["python", "app.py"]\n'
/** Has a safe fix. */
const TWICE = 'flask==3.0.3\nrequests==2.32.3\nflask==3.0.3\n'
const BOTH = { Dockerfile: WEAK, 'requirements.txt': TWICE }
const SOUND = 'FROM scratch\nCOPY --chown=10001:10001 app /app\nUSER 10001:10001\nENTRYPOINT ["/app"]\n'

interface Json {
  version: string
  root: string
  findings: {
    id: string
    transform: string
    severity: string
    path: string
    state: string
    fixes: { applicability: string }[]
  }[]
  changed: string[]
  unread: { path: string; problem: string }[]
  summary: { high: number; medium: number; low: number; fixed: number; files: number }
}

async function json(...words: readonly string[]): Promise<Json> {
  return JSON.parse((await harden([...words, '--format', 'json'])).stdout)
}

inTemporaryProject()

describe('a transform that runs only by name', () => {
  const PINNED = { Dockerfile: `FROM python:3.12.4-slim-bookworm@sha256:${'a'.repeat(64)}\nUSER 10001\n` }
  const found = async (...words: readonly string[]) =>
    (await json('check', ...words)).findings.filter(({ transform }) => transform === 'base-image-updates').length

  it('is left out unless it is asked for', async () => {
    write(PINNED)
    expect(await found()).toBe(0)
    expect(await found('--only', 'base-image-updates,non-root-user')).toBe(1)
  })

  it('is asked for by a severity in the configuration, or by only', async () => {
    write({ ...PINNED, '.harden.yml': 'severity:\n  base-image-updates: high\n' })
    expect(await found()).toBe(1)
    expect(await found('--skip', 'base-image-updates')).toBe(0)
    write({ '.harden.yml': 'only: [base-image-updates]\n' })
    expect(await found()).toBe(1)
    write({ '.harden.yml': 'severity:\n  base-image-updates: off\n' })
    expect(await found()).toBe(0)
  })
})

describe('exit codes', () => {
  it('0 when there is nothing to do', async () => {
    write({ Dockerfile: SOUND })
    const { code, stdout, stderr } = await harden(['check'])
    expect(stdout).toBe('✓ Nothing to harden in 1 file.\n')
    expect([code, stderr]).toEqual([0, ''])
  })

  it('0 when there is no file to look at', async () => {
    const { code, stdout } = await harden(['check'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Nothing to look at: no .*Dockerfile.* here\.\n$/)])
    expect((await harden(['fix', '--yes'])).code).toBe(0)
  })

  it('1 when something is found, the same for every format', async () => {
    write(BOTH)
    for (const format of FORMATS) {
      const { code, stdout, stderr } = await harden(['check', '--format', format])
      expect([format, code, stderr]).toEqual([format, 1, ''])
      expect(stdout).not.toBe('')
    }
  })

  it('follow --fail-on', async () => {
    write(BOTH)
    const { findings } = await json('check')
    const severities = ['high', 'medium', 'low']
    for (const level of [...severities, 'never']) {
      const counted = severities.slice(0, severities.indexOf(level) + 1)
      const expected = findings.some((finding) => counted.includes(finding.severity)) ? 1 : 0
      expect([level, (await harden(['check', '--fail-on', level])).code]).toEqual([level, expected])
    }
  })

  it('of a dry run are those of the real run', async () => {
    write(BOTH)
    for (const more of [[], ['--review'], ['--fail-on', 'high']]) {
      const dry = await harden(['fix', '--dry-run', ...more])
      const real = await harden(['fix', '--yes', ...more])
      expect(dry.code).toBe(real.code)
      await harden(['undo'])
    }
    expect(bytesOf('requirements.txt')!.toString()).toBe(TWICE)
  })

  it('2 for words it does not know, and help in finding the right one', async () => {
    write(BOTH)
    const { findings } = await json('check')
    const id = findings[0]!.transform
    const cases: readonly (readonly [string[], RegExp])[] = [
      [['chekc'], /unknown command 'chekc'[\s\S]*check/],
      [['check', '--formt', 'json'], /unknown option '--formt'[\s\S]*--format/],
      [['check', '--format', 'gitlb'], /gitlb[\s\S]*text, json, sarif, github, gitlab, junit/],
      [['check', '--fail-on', 'hihg'], /hihg[\s\S]*high, medium, low, never/],
      [['check', '--only', id.slice(0, -1)], new RegExp(`Did you mean ${id}\\?`)],
      [['check', '--skip', 'nothing-of-that-name'], /no transform "nothing-of-that-name"/],
      [['check', '--only', id, '--skip', id], /no transform is left/],
      [['check', '--only', 'a,,b'], /An id is missing/],
      [['explain', id.slice(1)], new RegExp(`Did you mean ${id}\\?`)],
      [['explain'], /missing required argument 'id'/],
      [['fix', '--yes', '--dry-run'], /cannot be used with/],
      [['fix', '--yes', '--only-finding', '0123456789ab'], /no finding here has the id/],
      [['fix', '--prove'], /unknown option/],
      [['fix', '--verify', '--interactive'], /cannot be used with/],
      [['fix', '--interactive'], /this is not a terminal/],
      [['fix', '--interactive', '--dry-run'], /cannot be used with/],
      [['campaign', 'opne'], /unknown command 'opne'/],
      [['list', '--format', 'sarif'], /text, json/],
    ]
    for (const [words, message] of cases) {
      const { code, stdout, stderr } = await harden(words)
      expect([words, code, stdout]).toEqual([words, 2, ''])
      expect(stderr).toMatch(/^harden: /)
      expect(stderr).toMatch(message)
    }
  })
})

describe('a path', () => {
  it('that is missing is an error', async () => {
    const { code, stdout, stderr } = await harden(['check', 'nope/Dockerfile'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^harden: nope\/Dockerfile: .*no such file.*\n$/)
  })

  it('that no lens reads is said so', async () => {
    write({ 'notes.txt': 'x' })
    const { code, stderr } = await harden(['check', 'notes.txt'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^harden: notes\.txt is not a file harden reads/)
  })

  it('that cannot be read is an error when it was named, and left alone when it was met', async () => {
    const utf16 = Buffer.from('\uFEFFFROM a', 'utf16le').subarray(0, -1)
    write({
      'a/Dockerfile': Buffer.from('FROM a\0\n'),
      'b/Dockerfile': '',
      'c/compose.yaml': 'a: [\n',
      'd/Dockerfile': utf16,
    })
    truncateSync(join(project, 'b/Dockerfile'), 50 * 1024 * 1024)
    for (const path of ['a/Dockerfile', 'b/Dockerfile', 'c/compose.yaml', 'd/Dockerfile']) {
      const { code, stdout, stderr } = await harden(['check', path])
      expect([path, code, stdout]).toEqual([path, 2, ''])
      expect(stderr.startsWith(`harden: ${path}: `)).toBe(true)
    }
    const { code } = await harden(['check'])
    expect(code).toBe(0)
    const { unread } = await json('check')
    expect(unread.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['a/Dockerfile', 'b/Dockerfile', 'd/Dockerfile']),
    )
    const { stdout } = await harden(['check'])
    expect(stdout).toContain('Left alone')
  })

  it('without permission is an error when it was named', async () => {
    write({ Dockerfile: WEAK })
    giveToNobody()
    chmodSync(join(project, 'Dockerfile'), 0)
    const { code, stderr } = await harden(['check', 'Dockerfile'], { asNobody: true })
    expect([code, stderr]).toEqual([2, 'harden: Dockerfile: it cannot be read: permission denied.\n'])
    expect((await harden(['check'], { asNobody: true })).code).toBe(0)
  })

  it('limits what is reported and what may change', async () => {
    write({ 'a/Dockerfile': WEAK, 'b/Dockerfile': WEAK })
    const { findings, summary } = await json('check', 'a')
    expect(new Set(findings.map(({ path }) => path))).toEqual(new Set(['a/Dockerfile']))
    expect(summary.files).toBe(1)
    await harden(['fix', '--yes', '--review', 'b/Dockerfile'])
    expect(bytesOf('a/Dockerfile')!.toString()).toBe(WEAK)
    expect(bytesOf('b/Dockerfile')!.toString()).not.toBe(WEAK)
  })

  it('is shown with line and column in one word, which editors make a link of', async () => {
    write({ 'requirements.txt': 'a==1\n', 'sub/requirements.txt': '-r ../requirements.txt\na==1\n' })
    const { stdout } = await harden(['check'], { cwd: join(project, 'sub') })
    expect(stdout).toMatch(/^requirements\.txt:2:1 {2}/m)
  })

  it('is meant from where the command runs', async () => {
    write({ 'a/Dockerfile': WEAK, 'b/Dockerfile': WEAK })
    const below = await harden(['check', '--quiet'], { cwd: join(project, 'a') })
    expect(below.stdout).toMatch(/^Dockerfile:/)
    const beside = await harden(['check', '--quiet', '../b'], { cwd: join(project, 'a') })
    expect(beside.stdout).toMatch(/^\.\.\/b\/Dockerfile:/)
    const elsewhere = await harden(['check', '--quiet', '--cwd', 'project/a', 'Dockerfile'], {
      cwd: join(project, '..'),
    })
    expect(elsewhere.stdout).toBe(below.stdout)
    expect((await json('check', '--cwd', 'a')).root).toBe('..')
    expect((await harden(['check', '--cwd', 'nope'])).code).toBe(2)
  })

  it('in another project is an error', async () => {
    write({ 'a/Dockerfile': WEAK, 'inner/Dockerfile': WEAK })
    execFileSync('git', ['init', '-q', join(project, 'inner')])
    const { code, stderr } = await harden(['check', 'a', 'inner'])
    expect([code, stderr]).toEqual([2, 'harden: a and inner lie in different projects; run harden once for each.\n'])
  })

  it('that is a link counts as what it leads to, and leads nowhere outside', async () => {
    write({ 'real/Dockerfile': WEAK })
    writeFileSync(join(project, '..', 'outside'), WEAK)
    symlinkSync('real/Dockerfile', join(project, 'Dockerfile'))
    mkdirSync(join(project, 'out'))
    symlinkSync('../../outside', join(project, 'out/Dockerfile'))
    const { code } = await harden(['fix', '--yes', '--review', 'Dockerfile'])
    expect(code).toBeLessThan(2)
    expect(bytesOf('real/Dockerfile')!.toString()).not.toBe(WEAK)
    const { code: refused, stderr } = await harden(['fix', '--yes', 'out/Dockerfile'])
    expect(refused).toBe(2)
    expect(stderr).toMatch(/^harden: out\/Dockerfile: /)
    expect(readFileSync(join(project, '..', 'outside'), 'utf8')).toBe(WEAK)
  })
})

describe('streams', () => {
  it('stdout carries nothing but the patch, and git applies it', async () => {
    const utf16 = Buffer.from(`\uFEFF${WEAK}`, 'utf16le')
    write({
      Dockerfile: WEAK,
      'crlf/Dockerfile': WEAK.replaceAll('\n', '\r\n'),
      'a b/Dockerfile': WEAK.trimEnd(),
      'ä/Dockerfile': utf16,
    })
    const paths = ['Dockerfile', 'crlf/Dockerfile', 'a b/Dockerfile', 'ä/Dockerfile']
    const before = paths.map(bytesOf)
    const applied = await shell('harden fix --dry-run --review | git apply')
    expect(applied.stderr).toContain('Would fix')
    const patched = paths.map(bytesOf)
    for (const [i, bytes] of patched.entries()) expect(bytes!.equals(before[i]!)).toBe(false)
    for (const [i, path] of paths.entries()) writeFileSync(join(project, path), before[i]!)
    await harden(['fix', '--yes', '--review'])
    for (const [i, path] of paths.entries()) expect(bytesOf(path)!.equals(patched[i]!), path).toBe(true)
  })

  it('a dry run changes nothing, and says on stderr what comes next', async () => {
    write(BOTH)
    const { stdout, stderr } = await harden(['fix', '--dry-run'])
    expect(stdout).toMatch(/^diff --git a\/requirements\.txt b\/requirements\.txt\n/)
    expect(stderr).toContain('harden fix --yes')
    expect((await harden(['fix', '--dry-run', '--quiet'])).stderr).toBe('')
    expect(bytesOf('requirements.txt')!.toString()).toBe(TWICE)
  })

  it('a reader that goes away is no failure', async () => {
    for (let i = 0; i < 60; i++) write({ [`${i}/Dockerfile`]: WEAK })
    const { code, stdout, stderr } = await shell('harden check | head -1; exit ${PIPESTATUS[0]}')
    expect([code, stdout.split('\n')[0], stderr]).toEqual([1, expect.stringMatching(/^0\/Dockerfile:\d+:\d+ /), ''])
  })

  it('a full disk behind stdout is a failure', async () => {
    write(BOTH)
    const { code, stderr } = await shell('harden check > /dev/full')
    expect(code).toBe(2)
    expect(stderr).toMatch(/^harden: the output cannot be written: .*\n$/)
  })

  it('closed streams are no reason to break', async () => {
    write(BOTH)
    expect((await shell('harden check >&-')).code).toBe(1)
    expect((await shell('harden check nope 2>&-')).code).toBe(2)
  })

  it('are plain unless colour is asked for', async () => {
    write(BOTH)
    const colored = async (words: string[], env: Record<string, string>) =>
      (await harden(words, { env })).stdout.includes('\x1b[')
    expect(await colored(['check'], {})).toBe(false)
    expect(await colored(['check'], { CI: 'true' })).toBe(false)
    expect(await colored(['check'], { FORCE_COLOR: '1' })).toBe(true)
    expect(await colored(['check'], { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
    expect(await colored(['check', '--no-color'], { FORCE_COLOR: '1' })).toBe(false)
    expect(await colored(['fix', '--dry-run'], { FORCE_COLOR: '1' })).toBe(false)
  })

  it('hold ASCII only where the locale has no more', async () => {
    write(BOTH)
    const { stdout } = await harden(['check'], { env: { LANG: 'C' } })
    expect(stdout).toMatch(/\d \| /)
    expect(stdout).not.toMatch(/[│✓·]/)
  })

  it('show nothing of a file that could control the terminal', async () => {
    const trick = '\x1b]0;owned\x07\x1b[2J\u202e'
    const name = `d\x1b[31m\u202e\n::error::x/Dockerfile`
    write({
      [name]: `${WEAK}# ${trick}\nRUN echo ${trick}\nCMD ["${trick}"]\n`,
      [`${name}.j2`]: '',
      'x/\x1b[1mDockerfile': Buffer.from('FROM a\0'),
    })
    for (const words of [
      ['check'],
      ['check', '--quiet'],
      ['check', '--format', 'json'],
      ['check', '--format', 'sarif'],
      ['check', '--format', 'github'],
      ['fix', '--yes', '--review'],
      ['undo'],
      ['check', `${name}.j2`],
    ]) {
      const { stdout, stderr } = await harden(words)
      expect([words, (stdout + stderr).replaceAll('\n', '').match(/[\x00-\x1f\x7f-\x9f\u202e]/g)]).toEqual([
        words,
        null,
      ])
      expect((stdout + stderr).split('\n').filter((line) => line.startsWith('::error::x'))).toEqual([])
    }
  })
})

describe('formats', () => {
  it('json says what fix did', async () => {
    write(BOTH)
    const found = await json('check')
    expect(found.version).toBe('harden-json-1')
    expect(new Set(found.findings.map(({ state }) => state))).toEqual(new Set(['open']))
    expect(found.changed).toEqual([])
    const done = await json('fix', '--yes')
    expect(done.changed).toEqual(['requirements.txt'])
    expect(done.summary.fixed).toBe(done.findings.filter(({ state }) => state === 'fixed').length)
    expect(done.summary.fixed).toBeGreaterThan(0)
  })

  it('github writes a job summary where there is one', async () => {
    write(BOTH)
    const path = join(project, '..', 'summary.md')
    const { code, stdout } = await harden(['check', '--format', 'github'], { env: { GITHUB_STEP_SUMMARY: path } })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^::(error|warning|notice) file=Dockerfile,line=\d+/)
    expect(readFileSync(path, 'utf8')).toContain('| severity | where | finding | fix |')
    const failed = await harden(['check', '--format', 'github'], { env: { GITHUB_STEP_SUMMARY: project } })
    expect([failed.code, failed.stderr]).toEqual([
      2,
      expect.stringMatching(/^harden: the job summary .* cannot be written/),
    ])
  })

  it('diff of a check is what --yes would change', async () => {
    write(BOTH)
    const shown = await harden(['check', '--format', 'diff'])
    const dry = await harden(['fix', '--dry-run'])
    expect(shown.stdout).toBe(dry.stdout)
  })

  it('html is a page of its own, of what was found and of what would be done', async () => {
    write(BOTH)
    const found = await harden(['check', '--format', 'html'])
    const dry = await harden(['fix', '--dry-run', '--format', 'html'])
    for (const { code, stdout } of [found, dry]) {
      expect(code).toBe(1)
      expect(stdout).toMatch(/^<!doctype html>\n[\s\S]*<\/html>\n$/)
      expect(stdout).toContain("default-src 'none'; script-src 'sha256-")
    }
    expect(found.stdout).toContain('The image runs as root')
    expect(dry.stdout).toContain('<del>-flask==3.0.3</del>')
    expect(found.stdout).not.toContain('<del>')
  })

  it('gitlab and junit say of a dry run what it would leave', async () => {
    write(BOTH)
    const issues = JSON.parse((await harden(['fix', '--dry-run', '--format', 'gitlab'])).stdout)
    const { findings } = await json('fix', '--dry-run')
    const open = findings.filter(({ state }) => state === 'open')
    expect(issues.map(({ fingerprint }: { fingerprint: string }) => fingerprint)).toEqual(open.map(({ id }) => id))
    const { stdout } = await harden(['fix', '--dry-run', '--format', 'junit'])
    expect(stdout.match(/<failure /g)).toHaveLength(open.length)
  })

  it('quiet text is one line per finding, and nothing when all is well', async () => {
    write(BOTH)
    const { findings } = await json('check')
    const { stdout } = await harden(['check', '--quiet'])
    expect(stdout.trimEnd().split('\n')).toHaveLength(findings.length)
    write({ Dockerfile: SOUND, 'requirements.txt': 'flask==3.0.3\n' })
    expect((await harden(['check', '--quiet'])).stdout).toBe('')
  })
})

describe('fix', () => {
  it('exits 2 where nobody can be asked, and says what to type instead', async () => {
    write(BOTH)
    const { code, stdout, stderr } = await harden(['fix', '--only', (await json('check')).findings[0]!.transform, '.'])
    expect([code, stdout]).toEqual([2, ''])
    for (const line of ['harden fix --dry-run --only', 'harden fix --yes --only', 'harden fix --yes --review --only'])
      expect(stderr).toContain(line)
    expect(bytesOf('requirements.txt')!.toString()).toBe(TWICE)
  })

  it('applies the safe fixes, keeps the mode, and undo takes all back, byte for byte', async () => {
    const files = {
      'requirements.txt': TWICE,
      'a/requirements.txt': `\uFEFF${TWICE.replaceAll('\n', '\r\n').trimEnd()}`,
    }
    write(files)
    chmodSync(join(project, 'requirements.txt'), 0o755)
    const { stdout } = await harden(['fix', '--yes'])
    expect(stdout).toContain('✓')
    expect(stdout).toContain('harden undo')
    expect(bytesOf('requirements.txt')!.toString()).not.toBe(TWICE)
    expect(statSync(join(project, 'requirements.txt')).mode & 0o777).toBe(0o755)
    const undone = await harden(['undo'])
    expect(undone.code).toBe(0)
    for (const [path, text] of Object.entries(files)) expect(bytesOf(path)!.toString()).toBe(text)
    expect(statSync(join(project, 'requirements.txt')).mode & 0o777).toBe(0o755)
    const again = await harden(['undo'])
    expect([again.code, again.stdout]).toEqual([0, ''])
    expect(again.stderr).toContain('nothing to undo')
  })

  it('finds nothing more to do the second time', async () => {
    write(BOTH)
    await harden(['fix', '--yes', '--review'])
    expect((await harden(['fix', '--dry-run', '--review'])).stdout).toBe('')
    expect((await json('fix', '--yes', '--review')).changed).toEqual([])
  })

  it('will not undo what somebody changed since', async () => {
    write(BOTH)
    await harden(['fix', '--yes'])
    write({ 'requirements.txt': 'django\n' })
    const { code, stderr } = await harden(['undo'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^harden: .*requirements\.txt/)
    expect(bytesOf('requirements.txt')!.toString()).toBe('django\n')
  })

  it('does one finding by its id', async () => {
    write({ 'a/requirements.txt': TWICE, 'b/requirements.txt': TWICE, 'b/Dockerfile': WEAK })
    const { findings } = await json('check')
    const one = findings.find(({ path, fixes }) => path.startsWith('b/') && fixes[0]?.applicability === 'safe')!
    const done = await json('fix', '--yes', '--only-finding', one.id)
    expect(done.changed).toEqual(['b/requirements.txt'])
    expect(done.findings.map(({ id, state }) => [id, state])).toEqual([[one.id, 'fixed']])
  })

  it('does one of several equal findings, and no more', async () => {
    write({ 'requirements.txt': 'flask==3.0.3\nflask==3.0.3\nflask==3.0.3\n' })
    const { findings } = await json('check')
    expect(findings).toHaveLength(2)
    const done = await json('fix', '--yes', '--only-finding', findings[0]!.id)
    expect(done.findings.map(({ id, state }) => [id, state])).toEqual([[findings[0]!.id, 'fixed']])
    expect(bytesOf('requirements.txt')!.toString()).toBe('flask==3.0.3\nflask==3.0.3\n')
  })

  it('leaves a read-only file as it is, and says so', async () => {
    write(BOTH)
    giveToNobody('requirements.txt')
    chmodSync(join(project, 'requirements.txt'), 0o444)
    const { code, stderr } = await harden(['fix', '--yes'], { asNobody: true })
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^harden: requirements\.txt: .*permission denied.*\n$/)])
    expect(bytesOf('requirements.txt')!.toString()).toBe(TWICE)
  })

  it('writes nothing where it may not', async () => {
    write(BOTH)
    giveToNobody()
    chmodSync(project, 0o555)
    const { code, stderr } = await harden(['fix', '--yes'], { asNobody: true })
    chmodSync(project, 0o755)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^harden: .+/)
    expect(bytesOf('requirements.txt')!.toString()).toBe(TWICE)
  })

  it('writes nothing without a place for its journal', async () => {
    write(BOTH)
    writeFileSync(join(project, '..', 'state'), '')
    const { code, stderr } = await harden(['fix', '--yes'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^harden: .*journal.*\n$/)
    expect(bytesOf('requirements.txt')!.toString()).toBe(TWICE)
  })

  it('takes nothing of the project for the home of its user', async () => {
    const plugin = `process.stdout.write('owned'); export default { name: 'acme', transforms: [] }`
    write({ Dockerfile: SOUND, '.config/harden/config.yml': 'plugins: [./p.mjs]\n', '.config/harden/p.mjs': plugin })
    for (const HOME of ['', '.']) {
      const env = { HOME, XDG_STATE_HOME: undefined }
      write({ 'requirements.txt': 'a==1\n' })
      const { code, stdout, stderr } = await harden(['check'], { env })
      expect([code, stdout, stderr]).toEqual([0, '✓ Nothing to harden in 2 files.\n', ''])
      expect((await harden(['fix', '--yes'], { env })).code).toBe(0)
      write({ 'requirements.txt': 'a==1\na==1\n' })
      const fixed = await harden(['fix', '--yes'], { env })
      expect([fixed.code, fixed.stderr]).toEqual([2, expect.stringContaining('Set XDG_STATE_HOME to a folder')])
    }
    expect(bytesOf('.local')).toBeUndefined()
  })

  it('says that an earlier run was cut off, and what the next one put back', async () => {
    write({ 'requirements.txt': 'a==1\na==1\n', 'b/requirements.txt': 'a==1\na==1\n' })
    const crash = `import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      const rename = fs.renameSync
      let files = 0
      fs.renameSync = (from, to) =>
        from.endsWith('.tmp') && ++files === 2 ? process.kill(process.pid, 'SIGKILL') : rename(from, to)
      syncBuiltinESMExports()`
    writeFileSync(join(project, '..', 'crash.mjs'), crash)
    const env = { NODE_OPTIONS: `--import=${join(project, '..', 'crash.mjs')}` }
    expect((await harden(['fix', '--yes'], { env })).code).toBeNull()
    expect(bytesOf('b/requirements.txt')!.toString()).toBe('a==1\n')
    for (const words of [['check'], ['fix', '--dry-run']])
      expect((await harden(words)).stderr).toContain('harden: a write is not through')
    expect((await harden(['check', '--quiet'])).stderr).toBe('')
    const next = await harden(['undo'])
    expect([next.code, next.stderr]).toEqual([
      0,
      'harden: An earlier run was cut off while it wrote: b/requirements.txt was put back.\n',
    ])
    expect(bytesOf('b/requirements.txt')!.toString()).toBe('a==1\na==1\n')
    expect((await harden(['check'])).stderr).toBe('')
  })

  it('needs no HOME to check', async () => {
    write({ Dockerfile: SOUND })
    expect((await harden(['check'], { env: { HOME: undefined, XDG_STATE_HOME: undefined } })).code).toBe(0)
  })
})

describe.skipIf(!hasTerminal)('fix on a terminal', () => {
  const ask = (keys: string, ...words: readonly string[]) => atTerminal(['fix', ...words], '(y/N)', keys)

  it('shows the plan and applies it after a yes', async () => {
    write(BOTH)
    const { code, stdout } = await ask('y\r')
    expect(stdout).toContain('Would fix')
    expect(stripVTControlCharacters(stdout)).toContain('- flask==3.0.3')
    expect(stdout).toContain('harden undo')
    expect(code).toBeLessThan(2)
    expect(bytesOf('requirements.txt')!.toString()).not.toBe(TWICE)
  })

  for (const [name, keys] of [
    ['a no', 'n\r'],
    ['Enter alone', '\r'],
  ] as const) {
    it(`changes nothing after ${name}`, async () => {
      write(BOTH)
      const { code, stdout } = await ask(keys)
      expect([code, stdout]).toEqual([1, expect.stringContaining('Nothing was changed.')])
      expect(bytesOf('requirements.txt')!.toString()).toBe(TWICE)
    })
  }

  it('changes nothing after Ctrl-C, and exits 130', async () => {
    write(BOTH)
    const { code, stdout } = await ask('\x03')
    expect([code, stdout]).toEqual([130, expect.stringContaining('interrupted, nothing was written')])
    expect(stdout).not.toMatch(/\bat .*:\d+:\d+/)
    expect(bytesOf('requirements.txt')!.toString()).toBe(TWICE)
  })

  it('asks nothing when there is nothing to do', async () => {
    write({ Dockerfile: SOUND })
    const { code, stdout } = await ask('')
    expect(code).toBe(0)
    expect(stdout).toContain('Nothing to harden')
  })

  it('shows no colour with --no-color', async () => {
    write(BOTH)
    const { stdout } = await ask('n\r', '--no-color')
    expect(stdout).not.toMatch(/\x1b\[[\d;]*m/)
  })

  it('asks only where the answer can be read as text', async () => {
    write(BOTH)
    const { code, stdout } = await ask('', '--format', 'json')
    expect([code, stdout]).toEqual([2, expect.stringContaining('with --format json nobody can be asked')])
  })
})

describe('the catalogue', () => {
  it('lists and explains', async () => {
    const ids = (await harden(['list', '--quiet'])).stdout.trimEnd().split('\n')
    const { transforms } = JSON.parse((await harden(['list', '--format', 'json'])).stdout)
    expect(transforms.map(({ id }: { id: string }) => id)).toEqual(ids)
    const { stdout } = await harden(['list'])
    for (const id of ids) expect(stdout).toContain(id)
    for (const id of ids) {
      const explained = await harden(['explain', id])
      expect([explained.code, explained.stdout.split('\n')[0]]).toEqual([0, id])
      expect(explained.stdout).toContain('Safety')
    }
  })
})

describe('a configuration', () => {
  it('that is wrong is an error, with path and line', async () => {
    write({ Dockerfile: WEAK, '.harden.yml': 'skip:\n  - nonsense\nonyl: []\n' })
    for (const words of [['check'], ['fix', '--yes'], ['list']]) {
      const { code, stdout, stderr } = await harden(words)
      expect([words, code, stdout]).toEqual([words, 2, ''])
      expect(stderr).toMatch(/^harden: \.harden\.yml:\d+:\d+: .*\n/)
    }
    expect((await harden(['check', '--config', 'nope.yml'])).stderr).toMatch(/^harden: nope\.yml: /)
  })

  it('says what to run, unless the command line does', async () => {
    write(BOTH)
    const { findings } = await json('check')
    const [id] = findings.map(({ transform }) => transform)
    write({ '.harden.yml': `skip: [${id}]\n` })
    const ids = async (...words: string[]) => (await json('check', ...words)).findings.map(({ transform }) => transform)
    expect(await ids()).not.toContain(id)
    expect(await ids('--only', id!)).toContain(id)
  })

  it('limits what is reported and what may change', async () => {
    write({ 'a/Dockerfile': WEAK, 'b/Dockerfile': WEAK, '.harden.yml': 'paths:\n  exclude: [a/]\n' })
    const { changed, summary } = await json('fix', '--yes', '--review')
    expect([changed, summary.files]).toEqual([['b/Dockerfile'], 1])
  })
})

describe('a transform that is wrong', () => {
  const plugin = (run: string) => `
    const shared = { severity: 'low', references: [], doc: '## Safety\\n\\nNone.\\n', on: 'dockerfile' }
    const swap = (id, from, to) => ({
      ...shared, id, title: id,
      *run({ file: { path, text } }) {
        const start = text.indexOf(from)
        const at = { path, start, end: start + from.length }
        if (start >= 0) yield { at, message: from, fixes: [{ title: to, applicability: 'safe', edits: [{ ...at, text: to }] }] }
      },
    })
    export default { name: 'odd', transforms: [${run}] }`
  const withPlugin = (run: string) =>
    write({ Dockerfile: WEAK, 'plugin.mjs': plugin(run), 'odd.yml': 'plugins: [./plugin.mjs]\n' })

  it('by throwing is named, without a stack trace', async () => {
    withPlugin(`{ ...shared, id: 'odd/thrower', title: 'x', *run() { throw new Error('b\\x1boom') } }`)
    const { code, stdout, stderr } = await harden(['check', '--config', 'odd.yml'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /^harden: the transform odd\/thrower failed on Dockerfile: b\\x1boom\n {2}Please report it.*\n$/,
    )
    const debug = await harden(['check', '--config', 'odd.yml'], { env: { HARDEN_DEBUG: '1' } })
    expect([debug.code, debug.stderr]).toEqual([2, expect.stringMatching(/\n +at /)])
  })

  it('by going round in circles is named, and nothing is written', async () => {
    withPlugin(`swap('odd/there', '/app', '/srv'), swap('odd/back', '/srv', '/app')`)
    const { code, stdout, stderr } = await harden(['fix', '--yes', '--config', 'odd.yml'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^harden: .*odd\/there, odd\/back.*nothing was written/)
    expect(bytesOf('Dockerfile')!.toString()).toBe(WEAK)
  })
})

describe('a cold start', () => {
  const dist = join(import.meta.dirname, '../dist')
  const eager = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
    if (seen.has(file)) return seen
    seen.add(file)
    for (const [, next] of readFileSync(file, 'utf8').matchAll(/(?:from|import)"(\.[^"]+)"/g))
      eager(join(file, '..', next!), seen)
    return seen
  }

  it('reads few files, and nothing that only some commands need', () => {
    const chunks = readdirSync(join(dist, 'chunks')).filter((name) => /^(check|dockerfile)-/.test(name))
    const seen = new Set<string>()
    for (const file of ['cli.js', ...chunks.map((name) => join('chunks', name))]) eager(join(dist, file), seen)
    const names = [...seen].map((file) => basename(file).replace(/-[^-]+$/, ''))
    expect(names.filter((name) => /patch|sarif|github|json|ask|fix|yaml|compose|parse|plugin/.test(name))).toEqual([])
    expect(names.length).toBeLessThan(10)
  })
})

describe('init', () => {
  it('writes a configuration that changes nothing, once', async () => {
    write(BOTH)
    const before = await harden(['check'])
    const { code, stdout } = await harden(['init'])
    expect([code, stdout]).toEqual([0, expect.stringContaining('.harden.yml')])
    expect((await harden(['check'])).stdout).toBe(before.stdout)
    const text = bytesOf('.harden.yml')!.toString()
    write({ '.harden.yml': text.replace(/^#(?! )/gm, '').replace(/^# {2}/gm, '  ') })
    const switchedOn = await harden(['check'])
    expect([switchedOn.code, switchedOn.stderr]).toEqual([0, ''])
    const again = await harden(['init'])
    expect([again.code, again.stderr]).toEqual([
      2,
      'harden: .harden.yml exists already; edit it, or delete it first.\n',
    ])
  })
})

describe('help', () => {
  it('is what harden alone prints', async () => {
    const alone = await harden([])
    const asked = await harden(['--help'])
    expect(alone).toEqual(asked)
    expect(alone.code).toBe(0)
    expect(alone.stdout).toMatch(/^Usage: harden/)
    expect(alone.stdout).toContain('harden fix --dry-run | git apply')
  })

  it('knows every command and the version', async () => {
    for (const command of ['check', 'fix', 'undo', 'list', 'explain', 'init']) {
      const { code, stdout } = await harden([command, '--help'])
      expect([code, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^Usage: harden ${command}`))])
    }
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
    expect((await harden(['--version'])).stdout).toBe(`${version}\n`)
  })
})
