import { createHash } from 'node:crypto'
import changesStyle from './browser/changes.css?raw'
import diffStyle from './browser/diff.css?raw'
import diffScript from './browser/diff.js?raw'
import filterScript from './browser/filter.js?raw'
import mediaStyle from './browser/media.css?raw'
import pageStyle from './browser/page.css?raw'
import pageScript from './browser/page.js?raw'
import partsStyle from './browser/parts.css?raw'
import viewScript from './browser/views.js?raw'
import { quietRepository, repositorySection } from './changes.js'
import { filterForm, help } from './controls.js'
import { type Html, html, raw } from './html.js'
import type { PageRepository, ReviewPage } from './model.js'
import { contents, overview } from './overview.js'

/** Up to here every change is open from the start. */
const FEW = 25

/** In the order in which they overrule each other. */
const STYLES = [pageStyle, partsStyle, changesStyle, diffStyle, mediaStyle].join('\n')

/** Modules for whoever reads or checks them; in the page one program, in the order in which they need each other. */
const PROGRAM = [diffScript, filterScript, viewScript, pageScript]
  .map((module) => module.replace(/^import [^']*'[^']*'\n/gm, '').replace(/^export /gm, ''))
  .join('\n')

/**
 * The page as one file that needs nothing else: it works from a disk, without a network, and is readable without its program.
 *
 * Whatever of a stranger's might slip through could do nothing: the policy lets exactly our style sheet and our program run, by
 * their hashes, and forbids every request, every form and every way to make markup of text.
 */
export function reviewPage(page: ReviewPage): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(PROGRAM)}`,
    `style-src ${hashOf(STYLES)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="harden">
<title>${page.title}</title>
<style>${raw(STYLES)}</style>
</head>
<body>
${body(page)}
<script type="module">${raw(PROGRAM)}</script>
</body>
</html>
`.text
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

function body(page: ReviewPage): Html {
  const { title, lead, facts } = page
  return html`<a class="skip" href="#ui:changes">Skip to the changes</a>
<header class="top">
<p class="brand">harden</p>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${facts.length > 0 && html`<dl class="facts">${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`}
<p class="switches" id="ui:switches" hidden><button type="button" id="ui:theme" aria-keyshortcuts="t">Theme</button> <button type="button" id="ui:help-button" aria-keyshortcuts="?">Keys</button></p>
</header>
<div class="columns">
${contents(page)}
<main id="ui:main">
${overview(page)}
${filterForm(page)}
${parts(page)}
<p id="ui:no-match" hidden>Nothing fits the filter. <button type="button" class="link" data-clear>Show all</button></p>
</main>
</div>
<footer class="muted">Made by harden. This page asks no server for anything; secrets in it are hidden, in the patches they are not.</footer>
${help()}`
}

function parts({ kind, repositories }: ReviewPage): Html {
  const shown = repositories.filter(isShown)
  const quiet = (state: PageRepository['state']) =>
    repositories.filter((repository) => !isShown(repository) && repository.state === state)
  const changes = shown.flatMap(({ pulls }) => pulls.flatMap((pull) => pull.changes)).length
  const title = changes > 0 ? 'Changes' : kind === 'project' && shown.length > 0 ? 'Findings' : 'No changes'
  const list = (id: string, title: string, those: readonly PageRepository[]) =>
    those.length > 0 &&
    html`<section class="part" aria-labelledby="ui:${id}"><h2 id="ui:${id}">${title} <span class="muted">${those.length}</span></h2>${those.map(quietRepository)}</section>`
  return html`
<section class="part" aria-labelledby="ui:changes">
<h2 id="ui:changes" tabindex="-1">${title}</h2>
<div id="ui:by-repository">${shown.map((repository) => repositorySection(repository, changes <= FEW))}</div>
<div id="ui:by-transform" hidden></div>
</section>
${list('failed', 'Failed', quiet('failed'))}
${list('nothing', 'Nothing to do', quiet('nothing'))}`
}

/** A repository that has something to be looked at in full. */
function isShown({ state }: PageRepository): boolean {
  return state === 'changes'
}
