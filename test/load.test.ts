import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { toJsonSchema } from '@valibot/to-json-schema'
import { Ajv } from 'ajv'
import { rolldown } from 'rolldown'
import { beforeEach, describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { fingerprints } from '../src/engine/find.js'
import { parse } from '../src/load/parse.js'
import { validatePlugin } from '../src/load/plugin.js'
import { configuration, schema } from '../src/load/schema.js'
import { ConfigurationError, configFolder, filterOf, type LoadOptions, loadConfiguration } from '../src/load.js'
import type { Finding, Transform } from '../src/model.js'

const transform = (id: string): Transform => ({
  id,
  title: 'A title',
  severity: 'high',
  references: [],
  doc: 'Why.\n\n## Safety\n\nSafe.\n',
  on: 'dockerfile',
  run: () => [],
})

/** Takes one option, `uid`, and shows it in its title. */
const configurable: Transform = {
  ...transform('non-root-user'),
  configured: ({ uid }) => {
    if (typeof uid !== 'number') throw new Error('uid must be a number')
    return { ...configurable, title: `uid ${uid}` }
  },
}

const transforms = [configurable, transform('owned-copies')]

let top: string
let root: string
let home: string

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'harden-')))
  root = join(top, 'project')
  home = join(top, 'home')
  mkdirSync(root)
  return () => rmSync(top, { recursive: true, force: true })
})

function put(path: string, content: string): string {
  mkdirSync(dirname(join(top, path)), { recursive: true })
  writeFileSync(join(top, path), content)
  return join(top, path)
}

const load = (options: Partial<LoadOptions> = {}) => loadConfiguration(root, { transforms, home, ...options })

async function loaded(content: string, name = '.harden.yml') {
  put(`project/${name}`, content)
  return load()
}

async function faults(content: string, name = '.harden.yml'): Promise<readonly string[]> {
  const error = await loaded(content, name).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(ConfigurationError)
  return error.faults
}

function finding(path: string, message = 'It runs as root'): Finding {
  return { at: { path, start: 0, end: 0 }, message }
}

describe('loadConfiguration', () => {
  test('without a configuration everything is as it comes', async () => {
    const configuration = await load()
    expect(configuration).toMatchObject({
      file: undefined,
      transforms,
      only: undefined,
      skip: [],
      ignored: [],
      warnings: [],
    })
    expect(configuration.covers('any/Dockerfile')).toBe(true)
  })

  test.each(['', '# only comments\n', '---\n', '{}'])('an empty one is none: %j', async (content) => {
    expect(await loaded(content)).toMatchObject({ file: '.harden.yml', transforms, only: undefined })
  })

  test('reads every key', async () => {
    const configuration = await loaded(`
only: [non-root-user]
skip:
  - owned-copies
severity:
  non-root-user: low
  owned-copies: off
paths:
  include: [services/, /Dockerfile]
  exclude: ['*.test.Dockerfile', '!keep.test.Dockerfile']
ignore:
  - transform: non-root-user
    path: legacy/
    finding: '0123456789ab'
    reason: goes away
    until: 2030-12-31
options:
  non-root-user: { uid: 1000 }
`)
    expect(configuration).toMatchObject({
      only: ['non-root-user'],
      skip: ['owned-copies', 'owned-copies'],
      ignored: [
        {
          transform: 'non-root-user',
          path: 'legacy/',
          finding: '0123456789ab',
          reason: 'goes away',
          until: '2030-12-31',
        },
      ],
    })
    expect(configuration.transforms.map(({ severity }) => severity)).toEqual(['low', 'high'])
    expect(configuration.transforms.map(({ title }) => title)).toEqual(['uid 1000', 'A title'])
    const covered = [
      'services/a/Dockerfile',
      'Dockerfile',
      'other/Dockerfile',
      'services/a.test.Dockerfile',
      'services/keep.test.Dockerfile',
    ]
    expect(covered.filter(configuration.covers)).toEqual([
      'services/a/Dockerfile',
      'Dockerfile',
      'services/keep.test.Dockerfile',
    ])
  })

  test.each(['.harden.yml', '.harden.yaml', '.harden.json'])('reads %s', async (name) => {
    expect(await loaded('{"$schema": "x", "only": ["owned-copies"]}', name)).toMatchObject({
      file: name,
      only: ['owned-copies'],
    })
  })

  test('a byte order mark, CRLF and UTF-16 are read', async () => {
    expect(await loaded('\uFEFFskip:\r\n  - owned-copies\r\n')).toMatchObject({ skip: ['owned-copies'] })
    writeFileSync(join(root, '.harden.yml'), Buffer.from('\uFEFFskip: [owned-copies]', 'utf16le'))
    expect(await load()).toMatchObject({ skip: ['owned-copies'] })
  })

  test('--config stands in for every other file', async () => {
    put('project/.harden.yml', 'skip: [owned-copies]')
    put('home/config.yml', 'skip: [owned-copies]')
    const config = put('elsewhere/mine.yml', 'only: [owned-copies]')
    expect(await load({ config })).toMatchObject({ file: config, only: ['owned-copies'], skip: [] })
    await expect(load({ config: join(top, 'missing.yml') })).rejects.toThrow('missing.yml: there is no such file.')
  })

  test('the user’s own stands in where the project has none', async () => {
    const file = put('home/config.yml', 'skip: [owned-copies]')
    expect(await load()).toMatchObject({ file, skip: ['owned-copies'] })
    expect(await loaded('only: [non-root-user]')).toMatchObject({ file: '.harden.yml', skip: [] })
  })

  test('the user’s own may be a link, that of a project only to a file of the project', async () => {
    const real = put('dotfiles/harden.yml', 'skip: [owned-copies]')
    mkdirSync(home)
    symlinkSync(real, join(home, 'config.yml'))
    expect(await load()).toMatchObject({ skip: ['owned-copies'] })
    put('project/config/harden.yml', 'only: [owned-copies]')
    symlinkSync('config/harden.yml', join(root, '.harden.yml'))
    expect(await load()).toMatchObject({ only: ['owned-copies'] })
    rmSync(join(root, '.harden.yml'))
    symlinkSync(real, join(root, '.harden.yml'))
    await expect(load()).rejects.toThrow('.harden.yml: it is a symbolic link out of the project.')
  })

  test('lies where XDG says', () => {
    expect(configFolder({ XDG_CONFIG_HOME: '/x' })).toBe('/x/harden')
    expect(configFolder({ XDG_CONFIG_HOME: 'relative' })).toMatch(/\/\.config\/harden$/)
  })
})

