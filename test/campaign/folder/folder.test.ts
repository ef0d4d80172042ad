import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { canonicalJson, planHash } from '../../../src/campaign/canonical.js'
import { mayWrite, planOf, readPlan, writePlan } from '../../../src/campaign/folder.js'
import type { CampaignPlan } from '../../../src/campaign/model.js'
import { changed, failed, github, settings, twoRepositories } from './plans.js'

let top: string
let out: string

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'harden-folder-')))
  out = join(top, 'plan')
  return () => rmSync(top, { recursive: true, force: true })
})

const pages = new Map([['summary.md', '# Summary\n']])

async function written(): Promise<CampaignPlan> {
  const { plan, patches } = twoRepositories()
  await writePlan(out, plan, patches, { pages })
  return plan
}

/** All files of the folder with their bytes. */
const contents = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

const SAFE = 'repositories/github.com/acme/shop/safe/0001-non-root-user.patch'

describe('a plan folder', () => {
  test('is read as it was written, for its owner alone, with nothing left beside it', async () => {
    const plan = await written()
    const read = await readPlan(out)
    expect(read.plan).toEqual(plan)
    expect(read.patch('github.com/acme/shop/safe/0001-non-root-user.patch').toString()).toContain('+USER 10001')
    expect(statSync(out).mode & 0o777).toBe(0o700)
    expect(statSync(join(out, SAFE)).mode & 0o777).toBe(0o600)
    expect(readdirSync(top)).toEqual(['plan'])
    expect(readFileSync(join(out, 'summary.md'), 'utf8')).toBe('# Summary\n')
  })

  test('is the same byte for byte in whatever order planners return', async () => {
    const planned = [changed(github('acme/b')), failed(github('acme/c'), 'gone'), changed(github('acme/a'))]
    const [one, other] = [planOf(settings, planned), planOf(settings, [...planned].reverse())]
    expect(canonicalJson(one.plan)).toBe(canonicalJson(other.plan))
    expect(one.plan.repositories.map(({ slug }) => slug)).toEqual(
      ['a', 'b', 'c'].map((name) => `github.com/acme/${name}`),
    )
  })

  test('any changed byte in any file that the plan covers is noticed', async () => {
    await written()
    const covered = contents(out).filter((path) => path.endsWith('.patch') || path.endsWith('plan.json'))
    expect(covered).toHaveLength(3)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...covered),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (path, at, by) => {
          const bytes = readFileSync(path)
          const other = Buffer.from(bytes)
          other[at % bytes.length]! ^= by
          writeFileSync(path, other)
          await expect(readPlan(out)).rejects.toThrow(
            /^[^\n]+\. Plan again, or take the folder from where it was made\.$/,
          )
          writeFileSync(path, bytes)
        },
      ),
      { numRuns: 300 },
    )
    await readPlan(out)
  })

  test('any byte too many or too few is noticed', async () => {
    await written()
    for (const path of contents(out).filter((each) => !each.endsWith('summary.md'))) {
      const bytes = readFileSync(path)
      for (const other of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('\n')]), Buffer.alloc(0)]) {
        writeFileSync(path, other)
        await expect(readPlan(out)).rejects.toThrow('Plan again')
      }
      rmSync(path)
      await expect(readPlan(out)).rejects.toThrow(/there is no such file\. /)
      writeFileSync(path, bytes)
    }
  })

  test('a patch that changes after the plan was read is noticed when it is taken', async () => {
    await written()
    const { patch } = await readPlan(out)
    appendFileSync(join(out, SAFE), 'more')
    expect(() => patch('github.com/acme/shop/safe/0001-non-root-user.patch')).toThrow('not the patch that was planned')
    expect(() => patch('../../plan.json')).toThrow('not the patch that was planned')
  })

  test('nothing is read through a link, even to the same bytes', async () => {
    await written()
    const aside = join(top, 'aside')
    for (const place of [SAFE, 'repositories', 'repositories/github.com/acme', 'plan.json']) {
      renameSync(join(out, place), aside)
      symlinkSync(aside, join(out, place))
      await expect(readPlan(out)).rejects.toThrow(/it is a symbolic link|there is no such folder/)
      rmSync(join(out, place))
      renameSync(aside, join(out, place))
    }
    await readPlan(out)
  })

  describe('says no, whatever its hash says, to', () => {
    /** Puts another value at a place of a plan, hashed anew. */
    async function forged(place: string, value: unknown): Promise<void> {
      const plan = structuredClone(await written())
      const keys = place.split('.')
      const last = keys.pop()!
      const parent = keys.reduce<Record<string, unknown>>(
        (at, key) => at[key] as Record<string, unknown>,
        plan as unknown as Record<string, unknown>,
      )
      parent[last] = typeof value === 'function' ? value(parent[last]) : value
      const again = { ...plan, hash: planHash(plan) }
      writeFileSync(join(out, 'plan.json'), `${canonicalJson(again, 1)}\n`)
    }
    const SHOP = 'repositories.1'
    const PULL = `${SHOP}.pulls.0`
    const COMMIT = `${PULL}.commits.0`

    test.each<[string, string, unknown]>([
      ['a path out of the repository', `${COMMIT}.files.0.path`, '../Dockerfile'],
      ['an absolute path', `${COMMIT}.files.0.path`, '/etc/passwd'],
      ['a path into .git', `${COMMIT}.files.0.path`, '.git/config'],
      ['a link as a file', `${COMMIT}.files.0.mode`, '120000'],
      ['a patch elsewhere', `${COMMIT}.patch.file`, '../0001-x.patch'],
      ['a group that is a path', `${PULL}.group`, '..'],
      ['a slug that is not that of its address', `${SHOP}.slug`, 'github.com/acme/other'],
      ['a slug that leads out', `${SHOP}.slug`, '../../..'],
      ['a branch that reads as an option', `${PULL}.branch`, '--force'],
      ['a branch that is all of them', `${PULL}.branch`, 'refs/heads/*'],
      ['two pull requests on one branch', `${PULL}.branch`, 'harden/no-image-runs-as-root/healthcheck'],
      ['a pull request twice', `${PULL}.group`, 'healthcheck'],
      ['an origin with credentials', `${SHOP}.address.origin`, 'https://me:secret@github.com'],
      ['an origin without encryption', `${SHOP}.address.origin`, 'http://github.com'],
      ['a repository twice', 'repositories', ([one, other]: unknown[]) => [one, other, other]],
      ['repositories out of order', 'repositories', (all: unknown[]) => all.reverse()],
      ['an object name that is none', `${SHOP}.base.commit`, 'HEAD'],
      ['a title of two lines', `${PULL}.title`, 'a\nb'],
      ['a key that nobody knows', `${SHOP}.also`, true],
      ['another version', 'version', 'harden-campaign-2'],
    ])('%s', async (_, place, value) => {
      await forged(place, value)
      await expect(readPlan(out)).rejects.toThrow(/plan\.json: it is no plan of this harden: .+ is not as it must be\./)
    })

    test('nothing that is as it should be', async () => {
      await forged(`${PULL}.title`, 'Another title')
      expect((await readPlan(out)).plan.repositories[1]).toMatchObject({ pulls: [{ title: 'Another title' }, {}] })
    })
  })

  test('a folder without a plan, and one that is not there, are named with what to do', async () => {
    mkdirSync(out)
    await expect(readPlan(out)).rejects.toThrow(
      `${out}/plan.json: there is no such file. harden campaign plan makes one.`,
    )
    await expect(readPlan(join(top, 'none'))).rejects.toThrow('there is no plan: there is no such file or directory.')
  })
})

