import { describe, expect, it } from 'vitest'
import { allowing, nothing, safely, withReview } from '../../src/engine/plan.js'
import { doneReport } from '../../src/ui/done.js'
import { nextAfterCheck, nextAfterFix } from '../../src/ui/next.js'
import { preview } from '../../src/ui/preview.js'
import { fails, type Item, placeOf } from '../../src/ui/report.js'
import { terseReport, textReport } from '../../src/ui/text.js'
import { dockerfiles, finding, plain, replacing, reported } from './reports.js'

const WEAK = 'FROM a:latest\nRUN one\nRUN bad\nRUN two\nRUN bad\nUSER root\n'
const user = finding('no-root', /USER root/g, replacing('USER 1'), 'high')
const bad = finding('no-bad', /RUN bad/g, replacing('RUN good', 'review', 'It may be too good.'))
const latest = finding(
  'no-latest',
  /:latest/g,
  (at) => ({ evidence: [{ note: 'A tag that moves', at }, { note: 'Seen twice' }] }),
  'low',
)
const all = [user, bad, latest]
const lines = (items: readonly Item[]) =>
  items.map((item) => `${item.state} ${placeOf(item).start.line} ${item.transform.id}`)

describe('a report', () => {
  it('lists every finding as open when nothing was done', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), all)
    expect(lines(report.items)).toEqual(['open 1 no-latest', 'open 3 no-bad', 'open 5 no-bad', 'open 6 no-root'])
    expect(fails(report, 'high')).toBe(true)
    expect(fails(report, 'never')).toBe(false)
  })

  it('says of each what became of it, where it stands now', async () => {
    const adding = finding('no-root', /USER root/g, (at) => ({
      fixes: [
        {
          title: 'x',
          applicability: 'safe',
          edits: [
            { path: at.path, start: 0, end: 0, text: '# top\n# two\n' },
            { ...at, text: 'USER 1' },
          ],
        },
      ],
    }))
    const written = await reported(dockerfiles({ Dockerfile: WEAK }), [adding, bad], safely, {
      command: 'fix',
      written: true,
    })
    expect(lines(written.report.items)).toEqual(['open 5 no-bad', 'fixed 6 no-root', 'open 7 no-bad'])
    const dry = await reported(dockerfiles({ Dockerfile: WEAK }), [adding, bad], safely, { command: 'fix' })
    expect(lines(dry.report.items)).toEqual(['open 3 no-bad', 'open 5 no-bad', 'fixed 6 no-root'])
    expect(written.report.changed.map((file) => file.path)).toEqual(['Dockerfile'])
  })

  it('tells equal findings apart', async () => {
    const first = await reported(dockerfiles({ Dockerfile: WEAK }), [bad], ({ findings }) =>
      findings.filter((f) => f.at.start < 30).map((f) => ({ finding: f, fix: f.fixes![0]! })),
    )
    expect(lines(first.report.items)).toEqual(['fixed 3 no-bad', 'open 5 no-bad'])
    expect(new Set(first.report.items.map((item) => item.id)).size).toBe(2)
  })

  it('counts as fixed what another fix took away', async () => {
    const line = finding('no-line', /RUN bad\n/g, replacing(''))
    const { report } = await reported(dockerfiles({ Dockerfile: 'FROM a\nRUN bad\n' }), [line, bad], safely, {
      written: true,
    })
    expect(lines(report.items)).toEqual(['fixed 2 no-line', 'fixed 2 no-bad'])
    expect(doneReport(report, [], plain)).toContain('Gone with another fix.')
  })

  it('lists what a fix brought to light, open or fixed', async () => {
    const one = finding('one', /aaa/g, replacing('bbb'))
    const two = finding('two', /bbb/g, replacing('ccc'))
    const three = finding('three', /ccc/g)
    const project = dockerfiles({ Dockerfile: 'FROM aaa\n' })
    const { report } = await reported(project, [one, two, three], safely, { written: true })
    expect(lines(report.items)).toEqual(['fixed 1 one', 'open 1 three', 'fixed 1 two'])
  })

  it('holds only the findings that were named', async () => {
    const project = dockerfiles({ Dockerfile: WEAK })
    const { report } = await reported(project, all)
    const id = report.items[1]!.id
    const named = await reported(project, all, nothing, { ids: new Set([id]) })
    expect(named.report.items.map((item) => item.id)).toEqual([id])
  })

  it('keeps ids when lines move', async () => {
    const ids = async (text: string) =>
      (await reported(dockerfiles({ Dockerfile: text }), all)).report.items.map((item) => item.id)
    expect(await ids(`# a comment\n\n${WEAK}`)).toEqual(await ids(WEAK))
  })
})

