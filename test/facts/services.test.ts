import { execFileSync } from 'node:child_process'
import { Script } from 'node:vm'
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

interface Way {
  readonly command?: string
  readonly env?: Readonly<Record<string, string>>
  readonly targets?: readonly string[]
}

const adviceFor = (image: string, { command = '', env = {}, targets = [] }: Way = {}) =>
  adviceOn(image, command.split(' ').filter(Boolean), new Map(Object.entries(env)), targets)

/** What is asked, in one line; or why nothing can be; or nothing. */
function asked(image: string, way?: Way): string | undefined {
  const advice = adviceFor(image, way)
  if (advice?.kind === 'check') return advice.check.test.join(' ')
  return advice?.kind === 'none' ? `none: ${advice.why}` : advice?.kind
}

/** Commands without which some images get no check, or none that could be looked at. */
const WAYS: readonly Way[] = [
  {},
  { command: 'server /data' },
  { command: '--ping' },
  { env: { KC_HEALTH_ENABLED: 'true' } },
]
const TAGS = ['', ':1.8', ':2.7', ':3.7.1', ':16-alpine', ':26.0', ':4', ':1.17']

const checks = knownImages.flatMap((image) =>
  TAGS.flatMap((tag) =>
    WAYS.flatMap((way) => {
      const advice = adviceFor(image + tag, way)
      return advice?.kind === 'check' ? [{ image: image + tag, ...advice.check }] : []
    }),
  ),
)

describe('every check that is known', () => {
  it('belongs to an image, and nearly every image has one', () => {
    const checked = new Set(checks.map(({ image }) => image.replace(/:[^:/]*$/, '')))
    const unchecked = knownImages.filter((image) => !checked.has(image))
    expect(unchecked).toEqual([
      'haproxy',
      'otel/opentelemetry-collector',
      'otel/opentelemetry-collector-contrib',
      'axllent/mailpit',
      'localstack/localstack',
      'mysql/mysql-server',
    ])
  })

  it('is a command line that its shell or its interpreter reads', () => {
    for (const { test } of new Map(checks.map((check) => [check.test.join('\0'), check])).values()) {
      const [form, ...words] = test
      if (form === 'CMD-SHELL') execFileSync('sh', ['-n', '-c', words[0]!])
      else if (words[0] === 'bash') execFileSync('bash', ['-n', '-c', words[2]!])
      else if (words[0] === 'node') expect(() => new Script(words[2]!)).not.toThrow()
      else expect(words.join(' ')).not.toMatch(/[$|;<>]/)
    }
  })
})

