import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadLenses } from '../../../src/documents/index.js'
import { columns } from '../../../src/ui/layout.js'
import { edited } from '../../../src/ui/review/events.js'
import { type Key, reduce } from '../../../src/ui/review/keys.js'
import { fitted, render, type Screen } from '../../../src/ui/review/screen.js'
import { type View, viewOf } from '../../../src/ui/review/view.js'
import { dockerfile, sessionOf } from '../../review/project.js'
import { screen } from './screens.js'

beforeAll(() => loadLenses(['Dockerfile']))

const files = {
  'services/api/Dockerfile': dockerfile(
    'apt-get update && apt-get install --yes --no-install-recommends bad 1 a-package-with-a-long-name another-one',
    'bad 2',
    'many a b c',
  ),
  Dockerfile: dockerfile('good', 'bad 3', 'loose'),
}
const start = () => viewOf(sessionOf(files))
const press = (view: View, ...keys: readonly Key[]) =>
  keys.reduce((now, key) => reduce(fitted(now, screen()), key), view)
const type = (view: View, text: string) => press(view, ...text, 'enter')

const MOMENTS: Readonly<Record<string, () => View>> = {
  question: start,
  'another question': () => press(start(), 'y', '>'),
  alternative: () => press(start(), 'tab'),
  decided: () => press(start(), 'n', 'K'),
  'all of a kind': () => press(start(), 'r'),
  'reason being typed': () => press(start(), 'i', ...'because the'),
  'comment to look at': () => type(press(start(), 'i'), 'the vendor insists'),
  'text to look at': () => {
    const view = press(start(), 'e')
    return view.wish?.do === 'edit'
      ? edited(
          view,
          view.at,
          new Map([...view.wish.texts].map(([path, text]) => [path, text.replace('good 3', 'fine 3')])),
        )
      : view
  },
  help: () => press(start(), '?'),
  explanation: () => press(start(), 'x'),
  list: () => press(start(), 'y', 'n', 'g'),
  leaving: () => press(start(), 'y', 'n', 'q'),
  'nothing left': () => press(start(), 'A', 'd', '>', 'd', 'd'),
}

const SCREENS: Readonly<Record<string, Partial<Screen>>> = {
  '60×12': { width: 60, rows: 12 },
  '60×12 in colour': { width: 60, rows: 12, colour: true },
  '80×24': { width: 80, rows: 24 },
  '80×24 in colour': { width: 80, rows: 24, colour: true },
  '120×30': { width: 120, rows: 30 },
  '120×30 in colour': { width: 120, rows: 30, colour: true },
}

describe.each(Object.entries(SCREENS))('on %s', (_, size) => {
  it.each(Object.entries(MOMENTS))('%s', (_name, view) => {
    expect(render(view(), screen(size))).toMatchSnapshot()
  })
})

it('shows old and new side by side where there is room, and one below the other where there is none', () => {
  const beside = press(start(), '|')
  expect(render(beside, screen({ width: 130, rows: 20 }))).toMatchSnapshot()
  expect(render(beside, screen({ width: 119 }))).toBe(render(start(), screen({ width: 119 })))
})

it.each(Object.entries(MOMENTS))('says %s line by line', (_, view) => {
  expect(render(view(), screen({ accessible: true }))).toMatchSnapshot()
})

it('does with ASCII alone', () => {
  expect(render(start(), screen({ unicode: false }))).toMatch(/^[\x20-\x7e\n]*$/)
})

it('spells changed words out without colour, and reverses them with it', () => {
  const plain = render(start(), screen())
  expect(plain).toContain('RUN [-bad-] 3')
  expect(plain).toContain('RUN {+good+} 3')
  const coloured = render(start(), screen({ colour: true }))
  expect(coloured).toContain('\x1b[7mbad\x1b[27m')
  expect(coloured).not.toContain('[-')
})

describe('what a stranger wrote', () => {
  const hostile = '\x1b]0;owned\x07\x1b[2J\u202e\u200b\x9b31m'
  const view = () =>
    viewOf(sessionOf({ [`a${hostile}/Dockerfile`]: dockerfile(`echo ${hostile} bad 2`, `bad 1 ${hostile}`) }))

  it.each([
    ['in plain text', {}],
    ['line by line', { accessible: true }],
  ])('is shown harmless %s', (_, how) => {
    const name = (path: string) => path.replace(/[^\w/.]/g, '?')
    for (const keys of [[], ['x'], ['g'], ['q'], ['y', 'q'], ['r']]) {
      const shown = render(press(view(), ...keys), screen({ name, ...how }))
      expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]/)
    }
  })

  it('leaves nothing but colours in colour', () => {
    const shown = render(view(), screen({ colour: true, name: () => 'Dockerfile' }))
    expect(shown.replace(/\x1b\[\d+m/g, '')).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]/)
  })
})

it('fits the screen, whatever is pressed on whatever screen', () => {
  const keys = fc.array(
    fc.constantFrom(
      ...'ynrRadAuUjkJK<>gfsi xp+-|wq?/e1bl',
      'enter',
      'tab',
      'escape',
      'backspace',
      'pagedown',
      'end',
      'ctrl-u',
    ),
    { maxLength: 25 },
  )
  const sizes = fc.record({
    width: fc.integer({ min: 40, max: 160 }),
    rows: fc.integer({ min: 8, max: 40 }),
    colour: fc.boolean(),
  })
  fc.assert(
    fc.property(keys, sizes, (list, size) => {
      let view = start()
      for (const key of list) {
        view = reduce(fitted(view, screen(size)), key)
        const lines = render(view, screen(size)).split('\n')
        expect(lines.length).toBeLessThanOrEqual(size.rows - 1)
        for (const line of lines) expect(columns(line), line).toBeLessThanOrEqual(size.width)
      }
    }),
    { numRuns: 60 },
  )
})
