// @ts-check
/**
 * How fast campaigns plan repositories, beside a plain `git clone --depth 1` of the same ones: `npm run bench -- campaign`.
 * Both fetch over HTTP from git's own server on this machine, four repositories at a time, by turns; what counts is the ratio.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'rolldown'

const run = promisify(execFile)
const top = join(import.meta.dirname, '..')

const REPOSITORIES = 60
const FILES = 300
const COMMITS = 31
const AT_A_TIME = 4
const TURNS = 3
/** @typedef {typeof import('../test/campaign/git-server.js')} Serving */
/** @typedef {typeof import('../src/campaign/git/open.js')} Opening */
/** @typedef {typeof import('../src/campaign/plan/repository.js')} Planning */
/** @typedef {typeof import('../src/campaign/plan/pool.js')} Pooling */
/** @typedef {typeof import('../src/campaign/settings/defaults.js')} Defaults */

const COMPOSE = 'services:\n  web:\n    build: .\n    depends_on: [db]\n  db:\n    image: postgres:16\n'

/** A third of the repositories each: what stands at their top, and how their other files end. */
const KINDS = [
  {
    ending: 'py',
    known: {
      Dockerfile:
        'FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nEXPOSE 8000\nCMD ["gunicorn", "app:app", "--bind", "0.0.0.0:8000"]\n',
      'compose.yaml': COMPOSE,
      'requirements.txt': 'gunicorn==22.0.0\nflask==3.0.3\npytest==8.2.0\nflask==3.0.3\n',
      'app.py': 'from flask import Flask\n\napp = Flask(__name__)\n',
    },
  },
  {
    ending: 'ts',
    known: {
      Dockerfile:
        'FROM node:22-slim\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nCOPY . .\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
      'compose.yaml': COMPOSE,
      'package.json': '{ "name": "shop", "dependencies": { "express": "5.1.0" } }\n',
      'server.js': "require('express')().listen(3000)\n",
    },
  },
  {
    ending: 'go',
    known: {
      Dockerfile:
        'FROM golang:1.24\nWORKDIR /src\nCOPY . .\nRUN go build -o /usr/local/bin/shop .\nEXPOSE 8080\nCMD ["shop"]\n',
      'compose.yaml': COMPOSE,
      'go.mod': 'module example.com/shop\n\ngo 1.24\n',
      'main.go': 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n',
    },
  },
]

/** @param {string} scratch a folder of our own */
export async function campaign(scratch) {
  const { startGitServer, openRepository, planRepository, plannersOf, settingsOf, UNNAMED } = await modules(scratch)
  const server = await startGitServer()
  const planners = plannersOf(availableParallelism(), {}, join(top, 'dist/planner.js'))
  const work = join(scratch, 'work')
  const settings = settingsOf(UNNAMED, undefined)

  const clone = async (/** @type {string} */ name) => {
    await run('git', ['clone', '--quiet', '--depth=1', server.urlOf(name), join(work, name)])
  }
  const open = async (/** @type {string} */ name) => {
    const address = /** @type {const} */ ({ kind: 'remote', forge: 'github', origin: server.url, name })
    const repository = await openRepository({ address, url: server.urlOf(name) }, { folder: work })
    if (repository.entries.length !== FILES) throw new Error(`${name} is not whole`)
    return repository
  }
  const read = async (/** @type {string} */ name) => {
    const repository = await open(name)
    const ids = repository.entries.filter(({ path }) => isKnown(path)).map(({ id }) => id)
    if ((await repository.blobs(ids)).size !== ids.length) throw new Error(`${name} is not whole`)
    await repository.close()
  }
  const plan = async (/** @type {string} */ name) => {
    const repository = await open(name)
    const planned = await planRepository(repository, { slug: name, settings }, planners)
    if (planned.plan.state !== 'changes') throw new Error(`${name} should have something to repair`)
    await repository.close()
  }

  try {
    const names = await repositories(server)
    const ways = [
      { name: 'git clone --depth 1, with its files', way: clone, times: /** @type {number[]} */ ([]) },
      { name: 'opened and read by a campaign', way: read, times: /** @type {number[]} */ ([]) },
      { name: 'planned by a campaign', way: plan, times: /** @type {number[]} */ ([]) },
    ]
    for (let turn = 0; turn <= TURNS; turn++) {
      for (const { way, times } of ways) {
        mkdirSync(work, { recursive: true })
        const start = performance.now()
        await together(names, way)
        // The first turn warms the caches of the disk.
        if (turn > 0) times.push((performance.now() - start) / 1000)
        rmSync(work, { recursive: true })
      }
    }
    console.log(`\n${REPOSITORIES} repositories of ${FILES} files and ${COMMITS} commits, ${AT_A_TIME} at a time\n`)
    const cloned = median(ways[0]?.times ?? [])
    for (const { name, times } of ways) {
      const seconds = median(times)
      const speed = (REPOSITORIES / seconds).toFixed(2).padStart(6)
      console.log(`${name.padEnd(36)}${speed} repositories/s  ${(cloned / seconds).toFixed(2)}×`)
    }
    console.log('\nPlanning should be at least 1.4 times as fast as a clone.')
  } finally {
    await planners.close()
    await server.dispose()
  }
}

