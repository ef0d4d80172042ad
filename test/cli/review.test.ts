/** A whole review of the sample, by a person at a real terminal. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { harden, hasTerminal, inTemporaryProject, project, Terminal } from './harden.js'

/** The rules of this walk: what it does byte by byte stays the same when the catalogue grows. */
const RULES = 'unique-requirements,dev-requirements,non-root-user,owned-copies,image-healthcheck,service-healthchecks'
const SHOP = join(import.meta.dirname, '..', '..', 'examples', 'django-shop')
const MINUTE = 60_000

inTemporaryProject()
beforeEach(() => cpSync(SHOP, project, { recursive: true }))

const now = (path: string) => readFileSync(join(project, path), 'utf8')
const original = (path: string) => readFileSync(join(SHOP, path), 'utf8')
const FILES = ['Dockerfile', 'reports/Dockerfile', 'compose.yaml', 'requirements.txt']
const asItWas = () => FILES.every((path) => now(path) === original(path))

/** A text with one place replaced, which must be there exactly once. */
function replaced(text: string, old: string, by: string): string {
  expect(text.split(old), old).toHaveLength(2)
  return text.replace(old, () => by)
}

if (process.env.HARDEN_REQUIRE_DOCKER === '1') {
  it('python3, which holds the terminals, is installed, as HARDEN_REQUIRE_DOCKER=1 demands', () =>
    expect(hasTerminal).toBe(true))
}

