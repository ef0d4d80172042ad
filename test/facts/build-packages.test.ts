import { describe, expect, it } from 'vitest'
import { hasHeaders, isBuildTool, runtimeOf } from '../../src/facts/build-packages.js'
import { pythonImage } from '../../src/facts/python-images.js'

describe('what packages for building leave', () => {
  it.each([
    ['libpq-dev', 'bookworm', ['libpq5']],
    ['libmagic-dev', 'bookworm', ['libmagic1']],
    ['libmagic-dev', 'trixie', ['libmagic1t64']],
    // trixie has packages that stand in for it, so the older name is right on both.
    ['libmagic-dev', 'either', ['libmagic1']],
    ['default-libmysqlclient-dev', 'either', ['libmariadb3']],
    ['default-libmysqlclient-dev', 'jammy', ['libmysqlclient21']],
    ['libgdal-dev', 'bookworm', ['libgdal32']],
    ['libgdal-dev', 'noble', ['libgdal34t64']],
    ['libpcre3-dev', 'bookworm', ['libpcre3']],
    ['xmlsec-dev', 'alpine', ['xmlsec']],
    ['openssl-dev', 'alpine', ['libssl3', 'libcrypto3']],
  ] as const)('%s on %s: %j', (name, release, left) => {
    expect(runtimeOf(name, release)).toEqual(left)
  })

  it.each([
    // One name on bookworm, another on trixie, and the tag does not say which it is.
    ['libgdal-dev', 'either'],
    ['libpcre3-dev', 'trixie'],
    ['libpcre3-dev', 'either'],
    ['libjpeg62-turbo-dev', 'noble'],
    ['libpq-dev', undefined],
    ['constructor', 'bookworm'],
    ['libfoo-dev', 'alpine'],
  ] as const)('knows nothing of %s on %s', (name, release) => {
    expect(release && runtimeOf(name, release)).toBeUndefined()
  })

  it('tells tools from headers, and both from the rest', () => {
    expect(
      ['gcc', 'g++-12', 'python3-dev', 'python3.11-dev', 'libstdc++-12-dev', 'build-base'].every(isBuildTool),
    ).toBe(true)
    expect(['git', 'curl', 'libgomp1', 'gettext', 'libpq-dev', 'constructor'].some(isBuildTool)).toBe(false)
    expect(['libpq-dev', 'libfoo-dev'].every(hasHeaders)).toBe(true)
    expect(['python3-dev', 'libpq5', 'shared-mime-info'].some(hasHeaders)).toBe(false)
  })
})

describe('what is under an image of Python', () => {
  it.each([
    ['python:3.12-slim-bookworm', 'slim', 'bookworm'],
    ['python:3.12-slim-bookworm@sha256:00', 'slim', 'bookworm'],
    ['docker.io/library/python:3.12.1-slim', 'slim', 'bookworm'],
    ['public.ecr.aws/docker/library/python:3.11.9-slim', 'slim', 'bookworm'],
    ['python:3.11.2-slim', 'slim', undefined],
    ['python:3.11-slim', 'slim', 'either'],
    ['python:3.11.13-slim', 'slim', 'either'],
    ['python:3.14-slim', 'slim', 'trixie'],
    ['python:3.8-slim', 'slim', 'bookworm'],
    ['python:3.6-slim', 'slim', undefined],
    ['python:slim', 'slim', 'either'],
    ['python:3.12-slim-bullseye', 'slim', undefined],
    ['python:3.12-alpine3.20', 'alpine', 'alpine'],
    ['python', 'full', 'either'],
    ['python:3.12-bookworm', 'full', 'bookworm'],
    ['ubuntu:22.04', 'system', 'jammy'],
    ['debian:12-slim', 'system', 'bookworm'],
    ['debian:bookworm-20240101-slim', 'system', 'bookworm'],
    ['ubuntu:20.04', 'system', undefined],
  ] as const)('%s: %s on %s', (reference, variant, release) => {
    expect(pythonImage(reference)).toMatchObject({ variant, release })
  })

  it('knows which packages of PyPI it brings', () => {
    expect(pythonImage('python:3.12-slim')?.has).toEqual(['pip'])
    expect(pythonImage('python:3.11-slim')?.has).toEqual(['pip', 'setuptools', 'wheel'])
    expect(pythonImage('python:slim')?.has).toContain('setuptools')
  })

  it.each(['pypy:3.10-slim', 'tiangolo/uvicorn-gunicorn:python3.11-slim', 'ghcr.io/python:3.12', 'node:20'])(
    'says nothing of %s',
    (reference) => {
      expect(pythonImage(reference)).toBeUndefined()
    },
  )
})
