import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { harden, inTemporaryProject, project } from '../../cli/harden.js'
import { type FakeGithub, startGithub } from '../forges/github-fake.js'
import type { Files } from '../git-server.js'
import { environmentOf, expectNoToken, planIn, writeCampaign } from './fleet.js'

const WEAK = 'FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCMD ["curl"]\n'
const TRICKS = /[\x1b\x07\x9b\u202e\u2066\u200b]/

let forge: FakeGithub

inTemporaryProject()
afterEach(() => forge.dispose())

/** What strangers may put into a repository. Whoever runs `marker` has executed something of theirs. */
const adversaries = (marker: string, outside: string): Readonly<Record<string, Files>> => ({
  'evil/link': { Dockerfile: { link: outside }, 'app/Dockerfile': WEAK },
  'evil/bare': {
    Dockerfile: WEAK,
    'nested/HEAD': 'ref: refs/heads/main\n',
    'nested/config': `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = "touch ${marker};:"\n`,
    'nested/objects/x': '',
    'nested/refs/x': '',
  },
  'evil/filters': {
    Dockerfile: WEAK,
    '.gitattributes': '* filter=evil diff=evil merge=evil\n',
    '.gitconfig': `[filter "evil"]\n\tsmudge = touch ${marker}\n\tclean = touch ${marker}\n`,
    'hooks/post-checkout': { program: `#!/bin/sh\ntouch ${marker}\n` },
  },
  'evil/names': [
    ['-x/Dockerfile', WEAK],
    ['--upload-pack=touch x', 'x'],
    ['two words/Dockerfile', WEAK],
    ['a\nb/Dockerfile', WEAK],
    [Buffer.from([0x66, 0xff, 0xfe]), 'x'],
    ['\x1b]0;owned\x07/Dockerfile', WEAK],
    ['\u202eelif/Dockerfile', WEAK],
  ],
  'evil/sizes': {
    Dockerfile: `${WEAK}# ${'x'.repeat(3 << 20)}\n`,
    'binary/Dockerfile': Buffer.from([0x46, 0, 1, 2, 3]),
    'app/Dockerfile': WEAK,
  },
  'evil/bomb': {
    Dockerfile: WEAK,
    'compose.yaml': `${'a: '.repeat(5)}${'['.repeat(100_000)}`,
    'docker-compose.yml': `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replace(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}services: *h\n`,
  },
  'evil/plugin': {
    Dockerfile: WEAK,
    '.harden.yml': 'plugins: [./evil.mjs]\n',
    'evil.mjs': `import { writeFileSync } from 'node:fs'\nwriteFileSync('${marker}', '')\nexport default {}\n`,
  },
  'evil/words': {
    Dockerfile: `# \x1b[2J\u202e @everyone closes #1 <script>alert(1)</script> {{body}}\nFROM debian:12\nRUN apt-get update && apt-get install -y "\x1b[31m" curl\nMAINTAINER "<img src=x onerror=alert(1)> @acme/all \u202e"\n`,
    CODEOWNERS: '* @acme/all -x --evil someone@example.com\n',
  },
})

describe('repositories of adversaries', () => {
  it('are planned and published with nothing executed, nothing written elsewhere, and nothing told', async () => {
    const home = join(project, '..')
    const marker = join(home, 'marker')
    const outside = join(home, 'outside')
    writeFileSync(outside, WEAK)
    mkdirSync(join(home, 'template/hooks'), { recursive: true })
    writeFileSync(join(home, 'template/hooks/post-checkout'), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 })
    writeFileSync(
      join(home, '.gitconfig'),
      `[init]\n\ttemplateDir = ${home}/template\n[core]\n\thooksPath = ${home}/template/hooks\n\tfsmonitor = "touch ${marker};:"\n[filter "evil"]\n\tsmudge = touch ${marker}\n\trequired = true\n[credential]\n\thelper = "!touch ${marker};:"\n`,
    )
    const repositories = adversaries(marker, outside)
    forge = await startGithub({ repositories })
    const env = environmentOf(forge)
    writeCampaign(forge, Object.keys(repositories))
    const before = readdirSync(home)

    const planned = await harden(['campaign', 'plan', 'campaign.yml', '--out', 'plan', '--review'], { env })
    expect(planned.stderr).not.toMatch(/defect/)
    const plan = planIn('plan')
    expect(plan.repositories).toHaveLength(Object.keys(repositories).length)
    const applied = await harden(['campaign', 'apply', 'plan', '--yes'], { env })
    expect(applied.stderr).not.toMatch(/defect/)
    expect(applied.code).toBe(0)

    const published = plan.repositories.filter(({ state }) => state === 'changes')
    expect(published.length).toBeGreaterThanOrEqual(6)
    for (const { address } of published) {
      if (address.kind === 'remote') expect(await forge.pulls(address.name), address.name).not.toHaveLength(0)
    }
    expect(existsSync(marker)).toBe(false)
    expect(readFileSync(outside, 'utf8')).toBe(WEAK)
    const added = readdirSync(home).filter((name) => !before.includes(name))
    expect(added).toEqual(['state'])
    expect(readdirSync(project).sort()).toEqual(['.git', 'campaign.yml', 'plan'])
    for (const { stdout, stderr } of [planned, applied]) expect(stdout + stderr).not.toMatch(TRICKS)
    for (const page of ['summary.md', 'review.html']) {
      expect(readFileSync(join(project, 'plan', page), 'utf8'), page).not.toMatch(TRICKS)
    }
    for (const pull of await forge.pulls('evil/words')) {
      expect(pull.title + pull.body).not.toMatch(/[\x1b\u202e]|<script|<img|(?<![\w`\u200b])@everyone/)
    }
    expectNoToken(env.FLEET_TOKEN)
  }, 300_000)
})
