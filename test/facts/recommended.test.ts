import { describe, expect, it } from 'vitest'
import { broughtByBase } from '../../src/facts/brought-by-base.js'
import { broughtAlong, heldBy, isCompletedByRecommended, isMissed } from '../../src/facts/recommended.js'

describe('what packages bring along', () => {
  it.each([
    ['git', ['ca-certificates', 'openssh-client', 'patch']],
    ['curl', ['ca-certificates']],
    ['python3-pip', ['build-essential', 'python3-dev']],
    ['gcc', ['libc6-dev']],
    ['cmake', ['gcc', 'make']],
    ['xvfb', ['xauth']],
  ])('%s', (name, expected) => {
    expect(broughtAlong(name)).toEqual(expect.arrayContaining(expected))
  })

  it('may be nothing, or unknown', () => {
    expect(broughtAlong('jq')).toEqual([])
    expect(broughtAlong('constructor')).toBeUndefined()
  })

  it('never holds a package twice, nor itself', () => {
    for (const name of ['git', 'curl', 'cmake', 'gnupg', 'python3-pip', 'imagemagick']) {
      const brought = broughtAlong(name)!
      expect(new Set(brought).size).toBe(brought.length)
      expect(brought).not.toContain(name)
    }
  })
})

describe('what is missed', () => {
  it.each([
    ['ca-certificates', '', true],
    ['openssh-client', 'git clone git@github.com:x/y', true],
    ['openssh-client', 'git clone https://github.com/x/y', false],
    ['python3-dev', 'pip3 install x', true],
    ['python3-dev', 'pipeline', false],
    ['g++', 'g++ -o x x.cc', true],
    ['ghostscript', 'convert a.pdf b.png', true],
    ['dbus', 'dbus-launch x', true],
    ['poppler-data', 'pdftotext x', false],
  ])('%s in %j', (name, text, expected) => {
    expect(isMissed(name, text)).toBe(expected)
  })
})

it('knows other names, and packages that need what they recommend', () => {
  expect(heldBy(['build-essential', 'gpg'])).toEqual(
    new Set(['build-essential', 'gcc', 'g++', 'make', 'libc6-dev', 'gpg', 'gnupg']),
  )
  expect(isCompletedByRecommended('texlive-latex-base')).toBe(true)
  expect(isCompletedByRecommended('texinfo')).toBe(false)
})

it('knows which official images hold certificates', () => {
  expect(broughtByBase('python:3.12-slim')).toContain('ca-certificates')
  expect(broughtByBase('node:20-bookworm')).toContain('openssh-client')
  expect(broughtByBase('node:20-slim').size).toBe(0)
  expect(broughtByBase('registry.example.org/python:3').size).toBe(0)
  expect(broughtByBase(undefined).size).toBe(0)
})
