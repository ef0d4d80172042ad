import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipped, inertCode, inertMarkdown, inertWords } from '../../src/campaign/inert.js'
import { escaped } from '../../src/escape.js'

/** What strangers write into files and names when they mean harm, and what is next to it. */
const parts = fc.constantFrom(
  ...[
    '@',
    'acme/team',
    'ada',
    '#',
    '1',
    '!',
    'closes ',
    'fixes ',
    'GH-',
    'gh-',
    'https',
    '://',
    'github.com/a/b/issues/1',
  ],
  ...[
    '[skip ci]',
    '[',
    ']',
    '(',
    ')',
    'skip-checks: true',
    '***NO_CI***',
    '*',
    '_',
    '`',
    '|',
    '\\',
    '<',
    '>',
    '&',
    '&#64;',
  ],
  ...[
    '<!-- harden: campaign=x -->',
    '<img src=x onerror=alert(1)>',
    '\n',
    '\r\n',
    '\x1b[2J',
    '\u202e',
    '\u200b',
    '\0',
    '~',
    '$',
  ],
  ...[
    '- ',
    '1. ',
    '2) ',
    '=',
    '+',
    '---',
    ':smile:',
    'www.',
    'example.com',
    '{{summary}}',
    '"',
    "'",
    'ü',
    '\ud800',
    '😀',
    ' ',
  ],
)
const hostile = fc.array(parts, { maxLength: 12 }).map((some) => some.join(''))

/** What a forge sees once Markdown has become text. */
const shown = (markdown: string) =>
  markdown.replace(/&#x([0-9A-F]+);/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))

const REFERENCES = [/@\w/, /[#!]\d/, /GH-\d/i, /:\/\//, /\[[a-z]/i, /\*\*\*/, /skip-checks:/i]

describe('text of strangers', () => {
  it('refers to nobody and nothing, closes nothing and stops no pipeline', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const said of [inertWords(text), shown(inertMarkdown(text)), shown(inertCode(text).slice(6, -7))]) {
          for (const reference of REFERENCES) expect(said).not.toMatch(reference)
          expect(said).not.toMatch(/[\r\n\0\x1b\u202e]/)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('is no markup, and loses nothing', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const markdown = inertMarkdown(text)
        // An entity is a character that means nothing, and stands for none here that does.
        const source = markdown.replace(/&#x[0-9A-F]+;/g, 'é')
        expect(source).not.toMatch(/[&<>|`*[\]#@\\~$]|^[-+=]|^\d+[.)]|(?<![a-z0-9])www\.|(?<![a-z0-9])_|_(?![a-z0-9])/i)
        expect(shown(markdown).replaceAll('\u200b', '')).toBe(escaped(text))
        expect(inertWords(text).replaceAll('\u200b', '')).toBe(escaped(text))
      }),
      { numRuns: 3000 },
    )
  })

  it('is left readable where it is harmless', () => {
    for (const text of ['Dockerfile_intel:90', 'python:3.12-slim', 'Run as 10001:10001', 'a-b.c/d_e'])
      expect(inertMarkdown(text)).toBe(text)
    expect(inertCode('a|b')).toBe('<code>a&#x7C;b</code>')
  })

  it('is cut to size', () => {
    expect(clipped('abcdef', 4)).toBe('abc…')
    expect(clipped('abcd', 4)).toBe('abcd')
  })
})
