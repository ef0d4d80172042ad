import { escaped } from '../escape.js'
import type { Evidence, Fix, Unread } from '../model.js'
import { positionAt } from '../text.js'
import { excerpt } from './excerpt.js'
import { columns, count, labelled, pad } from './layout.js'
import { badge, type Look, proseWidth, severityWord } from './look.js'
import { type Command, printedCommands } from './next.js'
import { bySeverity, type Item, levelOf, openItems, placeOf, type Report } from './report.js'

/** What is wrong and why we think so, file by file, for a person to read. */
export function textReport(report: Report, next: readonly Command[], look: Look): string {
  const blocks = openItems(report).map((item) => told(item, look))
  const parts = [...blocks, unreadBlock(report.unread, look), summaryBlock(report, look), nextBlock(next, look)]
  return joined(parts)
}

/** One line per finding, for `grep` and for editors. */
export function terseReport(report: Report, look: Look): string {
  const lines = openItems(report).map((item) => {
    return `${placed(item, look)}: ${item.transform.severity}: ${escaped(item.finding.message)} [${item.transform.id}] ${item.id}\n`
  })
  return lines.join('')
}

/** Blocks with an empty line between them; empty ones are left out. */
export function joined(blocks: readonly (readonly string[])[]): string {
  const full = blocks.filter((block) => block.length > 0)
  return full.map((block) => `${block.map((line) => line.trimEnd()).join('\n')}\n`).join('\n')
}

export function heading(title: string, look: Look): string {
  return look.colors.bold(look.colors.underline(title))
}

function told(item: Item, look: Look): readonly string[] {
  const { finding, transform, project } = item
  const file = project.read(finding.at.path)
  const title = `${look.colors.bold(placed(item, look))}  ${severityWord(transform.severity, look)}  ${transform.id}`
  const width = proseWidth(look)
  return [
    `${pad(title, width - item.id.length)}${columns(title) + 1 < width - item.id.length ? '' : ' '}${look.colors.dim(item.id)}`,
    ...labelled('', escaped(finding.message), 2, width).map((line) => look.colors.bold(line)),
    ...(file ? ['', ...excerpt(file, finding.at, look), ''] : []),
    ...(finding.evidence ?? []).flatMap((evidence, i) => reason(evidence, i === 0, item, look)),
    ...(finding.fixes ?? []).flatMap((fix, i) => remedy(fix, i === 0, look)),
    ...(finding.fixes?.length
      ? []
      : labelled(
          label('fix', look),
          `${badge('hint', look)} by hand; harden explain ${transform.id} says more`,
          4,
          width,
        )),
  ]
}

/** Path, line and column in one word, which terminals and editors make a link of. */
function placed(item: Item, look: Look): string {
  const { start } = placeOf(item)
  return `${look.name(item.finding.at.path)}:${start.line}:${start.column}`
}

function reason({ note, at }: Evidence, first: boolean, item: Item, look: Look): readonly string[] {
  const file = at && item.project.read(at.path)
  const place = file ? ` (${look.name(file.path)}:${positionAt(file, at.start).line})` : ''
  return labelled(label(first ? 'why' : '', look), escaped(note) + place, 4, proseWidth(look))
}

function remedy(fix: Fix, first: boolean, look: Look): readonly string[] {
  const level = fix.edits.length > 0 ? fix.applicability : 'hint'
  const width = proseWidth(look)
  const title = labelled(label(first ? 'fix' : 'or', look), `${badge(level, look)} ${escaped(fix.title)}`, 4, width)
  const caveat = fix.caveat ? labelled(label('', look), escaped(fix.caveat), 4, width) : []
  return [...title, ...caveat.map((line) => look.colors.dim(line))]
}

function label(word: string, look: Look): string {
  return look.colors.dim(word.padEnd(5))
}

/** The files that were left alone, and why. */
export function unreadBlock(unread: readonly Unread[], look: Look): readonly string[] {
  if (unread.length === 0) return []
  const mark = look.colors.yellow(look.glyphs.unread)
  const width = proseWidth(look)
  return [
    heading('Left alone', look),
    '',
    ...unread.flatMap(({ path, problem }) => labelled(`${mark} `, `${look.name(path)}: ${escaped(problem)}`, 2, width)),
  ]
}

function summaryBlock(report: Report, look: Look): readonly string[] {
  const open = openItems(report)
  if (open.length === 0) return [allClear(report, look)]
  const files = new Set(open.map((item) => item.finding.at.path)).size
  const levels = { safe: 0, review: 0, hint: 0 }
  for (const item of open) levels[levelOf(item.finding)]++
  const parts = [
    levels.safe && `${levels.safe} can be fixed safely`,
    levels.review && `${levels.review} can be fixed after a look`,
    levels.hint && `${levels.hint} ${levels.hint === 1 ? 'needs' : 'need'} a person`,
  ]
  return [
    `${look.colors.bold(count(open.length, 'finding'))} in ${count(files, 'file')}: ${severityCounts(report, look)}.`,
    `${parts.filter(Boolean).join(', ')}.`.replace(/^./, (first) => first.toUpperCase()),
  ]
}

/** `2 high, 1 low` in their colours. */
export function severityCounts(report: Report, look: Look): string {
  const sums = bySeverity(openItems(report))
  const named = (['high', 'medium', 'low'] as const).filter((severity) => sums[severity] > 0)
  return named.map((severity) => `${sums[severity]} ${severityWord(severity, look)}`).join(', ')
}

export function allClear(report: Report, look: Look): string {
  if (report.files === 0) return `Nothing to look at: no ${kindsOf(report).join(' or ')} here.`
  const left = report.unread.length
  const read = count(report.files - left, 'file')
  return `${look.colors.green(look.glyphs.done)} Nothing to harden in ${read}${left ? `; ${left} left alone` : ''}.`
}

/** What to type next. */
export function nextBlock(next: readonly Command[], look: Look): readonly string[] {
  return next.length === 0 ? [] : [heading('Next', look), '', ...printedCommands(next, look)]
}

const KINDS: Readonly<Record<string, string>> = {
  dockerfile: 'Dockerfile',
  compose: 'Compose file',
  requirements: 'requirements file',
}

function kindsOf(report: Report): readonly string[] {
  const names = report.transforms.map((transform) => KINDS[transform.on] ?? `${transform.on} file`)
  return [...new Set([...Object.values(KINDS), ...names])].filter((name) => names.includes(name))
}