describe('what is wrong is said with file, line, column and what would be right', () => {
  test.each<[string, string, string]>([
    ['an unknown key', 'only: [owned-copies]\nskpi: []\n', '2:1: unknown key "skpi". Did you mean skip?'],
    [
      'an unknown key like no other',
      'colour: red\n',
      '1:1: unknown key "colour". Known here: $schema, only, skip, severity, paths, ignore, options, plugins.',
    ],
    [
      'an unknown key further down',
      'ignore:\n  - transform: owned-copies\n    reson: x\n    reason: y\n',
      '3:5: ignore[0]: unknown key "reson". Did you mean reason?',
    ],
    ['a key that is missing', 'ignore:\n  - transform: owned-copies\n', '2:5: ignore[0]: the key "reason" is missing.'],
    [
      'an unknown transform',
      'skip:\n  - owned-copy\n',
      '2:5: there is no transform owned-copy. Did you mean owned-copies?',
    ],
    [
      'one as a key',
      'severity:\n  non-rot-user: low\n',
      '2:3: there is no transform non-rot-user. Did you mean non-root-user?',
    ],
    [
      'no id at all',
      'only: [Non Root]\n',
      '1:8: only[0] must be the id of a transform, such as non-root-user or acme/labels, not "Non Root".',
    ],
    [
      'none as a key',
      'options:\n  A_B: {}\n',
      '2:3: options: the key "A_B" must be the id of a transform, such as non-root-user or acme/labels.',
    ],
    [
      'an option of the wrong kind',
      'options:\n  non-root-user: { uid: no }\n',
      '2:3: options.non-root-user: uid must be a number.',
    ],
    ['an option where there is none', 'options:\n  owned-copies: { uid: 1 }\n', '2:3: owned-copies has no options.'],
    ['no list', 'only: owned-copies\n', '1:7: only must be a list of transforms, not "owned-copies".'],
    ['an empty list', 'only: []\n', '1:7: only must name a transform.'],
    ['nothing', 'skip:\n', '1:6: skip must be a list of transforms, not null.'],
    ['no mapping', '- a\n', '1:1: the configuration must be a mapping, not a list.'],
    [
      'a list for a mapping',
      'options:\n  owned-copies: [1]\n',
      '2:17: options.owned-copies must be a mapping, not a list.',
    ],
    [
      'no severity',
      'severity: { owned-copies: hihg }\n',
      '1:27: severity.owned-copies must be high, medium, low or off, not "hihg". Did you mean high?',
    ],
    [
      'no date',
      'ignore: [{ transform: owned-copies, reason: x, until: tomorrow }]\n',
      '1:55: ignore[0].until must be a date such as 2030-12-31, not "tomorrow".',
    ],
    [
      'no day',
      'ignore: [{ transform: owned-copies, reason: x, until: 2030-02-30 }]\n',
      '1:55: there is no day 2030-02-30.',
    ],
    [
      'no finding',
      'ignore: [{ transform: owned-copies, reason: x, finding: 012 }]\n',
      '1:57: ignore[0].finding must be the id of a finding, not 12.',
    ],
    [
      'an empty reason',
      'ignore: [{ transform: owned-copies, reason: "" }]\n',
      '1:45: ignore[0].reason must be words for a person, and not empty.',
    ],
    ['a key twice', 'skip: []\nskip: []\n', '2:1: Map keys must be unique.'],
    ['broken YAML', 'only: [a\nskip: }\n', '2:1: '],
    [
      'behind an alias',
      'ignore:\n  - &a { transform: owned-copies, reason: 1 }\n  - *a\n',
      '2:43: ignore[0].reason must be words for a person, not 1.',
    ],
  ])('%s', async (_, content, expected) => {
    expect((await faults(content))[0]).toContain(`.harden.yml:${expected}`)
  })

  test('all of it at once', async () => {
    expect(await faults('skpi: []\nseverity: { owned-copies: 1 }\n')).toHaveLength(2)
  })

  test('in JSON as well', async () => {
    expect(await faults('{\n  "only": ["owned-copy"]\n}', '.harden.json')).toEqual([
      '.harden.json:2:12: there is no transform owned-copy. Did you mean owned-copies?',
    ])
  })

  test('two configurations', async () => {
    put('project/.harden.json', '{}')
    expect(await faults('')).toEqual(['.harden.yml and .harden.json: there must be one of these only.'])
  })

  test('what cannot be read', async () => {
    writeFileSync(join(root, '.harden.yml'), Buffer.from([0xc3]))
    await expect(load()).rejects.toThrow('.harden.yml: it is not UTF-8 text.')
    writeFileSync(join(root, '.harden.yml'), `#${'x'.repeat(256 * 1024)}`)
    await expect(load()).rejects.toThrow('.harden.yml: it is larger than 256 KiB.')
  })

  test('a YAML bomb does not go off', async () => {
    const levels = Array.from({ length: 30 }, (_, i) => `  - &l${i + 1} [*l${i}, *l${i}, *l${i}, *l${i}]`)
    expect((await faults(`only:\n  - &l0 [x]\n${levels.join('\n')}\n`))[0]).toMatch(
      /^\.harden\.yml: it cannot be read as YAML/,
    )
    for (const deep of [`only: ${'['.repeat(100_000)}`, `${'- '.repeat(5_000)}a`]) {
      expect(await faults(deep)).toEqual(['.harden.yml:1:1: it is nested too deeply.'])
    }
  })

  test('keys of the language are keys like any other', async () => {
    expect((await faults('__proto__: { only: [x] }'))[0]).toContain('1:1: unknown key "__proto__"')
    expect((await faults('constructor: 1'))[0]).toContain('1:1: unknown key "constructor"')
    expect(await loaded('severity: { __proto__: low }')).toMatchObject({ skip: [], transforms })
    expect(Object.prototype).not.toHaveProperty('only')
  })
})

