import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PatchError, partsOf, patched } from '../../../src/campaign/publish/patch.js'
import { patchOf } from '../../../src/engine/patch.js'

const file = (path: string, text: string) => ({ path, text, encoding: 'utf8' as const, mode: 0o644 })
const encode = ({ text }: { text: string }) => Buffer.from(text, 'latin1')
const patchFrom = (path: string, before: string | undefined, after: string) =>
  patchOf([{ path, before: before === undefined ? undefined : file(path, before), after: file(path, after) }], encode)

/** Few different lines, so that a hunk would fit in many places. */
const text = fc
  .tuple(
    fc.array(fc.constantFrom('a\n', 'b\n', 'a\r\n', '\n', '\r\n', '-\n', '+\n', '\\\n', '@@ -1 +1 @@\n', 'ÿ\n')),
    fc.constantFrom('', 'x', 'a\r'),
  )
  .map(([lines, end]) => lines.join('') + end)

describe('a patch', () => {
  it('makes of the file it was made of exactly what it was made for', () => {
    fc.assert(
      fc.property(
        text,
        text,
        fc.constantFrom('Dockerfile', 'a b/Dockerfile', 'ü"\\\n.yml', 'x b/x'),
        (before, after, path) => {
          fc.pre(before !== after)
          const parts = partsOf(patchFrom(path, before, after))
          expect(patched(parts, path, Buffer.from(before, 'latin1')).toString('latin1')).toBe(after)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('makes a new file, an empty one too', () => {
    for (const after of ['', 'a', 'a\nb\r\n']) {
      expect(patched(partsOf(patchFrom('new', undefined, after)), 'new', undefined).toString()).toBe(after)
    }
  })

  it('is never applied anywhere else than where it says', () => {
    const patch = partsOf(patchFrom('f', '1\n2\n3\n4\n5\n', '1\n2\nthree\n4\n5\n'))
    expect(() => patched(patch, 'f', Buffer.from('0\n1\n2\n3\n4\n5\n'))).toThrow(PatchError)
    expect(() => patched(patch, 'f', Buffer.from('1\r\n2\r\n3\r\n4\r\n5\r\n'))).toThrow(PatchError)
    expect(() => patched(patch, 'g', Buffer.from('1\n2\n3\n4\n5\n'))).toThrow('does not name')
  })

  it('of another making is refused', () => {
    const good = patchFrom('f', 'a\n', 'b\n').toString()
    for (const bad of [
      good.slice(0, -1),
      `x\n${good}`,
      good + good,
      good.replace('@@ -1 +1 @@', '@@ -1,2 +1 @@'),
      good.replace('+b', '?b'),
      `${good}+c\n`,
    ]) {
      expect(() => patched(partsOf(Buffer.from(bad)), 'f', Buffer.from('a\n'))).toThrow(PatchError)
    }
  })
})