/**
 * The sources as modules that node reads: none of it is part of what is published as such.
 * @param {string} scratch
 * @returns {Promise<Serving & Opening & Planning & Pooling & Defaults>}
 */
async function modules(scratch) {
  const input = {
    server: join(top, 'test/campaign/git-server.ts'),
    open: join(top, 'src/campaign/git/open.ts'),
    repository: join(top, 'src/campaign/plan/repository.ts'),
    pool: join(top, 'src/campaign/plan/pool.ts'),
    defaults: join(top, 'src/campaign/settings/defaults.ts'),
  }
  const folder = join(scratch, 'modules')
  const output = /** @type {const} */ ({ dir: folder, format: 'esm', entryFileNames: '[name].mjs' })
  await build({ input, platform: 'node', logLevel: 'silent', external: /^[^./]/, output })
  symlinkSync(join(top, 'node_modules'), join(folder, 'node_modules'))
  const names = Object.keys(input).map((name) => pathToFileURL(join(folder, `${name}.mjs`)).href)
  return Object.assign({}, ...(await Promise.all(names.map((name) => import(name)))))
}

/**
 * For each kind one repository with a past, packed as a forge has it, and copies of it.
 * @param {Awaited<ReturnType<Serving['startGitServer']>>} server
 */
async function repositories(server) {
  for (const [kind, { known, ending }] of KINDS.entries()) {
    const name = `bench/${kind}`
    const others = Array.from({ length: FILES - Object.keys(known).length }, (_, i) => i)
    const filed = (/** @type {number[]} */ files, /** @type {number} */ past) =>
      Object.fromEntries(files.map((i) => [`src/module-${i % 20}/part-${i % 3}/file-${i}.${ending}`, textOf(i, past)]))
    await server.add(name, { ...known, ...filed(others, 0) })
    for (let past = 1; past < COMMITS; past++) {
      const changed = others.filter((i) => (i + past * 7) % 31 === 0)
      await server.commit(name, 'main', filed(changed, past))
    }
    await server.git(name, 'repack', '-a', '-d', '-b', '-q')
  }
  const names = Array.from({ length: REPOSITORIES }, (_, i) => `bench/${i}`)
  for (const [i, name] of names.entries()) {
    if (i >= KINDS.length)
      cpSync(server.folderOf(`bench/${i % KINDS.length}`), server.folderOf(name), { recursive: true })
  }
  return names
}

/** @param {string} path */
function isKnown(path) {
  return KINDS.some(({ known }) => path in known)
}

/** Some kB that do not shrink to nothing. @param {number} i @param {number} past */
function textOf(i, past) {
  let seed = i * 7919 + 1
  const lines = Array.from({ length: 40 + (i % 7) * 20 }, (_, line) => {
    seed = (seed * 48271) % 2147483647
    return `value${line} = compute(${seed}, '${seed.toString(36)}')\n`
  })
  return `${lines.join('')}past = ${past}\n`
}

/** @param {readonly string[]} names @param {(name: string) => Promise<void>} way */
async function together(names, way) {
  const waiting = [...names]
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await way(name)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
}

/** @param {number[]} times */
function median(times) {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}
