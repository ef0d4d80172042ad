import { describe, expect, it } from 'vitest'
import type { CampaignPlan, PlannedRepository, PullReport } from '../../../src/campaign/model.js'
import { closeCampaign } from '../../../src/campaign/publish/close.js'
import { publishRefreshed, replanned } from '../../../src/campaign/publish/refresh.js'
import type { ChangesPlan } from '../../../src/campaign/publish/site.js'
import { surveyCampaign } from '../../../src/campaign/publish/survey.js'
import { apply, processOn, type Stage, stageOf } from './stage.js'
import { Death } from './world.js'

const statesOf = (reports: readonly PullReport[]) => reports.map(({ state }) => state)
const whats = ({ world }: Stage, from: number) => world.changes.slice(from).map(({ what }) => what)

describe('status', () => {
  it('says where everything stands, and changes nothing', async () => {
    const stage = stageOf(3)
    const [one, two, three] = stage.plan.repositories
    await apply({ ...stage, plan: { ...stage.plan, repositories: [one!, two!] } })
    const [first, second] = stage.world.repositories
    first!.checks = 'failed'
    Object.assign(second!.pulls[0]!, { state: 'merged' })
    stage.world.humanCommit(second!, 'harden/spring/healthcheck', 'theirs', 'x')
    const [changes, entries] = [stage.world.changes.length, stage.journal.length]
    const reports = await surveyCampaign({ ...stage.plan, repositories: [one!, two!, three!] }, processOn(stage))
    expect(reports.map(({ state, checks }) => [state, checks])).toEqual([
      ['open', 'failed'],
      ['open', 'failed'],
      ['merged', undefined],
      ['conflicted', undefined],
      ['planned', undefined],
      ['planned', undefined],
    ])
    expect([stage.world.changes.length, stage.journal.length]).toEqual([changes, entries])
  })
})

describe('close', () => {
  it('closes ours alone, with one comment each, and keeps what others have worked on', async () => {
    const stage = stageOf(2)
    await apply(stage)
    const [first, second] = stage.world.repositories
    Object.assign(first!.pulls[0]!, { state: 'merged' })
    stage.world.humanCommit(second!, 'harden/spring/safe', 'theirs', 'x')
    const changes = stage.world.changes.length
    const reports = await closeCampaign(stage.plan, processOn(stage), true)
    expect(statesOf(reports)).toEqual(['merged', 'declined', 'declined', 'declined'])
    expect(whats(stage, changes).filter((what) => what.startsWith('close'))).toHaveLength(3)
    expect([...second!.branches.keys()]).toEqual(['main', 'harden/spring/safe'])
    expect(second!.pulls.map(({ comments }) => comments.length)).toEqual([1, 1])
    expect(stage.world.wrongs).toEqual([])
    // It is not opened again unasked.
    const closed = stage.world.changes.length
    expect(statesOf((await apply(stage)).reports)).toEqual(['merged', 'declined', 'declined', 'declined'])
    expect(stage.world.changes).toHaveLength(closed)
  })

  it('says nothing twice, whenever it dies', async () => {
    for (let dies = 1; dies < 60; dies++) {
      const stage = stageOf(1)
      await apply(stage)
      stage.world.stepsLeft = dies
      const isDead = await closeCampaign(stage.plan, processOn(stage), true).then(
        () => false,
        (error) => error instanceof Death,
      )
      stage.world.stepsLeft = Number.POSITIVE_INFINITY
      await closeCampaign(stage.plan, processOn(stage), true)
      const [repository] = stage.world.repositories
      expect(repository!.pulls.map(({ state }) => state)).toEqual(['closed', 'closed'])
      expect(Math.max(...repository!.pulls.map(({ comments }) => comments.length))).toBeLessThanOrEqual(1)
      expect([...repository!.branches.keys()]).toEqual(['main'])
      expect(stage.world.wrongs).toEqual([])
      if (!isDead) return
    }
    expect.unreachable('it never came to its end')
  })
})

describe('refresh', () => {
  /** The same repository planned for a base that has changed: one pull request is another, the other one is gone. */
  function planAnew(stage: Stage, old: ChangesPlan): PlannedRepository {
    const base = stage.world.repositories[0]!.branches.get('main')!
    const [safe] = old.pulls
    const places = safe!.commits.map(({ patch }) => `${old.slug}/safe/${patch.file}`)
    return {
      plan: { ...old, base: { ...old.base, commit: base }, pulls: [{ ...safe!, title: 'Again' }] },
      patches: new Map(places.map((place) => [place, stage.patches.get(place)!])),
    }
  }

  async function refresh(stage: Stage): Promise<{ plan: CampaignPlan; reports: readonly PullReport[] }> {
    const reports = await surveyCampaign(stage.plan, processOn(stage))
    const fresh = await replanned(stage.plan, reports, 1, async () =>
      planAnew(stage, stage.plan.repositories[0] as ChangesPlan),
    )
    const repositories = fresh.repositories.map(({ plan }) => plan)
    const plan = { ...stage.plan, repositories, hash: `sha256:${'2'.repeat(64)}` }
    const slugs = new Set(repositories.map(({ slug }) => slug))
    return { plan, reports: await publishRefreshed(plan, stage.plan, slugs, processOn({ ...stage, plan })) }
  }

  it('updates what is open, and closes what is no longer planned', async () => {
    const stage = stageOf(1)
    await apply(stage)
    stage.world.humanCommit(stage.world.repositories[0]!, 'main', 'src/new', 'x')
    const changes = stage.world.changes.length
    const { reports } = await refresh(stage)
    expect(statesOf(reports)).toEqual(['open', 'declined'])
    const [safe, other] = stage.world.repositories[0]!.pulls
    expect(safe).toMatchObject({ state: 'open', title: 'Again' })
    expect(other).toMatchObject({ state: 'closed', comments: [expect.stringContaining('Nothing is left to fix')] })
    expect(whats(stage, changes)).toEqual([
      'push harden/spring/safe',
      'update 1',
      'decorate 1',
      'comment 2',
      'close 2',
      'delete harden/spring/healthcheck',
    ])
    expect(stage.world.wrongs).toEqual([])
  })

  it('opens nothing that nobody has seen', async () => {
    const stage = stageOf(1)
    const { reports } = await refresh(stage)
    expect(statesOf(reports)).toEqual(['waiting'])
    expect(stage.world.changes).toEqual([])
  })

  it('leaves the old plan where planning fails', async () => {
    const stage = stageOf(1)
    await apply(stage)
    const reports = await surveyCampaign(stage.plan, processOn(stage))
    const failed: PlannedRepository = {
      plan: { ...(stage.plan.repositories[0] as ChangesPlan), state: 'failed', reason: 'it is gone' },
      patches: new Map(),
    }
    expect(await replanned(stage.plan, reports, 1, async () => failed)).toEqual({
      repositories: [],
      changes: [],
      failed: [{ slug: stage.plan.repositories[0]!.slug, reason: 'it is gone' }],
    })
  })
})
