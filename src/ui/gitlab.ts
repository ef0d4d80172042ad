import { escaped, escapedJson } from '../escape.js'
import { distinct, type Item, levelOf, openItems, placeOf, type Report } from './report.js'

/** The scale of GitLab, without its ends `info` and `blocker`: what is found does not stop a build, and is more than a remark. */
const SEVERITIES = { high: 'critical', medium: 'major', low: 'minor' } as const

/**
 * What is left, as GitLab's code quality report: one array, with the fields that GitLab documents and no others.
 * https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function gitlabReport(report: Report): string {
  const open = openItems(report)
  // Of findings with one fingerprint GitLab shows the first only.
  const fingerprints = distinct(open.map(({ id }) => id))
  const issues = open.map((item, i) => ({
    description: described(item),
    check_name: item.transform.id,
    fingerprint: fingerprints[i],
    severity: SEVERITIES[item.transform.severity],
    location: { path: item.finding.at.path, lines: { begin: placeOf(item).start.line } },
  }))
  return `${escapedJson(JSON.stringify(issues, null, 2))}\n`
}

function described({ finding }: Item): string {
  const fix = finding.fixes?.[0]
  const message = finding.message.replace(/\.$/, '')
  return escaped(fix ? `${message}. ${fix.title} (${levelOf(finding)}).` : `${message}.`)
}
