import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalName, parseRequirements, type Requirement } from '../../src/documents/requirements.js'
import type { Range } from '../../src/model.js'
import { textFile } from '../../src/project.js'

const read = (text: string) => parseRequirements(textFile('requirements.txt', text))
const entries = (text: string) => read(text).entries
const requirements = (text: string) => entries(text).filter((entry) => entry.kind === 'requirement')
const only = (text: string): Requirement => requirements(text)[0]!
const cut = (text: string, range: Range | undefined) => range && text.slice(range.start, range.end)
const spelled = ({ specifiers }: Requirement) => specifiers.map(({ operator, version }) => operator + version)
const SHA = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

describe('a requirement', () => {
  it.each([
    ['foo', 'foo', [], [], undefined],
    ['Foo_Bar.baz==1.0', 'foo-bar-baz', [], ['==1.0'], undefined],
    ['foo >=1 , <2', 'foo', [], ['>=1', '<2'], undefined],
    ['foo (>=1,<2)', 'foo', [], ['>=1', '<2'], undefined],
    ['foo>=1,', 'foo', [], ['>=1'], undefined],
    ['foo==2.*,!=2.1', 'foo', [], ['==2.*', '!=2.1'], undefined],
    ['foo===1.0-custom', 'foo', [], ['===1.0-custom'], undefined],
    ['foo~=2.2', 'foo', [], ['~=2.2'], undefined],
    ['foo==${VERSION}', 'foo', [], ['==${VERSION}'], undefined],
    ['foo[a, B_c]==1', 'foo', ['a', 'B_c'], ['==1'], undefined],
    ['foo[]', 'foo', [], [], undefined],
    ["foo;python_version<'3.8'", 'foo', [], [], 'python_version < "3.8"'],
    ['foo==1 ; os_name=="nt" and  extra==\'x y\'', 'foo', [], ['==1'], 'os_name == "nt" and extra == "x y"'],
  ] as const)('%s', (text, name, extras, specifiers, marker) => {
    const requirement = only(text)
    expect(requirement).toMatchObject({ name, extras, marker })
    expect(spelled(requirement)).toEqual(specifiers)
  })

  it.each([
    ['foo==1.0 # why', '# why'],
    ['foo==1.0\t#why', '#why'],
    ['foo==1.0  # why  ', '# why'],
    ['foo==1.0', undefined],
  ])('has a comment behind white space: %s', (text, comment) => {
    expect(cut(text, only(text).comment)).toBe(comment)
    expect(cut(text, only(text).content)).toBe('foo==1.0')
  })

  it('has a # in its version where no white space is before it', () => {
    expect(spelled(only('foo==1.0#x'))).toEqual(['==1.0#x'])
  })

  it('goes on behind a backslash', () => {
    const text = `foo[x]==1.0 \\\n    --hash=${SHA} \\\n    --hash ${SHA}  # why\nbar\\\n==2\n`
    const [foo, bar] = requirements(text)
    expect(cut(text, foo)).toBe(text.slice(0, text.indexOf('\nbar')))
    expect(foo!.hashes.map(({ value }) => value)).toEqual([SHA, SHA])
    expect(foo!.hashes.map((hash) => cut(text, hash))).toEqual([`--hash=${SHA}`, `--hash ${SHA}`])
    expect(cut(text, foo!.comment)).toBe('# why')
    expect(bar!.name).toBe('bar')
    expect(spelled(bar!)).toEqual(['==2'])
  })

  it('ends at a comment line, which does not go on itself', () => {
    const text = 'foo==1.0\\\n# why \\\nbar\n'
    expect(requirements(text).map(({ name }) => name)).toEqual(['foo', 'bar'])
    expect(read(text).comments.map((comment) => cut(text, comment))).toEqual(['# why \\'])
  })

  it('loses the next line to a comment that ends in a backslash', () => {
    expect(requirements('foo # why \\\nbar\nbaz\n').map(({ name }) => name)).toEqual(['foo', 'baz'])
  })

  it('keeps what else is said about it', () => {
    expect(only('lxml==5.2 --no-binary lxml').options).toEqual(['--no-binary', 'lxml'])
    expect(only('a==1 --config-settings="k=-D x"').options).toEqual(['--config-settings=k=-D x'])
  })

  it('knows where its extras stand or would stand', () => {
    expect(cut('foo [a] ==1', only('foo [a] ==1').extrasRange)).toBe('[a]')
    expect(only('foo ==1').extrasRange).toEqual({ start: 3, end: 3 })
  })
})

