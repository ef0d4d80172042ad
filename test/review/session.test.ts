import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadLenses } from '../../src/documents/index.js'
import { findAll } from '../../src/engine/find.js'
import { applyTo, projectOf, textFile } from '../../src/project.js'
import { answersFromJson, answersToJson } from '../../src/review/answer.js'
import { fixFromTexts } from '../../src/review/edited.js'
import {
  accept,
  acceptEdited,
  begin,
  keep,
  keeping,
  questionOf,
  reopened,
  replay,
  type Session,
  skip,
  split,
  written,
} from '../../src/review/session.js'
import { dockerfile, hasty, sessionOf, textOf } from './project.js'

beforeAll(() => loadLenses(['Dockerfile', 'requirements.txt']))

const open = ({ questions }: Session) => questions.filter(({ state }) => state === 'open')
const first = (session: Session, key: number) => ({ key, fix: questionOf(session, key)!.fixes[0]! })

describe('a review', () => {
  it('asks in the order of work', () => {
    const session = sessionOf({ 'b/Dockerfile': dockerfile('bad 1'), Dockerfile: dockerfile('bad 2', 'loose') })
    expect(session.questions.map(({ transform, finding }) => `${transform.id} ${finding.at.path}`)).toEqual([
      'bad-words Dockerfile',
      'bad-words b/Dockerfile',
      'loose-ends Dockerfile',
    ])
  })

  it('plans what follows on what was accepted, and asks about what comes up', () => {
    const session = sessionOf({ Dockerfile: dockerfile('bad 1', 'loose') })
    const next = accept(session, [first(session, 1)])
    expect(textOf(next, 'Dockerfile')).toBe(dockerfile('good 1', 'loose'))
    expect(next.questions.map(({ state }) => state)).toEqual(['accepted', 'open'])
    // `loose-ends` asks once more where its first answer leaves something.
    const again = accept(next, [first(next, 2)])
    expect(again.questions.map(({ state, finding }) => `${state} ${finding.message}`)).toEqual([
      'accepted a bad word',
      'accepted a loose end',
      'open a tied end',
    ])
  })

  it('knows what another fix has settled', () => {
    const session = sessionOf({ Dockerfile: dockerfile('bad 1 loose') })
    const removed = questionOf(session, 1)!.fixes[1]!
    const next = accept(session, [{ key: 1, fix: removed }])
    expect(next.questions.map(({ state }) => state)).toEqual(['accepted', 'gone'])
  })

  it('remembers a no when its lines move, also among equals', () => {
    const session = sessionOf({ Dockerfile: dockerfile('bad 1', 'bad 2', 'bad 3') })
    const skipped = skip(session, [2])
    const next = accept(skipped, [first(skipped, 1), first(skipped, 3)])
    expect(next.questions.map(({ state }) => state)).toEqual(['accepted', 'skipped', 'accepted'])
    expect(textOf(next, 'Dockerfile')).toBe(dockerfile('good 1', 'bad 2', 'good 3'))
  })

  it('does not do what would leave a file that cannot be read', () => {
    const session = sessionOf({ Dockerfile: dockerfile('bad 666') })
    expect(accept(session, [first(session, 1)])).toBe(session)
  })

  it('does what meets one after the other', () => {
    const session = sessionOf({ Dockerfile: dockerfile('bad 1 bad 1') })
    const next = accept(
      session,
      open(session).map(({ key }) => first(session, key)),
    )
    expect(open(next)).toHaveLength(0)
  })

  it('takes one answer back and keeps the others', () => {
    const session = sessionOf({ Dockerfile: dockerfile('bad 1', 'bad 2', 'bad 3') })
    const all = [1, 2, 3].reduce((so, key) => accept(so, [first(so, key)]), session)
    const { session: next, lost, key } = reopened(all, 2)
    expect(textOf(next, 'Dockerfile')).toBe(dockerfile('good 1', 'bad 2', 'good 3'))
    expect(lost).toBe(0)
    expect(questionOf(next, key!)?.state).toBe('open')
  })

  it('asks about a fix piece by piece once it is split', () => {
    const session = sessionOf({ Dockerfile: dockerfile('many a b c') })
    const pieces = split(session, 1)
    expect(pieces.questions.map(({ part }) => part)).toEqual(['Take out a', 'Take out b', 'Take out c'])
    const second = open(pieces)[1]!
    const next = accept(skip(pieces, [open(pieces)[0]!.key]), [{ key: second.key, fix: second.fixes[0]! }])
    expect(textOf(next, 'Dockerfile')).toBe(dockerfile('many a c'))
    expect(next.questions.map(({ part, state }) => `${part}: ${state}`)).toEqual([
      'Take out a: skipped',
      'Take out b: accepted',
      'Take out c: open',
    ])
    const afterwards = replay(begin(session.base, session.scope), next.answers)
    expect(textOf(afterwards.session, 'Dockerfile')).toBe(dockerfile('many a c'))
    expect(split(next, second.key)).toBe(next)
  })

  it('starts from the disk again once all is written, and still knows what was skipped', () => {
    const session = sessionOf({ Dockerfile: dockerfile('bad 1', 'bad 2', 'bad 3') })
    const some = skip(accept(session, [first(session, 1)]), [2])
    const later = written(some)
    expect(later.questions.map(({ state }) => state)).toEqual(['written', 'skipped', 'open'])
    const { session: resumed, lost } = replay(begin(later.base, later.scope), later.answers)
    expect(resumed.questions.map(({ state }) => state)).toEqual(['skipped', 'open'])
    expect(lost).toBe(0)
  })

  it('asks only about the findings that were named', () => {
    const all = sessionOf({ Dockerfile: dockerfile('bad 1', 'loose') })
    const only = begin(all.base, { ...all.scope, only: new Set([all.questions[1]!.id]) })
    expect(only.questions.map(({ transform }) => transform.id)).toEqual(['loose-ends'])
    expect(accept(only, [first(only, 1)]).questions).toHaveLength(1)
  })

  it('leaves out what would change a file that is not covered', () => {
    const session = sessionOf({ Dockerfile: dockerfile('bad 1'), 'b/Dockerfile': dockerfile('bad 2') })
    const here = begin(session.base, { ...session.scope, covers: (path) => path === 'b/Dockerfile' })
    expect(here.questions.map(({ finding }) => finding.at.path)).toEqual(['b/Dockerfile'])
  })
})

