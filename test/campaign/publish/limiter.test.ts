import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Limits } from '../../../src/campaign/model.js'
import {
  answered,
  ask,
  eta,
  freshLimiter,
  type LimiterState,
  limited,
  type RequestKind,
  succeeded,
} from '../../../src/campaign/publish/limiter.js'

const LIMITS: Limits = { gap: 1, notifyingGap: 3, perMinute: 40, perHour: { start: 60, step: 10, most: 400 } }
const START = 1_700_000_000

const small = fc.record({
  gap: fc.integer({ min: 0, max: 3 }),
  notifyingGap: fc.integer({ min: 0, max: 6 }),
  perMinute: fc.integer({ min: 1, max: 8 }),
  perHour: fc.record({
    start: fc.integer({ min: 1, max: 12 }),
    step: fc.integer({ min: 0, max: 4 }),
    most: fc.integer({ min: 12, max: 20 }),
  }),
})

type Event =
  | {
      readonly do: 'ask'
      readonly kind: RequestKind
      readonly patient: boolean
      /** Seconds until the forge has it, and from then on until there is an answer; without one its process has died. */
      readonly way: number
      readonly back: number | undefined
    }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'fail'; readonly retryAfter: number | undefined }
  | { readonly do: 'restart' }

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      kind: fc.constantFrom<RequestKind>('read', 'write', 'notify'),
      patient: fc.boolean(),
      way: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) }, fc.integer({ min: 0, max: 59 })),
      back: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 0, max: 2000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      retryAfter: fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)