describe('the text of a check', () => {
  it('shows what, where, why, and what to do next', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK, 'web/Dockerfile': 'FROM b\nUSER root\n' }), all)
    expect(textReport(report, nextAfterCheck(report, ' web'), plain)).toMatchInlineSnapshot(`
      "Dockerfile:1:7  low  no-latest                                      6665bfeebb06
        There is a :latest.

          1 │ FROM a:latest
            │       ^^^^^^^

          why  A tag that moves (Dockerfile:1)
               Seen twice
          fix  [hint] by hand; harden explain no-latest says more

      Dockerfile:3:1  medium  no-bad                                      09e48cda32bc
        There is a RUN bad.

          2 │ RUN one
          3 │ RUN bad
            │ ^^^^^^^

          fix  [review] Write RUN good
               It may be too good.

      Dockerfile:5:1  medium  no-bad                                      c86c32291752
        There is a RUN bad.

          4 │ RUN two
          5 │ RUN bad
            │ ^^^^^^^

          fix  [review] Write RUN good
               It may be too good.

      Dockerfile:6:1  high  no-root                                       bd360bd319b0
        There is a USER root.

          5 │ RUN bad
          6 │ USER root
            │ ^^^^^^^^^

          fix  [safe] Write USER 1

      web/Dockerfile:2:1  high  no-root                                   7745a11af486
        There is a USER root.

          1 │ FROM b
          2 │ USER root
            │ ^^^^^^^^^

          fix  [safe] Write USER 1

      5 findings in 2 files: 2 high, 2 medium, 1 low.
      2 can be fixed safely, 2 can be fixed after a look, 1 needs a person.

      Next

        harden fix --dry-run web           shows the 2 safe fixes as a patch
        harden fix --dry-run --review web  with the 2 that a person should look at
        harden fix --review web            shows the plan, asks, and applies it
      "
    `)
  })

  it('is one line per finding when it is to be quiet', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: 'FROM a\nUSER root\n' }), all)
    expect(terseReport(report, plain)).toMatch(
      /^Dockerfile:2:1: high: There is a USER root\. \[no-root\] [0-9a-f]{12}\n$/,
    )
  })

  it('is short and friendly when all is well', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: 'FROM a\n' }), all)
    expect(textReport(report, nextAfterCheck(report, ''), plain)).toBe('✓ Nothing to harden in 1 file.\n')
    const empty = await reported(dockerfiles({}), all)
    expect(textReport(empty.report, [], plain)).toMatch(/^Nothing to look at/)
  })

  it('names the files that were left alone', async () => {
    const template = { 'a/Dockerfile': 'FROM a\n', 'a/Dockerfile.j2': 'FROM {{ a }}\n' }
    const { report } = await reported(dockerfiles(template), all)
    const text = textReport(report, [], plain)
    expect(text).toContain('Left alone\n\n  ! a/Dockerfile: it is made from a/Dockerfile.j2; edit that file\n')
  })

  it('fits the terminal, and escapes what comes from files', async () => {
    const odd = finding('odd', /RUN .*/g, () => ({
      message: `A\x1b[31m ${'word '.repeat(30)}`.trim(),
      evidence: [{ note: 'because \u202e' }],
      fixes: [{ title: 'Do \x07', applicability: 'review', edits: [], caveat: 'c\x9b' }],
    }))
    const { report } = await reported(dockerfiles({ Dockerfile: `FROM a\nRUN \x1b]0;x\x07 ${'y'.repeat(200)}\n` }), [
      odd,
    ])
    const text = textReport(report, [], { ...plain, width: 60 })
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(text.split('\n').every((line) => line.length <= 60)).toBe(true)
  })
})

