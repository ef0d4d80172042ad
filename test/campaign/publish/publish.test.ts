import { describe, expect, it } from 'vitest'
import { ForgeError } from '../../../src/campaign/forge.js'
import type { PullReport } from '../../../src/campaign/model.js'
import { markerOf } from '../../../src/campaign/publish/marker.js'
import type { ChangesPlan } from '../../../src/campaign/publish/site.js'
import { AFTER, apply, FILES, type Stage, stageOf } from './stage.js'

const statesOf = (reports: readonly PullReport[]) => reports.map(({ state }) => state)
const textsAt = ({ world }: Stage, commit: string) =>
  Object.fromEntries([...world.commits.get(commit)!.tree].map(([path, { bytes }]) => [path, bytes.toString()]))

describe('apply', () => {
  it('opens exactly what was planned, and the second time nothing', async () => {
    const stage = stageOf(3)
    const { reports } = await apply(stage)
    expect(statesOf(reports)).toEqual(Array(6).fill('open'))
    for (const { branches, pulls } of stage.world.repositories) {
      for (const group of ['safe', 'healthcheck'] as const) {
        const tip = branches.get(`harden/spring/${group}`)!
        expect(textsAt(stage, tip)).toEqual({ ...FILES, ...AFTER[group] })
        const [pull] = pulls.filter(({ branch }) => branch === `harden/spring/${group}`)
        expect(markerOf(pull!.body)).toMatchObject({ campaign: 'spring', group, plan: stage.plan.hash, head: tip })
        expect(pull!.labels).toEqual(['hardening'])
      }
    }
    const [changes, entries] = [stage.world.changes.length, stage.journal.length]
    expect((await apply(stage)).reports).toEqual(reports)
    expect(stage.world.changes).toHaveLength(changes)
    expect(stage.journal).toHaveLength(entries + 1)
  })

  it('finds everything again without its journal', async () => {
    const stage = stageOf(2)
    await apply(stage)
    stage.journal.length = 0
    const changes = stage.world.changes.length
    expect(statesOf((await apply(stage)).reports)).toEqual(Array(4).fill('open'))
    expect(stage.world.changes).toHaveLength(changes)
  })

  it.each([
    ['git', false],
    ['auto', true],
    ['api', false],
  ] as const)('commits by %s (branches protected: %s)', async (commits, isProtected) => {
    const stage = stageOf(1, { commits })
    const [repository] = stage.world.repositories
    repository!.isProtected = isProtected
    expect(statesOf((await apply(stage)).reports)).toEqual(['open', 'open'])
    expect(textsAt(stage, repository!.branches.get('harden/spring/healthcheck')!)).toEqual({
      ...FILES,
      ...AFTER.healthcheck,
    })
    const changes = stage.world.changes.length
    expect(stage.world.changes.some(({ what }) => what.startsWith('push'))).toBe(commits === 'git')
    await apply(stage)
    expect(stage.world.changes).toHaveLength(changes)
  })

  it('says so where a branch wants other commits than it may make', async () => {
    const stage = stageOf(1, { commits: 'git' })
    stage.world.repositories[0]!.isProtected = true
    const { reports } = await apply(stage)
    expect(reports[0]).toMatchObject({ state: 'blocked', reason: 'commits must have verified signatures' })
    expect(stage.world.changes).toEqual([])
  })

  it('opens nothing else than was reviewed', async () => {
    for (const [spoil, reason] of [
      [(patch: Buffer) => Buffer.from(patch.toString().replaceAll('+', '+ ')), 'is not the patch that was reviewed'],
      [() => Buffer.alloc(0), 'is not the patch that was reviewed'],
    ] as const) {
      const stage = stageOf(1)
      for (const [place, patch] of stage.patches) stage.patches.set(place, spoil(patch))
      const { reports } = await apply(stage)
      expect(statesOf(reports)).toEqual(['failed', 'failed'])
      expect(reports[1]!.reason).toContain(reason)
      expect(stage.world.changes).toEqual([])
    }
  })

  it('opens nothing that does not come out as it was reviewed', async () => {
    const stage = stageOf(1)
    const text = JSON.stringify(stage.plan)
    const [first] = stage.plan.repositories
    const { after, before } = (first as ChangesPlan).pulls[0]!.commits[0]!.files[0]!
    for (const [from, to, reason] of [
      [after, 'c'.repeat(40), 'the patch does not make of Dockerfile what was reviewed'],
      [before!, 'c'.repeat(40), 'Dockerfile is not as it was planned'],
      ['"mode":"100644"', '"mode":"100755"', 'Dockerfile is not as it was planned'],
    ] as const) {
      const { reports } = await apply({ ...stage, plan: JSON.parse(text.replace(from, to)) })
      expect(reports[0]).toMatchObject({ reason })
    }
    expect(stage.world.changes.filter(({ what }) => what.endsWith('safe'))).toEqual([])
  })

  it('goes on where the base has moved, and not where what it rests on has changed', async () => {
    const stage = stageOf(2)
    const [calm, changed] = stage.world.repositories
    stage.world.humanCommit(calm!, 'main', 'src/new', 'x')
    stage.world.humanCommit(changed!, 'main', 'compose.yml', 'services: {db: {}}\n')
    const { reports } = await apply(stage)
    expect(statesOf(reports)).toEqual(['open', 'open', 'stale', 'stale'])
    expect(textsAt(stage, reports[0]!.head!)).toEqual({ ...FILES, ...AFTER.safe, 'src/new': 'x' })
    expect(changed!.branches.size).toBe(1)
  })

  it('notices a file that was only looked for', async () => {
    const stage = stageOf(1)
    stage.world.humanCommit(stage.world.repositories[0]!, 'main', 'missing', 'here now')
    expect(statesOf((await apply(stage)).reports)).toEqual(['stale', 'stale'])
  })

  it('leaves alone what is not its own', async () => {
    const stage = stageOf(3)
    const [branch, pull, edited] = stage.world.repositories
    stage.world.humanCommit(branch!, 'harden/spring/safe', 'mine', 'x')
    stage.world.humanCommit(pull!, 'harden/spring/safe', 'mine', 'x')
    pull!.pulls.push({
      number: 1,
      url: 'u',
      state: 'open',
      title: '',
      body: '',
      branch: 'harden/spring/safe',
      base: 'main',
      draft: false,
      labels: [],
      comments: [],
    })
    await apply({ ...stage, plan: { ...stage.plan, repositories: [stage.plan.repositories[2]!] } })
    stage.world.humanCommit(edited!, 'harden/spring/safe', 'mine', 'x')
    const { reports } = await apply(stage)
    expect(statesOf(reports)).toEqual(['conflicted', 'open', 'conflicted', 'open', 'conflicted', 'open'])
    expect(stage.world.wrongs).toEqual([])
  })

  it('respects what people did with its pull requests', async () => {
    const stage = stageOf(2)
    await apply(stage)
    const [closed, merged] = stage.world.repositories
    Object.assign(closed!.pulls[0]!, { state: 'closed' })
    Object.assign(merged!.pulls[0]!, { state: 'merged' })
    merged!.branches.delete('harden/spring/safe')
    const changes = stage.world.changes.length
    expect(statesOf((await apply(stage)).reports)).toEqual(['declined', 'open', 'merged', 'open'])
    expect(stage.world.changes).toHaveLength(changes)

    expect(statesOf((await apply(stage, { reopen: true })).reports)).toEqual(['open', 'open', 'merged', 'open'])
    expect(stage.world.changes.slice(changes).map(({ what }) => what)).toEqual(['reopen 1'])
  })

  it('opens another one where the branch of a closed one is gone', async () => {
    const stage = stageOf(1)
    await apply(stage)
    const [repository] = stage.world.repositories
    Object.assign(repository!.pulls[0]!, { state: 'closed' })
    repository!.branches.delete('harden/spring/safe')
    const { reports } = await apply(stage, { reopen: true })
    expect(reports[0]).toMatchObject({ state: 'open', number: 3 })
  })

  it('follows a repository that has moved, and says why it may not', async () => {
    const stage = stageOf(4)
    const [moved, archived, forbidden, gone] = stage.world.repositories
    // An address that the forge still knows by its old name.
    const [first] = stage.plan.repositories
    Object.assign(first!, { address: { ...first!.address, name: 'acme/new-old' } })
    moved!.name = 'acme/new'
    archived!.isArchived = true
    forbidden!.mayPush = false
    gone!.name = 'elsewhere/else'
    const { reports } = await apply(stage)
    expect(reports.filter((_, i) => i % 2 === 0)).toMatchObject([
      { state: 'open', reason: 'it is called acme/new now' },
      { state: 'blocked', reason: 'it is archived' },
      { state: 'blocked', reason: 'the token may not push to it' },
      { state: 'blocked', reason: 'there is no such repository' },
    ])
  })

  it('updates what is open for another plan, and nothing that stayed the same', async () => {
    const stage = stageOf(2)
    await apply(stage)
    const [first, second] = stage.plan.repositories
    if (first?.state !== 'changes') throw new Error('unreachable')
    const [safe, other] = first.pulls
    const pulls = [{ ...safe!, title: 'Better words', body: 'More of them.\n' }, other!]
    stage.plan = { ...stage.plan, hash: `sha256:${'1'.repeat(64)}`, repositories: [{ ...first, pulls }, second!] }
    const changes = stage.world.changes.length
    expect(statesOf((await apply(stage)).reports)).toEqual(Array(4).fill('open'))
    expect(stage.world.changes.slice(changes).map(({ what }) => what)).toEqual(['update 1', 'decorate 1'])
    expect(stage.world.repositories[0]!.pulls[0]!.title).toBe('Better words')
  })

  it('asks nothing more once the token is refused', async () => {
    const stage = stageOf(5)
    stage.world.faults = [...Array(9).fill(undefined), 'unauthorised']
    await expect(apply(stage)).rejects.toThrow(ForgeError)
    // Those that were under way at the same time come to their end; no other begins.
    expect(stage.world.requests).toBeLessThanOrEqual(10 + 3)
  })

  it('opens no more than it may', async () => {
    const stage = stageOf(3)
    const opened = async () =>
      statesOf((await apply(stage, { maxPulls: 4 })).reports).filter((s) => s === 'open').length
    expect(await opened()).toBe(4)
    expect(await opened()).toBe(6)
  })

  it('opens one wave after the other, unless too much of the last one failed', async () => {
    const stage = stageOf(6, { waves: [1, 2] })
    const states = async () => statesOf((await apply(stage)).reports).filter((state) => state === 'open').length
    expect(await states()).toBe(2)
    expect(await states()).toBe(6)
    stage.world.repositories[1]!.checks = 'failed'
    const { reports, stopped } = await apply(stage)
    expect(stopped).toBe('the checks of 2 of 6 pull requests so far have failed')
    expect(statesOf(reports).filter((state) => state === 'waiting')).toHaveLength(6)
    stage.world.repositories[1]!.checks = 'passed'
    for (const { pulls } of stage.world.repositories.slice(0, 2)) Object.assign(pulls[0]!, { state: 'closed' })
    expect((await apply(stage)).stopped).toBe('2 of 6 pull requests so far were closed without being merged')
    for (const { pulls } of stage.world.repositories.slice(0, 2)) Object.assign(pulls[0]!, { state: 'merged' })
    expect(await states()).toBe(10)
  })
})