describe('the limiter', () => {
  it('never lets more reach the forge than a window holds, whatever happens, restarts and lost processes included', () => {
    fc.assert(
      fc.property(small, fc.array(event, { maxLength: 120 }), (limits, events) => {
        let time = START
        let state = freshLimiter(limits, time)
        let pausedUntil = 0
        const granted: { at: number; reached: number; kind: RequestKind; budget: number }[] = []
        for (const one of events) {
          if (one.do === 'pass') time += one.seconds
          if (one.do === 'restart') state = JSON.parse(JSON.stringify(state)) as LimiterState
          if (one.do === 'fail') {
            // A write of its own, and none of those whose process has died.
            const since = time - 1e-3
            const isNew = since > state.struck
            const before = state
            state = limited(
              state,
              { kind: 'write', since, ...(one.retryAfter !== undefined && { retryAfter: one.retryAfter }) },
              time,
            )
            if (isNew) expect(state.budget).toBe(Math.max(1, Math.floor(before.budget / 2)))
            expect(state.pausedUntil - time).toBeGreaterThanOrEqual(Math.max(60, one.retryAfter ?? 0))
            pausedUntil = Math.max(pausedUntil, state.pausedUntil)
          }
          if (one.do !== 'ask') continue
          const first = ask(state, one.kind, limits, time)
          if (first.wait > 0 && !one.patient) continue
          if (first.wait > 0) {
            // Never longer than needed: a second earlier it would still have been refused.
            expect(ask(state, one.kind, limits, time + first.wait - 1).wait).toBeGreaterThan(0)
            time += first.wait
          }
          const second = first.wait > 0 ? ask(state, one.kind, limits, time) : first
          expect(second.wait).toBe(0)
          expect(time).toBeGreaterThanOrEqual(pausedUntil)
          if (one.kind !== 'read') {
            const [at, reached] = [time, time + one.way]
            granted.push({ at, reached, kind: one.kind, budget: state.budget })
            state = second.state
            if (one.back === undefined) continue
            time = reached + one.back
            state = one.back === 2 ? answered(state, at, time) : succeeded(state, at, limits, time)
          }
        }
        for (const [i, { at, reached, budget, kind }] of granted.entries()) {
          const earlier = granted.slice(0, i)
          const within = (window: number) => earlier.filter((other) => other.reached > reached - window).length + 1
          expect(within(60)).toBeLessThanOrEqual(limits.perMinute)
          expect(within(3600)).toBeLessThanOrEqual(budget)
          expect(budget).toBeLessThanOrEqual(Math.max(limits.perHour.most, limits.perHour.start))
          if (i > 0) expect(at - granted[i - 1]!.at).toBeGreaterThanOrEqual(limits.gap)
          const notified = earlier.findLast((other) => other.kind === 'notify')
          if (kind === 'notify' && notified) expect(at - notified.at).toBeGreaterThanOrEqual(limits.notifyingGap)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('begins with 60 an hour and grows by ten for each clean ten minutes, to 400', () => {
    let state = freshLimiter(LIMITS, START)
    let time = START
    const budgets: number[] = []
    while (time < START + 10 * 3600) {
      const { wait } = ask(state, 'notify', LIMITS, time)
      time += wait
      state = succeeded(ask(state, 'notify', LIMITS, time).state, time, LIMITS, time)
      budgets.push(state.budget)
    }
    expect(budgets[0]).toBe(60)
    expect(budgets.findIndex((budget) => budget > 60)).toBeGreaterThanOrEqual(60)
    expect(budgets.at(-1)).toBe(400)
    expect(new Set(budgets.map((budget) => budget % 10))).toEqual(new Set([0]))
  })

  it('does not reward an idle week with more than an hour', () => {
    const state = freshLimiter(LIMITS, START)
    const later = START + 7 * 24 * 3600
    expect(succeeded(ask(state, 'write', LIMITS, later).state, later, LIMITS, later).budget).toBe(120)
  })

  it('pauses longer each time it was too much, at least as long as asked, never for more than a day', () => {
    let state = freshLimiter(LIMITS, START)
    let time = START
    const pauses: number[] = []
    for (let strike = 0; strike < 9; strike++) {
      state = limited(state, { kind: 'read', since: time }, time)
      pauses.push(state.pausedUntil - time)
      time = state.pausedUntil
    }
    expect(pauses).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
    expect(limited(state, { kind: 'read', since: time, retryAfter: 4000 }, time).pausedUntil).toBe(time + 4000)
    expect(limited(state, { kind: 'read', since: time, retryAfter: 1e12 }, time).pausedUntil).toBe(time + 24 * 3600)
  })

  it('takes what several requests are told together for one complaint', () => {
    const hasty = { ...LIMITS, gap: 0 }
    let state = freshLimiter(LIMITS, START)
    for (let i = 0; i < 3; i++) state = ask(state, 'write', hasty, START + 1).state
    const once = limited(state, { kind: 'write', since: START + 1 }, START + 2)
    const twice = limited(once, { kind: 'write', since: START + 1, retryAfter: 90 }, START + 3)
    expect([once.budget, twice.budget, twice.strikes]).toEqual([30, 30, 1])
    expect(twice.pausedUntil).toBe(START + 93)
    // The success of one that was under way with them proves nothing.
    const after = succeeded(twice, START + 1, LIMITS, START + 4)
    expect(after).toEqual({ ...twice, underWay: [], writes: [START + 2, START + 3, START + 4] })
  })

  it('is not stopped for ever by a clock that is put back', () => {
    let state = freshLimiter(LIMITS, START)
    for (let i = 0; i < 5; i++) state = ask(state, 'write', LIMITS, START + i).state
    expect(ask(state, 'write', LIMITS, START - 1e6).wait).toBeLessThanOrEqual(1)
  })

  it('foretells how long it takes', () => {
    const state = freshLimiter(LIMITS, START)
    expect(eta(state, 0, LIMITS, START)).toBe(0)
    expect(eta(state, 10, LIMITS, START)).toBe(27)
    expect(eta(state, 61, LIMITS, START)).toBe(3600)
    expect(eta(state, 10_000, LIMITS, START) / 3600).toBeGreaterThan(25)
  })
})