describe('filterOf', () => {
  const filter = async (content: string, today = '2026-06-15') => filterOf(await loaded(content), today)

  test('keeps files away that are not covered', async () => {
    const { admits } = await filter('paths: { exclude: [examples/] }')
    expect(admits('non-root-user', finding('Dockerfile'))).toBe(true)
    expect(admits('non-root-user', finding('a/examples/b/Dockerfile'))).toBe(false)
  })

  test('keeps ignored findings away, of one transform in some files', async () => {
    const { admits } = await filter('ignore: [{ transform: non-root-user, path: /tools/*, reason: x }]')
    expect(admits('non-root-user', finding('tools/Dockerfile'))).toBe(false)
    expect(admits('owned-copies', finding('tools/Dockerfile'))).toBe(true)
    expect(admits('non-root-user', finding('a/tools/Dockerfile'))).toBe(true)
  })

  test('until the end of a day', async () => {
    const content = 'ignore: [{ transform: non-root-user, reason: x, until: 2026-06-15 }]'
    expect((await filter(content, '2026-06-15')).admits('non-root-user', finding('Dockerfile'))).toBe(false)
    expect((await filter(content, '2026-06-16')).admits('non-root-user', finding('Dockerfile'))).toBe(true)
  })

  test('one finding by its id, also where equal ones are counted', async () => {
    const reported = { transform: transforms[0]!, finding: finding('Dockerfile') }
    for (const id of fingerprints([reported, reported, reported])) {
      const { admits } = await filter(`ignore: [{ transform: non-root-user, finding: "${id}", reason: x }]`)
      expect(admits('non-root-user', finding('Dockerfile'))).toBe(false)
      expect(admits('non-root-user', finding('Dockerfile', 'Something else'))).toBe(true)
      expect(admits('non-root-user', finding('b/Dockerfile'))).toBe(true)
    }
  })
})

