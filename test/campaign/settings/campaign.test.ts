import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toJsonSchema } from '@valibot/to-json-schema'
import { Ajv } from 'ajv'
import { beforeEach, describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { type Campaign, readCampaign } from '../../../src/campaign/settings/read.js'
import { campaignFile, schema } from '../../../src/campaign/settings/schema.js'
import { ConfigurationError } from '../../../src/load/error.js'
import { parse } from '../../../src/load/parse.js'
import { transforms } from '../../../transforms/index.js'

let top: string

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'harden-settings-')))
  return () => rmSync(top, { recursive: true, force: true })
})

function read(text: string): Campaign {
  const file = join(top, 'campaign.yml')
  writeFileSync(file, text)
  return readCampaign(file, transforms)
}

/** The faults without the path of the file. */
function faults(text: string): readonly string[] {
  try {
    read(text)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map((fault) => fault.replaceAll(`${top}/`, ''))
    throw error
  }
  return []
}

describe('a campaign file', () => {
  test('needs a name and nothing else', () => {
    const { settings, wanted, quotas } = read('name: No image runs as root\n')
    expect(settings).toEqual({
      id: 'no-image-runs-as-root',
      name: 'No image runs as root',
      level: 'safe',
      grouping: 'safe-together',
      options: {},
      draft: false,
      labels: [],
      reviewers: [],
      codeowners: false,
      commits: 'auto',
      author: { name: 'harden', email: 'harden@noreply.invalid' },
      limits: { gap: 1, notifyingGap: 3, perMinute: 40, perHour: { start: 60, step: 10, most: 400 } },
      waves: [10, 100],
      stopLoss: { checksFailed: 0.3, closed: 0.2 },
    })
    expect(wanted).toEqual({ addresses: [], queries: [], without: [] })
    expect(quotas).toEqual({})
  })

  test('says everything there is to say', () => {
    writeFileSync(join(top, 'body.md'), 'Hello {{repository}}\n')
    writeFileSync(join(top, 'repos.txt'), '# ours\nacme/one # the first\n\n!acme/old-*\n')
    const campaign = read(`
name: Größer & schöner
repositories:
  - acme/shop
  - https://git.example.com/platform/api.git
  - git@github.com:acme/tools.git
  - acme/*
  - '!acme/legacy-*'
  - owner: platform
    topic: docker
    forks: true
    forge: git.example.com
  - file: repos.txt
forges:
  - origin: https://git.example.com
    kind: gitlab
    token: EXAMPLE_TOKEN
only: [non-root-user]
options: { non-root-user: { uid: 20001 } }
level: review
grouping: by-transform
pull-request:
  title: '{{title}} in {{repository}}'
  body-file: body.md
  draft: true
  labels: [security, security]
  reviewers: [jo, acme/platform]
  codeowners: true
  author: { name: Jo, email: jo@example.com }
branch: chore/harden
commits: api
limits: { gap: 2, notifying-gap: 5, per-minute: 10, per-hour: 30 }
quotas: { seconds: 60, megabytes: 100, entries: 1000, file-megabytes: 2 }
waves: [1, 5]
stop-loss: { checks-failed: 0.5, closed: 0 }
`)
    expect(campaign.settings).toEqual({
      id: 'gro-er-schoner',
      name: 'Größer & schöner',
      level: 'review',
      grouping: 'by-transform',
      only: ['non-root-user'],
      options: { 'non-root-user': { uid: 20001 } },
      branch: 'chore/harden',
      words: { title: '{{title}} in {{repository}}', body: 'Hello {{repository}}\n' },
      draft: true,
      labels: ['security'],
      reviewers: ['jo', 'acme/platform'],
      codeowners: true,
      commits: 'api',
      author: { name: 'Jo', email: 'jo@example.com' },
      limits: { gap: 2, notifyingGap: 5, perMinute: 10, perHour: { start: 30, step: 10, most: 30 } },
      waves: [1, 5],
      stopLoss: { checksFailed: 0.5, closed: 0 },
      forges: [{ origin: 'https://git.example.com', kind: 'gitlab', token: 'EXAMPLE_TOKEN' }],
    })
    expect(campaign.wanted.addresses).toEqual([
      { kind: 'remote', forge: 'github', origin: 'https://github.com', name: 'acme/shop' },
      { kind: 'remote', forge: 'gitlab', origin: 'https://git.example.com', name: 'platform/api' },
      { kind: 'remote', forge: 'github', origin: 'https://github.com', name: 'acme/tools' },
      { kind: 'remote', forge: 'github', origin: 'https://github.com', name: 'acme/one' },
    ])
    expect(campaign.wanted.queries).toMatchObject([
      { origin: 'https://github.com', selection: { owner: 'acme', forks: false } },
      { origin: 'https://git.example.com', selection: { owner: 'platform', topic: 'docker', forks: true } },
    ])
    expect(campaign.wanted.without).toHaveLength(2)
    expect(campaign.quotas).toEqual({ patience: 60, size: 100 << 20, entries: 1000, file: 2 << 20 })
  })

  test.each<[string, string, readonly string[]]>([
    [
      'an unknown key',
      'name: a\nrepositores: []\n',
      ['campaign.yml:2:1: unknown key "repositores". Did you mean repositories?'],
    ],
    [
      'a key one below',
      'name: a\nlimits: { gapp: 1 }\n',
      ['campaign.yml:2:11: limits: unknown key "gapp". Did you mean gap?'],
    ],
    ['a missing name', 'id: a\n', ['campaign.yml:1:1: the key "name" is missing.']],
    [
      'a level that is none',
      'name: a\nlevel: saef\n',
      ['campaign.yml:2:8: level must be safe or review, not "saef". Did you mean safe?'],
    ],
    [
      'a forge of a kind that is none',
      'name: a\nforges:\n  - origin: https://a.example\n    kind: gitub\n',
      ['campaign.yml:4:11: forges[0].kind must be github, gitlab or gitea, not "gitub". Did you mean github?'],
    ],
    [
      'a transform that is none',
      'name: a\nonly: [non-rot-user]\n',
      ['campaign.yml:2:8: there is no transform non-rot-user. Did you mean non-root-user?'],
    ],
    [
      'options that a transform refuses',
      'name: a\noptions: { non-root-user: { uid: 0 } }\n',
      [expect.stringMatching(/^campaign\.yml:2:12: options\.non-root-user: .+\.$/) as unknown as string],
    ],
    [
      'a list for a mapping',
      'name: a\npull-request: [draft]\n',
      ['campaign.yml:2:15: pull-request must be a mapping, not a list.'],
    ],
    [
      'a repository that is none',
      'name: a\nrepositories:\n  - acme/shop\n  - shop\n',
      [
        'campaign.yml:4:5: it is no repository: write owner/name, an https address, or a path that begins with ./ or /.',
      ],
    ],
    [
      'a number for a repository',
      'name: a\nrepositories: [7]\n',
      [
        'campaign.yml:2:16: repositories[0] must be a repository, a pattern, or a mapping with file, owner, topic or search, not 7.',
      ],
    ],
    [
      'a selection with a key that is none',
      'name: a\nrepositories:\n  - owner: acme\n    topics: x\n',
      ['campaign.yml:4:5: repositories[0]: unknown key "topics". Did you mean topic?'],
    ],
    [
      'a topic of everybody',
      'name: a\nrepositories:\n  - topic: docker\n',
      ['campaign.yml:3:5: what a forge lists begins with an owner or a search.'],
    ],
    [
      'a forge that nobody declared',
      'name: a\nrepositories:\n  - git.example.com/a/b\n',
      [
        'campaign.yml:3:5: https://git.example.com is a forge that harden does not know: declare it in the campaign file, under forges, with origin: https://git.example.com and kind: github, gitlab or gitea.',
      ],
    ],
    [
      'a branch that git would not take',
      'name: a\nbranch: x..y\n',
      ['campaign.yml:2:9: branch must be the beginning of a branch name, such as chore/harden, not "x..y".'],
    ],
    [
      'an hourly limit that is neither',
      'name: a\nlimits: { per-hour: { start: 0 } }\n',
      ['campaign.yml:2:30: limits.per-hour.start must be a number from 1 to 10000.'],
    ],
    [
      'a placeholder that is none',
      "name: a\npull-request: { title: '{{titel}}' }\n",
      [
        'campaign.yml:2:24: the template of the title: there is no {{titel}}; there are title, campaign, repository, group, count.',
      ],
    ],
    [
      'a name of which no id can be made',
      'name: 안녕\n',
      ['campaign.yml:1:7: no id can be made of this name: give it one with id.'],
    ],
    [
      'two bodies',
      'name: a\npull-request: { body: a, body-file: b }\n',
      ['campaign.yml:2:37: there is a body already: one of body and body-file.'],
    ],
    ['a list that is not there', 'name: a\nrepositories: [{ file: none.txt }]\n', ['none.txt: there is no such file.']],
    [
      'a file that stands with others',
      'name: a\nrepositories: [{ file: a, owner: b }]\n',
      ['campaign.yml:2:16: file stands alone.'],
    ],
  ])('names %s, and where it is', (_, text, expected) => {
    expect(faults(text)).toEqual(expected)
  })

  test('names the line of a list', () => {
    writeFileSync(join(top, 'repos.txt'), 'acme/shop\nhttp://github.com/acme/api\n*\n')
    expect(faults('name: a\nrepositories:\n  - file: repos.txt\n')).toEqual([
      'repos.txt:2:1: it is not encrypted; harden speaks https, and http with this machine alone.',
      'repos.txt:3:1: a pattern begins with an owner, such as acme/*.',
    ])
  })

  test.each([
    `ghp_${'a1B2'.repeat(9)}`,
    `github_pat_${'A1b2'.repeat(10)}`,
    'glpat-AAAABBBBCCCCDDDDEEEE',
    'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3',
  ])('refuses the token %s where the name of a variable belongs, and does not repeat it', (token) => {
    const said = faults(`name: a\nforges:\n  - origin: https://git.example.com\n    kind: gitea\n    token: ${token}\n`)
    expect(said).toEqual([
      'campaign.yml:5:12: forges[0].token must be the name of an environment variable in capital letters, never the token itself.',
    ])
  })

  test('does not repeat credentials in an address', () => {
    for (const entry of ['https://me:s3cret@github.com/acme/shop', 'https://s3cret@github.com/acme/*'])
      expect(faults(`name: a\nrepositories: ['${entry}']\n`).join()).toMatch(
        /^campaign\.yml:2:16: (?!.*s3cret).*credentials/,
      )
  })

  test('knows its own forges before it reads its repositories, and paths from its own folder', () => {
    mkdirSync(join(top, 'shop/.git'), { recursive: true })
    writeFileSync(join(top, 'shop/.git/HEAD'), 'ref: refs/heads/main\n')
    expect(read('name: a\nrepositories: [./shop, shop]\n').wanted.addresses).toEqual([
      { kind: 'local', path: join(top, 'shop') },
      { kind: 'local', path: join(top, 'shop') },
    ])
  })
})

