import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Compose, parseCompose } from '../../src/documents/compose.js'
import type { TextEdit } from '../../src/model.js'
import { textFile } from '../../src/project.js'
import { appendKey, closedTo, flowList, sharersOf, withConditions } from '../../src/repairs/compose.js'
import { applyEdits } from '../../src/text.js'

const read = (text: string): Compose => parseCompose(textFile('compose.yaml', text))
const service = (document: Compose, name: string) => document.services.find((each) => each.name === name)!

/** A service in many of the styles that people write. */
const style = fc.record({
  indent: fc.integer({ min: 1, max: 6 }),
  step: fc.integer({ min: 1, max: 6 }),
  quotes: fc.constantFrom('', '"', "'"),
  comment: fc.constantFrom('', '  # a comment', ' # two: words'),
  deeper: fc.boolean(),
  flow: fc.boolean(),
  last: fc.constantFrom(
    '',
    'restart: always',
    'command: |\n{k}{s}run\n\n{k}{s}it',
    'environment: {A: "1"}',
    'volumes:',
  ),
  blank: fc.constantFrom('', '\n', '\n\n'),
  ending: fc.constantFrom('\n', '\r\n'),
  finished: fc.boolean(),
  behind: fc.boolean(),
})

type Style = typeof style extends fc.Arbitrary<infer T> ? T : never

function written({
  indent,
  step,
  quotes,
  comment,
  deeper,
  flow,
  last,
  blank,
  ending,
  finished,
  behind,
}: Style): string {
  const name = ' '.repeat(indent)
  const key = name + ' '.repeat(step)
  const dash = deeper ? key + ' '.repeat(step) : key
  const list = flow
    ? ` [${quotes}db${quotes}, cache]${comment}`
    : `${comment}\n${dash}- ${quotes}db${quotes}${comment}\n${dash}- cache`
  const own = last.replaceAll('{k}', key).replaceAll('{s}', ' '.repeat(step))
  const lines = [
    'services:',
    `${name}web:${comment}`,
    `${key}image: example/web`,
    `${key}depends_on:${list}`,
    ...(own ? [`${key}${own}`] : []),
    `${blank}${behind ? `${name}# the others\n${name}db: {image: postgres}\n${name}cache: {image: redis}` : ''}`,
  ]
  const text = lines.join('\n').replace(/\n+$/, '') + (finished ? '\n' : '')
  return text.replaceAll('\n', ending)
}

describe('a key written into a service', () => {
  it('adds exactly that, and leaves every byte as it was', () => {
    fc.assert(
      fc.property(style, (wanted) => {
        const text = written(wanted)
        const document = read(text)
        expect(document.problems).toEqual([])
        const edit = appendKey(document, service(document, 'web'), [
          'healthcheck:',
          '\ttest: ["CMD", "x"]',
          '\tretries: 3',
        ])
        const after = applyEdits(text, [edit])
        const [was, is] = [parse(text), parse(after)]
        expect(is).toEqual({
          ...was,
          services: { ...was.services, web: { ...was.services.web, healthcheck: { test: ['CMD', 'x'], retries: 3 } } },
        })
        expect(after.startsWith(text.slice(0, edit.start))).toBe(true)
        expect(after.endsWith(text.slice(edit.start))).toBe(true)
        expect(/\n$/.test(after)).toBe(/\n$/.test(text))
        if (wanted.ending === '\r\n') expect(after).not.toMatch(/(?<!\r)\n/)
      }),
    )
  })
})

describe('depends_on in its long form', () => {
  it('says the same names in order, and everything else as before', () => {
    fc.assert(
      fc.property(style, (wanted) => {
        const text = written(wanted)
        const document = read(text)
        const edits = withConditions(document, service(document, 'web'), new Map([['db', 'service_healthy']]))
        if ('problem' in edits) throw new Error(edits.problem)
        const after = applyEdits(text, edits)
        const [was, is] = [parse(text), parse(after)]
        const long = { db: { condition: 'service_healthy' }, cache: { condition: 'service_started' } }
        expect(is).toEqual({ ...was, services: { ...was.services, web: { ...was.services.web, depends_on: long } } })
        expect(Object.keys(is.services.web.depends_on)).toEqual(['db', 'cache'])
        expect(after.split('#').length).toBe(text.split('#').length)
        if (wanted.ending === '\r\n') expect(after).not.toMatch(/(?<!\r)\n/)
      }),
    )
  })

  it.each([
    ['depends_on: [db,\n      cache]', /several lines/],
    ['depends_on: &deps\n      - db', /others share/],
    ['depends_on:\n      - >-\n        db', /not written out/],
    ['depends_on: !override\n      - db', /marked !override/],
    ['depends_on: db', /no list/],
  ])('is not written where that cannot be done for certain: %s', (lines, problem) => {
    const document = read(`services:\n  web:\n    image: x\n    ${lines}\n`)
    expect(withConditions(document, service(document, 'web'), new Map())).toEqual({
      problem: expect.stringMatching(problem),
    })
  })
})