describe('plug-ins', () => {
  const module = (name = 'acme', id = 'acme/labels') => `
globalThis.loadedPlugins = (globalThis.loadedPlugins ?? 0) + 1
export default { name: '${name}', transforms: [{
  id: '${id}', title: 'Labels', severity: 'low', references: [], doc: 'Why.\\n\\n## Safety\\n\\nSafe.', on: 'dockerfile', *run() {},
}] }`

  const loads = () => (globalThis as { loadedPlugins?: number }).loadedPlugins ?? 0

  test('are loaded from the file named by --config', async () => {
    put('ci/labels.mjs', module())
    const config = put('ci/harden.yml', 'plugins: [./labels.mjs]\nseverity: { acme/labels: high }\nonly: [acme/labels]')
    const configuration = await load({ config })
    expect(configuration.transforms.map(({ id, severity }) => [id, severity])).toEqual([
      ['non-root-user', 'high'],
      ['owned-copies', 'high'],
      ['acme/labels', 'high'],
    ])
    expect(configuration.only).toEqual(['acme/labels'])
  })

  test('are loaded from the user’s own configuration, and packages are found beside it', async () => {
    put('home/node_modules/acme-rules/package.json', '{"name":"acme-rules","type":"module","exports":"./index.js"}')
    put('home/node_modules/acme-rules/index.js', module())
    put('home/config.yml', 'plugins: [acme-rules]\nskip: [owned-copies]')
    const configuration = await loaded('skip: [acme/labels]')
    expect(configuration).toMatchObject({ file: '.harden.yml', skip: ['acme/labels'], warnings: [] })
    expect(configuration.transforms).toHaveLength(3)
  })

  test('are never loaded because a project says so', async () => {
    put('project/evil.mjs', module())
    const before = loads()
    const { transforms: all, warnings } = await loaded('only: [owned-copies]\nplugins: [./evil.mjs]\n')
    expect(loads()).toBe(before)
    expect(all).toEqual(transforms)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(
      /^\.harden\.yml:2:1: plug-ins are code, .* not loaded\. .* --config, or list them in .*config\.yml\.$/,
    )
  })

  test('a project may speak of transforms that are not loaded here', async () => {
    const { skip, only, warnings } = await loaded('skip: [acme/labels]\nonly: [owned-copies, other/x]')
    expect([skip, only]).toEqual([[], ['owned-copies']])
    expect(warnings).toEqual([
      '.harden.yml:2:22: other/x is of a plug-in that is not loaded: no effect.',
      '.harden.yml:1:8: acme/labels is of a plug-in that is not loaded: no effect.',
    ])
  })

  test.each<[string, string, RegExp]>([
    ['are missing', '', /harden\.yml:1:11: plug-in "\.\/p\.mjs": it cannot be loaded: Cannot find module/],
    ['throw', 'throw new Error("broken")', /it cannot be loaded: broken\.$/],
    ['export nothing', 'export const a = 1', /its default export must be an object with name and transforms\.$/],
    [
      'take an id',
      module('acme', 'non-root-user'),
      /"non-root-user": its id must be like acme\/non-root-user\.\n.*its id is taken\.$/,
    ],
  ])('that %s', async (_, content, message) => {
    if (content) put('ci/p.mjs', content)
    const config = put('ci/harden.yml', 'plugins: [./p.mjs]')
    await expect(load({ config })).rejects.toThrow(message)
  })

  test('validatePlugin', () => {
    const good = { ...transform('acme/x') }
    const check = (change: object) =>
      validatePlugin({ name: 'acme', transforms: [{ ...good, ...change }] }, new Set(['acme/taken']))
    expect(check({})).toEqual([])
    expect(check({ id: 'x' })).toEqual(['"x": its id must be like acme/non-root-user'])
    expect(check({ id: 'acme/X' })).toEqual(['"acme/X": its id must be like acme/non-root-user'])
    expect(check({ id: 3 })).toEqual(['transforms[0]: its id must be like acme/non-root-user'])
    expect(check({ id: 'acme/taken' })).toEqual(['"acme/taken": its id is taken'])
    expect(check({ title: ' ' })).toEqual(['"acme/x": its title must be a sentence'])
    expect(check({ severity: 'fatal' })).toEqual(['"acme/x": its severity must be high, medium or low, not "fatal"'])
    expect(check({ references: 'DL3002' })).toEqual(['"acme/x": its references must be a list of names'])
    expect(check({ doc: '' })).toEqual(['"acme/x": its doc must say why, and when it keeps quiet'])
    expect(check({ doc: 'Why.\n\n## Safety\n' })).toEqual(['"acme/x": its doc must have a section "## Safety"'])
    expect(check({ on: 'makefile' })).toEqual([
      expect.stringMatching(/^"acme\/x": its on must be one of dockerfile, .*, not "makefile"$/),
    ])
    expect(check({ run: undefined })).toEqual(['"acme/x": its run must be a function'])
    expect(validatePlugin({ name: 'acme', transforms: [good, good] }, new Set())).toEqual(['"acme/x": its id is taken'])
    expect(validatePlugin({ name: 'acme', transforms: [null] }, new Set())).toEqual([
      'transforms[0]: it must be an object',
    ])
    expect(validatePlugin({ name: 'Acme', transforms: [] }, new Set())).toEqual([
      'its name must be like acme or acme-rules, not "Acme"',
    ])
    expect(validatePlugin({ name: 'acme' }, new Set())).toEqual(['its transforms must be a list'])
    expect(validatePlugin(null, new Set())).toEqual(['its default export must be an object with name and transforms'])
  })
})

