/** A whole review of a campaign over three repositories, by a person at a real terminal. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type PlanFolder, readPlan } from '../../src/campaign/folder.js'
import type { PullPlan } from '../../src/campaign/model.js'
import { harden, hasTerminal, inTemporaryProject, project, Terminal } from './harden.js'

const MINUTE = 60_000

inTemporaryProject()

const DOCKERFILE = `FROM debian:12
MAINTAINER Ada <ada@example.com>
ADD app /app
CMD ["/app/run"]
`
const REPOSITORIES = {
  api: { Dockerfile: DOCKERFILE, 'app/run': '#!/bin/sh\nexec sleep 1\n' },
  blog: { Dockerfile: DOCKERFILE, 'web/Dockerfile': 'FROM alpine:3.20\nMAINTAINER Eve\nCMD ["sleep", "1"]\n', 'app/run': 'x\n' },
  shop: { 'Dockerfile': DOCKERFILE.replaceAll('\n', '\r\n'), 'app/run': 'x\n', '.harden.yml': 'skip: [non-root-user]\n' },
} satisfies Record<string, Record<string, string>>

const git = (folder: string, ...words: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...words], {
    encoding: 'utf8',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  })

/** Three repositories beside each other, and a plan of them. */
async function planned(grouping = 'safe-together'): Promise<void> {
  for (const [name, files] of Object.entries(REPOSITORIES)) {
    const folder = join(project, name)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    git(project, 'init', '-q', '-b', 'main', folder)
    git(folder, 'add', '-A')
    git(folder, 'commit', '-qm', 'Begin')
  }
  writeFileSync(
    join(project, 'campaign.yml'),
    `name: Spring\nlevel: review\ngrouping: ${grouping}\nonly: [labelled-maintainer, copy-instead-of-add, non-root-user]\nrepositories: [./api, ./blog, ./shop]\n`,
  )
  const { code, stderr, stdout } = await harden(['campaign', 'plan', 'campaign.yml', '--out', 'plan'])
  expect(`${code} ${stderr} ${stdout}`).toMatch(/^0/)
}
const planIn = (): Promise<PlanFolder> => readPlan(join(project, 'plan'))

describe.skipIf(!hasTerminal)('a review of a campaign', { timeout: 2 * MINUTE }, () => {
  it('shows', async () => {
    await planned()
    const { plan } = await planIn()
    for (const r of plan.repositories) console.log(r.slug, r.state, 'pulls' in r ? r.pulls.map((p) => p.group + ':' + p.commits.map((c) => c.transform + c.fixes.length)) : r)
    const terminal = Terminal.open(['campaign', 'review', 'plan'], { env: { NO_COLOR: '1' } })
    await terminal.shows('[1/')
    console.log(terminal.text())
    await terminal.gives('y', '[2/')
    await terminal.gives('?', 'repository')
    console.log(terminal.text())
    await terminal.gives('q', '[2/')
    await terminal.gives('q', 'exactly')
    console.log(terminal.text())
    terminal.types('y')
    const end = await terminal.ended()
    console.log(end.code, terminal.text())
    console.log(readFileSync(join(project, 'plan/decisions.json'), 'utf8'))
    console.log(readdirSync(join(project, 'plan'), { recursive: true }))
  })
})