it.each([
  ['services:\n  web: {image: x}\n', 'web', /braces/],
  ['services:\n  web: &web\n    image: x\n  two: *web\n', 'web', /others take over/],
  ['services:\n  web: &web\n    image: x\n  two: *web\n', 'two', /alias/],
  ['services:\n  web:\n', 'web', /nothing of its own/],
])('nothing is written into a service that is closed: %s', (text, name, why) => {
  const document = read(text)
  expect(closedTo(document, service(document, name))).toMatch(why)
})

it('an anchor that is only named in a comment takes nothing over', () => {
  const document = read('services:\n  web: &web # see *web\n    image: x\n')
  expect(closedTo(document, service(document, 'web'))).toBeUndefined()
})

it('lists read back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 12 })), (words) => {
      expect(parse(`test: ${flowList(words)}`)).toEqual({ test: words })
    }),
  )
})

const LINES = ['healthcheck:', `\ttest: ${flowList(['CMD', 'true'])}`, '\tretries: 5']
const CHECK = { test: ['CMD', 'true'], retries: 5 }

/** The text with a check in the service `db`. */
function checked(text: string): string {
  const document = read(text)
  expect(closedTo(document, service(document, 'db'))).toBeUndefined()
  return applyEdits(text, [appendKey(document, service(document, 'db'), LINES)])
}

/** The text once `web` waits for its dependencies to be healthy, or why it cannot. */
function waiting(text: string): string {
  const document = read(text)
  const web = service(document, 'web')
  const conditions = new Map(web.dependsOn.map((dependency) => [dependency.service, 'service_healthy']))
  const edits: readonly TextEdit[] | { readonly problem: string } = withConditions(document, web, conditions)
  return 'problem' in edits ? edits.problem : applyEdits(text, edits)
}

// What YAML allows in a Compose file, written in the many ways that people do.
const step = fc.constantFrom(1, 2, 3, 4, 8)
const eol = fc.constantFrom('\n', '\r\n')
const comment = fc.constantFrom('', ' # why', '   #')
const scalar = fc.constantFrom('redis:7', '"redis:7"', "'a: b'", '&name redis:7', '!!str 7', '~', '')
const indented = (by: number, lines: readonly string[]) => lines.map((line) => (line ? ' '.repeat(by) + line : line))

/** The lines of a key of a service, its last leaf of every shape. */
const key = (name: string) =>
  fc.oneof(
    fc.tuple(scalar, comment).map(([value, note]) => [`${name}: ${value}${note}`.trimEnd()]),
    fc
      .tuple(fc.constantFrom('|', '>', '|-', '>-', '|+', '>+', '|2'), fc.nat(2))
      .map(([style, blank]) => [
        `${name}: ${style}`,
        ...indented(style === '|2' ? 2 : 3, ['first', '', '# no comment']),
        ...Array(blank).fill(''),
      ]),
    fc
      .tuple(fc.constantFrom(0, 2, 4), comment)
      .map(([by, note]) => [`${name}:${note}`, ...indented(by, [`- a${note}`, '- "b"', '- |', '  text'])]),
    fc.tuple(step, comment).map(([by, note]) => [`${name}:`, ...indented(by, [`x: 1${note}`, 'y: {a: [b, c]}'])]),
    fc.constant([`${name}: [a,`, '  b', '  ]  # end']),
    fc.constant([`${name}: "two`, '  lines"']),
    fc.constant([`${name}: *shared`]),
  )

const after = fc.constantFrom<readonly string[]>([], [''], ['  # of nobody'], ['', '# of the file', ''])

const file = fc
  .tuple(step, step, key('one'), key('two'), comment, after, eol, fc.boolean(), fc.constantFrom('db', '"db"', "'db'"))
  .map(([outer, inner, one, two, note, tail, ending, isLast, name]) => {
    const db = [`${name}:${note}`, ...indented(inner, [...one, ...two])]
    const web = ['web:', ...indented(inner, ['image: x'])]
    const services = isLast ? [...web, ...db] : [...db, ...tail, ...web]
    return ['x-shared: &shared shared', 'services:', ...indented(outer, services)].join(ending) + ending
  })
  // A `|+` at the end of a mapping takes in the blank lines that follow.
  .filter((text) => parseCompose(textFile('compose.yaml', text)).problems.length === 0)

