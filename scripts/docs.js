// @ts-check
/**
 * Writes transforms/README.md: the catalogue, and for each transform its doc and what it does to its case `basic`.
 * `npm run docs` writes it; `node scripts/docs.js --check` only says whether it is stale.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import { transforms } from 'harden'

const top = join(import.meta.dirname, '..')

/** The page as it should be. */
export function catalogue() {
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

if (process.argv[1] === import.meta.filename) {
  const page = join(top, 'transforms', 'README.md')
  const current = existsSync(page) ? readFileSync(page, 'utf8') : ''
  if (!process.argv.includes('--check')) writeFileSync(page, catalogue())
  else if (current !== catalogue()) {
    console.error('transforms/README.md is stale: run `npm run docs`')
    process.exitCode = 1
  }
}
