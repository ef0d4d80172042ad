import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCompose, type Service } from '../../src/documents/compose.js'
import { interpolate, parseMount, parsePort } from '../../src/documents/compose-values.js'
import { parseYaml } from '../../src/documents/yaml.js'
import type { YamlNode } from '../../src/documents/yaml-tree.js'
import { textFile } from '../../src/project.js'

const read = (text: string) => parseCompose(textFile('compose.yaml', text))
const service = (text: string, name = 'web'): Service => read(text).services.find((each) => each.name === name)!
const values = (list: readonly { readonly value: unknown }[]) => list.map(({ value }) => value)

const SENTRY = `x-restart-policy: &restart_policy
  restart: unless-stopped
x-depends_on-healthy: &depends_on-healthy
  condition: service_healthy
x-sentry-defaults: &sentry_defaults
  <<: *restart_policy
  image: sentry-self-hosted-local
  # Set the platform to build for linux/arm64 when needed on Apple silicon Macs.
  platform: \${DOCKER_PLATFORM:-}
  build:
    context: ./sentry
    args:
      - SENTRY_IMAGE
  depends_on:
    redis:
      <<: *depends_on-healthy
    smtp:
      condition: service_started
  volumes:
    - "sentry-data:/data"
    - "./sentry:/etc/sentry"
services:
  smtp:
    <<: *restart_policy
    image: registry.gitlab.com/egos-tech/smtp
    volumes:
      - "sentry-smtp:/var/spool/exim4"
  web:
    <<: *sentry_defaults
    ulimits:
      nofile:
        soft: 4096
        hard: 4096
  cron:
    <<: *sentry_defaults
    command: run cron
volumes:
  sentry-data:
    external: true
  sentry-smtp:
`

