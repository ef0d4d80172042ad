import { describe, expect, it } from 'vitest'
import { textFile } from '../../src/project.js'
import { excerpt } from '../../src/ui/excerpt.js'
import { columns, cut, head, labelled, tail, wrap } from '../../src/ui/layout.js'
import { lookOf, wantsColor, wantsUnicode } from '../../src/ui/look.js'
import { plain } from './reports.js'

describe('columns', () => {
  it('count what a terminal shows', () => {
    expect(columns('abc')).toBe(3)
    expect(columns('\x1b[1m\x1b[31mabc\x1b[39m\x1b[22m')).toBe(3)
    expect(columns('漢字')).toBe(4)
    expect(columns('e\u0301')).toBe(1)
    expect(columns('😀')).toBe(2)
  })
  it('are cut at either end', () => {
    expect(head('漢字x', 3)).toBe('漢')
    expect(tail('abcdef', 2)).toBe('ef')
    expect(cut('abcdef', 6, '…')).toBe('abcdef')
    expect(cut('abcdefg', 6, '…')).toBe('abcde…')
    expect(cut('abcdefg', 6, '...')).toBe('abc...')
  })
})

describe('prose', () => {
  it('is broken between words', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('https://example.com/long x', 5)).toEqual(['https://example.com/long', 'x'])
    expect(wrap('', 5)).toEqual([''])
  })
  it('is indented as deep as its first line', () => {
    expect(labelled('why  ', 'one two three four five six', 2, 30)).toEqual([
      '  why  one two three four five',
      '       six',
    ])
  })
})

describe('an excerpt', () => {
  it.each([
    ['ENV DB_PASSWORD=hunter22 A=b', 'ENV DB_PASSWORD=******** A=b'],
    ['ENV API_TOKEN correct horse', 'ENV API_TOKEN *************'],
    ['ARG SECRET_KEY="a b c d"', 'ARG SECRET_KEY=*********'],
    ['ENV KEY_FILE=/run/secrets/key', 'ENV KEY_FILE=/run/secrets/key'],
  ])('of %s shows no secret', (line, shown) => {
    const file = textFile('Dockerfile', `FROM a\n${line}\nCMD b\n`)
    const text = excerpt(file, { path: 'Dockerfile', start: 7, end: 7 + line.length }, plain).join('\n')
    expect(text).toContain(`│ ${shown}\n`)
    const below = excerpt(file, { path: 'Dockerfile', start: 8 + line.length, end: 9 + line.length }, plain).join('\n')
    expect(below).toContain(`│ ${shown}\n`)
  })

  const show = (text: string, part: string, width = 80) => {
    const start = text.indexOf(part)
    return excerpt(
      textFile('Dockerfile', text),
      { path: 'Dockerfile', start, end: start + part.length },
      { ...plain, width },
    ).join('\n')
  }
  it('underlines what it is about, below the line above', () => {
    expect(show('FROM a\nUSER root\nCMD x\n', 'root')).toBe('    1 │ FROM a\n    2 │ USER root\n      │      ^^^^')
  })
  it('begins at the first line, and behind a byte order mark', () => {
    expect(show('\uFEFFFROM a\n', 'FROM')).toBe('    1 │ FROM a\n      │ ^^^^')
    const range = { path: 'a', start: 0, end: 5 }
    expect(excerpt(textFile('a', '\uFEFFFROM a\n'), range, plain).join('\n')).toBe('    1 │ FROM a\n      │ ^^^^')
  })
  it('underlines the right columns behind tabs, wide characters and escapes', () => {
    expect(show('RUN\t漢\x1b root', 'root')).toBe('    1 │ RUN    漢\\x1b root\n      │               ^^^^')
  })
  it('cuts a long line so that the range is seen', () => {
    const lines = show(`RUN ${'a'.repeat(200)} root ${'b'.repeat(200)}`, 'root', 60).split('\n')
    expect(lines.every((line) => columns(line) <= 60)).toBe(true)
    expect(lines[0]).toMatch(/│ …a+ root…?/)
    expect(lines[0]!.slice(lines[1]!.indexOf('^'))).toMatch(/^root/)
  })
  it('cuts a long range', () => {
    const lines = show(`RUN ${'a'.repeat(500)}`, 'a'.repeat(500), 60).split('\n')
    expect(lines.every((line) => columns(line) <= 60)).toBe(true)
  })
  it('shows the first lines of many', () => {
    const text = 'RUN a \\\n  b \\\n  c \\\n  d \\\n  e\n'
    expect(show(text, text.trimEnd())).toBe(
      '    1 │ RUN a \\\n    2 │   b \\\n    3 │   c \\\n      │ … down to line 5',
    )
  })
  it('stands at the end of a file, and in an empty one', () => {
    expect(excerpt(textFile('a', 'x\n'), { path: 'a', start: 2, end: 2 }, plain)).toHaveLength(3)
    expect(excerpt(textFile('a', ''), { path: 'a', start: 0, end: 0 }, plain)).toHaveLength(2)
  })
  it('reads carriage returns as line endings', () => {
    expect(show('FROM a\r\nUSER root\r\n', 'USER root')).toBe('    1 │ FROM a\n    2 │ USER root\n      │ ^^^^^^^^^')
  })
})

describe('colour is wanted', () => {
  const terminal = { isTTY: true }
  const cases: readonly (readonly [string, boolean, object, Record<string, string>, boolean])[] = [
    ['on a terminal', true, terminal, {}, true],
    ['not elsewhere', false, {}, {}, true],
    ['not on a dumb terminal', false, terminal, { TERM: 'dumb' }, true],
    ['not with NO_COLOR', false, terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
    ['with an empty NO_COLOR', true, terminal, { NO_COLOR: '' }, true],
    ['with FORCE_COLOR', true, {}, { FORCE_COLOR: '1' }, true],
    ['not with FORCE_COLOR=0', false, terminal, { FORCE_COLOR: '0' }, true],
    ['not with --no-color', false, terminal, { FORCE_COLOR: '1' }, false],
    ['not for CI alone', false, {}, { CI: 'true' }, true],
  ]
  for (const [name, wanted, stream, environment, allowed] of cases) {
    it(name, () => expect(wantsColor(stream, environment, allowed)).toBe(wanted))
  }
})

describe('a look', () => {
  const look = (stream: object, environment: Record<string, string>) =>
    lookOf(stream, environment, true, (path) => path)
  it('falls back to ASCII where the locale has nothing else', () => {
    expect(wantsUnicode({ LANG: 'en_US.UTF-8' })).toBe(true)
    expect(wantsUnicode({ LANG: 'en_US.UTF-8', LC_ALL: 'C' })).toBe(false)
    expect(wantsUnicode({})).toBe(false)
    expect(look({}, {}).glyphs.done).toBe('+')
    expect(look({}, { LC_ALL: 'C.utf8' }).glyphs.done).toBe('✓')
  })
  it('is as wide as the terminal, else 80', () => {
    expect(look({ columns: 120 }, {}).width).toBe(120)
    expect(look({}, { COLUMNS: '60' }).width).toBe(60)
    expect(look({}, {}).width).toBe(80)
    expect(look({ columns: 3 }, {}).width).toBe(40)
  })
})
