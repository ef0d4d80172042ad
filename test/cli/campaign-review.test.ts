/** A whole review of a campaign over three repositories, by a person at a real terminal. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type PlanFolder, readPlan } from '../../src/campaign/folder.js'
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
  blog: {
    Dockerfile: DOCKERFILE,
    'web/Dockerfile': 'FROM alpine:3.20\nMAINTAINER Eve\nCMD ["sleep", "1"]\n',
    'app/run': 'x\n',
  },
  shop: { Dockerfile: DOCKERFILE.replaceAll('\n', '\r\n'), 'app/run': 'x\n', '.harden.yml': 'skip: [non-root-user]\n' },
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
const decisions = () => join(project, 'plan', 'decisions.json')
const bytes = () => readFileSync(join(project, 'plan', 'plan.json'), 'utf8')
const pullsOf = ({ plan }: PlanFolder) =>
  plan.repositories.flatMap((each) =>
    each.state === 'changes' ? each.pulls.map((pull) => ({ slug: each.slug, pull })) : [],
  )
const nameOf = (slug: string) => slug.split('/')[1]!

/** What the plan's patches make of a file, by git itself, on a copy of its repository. */
async function patched(name: string, path: string): Promise<string> {
  const folder = await planIn()
  const copy = join(project, `copy-of-${name}`)
  rmSync(copy, { recursive: true, force: true })
  cpSync(join(project, name), copy, { recursive: true })
  for (const { slug, pull } of pullsOf(folder).filter((each) => nameOf(each.slug) === name))
    for (const { patch } of pull.commits)
      execFileSync('git', ['apply', '--whitespace=nowarn', '-'], {
        cwd: copy,
        input: folder.patch(`${slug}/${pull.group}/${patch.file}`),
      })
  return readFileSync(join(copy, path), 'utf8')
}

