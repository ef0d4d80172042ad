import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { insertLinesAbove, insertLinesBelow, removeLines } from '../src/edits.js'
import type { Document, Location, TextEdit } from '../src/model.js'
import { textFile } from '../src/project.js'
import {
  applyEdits,
  eolAt,
  lineAt,
  lineRange,
  lineStarts,
  nextLine,
  overlaps,
  positionAt,
  textStart,
} from '../src/text.js'

/** Text full of what makes line counting hard. */
const text = fc
  .array(fc.constantFrom('a', 'b ', '#', '\n', '\r\n', '\r', '\\', 'é', '😀', '"', '\t'), { maxLength: 40 })
  .map((parts) => parts.join(''))
const unixText = text.map((any) => any.replace(/\r\n?/g, '\n'))
const marked = fc.tuple(fc.boolean(), text).map(([mark, any]) => (mark ? `\uFEFF${any}` : any))

const edit = (start: number, end: number, replacement: string): TextEdit => ({
  path: 'f',
  start,
  end,
  text: replacement,
})
const place = (start: number, end: number, path = 'f'): Location => ({ path, start, end })

/** A text and edits of it that do not overlap, in any order; some touch, some only insert. */
const edited = (of: fc.Arbitrary<string>) =>
  of.chain((before) => {
    const point = fc.integer({ min: textStart(before), max: before.length })
    const edits = fc.array(fc.tuple(point, point, unixText), { maxLength: 6 }).map((all) => {
      const apart: TextEdit[] = []
      for (const [a, b, replacement] of all) {
        const next = edit(Math.min(a, b), Math.max(a, b), replacement)
        if (!apart.some((other) => overlaps(next, other))) apart.push(next)
      }
      return apart
    })
    return fc.record({ before: fc.constant(before), edits })
  })

const documentOf = (content: string): Document => ({
  kind: 'any',
  file: textFile('f', content),
  comments: [],
  problems: [],
  oddities: [],
})

describe('applying edits', () => {
  it('is the same as splicing them in from the bottom up', () => {
    fc.assert(
      fc.property(edited(unixText), ({ before, edits }) => {
        const spliced = [...edits]
          .sort((a, b) => b.start - a.start || b.end - a.end)
          .reduce((now, { start, end, text }) => now.slice(0, start) + text + now.slice(end), before)
        expect(applyEdits(before, edits)).toBe(spliced)
      }),
    )
  })

  it('does not depend on the order in which they are given', () => {
    fc.assert(
      fc.property(edited(marked), ({ before, edits }) => {
        expect(applyEdits(before, edits.toReversed())).toBe(applyEdits(before, edits))
      }),
    )
  })

  it('keeps every character that no edit names', () => {
    fc.assert(
      fc.property(edited(marked), ({ before, edits }) => {
        const named = (at: number) => edits.some(({ start, end }) => at >= start && at < end)
        const kept = before.split('').filter((_, at) => !named(at))
        expect(
          applyEdits(
            before,
            edits.map((one) => ({ ...one, text: '' })),
          ),
        ).toBe(kept.join(''))
      }),
    )
  })

  it('changes nothing where there is nothing to do', () => {
    fc.assert(fc.property(marked, (before) => void expect(applyEdits(before, [])).toBe(before)))
  })

  it('writes the line ending of the place it goes to', () => {
    fc.assert(
      fc.property(edited(unixText.filter((any) => any.includes('\n'))), ({ before, edits }) => {
        // The same change in both worlds: offsets move by one for every line ending before them.
        const crlf = (any: string) => any.replaceAll('\n', '\r\n')
        const moved = (offset: number) => crlf(before.slice(0, offset)).length
        const windows = edits.map((one) => ({ ...one, start: moved(one.start), end: moved(one.end) }))
        expect(applyEdits(crlf(before), windows)).toBe(crlf(applyEdits(before, edits)))
      }),
    )
  })

  it('leaves mixed endings mixed, and follows the line it writes on', () => {
    expect(applyEdits('a\r\nb\nc', [edit(0, 0, 'x\n'), edit(3, 3, 'y\n')])).toBe('x\r\na\r\ny\nb\nc')
    expect(applyEdits('a\rb\rc', [edit(2, 3, 'x\ny')])).toBe('a\rx\ry\rc')
    expect(applyEdits('a\r\nb', [edit(4, 4, '\nc')])).toBe('a\r\nb\r\nc')
  })

  it('puts what goes to the very start behind the byte order mark', () => {
    expect(applyEdits('\uFEFFa', [edit(0, 0, 'b\n')])).toBe('\uFEFFb\na')
    expect(applyEdits('\uFEFFa', [edit(0, 2, 'b')])).toBe('\uFEFFb')
  })

  it('makes a file of an insertion into nothing', () => {
    expect(applyEdits('', [edit(0, 0, 'a\nb\n')])).toBe('a\nb\n')
  })

  it('refuses edits that overlap or leave the text', () => {
    const refused = (edits: readonly TextEdit[]) => expect(() => applyEdits('abcd', edits)).toThrow(RangeError)
    refused([edit(0, 3, ''), edit(2, 4, '')])
    refused([edit(0, 5, '')])
    refused([edit(3, 2, '')])
    refused([edit(0, 4, 'x'), edit(1, 1, 'y')])
  })
})

