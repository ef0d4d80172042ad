// @ts-check
/**
 * Begins a transform: `npm run new <id> [-- --on dockerfile|compose|requirements]` writes the file, its line in the list
 * and a first case to fill in. CONTRIBUTING.md says what comes next.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const FIRST_FILE = /** @type {Record<string, string>} */ ({
  dockerfile: 'Dockerfile',
  compose: 'compose.yaml',
  requirements: 'requirements.txt',
})
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { on: { type: 'string', default: 'dockerfile' } },
})
const [id = ''] = positionals
const on = values.on
const top = join(import.meta.dirname, '..')
const file = join(top, 'transforms', `${id}.ts`)

const problem = !/^[a-z]+(-[a-z0-9]+)+$/.test(id)
  ? 'usage: npm run new <id> [-- --on dockerfile|compose|requirements]\nAn id names the state afterwards in two or three words: pinned-base-image.'
  : !Object.hasOwn(FIRST_FILE, on)
    ? `there is no kind of document ${on}; there are ${Object.keys(FIRST_FILE).join(', ')}`
    : existsSync(file)
      ? `transforms/${id}.ts is there already`
      : undefined
if (problem) {
  console.error(problem)
  process.exit(2)
}

const name = id.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())
const kind = `${on[0]?.toUpperCase()}${on.slice(1)}`
put(
  file,
  `import { type ${kind}, defineTransform } from '../src/sdk.js'

export default defineTransform<${kind}>({
  id: '${id}',
  title: 'Say in a few words what it does',
  severity: 'medium',
  references: [],
  on: '${on}',
  doc: \`
Why this matters, what is done about it, and when the transform keeps quiet.

## Safety

What cannot be known from files, and what the level of each fix rests on.
\`,
  *run(_document) {
    // Yield a finding for each place that is wrong: where, what, why it is thought so, and the edits that mend it.
  },
})
`,
)
put(join(top, 'snapshots', id, 'basic', 'before', /** @type {string} */ (FIRST_FILE[on])), '')
const index = join(top, 'transforms', 'index.ts')
const list = readFileSync(index, 'utf8')
put(
  index,
  list
    .replace(/\n\n\/\*\*/, `\nimport ${name} from './${id}.js'\n\n/**`)
    .replace(/(readonly Transform\[\] = \[)([\s\S]*?),?\s*\]/, (_, head, own) => `${head}${own.trimEnd()}, ${name}]`),
)
console.log(`transforms/${id}.ts, its line in transforms/index.ts and snapshots/${id}/basic/before are there.
Put a real file into the case, write run(), then: UPDATE=1 npx vitest run test/snapshots.test.ts -t ${id}`)

/** @param {string} path @param {string} text */
function put(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
