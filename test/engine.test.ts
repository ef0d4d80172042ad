import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { documentOf, loadLenses } from '../src/documents/index.js'
import { arrange } from '../src/engine/arrange.js'
import { find, fingerprints } from '../src/engine/find.js'
import { allowing, nothing, plan, restless, safely, withReview } from '../src/engine/plan.js'
import type { Document, Finding, Fix, Plan, Project, TextEdit, Transform } from '../src/model.js'
import { projectOf, textFile } from '../src/project.js'
import { casesIn, checkSubset } from '../src/testing.js'
import { transforms } from '../transforms/index.js'

/** What a transform of these tests does with one document. */
type Run = (document: Document, project: Project) => Iterable<Finding>

const transform = (id: string, run: Run, on = 'dockerfile'): Transform => ({
  id,
  title: id,
  severity: 'low',
  references: [],
  doc: '',
  on,
  run,
})

const edit = (path: string, start: number, end: number, text: string): TextEdit => ({ path, start, end, text })

const fixOf = (edits: readonly TextEdit[], applicability: Fix['applicability'] = 'safe', title = 'Do it'): Fix => ({
  title,
  applicability,
  edits,
})

const findingOf = (at: TextEdit, ...fixes: readonly Fix[]): Finding => ({ at, message: 'It is so', fixes })

/** Replaces the first `from` of every Dockerfile by `to`. */
const replacing = (from: string, to: string, applicability: Fix['applicability'] = 'safe') =>
  transform(`${from}-to-${to}`, function* ({ file }) {
    const start = file.text.indexOf(from)
    if (start < 0) return
    const change = edit(file.path, start, start + from.length, to)
    yield findingOf(change, fixOf([change], applicability))
  })

const projectWith = (files: Record<string, string>): Project =>
  projectOf(Object.entries(files).map(([path, text]) => textFile(path, text)))

const dockerfile = (text: string) => projectWith({ Dockerfile: text })

const textAfter = ({ after }: Plan, path = 'Dockerfile') => after.read(path)?.text

beforeAll(() => loadLenses(['Dockerfile', 'compose.yaml', 'requirements.txt']))