describe('the text of a fix', () => {
  it('says what was done, what is left and why, and the way back', async () => {
    const about = {
      command: 'fix',
      written: true,
      allows: ({ applicability }: { applicability: string }) => applicability === 'safe',
    } as const
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), all, safely, about)
    expect(doneReport(report, nextAfterFix(report, ''), plain)).toMatchInlineSnapshot(`
      "Dockerfile

        ·   1  low  There is a :latest.  no-latest
               needs a person: there is no fix for it
        ·   3  medium  There is a RUN bad.  no-bad
               needs --review: Write RUN good
        ·   5  medium  There is a RUN bad.  no-bad
               needs --review: Write RUN good
        ✓   6  [safe]  Write USER 1  no-root

      Fixed 1 finding and changed 1 file. 3 findings left: 2 medium, 1 low.

      Next

        harden undo                    takes this back
        harden fix --dry-run --review  shows the 2 that a person should look at
      "
    `)
  })

  it('says what it would do', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), all, withReview, { command: 'fix' })
    const text = doneReport(report, nextAfterFix(report, ''), plain)
    expect(text).toContain('Would fix 3 findings and change 1 file. 1 finding left: 1 low.')
    expect(text).toContain('harden fix --yes --review')
  })

  it('says why a fix was not done although it may be', async () => {
    const about = { command: 'fix', allows: () => true } as const
    const other = finding('other', /USER root/g, () => ({
      fixes: [{ title: 'Both', applicability: 'safe', edits: [{ path: 'else', start: 0, end: 0, text: 'x' }] }],
    }))
    const outside = await reported(dockerfiles({ Dockerfile: WEAK }), [other], nothing, {
      ...about,
      covers: (path) => path === 'Dockerfile',
    })
    const below = { ...plain, name: (path: string) => `../${path}` }
    expect(doneReport(outside.report, [], below)).toContain('its fix also changes ../else, which was not named')
    const refused = await reported(dockerfiles({ Dockerfile: WEAK }), [user], allowing(), about)
    expect(doneReport(refused.report, [], plain)).toContain('Nothing changed. 1 finding left: 1 high.')
  })
})

describe('the preview', () => {
  it('numbers the lines of both sides', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), all, withReview)
    expect(preview(report.changed, plain)).toMatchInlineSnapshot(`
      "Dockerfile

        1 1   FROM a:latest
        2 2   RUN one
        3   - RUN bad
          3 + RUN good
        4 4   RUN two
        5   - RUN bad
        6   - USER root
          5 + RUN good
          6 + USER 1
      "
    `)
  })

  it('folds long lines and cuts none, and escapes', async () => {
    const text = `RUN bad ${'x'.repeat(100)}\x1b[31m\n`
    const { report } = await reported(dockerfiles({ Dockerfile: `FROM a\n${text}` }), [bad], withReview)
    const shown = preview(report.changed, { ...plain, width: 60 })
    expect(shown.split('\n').every((line) => line.length <= 60)).toBe(true)
    expect(shown.match(/x/g)).toHaveLength(200 + 2)
    expect(shown).toContain('\\x1b[31m')
  })

  it('shows neither line endings nor a byte order mark', async () => {
    const { report } = await reported(
      dockerfiles({ Dockerfile: `\uFEFF${WEAK.replaceAll('\n', '\r\n')}` }),
      all,
      withReview,
    )
    expect(preview(report.changed, plain)).not.toMatch(/\\r|\\ufeff/)
  })

  it('says that a file is new', async () => {
    const creating = finding('new', /USER root/g, () => ({
      fixes: [{ title: 'x', applicability: 'safe', edits: [{ path: 'new', start: 0, end: 0, text: 'one\ntwo' }] }],
    }))
    const once = {
      ...creating,
      *run(...[document, project]: Parameters<typeof creating.run>) {
        if (!project.read('new')) yield* creating.run(document, project)
      },
    }
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), [once], safely)
    expect(preview(report.changed, plain)).toMatchInlineSnapshot(`
      "new (new)

          1 + one
          2 + two
            \\ No newline at end of file
      "
    `)
  })
})