describe('overlapping', () => {
  it('touching is none, sharing a character and writing at the same point are', () => {
    expect(overlaps(place(0, 2), place(2, 4))).toBe(false)
    expect(overlaps(place(0, 2), place(1, 4))).toBe(true)
    expect(overlaps(place(2, 2), place(2, 2))).toBe(true)
    expect(overlaps(place(2, 2), place(2, 4))).toBe(false)
    expect(overlaps(place(2, 2), place(0, 2))).toBe(false)
    expect(overlaps(place(2, 2), place(0, 4))).toBe(true)
    expect(overlaps(place(0, 4), place(0, 4, 'g'))).toBe(false)
  })

  const any = fc.tuple(fc.nat(8), fc.nat(8)).map(([a, b]) => place(Math.min(a, b), Math.max(a, b)))

  it('does not depend on which is asked', () => {
    fc.assert(fc.property(any, any, (a, b) => void expect(overlaps(a, b)).toBe(overlaps(b, a))))
  })

  it('is exactly what cannot be applied together, or not in one way only', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        const both = [edit(a.start, a.end, 'x'), edit(b.start, b.end, 'y')]
        const outcomes = new Set([both, both.toReversed()].map((edits) => outcome('01234567', edits)))
        expect(overlaps(a, b)).toBe(outcomes.has(undefined) || outcomes.size > 1)
      }),
    )
  })

  function outcome(before: string, edits: readonly TextEdit[]): string | undefined {
    try {
      return applyEdits(before, edits)
    } catch {
      return undefined
    }
  }
})

