/** Whatever dies, whenever, and whatever people do meanwhile: the next run goes on from it. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { PullReport } from '../../../src/campaign/model.js'
import { stateOf } from '../../../src/campaign/publish/entries.js'
import { AFTER, apply, FILES, LIMITS, type Stage, stageOf } from './stage.js'
import { Death, type Fault, type WorldRepository } from './world.js'

// Thousands of runs; the machine may be busy with others.
vi.setConfig({ testTimeout: 180_000 })

const GROUPS = ['safe', 'healthcheck'] as const
const branchOf = (group: string) => `harden/spring/${group}`

/** A run that may die. @returns its reports, or `undefined` if it did not come to an end */
async function run(
  stage: Stage,
  dies = Number.POSITIVE_INFINITY,
  options = {},
): Promise<readonly PullReport[] | undefined> {
  stage.world.stepsLeft = dies
  try {
    return (await apply(stage, options)).reports
  } catch (error) {
    if (!(error instanceof Death)) throw error
    return undefined
  } finally {
    // What was in the middle of something is dead, too, and must not go on.
    stage.world.stepsLeft = 0
    await new Promise((resolve) => setTimeout(resolve, 0))
    stage.world.stepsLeft = Number.POSITIVE_INFINITY
    stage.world.faults = []
  }
}

const opened = ({ world }: Stage, repository: WorldRepository, group: string) =>
  world.changes.filter(({ what, repository: at }) => what === `open ${branchOf(group)}` && at === repository.name)

/** Every pull request is there once, with exactly what was planned. */
function expectWhole(stage: Stage): void {
  expect(stage.world.wrongs).toEqual([])
  for (const repository of stage.world.repositories) {
    for (const group of GROUPS) {
      const tip = repository.branches.get(branchOf(group))!
      const tree = [...stage.world.commits.get(tip)!.tree].map(([path, { bytes }]) => [path, bytes.toString()])
      expect(Object.fromEntries(tree)).toEqual({ ...FILES, ...AFTER[group] })
      expect(opened(stage, repository, group)).toHaveLength(1)
      const pulls = repository.pulls.filter(({ branch }) => branch === branchOf(group))
      expect(pulls).toMatchObject([{ state: 'open', labels: ['hardening'] }])
    }
    expect(repository.pulls).toHaveLength(2)
  }
}

async function expectQuiet(stage: Stage): Promise<void> {
  const [changes, entries] = [stage.world.changes.length, stage.journal.length]
  const reports = await run(stage)
  expect(reports?.map(({ state }) => state)).toEqual(Array(reports!.length).fill('open'))
  expect(stage.world.changes).toHaveLength(changes)
  expect(stage.journal).toHaveLength(entries + 1)
}

describe.each([
  ['git', false],
  ['auto', true],
  ['api', false],
] as const)('committing by %s (branches protected: %s)', (commits, isProtected) => {
  const fresh = () => {
    const stage = stageOf(2, { commits })
    for (const repository of stage.world.repositories) repository.isProtected = isProtected
    return stage
  }

  it('a process may die at any moment', async () => {
    const whole = fresh()
    await run(whole)
    const { steps } = whole.world
    expect(steps).toBeGreaterThan(60)
    for (let dies = 1; dies <= steps; dies++) {
      const stage = fresh()
      expect(await run(stage, dies)).toBeUndefined()
      expect((await run(stage))?.map(({ state }) => state)).toEqual(Array(4).fill('open'))
      expectWhole(stage)
      for (const { unsettled } of stateOf(stage.journal).values()) expect(unsettled).toEqual([])
      await expectQuiet(stage)
    }
  })

  it('and any answer may be lost', async () => {
    const whole = fresh()
    await run(whole)
    for (const fault of ['lost answer', 'down', 'limited'] as const) {
      for (let at = 0; at < whole.world.requests; at++) {
        const stage = fresh()
        stage.world.faults = [...Array<undefined>(at).fill(undefined), fault]
        await run(stage)
        await run(stage)
        expectWhole(stage)
        await expectQuiet(stage)
      }
    }
  })

  it('and whoever may not look at what was begun leaves it for the next run', async () => {
    const stage = fresh()
    stage.world.faults = [undefined, 'down']
    await run(stage, 21)
    stage.world.faults = [undefined, 'down', undefined, undefined, undefined, 'limited']
    await run(stage, 14)
    expect((await run(stage))?.map(({ state }) => state)).toEqual(Array(4).fill('open'))
    expectWhole(stage)
  })

  it('and that again and again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ dies: fc.integer({ min: 1, max: 60 }), faults: fc.array(anyFault, { maxLength: 40 }) }), {
          minLength: 1,
          maxLength: 6,
        }),
        async (runs) => {
          const stage = fresh()
          for (const { dies, faults } of runs) {
            stage.world.faults = [...faults]
            await run(stage, dies)
          }
          await run(stage)
          await run(stage)
          expectWhole(stage)
          await expectQuiet(stage)
        },
      ),
      { numRuns: 60 },
    )
  })
})

const anyFault = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.constantFrom<Fault>('lost answer', 'down', 'limited') },
)