describe('writing over what is there', () => {
  const other = () => planOf(settings, [changed(github('acme/shop'))])
  const prepared = async (act: () => unknown) => {
    await written()
    await act()
    return contents(out).map((path) => [path, readFileSync(path, 'hex')])
  }
  const refused = async (act: () => unknown, sentence: string | RegExp) => {
    const was = await prepared(act)
    const { plan, patches } = other()
    await expect(writePlan(out, plan, patches)).rejects.toThrow(sentence)
    expect(contents(out).map((path) => [path, readFileSync(path, 'hex')])).toEqual(was)
    expect(readdirSync(top).filter((name) => name.startsWith('.'))).toEqual([])
  }

  test('an empty folder is taken', async () => {
    mkdirSync(out)
    await written()
    await readPlan(out)
  })

  test('an older plan of the same campaign gives way with all of its files, but for what a person answered', async () => {
    await written()
    writeFileSync(join(out, 'decisions.json'), 'answers')
    const { plan, patches } = other()
    await writePlan(out, plan, patches)
    expect((await readPlan(out)).plan.hash).toBe(plan.hash)
    expect(contents(out).map((path) => path.slice(out.length + 1))).toEqual(['decisions.json', 'plan.json', SAFE])
    expect(readFileSync(join(out, 'decisions.json'), 'utf8')).toBe('answers')
  })

  test('a plan that was applied in part stays', () =>
    refused(
      () => writeFileSync(join(out, 'journal.ndjson'), ''),
      'has been applied, in part or in full. Use harden campaign refresh',
    ))
  test('somebody else’s file stays', () =>
    refused(() => writeFileSync(join(out, 'notes.txt'), 'mine'), 'holds something else, such as notes.txt'))
  test('a damaged plan stays', () =>
    refused(() => appendFileSync(join(out, 'plan.json'), ' '), 'changed since it was written'))
  test('a folder without a plan stays', () =>
    refused(() => rmSync(join(out, 'plan.json')), 'the folder holds something else. Choose another one with --out.'))

  test('the plan of another campaign stays', async () => {
    await written()
    const { plan, patches } = planOf({ ...settings, id: 'another' }, [])
    await expect(writePlan(out, plan, patches)).rejects.toThrow('the plan of another campaign, no-image-runs-as-root.')
  })

  test('a link in its place is not followed', async () => {
    mkdirSync(join(top, 'elsewhere'))
    symlinkSync(join(top, 'elsewhere'), out)
    await expect(written()).rejects.toThrow('there is something that is no folder')
    expect(readdirSync(join(top, 'elsewhere'))).toEqual([])
  })

  test('what lies beside a plan that is refreshed stays with it, as the same file', async () => {
    await prepared(() => writeFileSync(join(out, 'journal.ndjson'), 'one\n'))
    const { ino } = statSync(join(out, 'journal.ndjson'))
    const { plan, patches } = other()
    await writePlan(out, plan, patches, { refresh: true })
    expect(statSync(join(out, 'journal.ndjson')).ino).toBe(ino)
    expect((await readPlan(out)).plan.hash).toBe(plan.hash)
    expect(existsSync(join(out, 'repositories/github.com/acme/shop/healthcheck'))).toBe(false)
  })
})

