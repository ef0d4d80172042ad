import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escaped, escapedJson, escapedMarkdown, escapedSource } from '../src/escape.js'

describe('what is shown is escaped', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['\x1b[31mred\x1b]8;;http://x\x07', '\\x1b[31mred\\x1b]8;;http://x\\x07'],
    ['a\r\nb\tc\0', 'a\\r\\nb\\tc\\x00'],
    ['\x7f\x80\x9b31m', '\\x7f\\x80\\x9b31m'],
    ['user\u202e \u2066// admin', 'user\\u202e \\u2066// admin'],
    ['a\u200bb\u200dc\ufeffd\u00ade\u2060', 'a\\u200bb\\u200dc\\ufeffd\\xade\\u2060'],
    ['x\u2028y\u2029\u0085', 'x\\u2028y\\u2029\\x85'],
    ['\u{e0041}\u{e0100}', '\\u{e0041}\\u{e0100}'],
    ['\ud800x', '\\ud800x'],
    ['no\u00a0break\u2003em\u3164\u2800', 'no\\xa0break\\u2003em\\u3164\\u2800'],
    ['plain ümläut 漢字 😀 \\x1b', 'plain ümläut 漢字 😀 \\x1b'],
  ]
  for (const [raw, shown] of cases) it(JSON.stringify(raw), () => expect(escaped(raw)).toBe(shown))

  it('and nothing that controls a terminal is left, whatever comes', () => {
    const text = fc.string({ unit: 'binary' })
    fc.assert(fc.property(text, (raw) => !/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(escaped(raw))))
    fc.assert(fc.property(text, (raw) => escaped(escaped(raw)) === escaped(raw)))
  })

  it('with tabs as space in source', () => expect(escapedSource('\tRUN x\x1b')).toBe('    RUN x\\x1b'))

  it('without markup or mentions in Markdown', () => {
    const shown = escapedMarkdown('<img src=x> | `a` **b** [c](d) @someone #1 \\ ~x~ \x1b')
    expect(shown).not.toMatch(/[<>|`*[\]()@\\~]/)
    expect(shown).not.toMatch(/#\d(?!\d*;)/)
  })

  it('without change of meaning in JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const json = escapedJson(JSON.stringify({ raw }, null, 2))
        expect(JSON.parse(json)).toEqual({ raw })
        expect(json.replaceAll('\n', '')).toBe(escaped(json.replaceAll('\n', '')))
      }),
    )
  })
})
