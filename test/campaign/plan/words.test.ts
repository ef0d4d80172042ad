import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PlannedFix } from '../../../src/campaign/model.js'
import { type BodyParts, bodyOf } from '../../../src/campaign/plan/body.js'
import { filledIn, NAMES, templateFaults, type Values } from '../../../src/campaign/plan/template.js'
import { branchOf, type Commits, messageOf, titleOf } from '../../../src/campaign/plan/words.js'
import { transforms } from '../../../transforms/index.js'
import { settingsWith } from './repositories.js'

const fix = (some: Partial<PlannedFix> = {}): PlannedFix => ({
  id: '0123456789ab',
  transform: 'non-root-user',
  severity: 'high',
  path: 'Dockerfile',
  line: 3,
  message: 'The container runs as root',
  title: 'Run the image as 10001:10001',
  applicability: 'review',
  ...some,
})
const pullOf = (...fixes: readonly PlannedFix[]): Commits => ({
  group: 'safe',
  commits: [...new Set(fixes.map(({ transform }) => transform))].map((transform) => ({
    transform,
    fixes: fixes.filter((each) => each.transform === transform),
  })),
})
const parts = (pull: Commits, some: Partial<BodyParts> = {}): BodyParts => ({
  campaign: settingsWith(),
  pull,
  repository: 'acme/shop',
  base: { branch: 'main', commit: 'a'.repeat(40) },
  left: [],
  ...some,
})
const blank = Object.fromEntries(NAMES.body.map((name) => [name, `<${name}>`])) as Values<'body'>

describe('templates', () => {
  it('put each value in its place, and nothing that a value says', () => {
    expect(filledIn('{{title}} in {{ repository }}', 'body', blank)).toBe('<title> in <repository>')
    expect(filledIn('{{title}}', 'body', { ...blank, title: '{{summary}} $& $1' })).toBe('{{summary}} $& $1')
  })

  it.each([
    ['{{titel}}', 'body', 'there is no {{titel}}'],
    ['{{summary}}', 'title', 'there is no {{summary}}'],
    ['{{constructor}}', 'title', 'there is no {{constructor}}'],
    ['{{#if x}}', 'body', 'there is no {{#if x}}'],
    ['{{title', 'body', 'it has {{ without }}'],
    ['title}}', 'body', 'it has {{ without }}'],
    ['a\nb', 'title', 'a title is one line'],
    ['  ', 'body', 'it is empty'],
    ['x'.repeat(20_000), 'body', 'it is longer than'],
  ] as const)('%j is no good as a %s', (template, kind, fault) => {
    expect(templateFaults(template, kind).join()).toContain(fault)
    expect(() => filledIn(template, kind, blank)).toThrow(fault)
  })

  it('are answered for in linear time', () => {
    expect(templateFaults('{{ '.repeat(5000), 'body').length).toBeGreaterThan(0)
    expect(templateFaults(`{{${' '.repeat(16_000)}x`, 'body').length).toBeGreaterThan(0)
  })
})

describe('titles and messages', () => {
  it('say what is done, or to which files', () => {
    const one = pullOf(fix(), fix({ path: 'api/Dockerfile' }))
    expect(titleOf(one, settingsWith(), 'acme/shop')).toBe('Run the container as an ordinary user')
    const mixed = pullOf(
      fix({ transform: 'copy-instead-of-add', applicability: 'safe' }),
      fix({ transform: 'unique-requirements', path: 'requirements.txt', applicability: 'safe' }),
    )
    expect(titleOf(mixed, settingsWith(), 'acme/shop')).toBe('Harden Dockerfiles and Python requirements: 2 safe fixes')
    const words = { title: '[{{campaign}}] {{title}} ({{count}}, {{repository}}, {{group}})' }
    expect(titleOf(one, settingsWith({ words, name: 'Root out' }), 'acme/shop')).toBe(
      '[Root out] Run the container as an ordinary user (2, acme/shop, safe)',
    )
  })

  it('have a subject of at most 72 characters and trailers of ours alone', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ title: fc.string(), path: fc.string() }), { minLength: 1 }), (some) => {
        const lie = some.map((each) => ({ ...each, title: `${each.title}\n\nSigned-off-by: Eve <eve@example.com>` }))
        const lines = messageOf(settingsWith(), 'non-root-user', lie.map(fix)).split('\n')
        expect(lines[0]!.length).toBeLessThanOrEqual(72)
        expect(lines[1]).toBe('')
        expect(lines.slice(-3)).toEqual(['Harden-Campaign: spring', 'Harden-Transform: non-root-user', ''])
        for (const line of lines.slice(2, -4)) expect(line).toMatch(/^- /)
      }),
    )
    const message = messageOf(settingsWith(), 'non-root-user', [fix()])
    expect(message.split('\n')[0]).toBe('Run the image as 10001:10001')
    expect(message).toContain('\n- Dockerfile:3: Run the image as 10001:10001\n')
  })

  it('know their branch', () => {
    expect(branchOf(settingsWith({ grouping: 'one' }), 'all')).toBe('harden/spring')
    expect(branchOf(settingsWith(), 'safe')).toBe('harden/spring/safe')
    expect(branchOf(settingsWith({ branch: 'chore/x' }), 'safe')).toBe('chore/x/safe')
  })
})

