/**
 * What every adapter does in the same way, whichever forge it speaks to. Each adapter's tests call {@link itConforms} with its
 * fake, and have tests of their own for the rest.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Forge, type ForgeAccess, ForgeError, type Gate, type Refusal } from '../../../src/campaign/forge.js'
import type { Files } from '../git-server.js'
import type { FakeForge } from './fake-forge.js'

export interface Conformance {
  readonly name: string
  readonly start: (repositories: Readonly<Record<string, Files>>) => Promise<FakeForge>
  readonly adapter: (access: ForgeAccess, gate: Gate) => Forge
  /** The request that opens a pull request, as method and path. */
  readonly opening: RegExp
  /** A person that can be asked for a review, besides `bob`, whom the forge refuses. */
  readonly reviewer: string
  /** Whether a commit to one file is taken although the branch has moved on with another one. */
  readonly besidesTheirs: boolean
}

/** What the outcome of something is as a refusal; fails if it was done. */
export async function refusalOf(
  promise: Promise<unknown>,
): Promise<{ kind: Refusal; message: string; retryAfter?: number }> {
  const error = await promise.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(ForgeError)
  return error as ForgeError
}

const SHOP = 'acme/shop'
const BRANCH = 'harden/all-of-it/non-root'
const FILES = { Dockerfile: 'FROM debian\n', 'docs/ü b#?.md': 'Hello\n', 'run.sh': { program: '#!/bin/sh\n' } }
const DRAFT = {
  branch: BRANCH,
  base: 'main',
  title: 'Run as a user',
  body: 'Why: <!-- harden:campaign=x -->\n\n“done”',
  draft: false,
  labels: [],
  reviewers: [],
}