describe('a plan', () => {
  it('goes on until a whole round changes nothing', async () => {
    const result = await plan(dockerfile('FROM a\n'), [replacing('b', 'c'), replacing('a', 'b')], safely)
    expect(textAfter(result)).toBe('FROM c\n')
    expect(result.steps.map((step) => step.transform)).toEqual(['a-to-b', 'b-to-c'])
    expect(result).toMatchObject({ stopped: 'converged', open: [] })
  })

  it('gives each transform the text the last one left, and each step what was before and after it', async () => {
    const result = await plan(dockerfile('FROM a\n'), [replacing('a', 'b'), replacing('b', 'c')], safely)
    const texts = result.steps.map(({ before, after }) => [before, after].map((p) => p.read('Dockerfile')?.text))
    expect(texts).toEqual([
      ['FROM a\n', 'FROM b\n'],
      ['FROM b\n', 'FROM c\n'],
    ])
  })

  it('notices when it goes round in circles, and names who does it', async () => {
    const result = await plan(dockerfile('FROM a\n'), [replacing('a', 'b'), replacing('b', 'a')], safely)
    expect(result.stopped).toBe('cycle')
    expect(restless(result)).toEqual(['a-to-b', 'b-to-a'])
  })

  it('notices a circle that is longer than a round', async () => {
    const around = transform('around', function* ({ file }) {
      const next = { a: 'b', b: 'c', c: 'a' }[file.text[5]!]!
      yield findingOf(edit(file.path, 5, 6, next), fixOf([edit(file.path, 5, 6, next)]))
    })
    expect(await plan(dockerfile('FROM a\n'), [around], safely)).toMatchObject({ stopped: 'cycle' })
  })

  it('gives up on what only ever grows', async () => {
    const growing = transform('growing', function* ({ file }) {
      const more = edit(file.path, file.text.length, file.text.length, 'RUN a\n')
      yield findingOf(more, fixOf([more]))
    })
    const result = await plan(dockerfile('FROM a\n'), [growing], safely)
    expect(result.stopped).toBe('round-limit')
    expect(result.steps.length).toBeGreaterThan(2)
    expect(restless(result)).toEqual(['growing'])
  })

  it('leaves the project it was given as it is, and shares what it did not touch', async () => {
    const before = projectWith({ Dockerfile: 'FROM a\n', 'b/Dockerfile': 'FROM x\n' })
    const result = await plan(before, [replacing('a', 'b')], safely)
    expect(before.read('Dockerfile')?.text).toBe('FROM a\n')
    expect(result.after.read('b/Dockerfile')).toBe(before.read('b/Dockerfile'))
  })

  it('does no more than the selection allows, and leaves the rest open', async () => {
    const all = [replacing('a', 'b', 'review'), replacing('x', 'y')]
    const project = dockerfile('FROM a:x\n')
    expect(textAfter(await plan(project, all, nothing))).toBe('FROM a:x\n')
    const safe = await plan(project, all, safely)
    expect(textAfter(safe)).toBe('FROM a:y\n')
    expect(safe.open.map(({ transform }) => transform.id)).toEqual(['a-to-b'])
    expect(safe.found).toHaveLength(2)
    expect(textAfter(await plan(project, all, withReview))).toBe('FROM b:y\n')
    expect(textAfter(await plan(project, all, allowing('review')))).toBe('FROM b:x\n')
  })

  it('never does a hint, whoever selects it', async () => {
    const all = [replacing('a', 'b', 'hint')]
    const result = await plan(dockerfile('FROM a\n'), all, allowing('safe', 'review', 'hint'))
    expect(result).toMatchObject({ steps: [], stopped: 'converged' })
    expect(result.open).toHaveLength(1)
    const insistent = await plan(dockerfile('FROM a\n'), [mixed('hint')], ({ findings }) =>
      findings.map((finding) => ({ finding, fix: finding.fixes![1]! })),
    )
    expect(insistent.steps).toEqual([])
  })

  it('takes an alternative only if it is asked for', async () => {
    const project = dockerfile('FROM a\n')
    expect(textAfter(await plan(project, [mixed('safe')], withReview))).toBe('FROM b\n')
    const other = await plan(project, [mixed('safe')], ({ findings }) =>
      findings.map((finding) => ({ finding, fix: finding.fixes![1]! })),
    )
    expect(textAfter(other)).toBe('FROM c\n')
    // The first fix decides what is done unasked: a safe alternative does not make up for it.
    expect(textAfter(await plan(project, [mixed('safe', 'review')], safely))).toBe('FROM a\n')
  })

  /** Two ways to replace the `a`. */
  function mixed(second: Fix['applicability'], first: Fix['applicability'] = 'safe') {
    return transform('mixed', function* ({ file }) {
      if (file.text[5] !== 'a') return
      const [b, c] = ['b', 'c'].map((text) => edit(file.path, 5, 6, text))
      yield findingOf(b!, fixOf([b!], first), fixOf([c!], second))
    })
  }

  it('makes a file that is not there of an insertion', async () => {
    const ignoring = transform('ignoring', function* (document, project) {
      if (project.read('.dockerignore')) return
      const all = edit('.dockerignore', 0, 0, '.git\n')
      yield findingOf(edit(document.file.path, 0, 0, ''), fixOf([all]))
    })
    const result = await plan(dockerfile('FROM a\n'), [ignoring], safely)
    expect(textAfter(result, '.dockerignore')).toBe('.git\n')
    expect(result.after.paths).toEqual(['.dockerignore', 'Dockerfile'])
    expect(result.stopped).toBe('converged')
  })

  it('remembers what it would have had to know', async () => {
    const curious = transform('curious', (_, project) => {
      for (const key of ['a', 'b', 'a']) project.facts.get({ kind: 'image-user', key })
      return []
    })
    const known = { get: ({ key }: { key: string }) => (key === 'b' ? '0' : undefined) }
    const project = { ...dockerfile('FROM a\n'), facts: known }
    expect((await plan(project, [curious], safely)).wanted).toEqual([{ kind: 'image-user', key: 'a' }])
  })

  it('leaves alone what cannot be read for certain, and says so', async () => {
    const project = projectWith({
      'a/Dockerfile': 'FROM a\nNONSENSE a\n',
      'b/Dockerfile': 'FROM a\n',
      'b/Dockerfile.j2': 'FROM {{ image }}\n',
      'c/Dockerfile': 'FROM a\n',
    })
    const result = await plan(project, [replacing('a', 'b')], safely)
    expect(result.unread.map(({ path }) => path)).toEqual(['a/Dockerfile', 'b/Dockerfile'])
    expect([...result.after.edited.keys()]).toEqual(['c/Dockerfile'])
  })

  it('takes back a fix after which the file would no longer read', async () => {
    const breaking = (text: string) =>
      transform('breaking', function* ({ file }) {
        const good = edit(file.path, 5, 6, 'b')
        const bad = edit(file.path, file.text.length, file.text.length, text)
        if (file.text[5] === 'a') yield findingOf(good, fixOf([good], 'safe', 'good'))
        yield findingOf(bad, fixOf([bad], 'safe', 'bad'))
      })
    for (const text of ['NONSENSE\n', 'RUN cat <<EOF\n', 'RUN if\n', '{{ x }}\n']) {
      const result = await plan(dockerfile('FROM a\nRUN true\n'), [breaking(text)], safely)
      expect(textAfter(result), text).toBe('FROM b\nRUN true\n')
      expect(result.stopped).toBe('converged')
      expect(result.steps.flatMap((step) => step.choices.map(({ fix }) => fix.title))).toEqual(['good'])
      expect(result.open).toHaveLength(1)
    }
  })

  it('does not hold against a fix what was broken before', async () => {
    const result = await plan(dockerfile('FROM a\nRUN if\n'), [replacing('a', 'b')], safely)
    expect(textAfter(result)).toBe('FROM b\nRUN if\n')
  })
})