/** What people do on the forge between two runs. */
const ACTS: Readonly<Record<string, (stage: Stage, repository: WorldRepository, group: string) => void>> = {
  close: (_, { pulls }, group) => {
    const open = pulls.find((pull) => pull.state === 'open' && pull.branch === branchOf(group))
    if (open) Object.assign(open, { state: 'closed' })
  },
  merge: ({ world }, repository, group) => {
    const open = repository.pulls.find((pull) => pull.state === 'open' && pull.branch === branchOf(group))
    const tip = repository.branches.get(branchOf(group))
    if (!open || tip === undefined) return
    const main = repository.branches.get('main')!
    const tree = new Map([...world.commits.get(main)!.tree, ...world.commits.get(tip)!.tree])
    repository.branches.set('main', world.commit({ tree, parents: [main, tip], message: 'Merge\n', isHuman: true }))
    Object.assign(open, { state: 'merged' })
  },
  commit: ({ world }, repository, group) => world.humanCommit(repository, branchOf(group), 'theirs', `${world.time}`),
  'delete branch': (_, repository, group) => {
    repository.branches.delete(branchOf(group))
    for (const pull of repository.pulls) {
      if (pull.branch === branchOf(group) && pull.state === 'open') Object.assign(pull, { state: 'closed' })
    }
  },
  'rewrite the text': (_, { pulls }, group) => {
    const open = pulls.find((pull) => pull.state === 'open' && pull.branch === branchOf(group))
    if (open) Object.assign(open, { body: 'mine now' })
  },
  'open their own': (_, repository, group) => {
    const { pulls, branches } = repository
    if (
      !branches.has(branchOf(group)) ||
      pulls.some((pull) => pull.state === 'open' && pull.branch === branchOf(group))
    )
      return
    const number = pulls.length + 1
    const about = { title: 'theirs', body: '', base: 'main', draft: false, url: 'u', labels: [], comments: [] }
    pulls.push({ number, state: 'open', branch: branchOf(group), ...about })
  },
  'move the base': ({ world }, repository) => world.humanCommit(repository, 'main', 'src/x', `${world.time}`),
  'change the base': ({ world }, repository) => world.humanCommit(repository, 'main', 'Dockerfile', 'FROM other\n'),
  archive: (_, repository) => {
    repository.isArchived = !repository.isArchived
  },
  protect: (_, repository) => {
    repository.isProtected = !repository.isProtected
  },
}

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      dies: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
      faults: fc.array(anyFault, { maxLength: 30 }),
      reopen: fc.boolean(),
      maxPulls: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      act: fc.constantFrom(...Object.keys(ACTS)),
      repository: fc.integer({ min: 0, max: 1 }),
      group: fc.constantFrom(...GROUPS),
    }),
  },
)

describe('among people', () => {
  it('nothing of theirs is lost, nothing is opened twice, and every pull request comes to an end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('git' as const, 'auto' as const, 'api' as const),
        fc.array(step, { minLength: 2, maxLength: 14 }),
        async (commits, steps) => {
          const stage = stageOf(2, { commits })
          const { world } = stage
          let reopens = 0
          for (const one of steps) {
            world.time += 60
            if (one.do === 'act') ACTS[one.act]!(stage, world.repositories[one.repository]!, one.group)
            else {
              world.faults = [...one.faults]
              if (one.reopen) reopens++
              await run(stage, one.dies, {
                reopen: one.reopen,
                ...(one.maxPulls !== undefined && { maxPulls: one.maxPulls }),
              })
            }
            expect(world.wrongs).toEqual([])
            for (const repository of world.repositories) {
              for (const group of GROUPS) {
                const open = repository.pulls.filter((pull) => pull.state === 'open' && pull.branch === branchOf(group))
                expect(open.length).toBeLessThanOrEqual(1)
                expect(opened(stage, repository, group).length).toBeLessThanOrEqual(1 + reopens)
              }
            }
          }
          // Undisturbed, a run brings every pull request to its end, and a second one has nothing to do.
          const first = await run(stage)
          expect(first).toHaveLength(4)
          for (const { state } of first!) {
            expect(['open', 'merged', 'declined', 'conflicted', 'stale', 'blocked']).toContain(state)
          }
          expectIntact(stage, first!)
          const changes = world.changes.length
          expect((await run(stage))?.map(({ state }) => state)).toEqual(first!.map(({ state }) => state))
          expect(world.changes.slice(changes)).toEqual([])
          expectPace(stage)
        },
      ),
      { numRuns: 200 },
    )
  })
})

/** What is open holds the planned files as planned, and of all others what the base holds. */
function expectIntact({ world }: Stage, reports: readonly PullReport[]): void {
  for (const { state, slug, group, head } of reports) {
    if (state !== 'open') continue
    const repository = world.repositories.find(({ name }) => slug.endsWith(name))!
    expect(head).toBe(repository.branches.get(branchOf(group)))
    const tree = world.commits.get(head!)!.tree
    for (const [path, text] of Object.entries(AFTER[group as 'safe']))
      expect(tree.get(path)?.bytes.toString()).toBe(text)
    expect(world.commits.get(head!)!.isHuman).toBe(false)
  }
}

/** No window holds more than the limits allow, over all runs together. */
function expectPace({ world }: Stage): void {
  const times = world.changes.map(({ time }) => time)
  for (const [i, time] of times.entries()) {
    const within = (window: number) => times.slice(0, i + 1).filter((other) => other > time - window).length
    expect(within(60)).toBeLessThanOrEqual(LIMITS.perMinute)
    expect(within(3600)).toBeLessThanOrEqual(LIMITS.perHour.most)
    if (i > 0) expect(time - times[i - 1]!).toBeGreaterThanOrEqual(LIMITS.gap)
  }
}