describe('a comment that keeps a finding', () => {
  it('is written above it, in its place and indentation, and silences it', () => {
    const session = sessionOf({ Dockerfile: dockerfile('good 0', 'bad 1') })
    const fix = keeping(session, 1, 'the  vendor\nsays so')!
    const next = keep(session, { key: 1, fix }, 'x')
    expect(textOf(next, 'Dockerfile')).toBe(
      dockerfile('good 0', 'bad 1').replace('RUN bad', '# harden: keep bad-words — the  vendor says so\nRUN bad'),
    )
    expect(next.questions.map(({ state }) => state)).toEqual(['kept'])
    expect(findAll(next.current, hasty)).toEqual([])
  })

  it('goes behind a byte order mark and takes the line ending of the file', () => {
    const session = sessionOf({ Dockerfile: '\uFEFF# bad 1\r\nFROM x\r\n' })
    const fix = keeping(session, 1, 'why')!
    expect(textOf(keep(session, { key: 1, fix }, 'why'), 'Dockerfile')).toBe(
      '\uFEFF# harden: keep bad-words — why\r\n# bad 1\r\nFROM x\r\n',
    )
  })

  it('is not offered where it would be part of a text', () => {
    const session = sessionOf({ Dockerfile: 'FROM x\nRUN echo "one \\\n bad 1"\n' })
    const fix = keeping(session, 1, 'why')
    if (fix) expect(findAll(applyTo(session.current, fix.edits), hasty)).toEqual([])
    const inText = sessionOf({ Dockerfile: '# syntax=docker/dockerfile:1\nFROM x\nRUN <<EOT\nbad 1\nEOT\n' })
    expect(keeping(inText, 1, 'why')).toBeUndefined()
  })
})

describe('a text edited by hand', () => {
  const before = 'FROM x\r\nRUN bad 1\r\nRUN bad 2\r\n'
  const session = () => sessionOf({ Dockerfile: before })

  it('becomes a fix that says no more than what differs', () => {
    const now = session()
    const fix = fixFromTexts(
      now.current,
      now.questions[0]!.fixes[0]!,
      new Map([['Dockerfile', before.replace('bad 1', 'fine')]]),
    )
    expect(fix).toMatchObject({ edits: [{ start: 12, end: 17, text: 'fine' }] })
  })

  it('keeps the line endings of the file, whatever the editor made of them', () => {
    const now = session()
    const text = 'FROM x\nRUN fine\nRUN more\nRUN bad 2\n'
    const fix = fixFromTexts(now.current, now.questions[0]!.fixes[0]!, new Map([['Dockerfile', text]]))
    if ('problem' in fix) throw new Error(fix.problem)
    const next = acceptEdited(now, { key: 1, fix })
    expect(textOf(next, 'Dockerfile')).toBe(text.replaceAll('\n', '\r\n'))
    expect(next.questions.map(({ state }) => state)).toEqual(['accepted', 'open'])
    const { session: again, lost } = replay(begin(now.base, now.scope), next.answers)
    expect(textOf(again, 'Dockerfile')).toBe(textOf(next, 'Dockerfile'))
    expect(lost).toBe(0)
  })

  it.each([
    [before, /says already/],
    [`${before}WAT is this\r\n`, /not taken: Dockerfile: /],
  ])('is not taken if nothing differs or the file no longer reads', (text, problem) => {
    const now = session()
    const fix = fixFromTexts(now.current, now.questions[0]!.fixes[0]!, new Map([['Dockerfile', text]]))
    expect(fix).toEqual({ problem: expect.stringMatching(problem) })
  })

  it('is asked for again once the file is another one', () => {
    const now = session()
    const fix = fixFromTexts(
      now.current,
      now.questions[0]!.fixes[0]!,
      new Map([['Dockerfile', before.replace('bad 1', 'fine')]]),
    )
    if ('problem' in fix) throw new Error(fix.problem)
    const { answers } = acceptEdited(now, { key: 1, fix })
    const changed = sessionOf({ Dockerfile: `# new\r\n${before}` })
    expect(replay(changed, answers)).toMatchObject({ lost: 1, session: changed })
  })
})

