import type { Range } from '../model.js'

/** A text in double quotes. */
export interface QuotedText extends Range {
  readonly value: string
}

/** What is larger was made by a program. */
const LARGEST = 1 << 20

/**
 * The texts in double quotes of a source in the manner of C: Java, Kotlin, C#, Rust. Comments are read too, which only
 * finds more than there is.
 */
export function quotedTexts(text: string): readonly QuotedText[] {
  if (text.length > LARGEST) return []
  return [...text.matchAll(/"((?:[^"\\\n]|\\.){1,200})"/g)].map(({ 0: whole, 1: value = '', index }) => ({
    value,
    start: index,
    end: index + whole.length,
  }))
}
