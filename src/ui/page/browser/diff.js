// @ts-check
/**
 * Makes a table with line numbers of each diff that is near the window, and the plain text of it again when it is far away, so
 * that a page of thousands of diffs holds a few tables at any time. The text in the page is the only source: nodes are moved and
 * copied, and no text is ever read as markup.
 */

/** @typedef {{ kind: string, old?: number, now?: number, nodes: Node[] }} DiffRow */

/** The tables that stand in the page, and the text each was made of. @type {Map<Element, HTMLPreElement>} */
const drawn = new Map()
let isBeside = false

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) draw(target)
      else restore(target)
    }
  },
  { rootMargin: '600px 0px' },
)

/** Watches every diff of the page. */
export function watchDiffs() {
  for (const diff of document.querySelectorAll('.diff')) nearby.observe(diff)
}

/** @param {boolean} beside */
export function layOut(beside) {
  isBeside = beside
  for (const diff of [...drawn.keys()]) {
    restore(diff)
    draw(diff)
  }
}

/** @param {Element} diff */
function draw(diff) {
  const pre = diff.querySelector('pre')
  if (!pre || drawn.has(diff)) return
  const rows = rowsIn(pre)
  const table = document.createElement('table')
  table.className = isBeside ? 'beside' : 'unified'
  if (isBeside) table.append(columns())
  table.append(...(isBeside ? pairs(rows).map(besideRow) : rows.map(unifiedRow)))
  drawn.set(diff, pre)
  diff.replaceChildren(table)
}

/** @param {Element} diff */
function restore(diff) {
  const pre = drawn.get(diff)
  if (!pre) return
  drawn.delete(diff)
  diff.replaceChildren(pre)
}

/** A `b` is where a place begins; `del`, `ins` and `i` are a line each; text between them is unchanged lines. @param {Element} pre */
function rowsIn(pre) {
  /** @type {DiffRow[]} */
  const rows = []
  let [old, now] = [0, 0]
  for (const node of pre.childNodes) {
    if (node instanceof Text) {
      for (const line of node.data.split('\n')) {
        if (line !== '') rows.push({ kind: ' ', old: old++, now: now++, nodes: [new Text(line.slice(1))] })
      }
    } else if (node instanceof HTMLElement) {
      const nodes = [...node.cloneNode(true).childNodes]
      if (node.localName === 'b') {
        old = Number(node.dataset.old)
        now = Number(node.dataset.now)
        rows.push({ kind: '@', nodes })
      } else if (node.localName === 'i') rows.push({ kind: '\\', nodes })
      else {
        const [sign] = nodes
        if (sign instanceof Text) sign.deleteData(0, 1)
        if (node.localName === 'del') rows.push({ kind: '-', old: old++, nodes })
        else rows.push({ kind: '+', now: now++, nodes })
      }
    }
  }
  return rows
}

/** Lines that take the place of others stand beside them. @param {DiffRow[]} rows @returns {[DiffRow?, DiffRow?][]} */
function pairs(rows) {
  /** @type {[DiffRow?, DiffRow?][]} */
  const result = []
  for (let i = 0; i < rows.length; ) {
    const gone = runOf(rows, i, '-')
    const come = runOf(rows, i + gone.length, '+')
    const height = Math.max(gone.length, come.length)
    for (let n = 0; n < height; n++) result.push([gone[n], come[n]])
    if (height === 0) result.push([rows[i], rows[i]])
    i += gone.length + come.length || 1
  }
  return result
}

/** @param {DiffRow[]} rows @param {number} from @param {string} kind */
function runOf(rows, from, kind) {
  let end = from
  while (rows[end]?.kind === kind) end++
  return rows.slice(from, end)
}

const CLASSES = /** @type {Record<string, string>} */ ({ '-': 'gone', '+': 'come', '@': 'place', '\\': 'note' })

/** @param {DiffRow} row */
function unifiedRow(row) {
  const tr = document.createElement('tr')
  if (row.kind === '@') tr.append(wide(row, 3))
  else tr.append(numberCell(row, row.old), numberCell(row, row.now), codeCell(row))
  return tr
}

/** @param {[DiffRow?, DiffRow?]} pair */
function besideRow([left, right]) {
  const tr = document.createElement('tr')
  if (left?.kind === '@') tr.append(wide(left, 4))
  else
    tr.append(
      numberCell(left, left?.old),
      codeCell(left),
      numberCell(right, right?.now),
      codeCell(right?.kind === '\\' ? undefined : right),
    )
  return tr
}

/** The halves are of one width, whatever is in them. */
function columns() {
  const group = document.createElement('colgroup')
  for (const name of ['number', '', 'number', '']) {
    const column = document.createElement('col')
    column.className = name
    group.append(column)
  }
  return group
}

/** @param {DiffRow} row @param {number} columns */
function wide(row, columns) {
  const cell = document.createElement('td')
  cell.colSpan = columns
  cell.className = 'place'
  cell.append(...row.nodes.map((node) => node.cloneNode(true)))
  return cell
}

/** Numbers are no part of the text that is copied or searched. @param {DiffRow | undefined} row @param {number | undefined} number */
function numberCell(row, number) {
  const cell = document.createElement('td')
  cell.className = `number ${row ? (CLASSES[row.kind] ?? '') : 'none'}`
  if (number !== undefined) cell.dataset.number = String(number)
  return cell
}

/** @param {DiffRow | undefined} row */
function codeCell(row) {
  const cell = document.createElement('td')
  cell.className = `code ${row ? (CLASSES[row.kind] ?? '') : 'none'}`
  if (!row) return cell
  const line = document.createElement(row.kind === '-' ? 'del' : row.kind === '+' ? 'ins' : 'span')
  line.append(...row.nodes.map((node) => node.cloneNode(true)))
  cell.dataset.sign = row.kind === '-' ? '−' : row.kind === '\\' ? '' : row.kind
  cell.append(line)
  return cell
}
