import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blank, parseShell, type ShellCommand } from '../../src/documents/shell.js'

const commands = (text: string): readonly ShellCommand[] => {
  const { commands, errors } = parseShell(text)
  expect(errors).toEqual([])
  return commands
}
const only = (text: string): ShellCommand => {
  const [command, ...rest] = commands(text)
  expect(rest).toEqual([])
  return command!
}
const names = (text: string) => commands(text).map(({ name }) => name)
const plain = (text: string) => commands(text).flatMap(({ name, plain }) => (plain ? [name] : []))
const conditions = (text: string) =>
  Object.fromEntries(commands(text).map(({ name, conditions }) => [name, conditions]))
const values = (command: ShellCommand) => command.words.map(({ value }) => value)

describe('the words of a command', () => {
  it('have the value the shell gives them, and stand where they say', () => {
    const text = `a 'b c' "d" e\\ f g"h"'i' --j=k`
    const { words } = only(text)
    expect(words.map(({ value }) => value)).toEqual(['a', 'b c', 'd', 'e f', 'ghi', '--j=k'])
    for (const word of words) expect(text.slice(word.start, word.end)).toBe(word.text)
    expect(words.every(({ literal }) => literal)).toBe(true)
  })

  it('are not literal where the shell makes them', () => {
    const { words } = only('a $b "c $d" e* ~/f ${g:-h} $((1+1)) "i" \'$j\'')
    expect(words.filter(({ literal }) => literal).map(({ value }) => value)).toEqual(
      expect.arrayContaining(['a', 'i', '$j']),
    )
    for (const text of ['$b', '"c $d"', 'e*', '${g:-h}', '$((1+1))'])
      expect(words.find((word) => word.text === text)?.literal, text).toBe(false)
  })

  it('include those that only look like assignments', () => {
    expect(values(only('env A=1 B="2 3" c'))).toEqual(['env', 'A=1', 'B=2 3', 'c'])
    expect(values(only('export A="$B"'))).toEqual(['export', 'A=$B'])
    expect(only('export A="$B" C=d').words.map(({ literal }) => literal)).toEqual([true, false, true])
  })

  it('are counted from where the text stands in its file', () => {
    const [first] = parseShell('ab cd', 100).commands
    expect(first).toMatchObject({
      start: 100,
      end: 105,
      words: [
        { start: 100, end: 102 },
        { start: 103, end: 105 },
      ],
    })
  })
})

describe('a command', () => {
  it('has no name where that is computed at run time', () => {
    expect(names('$a b; "${c}" d; "e" f; A=1')).toEqual([undefined, undefined, 'e', undefined])
  })

  it('knows what is set for it alone', () => {
    const { name, assigned } = only('A=1 B="c d" E= f')
    expect(name).toBe('f')
    expect(assigned.map(({ name, value }) => [name, value?.value ?? ''])).toEqual([
      ['A', '1'],
      ['B', 'c d'],
      ['E', ''],
    ])
  })

  it('knows where its input and output go', () => {
    const { redirects } = only('a >b 2>>"c d" <e 2>&1')
    expect(redirects.map(({ operator, target }) => [operator, target?.value])).toEqual([
      ['>', 'b'],
      ['>>', 'c d'],
      ['<', 'e'],
      ['>&', '1'],
    ])
  })

  it('does not swallow the here-document behind it', () => {
    const text = 'cat <<EOF >a && b\nc; d $(e)\nEOF\nf'
    expect(names(text)).toEqual(expect.arrayContaining(['cat', 'b', 'f']))
    expect(names(text)).not.toContain('c')
  })

  it('is found wherever it stands', () => {
    const text =
      'a | b; (c); { d; }; if e; then f; elif g; then h; else i; fi; for x in y; do j; done; while k; do l; done'
    expect(names(`${text}; m() { n; }; case o in p) q;; *) r;; esac; s $(t) "$(u)" \`v\` & ! w`).toSorted()).toEqual(
      'abcdefghijklnqrstuvw'.split(''),
    )
  })
})

describe('a plain command', () => {
  it('is one that surely runs', () => {
    expect(plain('a; b && c && d\ne')).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(plain('{ a; b; }')).toEqual(['a', 'b'])
    expect(plain('{ a; } > b')).toEqual(['a'])
  })

  it('is not one that runs sometimes, elsewhere, or beside the others', () => {
    expect(plain('a || b')).toEqual(['a'])
    expect(plain('a || b && c')).toEqual(['a'])
    expect(plain('if a; then b; else c; fi; d')).toEqual(['d'])
    expect(plain('case a in b) c;; esac; d')).toEqual(['d'])
    expect(plain('for a in b; do c; done; while d; do e; done; f')).toEqual(['f'])
    expect(plain('a() { b; }; c')).toEqual(['c'])
    expect(plain('(a); b | c; d & e')).toEqual(['e'])
    expect(plain('a $(b)')).toEqual(['a'])
  })
})

describe('the conditions of a command', () => {
  it('are what stands left of it', () => {
    expect(conditions('a && b || c; d')).toEqual({ a: [], b: ['a'], c: ['a && b'], d: [] })
  })

  it('are those of the branch it stands in', () => {
    expect(conditions('if a b; then c; elif d; then e; else f; fi')).toMatchObject({
      c: ['a b'],
      e: ['d'],
      f: ['! a b', '! d'],
    })
    expect(conditions('case $a in b|c) d;; esac')).toEqual({ d: ['case b|c'] })
    expect(conditions('if a; then b && c; fi')).toMatchObject({ c: ['a', 'b'] })
  })
})