describe('answers that were kept', () => {
  it('count again where the same words would become the same words', () => {
    const session = sessionOf({ Dockerfile: dockerfile('bad 1', 'bad 2') })
    const answered = skip(accept(session, [first(session, 1)]), [2])
    const moved = sessionOf({ Dockerfile: `# a new line\n${dockerfile('bad 1', 'bad 2')}` })
    const { session: again, lost } = replay(moved, answered.answers)
    expect(lost).toBe(0)
    expect(textOf(again, 'Dockerfile')).toBe(`# a new line\n${dockerfile('good 1', 'bad 2')}`)
  })

  it('are asked again where a fix would do something else than what was seen', () => {
    const session = sessionOf({ Dockerfile: dockerfile('bad 1') })
    const { answers } = accept(session, [first(session, 1)])
    const changed = sessionOf({ Dockerfile: dockerfile('bad 5') })
    expect(replay(changed, answers)).toMatchObject({ lost: 1, session: changed })
  })

  it.each(['', '{', '[]', '{"version":2,"answers":[]}', '{"version":1,"answers":[{"verb":"rm","of":[]}]}'])(
    'are not read from %j',
    (text) => {
      expect(answersFromJson(text)).toBeUndefined()
    },
  )
})

describe('whatever is answered', () => {
  const lines = fc.array(fc.constantFrom('bad 1', 'bad 2', 'bad 3 bad 3', 'loose', 'good', 'many a b', 'bad 1 loose'), {
    minLength: 1,
    maxLength: 8,
  })
  const answer = fc.tuple(fc.constantFrom('accept', 'other', 'skip', 'keep', 'split', 'all'), fc.nat(12))

  function say(session: Session, verb: string, n: number, except?: number): Session {
    const asked = session.questions.filter(
      ({ state, key }) => (state === 'open' || state === 'skipped') && key !== except,
    )
    const question = asked[n % Math.max(1, asked.length)]
    if (!question) return session
    const { key, fixes } = question
    if (verb === 'skip') return skip(session, [key])
    if (verb === 'split') return split(session, key)
    if (verb === 'keep') {
      const fix = keeping(session, key, 'because')
      return fix ? keep(session, { key, fix }, 'because') : session
    }
    if (verb === 'all')
      return accept(
        session,
        open(session).map((each) => ({ key: each.key, fix: each.fixes[0]! })),
      )
    return accept(session, [{ key, fix: (verb === 'other' ? fixes.at(-1) : fixes[0])! }])
  }

  it('the result is what the accepted fixes make of the files, and what the answers make of them again', () => {
    fc.assert(
      fc.property(lines, lines, fc.array(answer, { maxLength: 12 }), (one, other, answers) => {
        const start = sessionOf({ Dockerfile: dockerfile(...one), 'b/Dockerfile': dockerfile(...other) })
        const end = answers.reduce((session, [verb, n]) => say(session, verb, n), start)
        const applied = end.steps.reduce(
          (project, step) =>
            applyTo(
              project,
              step.choices.flatMap(({ fix }) => fix.edits),
            ),
          start.base,
        )
        const kept = answersFromJson(answersToJson(end.answers))!
        const { session: again, lost } = replay(begin(start.base, start.scope), kept)
        expect(lost).toBe(0)
        for (const path of ['Dockerfile', 'b/Dockerfile']) {
          expect(textOf(end, path)).toBe(applied.read(path)!.text)
          expect(textOf(again, path)).toBe(textOf(end, path))
        }
        expect(again.questions.map(({ state }) => state)).toEqual(end.questions.map(({ state }) => state))
      }),
    )
  })

  it('a skipped line stays as it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        fc.array(answer, { maxLength: 10 }),
        (count, which, answers) => {
          const all = Array.from({ length: count }, (_, i) => `bad ${i}`)
          const start = sessionOf({ Dockerfile: dockerfile(...all, 'loose') })
          const chosen = start.questions[which % count]!
          const line = `RUN ${all[which % count]}\n`
          const end = answers.reduce(
            (session, [verb, n]) => say(session, verb, n, chosen.key),
            skip(start, [chosen.key]),
          )
          expect(textOf(end, 'Dockerfile')).toContain(line)
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('a project of one file', () => {
  it('that has nothing to ask about has no questions', () => {
    const project = projectOf([textFile('Dockerfile', dockerfile('good'))])
    const session = begin(project, { survey: (p) => findAll(p, hasty), covers: () => true, order: [] })
    expect(session.questions).toEqual([])
  })
})
