import { afterEach, describe, expect, it } from 'vitest'
import { harden, inTemporaryProject } from '../../cli/harden.js'
import { type FakeGithub, startGithub } from '../forges/github-fake.js'
import { environmentOf, writeCampaign } from './fleet.js'

const NAMES = ['archived', 'closed', 'foreign', 'lost', 'merged', 'moved', 'plain', 'protected', 'stale'] as const
const FILES = { Dockerfile: 'FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCMD ["curl"]\n' }
const OURS = /harden\//

let forge: FakeGithub

inTemporaryProject()
afterEach(() => forge.dispose())

describe('whatever happens to a pull request', () => {
  it('ends in a state that says so, and a second run changes nothing', async () => {
    const named = (name: (typeof NAMES)[number]) => `acme/${name}`
    forge = await startGithub({ repositories: Object.fromEntries(NAMES.map((name) => [named(name), FILES])) })
    const env = environmentOf(forge)
    writeCampaign(forge, NAMES.map(named))
    const run = (...words: string[]) => harden(['campaign', ...words], { env })
    const states = async () => {
      const { stdout } = await run('status', 'plan', '--format', 'json')
      const { pulls } = JSON.parse(stdout) as { pulls: readonly { slug: string; state: string }[] }
      return Object.fromEntries(pulls.map(({ slug, state }) => [slug.split('/').at(-1), state]))
    }
    expect((await run('plan', 'campaign.yml', '--out', 'plan')).code).toBe(0)

    forge.archive(named('archived'))
    forge.rename(named('moved'), 'acme/renamed')
    forge.protect(named('protected'), 'harden/*')
    await forge.git.commit(named('stale'), 'main', { Dockerfile: `${FILES.Dockerfile}USER 1000\n` })
    await forge.git.commit(
      named('foreign'),
      'harden/harden-the-fleet/safe',
      { 'theirs.txt': 'work\n' },
      { from: 'main' },
    )
    // The pull request is made, and the answer says that it is not.
    forge.fault({ kind: 'lost answer', status: 502, body: { message: 'Bad gateway' }, on: /^POST .*\/lost\/pulls$/ })
    const limited = {
      message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    }
    forge.fault({
      kind: 'answer',
      status: 403,
      headers: { 'retry-after': '1' },
      body: limited,
      on: /^POST .*\/plain\/pulls$/,
    })

    const first = await run('apply', 'plan', '--yes')
    expect(first.stderr).not.toMatch(/defect/)
    expect(first.code).toBe(1)
    await forge.close(named('closed'), 1)
    await forge.merge(named('merged'), 1)

    const ends = {
      archived: 'blocked',
      closed: 'declined',
      foreign: 'conflicted',
      lost: 'open',
      merged: 'merged',
      moved: 'open',
      plain: 'open',
      protected: 'open',
      stale: 'stale',
    }
    expect((await run('apply', 'plan', '--yes')).code).toBe(1)
    expect(await states()).toEqual(ends)
    const before = forge.seen.filter(({ isContent }) => isContent).length
    expect((await run('apply', 'plan', '--yes')).code).toBe(1)
    expect(forge.seen.filter(({ isContent }) => isContent)).toHaveLength(before)
    for (const name of NAMES) {
      const pulls = await forge.pulls(name === 'moved' ? 'acme/renamed' : named(name))
      expect(pulls.filter(({ branch }) => OURS.test(branch)).length, name).toBeLessThanOrEqual(1)
    }
    expect(await forge.git.file(named('foreign'), 'harden/harden-the-fleet/safe', 'theirs.txt')).toBeDefined()

    // What was planned on an old commit is planned anew, and opened then.
    expect((await run('refresh', 'plan', '--yes')).stderr).not.toMatch(/defect/)
    expect((await states()).stale).toBe('waiting')
    await run('apply', 'plan', '--yes')
    expect((await states()).stale).toBe('open')
  }, 300_000)
})
