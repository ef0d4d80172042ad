import type { Severity } from '../../model.js'
import { count } from '../layout.js'
import { grouped, SEVERITIES } from '../report.js'
import { badge, fragment } from './changes.js'
import { counts } from './diff.js'
import { tally } from './files.js'
import { type Html, html } from './html.js'
import type { PageChange, PageRepository, ReviewPage } from './model.js'

/** The figures that decide whether a person reads on, and what each transform does where. */
export function overview(page: ReviewPage): Html {
  const { repositories } = page
  const changes = repositories.flatMap(changesOf)
  return html`
<section class="overview" aria-labelledby="ui:overview">
<h2 id="ui:overview">Overview</h2>
<dl class="tiles">
${page.kind === 'campaign' && repositoryTile(repositories)}
${page.kind === 'campaign' && pullTile(repositories)}
${changes.length > 0 && changeTile(changes)}
${findingTile(repositories, changes.length > 0)}
</dl>
${changes.length > 0 && transformTable(page)}
</section>`
}

function changesOf({ pulls }: PageRepository): readonly PageChange[] {
  return pulls.flatMap((pull) => pull.changes)
}

function tile(label: string, figure: number, details: readonly (Html | false)[]): Html {
  return html`<div><dt>${label}</dt><dd><strong>${figure.toLocaleString('en')}</strong> <span>${details}</span></dd></div>`
}

function repositoryTile(repositories: readonly PageRepository[]): Html {
  const of = (state: PageRepository['state']) => repositories.filter((repository) => repository.state === state).length
  return tile('Repositories', repositories.length, [
    html`<span class="dot changes"></span>${of('changes')} with changes<br>`,
    html`<span class="dot failed"></span>${of('failed')} failed<br>`,
    html`<span class="dot nothing"></span>${of('nothing')} with nothing to do`,
  ])
}

function pullTile(repositories: readonly PageRepository[]): Html {
  const pulls = repositories.flatMap((repository) => repository.pulls)
  const drafts = pulls.filter(({ about }) => about?.draft).length
  const proven = pulls.filter(({ evidence }) => evidence.some(({ outcome }) => outcome === 'no worse')).length
  const asked = pulls.some(({ evidence }) => evidence.length > 0)
  return tile('Pull requests', pulls.length, [
    drafts > 0 && html`${drafts} as drafts<br>`,
    asked ? html`${proven} built and started before and after` : html`no build or start was tried`,
  ])
}

function changeTile(changes: readonly PageChange[]): Html {
  const { added, removed } = tally(changes.flatMap(({ files }) => files))
  const review = changes.filter(({ level }) => level !== 'safe').length
  return tile('Changes', changes.length, [
    html`${badge('safe')} ${changes.length - review}<br>`,
    html`${badge('review')} ${review}<br>`,
    counts(added, removed),
  ])
}

function findingTile(repositories: readonly PageRepository[], haveChanges: boolean): Html {
  const left = repositories.flatMap((repository) => repository.left)
  const found = (severity: Severity) => repositories.reduce((sum, { findings }) => sum + findings[severity], 0)
  const total = SEVERITIES.reduce((sum, severity) => sum + found(severity), 0)
  const each = SEVERITIES.map((severity) => {
    const after = left.filter((finding) => finding.severity === severity).length
    return html`${badge(severity)} ${found(severity).toLocaleString('en')}${haveChanges && ` → ${after.toLocaleString('en')}`}<br>`
  })
  return tile('Findings', total, [...each, haveChanges && html`${left.length.toLocaleString('en')} left`])
}

function transformTable({ kind, repositories }: ReviewPage): Html {
  const all = repositories.flatMap((repository) => changesOf(repository).map((change) => ({ change, repository })))
  const rows = [...grouped(all, ({ change }) => change.transform)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([transform, uses]) => {
      const { added, removed } = tally(uses.flatMap(({ change }) => change.files))
      const review = uses.filter(({ change }) => change.level !== 'safe').length
      const levels = [review < uses.length && badge('safe'), review > 0 && html` ${badge('review')}`]
      const where = new Set(uses.map(({ repository }) => repository)).size
      return html`
<tr><th scope="row"><button type="button" class="link" disabled data-filter-transform="${transform}">${transform}</button></th>
<td>${badge(uses[0]!.change.severity)} ${levels}</td><td class="figure">${uses.length}</td><td class="figure">${where}</td><td class="figure">${counts(added, removed)}</td></tr>`
    })
  return html`
<details class="transforms"${kind === 'campaign' && html` open`}><summary>${count(rows.length, 'transform')}</summary>
<div class="wide"><table><thead><tr><th scope="col">Transform</th><th scope="col">Severity and level</th><th scope="col" class="figure">Changes</th><th scope="col" class="figure">Repositories</th><th scope="col" class="figure">Lines</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`
}

/** The repositories with their states, or the changes of the only one: to find one's way on a long page. */
export function contents({ kind, repositories }: ReviewPage): Html {
  const links =
    kind === 'campaign'
      ? repositories.map(({ slug, name, state, pulls }) => ({ id: slug, name, state, n: pulls.length }))
      : repositories.flatMap(({ slug, pulls }) =>
          pulls.flatMap(({ group, changes }) =>
            changes.map(({ name, level }) => ({ id: `${slug}/${group}/${name}`, name, state: level, n: 0 })),
          ),
        )
  if (links.length === 0) return html``
  const title = kind === 'campaign' ? 'Repositories' : 'Changes'
  return html`
<nav class="contents" aria-labelledby="ui:contents"><h2 id="ui:contents">${title}</h2>
<ul>${links.map(
    ({ id, name, state, n }) => html`
<li data-for="${id}"><a href="${fragment(id)}" title="${name}"><span class="dot ${state}"></span><span class="unseen">${state}: </span><bdi>${ending(name)}</bdi>${n > 0 && html`<span class="n">${n}</span>`}</a></li>`,
  )}</ul></nav>`
}

/** What tells a repository from its neighbours, where there is little room: the last two names of a path. */
function ending(name: string): string {
  return name.split('/').slice(-2).join('/')
}
