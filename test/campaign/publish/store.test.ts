import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ForgeError } from '../../../src/campaign/forge.js'
import type { Limits } from '../../../src/campaign/model.js'
import { type JournalEntry, stateOf } from '../../../src/campaign/publish/entries.js'
import { gateOf } from '../../../src/campaign/publish/gate.js'
import { readJournal, recorded, withJournal } from '../../../src/campaign/publish/journal.js'
import { fingerprintOf, limitsInMemory, limitsOnDisk } from '../../../src/campaign/publish/limit-store.js'
import { ask, freshLimiter } from '../../../src/campaign/publish/limiter.js'
import { marked, markerLine, markerOf } from '../../../src/campaign/publish/marker.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harden-publish-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const DIGEST = `sha256:${'a'.repeat(64)}`
const OID = 'b'.repeat(40)
const RUN: JournalEntry = { entry: 'run', command: 'apply', plan: DIGEST, time: 1 }
const INTENT = { slug: 's', group: 'g', act: 'open', pull: DIGEST, branch: 'harden/x', commit: OID, time: 2 } as const

describe('the journal', () => {
  const path = () => join(folder, 'journal.ndjson')
  const keep = (...entries: JournalEntry[]) =>
    withJournal(folder, async (journal) => {
      for (const entry of entries) await journal.append(entry)
    })

  it('holds what was written, in order, for its owner alone', async () => {
    await keep(RUN, { entry: 'intent', id: '1', ...INTENT })
    await keep(RUN)
    expect(readJournal(folder).map(({ entry }) => entry)).toEqual(['run', 'intent', 'run'])
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['journal.ndjson'])
  })

  it('forgives a torn last line, wherever it is torn, and goes on behind the one before', async () => {
    await keep(RUN, { entry: 'intent', id: '1', ...INTENT })
    const whole = readFileSync(path())
    const first = whole.indexOf(10) + 1
    for (let length = first; length < whole.length; length++) {
      writeFileSync(path(), whole.subarray(0, length))
      expect(readJournal(folder)).toEqual([RUN])
      await keep({ ...RUN, time: 9 })
      expect(readJournal(folder)).toEqual([RUN, { ...RUN, time: 9 }])
    }
    writeFileSync(path(), Buffer.concat([whole.subarray(0, first), Buffer.alloc(40), Buffer.from('\n')]))
    expect(readJournal(folder)).toEqual([RUN])
  })

  it('forgives no other', async () => {
    await keep(RUN, RUN, RUN)
    const lines = readFileSync(path(), 'utf8').split('\n')
    for (const bad of ['', '{', '{"entry":"run"}', lines[1]!.slice(1)]) {
      writeFileSync(path(), [lines[0], bad, lines[2], ''].join('\n'))
      expect(() => readJournal(folder)).toThrow('line 2 is no entry')
      await expect(keep(RUN)).rejects.toThrow('is damaged')
    }
  })

  it('has one writer', async () => {
    await withJournal(folder, async () => {
      await expect(keep(RUN)).rejects.toThrow(`Another harden (process ${process.pid}) is writing to the campaign in`)
    })
    await keep(RUN)
  })

  it('has the intent before the act and the result after it', async () => {
    await withJournal(folder, async (journal) => {
      const act = (change: () => Promise<number>, isUnknown: boolean) =>
        recorded(
          journal,
          INTENT,
          () => 3,
          change,
          (number) => ({ number }),
          () => isUnknown,
        )
      await act(async () => {
        expect(readJournal(folder).at(-1)).toMatchObject({ entry: 'intent', act: 'open' })
        return 7
      }, false)
      expect(readJournal(folder).at(-1)).toMatchObject({ entry: 'result', outcome: 'done', number: 7 })
      const fail = () => Promise.reject(new Error('no'))
      await expect(act(fail, false)).rejects.toThrow('no')
      expect(readJournal(folder).at(-1)).toMatchObject({ entry: 'result', outcome: 'not done', reason: 'no' })
      await expect(act(fail, true)).rejects.toThrow('no')
      expect(readJournal(folder).at(-1)).toMatchObject({ entry: 'intent' })
    })
    const ledger = stateOf(readJournal(folder)).get('s g')!
    expect(ledger.unsettled).toHaveLength(1)
    expect([...ledger.numbers]).toEqual([7])
  })

  it('takes nobody else’s pull request for ours because it was in the way', () => {
    const stand = { entry: 'stand', slug: 's', group: 'g', pull: DIGEST, number: 4, time: 1 } as const
    expect([...stateOf([{ ...stand, state: 'conflicted' }]).get('s g')!.numbers]).toEqual([])
    expect([...stateOf([{ ...stand, state: 'open' }]).get('s g')!.numbers]).toEqual([4])
  })
})

describe('the marker', () => {
  const marker = { campaign: 'spring-1', group: 'non-root-user', plan: DIGEST, head: OID, pull: DIGEST }

  it('is found in the text it was put into, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (body) => {
        fc.pre(!body.includes('<!-- harden: '))
        expect(markerOf(marked(body, marker))).toEqual(marker)
        expect(markerOf(marked(body, marker).replaceAll('\n', '\r\n'))).toEqual(marker)
      }),
    )
  })

  it('is no other than we write, and only one', () => {
    const line = markerLine(marker)
    for (const text of [
      `> ${line}`,
      `${line} x`,
      `${line}\n${line}`,
      line.replace('head=b', 'head=g'),
      line.replace(' group=', ' group= '),
      line.replace('spring-1', '--><b>'),
      line.toUpperCase(),
    ])
      expect(markerOf(text)).toBeUndefined()
  })
})

