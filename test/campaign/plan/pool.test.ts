import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { Job } from '../../../src/campaign/plan/job.js'
import { type PlannerLimits, type Planners, plannersOf } from '../../../src/campaign/plan/pool.js'

const folder = mkdtempSync(join(tmpdir(), 'harden-planners-'))
const open: Planners[] = []
afterEach(async () => {
  for (const planners of open.splice(0)) await planners.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Does what the day of its job says; tells who it is. */
const PROGRAM = `
import { writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
const tried = (act) => { try { act(); return 'done' } catch (error) { return error.code } }
const say = (reason) => process.send({ result: { kind: 'failed', reason: String(reason) } })
process.on('message', (message) => {
  if ('answers' in message) return say(message.answers.length)
  const { day } = message.job
  if (day === 'hang') for (;;);
  if (day === 'die') process.exit(3)
  if (day === 'swell') for (const all = []; ; ) all.push(new Array(1e5).fill(all.length))
  if (day === 'ask') return process.send({ missed: ['a', 'b'] })
  if (day === 'environment') return say(JSON.stringify(process.env))
  if (day === 'write') return say(tried(() => writeFileSync(process.argv[1] + '.out', '')))
  if (day === 'start') return say(tried(() => execFileSync('true')))
  say(process.pid)
})
process.on('disconnect', () => process.exit())
`

function planners(count: number, limits: Partial<PlannerLimits> = {}): Planners {
  const program = join(folder, 'planner.mjs')
  writeFileSync(program, PROGRAM)
  const made = plannersOf(count, limits, program)
  open.push(made)
  return made
}

const job = (day: string): Job => ({
  entries: [],
  shaping: new Map(),
  known: [],
  configuration: [],
  settings: { level: 'safe', grouping: 'one', options: {} },
  day,
  format: 'sha1',
})
const nobody = async () => []
const reasonOf = async (all: Planners, day: string, ask: Parameters<Planners['plan']>[1] = nobody) => {
  const result = await all.plan(job(day), ask)
  return result.kind === 'failed' ? result.reason : result.kind
}

describe('planners', () => {
  it('are used again, and no more of them are started than asked for', async () => {
    const all = planners(2)
    const first = await reasonOf(all, 'who')
    expect(await reasonOf(all, 'who')).toBe(first)
    const many = await Promise.all(Array.from({ length: 8 }, () => reasonOf(all, 'who')))
    expect(new Set([...many, first]).size).toBe(2)
  })

  it.each([
    ['hang', 'planning it took longer than 1 seconds'],
    ['die', 'planning it ended a planner: one of its files takes too much memory or is made to do harm'],
    ['swell', 'planning it ended a planner: one of its files takes too much memory or is made to do harm'],
  ])('are replaced when they %s, and the next repository is planned', async (day, reason) => {
    const all = planners(1, { patience: day === 'hang' ? 1 : 30, memory: 48 })
    const before = await reasonOf(all, 'who')
    const [failed, after] = await Promise.all([reasonOf(all, day), reasonOf(all, 'who')])
    expect(failed).toBe(reason)
    expect(Number(after)).toBeGreaterThan(0)
    expect(after).not.toBe(before)
  })

  it('may wait for files as long as it takes', async () => {
    const all = planners(1, { patience: 0.5 })
    const slow = async (paths: readonly string[]) => {
      await new Promise((resolve) => setTimeout(resolve, 800))
      return paths.map((path) => ({ path }))
    }
    await reasonOf(all, 'who')
    expect(await reasonOf(all, 'ask', slow)).toBe('2')
  })

  it('hand on what goes wrong with fetching, and go on', async () => {
    const all = planners(1)
    const broken = async () => {
      throw new Error('the line is dead')
    }
    await expect(reasonOf(all, 'ask', broken)).rejects.toThrow('the line is dead')
    expect(Number(await reasonOf(all, 'who'))).toBeGreaterThan(0)
  })

  it('know nothing of our environment, write nothing and start nothing', async () => {
    process.env.HARDEN_TEST_TOKEN = 'secret'
    const all = planners(1)
    expect(await reasonOf(all, 'environment')).toBe('{}')
    expect(await reasonOf(all, 'write')).toBe('ERR_ACCESS_DENIED')
    expect(await reasonOf(all, 'start')).toBe('ERR_ACCESS_DENIED')
    delete process.env.HARDEN_TEST_TOKEN
  })

  it('end when they are closed, and plan nothing more', async () => {
    const all = planners(1)
    const pid = Number(await reasonOf(all, 'who'))
    const hanging = reasonOf(all, 'hang')
    const waiting = reasonOf(all, 'who').catch((error: Error) => error.message)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await all.close()
    expect(await waiting).toBe('the planners are closed')
    expect(await hanging).toContain('ended a planner')
    expect(() => process.kill(pid, 0)).toThrow()
  })
})
