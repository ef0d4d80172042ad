import { describe, expect, it, test } from 'vitest'
import { parseReference } from '../../src/facts/base-images.js'
import { inFull, isJustAName, likelyTags, precisionOf, tagOf, versionIn } from '../../src/facts/image-tags.js'

describe('how much a tag says', () => {
  it.each([
    ['python', 'moving'],
    ['python:slim', 'moving'],
    ['node:lts-alpine', 'moving'],
    ['nginx:stable', 'moving'],
    ['debian:stable-slim', 'moving'],
    ['easypi/alpine-arm', 'moving'],
    ['python:3', 'major'],
    ['golang:1-alpine', 'major'],
    ['alpine:3', 'major'],
    ['python:3.12-slim', 'minor'],
    ['mcr.microsoft.com/dotnet/aspnet:8.0', 'minor'],
    ['127.0.0.1:5000/python:3.12', 'minor'],
    ['python:3.12.4-slim', 'exact'],
    ['eclipse-temurin:17.0.13_11-jdk', 'exact'],
    ['debian:bookworm-slim', 'exact'],
    ['debian:12', 'exact'],
    ['ubuntu:24.04', 'exact'],
    ['alpine:3.20', 'exact'],
    ['alpine:20240923', 'exact'],
    ['fedora:41', 'exact'],
    ['acme/runtime:8.0', 'unknown'],
    ['tiangolo/uvicorn-gunicorn:python3.11', 'unknown'],
  ])('%s: %s', (image, precision) => {
    expect(precisionOf(parseReference(image))).toBe(precision)
  })
})

describe('the tags that may say in full what a tag means', () => {
  const tags = (
    'latest 3 3.11 3.11-slim 3.11.9-slim 3.11.14 3.11.14-slim 3.11.14-slim-bookworm 3.11.14-slim-trixie 3.11.14-bookworm ' +
    '3.11.14-alpine 3.11.14-alpine3.21 3.11.14-alpine3.22 3.11.14-windowsservercore-ltsc2025 3.12.1-slim 3.110.0-slim v3.11.14'
  ).split(' ')
  const likely = (image: string, version?: string) => likelyTags(parseReference(image), tags, version)

  it.each([
    ['python:3.11-slim', ['3.11.14-slim-trixie', '3.11.14-slim-bookworm', '3.11.14-slim']],
    ['python:3.11', ['3.11.14-bookworm', '3.11.14']],
    ['python:3.11-alpine', ['3.11.14-alpine3.21', '3.11.14-alpine3.22', '3.11.14-alpine']],
    ['python:3.11-slim-bookworm', ['3.11.14-slim-bookworm']],
    ['python:3.11-alpine3.22', ['3.11.14-alpine3.22']],
    ['python:3.13', []],
  ])('of %s', (image, expected) => {
    expect(likely(image, '3.11.14')).toEqual(expected)
  })

  it('begin with the newest where the image does not say its version', () => {
    expect(likely('python:3-slim')).toEqual([
      '3.110.0-slim',
      '3.12.1-slim',
      '3.11.14-slim-trixie',
      '3.11.14-slim-bookworm',
      '3.11.14-slim',
      '3.11.9-slim',
    ])
  })

  it('are releases of a distribution', () => {
    const of = (image: string, all: string) => likelyTags(parseReference(image), all.split(' '))
    const debian = 'latest stable stable-slim bookworm bookworm-slim trixie trixie-slim trixie-20251103-slim 13.2-slim'
    expect(of('debian:stable-slim', debian)).toEqual(['trixie-slim', 'bookworm-slim'])
    expect(of('alpine', '3 3.9 3.21 3.22 3.22.1 20240923 edge')).toEqual(['3.22', '3.21', '3.9'])
    expect(of('alpine:3', '2.7 3 3.9 3.22')).toEqual(['3.22', '3.9'])
    expect(of('ubuntu:latest', '22.04 24.04 noble noble-20250101 rolling')).toEqual(['24.04', '22.04'])
  })
})

test('versions are read from the variable of the image, as its tags write them', () => {
  const of = (image: string, variables: Record<string, string>) => versionIn(parseReference(image), variables)
  expect(of('python', { PYTHON_PIP_VERSION: '24.0', PYTHON_VERSION: '3.12.4' })).toBe('3.12.4')
  expect(of('eclipse-temurin:17-jdk', { JAVA_VERSION: 'jdk-17.0.13+11' })).toBe('17.0.13_11')
  expect(of('caddy', { CADDY_VERSION: 'v2.8.4' })).toBe('2.8.4')
  expect(of('mcr.microsoft.com/dotnet/sdk', { DOTNET_SDK_VERSION: '8.0.404' })).toBe('8.0.404')
  expect(of('acme/sdk', { DOTNET_SDK_VERSION: '8.0.404' })).toBeUndefined()
  expect(of('constructor', {})).toBeUndefined()
})

test('references are spelled in full, and with another version', () => {
  expect(inFull(parseReference('python'))).toBe('docker.io/library/python:latest')
  expect(inFull(parseReference('ghcr.io/a/b:1'))).toBe('ghcr.io/a/b:1')
  expect(tagOf(parseReference('node:lts-alpine'), '24.11.1')).toBe('24.11.1-alpine')
})

test('a bare name that nobody knows may be anything', () => {
  expect(['base', 'python', 'acme/base', 'base:1'].map((image) => isJustAName(parseReference(image)))).toEqual([
    true,
    false,
    false,
    false,
  ])
})
