import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CampaignSettings, PlannedRepository, PullPlan } from '../../../src/campaign/model.js'
import { layOut } from '../../../src/campaign/plan/lay-out.js'
import type { Planners } from '../../../src/campaign/plan/pool.js'
import { type ProofMeans, proved } from '../../../src/campaign/plan/proof.js'
import { planRepository } from '../../../src/campaign/plan/repository.js'
import { work } from '../../../src/campaign/plan/work.js'
import { shapeFault } from '../../../src/campaign/plan-shape.js'
import { settingsOf } from '../../../src/campaign/settings/defaults.js'
import { evidenceMarkdown } from '../../../src/ui/evidence.js'
import type { Picture, Proof, Prover } from '../../../src/verify/verify.js'
import { type Content, type InMemory, repositoryOf } from './repositories.js'

const here: Planners = { plan: work, close: async () => {} }
const settings: CampaignSettings = { ...settingsOf({ name: 'c' }, undefined), level: 'review' }

/** Has a safe fix, ADD, and one for review, the user. */
const FILES = {
  Dockerfile: 'FROM python:3.12-slim\nWORKDIR /app\nADD app.py /app/\nCMD ["python", "app.py"]\n',
  'app.py': '',
}

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'harden-proof-')))
  return () => rmSync(folder, { recursive: true, force: true })
})

type Verdict = Partial<Pick<Proof, 'unproven' | 'worse'>>

/** Says of each picture of the Dockerfile what `judge` says, and remembers the folders it was shown. */
function means(judge: (text: string) => Verdict, more: Partial<ProofMeans> = {}): ProofMeans & { roots: string[][] } {
  const roots: string[][] = []
  const proverFor = (root: string): Prover => {
    roots.push(readdirSync(root))
    return {
      traces: async () => new Map(),
      prove: async (_: Picture, { project }: Picture) => {
        const recipe = { dockerfile: 'Dockerfile', context: '.', target: undefined, args: new Map() }
        const about = { name: 'Dockerfile', dockerfile: 'Dockerfile', recipe, before: undefined, after: undefined }
        return [
          { ...about, worse: [], notes: ['needs @babel/core, see #1'], ...judge(project.read('Dockerfile')!.text) },
        ]
      },
    }
  }
  const signal = new AbortController().signal
  return { proverFor, textOf: evidenceMarkdown, folder, most: 1 << 20, signal, roots, ...more }
}

async function provedBy(
  judge: (text: string) => Verdict,
  files: Readonly<Record<string, Content>> = FILES,
  more: Partial<ProofMeans> = {},
) {
  const repository = repositoryOf(files)
  const planned = await planRepository(repository, { slug: 'github.com/acme/shop', settings }, here)
  const how = means(judge, more)
  const result = await proved(planned, repository, settings, how)
  expect(shapeFault(result.plan)).toBeUndefined()
  expect(readdirSync(folder)).toEqual([])
  return { planned, result, roots: how.roots }
}

const pullsIn = ({ plan }: PlannedRepository): readonly PullPlan[] => (plan.state === 'changes' ? plan.pulls : [])