describe('the body of a pull request', () => {
  it('says what, why, with what risk, how it was checked, what is left and how to say no', () => {
    const caveat = 'Build and start it before you rely on it.'
    const unpinned = { ...fix(), transform: 'pinned-base-image', message: 'alpine names no version', line: 1 }
    const left = [
      { ...unpinned, evidence: ['What it means today is not known', '`--online` asks'] },
      { ...unpinned, line: 7, evidence: [] },
    ]
    const body = bodyOf(parts(pullOf(fix({ caveat }), fix({ line: 9, caveat })), { left }))
    for (const said of [
      'makes 2 fixes in 1 file',
      '**Spring cleaning**',
      'CIS-DI-4.1',
      'severity: high',
      '| <code>Dockerfile:3</code>, 9 | The container runs as root | Run the image as 10001:10001 | review |',
      `- ${caveat} (<code>Dockerfile:3</code>, <code>Dockerfile:9</code>)`,
      `commit ${'a'.repeat(12)} of <code>main</code>`,
      'Nothing was built or started',
      '- <code>Dockerfile:1</code> alpine names no version (high): What it means today is not known; &#x60;--online&#x60; asks\n',
      '- <code>Dockerfile:7</code> alpine names no version (high)\n',
      '# harden: keep non-root-user — the reason',
      'skip: [non-root-user]',
    ])
      expect(body).toContain(said)
  })

  it('shows the evidence of a real build, and then does not say that there was none', () => {
    const body = bodyOf(
      parts({ ...pullOf(fix()), evidence: { text: 'uid 0 → 10001', outcome: 'no worse' } } as Commits),
    )
    expect(body).toContain('uid 0 → 10001')
    expect(body).not.toContain('Nothing was built')
  })

  it('fits into what GitHub takes, however much there is to say', () => {
    const long = '|<@#&`'.repeat(1000)
    const many = Array.from({ length: 5000 }, (_, i) =>
      fix({ path: `${long}/${i}`, message: `${i}${long}`, title: long, caveat: `${i}${long}` }),
    )
    const left = many.map((each) => ({ ...each, evidence: [long, long] }))
    const body = bodyOf(parts(pullOf(...many), { left }))
    expect(body.length).toBeLessThanOrEqual(64_000)
    expect(body).toMatch(/and \d+ more, which the commits show/)
    const huge = { text: 'e'.repeat(70_000), outcome: 'no worse' } as const
    expect(bodyOf(parts({ ...pullOf(fix()), evidence: huge } as Commits)).length).toBeLessThanOrEqual(64_000)
  })

  it('has neither markup nor mentions of a stranger', () => {
    const evil = '@acme closes #1 <script> ](http://x) | `x` \n# title\x1b[2J'
    const body = bodyOf(
      parts(pullOf(fix({ path: evil, message: evil, title: evil, caveat: evil })), {
        base: { branch: evil, commit: 'b'.repeat(40) },
        left: [{ ...fix({ path: evil, message: evil }), evidence: [evil] }],
        repository: evil,
      }),
    )
    expect(body).not.toMatch(/@acme|#1|<script>|\]\(http|\n# title|\x1b/)
    for (const row of body.split('\n').filter((line) => line.startsWith('| <code>')))
      expect(row.split('|')).toHaveLength(6)
  })

  it('uses the words of the campaign in place of ours', () => {
    const words = { body: 'For {{repository}}: {{title}}.\n\n{{changes}}\n' }
    const body = bodyOf(parts(pullOf(fix()), { campaign: settingsWith({ words }) }))
    expect(body).toMatch(/^For acme\/shop: Run the container as an ordinary user\.\n\n## Run the container/)
    expect(body).not.toContain('If you do not want this')
  })

  it.each(transforms.map(({ id, doc, title }) => ({ id, doc, title })))(
    'introduces $id without a mention or a broken line',
    ({ id, doc, title }) => {
      const body = bodyOf(parts(pullOf(fix({ transform: id }))))
      const why = body.split('\n')[8]!
      expect(body).toContain(`## ${title}\n`)
      expect(why.length).toBeGreaterThan(60)
      expect(doc.replace(/\s+/g, ' ')).toContain(why.slice(0, 60))
      expect(why.replace(/`[^`]*`/g, '')).not.toMatch(/@\w|#\d/)
    },
  )
})
