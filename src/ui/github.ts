import { escaped, escapedMarkdown } from '../escape.js'
import { count } from './layout.js'
import { bySeverity, fixedItems, type Item, levelOf, openItems, placeOf, type Report, SEVERITIES } from './report.js'

/** GitHub shows no more annotations of one step than this. */
const MOST = 10
const LEVELS = { high: 'error', medium: 'warning', low: 'notice' } as const

/** Workflow commands that annotate the worst findings, and one line about the rest. */
export function githubReport(report: Report): string {
  const open = worstFirst(openItems(report))
  const lines = open.slice(0, MOST).map(annotation)
  if (open.length > MOST)
    lines.push(`${count(open.length - MOST, 'more finding')}, not annotated: see the job summary.`)
  if (open.length === 0) lines.push(`Nothing to harden in ${count(report.files, 'file')}.`)
  return lines.map((line) => `${line}\n`).join('')
}

function worstFirst(items: readonly Item[]): readonly Item[] {
  return SEVERITIES.flatMap((severity) => items.filter((item) => item.transform.severity === severity))
}

function annotation(item: Item): string {
  const { start, end } = placeOf(item)
  const oneLine = start.line === end.line
  const properties = {
    file: escaped(item.finding.at.path),
    line: start.line,
    endLine: end.line,
    ...(oneLine && { col: start.column, endColumn: end.column }),
    title: `${item.transform.id} (${item.transform.severity})`,
  }
  const list = Object.entries(properties).map(([key, value]) => `${key}=${property(String(value))}`)
  return `::${LEVELS[item.transform.severity]} ${list.join(',')}::${data(messageOf(item))}`
}

function messageOf(item: Item): string {
  const { finding } = item
  const evidence = (finding.evidence ?? []).map(({ note }) => `- ${escaped(note)}`)
  const fix = finding.fixes?.[0]
  return [escaped(finding.message), ...evidence, ...(fix ? [`${escaped(fix.title)} (${levelOf(finding)})`] : [])].join(
    '\n',
  )
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** The job summary: all findings as Markdown. */
export function githubSummary(report: Report): string {
  const open = worstFirst(openItems(report))
  const { high, medium, low } = bySeverity(open)
  const fixed = fixedItems(report).length
  const lines = [
    '### harden',
    '',
    open.length === 0
      ? `Nothing left to harden in ${count(report.files, 'file')}${fixed ? `, ${fixed} fixed` : ''}.`
      : `${count(open.length, 'finding')} in ${count(report.files, 'file')}: ${high} high, ${medium} medium, ${low} low${fixed ? `; ${fixed} fixed` : ''}.`,
    '',
  ]
  if (open.length > 0) lines.push('| severity | where | finding | fix |', '|---|---|---|---|', ...open.map(row), '')
  for (const { path, problem } of report.unread)
    lines.push(`- <code>${escapedMarkdown(path)}</code> was left alone: ${escapedMarkdown(problem)}`)
  return `${lines.join('\n')}\n`
}

function row(item: Item): string {
  const { transform, finding } = item
  const fix = finding.fixes?.[0]
  const cells = [
    transform.severity,
    `<code>${escapedMarkdown(`${finding.at.path}:${placeOf(item).start.line}`)}</code>`,
    `${escapedMarkdown(finding.message)} <code>${escapedMarkdown(transform.id)}</code>`,
    fix ? `${escapedMarkdown(fix.title)} (${levelOf(finding)})` : '',
  ]
  return `| ${cells.join(' | ')} |`
}
