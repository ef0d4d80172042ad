import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'rolldown'

// The packages of the checking path are bundled, because resolving and reading dozens of small files is what a cold
// start costs. The heavy ones stay outside and are imported where they are asked for.
const lazy = [/^inquirer(\/|$)/, /^@inquirer\//, /^ts-morph$/, /^bullmq$/, /^ioredis$/, /^pg$/]

// Every start needs one file, a `check` one more, each with all it imports. What only some projects or commands need
// stays apart.
const groups = [
  { name: 'start', test: /[\\/]src[\\/]cli[\\/]main\.ts$/, priority: 2 },
  { name: 'check', test: /[\\/]src[\\/]cli[\\/]check\.ts$/, priority: 1 },
]

/** `?raw` is a file as text, as vite has it in the tests: the style sheet and the program of the review page. */
const raw = {
  name: 'raw',
  resolveId: (/** @type {string} */ source, /** @type {string | undefined} */ importer) =>
    source.endsWith('?raw') && importer ? join(importer, '..', source) : null,
  load: (/** @type {string} */ id) =>
    id.endsWith('?raw') ? `export default ${JSON.stringify(readFileSync(id.slice(0, -4), 'utf8'))}` : null,
}

export default defineConfig({
  plugins: [raw],
  input: {
    cli: 'src/cli/main.ts',
    index: 'src/index.ts',
    sdk: 'src/sdk.ts',
    testing: 'src/testing.ts',
    planner: 'src/campaign/plan/process.ts',
  },
  platform: 'node',
  external: lazy,
  treeshake: true,
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    minify: true,
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: { groups },
  },
})