describe('a fix', () => {
  const both = (paths: readonly string[], replacement: string) =>
    transform('both', function* ({ file }, project) {
      if (file.path !== paths[0] || file.text[5] !== 'a') return
      const edits = paths.map((path) => edit(path, 5, 6, replacement))
      expect(project.read(paths[1]!)).toBeDefined()
      yield findingOf(edits[0]!, fixOf(edits))
    })

  it('is done in all of its files', async () => {
    const project = projectWith({ 'a/Dockerfile': 'FROM a\n', 'b/Dockerfile': 'FROM a\n' })
    const result = await plan(project, [both(['a/Dockerfile', 'b/Dockerfile'], 'b')], safely)
    expect([...result.after.edited.values()].map(({ text }) => text)).toEqual(['FROM b\n', 'FROM b\n'])
  })

  it('is done in none of its files if one of them would no longer read', async () => {
    const project = projectWith({ 'a/Dockerfile': 'FROM a\n', 'b/compose.yaml': 'x:   a\n' })
    const result = await plan(project, [both(['a/Dockerfile', 'b/compose.yaml'], '{')], safely)
    expect([...result.after.edited.keys()]).toEqual([])
    expect(result.open).toHaveLength(1)
  })

  it('waits for the next round in all of its files if it meets another one in one of them', async () => {
    const two = transform('two', function* ({ file }, project) {
      if (file.path !== 'a/Dockerfile') return
      const other = project.read('b/Dockerfile')!
      const a = edit('a/Dockerfile', 5, 6, 'b')
      const b = edit('b/Dockerfile', 5, 6, 'b')
      const c = edit('b/Dockerfile', 0, 6, 'FROM c')
      if (other.text === 'FROM a\n') yield findingOf(c, fixOf([c]))
      if (file.text === 'FROM a\n') yield findingOf(a, fixOf([a, b]))
    })
    const project = projectWith({ 'a/Dockerfile': 'FROM a\n', 'b/Dockerfile': 'FROM a\n' })
    const result = await plan(project, [two], safely)
    expect(result.steps.map(({ after }) => ['a', 'b'].map((name) => after.read(`${name}/Dockerfile`)?.text))).toEqual([
      ['FROM a\n', 'FROM c\n'],
      ['FROM b\n', 'FROM b\n'],
    ])
  })
})

