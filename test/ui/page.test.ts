import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Address } from '../../src/campaign/model.js'
import { encode } from '../../src/disk.js'
import { patchOf } from '../../src/engine/patch.js'
import { nothing, safely } from '../../src/engine/plan.js'
import { textFile } from '../../src/project.js'
import { campaignPage, linkTo } from '../../src/ui/page/campaign.js'
import { reviewPage } from '../../src/ui/page/document.js'
import { evidenceFrom, evidenceIn } from '../../src/ui/page/evidence.js'
import { filesInPatch, filesOf, tally } from '../../src/ui/page/files.js'
import { html, lines } from '../../src/ui/page/html.js'
import { projectPage } from '../../src/ui/page/project.js'
import { campaignOf } from '../page/campaigns.js'
import { dockerfiles, finding, replacing, reported } from './reports.js'

describe('html', () => {
  it('lets no text be anything but text', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 60 })
    fc.assert(
      fc.property(fc.oneof(anything, fc.constantFrom('</script>', '"><b>', "' x='", '&lt;', '\u202e\x1b')), (text) => {
        const written = html`${text}`.text
        expect(written).not.toMatch(/[<>"'`\p{Cc}\p{Cf}\p{Cs}]|&(?!#\d+;)/u)
        expect(lines(text).text).not.toMatch(/[<>"'`]|[^\n\P{Cc}]/u)
      }),
    )
    expect(html`<i title="${'"'}">${[html`<b>`, 'x<', 1, false, undefined]}</i>`.text).toBe(
      '<i title="&#34;"><b>x&#60;1</i>',
    )
  })
})

describe('the rows of a patch', () => {
  const texts: Record<string, readonly [string, string]> = {
    'of a file': ['FROM a\nENV A 1\nCMD b\n', 'FROM a\nENV A=1\nCMD b\n'],
    'with other line endings': ['FROM a\r\nENV A 1\r\n', 'FROM a\r\nENV A=1\r\n'],
    'without a last newline': ['FROM a\nENV A 1', 'FROM a\nENV A=1'],
    'with a byte order mark': ['\uFEFFFROM a\nENV A 1\n', '\uFEFFFROM a:1\nENV A 1\n'],
    'in many alphabets': ['FROM a\nENV ä 日本 😀\n', 'FROM a\nENV ä="日本 😀"\n'],
    'with places far from each other': [
      `FROM a\n${'RUN b\n'.repeat(30)}CMD c\n`,
      `FROM b\n${'RUN b\n'.repeat(30)}CMD d\n`,
    ],
  }
  it.each(Object.entries(texts))('%s are those of the files', (_, [old, now]) => {
    const path = 'a b/ä"Dockerfile'
    const change = { path, before: textFile(path, old), after: textFile(path, now) }
    expect(filesInPatch(patchOf([change], encode))).toEqual(filesOf([change]))
    const made = { ...change, before: undefined }
    expect(filesInPatch(patchOf([made, { ...change, path: 'z' }], encode))).toEqual(
      filesOf([made, { ...change, path: 'z' }]),
    )
  })

  it('show no secret, on lines that stay, go or come, and keep the marks', () => {
    const old =
      'FROM a\nENV API_TOKEN=hunter22 X=1\nENV DB_PASSWORD correct horse\nRUN curl https://me:geheim99@host/x\n'
    const now = old
      .replace('X=1', 'X=2')
      .replace('ENV DB', 'ENV  DB')
      .replace('FROM a', `RUN echo ghp_${'a'.repeat(36)}`)
    const file = (text: string) => textFile('Dockerfile', text)
    const [changed] = filesOf([{ path: 'Dockerfile', before: file(old), after: file(now) }])
    const rows = changed!.places.flat()
    const shown = rows.map(({ kind, pieces }) => kind + pieces.map(({ text }) => text).join('')).join('\n')
    expect(shown).not.toMatch(/hunter22|correct|horse|geheim99|ghp_/)
    expect(shown).toContain('+ENV API_TOKEN=******** X=2')
    expect(
      rows.find(({ kind, pieces }) => kind === '+' && pieces.some(({ text, marked }) => marked && text === '2')),
    ).toBeTruthy()
  })

  it('are bounded, and say how many are missing', () => {
    const long = `${Array.from({ length: 5_000 }, (_, i) => `RUN echo ${i}`).join('\n')}\nENV ${'x'.repeat(9_000)}\n`
    const [file] = filesOf([{ path: 'Dockerfile', before: undefined, after: textFile('Dockerfile', long) }])
    expect(file!.places.flat()).toHaveLength(1_500)
    expect(file!.hidden).toBe(3_501)
    const [wide] = filesOf([{ path: 'x', before: undefined, after: textFile('x', `ENV ${'x'.repeat(9_000)}\n`) }])
    expect(
      wide!.places
        .flat()[0]!
        .pieces.map(({ text }) => text)
        .join('').length,
    ).toBeLessThan(4_100)
    expect(tally([file!])).toEqual({ added: 1_500, removed: 0 })
  })
})

describe('a link to a repository', () => {
  const at = (origin: string, name: string): Address => ({ kind: 'remote', forge: 'github', origin, name })
  it.each([
    [at('https://github.com', 'acme/shop'), 'https://github.com/acme/shop'],
    [at('https://git.example.com:8443', 'a/b/c d'), 'https://git.example.com:8443/a/b/c%20d'],
    [at('https://github.com', 'acme/"><b>'), 'https://github.com/acme/%22%3E%3Cb%3E'],
    [at('http://127.0.0.1:3000', 'acme/shop'), undefined],
    [at('javascript:alert(1)//', 'acme/shop'), undefined],
    [at('https://github.com', '../../evil'), undefined],
    [at('https://github.com', '/evil.example/x'), undefined],
    [{ kind: 'local', path: '/srv/shop' } as const, undefined],
  ])('of %j', (address, link) => {
    expect(linkTo(address)).toBe(link)
  })
})

describe('a page of a plan', () => {
  it('shows only what the plan covers, and says so where a patch is missing, another one, or none', async () => {
    const { plan, patches } = await campaignOf(1)
    const [first, second] = [...patches.keys()]
    const odd = new Map(patches).set(second!, Buffer.from(`${patches.get(second!)} `))
    odd.delete(first!)
    const page = campaignPage(plan, odd)
    const changes = page.repositories[0]!.pulls.flatMap((pull) => pull.changes)
    const problems = changes.map(({ problem }) => problem).filter(Boolean)
    expect(problems).toEqual([expect.stringContaining('is missing'), expect.stringContaining('not the one')])
    expect(changes.slice(0, 2).map(({ files }) => files)).toEqual([[], []])
    expect(reviewPage(page)).toContain('Its patch is missing: do not approve it.')

    const nonsense = Buffer.from('@@ nonsense')
    const digest = `sha256:${createHash('sha256').update(nonsense).digest('hex')}`
    const text = JSON.stringify(plan).replaceAll(/sha256:[\da-f]{64}/g, digest)
    const all = new Map([...patches.keys()].map((place) => [place, nonsense]))
    const [repository] = campaignPage(JSON.parse(text), all).repositories
    expect(new Set(repository!.pulls.flatMap((pull) => pull.changes).map(({ problem }) => problem))).toEqual(
      new Set(['Its patch cannot be read: do not approve it.']),
    )
  })

  it('says why something is left as it is', async () => {
    const { plan, patches } = await campaignOf(1)
    const left = [
      { ...plan.repositories[0]!.left[0]!, evidence: ['The file <b>does not tell</b> the owner', 'Nobody knows'] },
    ]
    const text = reviewPage(campaignPage({ ...plan, repositories: [{ ...plan.repositories[0]!, left }] }, patches))
    expect(text).toContain(
      '<dt>why</dt><dd>The file &#60;b&#62;does not tell&#60;/b&#62; the owner</dd><dt>why</dt><dd>Nobody knows</dd>',
    )
  })

  it('is the same for the same plan', async () => {
    const { plan, patches } = await campaignOf(3)
    expect(reviewPage(campaignPage(plan, patches))).toBe(reviewPage(campaignPage(plan, patches)))
  })
})

describe('a page of one project', () => {
  const user = finding('no-root', /USER root/g, replacing('USER 1', 'safe', 'Look twice.'), 'high')
  const latest = finding('no-latest', /:latest/g, () => ({ evidence: [{ note: 'A tag that moves' }] }), 'low')
  const weak = dockerfiles({ Dockerfile: 'FROM a:latest\nENV API_TOKEN=hunter22\nUSER root\n', 'x/Dockerfile.j2': '' })

  it('shows what would be done, step by step, and what is left', async () => {
    const { report } = await reported(weak, [user, latest], safely, { command: 'fix' })
    const page = projectPage(report)
    const [project] = page.repositories
    const [change] = project!.pulls[0]!.changes
    expect([change!.transform, change!.severity, change!.level]).toEqual(['no-root', 'high', 'safe'])
    expect(change!.fixes).toEqual([expect.objectContaining({ title: 'Write USER 1', caveat: 'Look twice.', line: 3 })])
    expect(tally(change!.files)).toEqual({ added: 1, removed: 1 })
    expect(project!.left.map(({ transform, why }) => [transform, why])).toEqual([
      ['no-latest', expect.stringContaining('needs a person')],
    ])
    const text = reviewPage(page)
    expect(text).not.toContain('hunter22')
    expect(text).toContain('What harden would change')
    expect(reviewPage(projectPage({ ...report, written: true }))).toContain('What harden changed')
  })

  it('shows what a check found, with the lines it stands on', async () => {
    const { report } = await reported(weak, [user, latest], nothing)
    const page = projectPage(report)
    expect(page.repositories[0]!.left).toHaveLength(2)
    expect(page.repositories[0]!.left[1]!.excerpt!.join('\n')).toContain('3 │ USER root')
    expect(reviewPage(page)).toContain('What harden found')
  })

  it('says when all is well', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: 'FROM a\n' }), [user], nothing)
    expect(projectPage(report).repositories[0]).toMatchObject({ state: 'nothing', reason: 'Nothing to harden.' })
  })
})

describe('evidence', () => {
  it('is read out of our own Markdown', () => {
    const text =
      '### app: is no worse than before\n\n| | before | after |\n|---|---|---|\n| runs as | root (0) | a\\|b |\n\n- **worse:** nothing\n'
    expect(evidenceIn({ text, outcome: 'no worse' })).toMatchObject({
      outcome: 'no worse',
      rows: [{ what: 'runs as', before: 'root (0)', after: 'a|b' }],
      notes: ['app: is no worse than before', 'worse: nothing'],
    })
  })

  it('names the fixes that were left out', () => {
    const dropped = [{ transform: 'x', title: 'Do it', what: 'the build fails', line: 'no such file', guilty: true }]
    expect(evidenceFrom({ containers: [], dropped })).toEqual([
      { title: 'x: Do it', outcome: 'left out', rows: [], notes: ['With it the build fails.', 'no such file'] },
    ])
  })
})
