// @ts-check
/**
 * How fast campaigns get at repositories, beside a plain `git clone --depth 1` of the same ones: `npm run bench -- campaign`.
 * Both fetch over HTTP from git's own server on this machine, four repositories at a time, by turns; what counts is the ratio.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
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
/** What planning reads in any case. */
const READ = /(^|\/)(Dockerfile|compose\.yaml|requirements\.txt|package\.json|\.dockerignore)$/

/** @typedef {typeof import('../test/campaign/git-server.js')} Serving */
/** @typedef {typeof import('../src/campaign/git/open.js')} Opening */

/** @param {string} scratch a folder of our own */
export async function campaign(scratch) {
  const { startGitServer, openRepository } = await modules(join(scratch, 'modules'))
  const server = await startGitServer()
  const work = join(scratch, 'work')
  try {
    const names = await repositories(server)
    const clone = async (/** @type {string} */ name) => {
      await run('git', ['clone', '--quiet', '--depth=1', server.urlOf(name), join(work, name)])
    }
    const open = async (/** @type {string} */ name) => {
      const address = /** @type {const} */ ({ kind: 'remote', forge: 'github', origin: server.url, name })
      const repository = await openRepository({ address, url: server.urlOf(name) }, { folder: work })
      const ids = repository.entries.filter(({ path }) => READ.test(path)).map(({ id }) => id)
      const found = await repository.blobs(ids)
      if (repository.entries.length !== FILES || found.size !== new Set(ids).size)
        throw new Error(`${name} is not whole`)
      await repository.close()
    }

    /** @type {[number[], number[]]} */
    const times = [[], []]
    for (let turn = 0; turn <= TURNS; turn++) {
      for (const [i, way] of [clone, open].entries()) {
        mkdirSync(work, { recursive: true })
        const start = performance.now()
        await together(names, way)
        // The first turn warms the caches of the disk.
        if (turn > 0) times[i]?.push((performance.now() - start) / 1000)
        rmSync(work, { recursive: true })
      }
    }
    const [cloned, opened] = times.map((list) => REPOSITORIES / median(list))
    console.log(`\n${REPOSITORIES} repositories of ${FILES} files and ${COMMITS} commits, ${AT_A_TIME} at a time\n`)
    console.log(`git clone --depth 1, with its files   ${cloned?.toFixed(2)} repositories/s`)
    console.log(`opened and read by a campaign         ${opened?.toFixed(2)} repositories/s`)
    console.log(
      `\nA campaign is ${((opened ?? 0) / (cloned ?? 1)).toFixed(2)} times as fast; it should be at least 1.4.`,
    )
  } finally {
    await server.dispose()
  }
}

/**
 * The sources as modules that node reads: neither is part of what is published as such.
 * @param {string} folder
 * @returns {Promise<Pick<Serving, 'startGitServer'> & Pick<Opening, 'openRepository'>>}
 */
async function modules(folder) {
  const input = { server: join(top, 'test/campaign/git-server.ts'), open: join(top, 'src/campaign/git/open.ts') }
  await build({
    input,
    platform: 'node',
    logLevel: 'silent',
    output: { dir: folder, format: 'esm', entryFileNames: '[name].mjs' },
  })
  const [server, open] = await Promise.all(
    ['server', 'open'].map((name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href)),
  )
  return { ...server, ...open }
}

/**
 * One repository with a past, packed as a forge has it, and copies of it.
 * @param {Awaited<ReturnType<Serving['startGitServer']>>} server
 */
async function repositories(server) {
  const files = Object.fromEntries(Array.from({ length: FILES }, (_, i) => [pathOf(i), textOf(i, 0)]))
  await server.add('bench/0', files)
  for (let past = 1; past < COMMITS; past++) {
    const changed = Array.from({ length: 10 }, (_, i) => (i * 31 + past * 7) % FILES)
    await server.commit('bench/0', 'main', Object.fromEntries(changed.map((i) => [pathOf(i), textOf(i, past)])))
  }
  await server.git('bench/0', 'repack', '-a', '-d', '-b', '-q')
  const names = Array.from({ length: REPOSITORIES }, (_, i) => `bench/${i}`)
  for (const name of names.slice(1)) cpSync(server.folderOf('bench/0'), server.folderOf(name), { recursive: true })
  return names
}

/** @param {number} i */
function pathOf(i) {
  const known = ['Dockerfile', 'compose.yaml', 'requirements.txt', 'package.json', '.dockerignore']
  return known[i] ?? `src/module-${i % 20}/part-${i % 3}/file-${i}.ts`
}

/** Some kB that do not shrink to nothing. @param {number} i @param {number} past */
function textOf(i, past) {
  let seed = i * 7919 + 1
  const lines = Array.from({ length: 40 + (i % 7) * 20 }, (_, line) => {
    seed = (seed * 48271) % 2147483647
    return `export const value${line} = compute(${seed}, '${seed.toString(36)}')\n`
  })
  return `${lines.join('')}// ${past}\n`
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