describe.skipIf(!hasTerminal)('a review of a campaign', { timeout: 2 * MINUTE }, () => {
  it('is done in two sittings, and leaves a plan of exactly what was accepted', async () => {
    await planned()
    const untouched = bytes()
    const terminal = Terminal.open(['campaign', 'review', 'plan'], { env: { EDITOR: 'sed -i s/Ada/Eve/' } })
    expect(await terminal.shows('[1/8]')).toContain('harden campaign review')
    expect(terminal.text()).toContain('api Dockerfile:2  labelled-maintainer')
    await terminal.gives('y', '[2/8]  1 accepted  7 left')
    expect(terminal.text()).toContain('blog Dockerfile:2')
    // All of this rule in all repositories that are left, then back.
    await terminal.gives('R', '3 skipped  4 left')
    await terminal.gives('u', '[2/8]  1 accepted  7 left')
    await terminal.gives('e', 'this is what you wrote')
    await terminal.gives('y', '[3/8]  2 accepted  6 left')
    expect(terminal.text()).toContain('blog web/Dockerfile:2')
    await terminal.gives('n', '[4/8]  2 accepted  1 skipped  5 left')
    expect(terminal.text()).toContain('shop Dockerfile:2')
    await terminal.gives('w', 'nothing is written in between')
    await terminal.gives('f', 'filter:')
    await terminal.gives('file:shop/*\r', '[1/2 of 8]')
    await terminal.gives('\x1b', '[4/8]')
    await terminal.gives('O', '[5/8]  2 accepted  3 skipped  3 left')
    await terminal.gives('q', 'Make the plan hold exactly these 2 pull requests in 2 repositories?')
    expect(terminal.text()).toMatch(/What is not\s+decided is left out/)
    terminal.types('l')
    expect((await terminal.ended()).code).toBe(0)
    expect(terminal.text()).toContain('The plan is as it was. 5 answers kept.')
    expect(bytes()).toBe(untouched)

    const resumed = Terminal.open(['campaign', 'review', 'plan'])
    expect(await resumed.shows('[5/8]')).toContain('5 answers taken up')
    await resumed.gives('n', '[6/8]  2 accepted  4 skipped')
    await resumed.gives('o', '[8/8]  3 accepted  4 skipped')
    expect(resumed.text()).toContain('blog web/Dockerfile:3  non-root-user  high  [review]')
    await resumed.gives('n', '8 fixes: 3 accepted, 5 skipped.')
    expect(resumed.text()).toMatch(/blog {2}safe {2}2 fixes, 1 file {2}\+2 -2/)
    resumed.types('y')
    expect((await resumed.ended()).code).toBe(0)
    expect(resumed.text()).toContain('The plan holds exactly 2 pull requests in 2 repositories: 3 fixes.')

    const reviewed = await planIn()
    expect(pullsOf(reviewed).map(({ slug, pull }) => `${nameOf(slug)} ${pull.group}`)).toEqual([
      'api safe',
      'blog safe',
    ])
    const labelled = DOCKERFILE.replace('MAINTAINER Ada <ada@example.com>', 'LABEL maintainer="Ada <ada@example.com>"')
    expect(await patched('api', 'Dockerfile')).toBe(labelled)
    expect(await patched('blog', 'Dockerfile')).toBe(labelled.replace('"Ada', '"Eve').replace('ADD', 'COPY'))
    expect(await patched('blog', 'web/Dockerfile')).toBe(REPOSITORIES.blog['web/Dockerfile'])
    expect(await patched('shop', 'Dockerfile')).toBe(REPOSITORIES.shop.Dockerfile)
    const page = readFileSync(join(project, 'plan', 'review.html'), 'utf8')
    expect(page).toContain(reviewed.plan.hash)
    for (const name of Object.keys(REPOSITORIES)) expect(git(join(project, name), 'status', '--porcelain')).toBe('')
  })

  it('leaves the plan as it was when it is interrupted, and keeps the answers', async () => {
    await planned()
    const untouched = bytes()
    const terminal = Terminal.open(['campaign', 'review', 'plan'])
    await terminal.shows('[1/8]')
    await terminal.gives('y', '[2/8]')
    terminal.types('\x03')
    const { code, stdout } = await terminal.ended()
    expect(code).toBe(130)
    expect(stdout).toContain('interrupted, the plan is as it was.')
    expect(bytes()).toBe(untouched)
    // Planned again into the same folder, the answers are still there.
    expect((await harden(['campaign', 'plan', 'campaign.yml', '--out', 'plan'])).code).toBe(0)
    const again = Terminal.open(['campaign', 'review', 'plan'])
    expect(await again.shows('[2/8]')).toContain('1 answer taken up')
    await again.gives('q', 'exactly this pull request')
    await again.gives('d', 'The plan is as it was.')
    await again.ended()
    expect(existsSync(decisions())).toBe(false)
    expect(bytes()).toBe(untouched)
  })

  it('makes nothing of a review in which nothing was answered', async () => {
    await planned()
    const terminal = Terminal.open(['campaign', 'review', 'plan'])
    await terminal.shows('[1/8]')
    await terminal.gives('q', 'Nothing is answered yet, so the plan stays as it is.')
    await terminal.gives('y', 'nothing is answered yet')
    await terminal.gives('l', 'The plan is as it was.')
    expect((await terminal.ended()).code).toBe(0)
  })

  it('goes line by line for a screen reader, and redraws nothing', async () => {
    await planned('one')
    const terminal = Terminal.open(['campaign', 'review', 'plan'], {
      env: { ACCESSIBLE: '1' },
      columns: 250,
      rows: 60,
    })
    await terminal.shows('Fix 1 of 8.')
    expect(terminal.text()).toContain('File api Dockerfile, line 2.')
    await terminal.gives('r\n', 'Accepted 4.')
    await terminal.gives('q\n', 'Make the plan hold exactly these 3 pull requests in 3 repositories?')
    terminal.types('y\n')
    const { code, stdout } = await terminal.ended()
    expect(code).toBe(0)
    expect(stdout).not.toMatch(/\x1b\[[\d;?]*[A-HJKfhlsu]/)
    expect(await patched('shop', 'Dockerfile')).toContain('LABEL maintainer="Ada <ada@example.com>"\r\nADD app')
  })

  it('draws nothing wider than the screen, and says what else is in the plan', async () => {
    await planned()
    rmSync(join(project, 'shop'), { recursive: true })
    const terminal = Terminal.open(['campaign', 'review', 'plan'])
    await terminal.shows('[1/6]')
    await terminal.gives('y', '[2/6]')
    await terminal.gives('q', /It stays as planned,\s+with 1 pull request\./)
    expect(terminal.lines()[0]).toContain('harden campaign review')
    terminal.types('y')
    expect((await terminal.ended()).code).toBe(1)
    expect(pullsOf(await planIn()).map(({ slug }) => nameOf(slug))).toEqual(['api', 'shop'])
  })
})

describe('without a terminal', { timeout: 2 * MINUTE }, () => {
  const decided = async () => {
    const { plan } = await planIn()
    const [first] = pullsOf(await planIn())
    return { campaign: plan.campaign.id, plan: plan.hash, repository: first!.slug, group: first!.pull.group }
  }

  it('says what can be done instead', async () => {
    await planned()
    const { code, stderr } = await harden(['campaign', 'review', 'plan'])
    expect(code).toBe(2)
    for (const other of ['plan/summary.md', 'plan/review.html', '--decisions FILE']) expect(stderr).toContain(other)
  })

  it.skipIf(!hasTerminal)('does what a review has decided before, and says what it lost', async () => {
    await planned()
    const terminal = Terminal.open(['campaign', 'review', 'plan'])
    await terminal.shows('[1/8]')
    await terminal.gives('A', 'accepted 7')
    terminal.types('\x03')
    await terminal.ended()
    cpSync(decisions(), join(project, 'kept.json'))
    rmSync(join(project, 'plan'), { recursive: true })

    writeFileSync(join(project, 'api', 'Dockerfile'), DOCKERFILE.replace('Ada', 'Eve'))
    git(join(project, 'api'), 'commit', '-qam', 'Change hands')
    expect((await harden(['campaign', 'plan', 'campaign.yml', '--out', 'plan'])).code).toBe(0)
    const { code, stdout, stderr } = await harden(['campaign', 'review', 'plan', '--decisions', 'kept.json'])
    expect(stderr).toContain('6 answers taken up from kept.json.')
    expect(stderr).toMatch(/local\/api\/\w+, safe: 1 answer no longer fit/)
    expect(stderr).toContain('2 not decided: left out of the plan.')
    expect(stdout).toContain('The plan holds exactly 3 pull requests in 3 repositories: 6 fixes.')
    expect(code).toBe(1)
    expect(await patched('api', 'Dockerfile')).toBe(DOCKERFILE.replace('Ada', 'Eve').replace('ADD', 'COPY'))
  })

  it('takes no decisions that are none, of another campaign, or that do not fit, and changes nothing', async () => {
    await planned()
    const untouched = bytes()
    const of = await decided()
    const file = (campaign: string, id: string) =>
      JSON.stringify({
        version: 'harden-decisions-1',
        campaign,
        plan: of.plan,
        decisions: [{ repository: of.repository, group: of.group, verb: 'skip', of: [{ id }] }],
      })
    for (const [text, why] of [
      ['{}', 'does not hold the decisions of a review'],
      [file('other', 'x'), 'holds decisions about another campaign, other'],
      [file(of.campaign, '000000000000'), 'none of the decisions in kept.json fits this plan'],
    ] as const) {
      writeFileSync(join(project, 'kept.json'), text)
      const { code, stderr } = await harden(['campaign', 'review', 'plan', '--decisions', 'kept.json'])
      expect(stderr).toContain(why)
      expect(code).toBe(2)
    }
    expect((await harden(['campaign', 'review', 'plan', '--decisions', 'nowhere.json'])).stderr).toContain(
      'no such file',
    )
    expect(bytes()).toBe(untouched)
  })

  it('refuses a plan of which something was published', async () => {
    await planned()
    writeFileSync(join(project, 'plan', 'journal.ndjson'), '')
    const { code, stderr } = await harden(['campaign', 'review', 'plan', '--decisions', 'kept.json'])
    expect(stderr).toContain('this plan has been applied, in part or in full')
    expect(code).toBe(2)
  })
})