const LIMITS: Limits = { gap: 1, notifyingGap: 3, perMinute: 4, perHour: { start: 6, step: 1, most: 9 } }
const ORIGIN = 'https://forge.example:8443'

describe('limits on disk', () => {
  it('are shared by all that use the token, private, and do not hold it', async () => {
    const [one, other] = [limitsOnDisk(folder, ORIGIN, 'secret'), limitsOnDisk(folder, ORIGIN, 'secret')]
    const step =
      (time: number) =>
      (state = freshLimiter(LIMITS, time)) =>
        ask(state, 'write', LIMITS, time)
    expect(await one.change(step(100))).toBe(0)
    expect(await other.change(step(100))).toBe(1)
    expect(one.peek()).toEqual(other.peek())
    expect(limitsOnDisk(folder, ORIGIN, 'another').peek()).toBeUndefined()
    const [name] = readdirSync(join(folder, 'limits'))
    expect(name).toBe(`forge.example_8443-${fingerprintOf('secret')}`)
    const path = join(folder, 'limits', name!, 'state.json')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'limits', name!)).mode & 0o777).toBe(0o700)
    expect(readFileSync(path, 'utf8')).not.toContain('secret')
  })

  it('lets nothing through twice when many ask at the same time', async () => {
    const hasty = { ...LIMITS, gap: 0 }
    const stores = Array.from({ length: 4 }, () => limitsOnDisk(folder, ORIGIN, 'secret'))
    const waits = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        stores[i % 4]!.change((state = freshLimiter(hasty, 100)) => ask(state, 'write', hasty, 100)),
      ),
    )
    expect(waits.filter((wait) => wait === 0)).toHaveLength(4)
  })

  it('begin anew, and small, where they cannot be read', async () => {
    const store = limitsOnDisk(folder, ORIGIN, undefined)
    await store.change((state = freshLimiter(LIMITS, 1)) => ({ state, wait: 0 }))
    const path = join(folder, 'limits', 'forge.example_8443-anonymous', 'state.json')
    for (const text of ['', '{', '{"writes":"x"}', '[]', 'null']) {
      writeFileSync(path, text)
      expect(store.peek()).toBeUndefined()
    }
  })
})

describe('the gate', () => {
  function stage() {
    const clock = { now: 1000, slept: [] as number[] }
    const controller = new AbortController()
    const sleep = async (seconds: number) => {
      clock.slept.push(seconds)
      clock.now += seconds
    }
    const store = limitsInMemory()
    return { clock, controller, store, gate: gateOf(LIMITS, store, () => clock.now, sleep, controller.signal) }
  }
  const limited = (retryAfter?: number) => new ForgeError('limited', 'slow down', retryAfter)

  it('asks again after the pause, and gives up in the end', async () => {
    const { gate, clock, store } = stage()
    let times = 0
    const answer = await gate('write', async () => {
      if (++times < 3) throw limited(times === 1 ? 200 : undefined)
      return 'yes'
    })
    expect([answer, times]).toEqual(['yes', 3])
    // The first time as long as the forge says, the second twice a minute; then the budget, halved twice, is used up by those two.
    expect(clock.slept).toEqual([200, 3600])
    expect(store.peek()).toMatchObject({ strikes: 0 })
    let asked = 0
    await expect(gate('read', () => Promise.reject(limited(++asked && undefined)))).rejects.toThrow('slow down')
    expect(asked).toBe(5)
  })

  it('does not repeat anything else', async () => {
    for (const kind of ['unavailable', 'invalid', 'exists', 'unauthorised'] as const) {
      const { gate } = stage()
      let asked = 0
      await expect(
        gate('write', async () => {
          asked++
          throw new ForgeError(kind, 'no')
        }),
      ).rejects.toThrow('no')
      expect(asked).toBe(1)
    }
  })

  it('pauses reads too, but lets them cost nothing', async () => {
    const { gate, clock, store } = stage()
    for (let i = 0; i < 50; i++) await gate('read', async () => i)
    expect(clock.slept).toEqual([])
    let isFirst = true
    const once = async () => {
      if (!isFirst) return
      isFirst = false
      throw limited()
    }
    await gate('read', once)
    expect(clock.slept).toEqual([60])
    expect(store.peek()!.budget).toBe(6)
  })

  it('refuses to wait longer than a person would', async () => {
    const { gate, clock } = stage()
    await expect(gate('read', () => Promise.reject(limited(50_000)))).rejects.toThrow('left alone for 834 minutes')
    expect(clock.slept).toEqual([])
  })

  it('asks nothing more once the token is refused, or the signal is aborted', async () => {
    const refused = stage()
    const no = () => Promise.reject(new ForgeError('unauthorised', 'no such token'))
    await expect(refused.gate('read', no)).rejects.toThrow()
    await expect(refused.gate('read', () => Promise.reject(new Error('asked')))).rejects.toThrow('no such token')
    const aborted = stage()
    let isThrough = false
    const pending = aborted.gate('write', async () => {
      aborted.controller.abort(new Error('interrupted'))
      await new Promise((resolve) => setTimeout(resolve, 1))
      isThrough = true
    })
    await pending
    expect(isThrough).toBe(true)
    await expect(aborted.gate('read', () => Promise.reject(new Error('asked')))).rejects.toThrow('interrupted')
  })
})
