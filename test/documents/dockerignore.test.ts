import { describe, expect, it } from 'vitest'
import { isDockerignored, matchesGlob } from '../../src/documents/dockerignore.js'

const lines = (...all: readonly string[]) => all.join('\n')

describe('an ignore file of a build', () => {
  it.each([
    ['node_modules', 'node_modules/a/b.js', true],
    ['node_modules', 'web/node_modules/b.js', false],
    ['**/node_modules', 'web/node_modules/b.js', true],
    ['**/node_modules', 'node_modules', true],
    ['*.md', 'docs/a.md', false],
    ['/a/', 'a/b', true],
    ['./a/../b', 'b/c', true],
    ['  a  ', 'a', true],
    ['a # comment', 'a', false],
    [' # a', '# a', true],
    ['a/**', 'a/b/c', true],
    ['a/**/c', 'a/c', true],
    ['a/**/c', 'a/x/y/c', true],
    ['**.pyc', 'x/y/z.pyc', true],
    ['*', 'package.json', true],
    ['.', 'a', false],
    ['', 'a', false],
  ])('%j and %j: %j', (pattern, path, ignored) => {
    expect(isDockerignored(pattern, path)).toBe(ignored)
  })

  it('goes by the last line that matches, even inside a folder that is left out', () => {
    expect(isDockerignored(lines('*', '!src', '!package*.json'), 'src/a/b.js')).toBe(false)
    expect(isDockerignored(lines('*', '!package*.json'), 'package-lock.json')).toBe(false)
    expect(isDockerignored(lines('!a', 'a'), 'a')).toBe(true)
    expect(isDockerignored(lines('\uFEFFa', '#b', 'c\r'), 'a')).toBe(true)
    expect(isDockerignored(lines('# a', 'c\r', ''), 'c')).toBe(true)
  })

  it('takes its time from the lengths, not from the stars', () => {
    expect(matchesGlob(`${'*a'.repeat(2_000)}b`, 'a'.repeat(4_000))).toBe(false)
    expect(isDockerignored('**/'.repeat(500), 'a/'.repeat(500))).toBe(true)
  })
})

describe('a pattern of one name', () => {
  it.each([
    ['package*.json', 'package.json', true],
    ['package*.json', 'package-lock.json', true],
    ['package?.json', 'package.json', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['[', '[', true],
    ['*', '', true],
  ])('%j and %j: %j', (pattern, name, matches) => {
    expect(matchesGlob(pattern, name)).toBe(matches)
  })
})
