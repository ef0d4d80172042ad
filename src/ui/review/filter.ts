import type { Path, Severity } from '../../model.js'
import type { Question } from '../../review/question.js'

/** What `f` takes: words such as `sev>=medium`, `rule:non-*`, `file:api/**`, `safe`; all of them must hold. */
export interface Filter {
  readonly text: string
  readonly tests: readonly ((question: Question) => boolean)[]
}

const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high']

/**
 * The filter, no filter for an empty text, or what is wrong with it.
 * @param called What the person calls a file.
 */
export function filterOf(
  text: string,
  called: (path: Path) => string = (path) => path,
): Filter | undefined | { readonly problem: string } {
  const words = text.split(/\s+/).filter(Boolean)
  const tests: ((question: Question) => boolean)[] = []
  for (const word of words) {
    const test = testOf(word, called)
    if (!test) return { problem: `${word} is no filter: use sev>=medium, rule:ID, file:PATH, safe, review or a word` }
    tests.push(test)
  }
  return tests.length > 0 ? { text: words.join(' '), tests } : undefined
}

export function matches({ tests }: Filter, question: Question): boolean {
  return tests.every((test) => test(question))
}

function testOf(word: string, called: (path: Path) => string): ((question: Question) => boolean) | undefined {
  if (word === 'safe' || word === 'review') return ({ fixes }) => fixes[0]?.applicability === word
  const [, name, operator, value = ''] = /^(sev|severity|rule|file)(>=|:|=)(.+)$/.exec(word) ?? []
  if (name === undefined) return /[:=<>]/.test(word) ? undefined : (question) => isAbout(question, word, called)
  if (name === 'rule') return ({ transform }) => isLike(transform.id, value)
  if (name === 'file') return ({ finding }) => isLike(called(finding.at.path), value)
  const least = SEVERITIES.indexOf(value as Severity)
  if (least < 0) return undefined
  return ({ transform }) => {
    const severity = SEVERITIES.indexOf(transform.severity)
    return operator === '>=' ? severity >= least : severity === least
  }
}

function isAbout({ transform, finding }: Question, word: string, called: (path: Path) => string): boolean {
  return [transform.id, called(finding.at.path), finding.message].some((text) =>
    text.toLowerCase().includes(word.toLowerCase()),
  )
}

/** Whether a name fits a pattern in which `*` stands for anything; looked up piece by piece, so no pattern is slow. */
function isLike(name: string, pattern: string): boolean {
  const pieces = pattern.split(/\*+/)
  const [first = '', ...rest] = pieces
  if (rest.length === 0) return name === pattern
  const last = rest.pop()!
  if (!name.startsWith(first)) return false
  let from = first.length
  for (const piece of rest) {
    const found = name.indexOf(piece, from)
    if (found < 0) return false
    from = found + piece.length
  }
  return name.length - last.length >= from && name.endsWith(last)
}
