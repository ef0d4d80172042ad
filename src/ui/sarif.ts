import { escapedJson } from '../escape.js'
import type { Finding, Fix, Path, Project, SourceFile, TextEdit, Transform } from '../model.js'
import { eolAt, positionAt, textStart } from '../text.js'
import { type Item, openItems, placeOf, type Report } from './report.js'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
const LEVELS = { high: 'error', medium: 'warning', low: 'note' } as const
/** The scale of GitHub's code scanning. */
const SCORES = { high: '8.0', medium: '5.0', low: '2.0' } as const

/** What is left, as SARIF 2.1.0, with its fixes inside each result. */
export function sarifReport(report: Report, version: string): string {
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'harden', semanticVersion: version, rules: report.transforms.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The root of the project.' } } },
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: report.unread.map(notificationOf) }],
        results: openItems(report).map((item) => resultOf(item, report.transforms)),
      },
    ],
  }
  return `${escapedJson(JSON.stringify(log, null, 2))}\n`
}

function ruleOf(transform: Transform) {
  return {
    id: transform.id,
    shortDescription: { text: transform.title },
    help: { text: transform.doc, markdown: transform.doc },
    defaultConfiguration: { level: LEVELS[transform.severity] },
    properties: { tags: ['security', ...transform.references], 'security-severity': SCORES[transform.severity] },
  }
}

function resultOf(item: Item, transforms: readonly Transform[]) {
  const { finding, transform, project } = item
  const { start, end } = placeOf(item)
  const related = (finding.evidence ?? []).flatMap(({ note, at }) => {
    const file = at && project.read(at.path)
    return file
      ? [
          {
            message: { text: note },
            physicalLocation: { artifactLocation: artifact(at.path), region: regionOf(file, at.start, at.end) },
          },
        ]
      : []
  })
  return {
    ruleId: transform.id,
    ruleIndex: transforms.findIndex((candidate) => candidate.id === transform.id),
    level: LEVELS[transform.severity],
    message: { text: messageOf(finding) },
    locations: [{ physicalLocation: { artifactLocation: artifact(finding.at.path), region: region(start, end) } }],
    relatedLocations: related.map((location, id) => ({ id, ...location })),
    partialFingerprints: { 'harden/v1': item.id },
    fixes: (finding.fixes ?? []).filter((fix) => fix.edits.length > 0).map((fix) => fixOf(fix, project)),
  }
}

function messageOf(finding: Finding): string {
  return [finding.message, ...(finding.evidence ?? []).map((evidence) => evidence.note)].join('\n')
}

function fixOf(fix: Fix, project: Project) {
  const paths = [...new Set(fix.edits.map((edit) => edit.path))]
  return {
    description: { text: `${fix.title} (${fix.applicability})${fix.caveat ? `. ${fix.caveat}` : ''}` },
    artifactChanges: paths.map((path) => ({
      artifactLocation: artifact(path),
      replacements: fix.edits
        .filter((edit) => edit.path === path)
        .map((edit) => replacementOf(edit, project.read(path))),
    })),
  }
}

/** Written out as it will stand in the file, with the file's own line ending. */
function replacementOf(edit: TextEdit, file: SourceFile | undefined) {
  if (!file) return { deletedRegion: region(ORIGIN, ORIGIN), insertedContent: { text: edit.text } }
  const start = Math.max(edit.start, textStart(file.text))
  const text = edit.text.replaceAll('\n', eolAt(file.text, start))
  return { deletedRegion: regionOf(file, start, edit.end), insertedContent: { text } }
}

const ORIGIN = { line: 1, column: 1 }

function regionOf(file: SourceFile, start: number, end: number) {
  return region(positionAt(file, start), positionAt(file, end))
}

function region(start: { line: number; column: number }, end: { line: number; column: number }) {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column }
}

function artifact(path: Path) {
  return { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' }
}

function notificationOf({ path, problem }: { path: Path; problem: string }) {
  return {
    level: 'warning',
    message: { text: `Left alone: ${problem}` },
    locations: [{ physicalLocation: { artifactLocation: artifact(path) } }],
  }
}
