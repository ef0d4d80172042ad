import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Compose, parseCompose } from '../../src/documents/compose.js'
import { textFile } from '../../src/project.js'
import { appendKey, closedTo, flowList, withConditions } from '../../src/repairs/compose.js'
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
