// @ts-check
/**
 * How fast harden is beside its peers, on the same files in one run: `npm run bench`. The peers are installed from the
 * package registry into a temporary folder. Figures are medians; what counts are the ratios. `npm run bench -- campaign`
 * measures what campaigns do to repositories instead.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plan, readProject, transforms, withReview } from 'harden'
import { campaign } from './campaign.js'

const PEERS = ['dockerfile-utils@0.16.3', 'dclint@3.1.0', 'dockerfilelint@1.8.0']
const top = join(import.meta.dirname, '..')
const scratch = mkdtempSync(join(tmpdir(), 'harden-bench-'))

try {
  if (process.argv[2] === 'campaign') await campaign(scratch)
  else await besidePeers()
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

async function besidePeers() {
  const peers = join(scratch, 'peers')
  mkdirSync(peers)
  writeFileSync(join(peers, 'package.json'), '{"private": true}')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...PEERS], {
    cwd: peers,
    stdio: 'ignore',
  })
  await throughput(peers)
  await thousand()
  coldStart(peers)
}

/** Files a second, each tool doing the most it can: harden plans repairs, the others report. @param {string} peers */
async function throughput(peers) {
  const load = createRequire(join(peers, 'package.json'))
  const { validate } = load('dockerfile-utils')
  const { run } = load('dockerfilelint')
  const folder = filled(join(scratch, 'dockerfiles'), 300, 'Dockerfile')
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name, 'Dockerfile'), 'utf8'))
  const stacks = filled(join(scratch, 'stacks'), 100, 'compose.yaml')
  const dclint = join(peers, 'node_modules', '.bin', 'dclint')

  /** @type {[string, number, number][]} */
  const rows = [
    ['harden, Dockerfiles', 300, await timed(async () => plan(await readProject(folder), transforms, withReview))],
    ['dockerfile-utils, Dockerfiles', 300, await timed(() => texts.map((text) => validate(text)))],
    ['dockerfilelint, Dockerfiles', 300, await timed(() => texts.map((text) => run(folder, text)))],
    [
      'harden, Compose files',
      100,
      await timed(() => started('node', [join(top, 'bin/harden.js'), 'check', stacks]), 5),
    ],
    ['dclint, Compose files', 100, await timed(() => started('node', [dclint, '-r', stacks]), 5)],
  ]
  console.log('\nThroughput (the last two are whole processes)\n')
  table(
    ['tool', 'files', 'ms', 'files/s'],
    rows.map(([tool, files, ms]) => [tool, files, ms.toFixed(0), ((files / ms) * 1000).toFixed(0)]),
  )
  const ms = (/** @type {number} */ i) => /** @type {number} */ (rows[i]?.[2])
  console.log(
    `\nharden takes ${ratio(ms(0), ms(1))} the time of dockerfile-utils, ${ratio(ms(0), ms(2))} that of dockerfilelint, ${ratio(ms(3), ms(4))} that of dclint.`,
  )
}

/** A thousand files in one check, and whether memory stays flat over repeated plans. */
async function thousand() {
  const folder = filled(join(scratch, 'thousand'), 1000, 'Dockerfile')
  const ms = await timed(() => started('node', [join(top, 'bin/harden.js'), 'check', folder]), 3)
  const heap = []
  for (let i = 0; i < 5; i++) {
    await plan(await readProject(folder), transforms, withReview)
    globalThis.gc?.()
    heap.push(Math.round(process.memoryUsage().rss / 1e6))
  }
  console.log(
    `\n1,000 Dockerfiles checked in ${(ms / 1000).toFixed(2)} s; resident memory over five plans: ${heap.join(', ')} MB`,
  )
}

/** One Dockerfile, one process. @param {string} peers */
function coldStart(peers) {
  const folder = filled(join(scratch, 'one'), 1, 'Dockerfile')
  const file = join(folder, 'service-0', 'Dockerfile')
  const stack = join(filled(join(scratch, 'one-stack'), 1, 'compose.yaml'), 'service-0', 'compose.yaml')
  const bin = join(peers, 'node_modules', '.bin')
  /** @type {[string, string[]][]} */
  const commands = [
    ['node -e 0', ['-e', '0']],
    ['harden check', [join(top, 'bin/harden.js'), 'check', file]],
    ['dockerfilelint', [join(bin, 'dockerfilelint'), file]],
    ['dclint', [join(bin, 'dclint'), stack]],
  ]
  /** @type {Record<string, number[]>} */
  const times = {}
  for (let i = 0; i < 15; i++) {
    for (const [name, args] of commands) {
      const start = performance.now()
      started('node', args)
      times[name] = [...(times[name] ?? []), performance.now() - start]
    }
  }
  const bare = median(times['node -e 0'] ?? [])
  console.log('\nCold start\n')
  table(
    ['command', 'ms', 'of node -e 0'],
    commands.map(([name]) => [name, median(times[name] ?? []).toFixed(0), ratio(median(times[name] ?? []), bare)]),
  )
}

/** @param {string} folder @param {number} count @param {string} name */
function filled(folder, count, name) {
  for (let i = 0; i < count; i++) {
    mkdirSync(join(folder, `service-${i}`), { recursive: true })
    writeFileSync(join(folder, `service-${i}`, name), name === 'Dockerfile' ? dockerfile(i) : compose(i))
  }
  return folder
}

/** @param {number} i */
function dockerfile(i) {
  return `FROM python:3.${8 + (i % 6)}-slim
ENV PYTHONUNBUFFERED=1 SERVICE=service-${i}
RUN apt-get update && apt-get install -y --no-install-recommends libpq5 \\
    # needed by the reports
    libmagic1 \\
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
EXPOSE ${8000 + (i % 1000)}
CMD ["gunicorn", "app${i}:app", "--bind", "0.0.0.0:8000"]
`
}

/** @param {number} i */
function compose(i) {
  return `services:
  web:
    build: .
    ports: ["${8000 + i}:8000"]
    environment:
      DATABASE_URL: postgres://db/${i}
    depends_on: [db]
  db:
    image: postgres:16
    volumes:
      - data:/var/lib/postgresql/data
volumes:
  data:
`
}

/** Runs a tool; findings are no failure. @param {string} command @param {string[]} args */
function started(command, args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
  } catch {}
}

/** Median of several runs in ms, after one to warm up. @param {() => unknown} work @param {number} runs */
async function timed(work, runs = 7) {
  const times = []
  await work()
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return median(times)
}

/** @param {number[]} times */
function median(times) {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}

/** @param {number} a @param {number} b */
function ratio(a, b) {
  return `${(a / b).toFixed(2)}×`
}

/** @param {string[]} head @param {(string | number)[][]} rows */
function table(head, rows) {
  const all = [head, ...rows.map((row) => row.map(String))]
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)))
  for (const row of all)
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
}
