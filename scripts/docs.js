// @ts-check
/**
 * Writes what is made of other files: transforms/README.md (the catalogue, and for each transform its doc and what it does
 * to its case `basic`) and the output shown in README.md. `npm run docs` writes both; `node scripts/docs.js --check` only
 * says which is stale.
 */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import xterm from '@xterm/headless'
import { createTwoFilesPatch } from 'diff'
import { transforms } from 'harden'

const top = join(import.meta.dirname, '..')

/** The page as it should be. */
function catalogue() {
  const rows = transforms.map(
    ({ id, title, on, severity, references }) =>
      `| [\`${id}\`](#${id}) | ${title} | ${on} | ${severity} | ${references.join(', ') || '–'} |`,
  )
  const entries = transforms.map(({ id, title, doc }) =>
    [`## ${id}`, `**${title}.**`, doc.trim().replaceAll(/^## /gm, '### '), example(id)].join('\n\n'),
  )
  return [
    '# The transforms',
    'Written by `npm run docs` from the transforms and their cases; the order is the order of work.',
    ['| id | does | reads | severity | the same concern elsewhere |', '|---|---|---|---|---|', ...rows].join('\n'),
    ...entries,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

/**
 * What the transform does to its plainest case, as a diff.
 * @param {string} id
 */
function example(id) {
  const before = join(top, 'snapshots', id, 'basic', 'before')
  const after = join(top, 'snapshots', id, 'basic', 'after')
  // What only ever gives a hint shows that.
  if (!existsSync(after)) {
    const report = readFileSync(join(top, 'snapshots', id, 'basic', 'findings.txt'), 'utf8')
    return ['```text', report.trimEnd(), '```'].join('\n')
  }
  const paths = readdirSync(after, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(after.length + 1))
    .sort()
  const patches = paths.flatMap((path) => {
    const old = existsSync(join(before, path)) ? readFileSync(join(before, path), 'utf8') : ''
    const now = readFileSync(join(after, path), 'utf8')
    const patch = createTwoFilesPatch(path, path, old, now, '', '', { context: 3 })
    return old === now ? [] : [patch.slice(patch.indexOf('---')).trimEnd()]
  })
  return ['```diff', ...patches, '```'].join('\n')
}

/** The README with what the commands it shows print today. */
async function readme() {
  const text = readFileSync(join(top, 'README.md'), 'utf8')
  const check = printed('check', '--quiet', 'examples/django-shop', '--no-color')
  const [patch = ''] = printed('fix', '--dry-run', '--review', 'examples/django-shop').split(/^(?=diff --git )/m)
  // A screen needs a terminal; where none can be made, the one that is shown stays.
  const hasTerminal = spawnSync('python3', ['-c', 'import pty']).status === 0
  const screen = hasTerminal ? await screenAfter(['y', 'n', 'y'], '[4/') : undefined
  return text
    .replace(/(<!-- screen -->\n```text\n)([\s\S]*?)(\n```)/, (_, head, old, tail) => head + (screen ?? old) + tail)
    .replace(
      /(\$ node bin\/harden\.js check --quiet examples\/django-shop\n)[\s\S]*?(\n```)/,
      (_, head, tail) => head + check + tail,
    )
    .replace(/(```diff\n)[\s\S]*?(\n```)/, (_, head, tail) => head + patch.trimEnd() + tail)
}

/** What harden prints in the repository, 80 columns wide. @param {string[]} args */
function printed(...args) {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', COLUMNS: '80' }
  const { stdout } = spawnSync(process.execPath, ['bin/harden.js', ...args], { cwd: top, encoding: 'utf8', env })
  return stdout.trimEnd()
}

/**
 * The review screen of the sample as a person sees it, on a terminal of 80 by 24, once some keys have been pressed.
 * @param {string[]} keys
 * @param {string} wanted what the last of them leads to
 */
async function screenAfter(keys, wanted) {
  const folder = mkdtempSync(join(tmpdir(), 'harden-docs-'))
  try {
    cpSync(join(top, 'examples/django-shop'), join(folder, 'shop'), { recursive: true })
    const command = [
      join(top, 'test/cli/terminal.py'),
      '80',
      '24',
      process.execPath,
      join(top, 'bin/harden.js'),
      'fix',
      '-i',
    ]
    const env = {
      ...process.env,
      NO_COLOR: '1',
      LC_ALL: 'C.UTF-8',
      TERM: 'xterm',
      XDG_STATE_HOME: join(folder, 'state'),
    }
    const child = spawn('python3', command, { cwd: join(folder, 'shop'), env })
    const screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true })
    child.stdout.on('data', (chunk) => screen.write(chunk))
    const lines = () =>
      Array.from({ length: 24 }, (_, i) => screen.buffer.active.getLine(i)?.translateToString(true) ?? '')
    for (const text of ['[1/', ...keys.map((_, i) => `[${i + 2}/`), wanted]) {
      for (let i = 0; i < 200 && !lines().join('\n').includes(text); i++) await sleep(50)
      await sleep(150)
      const key = keys.shift()
      if (key) child.stdin.write(`${JSON.stringify({ keys: key })}\n`)
    }
    const shown = lines().join('\n').trimEnd()
    child.kill()
    return shown
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const pages = { 'transforms/README.md': catalogue, 'README.md': readme }
for (const [name, make] of Object.entries(pages)) {
  const path = join(top, name)
  const current = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const wanted = await make()
  if (!process.argv.includes('--check')) writeFileSync(path, wanted)
  else if (current !== wanted) {
    console.error(`${name} is stale: run \`npm run docs\``)
    process.exitCode = 1
  }
}