describe('docs/harden.schema.json', () => {
  const path = join(import.meta.dirname, '../docs/harden.schema.json')

  test('is current; UPDATE=1 writes it', () => {
    const current = `${JSON.stringify(toJsonSchema(schema), undefined, 2)}\n`
    if (process.env.UPDATE) writeFileSync(path, current)
    expect(readFileSync(path, 'utf8')).toBe(current)
  })

  test('says of a configuration what its validation says', () => {
    const validate = new Ajv({ strict: false, formats: { date: true } }).compile(JSON.parse(readFileSync(path, 'utf8')))
    const isValid = (text: string) => {
      try {
        parse(text, 'x', configuration)
        return true
      } catch {
        return false
      }
    }
    const texts = [
      'only: [non-root-user]',
      'only: []',
      'only: x',
      'skpi: []',
      'severity: { a: off, b/c: high }',
      'severity: { A: off }',
      'severity: { a: worst }',
      'paths: { include: [a] }',
      'paths: [a]',
      'ignore: [{ transform: a, reason: b }]',
      'ignore: [{ transform: a }]',
      'ignore: [{ transform: a, reason: "" }]',
      'ignore: [{ transform: a, reason: b, finding: "0123456789ab" }]',
      'ignore: [{ transform: a, reason: b, finding: "0123456789zz" }]',
      'options: { a: { any: [1] } }',
      'options: { a: 1 }',
      'plugins: [./a.js]',
    ]
    for (const text of texts) expect([text, validate(parseYaml(text))]).toEqual([text, isValid(text)])
    expect(texts.filter(isValid)).toHaveLength(7)
  })
})

test('a project without a configuration loads neither yaml nor valibot', async () => {
  const bundle = await rolldown({
    input: join(import.meta.dirname, '../src/load.ts'),
    platform: 'node',
    external: [/^dockerfile-ast/],
  })
  const { output } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  const chunks = new Map(output.flatMap((chunk) => (chunk.type === 'chunk' ? [[chunk.fileName, chunk]] : [])))
  const atOnce = new Set<string>()
  const follow = (name: string) => {
    const chunk = chunks.get(name)
    if (!chunk || atOnce.has(name)) return
    atOnce.add(name)
    chunk.imports.forEach(follow)
  }
  for (const chunk of chunks.values()) if (chunk.isEntry) follow(chunk.fileName)
  const modules = [...atOnce].flatMap((name) => chunks.get(name)?.moduleIds ?? [])
  expect(modules.some((id) => id.endsWith('/src/load.ts'))).toBe(true)
  expect(modules.filter((id) => id.includes('node_modules'))).toEqual([])
})
