import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { safely } from '../../src/engine/plan.js'
import { applyEdits, lineStarts } from '../../src/text.js'
import { githubReport, githubSummary } from '../../src/ui/github.js'
import { gitlabReport } from '../../src/ui/gitlab.js'
import { jsonReport } from '../../src/ui/json.js'
import { junitReport } from '../../src/ui/junit.js'
import { fails } from '../../src/ui/report.js'
import { sarifReport } from '../../src/ui/sarif.js'
import { dockerfiles, finding, replacing, reported } from './reports.js'
import { type Element, readXml } from './xml.js'

const WEAK = 'FROM a:latest\nUSER root\n'
const user = finding('no-root', /USER root/g, replacing('USER 1\nRUN x', 'safe', 'Look twice.'), 'high')
const latest = finding('no-latest', /:latest/g, (at) => ({ evidence: [{ note: 'A tag that moves', at }] }), 'low')

describe('json', () => {
  it('is exactly the contract', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), [user, latest], safely, { command: 'fix' })
    const [open, fixed] = report.items
    expect(JSON.parse(jsonReport(report))).toEqual({
      version: 'harden-json-1',
      root: '.',
      stopped: 'converged',
      findings: [
        {
          id: open!.id,
          transform: 'no-latest',
          severity: 'low',
          path: 'Dockerfile',
          start: { line: 1, column: 7 },
          end: { line: 1, column: 14 },
          message: 'There is a :latest.',
          references: ['DL0000'],
          evidence: [
            {
              note: 'A tag that moves',
              path: 'Dockerfile',
              start: { line: 1, column: 7 },
              end: { line: 1, column: 14 },
            },
          ],
          fixes: [],
          state: 'open',
        },
        {
          id: fixed!.id,
          transform: 'no-root',
          severity: 'high',
          path: 'Dockerfile',
          start: { line: 2, column: 1 },
          end: { line: 2, column: 10 },
          message: 'There is a USER root.',
          references: ['DL0000'],
          evidence: [],
          fixes: [{ title: 'Write USER 1\nRUN x', applicability: 'safe', caveat: 'Look twice.' }],
          state: 'fixed',
        },
      ],
      changed: ['Dockerfile'],
      unread: [],
      summary: { high: 0, medium: 0, low: 1, fixed: 1, files: 1 },
    })
  })
})

interface Region {
  startLine: number
  startColumn: number
  endLine: number
  endColumn: number
}

describe('sarif', () => {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'sarif-2.1.0.json'), 'utf8'))
  const validate = new Ajv({ allErrors: true, validateFormats: false }).compile(schema)
  const odd = 'a b/Dockerfile'
  const texts = {
    Dockerfile: WEAK,
    [odd]: `\uFEFF${WEAK.replaceAll('\n', '\r\n')}`,
    'x/Dockerfile': WEAK,
    'x/Dockerfile.j2': '',
  }

  it('is valid', async () => {
    const { report } = await reported(dockerfiles(texts), [user, latest])
    validate(JSON.parse(sarifReport(report, '1.2.3')))
    expect(validate.errors).toBeNull()
    expect(validate({ version: '2.1.0', runs: [{ tool: { driver: {} } }] })).toBe(false)
  })

  it('carries fixes inside the results, that do to the text what the plan does', async () => {
    const project = dockerfiles(texts)
    const { report } = await reported(project, [user])
    const [run] = JSON.parse(sarifReport(report, '1.2.3')).runs
    for (const result of run.results) {
      const { artifactLocation, replacements } = result.fixes[0].artifactChanges[0]
      const path = decodeURIComponent(artifactLocation.uri)
      const text = project.read(path)!.text.replace('\uFEFF', '')
      const starts = lineStarts(text)
      const [{ deletedRegion, insertedContent }] = replacements as [
        { deletedRegion: Region; insertedContent: { text: string } },
      ]
      const start = starts[deletedRegion.startLine - 1]! + deletedRegion.startColumn - 1
      const end = starts[deletedRegion.endLine - 1]! + deletedRegion.endColumn - 1
      const fixed = text.slice(0, start) + insertedContent.text + text.slice(end)
      expect(fixed).toBe(applyEdits(text, [{ path, start, end, text: 'USER 1\nRUN x' }]))
    }
    expect(run.results).toHaveLength(2)
    expect(run.invocations[0].toolExecutionNotifications).toHaveLength(1)
  })

  it('leaves out what was fixed', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), [user, latest], safely, { command: 'fix' })
    const [run] = JSON.parse(sarifReport(report, '1.2.3')).runs
    expect(run.results.map((result: { ruleId: string }) => result.ruleId)).toEqual(['no-latest'])
  })
})

