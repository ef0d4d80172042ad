/** The parser recurses, and an overflow while a regular expression is being compiled ends the process: none may come. */
const BLOCK_DEPTH_LIMIT = 100
const FLOW_DEPTH_LIMIT = 500

/**
 * Whether a YAML text may nest more deeply than its parser can bear. An upper bound seen without parsing: brackets left
 * open, and the columns at which lines and their dashes begin.
 */
export function nestsTooDeeply(text: string): boolean {
  let open = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = Math.max(0, open + (bracket === '[' || bracket === '{' ? 1 : -1))
    if (open > FLOW_DEPTH_LIMIT) return true
  }
  const columns: number[] = []
  for (const [, indent = '', indicators = ''] of text.matchAll(/^( *)((?:[-?:][ \t]+)*)(?=[^\s#])/gm)) {
    while (columns.length > 0 && columns.at(-1)! >= indent.length) columns.pop()
    columns.push(indent.length)
    for (const { index } of indicators.matchAll(/[-?:]/g)) columns.push(indent.length + index + 1)
    if (columns.length > BLOCK_DEPTH_LIMIT) return true
  }
  return false
}
