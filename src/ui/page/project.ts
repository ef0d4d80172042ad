import picocolors from 'picocolors'
import type { Choice, Step } from '../../model.js'
import { changedFiles } from '../../project.js'
import { positionAt } from '../../text.js'
import { excerpt } from '../excerpt.js'
import { glyphsFor, type Look } from '../look.js'
import { whyOpen } from '../next.js'
import { bySeverity, distinct, type Item, openItems, placeOf, type Report } from '../report.js'
import { evidenceFrom } from './evidence.js'
import { filesOf } from './files.js'
import type { PageChange, PageFinding, PageFix, ReviewPage } from './model.js'

/** The report of one project as a page: what was or would be changed, transform by transform, and what is left. */
export function projectPage(report: Report): ReviewPage {
  const names = distinct(report.steps.map(({ transform }) => transform))
  const changes = report.steps.map((step, i) => changeOf(step, names[i]!, report))
  const nothing = changes.length === 0 && report.items.length === 0
  return {
    kind: 'project',
    ...words(report),
    facts: [],
    repositories: [
      {
        slug: 'project',
        name: report.root === '.' ? 'This project' : report.root,
        state: nothing ? 'nothing' : 'changes',
        ...(nothing && { reason: 'Nothing to harden.' }),
        findings: bySeverity(report.items),
        pulls: changes.length > 0 ? [{ group: 'fix', changes, evidence: [] }] : [],
        left: openItems(report).map((item) => findingOf(item, report)),
        unread: report.unread,
        evidence: report.verified ? evidenceFrom(report.verified) : [],
      },
    ],
  }
}

function words({ command, written }: Report): Pick<ReviewPage, 'title' | 'lead'> {
  if (command === 'check') return { title: 'What harden found', lead: 'A report: nothing was changed.' }
  if (written)
    return { title: 'What harden changed', lead: 'These changes are in the files. harden undo takes them back.' }
  return { title: 'What harden would change', lead: 'A dry run: nothing was changed.' }
}

function changeOf({ transform: id, choices, before, after }: Step, name: string, report: Report): PageChange {
  const severity = report.transforms.find((transform) => transform.id === id)?.severity ?? 'low'
  return {
    name,
    transform: id,
    severity,
    level: choices.some(({ fix }) => fix.applicability !== 'safe') ? 'review' : 'safe',
    fixes: choices.map((choice) => fixOf(choice, before, severity)),
    files: filesOf(changedFiles(before, after)),
  }
}

function fixOf({ finding, fix }: Choice, before: Step['before'], severity: PageFix['severity']): PageFix {
  const { path, start } = finding.at
  const file = before.read(path)
  return {
    title: fix.title,
    level: fix.applicability,
    severity,
    message: finding.message,
    path,
    line: file ? positionAt(file, start).line : 1,
    ...(fix.caveat && { caveat: fix.caveat }),
  }
}

/** Without colours: the excerpt is set in the page's own. */
const LOOK: Look = {
  colors: picocolors.createColors(false),
  glyphs: glyphsFor(true),
  width: 120,
  name: (path) => path,
}

function findingOf(item: Item, report: Report): PageFinding {
  const { finding, transform, id, project } = item
  const file = project.read(finding.at.path)
  return {
    id,
    transform: transform.id,
    severity: transform.severity,
    path: finding.at.path,
    line: placeOf(item).start.line,
    message: finding.message,
    evidence: (finding.evidence ?? []).map(({ note }) => note),
    why: whyLeft(item, report),
    ...(file && { excerpt: excerpt(file, finding.at, LOOK) }),
  }
}

/** Of a check nothing is left over: it says what could be done. */
function whyLeft(item: Item, report: Report): string {
  const fix = item.finding.fixes?.[0]
  if (report.command === 'fix' || !fix || fix.edits.length === 0) return whyOpen(item, report, LOOK)
  return `${fix.title} (${fix.applicability}).${fix.caveat ? ` ${fix.caveat}` : ''}`
}
