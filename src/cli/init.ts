import { existsSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { findRoot } from '../disk.js'
import { escaped } from '../escape.js'
import { enter } from './enter.js'
import { CODES, UsageError } from './errors.js'
import { print } from './terminal.js'

export interface InitOptions {
  readonly cwd?: string
  readonly quiet?: boolean
}

const NAME = '.harden.yml'
const OTHERS = ['.harden.yaml', '.harden.json']

/** Writes a commented configuration into the root of the project, and prints what a pipeline needs. */
export async function init(options: InitOptions): Promise<number> {
  const cwd = enter(options.cwd)
  const { root } = findRoot(cwd)
  const path = join(root, NAME)
  const shown = escaped(relative(cwd, path))
  const other = OTHERS.find((name) => existsSync(join(root, name)))
  if (other) throw new UsageError(`${other} exists already; edit that.`)
  try {
    writeFileSync(path, CONFIGURATION, { flag: 'wx' })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EEXIST') throw new UsageError(`${shown} exists already; edit it, or delete it first.`)
    throw new UsageError(`${shown} cannot be written: ${(error as Error).message}.`)
  }
  if (!options.quiet) await print(`Wrote ${shown}. Nothing in it is switched on yet.\n\n${SNIPPETS}`)
  return CODES.clean
}

const CONFIGURATION = `# yaml-language-server: $schema=node_modules/harden/docs/harden.schema.json
# What harden should know about this project. All of it is optional: take away the # in front of a key to switch it on.
# harden list shows the transforms, harden explain ID says more about one.

# Run only these transforms, or leave some out.
#only: [non-root-user, unique-requirements]
#skip: [unique-requirements]

# How bad a finding is, where you see it differently: high, medium, low or off.
#severity:
#  non-root-user: medium

# Where to look. Patterns are those of .gitignore.
#paths:
#  include: [services/]
#  exclude: [examples/]

# Settings of single transforms; harden explain ID names them.
#options:
#  non-root-user:
#    uid: 10001

# What stays as it is, and why. From the day after "until" on it is reported again. What stays in one place only is
# better said there, in a comment on the line above: harden: keep non-root-user
#ignore:
#  - transform: non-root-user
#    path: tools/Dockerfile
#    reason: runs on build machines only
#    until: 2030-12-31
`

/** The package is installed by the project itself, so that no stranger's package of that name is ever run. */
const SNIPPETS = `In GitHub Actions, with harden among the project's devDependencies:

  - uses: actions/checkout@v4
  - uses: actions/setup-node@v4
  - run: npm ci
  - run: npx --no-install harden check --format github

With pre-commit, in .pre-commit-config.yaml:

  repos:
    - repo: local
      hooks:
        - id: harden
          name: harden
          language: system
          entry: npx --no-install harden check
          files: '(?i)(dockerfile|containerfile|compose|requirements|constraints)'
`