describe('arranging', () => {
  const taken = (...fixes: readonly (readonly TextEdit[])[]) =>
    arrange(fixes.map((edits) => ({ finding: findingOf(edits[0]!), fix: fixOf(edits) }))).taken.map(({ fix }) =>
      fixes.indexOf(fix.edits),
    )

  it('allows touching, and neither sharing a character nor writing at the same point', () => {
    expect(taken([edit('a', 0, 2, '')], [edit('a', 2, 4, '')])).toEqual([0, 1])
    expect(taken([edit('a', 0, 3, '')], [edit('a', 2, 4, '')])).toEqual([0])
    expect(taken([edit('a', 2, 2, 'x')], [edit('a', 2, 2, 'x')])).toEqual([0])
    expect(taken([edit('a', 2, 2, 'x')], [edit('b', 2, 2, 'x')])).toEqual([0, 1])
    expect(taken([edit('a', 2, 2, 'x')], [edit('a', 2, 4, 'x')], [edit('a', 0, 2, 'x')])).toEqual([0, 1, 2])
  })

  it('leaves out whole fixes, and of two the later one', () => {
    expect(taken([edit('a', 0, 2, '')], [edit('b', 0, 2, ''), edit('a', 1, 3, '')], [edit('b', 0, 2, '')])).toEqual([
      0, 2,
    ])
  })
})

describe('applicability', () => {
  const text = 'FROM a\n# keep this\nRUN b\n'
  const level = (...edits: readonly TextEdit[]) => {
    const project = dockerfile(text)
    const [finding] = find(
      project,
      transform('any', () => [findingOf(edits[0]!, fixOf(edits))]),
    )
    return finding!.fixes![0]!
  }
  const comment = { start: text.indexOf('#'), end: text.indexOf('\nRUN') }

  it('is what the transform says where no comment is lost', () => {
    expect(level(edit('Dockerfile', 5, 6, 'b')).applicability).toBe('safe')
    expect(level(edit('Dockerfile', comment.start, comment.start, '# one more\n')).applicability).toBe('safe')
    expect(level(edit('Dockerfile', comment.end + 1, text.length, '')).applicability).toBe('safe')
  })

  it('is lowered where a comment is lost', () => {
    const fix = level(edit('Dockerfile', comment.start, comment.end + 1, ''))
    expect(fix).toMatchObject({ applicability: 'review', caveat: 'This removes a comment.' })
    expect(level(edit('Dockerfile', comment.start + 3, comment.end, '')).applicability).toBe('review')
    expect(level(edit('Dockerfile', 0, text.length, 'FROM b\n')).applicability).toBe('review')
  })

  it('stays where the fix writes the comment again, in its place or elsewhere', () => {
    expect(level(edit('Dockerfile', 0, text.length, 'FROM b\n# keep this\n')).applicability).toBe('safe')
    const moved = [edit('Dockerfile', 0, 0, '# keep this\n'), edit('Dockerfile', comment.start, comment.end + 1, '')]
    expect(level(...moved).applicability).toBe('safe')
  })
})

