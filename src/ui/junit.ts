import { escaped } from '../escape.js'
import { positionAt } from '../text.js'
import { counts, distinct, type Item, levelOf, placeOf, type Report, type Threshold } from './report.js'

/**
 * A report as JUnit XML, in the elements and attributes that Jenkins' schema knows (junit-10.xsd of its xUnit plugin).
 *
 * One suite for each transform, because viewers group by it; one case for each finding, named by what it says and not by its
 * line, because viewers follow a case from run to run by its name. A case fails if the finding makes the command fail, so that
 * the file and the exit code never disagree. What was fixed has passed, and so has a transform that found nothing.
 */
export function junitReport(report: Report, threshold: Threshold): string {
  const suites = report.transforms.map(({ id, title }) => {
    const items = report.items.filter((item) => item.transform.id === id)
    const cases = items.map((item) => caseOf(item, threshold))
    return suiteOf(id, cases.length > 0 ? cases : [{ name: title }])
  })
  const unread = report.unread.map(({ path, problem }) => ({ name: path, skipped: `Left alone: ${problem}` }))
  const all = unread.length > 0 ? [...suites, suiteOf('unread', unread)] : suites
  const sum = (key: 'tests' | 'failures') => all.reduce((total, suite) => total + suite[key], 0)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites name="harden" tests="${sum('tests')}" failures="${sum('failures')}" errors="0">\n`,
    ...all.map(({ xml }) => xml),
    '</testsuites>\n',
  ].join('')
}

/** A test case; it has passed unless it says otherwise. */
interface Case {
  readonly name: string
  readonly failure?: { readonly type: string; readonly message: string; readonly details: string }
  readonly skipped?: string
}

function caseOf(item: Item, threshold: Threshold): Case {
  const { finding, transform, id, state } = item
  const name = `${finding.at.path}: ${finding.message} (${id})`
  if (state === 'fixed') return { name }
  if (!counts(item, threshold))
    return { name, skipped: `${transform.severity}, which does not count: ${finding.message}` }
  return { name, failure: { type: transform.severity, message: finding.message, details: detailsOf(item) } }
}

function detailsOf(item: Item): string {
  const { finding, project } = item
  const { line, column } = placeOf(item).start
  const lines = [`${finding.at.path}:${line}:${column}: ${finding.message}`]
  for (const { note, at } of finding.evidence ?? []) {
    const file = at && project.read(at.path)
    lines.push(`- ${note}${file ? ` (${file.path}:${positionAt(file, at.start).line})` : ''}`)
  }
  const [fix] = finding.fixes ?? []
  if (fix) lines.push(`Fix (${levelOf(finding)}): ${fix.title}`, ...(fix.caveat ? [fix.caveat] : []))
  return lines.map((text) => `${xml(text)}\n`).join('')
}

function suiteOf(id: string, cases: readonly Case[]) {
  const failures = cases.filter(({ failure }) => failure).length
  const skipped = cases.filter(({ skipped }) => skipped !== undefined).length
  // Of cases with one name viewers keep the first only.
  const names = distinct(cases.map(({ name }) => name))
  const head = `  <testsuite name="${xml(id)}" tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}">\n`
  const body = cases.map((each, i) => printed({ ...each, name: names[i]! }, `harden.${id}`)).join('')
  return { tests: cases.length, failures, xml: `${head}${body}  </testsuite>\n` }
}

function printed({ name, failure, skipped }: Case, className: string): string {
  const start = `    <testcase classname="${xml(className)}" name="${xml(name)}"`
  if (failure) {
    const { type, message, details } = failure
    return `${start}>\n      <failure type="${xml(type)}" message="${xml(message)}">${details}</failure>\n    </testcase>\n`
  }
  if (skipped !== undefined) return `${start}>\n      <skipped message="${xml(skipped)}"/>\n    </testcase>\n`
  return `${start}/>\n`
}

/** Text for an element or an attribute; what XML cannot hold, even escaped, is spelled out like all that plays tricks. */
function xml(text: string): string {
  return escaped(text)
    .replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