describe.skipIf(!hasTerminal)('a review of the sample shop', { timeout: 2 * MINUTE }, () => {
  it('accepts, edits, skips, ignores, undoes, does all of a kind, is resumed, and writes exactly that', async () => {
    const terminal = Terminal.open(['fix', '--interactive', '--only', RULES], {
      env: { EDITOR: 'sed -i s/10001/10002/g' },
    })
    await terminal.shows('[1/8]')
    await terminal.gives('y', '[2/8]  1 accepted  7 left')
    await terminal.gives('n', '1 skipped  6 left')
    expect(terminal.text()).toContain('Dockerfile:15  non-root-user  high  [review]')
    await terminal.gives('e', 'this is what you wrote')
    await terminal.gives('y', '[4/8]  2 accepted')
    await terminal.gives('i', 'why keep it:')
    terminal.types('few files')
    await terminal.gives('\r', 'this comment keeps it as it is')
    await terminal.gives('y', '[5/8]  2 accepted  1 skipped  1 kept')
    await terminal.gives('u', '[4/8]  2 accepted  1 skipped  5 left')
    expect(terminal.text()).toContain('owned-copies')
    await terminal.gives('U', '[5/8]  2 accepted  1 skipped  1 kept')
    expect(terminal.text()).toContain('Ask web with Python on port 8000')
    await terminal.gives('y', '[6/8]  3 accepted')
    // The safe ones of this rule at once; what could not be asked before comes up then.
    await terminal.gives('r', 'accepted 3')
    expect(terminal.text()).toContain('web does not wait until postgres, redis and minio are ready')
    expect(asItWas()).toBe(true)

    await terminal.gives('q', 'Write 4 files now?')
    terminal.types('l')
    const later = await terminal.ended()
    expect(later.code).toBe(1)
    expect(terminal.text()).toContain('harden fix --resume')
    expect(asItWas()).toBe(true)

    const resumed = Terminal.open(['fix', '--resume', '--only', RULES])
    expect(await resumed.shows('[9/10]')).toContain('8 answers taken up')
    await resumed.gives('y', '[10/10]  7 accepted')
    await resumed.gives('n', '10 fixes: 7 accepted, 2 skipped, 1 kept with a comment.')
    resumed.types('y')
    const done = await resumed.ended()
    expect(done.code).toBe(1)
    expect(resumed.text()).toContain('Applied 8 fixes.')

    expect(now('requirements.txt')).toBe(requirements())
    expect(now('reports/Dockerfile')).toBe(
      replaced(
        original('reports/Dockerfile'),
        'RUN chown -R',
        '# harden: keep owned-copies \u2014 few files\nRUN chown -R',
      ),
    )
    expect(now('Dockerfile')).toBe(dockerfile())
    expect(now('compose.yaml')).toBe(compose())

    const undone = await harden(['undo'])
    expect(undone.code).toBe(0)
    expect(asItWas()).toBe(true)
    expect((await harden(['fix', '--resume', '--only', RULES])).code).toBe(2)
  })

  it.each([
    ['at the start', []],
    ['after some answers', ['y', 'n', 'y']],
    ['while a reason is typed', ['i', 'b']],
    ['while a comment is looked at', ['i', 'because', '\r']],
    ['in the help', ['?']],
    ['at the last question', ['y', 'A', 'q']],
    ['in the list', ['g', '2']],
  ])('leaves every file as it was when it is interrupted %s', async (_, keys) => {
    const terminal = Terminal.open(['fix', '-i', '--only', RULES])
    await terminal.shows('[1/8]')
    for (const key of keys) {
      terminal.types(key)
      await terminal.still()
    }
    terminal.types('\x03')
    const { code, stdout } = await terminal.ended()
    expect(code).toBe(130)
    expect(stdout).toContain('interrupted, nothing was written.')
    expect(/harden fix --resume[\s\S]*goes on/.test(stdout)).toBe(keys.some((key) => key === 'y'))
    expect(asItWas()).toBe(true)
  })

  it('ends where the input ends', async () => {
    const terminal = Terminal.open(['fix', '-i', '--only', RULES])
    await terminal.shows('[1/8]')
    terminal.types('\x04')
    expect((await terminal.ended()).code).toBe(130)
    expect(asItWas()).toBe(true)
  })

  it('writes in between with w, and an interruption afterwards leaves that', async () => {
    const terminal = Terminal.open(['fix', '-i', '--only', RULES])
    await terminal.shows('[1/8]')
    await terminal.gives('y', '1 accepted')
    await terminal.gives('w', 'wrote 1 file; harden undo takes that back')
    expect(now('requirements.txt')).not.toBe(original('requirements.txt'))
    await terminal.gives('jy', '2 accepted')
    terminal.types('\x03')
    expect((await terminal.ended()).stdout).toContain('nothing was written since the last w')
    expect(now('Dockerfile')).toBe(original('Dockerfile'))
    expect(now('requirements.txt')).not.toBe(original('requirements.txt'))
  })

  it('plans a file again that changes on disk, and never overwrites it', async () => {
    const terminal = Terminal.open(['fix', '-i', '--only', RULES])
    await terminal.shows('[1/8]')
    await terminal.gives('y', '[2/8]')
    writeFileSync(join(project, 'requirements.txt'), `# mine\n${original('requirements.txt')}`)
    await terminal.gives('n', 'requirements.txt changed on disk and was planned again')
    expect(terminal.text()).toContain('1 accepted  7 left')
    await terminal.gives('q', 'Write 1 file now?')
    terminal.types('y')
    await terminal.ended()
    expect(now('requirements.txt')).toBe(`# mine\n${requirements()}`)
  })

  it('draws itself anew on a screen of another size, and gives the old one back', async () => {
    const terminal = Terminal.open(['fix', '-i', '--only', RULES], { env: { NO_COLOR: '1' } })
    await terminal.shows('[1/8]')
    terminal.resizes(60, 12)
    await terminal.shows(/^\[1\/8\] {2}0 accepted/)
    expect(terminal.lines().filter((line) => line.includes('[1/8]'))).toHaveLength(1)
    terminal.resizes(120, 30)
    await terminal.shows(/^harden fix {2}\[1\/8\]/)
    expect(terminal.lines().filter((line) => line.includes('[1/8]'))).toHaveLength(1)
    await terminal.gives('qd', 'Nothing was changed.')
    expect(terminal.text()).not.toContain('[1/8]')
    const { code, stdout } = await terminal.ended()
    expect(code).toBe(1)
    expect(stdout).not.toMatch(/\x1b\[(1|2|7|3\d)m/)
  })

  it('goes line by line for a screen reader, and redraws nothing', async () => {
    const terminal = Terminal.open(['fix', '-i', '--only', RULES], { env: { ACCESSIBLE: '1' }, columns: 250, rows: 60 })
    await terminal.shows('Fix 1 of 8.')
    await terminal.gives('y\n', 'Fix 2 of 8.')
    await terminal.gives('i\n', 'Type the reason')
    await terminal.gives('not now\n', 'add line 15: # harden: keep dev-requirements \u2014 not now')
    await terminal.gives('y\n', 'Fix 3 of 8.')
    await terminal.gives('q\n', 'Write 1 file now?')
    terminal.types('y\n')
    const { code, stdout } = await terminal.ended()
    expect(code).toBe(1)
    expect(now('requirements.txt')).toContain('# harden: keep dev-requirements \u2014 not now\ndjango-silk==5.4.3')
    expect(stdout).not.toMatch(/\x1b\[[\d;?]*[A-HJKfhlsu]/)
  })

  it('shows what it shows in the person’s own pager', async () => {
    const terminal = Terminal.open(['fix', '-i', '--only', RULES], {
      env: { PAGER: 'sed s/cryptography/PAGED/g; sleep 1; :' },
    })
    await terminal.shows('[1/8]')
    await terminal.gives('p', 'PAGED is required twice')
    await terminal.shows('[1/8]')
    terminal.types('\x03')
    await terminal.ended()
  })
})

it('needs a terminal, and says what can be done without', async () => {
  const { code, stderr } = await harden(['fix', '--interactive', '--only', RULES])
  expect(code).toBe(2)
  expect(stderr).toContain('harden fix --dry-run')
  expect((await harden(['fix', '--interactive', '--only', RULES, '--yes'])).code).toBe(2)
  if (!hasTerminal) return
  const unknown = await Terminal.open(['fix', '-i', '--only', RULES, '--only-finding', '0123456789ab']).ended()
  expect(unknown.stdout).toContain('no finding here has the id')
  expect(unknown.code).toBe(2)
})

it('says so where there is nothing to review', async () => {
  for (const path of FILES) rmSync(join(project, path))
  if (!hasTerminal) return
  const terminal = Terminal.open(['fix', '-i', '--only', RULES])
  const { code, stdout } = await terminal.ended()
  expect(code).toBe(0)
  expect(stdout).toContain('there is nothing to review')
})

/** The requirements without the line that decided nothing; its heading goes to the line that decides. */
function requirements(): string {
  const without = replaced(original('requirements.txt'), '# signed download links\ncryptography>=0.24.0\n\n', '')
  return replaced(without, '# 42 closes', '# signed download links\n# 42 closes')
}

/** What the review above makes of the Dockerfile, written by hand. */
function dockerfile(): string {
  return `FROM python:3.11-slim-bookworm
RUN groupadd --gid 10002 app \\
 && useradd --no-log-init --uid 10002 --gid 10002 --home-dir /home/app --create-home --shell /usr/sbin/nologin app

ENV PYTHONUNBUFFERED=1

WORKDIR /app

COPY requirements.txt .
RUN pip install -r requirements.txt

COPY --chown=10002:10002 . .
RUN mkdir -p /app/media \\
 && chown 10002:10002 /app /app/media
USER 10002:10002

EXPOSE 8000

ENTRYPOINT ["./entrypoint.sh"]
CMD ["gunicorn", "shop.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2"]
`
}

/** What it makes of the Compose file: four checks, and web that waits. */
function compose(): string {
  const check = (test: string, interval: string, timeout: string, retries: number, start: string) =>
    `    healthcheck:\n      test: ${test}\n      interval: ${interval}\n      timeout: ${timeout}\n      retries: ${retries}\n      start_period: ${start}\n`
  const connect = `["CMD", "python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8000), 3).close()"]`
  const ready = `'pg_isready -q -h 127.0.0.1 -U "$\${POSTGRES_USER:-postgres}" -d "$\${POSTGRES_DB:-$\${POSTGRES_USER:-postgres}}"'`
  const ping = '["CMD-SHELL", "redis-cli ping | grep -q PONG"]'
  const live = '["CMD-SHELL", "curl -fs -o /dev/null http://127.0.0.1:9000/minio/health/live || mc ready local"]'
  const [web, rest] = original('compose.yaml').split('\n  worker:\n') as [string, string]
  const waiting = ['postgres', 'redis', 'minio'].reduce(
    (text, name) => replaced(text, `      - ${name}\n`, `      ${name}:\n        condition: service_healthy\n`),
    web,
  )
  let text = `${waiting}${check(connect, '30s', '5s', 3, '60s')}\n  worker:\n${rest}`
  text = replaced(
    text,
    '      - "5432:5432"\n',
    `      - "5432:5432"\n${check(`["CMD-SHELL", ${ready}]`, '10s', '5s', 5, '60s')}`,
  )
  text = replaced(text, '      - "6379:6379"\n', `      - "6379:6379"\n${check(ping, '10s', '3s', 5, '10s')}`)
  return replaced(text, '      - "9001:9001"\n', `      - "9001:9001"\n${check(live, '15s', '5s', 5, '20s')}`)
}