describe('a comment that asks to keep something', () => {
  /** Finds every `weak`. */
  const weak = transform('strong', function* ({ file }) {
    for (const { index } of file.text.matchAll(/weak/g)) {
      const change = edit(file.path, index, index + 4, 'good')
      yield findingOf(change, fixOf([change]))
    }
  })
  const left = async (text: string) => textAfter(await plan(dockerfile(text), [weak], safely))
  const kept = async (text: string) => expect(await left(text)).toBe(text)
  const mended = async (text: string) => expect(await left(text)).toBe(text.replaceAll('weak', 'good'))

  it('is heard on the line above, with a reason or without', async () => {
    await kept('FROM a\n# harden: keep strong — it is a test\nRUN weak\n')
    await kept('FROM a\n# harden: keep strong\nRUN weak\n')
    await kept('FROM a\r\n#harden:keep strong - so it is\r\nRUN weak\r\n')
    await kept('\uFEFF# harden: keep strong\nFROM weak\n')
  })

  it('is heard anywhere in the block of comments right above', async () => {
    await kept('FROM a\n# harden: keep strong — for now\n# more about it\nRUN weak\n')
    await kept('FROM a\n# one\n  # harden: keep other, strong\n# two\nRUN weak\n')
  })

  it('is heard inside an instruction that goes on over lines', async () => {
    await kept('FROM a\nRUN b && \\\n  # harden: keep strong\n  weak\n')
  })

  it('speaks of nothing else', async () => {
    await mended('FROM a\n# harden: keep other\nRUN weak\n')
    await mended('FROM a\n# harden: keep stronger\nRUN weak\n')
    await mended('FROM a\n# harden: keep strong\n\nRUN weak\n')
    await mended('FROM a\n# harden: keep strong\nRUN b\nRUN weak\n')
    await mended('FROM a\nRUN echo "# harden: keep strong"\nRUN weak\n')
    await mended('FROM a\nRUN weak\n# harden: keep strong\n')
    expect(await left('FROM a\n# harden: keep strong\nRUN weak\nRUN weak\n')).toBe(
      'FROM a\n# harden: keep strong\nRUN weak\nRUN good\n',
    )
  })

  it('is heard in every syntax that has comments, on the same line too', async () => {
    const on = (kind: string) => ({ ...weak, on: kind })
    const requirements = projectWith({
      'requirements.txt': 'weak==1  # harden: keep strong — pinned by hand\n# harden: keep strong\nweak==2\nweak==3\n',
    })
    const lines = textAfter(await plan(requirements, [on('requirements')], safely), 'requirements.txt')?.split('\n')
    expect(lines).toMatchObject({ 0: expect.stringMatching(/^weak/), 2: 'weak==2', 3: 'good==3' })
    const compose = projectWith({
      'compose.yaml':
        'services:\n  a:\n    image: weak # harden: keep strong\n  b:\n    # harden: keep strong\n    image: weak\n  c:\n    image: weak\n',
    })
    expect(textAfter(await plan(compose, [on('compose')], safely), 'compose.yaml')?.match(/image: \w+/g)).toEqual([
      'image: weak',
      'image: weak',
      'image: good',
    ])
  })

  it('keeps the finding out of the report as well', async () => {
    expect(await plan(dockerfile('FROM a\n# harden: keep strong\nRUN weak\n'), [weak], safely)).toMatchObject({
      found: [],
      open: [],
    })
  })
})

describe('a filter', () => {
  it('keeps findings elsewhere from being reported and repaired', async () => {
    const project = projectWith({ 'a/Dockerfile': 'FROM a\n', 'b/Dockerfile': 'FROM a\n' })
    const result = await plan(project, [replacing('a', 'b')], safely, {
      admits: (_, finding) => finding.at.path.startsWith('b/'),
    })
    expect([...result.after.edited.keys()]).toEqual(['b/Dockerfile'])
    expect(result.found).toHaveLength(1)
  })
})

describe('the name of a finding', () => {
  const names = async (text: string) => {
    const runs = transform('runs', function* ({ file }) {
      for (const { index } of file.text.matchAll(/RUN \w/g))
        yield { at: edit(file.path, index, index + 3, ''), message: file.text.slice(index, index + 5) }
    })
    return fingerprints((await plan(dockerfile(text), [runs], nothing)).found)
  }

  it('stays when lines move, and is another one for every finding', async () => {
    const before = await names('FROM a\nRUN a\nRUN b\nRUN a\n')
    expect(new Set(before).size).toBe(3)
    expect(await names('# new\n\nFROM a\nRUN a\nRUN b\nRUN a\n')).toEqual(before)
    expect((await names('FROM a\nRUN b\n'))[0]).toBe(before[1])
    for (const name of before) expect(name).toMatch(/^[0-9a-f]{12}$/)
  })
})

