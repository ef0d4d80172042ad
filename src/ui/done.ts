import { escaped } from '../escape.js'
import { count, labelled } from './layout.js'
import { badge, type Look, proseWidth, severityWord } from './look.js'
import { type Command, whyOpen } from './next.js'
import { fixedItems, grouped, type Item, openItems, placeOf, type Report } from './report.js'
import { allClear, heading, joined, nextBlock, severityCounts, unreadBlock } from './text.js'

/** What a fix did, or would do: every finding of every file, done or left open and why. */
export function doneReport(report: Report, next: readonly Command[], look: Look): string {
  const blocks = [...grouped(report.items, (item) => item.finding.at.path)].map(([path, items]) => [
    heading(look.name(path), look),
    '',
    ...items.flatMap((item) => (item.state === 'fixed' ? fixed(item, look) : left(item, report, look))),
  ])
  return joined([...blocks, unreadBlock(report.unread, look), doneBlock(report, look), nextBlock(next, look)])
}

/** What came of it, in a line or two, and what to type next. */
export function doneSummary(report: Report, next: readonly Command[], look: Look): string {
  return joined([doneBlock(report, look), nextBlock(next, look)])
}

function fixed(item: Item, look: Look): readonly string[] {
  const { fix, finding } = item
  const said = fix
    ? `${badge(fix.applicability, look)}  ${escaped(fix.title)}`
    : `${escaped(finding.message)} Gone with another fix.`
  const caveat = fix?.caveat ? indented(escaped(fix.caveat), look).map((line) => look.colors.dim(line)) : []
  return [...titled(item, look.colors.green(look.glyphs.done), said, look), ...caveat]
}

function left(item: Item, report: Report, look: Look): readonly string[] {
  const said = `${severityWord(item.transform.severity, look)}  ${escaped(item.finding.message)}`
  return [
    ...titled(item, look.colors.yellow(look.glyphs.open), said, look),
    ...indented(whyOpen(item, report, look), look),
  ]
}

function titled(item: Item, mark: string, text: string, look: Look): readonly string[] {
  const { dim } = look.colors
  const line = String(placeOf(item).start.line).padStart(4)
  return labelled(`${mark}${dim(line)}  `, `${text}  ${dim(item.transform.id)}`, 2, proseWidth(look))
}

function indented(text: string, look: Look): readonly string[] {
  return labelled('', text, 9, proseWidth(look))
}

function doneBlock(report: Report, look: Look): readonly string[] {
  if (report.items.length === 0) return [allClear(report, look)]
  const open = openItems(report).length
  const fixes = fixedItems(report).length
  const rest = open > 0 ? `${count(open, 'finding')} left: ${severityCounts(report, look)}.` : 'Nothing is left.'
  if (report.changed.length === 0) return [`Nothing changed. ${rest}`]
  const verbs = report.written ? ['Fixed', 'changed'] : ['Would fix', 'change']
  return [`${verbs[0]} ${count(fixes, 'finding')} and ${verbs[1]} ${count(report.changed.length, 'file')}. ${rest}`]
}
