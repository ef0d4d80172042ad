import { SEVERITIES } from '../report.js'
import { type Html, html } from './html.js'
import type { ReviewPage } from './model.js'

const STATES = [
  ['changes', 'with changes'],
  ['failed', 'failed'],
  ['nothing', 'nothing to do'],
] as const

/** What to see, and how. Hidden until the program that makes it work has started. */
export function filterForm({ kind, repositories }: ReviewPage): Html {
  const findings = repositories.flatMap(({ left }) => left)
  const changes = repositories.flatMap(({ pulls }) => pulls.flatMap((pull) => pull.changes))
  const transforms = [...new Set([...changes, ...findings].map(({ transform }) => transform))].sort()
  const plain = (names: readonly string[]) => names.map((name) => [name, name] as const)
  return html`
<form id="ui:filter" role="search" aria-label="Filter" hidden>
<label class="search"><span class="unseen">Text</span><input type="search" id="ui:text" placeholder="Filter by text ( / )" autocomplete="off" spellcheck="false" aria-keyshortcuts="/"></label>
${kind === 'campaign' && choice('repository', 'Repository', plain(repositories.map(({ name }) => name)))}
${kind === 'campaign' && choice('state', 'State', STATES)}
${choice('transform', 'Transform', plain(transforms))}
${choice('severity', 'Severity', plain(SEVERITIES))}
${changes.length > 0 && choice('level', 'Level', plain(['safe', 'review']))}
<p class="row">
<output id="ui:shown" aria-live="polite"></output>
${kind === 'campaign' && toggle('view', 'g', 'By transform')}
${changes.length > 0 && toggle('beside', 'u', 'Side by side')}
${changes.length > 0 && html`<button type="button" id="ui:open-all" aria-keyshortcuts="Shift+O">Open or close all</button>`}
<button type="button" id="ui:clear" data-clear>Clear</button></p>
</form>`
}

function choice(name: string, label: string, options: readonly (readonly [string, string])[]): Html {
  return html`
<label><span>${label}</span><select id="ui:${name}" data-facet="${name}"><option value="">any</option>${options.map(
    ([value, text]) => html`<option value="${value}">${text}</option>`,
  )}</select></label>`
}

function toggle(id: string, key: string, label: string): Html {
  return html`<button type="button" id="ui:${id}" aria-pressed="false" aria-keyshortcuts="${key}">${label}</button>`
}

const KEYS = [
  ['j', 'next change'],
  ['k', 'previous change'],
  ['o', 'open or close it'],
  ['Shift o', 'open or close all'],
  ['/', 'filter by text'],
  ['Esc', 'leave the filter; once more clears it'],
  ['g', 'by repository or by transform'],
  ['u', 'unified or side by side'],
  ['t', 'dark or light'],
  ['?', 'this help'],
] as const

/** Which keys do what. */
export function help(): Html {
  return html`
<dialog id="ui:help" aria-labelledby="ui:help-title"><h2 id="ui:help-title">Keys</h2>
<dl>${KEYS.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
<form method="dialog"><button>Close</button></form></dialog>`
}