describe('a service', () => {
  it('takes over what merge keys give it, and knows where that stands', () => {
    const web = service(SENTRY)
    expect(web.image).toEqual({ value: 'sentry-self-hosted-local', at: expect.anything() })
    expect(web.build?.context?.value).toBe('./sentry')
    expect(web.build?.args).toMatchObject([{ name: 'SENTRY_IMAGE' }])
    expect(web.mounts).toMatchObject([
      { type: 'volume', source: 'sentry-data', target: '/data' },
      { type: 'bind', source: './sentry', target: '/etc/sentry' },
    ])
    expect(web.dependsOn).toMatchObject([
      { service: 'redis', condition: 'service_healthy' },
      { service: 'smtp', condition: 'service_started' },
    ])
    expect(SENTRY.slice(web.image!.at.start, web.image!.at.end)).toBe('sentry-self-hosted-local')
    expect(SENTRY.slice(web.at.start, web.at.end)).toMatch(/^<<: \*sentry_defaults[\s\S]*hard: 4096$/)
  })

  it('has its own keys only in its node as written', () => {
    const { node } = service(SENTRY, 'cron')
    expect(node?.entries.map(({ key }) => key)).toEqual(['<<', 'command'])
    expect(node?.merged.map(({ key }) => key)).toContain('build')
  })

  it('says how it is written, which decides whether something can be inserted', () => {
    const text = 'services:\n  a: &a\n    image: x\n  b: {image: y}\n  c: *a\n  d:\n'
    expect(read(text).services.map(({ name, written, node }) => [name, written, node?.anchor])).toEqual([
      ['a', 'block', 'a'],
      ['b', 'flow', undefined],
      ['c', 'alias', 'a'],
      ['d', 'empty', undefined],
    ])
  })

  it('ends with its last leaf, whatever comes after it', () => {
    const text =
      'services:\n  web:\n    image: x\n    command: |\n      serve\n\n  # the next one\n  db:\n    image: y # z\n\n'
    expect(text.slice(service(text).at.start, service(text).at.end)).toBe('image: x\n    command: |\n      serve')
    expect(text.slice(service(text, 'db').at.start, service(text, 'db').at.end)).toBe('image: y')
  })

  it('keeps scalars as they are typed', () => {
    const web = service(
      'services:\n  web:\n    user: 0440\n    environment:\n      A: yes\n      B: 1_000\n      C:\n    ports:\n      - 22:22\n',
    )
    expect(web.user?.value).toBe('0440')
    expect(web.environment.map(({ name, value }) => [name, value])).toEqual([
      ['A', 'yes'],
      ['B', '1_000'],
      ['C', undefined],
    ])
    expect(web.ports).toMatchObject([{ published: '22', target: '22', raw: '22:22' }])
  })

  it('reads the long forms too', () => {
    const web = service(`services:
  web:
    build: { context: app, dockerfile: Dockerfile.prod, target: runtime, args: { A: 1 } }
    command: ["gunicorn", "app:app"]
    entrypoint: /entry.sh --fast
    env_file: [{ path: .env, required: false }, other.env]
    extends: { file: common.yml, service: base }
    depends_on: [db, { }]
    healthcheck: { test: ["NONE"] }
    privileged: \${PRIVILEGED:-yes}
    init: \${INIT}
    cap_add: NET_ADMIN
    tmpfs: /tmp
    devices: [{ source: /dev/kvm, target: /dev/kvm }, "/dev/dri:/dev/dri"]
    secrets: [a, { source: b }]
    volumes:
      - { type: bind, source: ./a, target: /a, read_only: true }
      - { type: tmpfs, target: /t }
    ports:
      - { target: 80, published: "8080", host_ip: 127.0.0.1 }
`)
    expect(web.build).toMatchObject({
      dockerfile: { value: 'Dockerfile.prod' },
      target: { value: 'runtime' },
      args: [{ name: 'A', value: '1' }],
    })
    expect(web.command?.value).toEqual(['gunicorn', 'app:app'])
    expect(web.entrypoint?.value).toBe('/entry.sh --fast')
    expect(values(web.envFile)).toEqual(['.env', 'other.env'])
    expect(web.extends).toMatchObject({ file: 'common.yml', service: 'base' })
    expect(web.dependsOn.map((each) => each.service)).toEqual(['db'])
    expect(web.healthcheck?.disabled).toBe(true)
    expect(web.privileged?.value).toBe(true)
    expect(web.init).toBeUndefined()
    expect(values(web.capAdd)).toEqual(['NET_ADMIN'])
    expect(values(web.tmpfs)).toEqual(['/tmp'])
    expect(values(web.devices)).toEqual(['/dev/kvm', '/dev/dri:/dev/dri'])
    expect(values(web.secrets)).toEqual(['a', 'b'])
    expect(web.mounts).toMatchObject([
      { type: 'bind', source: './a', target: '/a', readOnly: true },
      { type: 'tmpfs', target: '/t', readOnly: false },
    ])
    expect(web.ports).toMatchObject([{ target: '80', published: '8080', hostIp: '127.0.0.1', protocol: 'tcp' }])
  })

  it('may stand at the top level, as in the first format', () => {
    expect(service('web:\n  build: .\n  ports:\n    - "80:80"\n').build?.context?.value).toBe('.')
    expect(read('name: x\nweb:\n  build: .\n').services).toEqual([])
  })
})

describe('the file', () => {
  it('has volumes, includes and a name', () => {
    const compose = read(
      'name: app\nversion: "3.8"\ninclude:\n  - a.yml\n  - path: [b.yml, c.yml]\n    project_directory: ..\nvolumes:\n  data:\n    driver_opts: { type: none, o: bind, device: ./data }\n  db: { external: true }\n',
    )
    expect(compose.name?.value).toBe('app')
    expect(compose.version?.value).toBe('3.8')
    expect(compose.include).toMatchObject([{ paths: ['a.yml'] }, { paths: ['b.yml', 'c.yml'], projectDirectory: '..' }])
    expect(compose.volumes).toMatchObject([
      { name: 'data', external: false, device: { value: './data' } },
      { name: 'db', external: true },
    ])
  })

  it('knows its comments, those of block scalars too', () => {
    const text =
      '\uFEFF# one\r\nservices: # two\r\n  web:\r\n    command: | # three\r\n      # not one\r\n    image: "#no"\r\n# four'
    const { comments } = read(text)
    expect(comments.map(({ start, end }) => text.slice(start, end))).toEqual(['# one', '# two', '# three', '# four'])
  })

  it.each([
    ['services:\n  web:\n    image: a\n  web:\n    image: b\n', 'line 4: the key web is there twice'],
    ['services:\n\tweb: x\n', 'line 2: tabs are not allowed as indentation'],
    ['services: {}\n---\nservices: {}\n', 'it holds more than one YAML document'],
    ['services:\n  web:\n    image: {{ image }}\n', 'it is a template: it holds {{'],
    ['services:\n{% if x %}\n  web:\n    image: a\n{% endif %}\n', 'it is a template: it holds {%'],
    ['# {{- if .Values.web }}\nservices: {}\n', 'it is a template: it holds {{'],
    ['services:\n  web: *gone\n', 'line 2: the alias *gone refers to nothing above it'],
    ['services: &s\n  web: *s\n', 'line 2: the alias *s refers to what it is part of'],
    ['services: web\n', 'it does not hold a mapping of services'],
    ['- a\n', 'it does not hold a mapping of services'],
    [`services:\n  web:\n    image: ${'a'.repeat(500_000)}\n`, 'it is larger than 500 kB'],
    ['['.repeat(1000), 'it is nested too deeply'],
  ])('is left alone if it cannot be read for certain: %#', (text, problem) => {
    expect(read(text).problems[0]).toBe(problem)
  })

  it('may hold the templates of Docker in quotes and in blocks', () => {
    const text =
      'services:\n  web:\n    hostname: "{{.Node.Hostname}}"\n    command: |\n      docker ps --format {{.ID}}\n'
    expect(read(text).problems).toEqual([])
  })

  it.each(['', '# nothing\n', 'services:\n', 'services: {}\n', 'include: [a.yml]\n'])(
    'may hold no services: %j',
    (text) => {
      expect(read(text)).toMatchObject({ problems: [], services: [] })
    },
  )
})