/** Small projects made of lines that transforms have something to say about. */
const line = fc.constantFrom(
  'FROM node:22-alpine AS build',
  'FROM python:3.12-slim',
  'FROM debian:12 AS other',
  'WORKDIR /app',
  'COPY . .',
  'COPY --chown=node:node . /srv',
  'COPY --from=build /app /app',
  'RUN npm ci',
  'RUN adduser -D app && chown -R app /app',
  'RUN mkdir -p /data \\\n  # why\n  && touch /data/x',
  'USER root',
  'USER app',
  'USER 1000:1000',
  'VOLUME /data',
  'EXPOSE 80',
  'ENV HOME=/home/app',
  'ARG USER=root',
  '# a comment',
  '',
  'CMD ["node", "server.js"]',
  'ENTRYPOINT ["./start.sh"]',
)
const requirement = fc.constantFrom('a==1', 'A>=1', 'a[x]~=1.0', 'b', 'b==2  # why', '# c', '-r base.txt', '', 'b<3')
const anyProject = fc
  .record({
    head: fc.constantFrom('FROM node:22', 'FROM python:3.12-slim', 'FROM alpine:3.20'),
    lines: fc.array(line, { maxLength: 12 }),
    requirements: fc.array(requirement, { maxLength: 6 }),
    base: fc.array(requirement, { maxLength: 3 }),
    eol: fc.constantFrom('\n', '\r\n'),
    end: fc.boolean(),
  })
  .map(({ head, lines, requirements, base, eol, end }) => {
    const text = (all: readonly string[]) => all.join('\n').replaceAll('\n', eol) + (end ? eol : '')
    return projectWith({
      Dockerfile: text([head, ...lines]),
      'requirements.txt': text(requirements),
      'base.txt': text(base),
    })
  })

describe('the transforms together', () => {
  it('come to rest on any project, and find nothing more to do on what they left', async () => {
    let changed = 0
    await fc.assert(
      fc.asyncProperty(anyProject, async (project) => {
        const once = await plan(project, transforms, withReview)
        expect(once.stopped).toBe('converged')
        if (once.steps.length > 0) changed++
        const files = once.after.paths.map((path) => once.after.read(path)!)
        const twice = await plan(projectOf(files), transforms, withReview)
        expect(twice.steps).toEqual([])
        for (const file of once.after.edited.values()) expect(documentOf(file)?.problems ?? []).toEqual([])
      }),
      { numRuns: 200 },
    )
    expect(changed).toBeGreaterThan(20)
  })

  it('leave every comment that nobody was asked about', async () => {
    await fc.assert(
      fc.asyncProperty(anyProject, async (project) => {
        const { before, after } = await plan(project, transforms, safely)
        for (const { path, text } of after.edited.values()) {
          const comments = before.read(path)?.text.match(/#.*/g) ?? []
          for (const comment of comments) expect(text).toContain(comment.trimEnd())
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('every subset of a plan leaves files that read', () => {
  const snapshots = join(import.meta.dirname, '..', 'snapshots')
  for (const name of readdirSync(snapshots)) {
    it(name, async () => {
      for (const folder of casesIn(join(snapshots, name))) {
        for (let seed = 1; seed <= 4; seed++) {
          expect(await checkSubset(folder, transforms, chanceOf(seed)), `${folder}, seed ${seed}`).toEqual([])
        }
      }
    })
  }

  /** The same throws of a coin for the same seed (mulberry32). */
  function chanceOf(seed: number): () => boolean {
    let state = seed
    return () => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) & 1) === 0
    }
  }
})
