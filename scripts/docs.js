// @ts-check
/**
 * Writes what is made of other files: transforms/README.md (the catalogue, and for each transform its doc and what it does
 * to its case `basic`) and the output shown in README.md. `npm run docs` writes both; `node scripts/docs.js --check` only
 * says which is stale.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
function readme() {
  const text = readFileSync(join(top, 'README.md'), 'utf8')
  const check = printed('check', 'examples/django-shop', '--no-color')
  const [patch = ''] = printed('fix', '--dry-run', '--review', 'examples/django-shop').split(
    /^(?=diff --git .*\/reports\/)/m,
  )
  return text
    .replace(
      /(\$ node bin\/harden\.js check examples\/django-shop\n)[\s\S]*?(\n```)/,
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

const pages = { 'transforms/README.md': catalogue, 'README.md': readme }
for (const [name, make] of Object.entries(pages)) {
  const path = join(top, name)
  const current = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const wanted = make()
  if (!process.argv.includes('--check')) writeFileSync(path, wanted)
  else if (current !== wanted) {
    console.error(`${name} is stale: run \`npm run docs\``)
    process.exitCode = 1
  }
}