describe('a key behind all that a service says', () => {
  it('adds itself and changes nothing else, whatever the style', () => {
    fc.assert(
      fc.property(file, (text) => {
        const after = checked(text)
        const was = parse(text, { logLevel: 'silent' })
        const is = parse(after, { logLevel: 'silent' })
        expect(is.services.db.healthcheck).toEqual(CHECK)
        expect(Object.keys(is.services.db).at(-1)).toBe('healthcheck')
        delete is.services.db.healthcheck
        expect(is).toEqual(was)
        const lines = after.split(/\r?\n/)
        expect(text.split(/\r?\n/).every((line) => lines.includes(line))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('does so without a last newline too', () => {
    fc.assert(
      fc.property(file, (text) => {
        const cut = text.replace(/(\r?\n)+$/, '')
        fc.pre(parseCompose(textFile('compose.yaml', cut)).problems.length === 0)
        const is = parse(checked(cut), { logLevel: 'silent' })
        const was = parse(cut, { logLevel: 'silent' })
        expect(is.services.db.healthcheck).toEqual(CHECK)
        delete is.services.db.healthcheck
        expect(is).toEqual(was)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('depends_on with conditions', () => {
  const names = fc.uniqueArray(fc.constantFrom('db', 'cache', 'a-b', 'x.y', '1', 'on', 'constructor'), { minLength: 1 })
  const quote = fc.constantFrom('', '"', "'")
  const list = fc
    .tuple(names, quote, step, fc.constantFrom(0, 1, 2, 4), fc.boolean(), comment, eol, fc.boolean(), fc.boolean())
    .map(([of, mark, inner, offset, isFlow, note, ending, isLast, isSpaced]) => {
      const items = of.map((name) => mark + name + mark)
      const lines = isFlow
        ? [`depends_on: [${items.join(isSpaced ? ', ' : ',')}]${note}`]
        : [
            `depends_on:${note}`,
            ...indented(
              offset,
              items.map((item) => `- ${item}${note}`),
            ),
          ]
      const keys = isLast ? ['image: x', ...lines] : [...lines, 'image: x']
      const text = ['services:', '  web:', ...indented(2 + inner, keys), '  db:', `${' '.repeat(2 + inner)}image: y`]
      return { of, items, isFlow, note, text: text.join(ending) + ending }
    })

  it('name every service once, and keep the comments', () => {
    fc.assert(
      fc.property(list, ({ of, items, isFlow, note, text }) => {
        const after = waiting(text)
        const was = parse(text)
        const is = parse(after)
        expect(Object.entries(is.services.web.depends_on)).toEqual(
          // An object lists keys that look like numbers first.
          Object.entries(Object.fromEntries(of.map((name) => [name, { condition: 'service_healthy' }]))),
        )
        delete is.services.web.depends_on
        delete was.services.web.depends_on
        expect(is).toEqual(was)
        expect(after.split('#').length).toBe(text.split('#').length)
        // A comment stays on the line of what it speaks of.
        for (const name of isFlow ? ['depends_on'] : items) expect(after).toContain(` ${name}:${note}`)
        expect(/\r\n/.test(after)).toBe(/\r\n/.test(text))
        expect(/(?<!\r)\n/.test(after)).toBe(/(?<!\r)\n/.test(text))
        // What is in the long form stays as it is.
        expect(waiting(after)).toBe('its conditions are not written out')
      }),
      { numRuns: 2000 },
    )
  })

  it('are written where they stand, for all who take them over', () => {
    const above = 'x: &x\n    depends_on: [db] # why\nservices:\n  web:\n    <<: *x\n  two:\n    <<: *x\n'
    expect(waiting(above)).toBe(
      above.replace(': [db] # why', ': # why\n        db:\n            condition: service_healthy'),
    )
    const beside = 'services:\n  one: &x\n    depends_on:\n    - db\n  web:\n    <<: *x\n    image: y\n'
    expect(waiting(beside)).toBe(beside.replace('    - db', '      db:\n        condition: service_healthy'))
    const document = read(beside)
    expect(sharersOf(document, service(document, 'web')).map(({ name }) => name)).toEqual(['one', 'web'])
  })

  it('replace a condition and keep what stands beside it', () => {
    const text = `services:
  web:
    depends_on:
      db: { condition: service_started, restart: true }
      cache:
        condition: "service_started" # for now
        required: false
`
    expect(waiting(text)).toBe(text.replaceAll('service_started', 'service_healthy'))
  })

  it.each([
    ['a shared list', 'x: &x [db]\nservices:\n  web:\n    depends_on: *x\n', 'share'],
    ['what lies deeper', 'x:\n  y: &x\n    depends_on: [db]\nservices:\n  web:\n    <<: *x\n', 'elsewhere'],
    ['braces', 'x: &x {depends_on: [db]}\nservices:\n  web:\n    <<: *x\n', 'braces'],
    ['an alias as an item', 'x: &x db\nservices:\n  web:\n    depends_on:\n      - *x\n', 'written out'],
    [
      'a shared condition',
      'x: &x\n  condition: service_started\nservices:\n  web:\n    depends_on:\n      db: *x\n',
      'share',
    ],
  ])('are not written over %s', (_, text, why) => expect(waiting(text)).toContain(why))
})
