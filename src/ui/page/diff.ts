import { createHash } from 'node:crypto'
import type { Row } from '../changes.js'
import { tally } from './files.js'
import { type Html, html, lines } from './html.js'
import type { PageChange, PageFile } from './model.js'

/**
 * A changed file as plain text that reads without any program: a unified diff in which lines that go and come, and the words
 * that changed in them, are marked up. `browser/diff.js` makes tables of exactly this.
 */
export function fileFigure({ path, isNew, places, hidden }: PageFile): Html {
  const { added, removed } = tally([{ path, isNew, places, hidden }])
  const more = hidden > 0 && html`<p class="more">${hidden} more lines are not shown here: see the patch.</p>`
  return html`
<figure class="file">
<figcaption><code class="path">${path}</code>${isNew && html` <span class="badge new">new file</span>`} ${counts(added, removed)}</figcaption>
<div class="diff"><pre>${places.map(placeText)}</pre></div>${more}
</figure>`
}

/** `+3 −1`, said in words to those who do not see it. */
export function counts(added: number, removed: number): Html {
  return html`<span class="counts"><span class="come" aria-hidden="true">+${added}</span> <span class="gone" aria-hidden="true">−${removed}</span><span class="unseen">${added} lines added, ${removed} removed</span></span>`
}

function placeText(rows: readonly Row[]): Html {
  const old = rows.find((row) => row.old !== undefined)?.old ?? 0
  const now = rows.find((row) => row.now !== undefined)?.now ?? 0
  const [gone, come] = [rows.filter(({ kind }) => kind === '-').length, rows.filter(({ kind }) => kind === '+').length]
  const same = rows.filter(({ kind }) => kind === ' ').length
  return html`<b data-old="${old}" data-now="${now}">@@ -${old},${same + gone} +${now},${same + come} @@</b>
${rows.map(rowText)}`
}

function rowText({ kind, pieces }: Row): Html {
  const text = pieces.map(({ text, marked }) => (marked ? html`<mark>${lines(text)}</mark>` : lines(text)))
  if (kind === '-') return html`<del>-${text}</del>\n`
  if (kind === '+') return html`<ins>+${text}</ins>\n`
  return kind === '\\' ? html`<i>${text}</i>\n` : html` ${text}\n`
}

/** The same for changes that take and bring the same lines, wherever they stand. */
export function shapeOf({ transform, files }: PageChange): string {
  const hash = createHash('sha256').update(transform)
  for (const file of files)
    for (const { kind, pieces } of file.places.flat())
      if (kind !== ' ') hash.update(`\n${kind}${pieces.map(({ text }) => text).join('')}`)
  return hash.digest('hex').slice(0, 12)
}
