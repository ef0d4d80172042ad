/**
 * The ladder on a real engine: a fault that somebody built into a transform is found, named, and left out, and the rest is
 * kept; and a campaign tells in its pull requests what was seen. Needs a Docker engine, like the other proofs.
 */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CampaignPlan } from '../src/campaign/model.js'
import { docker, type Engine, findEngine } from './proving/engine.js'
import { runHarden as harden } from './proving/run-harden.js'
import { ensureBaseImages } from './proving/stand-ins.js'

const MINUTE = 60_000
const PYTHON = 'python:3.11-slim-bookworm'
const found = await findEngine()
const engine = found.client === undefined ? undefined : found

/** A server that keeps a file beside its code and answers on 8000. */
const PROJECT = {
  Dockerfile: `FROM ${PYTHON}
MAINTAINER somebody@example.org
WORKDIR /srv/app
COPY requirements.txt .
RUN pip install -r requirements.txt
ADD app.py .
ENV PORT 8000
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]
`,
  'requirements.txt': 'gunicorn==23.0.0\nitsdangerous==2.2.0\n',
  'app.py': `import itsdangerous, pathlib
def app(environ, start_response):
    pathlib.Path("/srv/app/visits").write_text("1")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
`,
}

/** Ends what imports it unless the container has its limits, in the words of either version of cgroups. */
const CONFINED = `import pathlib, sys
def limit(*places):
    return next(path.read_text().strip() for path in map(pathlib.Path, places) if path.exists())
memory = limit("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
processes = limit("/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max")
if (memory, processes) != (str(2 << 30), "2048"):
    sys.exit(f"not confined: {memory} bytes, {processes} processes")
`

/** A plug-in whose one transform does what it should not. */
function plugin(id: string, on: string, match: string, text: string): string {
  return `export default {
  name: 'faulty',
  transforms: [{
    id: 'faulty/${id}', title: 'Do harm', severity: 'high', references: [], on: '${on}',
    doc: 'Breaks things.\\n\\n## Safety\\n\\nNone.',
    *run({ file }) {
      const start = file.text.indexOf(${JSON.stringify(match)})
      if (start < 0 || (${JSON.stringify(text)}.length > ${match.length} && file.text.includes(${JSON.stringify(text)}))) return
      const at = { path: file.path, start, end: start + ${match.length} }
      const fixes = [{ title: 'Do harm', applicability: 'safe', edits: [{ ...at, text: ${JSON.stringify(text)} }] }]
      yield { at, message: 'No harm is done yet', fixes }
    },
  }],
}
`
}

