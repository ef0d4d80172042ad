import { describe, expect, it } from 'vitest'
import { parseShell } from '../../src/documents/shell.js'
import { adviceOn, knownImages } from '../../src/facts/services.js'

const ask = (image: string, words: readonly string[] = [], environment: Record<string, string> = {}) =>
  adviceOn(image, words, new Map(Object.entries(environment)))
const test = (image: string, words?: readonly string[], environment?: Record<string, string>) => {
  const advice = ask(image, words, environment)
  return advice?.kind === 'check' ? advice.check.test.join(' ') : advice?.kind
}

describe('the catalogue of services', () => {
  it.each(knownImages)('%s: its check reads as shell, and asks 127.0.0.1 alone', (image) => {
    for (const tag of ['1', '2.7', '3.9.0', '7-alpine', '16', '26.0', 'latest']) {
      const advice = ask(`${image}:${tag}`, image.includes('minio') ? ['server', '/data'] : [], {
        KC_HEALTH_ENABLED: 'true',
      })
      if (advice?.kind !== 'check') continue
      const { test: words, interval, timeout, retries } = advice.check
      if (words[0] === 'CMD-SHELL') expect(parseShell(words[1]!).errors).toEqual([])
      expect(words.join(' ')).not.toMatch(/localhost|--spider/)
      expect([interval, timeout].every((time) => /^\d+s$/.test(time))).toBe(true)
      expect(Number.parseInt(timeout, 10)).toBeLessThanOrEqual(Number.parseInt(interval, 10))
      expect(retries).toBeGreaterThan(2)
      expect(advice.asks).not.toBe('its own tools')
    }
  })

  it('knows an image by its registry and path, and no other by its last name', () => {
    expect(ask('docker.io/library/postgres:16')?.name).toBe('PostgreSQL')
    expect(ask('postgres@sha256:00')?.name).toBe('PostgreSQL')
    expect(ask('example/postgres')).toBeUndefined()
    expect(ask('registry.example.com/redis')).toBeUndefined()
  })

  it('says nothing of an image that runs something else', () => {
    expect(ask('postgres:16', ['pg_dump', 'shop'])).toBeUndefined()
    expect(ask('redis', ['redis-cli', 'monitor'])).toBeUndefined()
    expect(ask('postgres:16', ['-c', 'fsync=off'])?.kind).toBe('check')
    expect(ask('redis', ['/usr/local/bin/redis-server', '--appendonly', 'yes'])?.kind).toBe('check')
  })

  it('follows the port that the command names', () => {
    expect(test('postgres', ['postgres', '-p', '5433'])).toContain('-p 5433')
    expect(test('postgres', ['-c', 'port=5434'])).toContain('-p 5434')
    expect(test('mysql', ['--port=3307'])).toContain('-P 3307')
    expect(test('redis', ['redis-server', '--port', '6380'])).toContain('redis-cli -p 6380 ping')
    expect(test('mongo', ['mongod', '--port', '27018'])).toContain('--port 27018')
    expect(test('minio/minio', ['server', '/data', '--address', ':9002'])).toContain('127.0.0.1:9002')
    expect(test('memcached:1-alpine', ['-p', '11212'])).toContain('nc -w 2 127.0.0.1 11212')
    expect(test('apache/kafka', [], { KAFKA_LISTENERS: 'CONTROLLER://:9093,PLAINTEXT://0.0.0.0:29092' })).toContain(
      '29092',
    )
  })

  it('takes the refusal of a password for an answer, and no other output', () => {
    expect(test('redis', ['redis-server', '--requirepass', 'x'])).toContain("'PONG|NOAUTH'")
    expect(test('redis')).toContain('grep -q PONG')
    expect(test('bitnami/redis', [], { REDIS_PASSWORD: 'x' })).toContain('NOAUTH')
  })

  it.each([
    ['redis', ['redis-server', '/etc/redis.conf'], {}, /settings are in/],
    ['redis', ['redis-server', '--tls-port', '6379'], {}, /--tls-port/],
    ['redis', ['redis-server', '--port', '${PORT}'], {}, /sets --port to/],
    ['postgres', ['-c', "listen_addresses=''"], {}, /listen_addresses/],
    ['mysql', ['--skip-networking'], {}, /--skip-networking/],
    ['minio/minio', [], {}, /nothing to serve/],
    ['mongo', ['--config', '/etc/mongod.conf'], {}, /--config/],
    ['apache/kafka', [], { KAFKA_LISTENERS: 'PLAINTEXT://kafka:9092' }, /binds kafka alone/],
    ['grafana/loki:3.6.1', [], {}, /cannot ask itself/],
    ['traefik', [], {}, /--ping/],
    ['quay.io/keycloak/keycloak:26.0', ['start'], {}, /KC_HEALTH_ENABLED/],
  ])('says why %s cannot be asked when it is run as %j', (image, words, environment, why) => {
    expect(ask(image, words, environment)).toMatchObject({ kind: 'none', why: expect.stringMatching(why) })
  })

  it('tells releases apart that are asked in different ways', () => {
    expect(test('mongo:4.4')).toMatch(/^CMD mongo /)
    expect(test('mongo:7')).toMatch(/^CMD mongosh /)
    expect(test('prom/prometheus:v2.30.3')).toContain('wget')
    expect(test('prom/prometheus:v2.53.0')).toContain('promtool')
    expect(test('influxdb:1.8')).toContain('/ping')
    expect(test('influxdb:2.7')).toBe('CMD influx ping')
    expect(test('influxdb')).toBe('none')
    expect(test('axllent/mailpit')).toBe('shipped')
  })
})
