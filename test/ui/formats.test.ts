import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { safely } from '../../src/engine/plan.js'
import { applyEdits, lineStarts } from '../../src/text.js'
import { githubReport, githubSummary } from '../../src/ui/github.js'
import { jsonReport } from '../../src/ui/json.js'
import { sarifReport } from '../../src/ui/sarif.js'
import { dockerfiles, finding, replacing, reported } from './reports.js'

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