export function itConforms({ name, start, adapter, opening, reviewer, besidesTheirs }: Conformance): void {
  describe(`${name} as a forge`, () => {
    let fake: FakeForge
    let forge: Forge
    /** What went through the gate. */
    let kinds: string[]
    let commits = 0

    beforeEach(async () => {
      fake = await start({ [SHOP]: FILES, 'acme/other': { Dockerfile: 'FROM alpine\n' } })
      kinds = []
      forge = adapter(fake.access, (kind, request) => {
        kinds.push(kind)
        return request()
      })
    })
    afterEach(() => fake.dispose())

    const shop = () => forge.repository(SHOP)
    /** One more commit on a branch, as `git push` would bring it. */
    const push = (branch = BRANCH, from?: string) =>
      fake.git.commit(SHOP, branch, { Dockerfile: `FROM debian\nUSER app\n# ${commits++}\n` }, { from: from ?? 'main' })
    const writes = () => fake.seen.filter(({ isContent }) => isContent)

    describe('a repository', () => {
      it('is described, and cloned from the forge itself', async () => {
        expect(await shop()).toEqual({
          address: { kind: 'remote', forge: forge.kind, origin: fake.origin, name: SHOP },
          cloneUrl: `${fake.origin}/${SHOP}.git`,
          defaultBranch: 'main',
          isArchived: false,
          isFork: false,
          mayPush: true,
          topics: [],
        })
        expect(kinds.every((kind) => kind === 'read')).toBe(true)
      })

      it('is found where it has moved to', async () => {
        fake.rename(SHOP, 'acme/store')
        expect((await shop()).address.name).toBe('acme/store')
      })

      it('is known to be archived', async () => {
        fake.archive(SHOP)
        expect((await shop()).isArchived).toBe(true)
      })

      it('that is not there is gone', async () => {
        expect((await refusalOf(forge.repository('acme/nothing'))).kind).toBe('gone')
      })

      it('is listed with the others of its owner, by name', async () => {
        const found = await forge.repositories({ owner: 'acme', forks: false })
        expect(found.map(({ address }) => address.name)).toEqual(['acme/other', SHOP])
      })
    })

    describe('what it holds', () => {
      it('is the tip of a branch, whatever it is called', async () => {
        const tip = await push()
        expect(await forge.tip(await shop(), BRANCH)).toBe(tip)
        expect(await forge.tip(await shop(), 'harden')).toBeUndefined()
        expect(await forge.tip(await shop(), 'harden/all-of-it')).toBeUndefined()
      })

      it('is a commit', async () => {
        const main = (await fake.git.branches(SHOP)).main!
        const id = await fake.git.commit(
          SHOP,
          BRANCH,
          { a: 'b' },
          { from: 'main', message: 'One\n\nHarden-Campaign: x\n' },
        )
        const commit = await forge.commit(await shop(), id)
        expect(commit).toMatchObject({
          id,
          parents: [main],
          message: expect.stringMatching(/^One\n\nHarden-Campaign: x\n?$/),
        })
        expect(await forge.commit(await shop(), '1'.repeat(40))).toBeUndefined()
      })

      it('is the text of a file', async () => {
        expect(await forge.file(await shop(), 'docs/ü b#?.md', 'main')).toBe('Hello\n')
        expect(await forge.file(await shop(), 'CODEOWNERS', 'main')).toBeUndefined()
        expect((await refusalOf(forge.file(await shop(), '../../other', 'main'))).kind).toBe('invalid')
      })
    })

    describe('a pull request', () => {
      it('is opened with one request that changes something, and found again', async () => {
        const head = await push()
        const opened = await forge.open(await shop(), DRAFT)
        expect(opened).toMatchObject({
          state: 'open',
          title: DRAFT.title,
          body: DRAFT.body,
          branch: BRANCH,
          base: 'main',
          head,
        })
        expect(writes()).toHaveLength(1)
        expect(kinds.at(-1)).toBe('notify')
        expect(opened.url.startsWith(`${fake.origin}/`)).toBe(true)
        expect(await forge.pulls(await shop(), BRANCH)).toEqual([opened])
        expect(await forge.pulls(await shop(), 'harden')).toEqual([])
      })

      it('is opened as a draft', async () => {
        await push()
        expect((await forge.open(await shop(), { ...DRAFT, draft: true })).draft).toBe(true)
        const [pull] = await fake.pulls(SHOP)
        expect(pull!.draft).toBe(true)
      })

      it('is opened once for a branch', async () => {
        await push()
        await forge.open(await shop(), DRAFT)
        expect((await refusalOf(forge.open(await shop(), DRAFT))).kind).toBe('exists')
        expect(await fake.pulls(SHOP)).toHaveLength(1)
      })

      it('is not opened for nothing, nor for no branch, nor where nobody may', async () => {
        await fake.git.git(SHOP, 'branch', BRANCH, 'main')
        expect((await refusalOf(forge.open(await shop(), DRAFT))).kind).toBe('same')
        await push('harden/more')
        expect(
          (await refusalOf(forge.open(await shop(), { ...DRAFT, branch: 'harden/more', base: 'gone' }))).kind,
        ).toBe('invalid')
        const before = await shop()
        fake.archive(SHOP)
        expect((await refusalOf(forge.open(before, { ...DRAFT, branch: 'harden/more' }))).kind).toBe('archived')
        expect(await fake.pulls(SHOP)).toEqual([])
      })

      it('of somebody’s fork is not ours, though its branch has the same name', async () => {
        await fake.openFromFork(SHOP, BRANCH)
        expect(await forge.pulls(await shop(), BRANCH)).toEqual([])
      })

      it('is known in each of its states, newest first', async () => {
        const repository = await shop()
        await push()
        const first = await forge.open(repository, DRAFT)
        await fake.close(SHOP, first.number)
        await push()
        const second = await forge.open(repository, DRAFT)
        await fake.merge(SHOP, second.number)
        const states = (await forge.pulls(repository, BRANCH)).map(({ number, state }) => [number, state])
        expect(states).toEqual([
          [second.number, 'merged'],
          [first.number, 'closed'],
        ])
      })

      it('is given another title and body, closed and opened again', async () => {
        const repository = await shop()
        await push()
        const { number } = await forge.open(repository, { ...DRAFT, draft: true })
        const words = { title: 'Another', body: 'More\n' }
        const isDraft = { draft: true }
        expect(await forge.update(repository, number, words)).toMatchObject({ ...words, ...isDraft, state: 'open' })
        expect(await forge.close(repository, number)).toMatchObject({ ...words, ...isDraft, state: 'closed' })
        expect(await forge.reopen(repository, number)).toMatchObject({ ...words, ...isDraft, state: 'open' })
        expect(await fake.pulls(SHOP)).toMatchObject([{ ...words, ...isDraft, state: 'open' }])
      })

      it('is commented on', async () => {
        await push()
        const { number } = await forge.open(await shop(), DRAFT)
        await forge.comment(await shop(), number, 'It has **moved**.')
        expect((await fake.pulls(SHOP))[0]!.comments).toEqual(['It has **moved**.'])
        expect(kinds.at(-1)).toBe('notify')
      })

      it('is given labels and reviewers it does not have yet, and says who cannot be asked', async () => {
        fake.refuse({ reviewer: 'bob' })
        const repository = await shop()
        await push()
        const { number } = await forge.open(repository, DRAFT)
        const what = { labels: ['security', 'harden'], reviewers: ['bob', reviewer] }
        const said = await forge.decorate(repository, number, what)
        expect(said).toEqual([expect.stringContaining('bob')])
        const [pull] = await fake.pulls(SHOP)
        expect([...pull!.labels].sort()).toEqual(['harden', 'security'])
        expect(pull!.reviewers).toEqual([reviewer])
        const before = writes().length
        expect(await forge.decorate(repository, number, { ...what, reviewers: [reviewer] })).toEqual([])
        expect(writes()).toHaveLength(before)
      })
    })

    it('says what the checks of a commit say, all together', async () => {
      const head = await push()
      const repository = await shop()
      expect(await forge.checks(repository, head)).toBe('none')
      for (const outcome of ['pending', 'failed', 'passed'] as const) {
        fake.setChecks(SHOP, head, outcome)
        expect(await forge.checks(repository, head)).toBe(outcome)
      }
    })

    describe('a branch', () => {
      it('is deleted where it was expected, and nowhere else', async () => {
        const repository = await shop()
        const old = await push()
        const head = await push(BRANCH, BRANCH)
        expect((await refusalOf(forge.deleteBranch(repository, BRANCH, old))).kind).toBe('stale')
        expect((await fake.git.branches(SHOP))[BRANCH]).toBe(head)
        await forge.deleteBranch(repository, BRANCH, head)
        await forge.deleteBranch(repository, BRANCH, head)
        expect(Object.keys(await fake.git.branches(SHOP))).toEqual(['main'])
      })

      it('gets a commit through the API, made where it is not there', async () => {
        const repository = await shop()
        const parent = (await fake.git.branches(SHOP)).main!
        const bytes = Buffer.from([0xff, 0x0d, 0x0a, 0x00])
        const files = [
          { path: 'Dockerfile', bytes, mode: '100644', isNew: false } as const,
          { path: 'a b/ü', bytes: Buffer.from('new'), mode: '100644', isNew: true } as const,
        ]
        const message = 'Run as a user\n\nBecause.\n\nHarden-Campaign: x\n'
        const id = await forge.commitFiles(repository, { branch: BRANCH, parent, message, files })
        expect((await fake.git.branches(SHOP))[BRANCH]).toBe(id)
        expect(await fake.git.file(SHOP, id, 'Dockerfile')).toEqual(bytes)
        expect((await fake.git.file(SHOP, id, 'a b/ü'))!.toString()).toBe('new')
        expect((await fake.git.file(SHOP, id, 'run.sh'))!.toString()).toBe('#!/bin/sh\n')
        const commit = await forge.commit(repository, id)
        expect(commit!.parents).toEqual([parent])
        expect(commit!.message.trimEnd()).toBe(message.trimEnd())
        // On top of that, and not on top of what was there before.
        const next = { branch: BRANCH, message, files: [{ ...files[0]!, bytes: Buffer.from('FROM scratch\n') }] }
        expect((await refusalOf(forge.commitFiles(repository, { ...next, parent }))).kind).toBe('stale')
        const second = await forge.commitFiles(repository, { ...next, parent: id })
        expect((await forge.commit(repository, second))!.parents).toEqual([id])
      })

      const files = [{ path: 'Dockerfile', bytes: Buffer.from('FROM a\n'), mode: '100644', isNew: false } as const]
      const words = { branch: BRANCH, message: 'Fix\n', files }
      /** Somebody else is faster: what they do comes between our look and our change. */
      const overtaken = (act: () => Promise<unknown>) =>
        adapter(fake.access, async (kind, request) => {
          if (kind === 'write') await act()
          return request()
        })

      it('gets a commit on what it shall begin with, though the default branch has moved on', async () => {
        const parent = (await fake.git.branches(SHOP)).main!
        await fake.git.commit(SHOP, 'main', { Dockerfile: 'later' })
        const id = await forge.commitFiles(await shop(), { ...words, parent })
        expect((await fake.git.git(SHOP, 'rev-parse', `${id}^`)).trim()).toBe(parent)
      })

      it.each([
        ['the same file', { Dockerfile: 'theirs' }, 1],
        ['another file', { theirs: 'x' }, besidesTheirs ? 2 : 1],
      ])('stays where somebody changes %s of it meanwhile, and is said to be stale', async (_what, theirs, most) => {
        const parent = await push()
        let foreign = ''
        const late = overtaken(async () => {
          foreign = await fake.git.commit(SHOP, BRANCH, theirs)
        })
        expect((await refusalOf(late.commitFiles(await shop(), { ...words, parent }))).kind).toBe('stale')
        const since = (await fake.git.git(SHOP, 'rev-list', `${parent}..${BRANCH}`)).trim().split('\n')
        expect(since).toHaveLength(most)
        expect(since.at(-1)).toBe(foreign)
      })

      it('stays where it comes up meanwhile, and is said to be stale', async () => {
        const parent = (await fake.git.branches(SHOP)).main!
        let foreign = ''
        const late = overtaken(async () => {
          foreign = await push()
        })
        expect((await refusalOf(late.commitFiles(await shop(), { ...words, parent }))).kind).toBe('stale')
        expect((await fake.git.branches(SHOP))[BRANCH]).toBe(foreign)
      })
    })

    describe('a forge in trouble', () => {
      beforeEach(async () => {
        await push()
      })

      it('is not asked twice to change something, though it may have done so', async () => {
        const repository = await shop()
        fake.fault({ kind: 'lost answer', status: 502, body: { message: 'Bad gateway' }, on: opening })
        expect((await refusalOf(forge.open(repository, DRAFT))).kind).toBe('unavailable')
        fake.fault({ kind: 'cut', on: opening })
        await fake.close(SHOP, 1)
        expect((await refusalOf(forge.open(repository, DRAFT))).kind).toBe('unavailable')
        expect(writes()).toHaveLength(2)
        // It has: the one who asks next finds them.
        expect(await forge.pulls(repository, BRANCH)).toHaveLength(2)
      })

      it('is asked again where that changes nothing', async () => {
        fake.fault({ kind: 'answer', status: 502, body: { message: 'Bad gateway' }, times: 2 })
        expect((await shop()).address.name).toBe(SHOP)
        expect(fake.seen.map(({ status }) => status).slice(0, 2)).toEqual([502, 502])
      })

      it('tells us to wait', async () => {
        const repository = await shop()
        fake.fault({
          kind: 'answer',
          status: 429,
          headers: { 'retry-after': '31' },
          body: { message: 'Slow down' },
          on: opening,
        })
        expect(await refusalOf(forge.open(repository, DRAFT))).toMatchObject({ kind: 'limited', retryAfter: 31 })
        expect(await fake.pulls(SHOP)).toEqual([])
      })

      it('does not know the token any more', async () => {
        const stranger = adapter({ ...fake.access, token: 'another-token' }, (_kind, request) => request())
        const { kind, message } = await refusalOf(stranger.repository(SHOP))
        expect(kind).toBe('unauthorised')
        expect(message).not.toContain('another-token')
      })

      it('repeats the token to us, and we to nobody', async () => {
        const repository = await shop()
        const body = { message: `what is ${fake.access.token}?` }
        fake.fault({ kind: 'answer', status: 403, body, on: opening })
        const { kind, message } = await refusalOf(forge.open(repository, DRAFT))
        expect(kind).toBe('forbidden')
        expect(message).not.toContain(fake.access.token)
        expect(fake.seen.some(({ path }) => path.includes(fake.access.token!))).toBe(false)
      })
    })
  })
}