describe('github', () => {
  it('annotates the worst first, and no more than ten', async () => {
    const many = `FROM a:latest\n${'USER root\n'.repeat(12)}`
    const { report } = await reported(dockerfiles({ Dockerfile: many }), [latest, user])
    const lines = githubReport(report).trimEnd().split('\n')
    expect(lines).toHaveLength(11)
    expect(lines.slice(0, 10).every((line) => line.startsWith('::error file=Dockerfile,line='))).toBe(true)
    expect(lines[10]).toBe('3 more findings, not annotated: see the job summary.')
    expect(githubSummary(report).match(/^\| (high|low) \|/gm)).toHaveLength(13)
  })

  it('lets nothing from a file end a command or begin one', async () => {
    const odd = finding('odd', /USER root/g, () => ({
      message: '100%\n::error::\r x,y:z\x1b',
      evidence: [{ note: 'a\n::b' }],
    }))
    const { report } = await reported(dockerfiles({ 'a,b:c%\n::x/Dockerfile': WEAK }), [odd])
    const text = githubReport(report)
    expect(text.trimEnd()).not.toContain('\n')
    expect(text).toContain('file=a%2Cb%3Ac%25\\n%3A%3Ax/Dockerfile,')
    expect(text).toContain('::100%25\\n::error::\\r x,y:z\\x1b%0A- a\\n::b')
  })

  it('writes a summary that holds no markup of others', async () => {
    const odd = finding('odd', /USER root/g, () => ({ message: '<b>|x|</b> @all `code` [a](b)' }))
    const { report } = await reported(dockerfiles({ '<i>|/Dockerfile': WEAK }), [odd])
    const row = githubSummary(report)
      .split('\n')
      .find((line) => line.startsWith('| medium'))!
    expect(row.match(/\|/g)).toHaveLength(5)
    expect(row).not.toMatch(/<[bi]>|@all|\[a\]/)
  })

  it('says so when all is well', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: 'FROM a\n' }), [user])
    expect(githubReport(report)).toBe('Nothing to harden in 1 file.\n')
    expect(githubSummary(report)).toContain('Nothing left to harden')
  })
})

describe('gitlab', () => {
  /** The table at https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format, and nothing besides it. */
  const text = { type: 'string', minLength: 1, pattern: '^[^\\p{Cc}]*$' }
  const fields = (properties: Record<string, object>) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  })
  const lines = fields({ begin: { type: 'integer', minimum: 1 } })
  const location = fields({ path: { type: 'string', minLength: 1, pattern: '^(?!\\./|/)' }, lines })
  const severity = { enum: ['info', 'minor', 'major', 'critical', 'blocker'] }
  const validate = new Ajv().compile({
    type: 'array',
    items: fields({ description: text, check_name: text, fingerprint: text, severity, location }),
  })
  const many = `FROM a:latest\n${'USER root\n'.repeat(3)}`
  const issuesOf = async (content: string) => {
    const { report } = await reported(dockerfiles({ Dockerfile: content, 'x y/Dockerfile': content }), [user, latest])
    return JSON.parse(gitlabReport(report)) as { fingerprint: string; severity: string; description: string }[]
  }

  it('has the documented fields, and a fingerprint for each finding that survives edits elsewhere', async () => {
    const issues = await issuesOf(many)
    validate(issues)
    expect(validate.errors).toBeNull()
    expect(validate([{ ...issues[0], severity: 'high' }])).toBe(false)
    const prints = issues.map(({ fingerprint }) => fingerprint)
    expect(new Set(prints).size).toBe(8)
    const later = await issuesOf(`# moved down\n\n${many}`)
    expect(later.map(({ fingerprint }) => fingerprint)).toEqual(prints)
    expect(new Set(issues.map(({ severity }) => severity))).toEqual(new Set(['critical', 'minor']))
  })

  it('leaves out what was fixed, tells equal ids apart, and is an empty list when all is well', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), [user, latest], safely, { command: 'fix' })
    const [open] = JSON.parse(gitlabReport(report))
    expect(open.check_name).toBe('no-latest')
    const twice = { ...report, items: [...report.items, ...report.items] }
    expect(JSON.parse(gitlabReport(twice)).map((issue: { fingerprint: string }) => issue.fingerprint)).toEqual([
      open.fingerprint,
      `${open.fingerprint}#2`,
    ])
    expect(JSON.parse(gitlabReport({ ...report, items: [] }))).toEqual([])
  })

  it('shows nothing that plays tricks', async () => {
    const odd = finding('odd', /USER root/g, () => ({ message: 'a\n\x1b[31m\u202eb' }))
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), [odd])
    expect(JSON.parse(gitlabReport(report))[0].description).toBe('a\\n\\x1b[31m\\u202eb.')
  })
})

