import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compatible, implies, narrowest, type Specifier } from '../../src/facts/pep440.js'

const parse = (list: string): Specifier[] =>
  list
    .split(',')
    .filter(Boolean)
    .map((text) => {
      const [, operator = '', version = ''] = /^(===|~=|[=!<>]=|[<>])(.*)$/.exec(text) ?? []
      return { operator, version }
    })

describe('implies', () => {
  it.each([
    ['==1.0', '==1.0.0'],
    ['==1.0.0', '==1.0'],
    ['==2.0', '>=1'],
    ['==2.0', ''],
    ['>=42.0.0', '>=0.24.0'],
    ['>=1,<2', '>=0.9'],
    ['<1,>=0.15.2', '>=0.15.2'],
    ['~=2.2', '>=2.2,==2.*'],
    ['~=1.4.5', '<1.5'],
    ['==1.4.*', '>1.3,<1.5'],
    ['==1.*', '!=2.*'],
    ['>=2', '!=1.5'],
    ['==1.0+cu118', '==1.0'],
    ['==1.10', '>1.9'],
    ['>1.0', '!=1.0'],
    ['>1.0', '!=1.0.post1'],
    ['<1.0', '!=1.0rc1'],
    ['==1!1.0', '>=2024.1'],
    ['==1.0rc1', '>=0.9'],
    ['==1.0.post1', '>=1.0'],
    ['==1.0-1', '==1.0.post1'],
    ['==v1.0ALPHA1', '==1.0a1'],
    ['==20240101123456789', '!=20240101123456788'],
    // What is equal letter by letter needs no understanding.
    ['===1.0-foo', '===1.0-FOO'],
    ['==${VERSION}', '==${VERSION}'],
    ['>1.0a1,<2', '>1.0a1'],
  ])('%s says all that %s says', (narrow, wide) => {
    expect(implies(parse(narrow), parse(wide))).toBe(true)
  })

  it.each([
    ['', '>=1'],
    ['>=1', '==2.0'],
    ['>=1', '<3'],
    ['==1.0', '==1.0+cu118'],
    ['>=1.0', '>1.0'],
    ['<=1.0', '<1.0'],
    ['~=1.4', '~=1.4.0'],
    ['==1.0.post1', '>1.0'],
    ['==1.0rc1', '<1.0'],
    // Alone in naming a pre-release, the wide one lets pre-releases in.
    ['>=2.0', '>=1.0a1'],
    // Alone in pinning, the wide one lets in a release that was withdrawn.
    ['>=1.0,<=1.0', '==1.0'],
    // Nobody can tell.
    ['==2.0', '===2.0'],
    ['==2.0', '>=${MINIMUM}'],
    ['==2.0', '>=2.*'],
    ['==2.0', '>1.0.post1'],
    ['==1.0', '~=1'],
  ])('%s leaves out something of what %s says', (narrow, wide) => {
    expect(implies(parse(narrow), parse(wide))).toBe(false)
  })
})

describe('compatible', () => {
  it.each([
    ['>=1', '<3', true],
    ['==1.0', '==1.0.0', true],
    ['==1.0', '==2.0', false],
    ['>=3.1', '<3.0', false],
    ['>=2,!=2.0', '<=2.0', false],
    ['>1.0', '==1.0.post1', false],
    ['<1.0', '==1.0rc1', false],
    ['==1.*', '==2.*', false],
    ['<0', '', false],
    ['===1.0', '==1.0', undefined],
    ['==${VERSION}', '==1.0', undefined],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(compatible(parse(a), parse(b))).toBe(expected)
    expect(compatible(parse(b), parse(a))).toBe(expected)
  })
})

describe('narrowest', () => {
  it.each([
    ['>=1,<3,>=2,<4', '<3,>=2'],
    ['>=0.15.2,<1,>=0.15.2', '>=0.15.2,<1'],
    ['>=2.0.0b1,>=2.3', '>=2.0.0b1,>=2.3'],
    ['==1.0,>=0.5,!=0.7', '==1.0'],
    ['>=1,!=1.5', '>=1,!=1.5'],
    ['', ''],
  ])('of %s is %s', (all, few) => {
    expect(narrowest(parse(all))).toEqual(parse(few))
  })
})

const version = fc.stringMatching(/^(1!)?[0-3](\.[0-2]){0,2}((a|rc)[01])?(\.post[01])?(\.dev[01])?$/)
const specifier = fc.oneof(
  fc.record({ operator: fc.constantFrom('==', '!=', '<=', '>=', '<', '>', '~='), version }),
  fc.record({ operator: fc.constantFrom('==', '!='), version: fc.stringMatching(/^[0-3](\.[0-2])?\.\*$/) }),
)
const specifiers = fc.array(specifier, { maxLength: 4 })

describe('any specifiers', () => {
  it('imply themselves and what is left of them', () => {
    fc.assert(
      fc.property(specifiers, specifiers, (a, b) => {
        expect(implies([...a, ...b], a)).toBe(true)
        const few = narrowest(a)
        expect(implies(few, a) && implies(a, few)).toBe(true)
        if (implies(a, b) && compatible(a, a)) expect(compatible(a, b)).not.toBe(false)
      }),
    )
  })

  it('imply what those imply that they imply', () => {
    fc.assert(
      fc.property(specifiers, specifiers, specifiers, (a, b, c) => {
        if (implies(a, b) && implies(b, c)) expect(implies(a, c)).toBe(true)
      }),
    )
  })
})
