import { afterEach, describe, expect, it } from 'vitest'
import type { CampaignPlan } from '../../../src/campaign/model.js'
import { harden, hasTerminal, inTemporaryProject, started, Terminal } from '../../cli/harden.js'
import type { FakeForge } from '../forges/fake-forge.js'
import { startGitea } from '../forges/gitea-fake.js'
import { startGithub } from '../forges/github-fake.js'
import { startGitlab } from '../forges/gitlab-fake.js'
import {
  changesSeen,
  environmentOf,
  expectNoToken,
  fleet,
  journalLines,
  names,
  planIn,
  pullsOf,
  weak,
  writeCampaign,
} from './fleet.js'

const forges = { GitHub: startGithub, GitLab: startGitlab, Gitea: startGitea }

let forge: FakeForge

inTemporaryProject()
afterEach(() => forge.dispose())

describe.each(Object.entries(forges))('a campaign over sixty repositories of %s', (_, start) => {
  it.skipIf(!hasTerminal)(
    'is planned, reviewed, applied, killed again and again, and opens each pull request once',
    async () => {
      forge = await start({ repositories: fleet })
      const env = environmentOf(forge)
      writeCampaign(forge, names)

      const planned = await harden(['campaign', 'plan', 'campaign.yml', '--out', 'plan'], { env })
      expect(planned.stderr).not.toMatch(/defect/)
      expect(planned.code).toBe(0)
      await reviewed(env)
      const plan = planIn('plan')
      expect(plan.repositories).toHaveLength(names.length)
      expect(plan.repositories.filter(({ state }) => state === 'changes')).toHaveLength(weak.length)
      expect(changesSeen(forge)).toBe(0)

      const kills = await applyKilled(env, 25)
      expect(kills).toBeGreaterThan(3)
      const pulls = await pullsOf(forge, names)
      for (const name of names) expect(pulls.get(name)!, name).toHaveLength(weak.includes(name) ? 1 : 0)
      for (const planned of plan.repositories) {
        const { address } = planned
        if (planned.state !== 'changes' || address.kind !== 'remote') continue
        const [pull] = pulls.get(address.name)!
        expect(pull).toMatchObject({ state: 'open', branch: planned.pulls[0]!.branch, base: 'main' })
        const tree = await forge.git.git(address.name, 'ls-tree', '-r', pull!.head)
        const files = new Map(
          planned.pulls[0]!.commits.flatMap((commit) => commit.files.map((file) => [file.path, file])),
        )
        for (const { path, after, mode } of files.values()) expect(tree).toContain(`${mode} blob ${after}\t${path}\n`)
      }

      const before = changesSeen(forge)
      const again = await harden(['campaign', 'apply', 'plan', '--yes'], { env })
      expect(again.code).toBe(0)
      expect(changesSeen(forge)).toBe(before)

      const status = await harden(['campaign', 'status', 'plan', '--format', 'json'], { env })
      expect(status.code).toBe(0)
      expect(status.stdout.match(/"state": ?"open"/g)).toHaveLength(weak.length)
      expectNoToken(env.FLEET_TOKEN)
    },
    300_000,
  )
})

/** A person at a terminal refuses the first fix that is asked about and accepts all others: the plan holds exactly those. */
async function reviewed(env: Record<string, string>): Promise<void> {
  const fixesIn = ({ repositories }: CampaignPlan) =>
    repositories.flatMap((one) =>
      one.state === 'changes'
        ? one.pulls.flatMap(({ commits }) => commits.map(({ transform }) => `${one.slug} ${transform}`))
        : [],
    )
  const before = fixesIn(planIn('plan'))
  const terminal = Terminal.open(['campaign', 'review', 'plan'], { env, columns: 160 })
  const first = /(acme\/service-\d+) services\/web\/Dockerfile:2 {2}labelled-maintainer/
  const [, name] = (await terminal.shows('[1/80]')).match(first)!
  await terminal.gives('n', '1 skipped  79 left')
  await terminal.gives(
    'A',
    `Make the plan hold exactly these ${weak.length} pull requests in ${weak.length} repositories?`,
  )
  terminal.types('y')
  expect((await terminal.ended()).code).toBe(0)
  expect(fixesIn(planIn('plan'))).toEqual(before.filter((fix) => !fix.endsWith(`${name} labelled-maintainer`)))
  expect(before).toHaveLength(80)
}

/** Runs apply, and kills it whenever it has written so many lines more; until it comes to its end. */
async function applyKilled(env: Record<string, string>, lines: number): Promise<number> {
  for (let kills = 0; ; kills++) {
    const begun = journalLines('plan').length
    const run = started(['campaign', 'apply', 'plan', '--yes'], { env })
    const watch = setInterval(() => {
      if (journalLines('plan').length >= begun + lines) run.kill('SIGKILL')
    }, 5)
    const { code, stderr } = await run.ended
    clearInterval(watch)
    if (code === null) continue
    expect(stderr).not.toMatch(/defect/)
    expect(code, stderr).toBe(0)
    return kills
  }
}