describe('junit', () => {
  /** Elements and attributes (`!` must be there) of junit-10.xsd, by which Jenkins' xUnit plugin judges a report. */
  const KNOWN: Record<string, { attributes: readonly string[]; children: readonly string[]; hasText?: true }> = {
    testsuites: { attributes: ['name', 'time', 'tests', 'failures', 'errors'], children: ['testsuite'] },
    testsuite: {
      attributes: [
        'name!',
        'tests!',
        'failures!',
        'errors!',
        'skipped',
        'time',
        'timestamp',
        'hostname',
        'id',
        'package',
      ],
      children: ['properties', 'testcase', 'system-out', 'system-err'],
    },
    testcase: {
      attributes: ['name!', 'time', 'classname', 'group'],
      children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
    },
    failure: { attributes: ['type', 'message'], children: [], hasText: true },
    skipped: { attributes: ['type', 'message'], children: [], hasText: true },
  }
  const faults = ({ name, attributes, children, text }: Element): readonly string[] => {
    const known = KNOWN[name]
    if (!known) return [`<${name}>`]
    const allowed = known.attributes.map((attribute) => attribute.replace('!', ''))
    const needed = known.attributes.filter((attribute) => attribute.endsWith('!')).map((one) => one.slice(0, -1))
    return [
      ...Object.keys(attributes).filter((attribute) => !allowed.includes(attribute)),
      ...needed.filter((attribute) => !(attribute in attributes)),
      ...children
        .filter((child) => !known.children.includes(child.name))
        .map((child) => `<${child.name}> in <${name}>`),
      ...(text.trim() && !known.hasText ? [`text in <${name}>`] : []),
      ...children.flatMap(faults),
    ]
  }
  const casesIn = (root: Element, child: string) =>
    root.children.flatMap((suite) => suite.children.filter((one) => one.children.some(({ name }) => name === child)))

  it('is what Jenkins knows, with numbers that are right', async () => {
    const texts = { Dockerfile: `${WEAK}USER root\n`, 'x/Dockerfile': WEAK, 'x/Dockerfile.j2': '' }
    const quiet = finding('quiet', /nothing like this/g)
    const { report } = await reported(dockerfiles(texts), [user, latest, quiet])
    const root = readXml(junitReport(report, 'low'))
    expect(faults(root)).toEqual([])
    expect(faults({ ...root, attributes: { color: 'red' } })).toEqual(['color'])
    expect(root.children.map(({ attributes }) => attributes.name)).toEqual(['no-root', 'no-latest', 'quiet', 'unread'])
    for (const suite of root.children) {
      const holding = (child: string) => suite.children.filter((one) => one.children.some(({ name }) => name === child))
      const { tests, failures, skipped } = suite.attributes
      expect([tests, failures, skipped].map(Number)).toEqual([
        suite.children.length,
        holding('failure').length,
        holding('skipped').length,
      ])
    }
    expect(root.attributes).toEqual({ name: 'harden', tests: '5', failures: '3', errors: '0' })
    const names = root.children.flatMap((suite) => suite.children.map((one) => Object.values(one.attributes).join()))
    expect(new Set(names).size).toBe(5)
  })

  it('fails where the command fails, whatever the threshold', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), [user, latest])
    for (const threshold of ['high', 'medium', 'low', 'never'] as const) {
      const root = readXml(junitReport(report, threshold))
      expect([threshold, Number(root.attributes.failures) > 0]).toEqual([threshold, fails(report, threshold)])
      expect(casesIn(root, 'failure').length + casesIn(root, 'skipped').length).toBe(2)
    }
  })

  it('shows what was fixed as passed', async () => {
    const { report } = await reported(dockerfiles({ Dockerfile: WEAK }), [user], safely, { command: 'fix' })
    const root = readXml(junitReport(report, 'low'))
    expect([root.attributes.tests, root.attributes.failures]).toEqual(['1', '0'])
    expect(root.children[0]!.children[0]!.attributes.name).toContain('There is a USER root.')
  })

  it('holds nothing that XML cannot hold, and no markup of others', async () => {
    const message = ']]><b a="x">&amp;\0\x1b\u202e\ufffe\uffff\ud800 ende'
    const odd = finding('odd', /USER root/g, () => ({ message, evidence: [{ note: '</failure>' }] }))
    const { report } = await reported(dockerfiles({ '<&">\x07/Dockerfile': WEAK }), [odd])
    const root = readXml(junitReport(report, 'low'))
    expect(faults(root)).toEqual([])
    const failure = casesIn(root, 'failure')[0]!.children[0]!
    expect(failure.attributes.message).toBe(']]><b a="x">&amp;\\x00\\x1b\\u202e\\ufffe\\uffff\\ud800 ende')
    expect(failure.text).toContain('<&">\\x07/Dockerfile:2:1: ')
    expect(failure.text).toContain('- </failure>')
  })
})