describe('a proof', () => {
  test('of what holds puts the evidence into each pull request, and changes nothing else', async () => {
    const { planned, result } = await provedBy(() => ({}))
    expect(pullsIn(planned).map(({ group }) => group)).toEqual(['safe', 'non-root-user'])
    expect(pullsIn(result).map(({ evidence }) => evidence?.outcome)).toEqual(['no worse', 'no worse'])
    expect(pullsIn(result).map(({ commits }) => commits)).toEqual(pullsIn(planned).map(({ commits }) => commits))
    expect([...result.patches]).toEqual([...planned.patches])
    for (const { body } of pullsIn(result)) {
      expect(body).toContain('## What a real build and start showed\n\n### Dockerfile: is no worse than before')
      // Neither a person nor an issue is meant by what a build prints.
      expect(body).not.toMatch(/@babel|#1/)
    }
  })

  test('leaves out what makes it worse, and only that', async () => {
    const { planned, result } = await provedBy((text) => ({
      worse: /^USER/m.test(text) ? [{ what: 'it no longer starts' }] : [],
    }))
    expect(pullsIn(result).map(({ group }) => group)).toEqual(['safe'])
    expect([...result.patches.keys()]).toEqual(['github.com/acme/shop/safe/0001-copy-instead-of-add.patch'])
    const transformsLeft = ({ plan }: PlannedRepository) => plan.left.map(({ transform }) => transform)
    expect(transformsLeft(planned)).not.toContain('non-root-user')
    expect(transformsLeft(result)).toContain('non-root-user')
  })

  test('with which nothing is left says so, and why', async () => {
    const { result } = await provedBy((text) => ({
      worse: text === FILES.Dockerfile ? [] : [{ what: 'it no longer starts' }],
    }))
    expect(result.plan).toMatchObject({
      state: 'nothing',
      reason: 'what could be done does not hold: with it it no longer starts',
    })
    expect(result.patches.size).toBe(0)
  })

  test('names in the body what was left out of a pull request', async () => {
    const files = { Dockerfile: 'FROM scratch\nMAINTAINER a@example.com\nADD app /app\nUSER 1\n', app: '' }
    const { planned, result } = await provedBy(
      (text) => ({ worse: text.includes('COPY') ? [{ what: 'it hurts' }] : [] }),
      files,
    )
    expect(pullsIn(planned)[0]!.commits.length).toBeGreaterThan(1)
    expect(pullsIn(result)[0]!.commits).toHaveLength(pullsIn(planned)[0]!.commits.length - 1)
    expect(pullsIn(result)[0]!.body).toContain('- Left out: copy-instead-of-add, ')
    expect(pullsIn(result)[0]!.evidence).toMatchObject({ outcome: 'no worse' })
  })

  test('that cannot be had leaves the pull request, and says why', async () => {
    const { planned, result } = await provedBy(() => ({ unproven: 'the original does not build: exit code 1' }))
    expect(pullsIn(result).map(({ commits }) => commits)).toEqual(pullsIn(planned).map(({ commits }) => commits))
    for (const { evidence, body } of pullsIn(result)) {
      expect(evidence).toMatchObject({ outcome: 'unproven' })
      expect(body).toContain('cannot be proved: the original does not build: exit code 1')
    }
  })

  test('of a repository that is too large is not tried', async () => {
    const { result, roots } = await provedBy(() => ({}), { ...FILES, 'big.bin': Buffer.alloc(2 << 20) })
    expect(roots).toEqual([])
    expect(pullsIn(result)[0]!.evidence?.text).toBe('unproven: its files come to more than 1 MiB\n')
  })

  test('that fails in itself leaves the plan unproven', async () => {
    const proverFor = () => {
      throw new Error('the engine went away')
    }
    const { result } = await provedBy(() => ({}), FILES, { proverFor })
    expect(pullsIn(result)[0]!.evidence).toEqual({ text: 'unproven: the engine went away\n', outcome: 'unproven' })
  })

  test('ends when a person says so', async () => {
    const reason = new Error('interrupted')
    await expect(
      provedBy(() => ({}), FILES, {
        signal: AbortSignal.abort(reason),
        proverFor: () => {
          throw new Error('x')
        },
      }),
    ).rejects.toBe(reason)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('a commit that is laid out', () => {
  const laid = (files: Readonly<Record<string, Content>>) => {
    const repository: InMemory = repositoryOf(files)
    return layOut(repository, folder, 1 << 20)
  }

  test('has its files, byte for byte and with their modes', async () => {
    const bytes = Buffer.from([0, 255, 13, 10])
    await laid({ 'a/b.bin': bytes, run: { program: '#!/bin/sh\n' }, '.gitattributes': '* filter=evil\n' })
    expect(readFileSync(join(folder, 'a/b.bin')).equals(bytes)).toBe(true)
    expect(statSync(join(folder, 'run')).mode & 0o111).not.toBe(0)
    expect(statSync(join(folder, 'a/b.bin')).mode & 0o111).toBe(0)
  })

  test('has no links, no submodules, and nothing outside its folder', async () => {
    const { missing } = await laid({
      Dockerfile: 'FROM scratch\n',
      link: { link: '/etc/passwd' },
      sub: 'submodule',
      '../outside': 'x',
      'a/../../outside': 'x',
      '/absolute': 'x',
      '.git/hooks/post-checkout': '#!/bin/sh\n',
      'a/.git/config': 'x',
    })
    expect(readdirSync(folder, { recursive: true })).toEqual(['Dockerfile'])
    expect(readdirSync(join(folder, '..'))).not.toContain('outside')
    expect(missing).toEqual(['Left out, because they are links, submodules, or have names of that kind: 7 paths.'])
  })
})