test('a place below a file, or with too long a name, is one sentence for whoever reads and whoever writes', async () => {
  writeFileSync(join(top, 'file'), '')
  const { plan, patches } = twoRepositories()
  for (const place of [join(top, 'file', 'plan'), join(top, 'x'.repeat(300))]) {
    await expect(readPlan(place)).rejects.toThrow(/^.*: there is no plan: .*\. harden campaign plan makes one\.$/)
    for (const writing of [() => writePlan(place, plan, patches), () => mayWrite(place, 'spring')])
      await expect(writing()).rejects.toThrow(
        /^.*: (?:.*\/file is a file|the plan cannot be written: its path is too long)\./,
      )
  }
  expect(readdirSync(top)).toEqual(['file'])
})

test.each([
  ['reads', async () => void (await readPlan(out))],
  [
    'writes',
    async () => {
      const { plan, patches } = twoRepositories()
      await writePlan(out, plan, patches, { pages, refresh: true })
    },
  ],
])('a plan that had only been taken away for another one is back when the next one %s', async (_, next) => {
  const plan = await written()
  writeFileSync(join(out, 'journal.ndjson'), '')
  // As a kill between the two steps leaves it.
  renameSync(out, join(top, '.plan.new-0123456789ab-old'))
  mkdirSync(join(top, '.plan.new-0123456789ab'))
  await next()
  expect((await readPlan(out)).plan).toEqual(plan)
  expect(existsSync(join(out, 'journal.ndjson'))).toBe(true)
  expect(readdirSync(top)).toEqual(['plan'])
})

test('what is cut short leaves nothing', async () => {
  const { plan, patches } = twoRepositories()
  const reason = new Error('interrupted')
  await expect(writePlan(out, plan, patches, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(readdirSync(top)).toEqual([])
})

test('a patch that is not the one in the plan is not written', async () => {
  const { plan, patches } = twoRepositories()
  for (const wrong of [new Map(), new Map([...patches].map(([place]) => [place, Buffer.from('else')]))])
    await expect(writePlan(out, plan, wrong)).rejects.toThrow('is not the one that was planned')
  expect(readdirSync(top)).toEqual([])
})
