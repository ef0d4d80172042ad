import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { jointly, type Part } from '../../src/campaign/joint.js'
import { loadLenses } from '../../src/documents/index.js'
import { findAll } from '../../src/engine/find.js'
import type { Project, Reported, Transform } from '../../src/model.js'
import { projectOf, textFile } from '../../src/project.js'
import { answersFromJson, answersToJson } from '../../src/review/answer.js'
import { accept, begin, keep, keeping, replay, type Session, skip, split } from '../../src/review/session.js'
import { transforms } from '../../transforms/index.js'
import { dockerfile, hasty } from '../review/project.js'

type Files = Readonly<Record<string, string>>

beforeAll(() => loadLenses(['Dockerfile', 'requirements.txt', 'compose.yaml', 'action.yml', 'a.py', 'next.config.js']))

function pictureOf(files: Files): Project {
  return projectOf(Object.entries(files).map(([path, text]) => textFile(path, text)))
}

function partOf(files: Files, rules: readonly Transform[] = hasty): Part {
  return { project: pictureOf(files), survey: (picture) => findAll(picture, rules), covers: () => true }
}

function jointOf(repositories: Readonly<Record<string, Files>>, rules: readonly Transform[] = hasty) {
  return jointly(
    new Map(Object.entries(repositories).map(([name, files]) => [name, partOf(files, rules)])),
    rules.map(({ id }) => id),
  )
}

const open = ({ questions }: Session) => questions.filter(({ state }) => state === 'open')
const told = (reported: readonly Reported[]) =>
  reported.map(({ transform, finding }) => `${transform.id} ${finding.at.path}:${finding.at.start} ${finding.message}`)