describe('other lines', () => {
  it.each([
    ['-r base.txt', { kind: 'include', constraint: false, target: 'base.txt' }],
    ['-rbase.txt', { kind: 'include', target: 'base.txt' }],
    ['--requirement=../base.txt  # why', { kind: 'include', target: '../base.txt' }],
    ['-c "c d.txt"', { kind: 'include', constraint: true, target: 'c d.txt' }],
    ['--constraint c.txt', { kind: 'include', constraint: true, target: 'c.txt' }],
    ['-e .', { kind: 'direct', name: undefined }],
    ['-e git+https://example.com/x.git@main#egg=Foo_Bar', { kind: 'direct', name: 'foo-bar' }],
    ['git+ssh://git@example.com/x.git', { kind: 'direct', name: undefined }],
    ['foo @ https://example.com/foo.zip ; os_name=="nt"', { kind: 'direct', name: 'foo', marker: 'os_name == "nt"' }],
    ['foo[x] @ file:///srv/foo', { kind: 'direct', name: 'foo' }],
    ['./wheels/Foo_Bar-1.0-py3-none-any.whl', { kind: 'direct', name: 'foo-bar' }],
    ['../foo[extra]', { kind: 'direct', name: undefined }],
    ['--index-url https://example.com/simple', { kind: 'options' }],
    ['--pre', { kind: 'options', options: ['--pre'] }],
    ['foo=1.0', { kind: 'unknown' }],
    ['foo 1.0', { kind: 'unknown' }],
  ])('%s', (text, expected) => {
    expect(entries(`${text}\nbar\nbaz\n`)[0]).toMatchObject(expected)
  })

  it('are odd if pip does not accept them, unless a variable may explain them', () => {
    expect(read('foo=1.0\nbar\nbaz\n').oddities).toEqual(['pip does not accept line 1'])
    expect(read('${PACKAGE} x\nbar\n').oddities).toEqual([])
  })
})

describe('a file', () => {
  it.each([
    ['{% if x %}\nfoo\n{% endif %}\n', 'it is a template'],
    ['foo\0bar\n', 'it is a binary file'],
    ['foo\fbar\n', 'it holds control characters'],
    ['# platform: linux-64\nnumpy=1.26.4=py311_0\n', 'it is a list of conda packages'],
    ['numpy=1.26.4=py311_0\r\n', 'it is a list of conda packages'],
    ['Package Version\n------- -------\nfoo     1.0\n', 'it is the table that `pip list` prints'],
    ['foo\n<<<<<<< HEAD\nbar\n', 'it holds an unresolved merge conflict'],
    ['The service must be fast.\n', 'most of its lines are no requirements that pip would accept'],
    ['#'.repeat((1 << 20) + 1), 'it is too large to be read for certain'],
  ])('is left alone: %j', (text, problem) => {
    expect(read(text).problems).toEqual([problem])
  })

  it('may begin with a byte order mark', () => {
    expect(requirements('\uFEFFfoo==1.0\n')[0]).toMatchObject({ name: 'foo', start: 1 })
    expect(read('\uFEFF# c\nfoo\n').comments).toEqual([{ start: 1, end: 4 }])
  })

  it('is hashed if one line is, or if it asks for hashes', () => {
    expect(read(`foo==1 --hash=${SHA}\n`).hashed).toBe(true)
    expect(read('--require-hashes\n').hashed).toBe(true)
    expect(read('foo==1\n').hashed).toBe(false)
  })

  it.each([
    [
      '# This file is autogenerated by pip-compile with Python 3.11\n#    pip-compile dev.in\nfoo==1\n',
      { by: 'pip-compile', from: 'dev.in' },
    ],
    [
      '# This file was autogenerated by uv via the following command:\n# uv pip compile pyproject.toml -o x.txt\nfoo==1\n',
      { by: 'uv', from: 'pyproject.toml' },
    ],
    ['foo==1\n    # via bar\n', { by: 'a tool', from: undefined }],
    ['foo==1  # via bar\n', { by: 'a tool', from: undefined }],
    ['# DO NOT EDIT\nfoo==1\n', { by: 'a tool', from: undefined }],
    ['foo==1\n# do not edit the line above\n', undefined],
  ])('may be the work of a tool: %j', (text, compiled) => {
    expect(read(text).compiled).toEqual(compiled)
  })
})

describe('what belongs to a requirement alone', () => {
  it.each([
    ['a paragraph and its heading', '# head\n\nbar\n\n# why\nfoo\n\nbaz\n', '# why', '# why\nfoo\n'],
    ['a paragraph at the end', '# head\n\nbar\n\n# why\nfoo\n', '# why', '\n# why\nfoo'],
    ['a paragraph without a heading', 'bar\n\nfoo\n\nbaz\n', undefined, 'foo\n'],
    ['the heading between two requirements', 'bar\n# why\nfoo\n# why not\nbaz\n', '# why', '# why\nfoo'],
    ['the heading at the end of a paragraph', 'bar\n# why\nfoo\n\nbaz\n', '# why', '# why\nfoo'],
    ['its line only, below a comment of the line above', 'bar \\\n# why\nfoo\n\nbaz\n', undefined, 'foo'],
    ['its line only, above a name in a comment', 'bar\n# title\nfoo\n# qux\nbaz\n', undefined, 'foo'],
    ['its line only, in a paragraph of several', 'bar\n\n# why\nfoo\nbaz\n', undefined, 'foo'],
    ['its line only, below what opens the file', '# why\nfoo\n\nbar\n', undefined, 'foo'],
    ['its line only, below a requirement in a comment', 'bar\n\n# foo==0.9\nfoo\n\nbaz\n', undefined, 'foo'],
    ['its line only, below a ruler', 'bar\n\n# -----\n# why\nfoo\n\nbaz\n', undefined, 'foo'],
  ])('%s', (_, text, heading, paragraph) => {
    const foo = requirements(text).find(({ name }) => name === 'foo')!
    expect(cut(text, foo.heading)).toBe(heading)
    expect(cut(text, foo.paragraph)).toBe(paragraph)
  })
})