describe('what a release brings', () => {
  it.each([
    ['memcached:1.6', /^CMD bash -c exec 3<>/],
    ['memcached:1.6-alpine', /nc -w 2/],
    ['nginx:1.17', /^CMD bash/],
    ['nginx:1.27', /^CMD curl/],
    ['nginx:1.17-alpine', /^CMD nc -z 127.0.0.1 80$/],
    ['nginxinc/nginx-unprivileged:alpine', /8080$/],
    ['prom/prometheus:v2.43.0', /wget/],
    ['prom/prometheus:v2.44.0', /promtool/],
    ['grafana/loki:3.5.0', /wget/],
    ['grafana/loki:3.6.2', /^none: this release has no shell/],
    ['grafana/loki:3.7.0', /loki -health/],
    ['influxdb:1.8-alpine', /nc -z 127.0.0.1 8086/],
    ['gitea/gitea:1.16', /3000\/$/],
    ['gitea/gitea:1.22', /healthz$/],
    ['nats:2.10-alpine', /8222/],
    ['nats:2.10', /^none: only the images on Alpine/],
    ['jaegertracing/all-in-one:1.60', /14269/],
    ['bitnami/mariadb:11', /^CMD \/opt\/bitnami\/scripts\/mariadb\//],
    ['bitnami/mysql:8', /^CMD \/opt\/bitnami\/scripts\/mysql\//],
    ['mysql/mysql-server:8.0', /^shipped$/],
  ])('%s', (image, expected) => expect(asked(image)).toMatch(expected))

  it.each(['influxdb:1.8-meta', 'clickhouse/clickhouse-server:24-distroless', 'adminer:fastcgi', 'wordpress:cli'])(
    'of %s nothing is asked',
    (image) => expect(asked(image)).toBeUndefined(),
  )
})

describe('what its command and its variables change', () => {
  it.each([
    ['n8nio/n8n', 'worker'],
    ['caddy:2', 'caddy file-server'],
  ])('%s is something else as %s', (image, command) => expect(asked(image, { command })).toBeUndefined())

  it.each<[string, Way, RegExp]>([
    ['postgres:16', { command: '-p5433' }, /-p 5433 /],
    ['postgres:16', { command: '-c listen_addresses=*' }, /pg_isready/],
    ['postgres:16', { command: '-c listen_addresses=10.0.0.1' }, /^none/],
    ['postgres:16', { command: '-h 10.0.0.1' }, /^none/],
    ['postgres:16', { command: '-c config_file=/a.conf' }, /^none/],
    ['mysql:8', { command: '-P3307' }, /-P 3307/],
    ['redis:7', { command: 'redis-server --bind 0.0.0.0' }, /PONG$/],
    ['redis:7', { command: 'redis-server --bind 10.0.0.1' }, /^none/],
    // Its password may come from a file of variables, which nobody reads here.
    ['bitnami/redis:7.0', {}, /NOAUTH/],
    ['valkey/valkey:8', { env: { VALKEY_EXTRA_FLAGS: '--port 1' } }, /^none/],
    ['mongo:7', { env: { MONGO_INITDB_ROOT_USERNAME: 'root' } }, /--host "\$HOSTNAME"/],
    ['mongo:7', { targets: ['/docker-entrypoint-initdb.d/a.js'] }, /--host "\$HOSTNAME"/],
    ['mongo:7', { command: 'mongod --bind_ip 127.0.0.1,10.0.0.1' }, /^none/],
    ['mongo:7', { command: 'mongod --bind_ip_all --port 27018' }, /--port 27018/],
    ['minio/minio', { command: 'server /data --address :9100' }, /9100/],
    ['minio/minio', { command: 'server /data', targets: ['/root/.minio/certs'] }, /^none/],
    ['minio/minio', { command: 'server /data', env: { http_proxy: 'http://proxy' } }, /^none: http_proxy/],
    ['elasticsearch:8.15.0', { env: { 'network.host': '0.0.0.0' } }, /9200/],
    ['elasticsearch:8.15.0', { env: { 'network.host': '_site_' } }, /^none/],
    ['zookeeper:3.9', { env: { ZOO_4LW_COMMANDS_WHITELIST: 'ruok' } }, /^none/],
    ['zookeeper:3.9', { env: { ZOO_4LW_COMMANDS_WHITELIST: 'srvr, mntr' } }, /zkServer/],
    ['apache/kafka:3.9.0', { env: { KAFKA_LISTENERS: 'CONTROLLER://:9093,PLAINTEXT://:19092' } }, /19092/],
    [
      'apache/kafka:3.9.0',
      { env: { KAFKA_LISTENERS: 'PLAINTEXT://broker:29092,CONTROLLER://broker:29093,HOST://0.0.0.0:9092' } },
      /127.0.0.1 9092/,
    ],
    ['valkey/valkey:8', { command: 'valkey-server --cluster-enabled yes --cluster-config-file nodes.conf' }, /PONG$/],
    ['mongo:5', {}, /^CMD mongo /],
    ['prom/prometheus', { command: '--web.external-url=https://prometheus.example.com' }, /127.0.0.1:9090$/],
    ['prom/prometheus', { command: '--web.external-url=https://example.com/prometheus' }, /^none/],
    ['prom/prometheus', { command: '--web.external-url=http://a/b --web.route-prefix=/' }, /127.0.0.1:9090$/],
    ['prom/prometheus', { command: '--web.listen-address=:9990' }, /127.0.0.1:9990$/],
    ['prom/prometheus', { command: '--web.listen-address=10.0.0.1:9990' }, /^none/],
    ['bitnami/kafka:3.7', { env: { KAFKA_CFG_LISTENERS: 'PLAINTEXT://:9094' } }, /9094/],
    ['hashicorp/vault:1.15', {}, /sys\/health/],
    ['hashicorp/vault:1.15', { command: 'server -config=/vault/config' }, /^none/],
    ['nats:2-alpine', { command: '-js' }, /^none: it answers checks only with -m/],
    ['nats:2-alpine', { command: '-js -m 8223' }, /8223/],
    ['eclipse-mosquitto:2', { command: 'mosquitto -p 1884' }, /1884/],
  ])('%s %o', (image, way, expected) => expect(asked(image, way)).toMatch(expected))
})