describe('a joint project', () => {
  const repositories = {
    'github.com/acme/shop': { Dockerfile: dockerfile('bad 1', 'loose'), 'api/Dockerfile': dockerfile('bad 2') },
    'github.com/acme/blog': { Dockerfile: dockerfile('bad 1') },
  }

  it('asks by transform, then by repository', () => {
    const { project, scope, placeOf } = jointOf(repositories)
    const asked = begin(project, scope).questions.map(({ transform, finding }) => {
      const { part, path } = placeOf(finding.at.path)
      return `${transform.id} ${part} ${path}`
    })
    expect(asked).toEqual([
      'bad-words github.com/acme/shop Dockerfile',
      'bad-words github.com/acme/shop api/Dockerfile',
      'bad-words github.com/acme/blog Dockerfile',
      'loose-ends github.com/acme/shop Dockerfile',
    ])
  })

  it('tells equal findings of two repositories apart, by ids that do not depend on their neighbours', () => {
    const both = jointOf(repositories)
    const ids = begin(both.project, both.scope).questions.map(({ id }) => id)
    expect(new Set(ids).size).toBe(4)
    const alone = jointOf({ 'github.com/acme/blog': repositories['github.com/acme/blog'] })
    expect(ids).toContain(begin(alone.project, alone.scope).questions[0]!.id)
  })

  it('gives back each repository’s own steps, in its own paths', () => {
    const { project, scope, stepsIn } = jointOf(repositories)
    const session = begin(project, scope)
    const all = accept(
      session,
      open(session).map(({ key, fixes }) => ({ key, fix: fixes[0]! })),
    )
    const steps = stepsIn(all.steps, 'github.com/acme/shop')
    expect(steps.map(({ transform, choices }) => `${transform} ${choices.length}`)).toEqual([
      'bad-words 2',
      'loose-ends 1',
    ])
    expect(steps[0]!.choices.flatMap(({ fix }) => fix.edits.map(({ path }) => path))).toEqual([
      'Dockerfile',
      'api/Dockerfile',
    ])
    expect(steps[0]!.after).toBe(steps[1]!.before)
    expect(steps[1]!.after.read('Dockerfile')!.text).toBe(
      dockerfile('good 1', 'loose').replace('RUN loose', '# tied\nRUN finished'),
    )
    expect(stepsIn(all.steps, 'github.com/acme/blog')).toHaveLength(1)
  })

  it('asks a repository again only if something in it has changed', () => {
    const surveyed: string[] = []
    const parts = new Map(
      Object.entries(repositories).map(([name, files]) => {
        const part = partOf(files)
        const survey = (picture: Project) => {
          surveyed.push(name)
          return part.survey(picture)
        }
        return [name, { ...part, survey }]
      }),
    )
    const { project, scope, partIn } = jointly(
      parts,
      hasty.map(({ id }) => id),
    )
    const session = begin(project, scope)
    expect(surveyed.splice(0)).toEqual(['github.com/acme/shop', 'github.com/acme/blog'])
    const question = session.questions[2]!
    const next = accept(session, [{ key: question.key, fix: question.fixes[0]! }])
    expect(surveyed.splice(0)).toEqual(['github.com/acme/blog'])
    expect(partIn(next.current, 'github.com/acme/shop')).toBe(parts.get('github.com/acme/shop')!.project)
    // The same answers said again lead to pictures that are known.
    replay(begin(project, scope), next.answers)
    expect(surveyed).toEqual([])
  })

  it('takes no name of a repository for a folder that means something', () => {
    const names = [
      'vendor',
      'testdata',
      'gitlab.com/fixtures/requirements',
      'github.com/node_modules/requirements',
      '{{x',
    ]
    const files = { Dockerfile: dockerfile('bad 1'), 'notes.txt': 'not a list\n' }
    const { project, scope } = jointOf(Object.fromEntries(names.map((name) => [name, files])))
    const session = begin(project, scope)
    expect(session.questions).toHaveLength(names.length)
    for (const { key } of session.questions) expect(keeping(session, key, 'why')).toBeDefined()
    // What no longer reads is noticed in every one of them.
    const broken = jointOf(Object.fromEntries(names.map((name) => [name, { Dockerfile: dockerfile('bad 666') }])))
    const refused = begin(broken.project, broken.scope)
    expect(
      accept(
        refused,
        refused.questions.map(({ key, fixes }) => ({ key, fix: fixes[0]! })),
      ),
    ).toBe(refused)
  })

  it('sees each repository from its own top', () => {
    const files = {
      Dockerfile: 'FROM debian:12\nRUN make\nCMD ["app"]\n',
      '.github/workflows/ci.yml':
        'jobs:\n  build:\n    runs-on: x\n    steps:\n      - run: docker build -f other/Dockerfile .\n',
      'other/Dockerfile': 'FROM alpine:3\nRUN apk add curl\nCMD ["curl"]\n',
      'compose.yaml': 'services:\n  db:\n    image: postgres:16\n  web:\n    build: .\n    depends_on: [db]\n',
    }
    const { scope, project, placeOf } = jointOf({ 'github.com/acme/shop': files, local: files }, transforms)
    const alone = told(findAll(pictureOf(files), transforms))
    const joint = scope.survey(project)
    expect(alone.length).toBeGreaterThan(3)
    for (const name of ['github.com/acme/shop', 'local']) {
      const own = joint.filter(({ finding }) => placeOf(finding.at.path).part === name)
      expect(
        own.map(
          ({ transform, finding }) =>
            `${transform.id} ${placeOf(finding.at.path).path}:${finding.at.start} ${finding.message}`,
        ),
      ).toEqual(alone)
    }
  })

  it('shows the files that a fix makes, and those that cannot be read, where they are', () => {
    const making: Transform = {
      ...hasty[0]!,
      id: 'ignore-files',
      *run({ file }, project) {
        if (!project.paths.includes('.dockerignore'))
          yield {
            at: { path: file.path, start: 0, end: 1 },
            message: 'nothing is ignored',
            fixes: [
              {
                title: 'Ignore .git',
                applicability: 'safe',
                edits: [{ path: '.dockerignore', start: 0, end: 0, text: '.git\n' }],
              },
            ],
          }
      },
    }
    const locked = {
      ...pictureOf({ Dockerfile: dockerfile() }),
      unreadable: (path: string) => (path === '.dockerignore' ? 'no' : undefined),
    }
    const survey = (picture: Project) => findAll(picture, [making])
    const parts = new Map<string, Part>([
      ['a', { project: pictureOf({ Dockerfile: dockerfile() }), survey, covers: () => true }],
      ['b', { project: locked, survey, covers: () => true }],
      ['c', { project: pictureOf({ Dockerfile: dockerfile() }), survey, covers: (path) => path === 'Dockerfile' }],
    ])
    const { project, scope, placeOf, partIn } = jointly(parts, [making.id])
    const session = begin(project, scope)
    expect(session.questions.map(({ finding }) => placeOf(finding.at.path).part)).toEqual(['a'])
    const next = accept(session, [{ key: 1, fix: session.questions[0]!.fixes[0]! }])
    expect(partIn(next.current, 'a').paths).toEqual(['.dockerignore', 'Dockerfile'])
    expect(next.questions.map(({ state }) => state)).toEqual(['accepted'])
  })
})