describe('text that is no shell', () => {
  it('has errors, and what can be read is read', () => {
    for (const text of ['if a; then b', 'a &&', '(a', 'a "b', 'for', 'a $(b', '}', 'case a in'])
      expect(parseShell(text).errors.length, text).toBeGreaterThan(0)
    expect(parseShell('a; if b; then').commands.map(({ name }) => name)).toContain('a')
  })

  it('that is fine has none', () => {
    for (const text of [
      '',
      ' \n ',
      '# a',
      'a #b',
      'a;',
      'a &',
      '[ -f a ] || b',
      '[[ a == b* ]] && c',
      '! a',
      'a=(b c)',
      ': ${A:?b}',
    ])
      expect(parseShell(text).errors, text).toEqual([])
  })
})

describe('hostile text', () => {
  /** As long as a shell takes; what is quadratic beyond reason would time out. */
  const LONGEST = 1 << 17

  it('of one long row of anything is read', () => {
    for (const part of [
      'a&&',
      'a||',
      'a|',
      'a;',
      'a ',
      '>a ',
      'A=1 ',
      '$a',
      '"',
      "'",
      '\\',
      '`',
      '{ ',
      '(',
      '!',
      '#',
      '"$(a)"',
    ])
      parseShell(part.repeat(LONGEST / part.length))
  }, 60_000)

  it('that nests deeply is read or has errors', () => {
    for (const [open, close] of [
      ['(', ')'],
      ['{ ', '; }'],
      ['$(', ')'],
      ['"$(', ')"'],
      ['if a; then ', '; fi'],
      ['((', '))'],
    ]) {
      const { commands, errors } = parseShell(`${open!.repeat(5_000)}b${close!.repeat(5_000)}`)
      expect(errors.length + commands.length).toBeGreaterThan(0)
    }
  }, 60_000)
})

const scraps = fc
  .array(
    fc.constantFrom(
      ...'a|bc|A=1|$x|${y|${z:-w}|$(|)|`|"|\'|\\|;|;;|&|&&|\\||(|{|}|[|[[|]]|<|>|>>|<<E|<<-E|E|<<<|#|!|*|~|$((|))|if|then|elif|else|fi|for|in|do|done|while|case|esac|function|é|😀|\0|\r'
        .split(/(?<!\\)\|/)
        .map((part) => part.replace('\\|', '|')),
      ' ',
      '  ',
      '\n',
      '\t',
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

describe('on any text', () => {
  it('reading never throws, and every range lies where it says', () => {
    fc.assert(
      fc.property(fc.oneof(scraps, fc.string({ unit: 'binary' })), fc.nat(1000), (text, offset) => {
        const { commands, errors } = parseShell(text, offset)
        for (const command of commands) {
          expect(command.start).toBeGreaterThanOrEqual(offset)
          expect(command.end).toBeLessThanOrEqual(offset + text.length)
          // In text with errors the parser makes up what is missing.
          if (errors.length > 0) continue
          for (const word of command.words) expect(text.slice(word.start - offset, word.end - offset)).toBe(word.text)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('reading gives back what was written', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9/._-]{0,6}$/).filter((any) => !KEYWORDS.has(any))
    const line = fc.array(word, { minLength: 1, maxLength: 4 })
    const quoted = (any: string, how: number) => [any, `'${any}'`, `"${any}"`, `\\${any}`][how]!
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(' && ', '; ', '\n', ' | ', ' || ', ' & ', '   &&   ', ' &&      \n  '),
        fc.nat(3),
        (all, separator, how) => {
          const text = all
            .map(([name, ...args]) => [name, ...args.map((arg) => quoted(arg, how))].join(' '))
            .join(separator)
          expect(commands(text).map(values)).toEqual(all)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('blank keeps length and line breaks, and nothing else', () => {
    fc.assert(
      fc.property(scraps, (text) => {
        expect(blank(text)).toHaveLength(text.length)
        expect(blank(text)).toMatch(/^[ \r\n]*$/)
        expect([...blank(text).matchAll(/[\r\n]/g)].map(({ index }) => text[index])).toEqual(
          text.match(/[\r\n]/g) ?? [],
        )
      }),
    )
  })
})

const KEYWORDS = new Set(
  'if then elif else fi for in do done while until case esac function select time coproc'.split(' '),
)

describe('chains', () => {
  const chains = (text: string) =>
    parseShell(text, 10).chains.map(({ steps, background }) => [
      ...steps.map(
        ({ start, end, joinedBy, simple }) =>
          `${joinedBy ?? ''}${simple ? '' : '*'}${text.slice(start - 10, end - 10)}`,
      ),
      ...(background ? ['&'] : []),
    ])

  it.each([
    ['a && b || c; d', [['a', '&&b', '||c'], ['d']]],
    ['set -e\na 2>&1 |\n b && (c; d) &', [['set -e'], ['*a 2>&1 |\n b', '&&*(c; d)', '&']]],
    ['X=1 a b; ! c; if x; then y; fi', [['X=1 a b'], ['*! c'], ['*if x; then y; fi']]],
    ['', []],
  ])('of %j', (text, expected) => {
    expect(chains(text)).toEqual(expected)
  })
})
