import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePython } from '../../src/documents/python.js'
import { evaluate, type Known, type PythonNames } from '../../src/documents/python-expression.js'
import { textFile } from '../../src/project.js'

const read = (text: string) => parsePython(textFile('app.py', text))
const at = (text: string, { start, end }: { start: number; end: number }) => text.slice(start, end)

describe('imports', () => {
  it('are found in all their forms, with their places', () => {
    const text = `import os, a.b as c
from d.e import f as g, h
from . import i
from ..j import *
from k import (
    l,  # why
    m as n,
)
def late():
    import o
x = importlib.import_module("p.q")
y = __import__('r')
`
    const { imports, problems } = read(text)
    expect(problems).toEqual([])
    expect(imports.map(({ module, level, names }) => `${'.'.repeat(level)}${module} ${names}`)).toEqual([
      'os ',
      'a.b ',
      'd.e f,h',
      '. i',
      '..j *',
      'k l,m',
      'o ',
      'p.q ',
      'r ',
    ])
    expect(at(text, imports[2]!)).toBe('from d.e import f as g, h')
  })
})

describe('guards', () => {
  it('are those of the branch a place is in', () => {
    const text = `if A:
    import one
elif B:
    import two
else:
    import three
try:
    import four
except (ImportError, OSError):
    import five
try:
    import six
except ValueError:
    pass
LIST = ["seven"] if C else ["eight"]
`
    const { imports, strings } = read(text)
    const told = (guards: readonly unknown[]) =>
      (guards as { kind: string; is?: boolean; range?: { start: number; end: number } }[])
        .map(({ kind, is, range }) => (kind === 'caught' ? 'caught' : `${is ? '' : 'not '}${at(text, range!)}`))
        .join(', ')
    expect(imports.map(({ module, guards }) => `${module}: ${told(guards)}`)).toEqual([
      'one: A',
      'two: not A, B',
      'three: not A, not B',
      'four: caught',
      'five: ',
      'six: ',
    ])
    expect(strings.map(({ value, guards }) => `${value}: ${told(guards)}`)).toEqual(['seven: C', 'eight: not C'])
  })
})

describe('values', () => {
  const names = (environment: Record<string, string | undefined>): PythonNames => ({
    name: (name) => (name === 'YES' ? { value: true } : undefined),
    setting: () => undefined,
    module: (name) => (name === 'gone' ? { value: undefined } : undefined),
    variable: (name): Known => (name === 'OPEN' ? undefined : { value: environment[name] }),
  })
  const value = (source: string, environment: Record<string, string | undefined> = {}) => {
    const { assignments } = read(`X = ${source}\n`)
    return evaluate(assignments[0]!.value, names(environment))
  }

  it.each([
    ['False', {}, false],
    ['not YES', {}, false],
    ['os.environ.get("A")', {}, undefined],
    ['os.environ.get("A", "0") == "1"', {}, false],
    ['os.environ.get("A", "0") == "1"', { A: '1' }, true],
    ['os.getenv("A", "false").lower() in ("1", "true")', { A: 'TRUE' }, true],
    ['bool(int(os.environ.get("A", 0)))', {}, false],
    ['"A" in os.environ', { A: '' }, true],
    ['"A" not in os.environ', {}, true],
    ['env.bool("A", default=True)', { A: 'off' }, false],
    ['env.bool("A", default=True)', {}, true],
    ['config("A", default=False, cast=bool)', { A: 'yes' }, true],
    ['strtobool(os.getenv("A", "no"))', {}, false],
    ['YES or unknown()', {}, true],
    ['unknown() and not YES', {}, false],
    ['(os.environ["A"])', { A: 'x' }, 'x'],
    ['importlib.util.find_spec("gone") is not None', {}, false],
    ['bool(find_spec("gone"))', {}, false],
  ])('%s with %j comes to %j', (source, environment, expected) => {
    expect(value(source, environment)).toEqual({ value: expected })
  })

  it.each(['unknown()', 'os.environ.get("OPEN")', 'env("A")', 'os.environ["A"]', 'x > 1', 'YES and unknown()', '[1]'])(
    'nothing is known of %s',
    (source) => {
      expect(value(source)).toBeUndefined()
    },
  )
})

describe('other people’s files', () => {
  it.each([
    ['x = 1\ndef f(:\n', /line 2/],
    ['x = (\n', /line/],
    ['{% if a %}', /line/],
    [`${'('.repeat(500)}`, /nested too deeply/],
    ['#'.repeat(600_000), /larger/],
  ])('that cannot be read for certain say so: %s', (text, problem) => {
    expect(read(text).problems).toEqual([expect.stringMatching(problem)])
  })

  it('may have a byte order mark, and yield nothing', () => {
    const text = '\uFEFFimport a\n\ndef f():\n    yield\n'
    const { imports, problems } = read(text)
    expect(problems).toEqual([])
    expect(at(text, imports[0]!)).toBe('import a')
  })

  it('never make it throw', () => {
    const words = fc.constantFrom(
      'if ',
      'else:',
      '\n',
      '    ',
      'import ',
      'x',
      '"',
      "'",
      '(',
      ')',
      '[',
      ']',
      '@',
      'try:',
      'except',
      'def f():',
      'not ',
      ' in ',
      '=',
      ',',
      '#',
      '\\',
      '\0',
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
        const { imports, strings } = read(parts.join(''))
        expect([...imports, ...strings].every(({ start, end }) => start < end)).toBe(true)
      }),
    )
  })
})