describe('whatever is answered in one repository', () => {
  const lines = fc.array(fc.constantFrom('bad 1', 'bad 2', 'bad 3 bad 3', 'loose', 'good', 'many a b', 'bad 666'), {
    maxLength: 6,
  })
  const repository = fc.record({
    Dockerfile: lines.map((runs) => dockerfile(...runs)),
    'b/Dockerfile': lines.map((runs) => dockerfile(...runs)),
  })
  const many = fc.array(repository, { minLength: 2, maxLength: 4 })
  const answers = fc.array(fc.tuple(fc.constantFrom('accept', 'other', 'skip', 'keep', 'split', 'all'), fc.nat(20)), {
    maxLength: 10,
  })

  function say(session: Session, verb: string, n: number): Session {
    const asked = session.questions.filter(({ state }) => state === 'open' || state === 'skipped')
    const question = asked[n % Math.max(1, asked.length)]
    if (!question) return session
    const { key } = question
    if (verb === 'skip') return skip(session, [key])
    if (verb === 'split') return split(session, key)
    if (verb === 'keep') {
      const fix = keeping(session, key, 'because')
      return fix ? keep(session, { key, fix }, 'because') : session
    }
    const picks = verb === 'all' ? open(session) : [question]
    return accept(
      session,
      picks.map((pick) => ({ key: pick.key, fix: (verb === 'other' ? pick.fixes.at(-1) : pick.fixes[0])! })),
    )
  }

  const named = (repositories: readonly Files[]) =>
    Object.fromEntries(repositories.map((files, i) => [`host/r${i}`, files]))
  /** What is asked in one repository, and what was said to it. */
  const aboutPart = (session: Session, { placeOf }: ReturnType<typeof jointOf>, name: string) =>
    session.questions
      .map(({ transform, finding, state }) => ({ transform, finding, state, ...placeOf(finding.at.path) }))
      .filter(({ part }) => part === name)
      .map(
        ({ transform, finding, state, path }) =>
          `${transform.id} ${path}:${finding.at.start} ${finding.message} ${state}`,
      )

  it('the joint project shows what each shows alone', () => {
    fc.assert(
      fc.property(many, (repositories) => {
        const { project, scope, placeOf } = jointOf(named(repositories))
        const joint = scope.survey(project)
        const alone = repositories.flatMap((files, i) =>
          findAll(pictureOf(files), hasty).map(
            ({ transform, finding }) => `${transform.id} host/r${i} ${finding.at.path}:${finding.at.start}`,
          ),
        )
        const both = joint.map(({ transform, finding }) => {
          const { part, path } = placeOf(finding.at.path)
          return `${transform.id} ${part} ${path}:${finding.at.start}`
        })
        expect([...both].sort()).toEqual(alone.sort())
      }),
    )
  })

  it('leaves the others as they were, and comes out as it would alone', () => {
    fc.assert(
      fc.property(many, answers, (repositories, said) => {
        const joint = jointOf(named(repositories))
        const { project, scope, stepsIn, partIn, placeOf } = joint
        const start = begin(project, scope)
        let session = start
        for (const [verb, n] of said) {
          const before = session
          const next = say(before, verb, n)
          const touched = new Set(
            next.answers
              .slice(before.answers.length)
              .flatMap(({ of }) => of.map(({ id }) => before.questions.find((question) => question.id === id)!))
              .map(({ finding }) => placeOf(finding.at.path).part),
          )
          for (const i of repositories.keys()) {
            const name = `host/r${i}`
            if (touched.has(name)) continue
            expect(aboutPart(next, joint, name)).toEqual(aboutPart(before, joint, name))
            expect(partIn(next.current, name)).toBe(partIn(before.current, name))
          }
          session = next
        }
        for (const [i, files] of repositories.entries()) {
          const name = `host/r${i}`
          const steps = stepsIn(session.steps, name)
          const end = steps.at(-1)?.after ?? partIn(project, name)
          expect(end).toBe(partIn(session.current, name))
          for (const path of Object.keys(files)) {
            expect(end.read(path)!.text).toBe(session.current.read(`${encodeURIComponent(name)}@/${path}`)!.text)
          }
        }
        const { session: again, lost } = replay(start, answersFromJson(answersToJson(session.answers))!)
        expect(lost).toBe(0)
        for (const i of repositories.keys())
          expect(partIn(again.current, `host/r${i}`)).toBe(partIn(session.current, `host/r${i}`))
      }),
    )
  })
})
