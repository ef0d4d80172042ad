import { escapedJson } from '../escape.js'
import type { Location } from '../model.js'
import { positionAt } from '../text.js'
import { bySeverity, fixedItems, type Item, openItems, placeOf, type Report } from './report.js'

/** The report as `harden-json-1`: keys may be added to it, none may change or go. */
export function jsonReport(report: Report): string {
  const value = {
    version: 'harden-json-1',
    root: report.root,
    stopped: report.stopped,
    findings: report.items.map(findingOf),
    changed: report.changed.map((file) => file.path),
    unread: report.unread.map(({ path, problem }) => ({ path, problem })),
    ...(report.verified && { verified: report.verified }),
    summary: { ...bySeverity(openItems(report)), fixed: fixedItems(report).length, files: report.files },
  }
  return `${escapedJson(JSON.stringify(value, null, 2))}\n`
}

function findingOf(item: Item) {
  const { finding, transform } = item
  return {
    id: item.id,
    transform: transform.id,
    severity: transform.severity,
    path: finding.at.path,
    ...placeOf(item),
    message: finding.message,
    references: transform.references,
    evidence: (finding.evidence ?? []).map(({ note, at }) => ({ note, ...evidencePlace(at, item) })),
    fixes: (finding.fixes ?? []).map(({ title, applicability, caveat }) => ({
      title,
      applicability,
      ...(caveat && { caveat }),
    })),
    state: item.state,
  }
}

/** Where a piece of evidence stands, if it is in a file that could be read. */
function evidencePlace(at: Location | undefined, { project }: Item) {
  const file = at && project.read(at.path)
  return file && { path: at.path, start: positionAt(file, at.start), end: positionAt(file, at.end) }
}