const PIECES = [
  ...['foo', 'Foo_Bar', 'x', '[opt]', '[a, b]', '==', '>=', '~=', '===', '1.0', '2.*', ',', '(', ')', ' ', '  ', '\t'],
  ...[';', '; ', 'python_version < "3.8"', '#', ' # c', '\\', '\\\n', '\\\r\n', '\n', '\r\n', '\r', '\uFEFF', '${V}'],
  ...[
    ` --hash=${SHA}`,
    ' --hash',
    '-r b.txt',
    '-c "',
    "'",
    '-e .',
    ' @ https://x/y',
    '#egg=z',
    './p',
    'é',
    '\u00a0',
    '\f',
  ],
]
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join('')),
)

describe('any text', () => {
  it('is read without an exception, into ranges that lie in order and inside each other', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const document = read(text)
        let end = 0
        for (const entry of document.entries) {
          expect(entry.start).toBeGreaterThanOrEqual(end)
          end = entry.end
          const inside = [entry.content, ...(entry.comment ? [entry.comment] : [])]
          if (entry.kind === 'requirement') {
            inside.push(entry.nameRange, entry.extrasRange, ...entry.specifiers, ...entry.hashes)
            expect(entry.paragraph.start).toBeLessThanOrEqual(entry.start)
            expect(entry.paragraph.end).toBeGreaterThanOrEqual(entry.end)
          }
          for (const range of inside) {
            expect(range.start).toBeLessThanOrEqual(range.end)
            expect(range.start).toBeGreaterThanOrEqual(entry.start)
            expect(range.end).toBeLessThanOrEqual(entry.end)
          }
        }
        for (const comment of document.comments) expect(text[comment.start]).toBe('#')
      }),
      { numRuns: 2000 },
    )
  })

  it('gives back in its ranges what it says', () => {
    // Across a continuation a range holds more than it says: pip strips every line of its backslashes and joins them.
    const said = (text: string, range: Range) =>
      cut(text, range)!
        .split(/\r\n?|\n/)
        .map((line) => line.replace(/^\\+|\\+$/g, ''))
        .join('')
    fc.assert(
      fc.property(texts, (text) => {
        for (const entry of requirements(text)) {
          expect(normalName(said(text, entry.nameRange))).toBe(entry.name)
          for (const { operator, version, ...range } of entry.specifiers) {
            expect(said(text, range).replace(/\s/g, '')).toBe(operator + version)
          }
          if (entry.extras.length > 0) expect(said(text, entry.extrasRange)).toMatch(/^\[.*\]$/s)
        }
      }),
      { numRuns: 2000 },
    )
  })

  const part = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,4}$/)
  const written = fc.record({
    name: part,
    extras: fc.array(part, { maxLength: 2 }),
    specifiers: fc.array(fc.stringMatching(/^(==|>=|<|~=|!=)[0-9]\.[0-9]$/), { maxLength: 3 }),
    marker: fc.constantFrom(undefined, 'python_version < "3.9"', 'sys_platform == "win32" or extra == "x"'),
    hashes: fc.array(fc.constantFrom(SHA, `${SHA.slice(0, -1)}9`), { maxLength: 2 }),
    comment: fc.constantFrom('', '  # why', ' #'),
    eol: fc.constantFrom('\n', '\r\n'),
    space: fc.constantFrom('', ' '),
  })

  it('that was written as a requirement is read as that requirement', () => {
    fc.assert(
      fc.property(fc.array(written, { minLength: 1, maxLength: 5 }), (list) => {
        const text = list
          .map(({ name, extras, specifiers, marker, hashes, comment, eol, space }) => {
            const brackets = extras.length > 0 ? `[${extras.join(`,${space}`)}]` : ''
            const end = marker ? `${space}; ${marker}` : ''
            const joined = hashes.map((hash) => ` \\${eol}    --hash=${hash}`).join('')
            return name + space + brackets + space + specifiers.join(`,${space}`) + end + joined + comment + eol
          })
          .join('')
        const found = requirements(text)
        expect(found.length).toBe(list.length)
        for (const [i, { name, extras, specifiers, marker, hashes, comment }] of list.entries()) {
          const requirement = found[i]!
          expect(requirement).toMatchObject({ name: name.toLowerCase(), extras, marker })
          expect(spelled(requirement)).toEqual(specifiers)
          expect(requirement.hashes.map(({ value }) => value)).toEqual(hashes)
          expect(cut(text, requirement.comment) ?? '').toBe(comment.trim())
        }
      }),
    )
  })
})