describe('lines', () => {
  // Between \r and \n no line begins, and nobody asks for what stands there.
  it('begin where lineStarts says, and partition the text', () => {
    fc.assert(
      fc.property(text, (any) => {
        const starts = lineStarts(any)
        const lines = starts.map((start, i) => any.slice(start, starts[i + 1] ?? any.length))
        expect(lines.join('')).toBe(any)
        for (const line of lines.slice(0, -1)) expect(line).toMatch(/^[^\r\n]*(\r\n|\n|\r)$/)
        expect(lines.at(-1)).toMatch(/^[^\r\n]*$/)
      }),
    )
  })

  it('are found by any offset of theirs', () => {
    fc.assert(
      fc.property(text, fc.nat(40), (any, n) => {
        const offset = Math.min(n, any.length)
        fc.pre(!any.startsWith('\r\n', offset - 1))
        const starts = lineStarts(any)
        const line = lineAt(starts, offset)
        expect(starts[line]).toBeLessThanOrEqual(offset)
        expect(starts[line + 1] ?? Number.POSITIVE_INFINITY).toBeGreaterThan(offset)
        expect(positionAt(textFile('f', any), offset)).toEqual({ line: line + 1, column: offset - starts[line]! + 1 })
      }),
    )
  })

  it('have a range without, and a next line behind their ending', () => {
    fc.assert(
      fc.property(text, fc.nat(40), (any, n) => {
        const offset = Math.min(n, any.length)
        fc.pre(!any.startsWith('\r\n', offset - 1))
        const starts = lineStarts(any)
        const line = lineAt(starts, offset)
        const range = lineRange(any, offset)
        expect(range.start).toBe(starts[line])
        expect(any.slice(range.start, range.end)).not.toMatch(/[\r\n]/)
        expect(nextLine(any, offset)).toBe(starts[line + 1] ?? any.length)
        expect(any.slice(range.end, nextLine(any, offset))).toMatch(/^(\r\n|\n|\r|)$/)
      }),
    )
  })

  it('end the way their own ending says, the last one like the one before', () => {
    expect(eolAt('a\r\nb', 0)).toBe('\r\n')
    expect(eolAt('a\r\nb', 3)).toBe('\r\n')
    expect(eolAt('a\nb\r\n', 2)).toBe('\r\n')
    expect(eolAt('a\rb', 2)).toBe('\r')
    expect(eolAt('ab', 1)).toBe('\n')
    expect(eolAt('', 0)).toBe('\n')
  })

  it('count from one behind the byte order mark', () => {
    expect(positionAt(textFile('f', '\uFEFFab\nc'), 0)).toEqual({ line: 1, column: 1 })
    expect(positionAt(textFile('f', '\uFEFFab\nc'), 2)).toEqual({ line: 1, column: 2 })
    expect(positionAt(textFile('f', '\uFEFFab\nc'), 4)).toEqual({ line: 2, column: 1 })
  })
})

/** Whether taking the line at an offset away brings a lone `\r` and a `\n` together. */
function joinsEndings(any: string, offset: number): boolean {
  const starts = lineStarts(any)
  const line = lineAt(starts, offset)
  const next = starts[line + 1] ?? any.length
  return any[starts[line]! - 1] === '\r' && any[next] === '\n'
}

describe('whole lines', () => {
  const numbered = fc.tuple(text, fc.nat(40)).map(([any, n]) => [any, Math.min(n, any.length)] as const)

  it('come in above and below, and the last newline stays as it was', () => {
    fc.assert(
      fc.property(numbered, ([any, offset]) => {
        fc.pre(!any.startsWith('\r\n', offset - 1))
        const line = lineAt(lineStarts(any), offset)
        const lines = any.split(/\r\n|\n|\r/)
        const linesAfter = (one: TextEdit) => applyEdits(any, [one]).split(/\r\n|\n|\r/)
        expect(linesAfter(insertLinesAbove(documentOf(any), offset, 'x\ny'))).toEqual(
          lines.toSpliced(line, 0, 'x', 'y'),
        )
        expect(linesAfter(insertLinesBelow(documentOf(any), offset, 'x\ny'))).toEqual(
          lines.toSpliced(line + 1, 0, 'x', 'y'),
        )
      }),
    )
  })

  it('go with their ending, the last one with the ending before it', () => {
    fc.assert(
      fc.property(numbered, ([any, offset]) => {
        fc.pre(!any.startsWith('\r\n', offset - 1))
        const line = lineAt(lineStarts(any), offset)
        const lines = any.split(/\r\n|\n|\r/)
        // What ends in a lone \r and then meets a \n is one line ending where there were two.
        fc.pre(!joinsEndings(any, offset))
        const left = applyEdits(any, [removeLines(documentOf(any), { start: offset, end: offset })])
        expect(left.split(/\r\n|\n|\r/)).toEqual(lines.length > 1 ? lines.toSpliced(line, 1) : [''])
      }),
    )
  })
})
