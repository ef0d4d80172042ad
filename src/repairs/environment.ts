import type { Dockerfile, Instruction } from '../documents/dockerfile.js'
import { insert, replace } from '../edits.js'
import type { Range, TextEdit } from '../model.js'

/** An `ENV name value` of old: everything behind the name is one value. */
export interface OldEnv {
  readonly name: string
  /** From the end of the name to the value, continuations included. */
  readonly gap: Range
  readonly value: Range
}

/** Reads an ENV of the old form; `undefined` for one of the new form, and for one without a value. */
export function oldEnv({ keyword, words, args }: Instruction): OldEnv | undefined {
  const [name, first] = words
  if (keyword !== 'ENV' || !name || !first || name.value.includes('=')) return undefined
  return {
    name: name.value,
    gap: { start: name.end, end: first.start },
    value: { start: first.start, end: args.end },
  }
}

/** A piece of a value, in the terms of the builder: quotes, an escaped character, or what stands open. */
const PIECE = /"(?:[^"\\]|\\.)*"|'[^']*'|\\[ \t]*\r?\n|\\.|[^"'\\]+|["'\\]/gs

const isOpen = (piece: string) => !/^["'\\]/.test(piece)
const isContinuation = (piece: string) => /^\\[ \t]*\r?\n$/.test(piece)

/**
 * The edits that write the same value behind an equals sign. One word stays as it is. More than one are put between double
 * quotes, in which a backslash and a dollar sign mean what they did; `undefined` if a quote is never closed.
 */
export function withEqualsSign(document: Dockerfile, { gap, value }: OldEnv): readonly TextEdit[] | undefined {
  const text = document.file.text.slice(value.start, value.end)
  const pieces = text.match(PIECE) ?? []
  if (pieces.some((piece) => /^["'\\]$/.test(piece))) return undefined
  const equals = replace(document, gap, '=')
  if (!pieces.some((piece) => (isOpen(piece) && /\s/.test(piece)) || isContinuation(piece))) return [equals]
  // Within the braces of a variable quotes are read apart from those around it.
  if (hasQuotesInBraces(text)) return undefined
  if (pieces.every((piece) => isOpen(piece) || isContinuation(piece)))
    return [replace(document, gap, '="'), insert(document, value.end, '"')]
  // A continuation within quotes is one all the same: the builder joins lines before it looks at quotes.
  if (pieces.some((piece) => !isOpen(piece) && !isContinuation(piece) && /[\r\n]/.test(piece))) return undefined
  const quoted = pieces.map(betweenQuotes).join('').replaceAll('\r\n', '\n')
  return [replace(document, { start: gap.start, end: value.end }, `="${quoted}"`)]
}

/** Whether a quote or a backslash stands between the braces of a variable, or they are never closed. */
function hasQuotesInBraces(text: string): boolean {
  for (let open = text.indexOf('${'); open >= 0; ) {
    const close = text.indexOf('}', open)
    if (close < 0 || /["'\\]/.test(text.slice(open, close))) return true
    open = text.indexOf('${', close)
  }
  return false
}

/** A piece as it is written between double quotes. */
function betweenQuotes(piece: string): string {
  if (isOpen(piece) || isContinuation(piece)) return piece
  if (piece.startsWith('"')) return piece.slice(1, -1)
  if (piece.startsWith("'")) return piece.slice(1, -1).replace(/["$\\]/g, '\\$&')
  return /^\\["$\\]$/.test(piece) ? piece : piece.slice(1)
}
