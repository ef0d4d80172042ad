import { escaped } from '../../escape.js'
import { count } from '../layout.js'
import { counts, fileFigure, shapeOf } from './diff.js'
import { tally } from './files.js'
import { type Html, html, lines } from './html.js'
import type { PageChange, PageEvidence, PageFinding, PageFix, PagePull, PageRepository } from './model.js'

/** A repository with all that will be done to it, and all that is left. */
export function repositorySection(repository: PageRepository, open: boolean): Html {
  const { slug, name, link, base, pulls, left, unread, evidence, reason } = repository
  return html`
<section class="repository" id="${slug}" data-repository="${name}" data-state="${repository.state}" aria-labelledby="${slug}:name">
<div class="heading">
<h3 id="${slug}:name"><bdi>${name}</bdi></h3>
<p class="muted">${base && html`<code>${base.branch}</code> at ${commitLink(base)}`}
${link && html` <a href="${link}" rel="noopener noreferrer">Open at the forge</a>`}</p>
</div>
${reason && html`<p class="reason">${reason}</p>`}
${pulls.map((pull) => pullSection(pull, repository, open))}
${evidence.length > 0 && html`<h4>What a build and a start said</h4>${evidence.map(evidenceBlock)}`}
${leftBlock(left, pulls.length === 0)}
${unreadBlock(unread)}
</section>`
}

function commitLink({ commit, link }: NonNullable<PageRepository['base']>): Html {
  const short = html`<code title="${commit}">${commit.slice(0, 10)}</code>`
  return link ? html`<a href="${link}" rel="noopener noreferrer">${short}</a>` : short
}

function pullSection(pull: PagePull, repository: PageRepository, open: boolean): Html {
  const { group, about, changes, evidence } = pull
  return html`
<div class="pull" id="${`${repository.slug}/${group}`}">
${about && pullHead(about)}
${evidence.map(evidenceBlock)}
${changes.map((change) => changeArticle(change, `${repository.slug}/${group}/${change.name}`, repository, open))}
</div>`
}

function pullHead({ title, body, branch, draft, labels, reviewers }: NonNullable<PagePull['about']>): Html {
  return html`
<h4><span class="kind">Pull request</span> <bdi>${title}</bdi></h4>
<p class="muted tags"><code>${branch}</code>${draft && html` <span class="badge">draft</span>`}
${labels.map((label) => html` <span class="badge">${label}</span>`)}
${reviewers.length > 0 && html` <span>asks ${reviewers.join(', ')}</span>`}</p>
<details class="text"><summary>Text of the pull request</summary><pre class="prose">${lines(body)}</pre></details>`
}

function changeArticle(change: PageChange, id: string, { name, state }: PageRepository, open: boolean): Html {
  const { transform, severity, level, fixes, files, patch, problem } = change
  const { added, removed } = tally(files)
  const [first] = fixes
  const more = fixes.length > 1 ? ` and ${fixes.length - 1} more` : ''
  return html`
<article class="change item" id="${id}" data-repository="${name}" data-state="${state}" data-transform="${transform}" data-severity="${severity}" data-level="${level}" data-shape="${shapeOf(change)}">
<details${open && html` open`}>
<summary><h5><span class="transform">${transform}</span><span class="where"> in <bdi>${name}</bdi></span></h5>
<span class="what">${first && `${first.title}${more}`}</span>
<span class="signs">${badge(level)} ${badge(severity)} ${counts(added, removed)}</span></summary>
<ul class="fixes">${fixes.map((fix) => fixItem(fix, fix.level !== level || fix.severity !== severity))}</ul>
${caveats(fixes)}
${problem && html`<p class="problem">${problem}</p>`}
${files.map(fileFigure)}
<p class="muted foot"><a href="${fragment(id)}">Link to this change</a>${patch && html` <code>${patch}</code>`}</p>
</details>
</article>`
}

/** A level and a severity that are those of the whole change stand at its head already. */
function fixItem({ title, level, severity, message, path, line }: PageFix, differs: boolean): Html {
  return html`<li><span class="title">${title}</span>${differs && html` ${badge(level)} ${badge(severity)}`}<br>
<span class="muted">${message} <code class="path">${path}:${line}</code></span></li>`
}

/** Each only once, however many fixes it goes with. */
function caveats(fixes: readonly PageFix[]): Html {
  const all = [...new Set(fixes.map(({ caveat }) => caveat).filter((caveat) => caveat !== undefined))]
  return html`${all.map((caveat) => html`<p class="caveat"><strong>Before you approve:</strong> ${caveat}</p>`)}`
}

function evidenceBlock({ title, outcome, rows, notes }: PageEvidence): Html {
  const table = html`
<table><thead><tr><td></td><th scope="col">before</th><th scope="col">after</th></tr></thead>
<tbody>${rows.map(({ what, before, after }) => html`<tr${before !== after && html` class="differs"`}><th scope="row">${what}</th><td>${before}</td><td>${after}</td></tr>`)}</tbody></table>`
  return html`
<div class="evidence ${outcome.replace(' ', '-')}">
<p><strong><bdi>${title}</bdi></strong> <span class="badge ${outcome.replace(' ', '-')}">${outcome}</span></p>
${rows.length > 0 && table}
${notes.map((note) => html`<p class="muted">${note}</p>`)}
</div>`
}

function leftBlock(left: readonly PageFinding[], open: boolean): Html {
  if (left.length === 0) return html``
  return html`
<details class="left"${open && html` open`}><summary>${count(left.length, 'finding')}${!open && ' left'}</summary>
<ul>${left.map(findingItem)}</ul></details>`
}

function findingItem({ transform, severity, path, line, message, evidence, why, excerpt }: PageFinding): Html {
  return html`<li class="finding item" tabindex="-1" data-transform="${transform}" data-severity="${severity}">
<p>${badge(severity)} <span class="title">${message}</span> <span class="muted"><code class="path">${path}:${line}</code> <code>${transform}</code></span></p>
${excerpt && html`<pre class="excerpt">${lines(excerpt.map((text) => text.replace(/^ {4}/, '')).join('\n'))}</pre>`}
<dl>${evidence.map((note) => html`<dt>why</dt><dd>${note}</dd>`)}${why && html`<dt>fix</dt><dd>${why}</dd>`}</dl></li>`
}

/** The files that nobody has judged: whoever approves should know. */
function unreadBlock(unread: PageRepository['unread']): Html {
  if (unread.length === 0) return html``
  const items = unread.map(
    ({ path, problem }) => html`<li><code class="path">${path}</code> <span class="muted">${problem}</span></li>`,
  )
  return html`
<details class="unread"><summary>${count(unread.length, 'file')} left alone</summary><ul>${items}</ul></details>`
}

/** A repository to which nothing is done, with the reason. */
export function quietRepository({ slug, name, state, reason, link, left, unread }: PageRepository): Html {
  const title = link
    ? html`<a href="${link}" rel="noopener noreferrer"><bdi>${name}</bdi></a>`
    : html`<bdi>${name}</bdi>`
  return html`
<section class="repository quiet" id="${slug}" data-repository="${name}" data-state="${state}" aria-labelledby="${slug}:name">
<h3 id="${slug}:name">${title}</h3><p class="reason">${reason}</p>
${leftBlock(left, false)}${unreadBlock(unread)}
</section>`
}

/** The colour of how bad it is, or of how much care it takes; the word is always there. */
export function badge(word: string): Html {
  return html`<span class="badge ${word}">${word}</span>`
}

/** A link within the page. An id is written escaped, and so it is here. */
export function fragment(id: string): string {
  return `#${escaped(id).split('/').map(encodeURIComponent).join('/')}`
}
