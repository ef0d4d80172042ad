import type { PulledEvidence } from '../../campaign/model.js'
import { type EvidenceSheet, rowsOf } from '../../verify/evidence.js'
import type { Verified } from '../report.js'
import type { PageEvidence } from './model.js'

const MOST_PACKAGES = 12

/** What `--verify` found out about one project: each container, and each fix that was left out. */
export function evidenceFrom({ containers, dropped }: Verified): readonly PageEvidence[] {
  return [
    ...containers.map(sheetOf),
    ...dropped.map(({ transform, title, what, line, guilty }): PageEvidence => {
      const notes = [guilty ? `With it ${what}.` : `Nothing could be said of it: ${what}.`, ...(line ? [line] : [])]
      return { title: `${transform}: ${title}`, outcome: 'left out', rows: [], notes }
    }),
  ]
}

function sheetOf(sheet: EvidenceSheet): PageEvidence {
  const { name, dockerfile, outcome, unproven, worse, left, notes } = sheet
  const packages = left.slice(0, MOST_PACKAGES).map((each) => each.name)
  const more = left.length > MOST_PACKAGES ? ` and ${left.length - MOST_PACKAGES} more` : ''
  return {
    title: `${name} (${dockerfile})`,
    outcome,
    rows: rowsOf(sheet),
    notes: [
      ...(unproven === undefined ? [] : [`It cannot be proved: ${unproven}`]),
      ...worse.flatMap(({ what, line }) => [`Worse: ${what}.`, ...(line ? [line] : [])]),
      ...(left.length > 0 ? [`No longer in the image: ${packages.join(', ')}${more}.`] : []),
      ...notes,
    ],
  }
}

/** The evidence of a pull request: our own Markdown, of which the table is taken as one, and the rest line by line. */
export function evidenceIn({ text, outcome }: PulledEvidence): PageEvidence {
  const rows: PageEvidence['rows'][number][] = []
  const notes: string[] = []
  for (const line of text.split('\n').map((each) => each.trim())) {
    const cells = line.startsWith('|') ? line.split(/(?<!\\)\|/).slice(1, -1) : []
    const [what = '', before = '', after = ''] = cells.map(unescaped)
    if (cells.length === 3 && what && !/^:?-+:?$/.test(what)) rows.push({ what, before, after })
    else if (cells.length === 0 && line) notes.push(unescaped(line.replace(/^#+ |^[-*] /, '')))
  }
  return { title: 'Built and started before and after', outcome, rows, notes }
}

function unescaped(markdown: string): string {
  return markdown
    .trim()
    .replace(/\\([\\`*_{}[\]<>|#])/g, '$1')
    .replace(/\*\*/g, '')
}
