import { escaped, escapedJson } from '../escape.js'
import { type EvidenceSheet, rowsOf } from '../verify/evidence.js'
import { labelled } from './layout.js'
import { type Look, proseWidth } from './look.js'
import type { Verified } from './report.js'

/** What `verify` and `fix --verify` found out, for a person. */
export function evidenceText(sheets: readonly EvidenceSheet[], look: Look): string {
  return sheets.map((sheet) => `${sheetText(sheet, look).join('\n')}\n`).join('\n')
}

function sheetText(sheet: EvidenceSheet, look: Look): readonly string[] {
  const { bold, dim, green, red, yellow } = look.colors
  const mark = {
    'no worse': green(look.glyphs.done),
    worse: red(look.glyphs.unread),
    unproven: yellow(look.glyphs.open),
  }
  const title = `${mark[sheet.outcome]} ${bold(escaped(sheet.name))} ${dim(`(${look.name(sheet.dockerfile)})`)} ${outcomeWords(sheet)}`
  return [
    title,
    ...sheet.worse.flatMap(({ what, line }) => [
      ...labelled(`${red('worse')}  `, escaped(what), 4, proseWidth(look)),
      ...(line ? labelled('', dim(escaped(line)), 11, proseWidth(look)) : []),
    ]),
    ...table(sheet, look),
    ...leftLines(sheet, look),
    ...sheet.notes.flatMap((note) => labelled('note  ', dim(escaped(note)), 4, proseWidth(look))),
  ]
}

function outcomeWords({ outcome, unproven }: EvidenceSheet): string {
  if (outcome === 'unproven') return `cannot be proved: ${escaped(unproven ?? '')}`
  return outcome === 'worse' ? 'is worse than before' : 'is no worse than before'
}

function table(sheet: EvidenceSheet, look: Look): readonly string[] {
  const rows = rowsOf(sheet)
  if (rows.length === 0) return []
  const widths = [14, Math.max(6, ...rows.map(({ before }) => escaped(before).length))]
  const line = (what: string, before: string, after: string) =>
    `    ${what.padEnd(widths[0]!)}${before.padEnd(widths[1]! + 3)}${after}`.trimEnd()
  return [
    look.colors.dim(line('', 'before', 'after')),
    ...rows.map(({ what, before, after }) => line(what, escaped(before), escaped(after))),
  ]
}

const SHOWN = 12

function leftLines({ left }: EvidenceSheet, look: Look): readonly string[] {
  if (left.length === 0) return []
  const names = left.slice(0, SHOWN).map(({ name }) => escaped(name))
  const more = left.length > SHOWN ? ` and ${left.length - SHOWN} more` : ''
  return labelled('left          ', `${names.join(', ')}${more}`, 4, proseWidth(look))
}

/** A fix that `--verify` left out: what it would have broken, or why nothing could be said of it. */
export function droppedText({ transform, title, what, line, guilty }: Verified['dropped'][number], look: Look): string {
  const said = guilty ? 'was left out, because with it' : 'was left out, because'
  const shown = line ? `\n    ${look.colors.dim(escaped(line))}` : ''
  return `harden: ${transform} (${escaped(title)}) ${said} ${escaped(what)}.${shown}`
}

/** The same for a pull request or a wiki. */
export function evidenceMarkdown(sheets: readonly EvidenceSheet[]): string {
  return sheets.map((sheet) => `${sheetMarkdown(sheet).join('\n')}\n`).join('\n')
}

function sheetMarkdown(sheet: EvidenceSheet): readonly string[] {
  const rows = rowsOf(sheet)
  return [
    `### ${plain(sheet.name)}: ${outcomeWords(sheet).replace(/[<>|`]/g, '')}`,
    '',
    ...sheet.worse.flatMap(({ what, line }) => [
      `- **worse:** ${plain(what)}`,
      ...(line ? ['', `      ${line.replace(/[\r\n]/g, ' ')}`, ''] : []),
    ]),
    ...(sheet.worse.length > 0 ? [''] : []),
    ...(rows.length > 0 ? ['| | before | after |', '|---|---|---|'] : []),
    ...rows.map(({ what, before, after }) => `| ${what} | ${plain(before)} | ${plain(after)} |`),
    ...(sheet.left.length > 0
      ? ['', `No longer in the image: ${sheet.left.map(({ name }) => plain(name)).join(', ')}.`]
      : []),
    ...sheet.notes.flatMap((note) => ['', plain(note)]),
  ]
}

/** Words of a stranger, which must not become markup. */
function plain(text: string): string {
  return escaped(text).replace(/[\\`*_{}[\]<>|#]/g, '\\$&')
}

/** Versioned like the report of findings. */
export function evidenceJson(sheets: readonly EvidenceSheet[]): string {
  return `${escapedJson(JSON.stringify({ version: 'harden-verify-1', containers: sheets }, null, 2))}\n`
}
