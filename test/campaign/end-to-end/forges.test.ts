import { afterEach, describe, expect, it } from 'vitest'
import { harden, inTemporaryProject, started } from '../../cli/harden.js'
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
  it('is planned, killed again and again while it is applied, and opens each pull request once', async () => {
    forge = await start({ repositories: fleet })
    const env = environmentOf(forge)
    writeCampaign(forge, names)

    const planned = await harden(['campaign', 'plan', 'campaign.yml', '--out', 'plan'], { env })
    expect(planned.stderr).not.toMatch(/defect/)
    expect(planned.code).toBe(0)
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
  }, 300_000)
})

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
    expect(code).toBe(0)
    return kills
  }
}
