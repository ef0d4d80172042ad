import { describe, expect, it } from 'vitest'
import { releaseUnder, tagOnRelease } from '../../src/facts/debian-bases.js'
import { goneName } from '../../src/facts/debian-packages.js'

describe('the release under an image', () => {
  it.each([
    ['python:3.11-slim-bookworm', 'bookworm named'],
    ['node:22-bookworm-slim', 'bookworm named'],
    ['acme/thing:1-trixie', 'trixie named'],
    ['debian:12.5-slim', 'bookworm named'],
    ['debian', 'trixie'],
    ['debian:stable-slim', undefined],
    ['debian:11', undefined],
    ['debian:sid', undefined],
    ['ubuntu:24.04', 'noble named'],
    ['ubuntu', undefined],
    ['python:3.11-slim', 'trixie'],
    ['python', 'trixie'],
    ['python:3.8', 'bookworm'],
    ['python:3.11.6-slim', 'bookworm'],
    ['python:3.12.11', undefined],
    ['python:3.11-alpine', undefined],
    ['python:3.11-slim-bullseye', undefined],
    ['node:22-slim', 'bookworm'],
    ['node:lts', undefined],
    ['node', undefined],
    ['node:18', undefined],
    ['node:26', 'trixie'],
    ['golang:1', 'trixie'],
    ['golang:1.20', undefined],
    ['golang:1.25.3', undefined],
    ['php:8-apache', 'trixie'],
    ['php:7.4-fpm', undefined],
    ['acme/python:3.11', undefined],
  ])('%s: %s', (image, expected) => {
    const known = releaseUnder(image)
    expect(known && `${known.release}${known.isNamed ? ' named' : ''}`).toBe(expected)
  })
})

describe('the tag of an image for a release', () => {
  it.each([
    ['python:3.11-slim', '3.11-slim-bookworm'],
    ['python', 'bookworm'],
    ['golang:1.25', '1.25-bookworm'],
    ['node:26-slim', '26-bookworm-slim'],
    ['php:8.3-fpm', '8.3-fpm-bookworm'],
    ['debian', 'bookworm'],
    ['rust:1-nanoserver', undefined],
  ])('%s: %s', (image, tag) => {
    expect(tagOnRelease(image, 'bookworm')).toBe(tag)
  })
})

it('knows what became of a name, where it is gone', () => {
  expect(goneName('libgl1-mesa-glx', 'trixie')).toEqual({ now: 'libgl1', isSame: true })
  expect(goneName('libgl1-mesa-glx', 'bookworm')).toBeUndefined()
  expect(goneName('libtiff5', 'trixie')).toEqual({ now: 'libtiff6', isSame: false })
  expect(goneName('libaio1', 'noble')).toEqual({ now: undefined, isSame: true })
  expect(goneName('constructor', 'trixie')).toBeUndefined()
})