describe('a file made to hurt', () => {
  const laughs = (line: (n: number) => string, last: string) =>
    Array.from({ length: 90 }, (_, n) => line(n)).join('\n') + last

  it.each([
    [
      'nested lists',
      `a0: &a0 [lol]\n${laughs((n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`)}]`, '\nservices: {web: {volumes: *a90}}')}`,
    ],
    [
      'nested merges',
      `a0: &a0 {k: v}\n${laughs((n) => `a${n + 1}: &a${n + 1} {<<: [${Array(9).fill(`*a${n}`)}]}`, '\nservices: {web: *a90}')}`,
    ],
    [
      'one long list, many times',
      `v: &v [${Array(2000).fill('a:/b')}]\nservices:\n${Array.from({ length: 2000 }, (_, n) => `  s${n}: {volumes: *v}`).join('\n')}`,
    ],
    [
      'one long map, many times',
      `v: &v {${Array.from({ length: 2000 }, (_, n) => `k${n}: 1`)}}\nservices:\n${Array.from({ length: 2000 }, (_, n) => `  s${n}: *v`).join('\n')}`,
    ],
    [
      'a chain of merges',
      `k: &a0 {a: 1}\n${Array.from({ length: 8000 }, (_, n) => `k${n}: &a${n + 1}\n  <<: *a${n}\n  z${n}: 1`).join('\n')}`,
    ],
    ['many keys', Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join('\n')],
    ['variables in variables', `services: {web: {ports: ["${'${A:-'.repeat(20_000)}"]}}`],
  ])('neither hangs nor takes all memory: %s', (_, text) => {
    const before = performance.now()
    read(text)
    expect(performance.now() - before).toBeLessThan(5_000)
  })
})

describe('mounts', () => {
  it.each([
    ['/data', { type: 'volume', target: '/data' }],
    ['data:/data', { type: 'volume', source: 'data', target: '/data' }],
    ['./a:/b:ro', { type: 'bind', source: './a', target: '/b', readOnly: true }],
    ['.:/app:cached', { type: 'bind', source: '.', readOnly: false }],
    ['C:\\a:/b:rw,z', { type: 'bind', source: 'C:\\a', target: '/b' }],
    ['\\\\.\\pipe\\docker_engine:\\\\.\\pipe\\docker_engine', { type: 'npipe' }],
    ['${DATA:-./data}:/data', { type: 'bind', source: './data', target: '/data' }],
    ['${DATA}:/data', { type: 'unknown', source: '${DATA}' }],
    ['${DATA}/db:/data', { type: 'bind', source: '${DATA}/db' }],
    ['$PWD:/app', { type: 'bind', source: '$PWD' }],
    ['~/x:/x', { type: 'bind' }],
  ])('%s', (text, mount) => {
    expect(parseMount(text)).toMatchObject(mount)
  })
})

