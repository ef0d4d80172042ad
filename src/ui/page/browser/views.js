// @ts-check
import { applyFilter, byId, items } from './filter.js'

/**
 * The same changes in another order: by transform, and those with the same lines together, so that what is the same in a
 * hundred repositories is read once. The changes move; there is each of them only once in the page.
 */

/** Where each change stands in the order by repository. @type {Map<HTMLElement, Element | null>} */
export const homes = new Map(
  items.filter(({ values }) => values.level).map(({ element }) => [element, element.parentElement]),
)

/** @param {boolean} isByTransform */
export function arrange(isByTransform) {
  const list = byId('by-transform')
  if (isByTransform) list.append(...transformSections())
  else {
    for (const [change, home] of homes) home?.append(change)
    list.replaceChildren()
  }
  list.hidden = !isByTransform
  byId('by-repository').hidden = isByTransform
  applyFilter()
}

function transformSections() {
  const groups = groupedBy([...homes.keys()], ({ dataset }) => dataset.transform ?? '')
  return [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([transform, changes]) => {
      const section = made('section', 'group')
      const where = new Set(changes.map(({ dataset }) => dataset.repository)).size
      const heading = made('h3', '', transform)
      heading.append(
        ' ',
        made('span', 'muted', `${counted(changes.length, 'change')} in ${counted(where, 'repository')}`),
      )
      section.append(heading, ...shapeBlocks(changes))
      return section
    })
}

/** What is most common first. @param {HTMLElement[]} changes */
function shapeBlocks(changes) {
  const shapes = [...groupedBy(changes, ({ dataset }) => dataset.shape ?? '').values()]
  return shapes
    .sort((a, b) => b.length - a.length)
    .map((same) => {
      const block = made('div', 'group shape')
      if (same.length > 1) block.append(made('h4', '', `The same lines ${same.length} times`))
      block.append(...same)
      return block
    })
}

/** @param {string} name @param {string} className @param {string} [text] */
function made(name, className, text) {
  const element = document.createElement(name)
  if (className) element.className = className
  if (text) element.textContent = text
  return element
}

/** @param {number} n @param {string} word */
function counted(n, word) {
  return `${n.toLocaleString('en')} ${n === 1 ? word : word.replace(/y$/, 'ie').concat('s')}`
}

/** @param {HTMLElement[]} list @param {(element: HTMLElement) => string} keyOf */
function groupedBy(list, keyOf) {
  /** @type {Map<string, HTMLElement[]>} */
  const groups = new Map()
  for (const element of list) {
    const group = groups.get(keyOf(element))
    if (group) group.push(element)
    else groups.set(keyOf(element), [element])
  }
  return groups
}