describe.skipIf(!engine)('harden fix --verify, on a real engine', () => {
  let scratch = ''

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'harden-verify-test-'))
    await ensureBaseImages(engine!, [PYTHON])
  }, 45 * MINUTE)

  afterAll(() => rm(scratch, { recursive: true, force: true }))

  async function lay(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = join(scratch, randomUUID())
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const git = (...words: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.org', ...words], { cwd: folder })
    git('init', '-q')
    git('add', '--all')
    git('commit', '-q', '-m', 'As it stands')
    return folder
  }

  const left = async (ready: Engine) => {
    const lists = [
      ['ps', '--all'],
      ['network', 'ls'],
      ['volume', 'ls'],
      ['image', 'ls'],
    ]
    const found = await Promise.all(
      lists.map((words) => docker(ready, [...words, '--quiet', '--filter', 'label=harden.verify.owner'])),
    )
    return found.map(({ stdout }) => stdout.trim()).join('')
  }

  test(
    'a sound plan is kept whole, and the evidence is there side by side',
    async () => {
      const folder = await lay(PROJECT)
      const { exitCode, said } = await harden(
        ['fix', '--yes', '--review', '--verify'],
        folder,
        join(folder, '.git/state'),
      )
      expect(said).toMatch(/is no worse than before/)
      expect(said).not.toMatch(/was left out/)
      expect(said).toMatch(/runs as +root \(0\) +10001/)
      expect(said).toMatch(/answers +8000: 200 +8000: 200/)
      expect([0, 1]).toContain(exitCode)
      expect(await readFile(join(folder, 'Dockerfile'), 'utf8')).toMatch(/^USER 10001:10001$/m)

      const verified = await harden(['verify', '--format', 'json', '--quiet'], folder, join(folder, '.git/state'))
      expect(verified.exitCode, verified.said).toBe(0)
      const { version, containers } = JSON.parse(verified.said)
      expect(version).toBe('harden-verify-1')
      expect(containers).toMatchObject([
        { outcome: 'no worse', before: { uid: 0 }, after: { uid: 10001, health: 'healthy' } },
      ])
      expect(await left(engine!)).toBe('')
    },
    15 * MINUTE,
  )

  test.each([
    [
      'a build that fails',
      'dockerfile',
      'COPY requirements.txt .',
      'COPY requirement.txt .',
      /no longer builds/,
      /requirement\.txt/,
    ],
    ['a program that is gone', 'requirements', 'gunicorn==23.0.0\n', '', /no longer|ends with/, /gunicorn/],
    [
      'a package that is missed',
      'requirements',
      'itsdangerous==2.2.0\n',
      '',
      /ends with exit code|no longer/,
      /itsdangerous/,
    ],
    [
      'a file that may not be written',
      'dockerfile',
      'EXPOSE 8000\n',
      'EXPOSE 8000\nUSER 4711\n',
      /4711 may not|answers 500|only takes connections|complains/,
      /visits/,
    ],
    ['a port that nobody hears', 'dockerfile', '"0.0.0.0:8000"', '"127.0.0.1:8000"', /is silent now/, /8000/],
  ])(
    '%s is found, named and left out',
    async (_, on, match, text, what, line) => {
      const folder = await lay({
        ...PROJECT,
        'faulty.mjs': plugin('harm', on, match, text),
        'harden-test.yml': 'plugins: [./faulty.mjs]\n',
      })
      const only = ['--only', 'labelled-maintainer,key-value-env,faulty/harm,pip-without-cache']
      const words = ['fix', '--yes', '--review', '--verify', '--config', 'harden-test.yml', ...only]
      const { exitCode, said } = await harden(words, folder, join(folder, '.git/state'))
      const named = said.split('\n').filter((each) => /was left out/.test(each))
      expect(named, said).toHaveLength(1)
      expect(named[0]).toMatch(/^harden: faulty\/harm \(Do harm\) was left out, because with it/)
      expect(named[0]).toMatch(what)
      expect(said).toMatch(line)
      expect(exitCode).toBe(1)
      const [dockerfile, requirements] = await Promise.all(
        ['Dockerfile', 'requirements.txt'].map((path) => readFile(join(folder, path), 'utf8')),
      )
      expect(`${dockerfile}${requirements}`).toContain(match)
      expect(dockerfile).toMatch(/^LABEL /m)
      expect(dockerfile).toMatch(/^ENV PORT=8000$/m)
      expect(dockerfile).toContain('--no-cache-dir')
      expect(await left(engine!)).toBe('')
    },
    15 * MINUTE,
  )

  test(
    'what does not build as it stands is left alone, and nothing is claimed',
    async () => {
      const broken = PROJECT.Dockerfile.replace('COPY requirements.txt .', 'RUN false')
      const folder = await lay({ ...PROJECT, Dockerfile: broken })
      const { said } = await harden(['fix', '--yes', '--review', '--verify'], folder, join(folder, '.git/state'))
      expect(said).toMatch(/was left out, because the original does not build/)
      expect(await readFile(join(folder, 'Dockerfile'), 'utf8')).toBe(broken)
      await writeFile(join(folder, 'Dockerfile'), broken.replace('MAINTAINER', 'LABEL maintainer='))
      const verified = await harden(['verify'], folder, join(folder, '.git/state'))
      expect(verified.exitCode).toBe(2)
      expect(verified.said).toMatch(/cannot be proved: the original does not build/)
    },
    15 * MINUTE,
  )

  test(
    'what is started has its limits, and no way out',
    async () => {
      const folder = await lay({ ...PROJECT, 'app.py': CONFINED + PROJECT['app.py'] })
      let runs = true
      const proved = harden(['fix', '--yes', '--review', '--verify'], folder, join(folder, '.git/state')).finally(
        () => {
          runs = false
        },
      )
      const isInternal = new Map<string, string>()
      const list = ['network', 'ls', '--filter', 'label=harden.verify.owner', '--format', '{{.ID}} {{.Internal}}']
      const watch = async () => {
        while (runs) {
          const { stdout } = await docker(engine!, list)
          for (const [, id, internal] of stdout.matchAll(/^(\S+) (\S+)$/gm)) isInternal.set(id!, internal!)
          await sleep(200)
        }
      }
      const [{ said }] = await Promise.all([proved, watch()])
      expect(said).toMatch(/answers +8000: 200 +8000: 200/)
      expect([...isInternal.values()], said).toEqual(['true', 'true'])
    },
    15 * MINUTE,
  )

  test(
    'a campaign puts what was shown into the text of each pull request, and claims nothing of what does not build',
    async () => {
      const sound = await lay(PROJECT)
      const broken = await lay({
        ...PROJECT,
        Dockerfile: PROJECT.Dockerfile.replace('COPY requirements.txt .', 'RUN false'),
      })
      const repositories = [sound, broken].flatMap((folder) => ['--repo', folder])
      const out = join(scratch, 'plan')
      const words = ['campaign', 'plan', ...repositories, '--review', '--verify', '--out', out]
      const { exitCode, said } = await harden(words, scratch, join(scratch, 'state'))
      expect(exitCode, said).toBe(0)
      const plan = JSON.parse(await readFile(join(out, 'plan.json'), 'utf8')) as CampaignPlan
      const pullsOf = (folder: string) =>
        plan.repositories.flatMap((one) =>
          one.state === 'changes' && one.address.kind === 'local' && one.address.path === folder ? one.pulls : [],
        )
      const proved = new Map(pullsOf(sound).map((pull) => [pull.group, pull]))
      expect([...proved.keys()]).toEqual(expect.arrayContaining(['safe', 'non-root-user', 'image-healthcheck']))
      for (const { evidence, body } of proved.values()) {
        expect(evidence?.outcome).toBe('no worse')
        expect(body).toContain('| answers | 8000: 200 | 8000: 200 |')
        expect(body).toMatch(/^\| size \| \d+ MB \| \d+ MB \|$/m)
      }
      expect(proved.get('non-root-user')!.body).toContain('| runs as | root (0) | 10001 |')
      expect(proved.get('image-healthcheck')!.body).toContain('| health | no check | healthy |')

      const claimed = pullsOf(broken)
      expect(claimed.map(({ group }) => group)).toEqual([...proved.keys()])
      for (const { evidence, body } of claimed) {
        expect(evidence?.outcome).toBe('unproven')
        expect(body).toContain('the original does not build')
        expect(body).not.toMatch(/no worse than before|\| answers \|/)
      }
      expect(await left(engine!)).toBe('')
    },
    15 * MINUTE,
  )
})
