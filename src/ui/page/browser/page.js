// @ts-check
import { layOut, watchDiffs } from './diff.js'
import { byId, clearFilter, search, settleFilter, startFilter } from './filter.js'
import { arrange, homes } from './views.js'

/** Theme, keys, links into the page, and the start of it all. */

/** The last place a key went to. @type {HTMLElement | undefined} */
let current

/** Where `j` and `k` stop: at the changes, or where there are none at the findings. */
function stops() {
  const selector = homes.size > 0 ? '.change' : '.finding'
  return /** @type {HTMLElement[]} */ ([...document.querySelectorAll(selector)]).filter(
    (stop) => !stop.closest('[hidden]'),
  )
}

/** @param {number} step */
function move(step) {
  const list = stops()
  const from = list.indexOf(/** @type {HTMLElement} */ (document.activeElement?.closest('.item') ?? current))
  const next = list[from < 0 ? (step > 0 ? 0 : list.length - 1) : from + step]
  if (next) goTo(next)
}

/** @param {HTMLElement} stop */
function goTo(stop) {
  current?.removeAttribute('aria-current')
  current = stop
  stop.setAttribute('aria-current', 'true')
  for (let outer = stop.parentElement; outer; outer = outer.parentElement)
    if (outer instanceof HTMLDetailsElement) outer.open = true
  const target = stop.querySelector('summary') ?? stop
  target.focus({ preventScroll: true })
  bring(stop)
}

/**
 * Scrolls to an element, and a few frames long again: what comes near the window on the way is laid out only then, and is not
 * as high as was thought.
 * @param {HTMLElement} target
 * @param {number} frames
 */
function bring(target, frames = 5) {
  target.scrollIntoView({ block: 'start' })
  if (frames > 0) requestAnimationFrame(() => bring(target, frames - 1))
}

/** @param {HTMLElement} [stop] */
function detailsOf(stop) {
  return stop?.querySelector('details') ?? undefined
}

/** Opens all that are shown, or closes them if all are open. */
function openAll() {
  const all = stops().flatMap((stop) => detailsOf(stop) ?? [])
  const isOpen = !all.every(({ open }) => open)
  for (const details of all) details.open = isOpen
}

/** What a link names: shown whatever the filter says, and opened. */
function followLink() {
  const id = decoded(location.hash.slice(1))
  const target = id ? document.getElementById(id) : null
  if (!target || id.startsWith('ui:')) return
  if (target.closest('[hidden]')) clearFilter()
  if (target.closest('[hidden]')) setPressed('view', false)
  const details = detailsOf(target)
  if (details && target.matches('.change')) details.open = true
  if (target.matches('.item')) goTo(target)
  else bring(target)
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What a switch does; not every page has each of them. @type {Record<string, (isOn: boolean) => void>} */
const SWITCHES = {
  view: (isOn) => {
    arrange(isOn)
    if (current) goTo(current)
  },
  beside: layOut,
}

/** @param {string} name @param {boolean} [isOn] */
function setPressed(name, isOn) {
  const button = byId(name)
  if (!button) return
  const pressed = isOn ?? button.getAttribute('aria-pressed') !== 'true'
  button.setAttribute('aria-pressed', String(pressed))
  SWITCHES[name]?.(pressed)
  keep(name, String(pressed))
}

function isDark() {
  const { theme } = document.documentElement.dataset
  return theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
}

function changeTheme() {
  const theme = isDark() ? 'light' : 'dark'
  document.documentElement.dataset.theme = theme
  nameTheme()
  keep('theme', theme)
}

function showHelp() {
  const help = /** @type {HTMLDialogElement} */ (byId('help'))
  help.showModal()
}

function nameTheme() {
  byId('theme').textContent = isDark() ? 'Light theme' : 'Dark theme'
}

/** Choices are kept where the browser lets a file keep any. @param {string} name @param {string} value */
function keep(name, value) {
  try {
    localStorage.setItem(`harden.${name}`, value)
  } catch {}
}

/** @param {string} name */
function kept(name) {
  try {
    return localStorage.getItem(`harden.${name}`) ?? undefined
  } catch {
    return undefined
  }
}

/** @type {Record<string, () => void>} */
const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => {
    const details = detailsOf(/** @type {HTMLElement} */ (document.activeElement?.closest('.change') ?? current))
    if (details) details.open = !details.open
  },
  O: openAll,
  '/': () => search.focus(),
  g: () => setPressed('view'),
  u: () => setPressed('beside'),
  t: changeTheme,
  '?': showHelp,
  Escape: clearFilter,
}

document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLElement && event.target.matches('input, select')
  if (event.ctrlKey || event.metaKey || event.altKey || /** @type {HTMLDialogElement} */ (byId('help')).open) return
  if (isTyping && event.key === 'Escape') return search.blur()
  if (isTyping || !Object.hasOwn(KEYS, event.key)) return
  event.preventDefault()
  settleFilter()
  KEYS[event.key]?.()
})

byId('switches').hidden = false
byId('theme').addEventListener('click', changeTheme)
byId('help-button').addEventListener('click', showHelp)
byId('view')?.addEventListener('click', () => setPressed('view'))
byId('beside')?.addEventListener('click', () => setPressed('beside'))
byId('open-all')?.addEventListener('click', openAll)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', nameTheme)
addEventListener('hashchange', followLink)

/** On paper everything is open. @type {HTMLDetailsElement[]} */
let unfolded = []
addEventListener('beforeprint', () => {
  unfolded = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll('details:not([open])')])
  for (const details of unfolded) details.open = true
})
addEventListener('afterprint', () => {
  for (const details of unfolded) details.open = false
})

const keptTheme = kept('theme')
if (keptTheme === 'dark' || keptTheme === 'light') document.documentElement.dataset.theme = keptTheme
nameTheme()
startFilter()
if (kept('beside') === 'true') setPressed('beside', true)
watchDiffs()
followLink()
