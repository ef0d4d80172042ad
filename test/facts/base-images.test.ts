import { describe, expect, it } from 'vitest'
import { baseImage, parseReference } from '../../src/facts/base-images.js'

describe('image references', () => {
  it.each([
    ['python', 'docker.io', 'python', undefined, undefined],
    ['library/python:3.12', 'docker.io', 'python', '3.12', undefined],
    ['docker.io/library/node:20-alpine', 'docker.io', 'node', '20-alpine', undefined],
    ['localhost:5000/a/b:1', 'localhost:5000', 'a/b', '1', undefined],
    ['acme/web', 'docker.io', 'acme/web', undefined, undefined],
    ['ghcr.io/acme/web:1@sha256:ab', 'ghcr.io', 'acme/web', '1', 'sha256:ab'],
  ])('%s', (image, registry, repository, tag, digest) => {
    expect(parseReference(image)).toEqual({ registry, repository, tag, digest })
  })
})

describe('what is known of base images', () => {
  it.each([
    ['python:3.12-slim', 'debian', '0'],
    ['python:3.12-alpine3.20', 'alpine', '0'],
    ['docker.io/library/python:3.12', 'debian', '0'],
    ['openjdk:15', 'redhat-minimal', '0'],
    ['openjdk:15-slim', 'debian', '0'],
    ['openjdk:11-jre', 'debian', '0'],
    ['eclipse-temurin:21-jre-ubi9-minimal', 'redhat-minimal', '0'],
    ['maven:3.9-amazoncorretto-21', 'redhat-minimal', '0'],
    ['registry.access.redhat.com/ubi9/ubi-minimal:9.5', 'redhat-minimal', '0'],
    ['registry.access.redhat.com/ubi9/python-312', 'redhat', '1001'],
    ['gcr.io/distroless/static-debian12:nonroot', 'none', '65532'],
    ['gcr.io/distroless/static-debian12', 'none', '0'],
    ['mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled', 'none', '1654'],
    ['nginxinc/nginx-unprivileged:1.27', 'debian', '101'],
    ['haproxy:2.8', 'debian', '99'],
    ['scratch', 'none', '0'],
  ])('%s', (image, family, user) => {
    expect(baseImage(image)).toMatchObject({ family, user })
  })

  it('takes the accounts that come with an image', () => {
    expect(baseImage('node:22')?.account).toMatchObject({ uid: 1000, gid: 1000 })
    expect(baseImage('ubuntu:24.04')?.account).toMatchObject({ name: 'ubuntu', uid: 1000 })
    expect(baseImage('ubuntu:22.04')?.account).toBeUndefined()
    expect(baseImage('mcr.microsoft.com/dotnet/aspnet:7.0')?.account).toBeUndefined()
  })

  it('tells what steps down by itself from what needs root throughout', () => {
    expect(baseImage('postgres:16')).toMatchObject({ stepsDown: true })
    expect(baseImage('haproxy:2.2')?.startsAsRoot).toBeDefined()
    expect(baseImage('nginx:1.27')?.stepsDown).toBeUndefined()
  })

  it('knows nothing of images nobody has looked at', () => {
    expect(baseImage('ghcr.io/acme/python:3.12')).toBeUndefined()
  })
})
