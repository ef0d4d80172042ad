import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Dockerfile, Instruction } from '../../src/documents/dockerfile.js'
import { documentOf, loadLenses } from '../../src/documents/index.js'
import type { TextEdit } from '../../src/model.js'
import { textFile } from '../../src/project.js'
import { appendCommand, joinRuns, prependCommand, removeStep, stepOf } from '../../src/repairs/chains.js'
import { applyEdits } from '../../src/text.js'

beforeAll(() => loadLenses(['Dockerfile']))

const HEAD = 'FROM debian\nRUN '
const read = (text: string) => documentOf(textFile('Dockerfile', text), 'dockerfile')!

/** What a shell makes of a script: its exit status and what it writes. */
function outcome(script: string) {
  const { status, stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  return { status, stdout }
}

/** The script of the first RUN after an edit, or `undefined` if there was none. */
function edited(script: string, edit: (document: Dockerfile, run: Instruction) => TextEdit | undefined) {
  const document = read(HEAD + script)
  const made = edit(document, document.instructions[1]!)
  return made && applyEdits(HEAD + script, [made]).slice(HEAD.length)
}

const step = fc.constantFrom(
  'echo a',
  'false',
  'true',
  '(echo b; exit 3)',
  '{ echo c; false; }',
  '{ false; echo d; }',
  'if true; then false; echo e; fi',
  'for x in 1 2; do false; echo $x; done',
  'echo f | cat',
  'false | cat',
  '! true',
)
const joint = fc.constantFrom(' && ', ' || ', '; ', ' \\\n    && ', ' && \\\n    ', '; \\\n    ')
const script = fc
  .tuple(
    fc.constantFrom('', 'set -e; ', 'set -eux; \\\n    ', 'set -e && ', 'echo s; set -e; '),
    fc.array(fc.tuple(step, joint), { minLength: 1, maxLength: 4 }),
  )
  .map(([head, parts]) => head + parts.map(([text, joint], i) => (i < parts.length - 1 ? text + joint : text)).join(''))

describe('a command behind the others', () => {
  it('runs only if all has worked, and changes nothing else', () => {
    fc.assert(
      fc.property(script, (text) => {
        const after = edited(text, (document, run) => appendCommand(document, run, 'echo END'))
        if (after === undefined) return
        const was = outcome(text)
        const is = outcome(after)
        expect({ text, status: is.status }).toEqual({ text, status: was.status })
        expect(is.stdout).toBe(was.status === 0 ? `${was.stdout}END\n` : was.stdout)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['a', 'a && x'],
    ['a # why', 'a && x # why'],
    ['a \\\n    && b', 'a \\\n    && b \\\n    && x'],
    ['a && \\\n\tb;', 'a && \\\n\tb && \\\n\tx;'],
    ['a \\\n  b \\\n  c', 'a \\\n  b \\\n  c \\\n  && x'],
    ['set -e; \\\n  a; \\\n  b', 'set -e; \\\n  a; \\\n  b; \\\n  x'],
    ['a && b || c', 'a && b || c && x'],
  ])('of %j', (text, expected) => {
    expect(edited(text, (document, run) => appendCommand(document, run, 'x'))).toBe(expected)
  })

  it.each(['a &', 'a && exec b', 'set -e; if a; then b; fi', 'set -e; f() { a; }; f', 'a && ('])(
    'is none in %j',
    (text) => {
      expect(edited(text, (document, run) => appendCommand(document, run, 'x'))).toBeUndefined()
    },
  )
})

describe('a command before another', () => {
  const target = (document: Dockerfile, run: Instruction) =>
    document.shell(run).commands.find(({ words }) => words[1]?.value === 'TARGET')!

  it('changes nothing if it works, and if it fails the other is not reached', () => {
    fc.assert(
      fc.property(script, fc.nat(3), (text, nth) => {
        let seen = 0
        const aimed = text.replace(/echo a|true/g, (found) => (seen++ === nth ? 'echo TARGET' : found))
        if (aimed === text) return
        const put = (words: string) =>
          edited(aimed, (document, run) => {
            const command = target(document, run)
            return command && prependCommand(document, run, command, words)
          })
        const [working, failing] = [put('true'), put('false')]
        if (working === undefined || failing === undefined) return
        expect(outcome(working)).toEqual(outcome(aimed))
        expect(outcome(failing).stdout).not.toContain('TARGET')
      }),
      { numRuns: 200 },
    )
  })
})

describe('two RUNs joined', () => {
  it('fail where either of them would have', () => {
    fc.assert(
      fc.property(script, script, (first, second) => {
        const text = `${HEAD}${first}\n# why\nRUN ${second}\n`
        const document = read(text)
        const edit = joinRuns(document, document.instructions[1]!, document.instructions[2]!)
        if (!edit) return
        const joined = applyEdits(text, [edit])
        expect(joined).toContain('# why')
        const one = outcome(first)
        const two = one.status === 0 ? outcome(second) : { status: one.status, stdout: '' }
        // As builders do: comment lines among the lines of an instruction do not count.
        const is = outcome(joined.slice(HEAD.length).replace(/^#.*\n/gm, ''))
        expect({ joined, ...is }).toEqual({ joined, status: two.status, stdout: one.stdout + two.stdout })
      }),
      { numRuns: 300 },
    )
  })
})

describe('a command taken out', () => {
  it('leaves what the others do as it was', () => {
    fc.assert(
      fc.property(script, fc.nat(3), (text, nth) => {
        let seen = 0
        const aimed = text.replace(/true/g, (found) => (seen++ === nth ? ': TARGET' : found))
        const after = edited(aimed, (document, run) => {
          const command = document.shell(run).commands.find(({ words }) => words[1]?.value === 'TARGET')
          const place = command && stepOf(document, run, command)
          return place && removeStep(document, run, place)
        })
        if (after === undefined) return
        expect({ aimed, ...outcome(after) }).toEqual({ aimed, ...outcome(aimed) })
      }),
      { numRuns: 200 },
    )
  })
})