describe('ports', () => {
  it.each([
    ['80', { target: '80', protocol: 'tcp' }],
    ['8080:80', { published: '8080', target: '80' }],
    ['127.0.0.1:53:53/udp', { hostIp: '127.0.0.1', published: '53', target: '53', protocol: 'udp' }],
    ['[::1]:80:80', { hostIp: '::1', published: '80', target: '80' }],
    ['3000-3005:3000-3005', { published: '3000-3005', target: '3000-3005' }],
    ['${PORT:-8000}:8000', { published: '8000', target: '8000' }],
    ['${BIND:-127.0.0.1:80}:80', { hostIp: '127.0.0.1', published: '80', target: '80' }],
    ['${PORT}:80', { published: '${PORT}', target: '80' }],
  ])('%s', (text, port) => {
    expect(parsePort(text)).toMatchObject(port)
  })
})

describe('variables', () => {
  const known = (name: string) => ({ SET: 'set', EMPTY: '' })[name]

  it.each([
    ['$SET-${SET}', 'set-set'],
    ['$$SET $', '$SET $'],
    ['${GONE}', '${GONE}'],
    ['${GONE:-a}${GONE-b}', 'ab'],
    ['${EMPTY:-a}${EMPTY-b}', 'a'],
    ['${SET:+a}${GONE:+b}', 'a'],
    ['${GONE:-${SET}}/${GONE:-${GONE:-x}}', 'set/x'],
    ['${GONE:?needed}', '${GONE:?needed}'],
    ['${', '${'],
  ])('%s', (text, result) => {
    expect(interpolate(text, known)).toBe(result)
  })
})

describe('any text', () => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        'services:',
        ' web:',
        '  ',
        'image: a',
        '- b',
        '&x ',
        '*x',
        '<<: *x',
        '\n',
        '\r\n',
        '\t',
        '"',
        "'",
        '|',
        '>-',
        '#c',
        '{',
        '}',
        '[',
        ']',
        ',',
        ': ',
        '? ',
        '---',
        '!t ',
        '${A:-b}',
        '\uFEFF',
        'é😀',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''))

  it('is read without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), yamlish), (text) => void read(text)),
      { numRuns: 2_000 },
    )
    fc.assert(fc.property(fc.string(), (text) => void [interpolate(text), parseMount(text), parsePort(text)]))
  })

  it('gives offsets that reproduce it', () => {
    fc.assert(
      fc.property(yamlish, (text) => {
        const { roots, comments } = parseYaml(textFile('a.yml', text))
        for (const { start, end } of comments) expect(text.slice(start, end)).toMatch(/^#[^\n]*$/)
        for (const root of roots) checkOffsets(root, text)
      }),
      { numRuns: 2_000 },
    )
  })

  it('finds every value of a well-formed file', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9./-]{0,12}$/)
    const services = fc.dictionary(word, fc.record({ image: word, user: word }), { minKeys: 1 })
    fc.assert(
      fc.property(services, fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\uFEFF'), (model, eol, bom) => {
        const blocks = Object.entries(model).map(([name, { image, user }]) => [
          `  ${name}: # note`,
          `    image: ${image}`,
          `    user: "${user}"`,
        ])
        const text = bom + ['services:', ...blocks.flat()].join(eol)
        const found = read(text).services
        expect(found.map(({ name, image, user }) => [name, image?.value, user?.value])).toEqual(
          Object.entries(model).map(([name, { image, user }]) => [name, image, user]),
        )
        for (const { name, keyAt, image, user } of found) {
          expect(text.slice(keyAt.start, keyAt.end)).toBe(name)
          expect(text.slice(image!.at.start, image!.at.end)).toBe(image!.value)
          expect(text.slice(user!.at.start, user!.at.end)).toBe(`"${user!.value}"`)
        }
      }),
    )
  })
})

/** Every plain scalar on one line is its own text, and whatever a node holds as written lies inside it. */
function checkOffsets(node: YamlNode, text: string): void {
  const { start, end } = node.range
  expect(start).toBeLessThanOrEqual(end)
  expect(end).toBeLessThanOrEqual(text.length)
  if (node.kind === 'scalar') {
    const written = text.slice(start, end)
    if (node.style === 'plain' && !/[\r\n]/.test(written)) expect(written).toBe(node.text)
    return
  }
  for (const item of node.kind === 'list' ? node.items : node.entries) {
    if (item.alias) expect(text.slice(item.range.start, item.range.end)).toMatch(/^\*/)
    else checkOffsets(item.value, text)
    expect(item.range.start).toBeGreaterThanOrEqual(start)
    expect(item.range.end).toBeLessThanOrEqual(end)
  }
}
