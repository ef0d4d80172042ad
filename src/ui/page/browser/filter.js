// @ts-check
/** Hides what does not fit. What fits is decided from `data-` attributes and text alone. */

/** @typedef {{ element: HTMLElement, section: HTMLElement, values: Record<string, string | undefined>, text?: string }} Item */

const sections = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.repository')])
/** Changes and findings, each with the repository it belongs to wherever it is shown. @type {Item[]} */
export const items = sections.flatMap((section) =>
  /** @type {HTMLElement[]} */ ([...section.querySelectorAll('.item')]).map((element) => ({
    element,
    section,
    values: { ...section.dataset, ...element.dataset },
  })),
)
const links = new Map(
  /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.contents li')]).map((link) => [link.dataset.for, link]),
)
const facets = /** @type {HTMLSelectElement[]} */ ([...document.querySelectorAll('[data-facet]')])
export const search = /** @type {HTMLInputElement} */ (byId('text'))

/** @param {string} name */
export function byId(name) {
  return /** @type {HTMLElement} */ (document.getElementById(`ui:${name}`))
}

/** What is asked for: the facets that are set, and words that all have to occur. */
function wanted() {
  const set = facets
    .filter((facet) => facet.value !== '')
    .map((facet) => /** @type {const} */ ([facet.dataset.facet ?? '', facet.value]))
  return { facets: set, words: search.value.toLowerCase().split(/\s+/).filter(Boolean) }
}

export function applyFilter() {
  const { facets, words } = wanted()
  const fits = new Set()
  for (const item of items) {
    const isIn = facets.every(([name, value]) => item.values[name] === value) && hasAll(textOf(item, words), words)
    show(item.element, isIn)
    if (isIn) fits.add(item.section)
  }
  const ofRepository = facets.every(([name]) => name === 'repository' || name === 'state')
  for (const section of sections) {
    const isIn = ofRepository && facets.every(([name, value]) => section.dataset[name] === value)
    const isShown = fits.has(section) || (isIn && hasAll(headOf(section, words), words))
    show(section, isShown)
    show(links.get(section.id), isShown)
  }
  for (const { element, values } of items) if (values.level) show(links.get(element.id), !element.hidden)
  for (const holder of document.querySelectorAll('.pull, .left, .unread, .part, .group')) {
    const inner = holder.querySelector(holder.matches('.part') ? '.repository:not([hidden])' : '.item:not([hidden])')
    const isWhole = facets.length === 0 && words.length === 0
    show(/** @type {HTMLElement} */ (holder), isWhole || inner !== null)
  }
  tell()
}

/** @param {HTMLElement | undefined} element @param {boolean} isShown */
function show(element, isShown) {
  if (element && element.hidden === isShown) element.hidden = !isShown
}

/** Read once, and only if somebody searches. @param {Item} item @param {string[]} words */
function textOf(item, words) {
  if (words.length === 0) return ''
  item.text ??= `${item.section.dataset.repository}\n${item.element.textContent}`.toLowerCase()
  return item.text
}

/** @param {HTMLElement} section @param {string[]} words */
function headOf(section, words) {
  if (words.length === 0) return ''
  return `${section.dataset.repository} ${section.querySelector('.reason')?.textContent ?? ''}`.toLowerCase()
}

/** @param {string} text @param {string[]} words */
function hasAll(text, words) {
  return words.every((word) => text.includes(word))
}

/** Says how much is to be seen. */
function tell() {
  const changes = items.filter(({ values }) => values.level)
  const number = (/** @type {number} */ n) => n.toLocaleString('en')
  const visible = changes.filter(({ element }) => !element.hidden).length
  const [all, name] = changes.length > 0 ? [changes.length, 'changes'] : [items.length, 'findings']
  const seen = changes.length > 0 ? visible : items.filter(({ element }) => !element.hidden).length
  const places = sections.filter((section) => !section.hidden).length
  byId('shown').textContent =
    `${number(seen)} of ${number(all)} ${name}` +
    (sections.length > 1 ? ` · ${number(places)} of ${number(sections.length)} repositories` : '')
  byId('no-match').hidden = places > 0
  for (const button of document.querySelectorAll('#ui\\:clear')) {
    const { facets, words } = wanted()
    show(/** @type {HTMLElement} */ (button), facets.length + words.length > 0)
  }
}

export function clearFilter() {
  search.value = ''
  for (const facet of facets) facet.value = ''
  applyFilter()
}

let isDue = false

/** At most once for each frame, however fast somebody types. */
function filterSoon() {
  if (isDue) return
  isDue = true
  requestAnimationFrame(settleFilter)
}

/** Does now what the next frame would do: a key means what has been asked for, not what is still to be seen. */
export function settleFilter() {
  if (!isDue) return
  isDue = false
  applyFilter()
}

export function startFilter() {
  byId('filter').hidden = false
  byId('filter').addEventListener('input', filterSoon)
  byId('filter').addEventListener('submit', (event) => event.preventDefault())
  for (const button of document.querySelectorAll('[data-clear]')) button.addEventListener('click', clearFilter)
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (
    document.querySelectorAll('[data-filter-transform]')
  )) {
    button.disabled = false
    button.addEventListener('click', () => {
      const facet = facets.find((each) => each.dataset.facet === 'transform')
      if (facet) facet.value = button.dataset.filterTransform ?? ''
      applyFilter()
      byId('changes').focus()
    })
  }
  applyFilter()
}