describe('docs/campaign.schema.json', () => {
  const path = join(import.meta.dirname, '../../../docs/campaign.schema.json')

  test('is current; UPDATE=1 writes it', () => {
    const current = `${JSON.stringify(toJsonSchema(schema), undefined, 2)}\n`
    if (process.env.UPDATE) writeFileSync(path, current)
    expect(readFileSync(path, 'utf8')).toBe(current)
  })

  test('says of a campaign what its validation says', () => {
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(path, 'utf8')))
    const isValid = (text: string) => {
      try {
        parse(text, 'x', campaignFile)
        return true
      } catch {
        return false
      }
    }
    const texts = [
      'name: a',
      'id: a',
      'name: ""',
      'name: a\nid: A',
      'name: a\nid: a--b',
      'name: a\nrepositories: [a/b, { owner: c, forks: true }, { file: d }]',
      'name: a\nrepositories: [{ ownr: c }]',
      'name: a\nrepositories: [[a]]',
      'name: a\nrepositories: a/b',
      'name: a\nforges: [{ origin: x, kind: github, token: GH_TOKEN }]',
      'name: a\nforges: [{ origin: x, kind: github, token: ghp_abc }]',
      'name: a\nforges: [{ kind: github }]',
      'name: a\nonly: []',
      'name: a\nlimits: { per-hour: 10 }',
      'name: a\nlimits: { per-hour: { most: 10 } }',
      'name: a\nlimits: { per-hour: 0 }',
      'name: a\nwaves: [1.5]',
      'name: a\nwaves: []',
      'name: a\nstop-loss: { closed: 2 }',
      'name: a\nbranch: chore/x',
      'name: a\nbranch: x.lock',
      'name: a\npull-request: { author: { name: a, email: b@c } }',
      'name: a\npull-request: { author: { name: "<a>", email: b@c } }',
      'name: a\npull-request: { reviewers: ["a/b/c"] }',
    ]
    const valid = texts.filter(isValid)
    expect(valid.length).toBeGreaterThan(5)
    expect(valid.length).toBeLessThan(texts.length - 5)
    expect(texts.filter((text) => validate(parseYaml(text)))).toEqual(valid)
  })
})
