import type { Range } from '../model.js'
import { blank } from './shell.js'

/** A here-document of a RUN, COPY or ADD. */
export interface HereDocument {
  readonly name: string
  /** The operator and the name, e.g. `<<EOF`. */
  readonly operator: Range
  /** The lines between the instruction and the terminator, each with its line ending. */
  readonly body: Range
  /** End of the terminator's line, without its line ending. */
  readonly end: number
}

interface Scan {
  readonly hereDocuments: readonly HereDocument[]
  readonly problems: readonly string[]
}

/** Quoted text with what may stand before it, and what a backslash keeps from being a quote. */
const QUOTED = /\\.|(<<-?[ \t]*)?(?:"(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$))/gs
const OPERATOR = /(?<![^\s])(\d*)<<(-?)(["']?)([A-Za-z_][\w.]*)\3(?![^\s;|&)>])/g
/** Only builders since Dockerfile 1.16 read this as a here-document, others as a redirection: it has two meanings. */
const SPACED_OPERATOR = /(?<![^\s])\d*<<-?[ \t]+["']?[A-Za-z_]/

/** Finds here-documents line by line, the way a builder does: bodies follow the lines of their instruction. */
export function scanHereDocuments(text: string, starts: readonly number[], escapeWith: string): Scan {
  const hereDocuments: HereDocument[] = []
  const problems: string[] = []
  const lineOf = (i: number) => text.slice(starts[i]!, starts[i + 1] ?? text.length).replace(/[\r\n]+$/, '')

  let line = 0
  while (line < starts.length) {
    const first = line
    let header = ''
    let open = true
    while (open && line < starts.length) {
      const content = lineOf(line)
      const skipped = /^\s*(#|$)/.test(content)
      if (skipped && header === '') {
        line++
        break
      }
      const whole = text.slice(starts[line], starts[line + 1] ?? text.length)
      header += skipped ? ' '.repeat(whole.length) : whole
      if (!skipped) open = continues(content, escapeWith)
      line++
    }
    if (!/^\s*(ONBUILD\s+)?(RUN|COPY|ADD)\s/i.test(header)) continue
    const unquoted = withoutQuotes(header)
    if (SPACED_OPERATOR.test(unquoted)) {
      problems.push(
        `the here-document on line ${first + 1} has a space before its name, which builders read in two ways`,
      )
    }
    for (const match of unquoted.matchAll(OPERATOR)) {
      const [whole, , dash, , name] = match
      const bodyStart = starts[line] ?? text.length
      let last = line
      while (last < starts.length && (dash ? lineOf(last).replace(/^\t+/, '') : lineOf(last)) !== name) last++
      if (last >= starts.length) {
        problems.push(`the here-document ${name} on line ${first + 1} does not end`)
        return { hereDocuments, problems }
      }
      const start = starts[first]! + match.index
      hereDocuments.push({
        name: name!,
        operator: { start, end: start + whole.length },
        body: { start: bodyStart, end: starts[last]! },
        end: starts[last]! + lineOf(last).length,
      })
      line = last + 1
    }
  }
  return { hereDocuments, problems }
}

/** Whether an instruction goes on behind this line. A doubled escape character at the end does not continue it. */
export function continues(line: string, escapeWith: string): boolean {
  const trimmed = line.replace(/[ \t]+$/, '')
  return trimmed.endsWith(escapeWith) && !trimmed.endsWith(escapeWith + escapeWith)
}

/**
 * Blanks quoted text, but for quotes around a here-document's name: `echo '<<EOF'` begins none. A quote that nobody
 * closes goes on to the end: builders then see no here-document behind it either.
 */
function withoutQuotes(line: string): string {
  return line.replace(QUOTED, (quoted, operator: string | undefined) =>
    operator || quoted.startsWith('\\') ? quoted : blank(quoted),
  )
}
