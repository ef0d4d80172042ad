import { describe, expect, it } from 'vitest'
import { allowing, plan } from '../../src/engine/plan.js'
import type { Finding, Transform } from '../../src/model.js'
import { projectOf, textFile } from '../../src/project.js'
import { provePlan } from '../../src/verify/prove-plan.js'
import type { Proof, Prover } from '../../src/verify/verify.js'

/** A transform that writes its letter under each line `FROM` of a file, unless it is there. */
function writing(letter: string): Transform {
  return {
    id: letter,
    title: letter,
    severity: 'low',
    references: [],
    doc: '## Safety\nNone.',
    on: 'dockerfile',
    *run({ file }): Iterable<Finding> {
      if (file.text.includes(`LABEL ${letter}=1`)) return
      const at = { path: file.path, start: 0, end: 4 }
      const end = file.text.length
      const edits = [{ path: file.path, start: end, end, text: `LABEL ${letter}=1\n` }]
      yield { at, message: `${letter} is missing`, fixes: [{ title: `Write ${letter}`, applicability: 'safe', edits }] }
    },
  }
}

const letters = [...'abcdefgh']
const transforms = letters.map(writing)
const project = (...paths: readonly string[]) =>
  projectOf(paths.map((path) => textFile(path, 'FROM scratch\nCMD ["/a"]\n')))

/** Says that every image with one of these letters is worse, and counts how often it was asked. */
function proverThatHates(...bad: readonly string[]): Prover & { asked: number } {
  const prover = {
    asked: 0,
    traces: async () => new Map(),
    prove: async (
      _: unknown,
      { project: after }: { project: ReturnType<typeof project> },
    ): Promise<readonly Proof[]> => {
      prover.asked++
      return after.paths.map((path) => {
        const found = bad.find((letter) => after.read(path)!.text.includes(`LABEL ${letter}=1`))
        const recipe = { dockerfile: path, context: '.', target: undefined, args: new Map() }
        const worse = found ? [{ what: `${found} hurts`, line: `the log says ${found}` }] : []
        return { name: path, dockerfile: path, recipe, before: undefined, after: undefined, worse, notes: [] }
      })
    },
  }
  return prover
}

async function proven(prover: Prover, ...paths: readonly string[]) {
  const select = allowing('safe')
  const before = project(...paths)
  const first = await plan(before, transforms, select)
  return provePlan(first, prover, select, (without) => plan(before, transforms, without))
}

const lettersOf = (text: string) => [...text.matchAll(/LABEL (\w)/g)].map(([, letter]) => letter).join('')

describe('a plan that is proved', () => {
  it('stays as it is if nothing is worse', async () => {
    const { plan: result, dropped, proofs } = await proven(proverThatHates(), 'Dockerfile')
    expect(dropped).toEqual([])
    expect(proofs).toHaveLength(1)
    expect(lettersOf(result.after.read('Dockerfile')!.text)).toBe('abcdefgh')
  })

  it.each(letters)('loses %s, and only that, if that hurts, and says which line says so', async (letter) => {
    const prover = proverThatHates(letter)
    const { plan: result, dropped } = await proven(prover, 'Dockerfile')
    expect(dropped.map(({ transform, why, guilty }) => ({ transform, why, guilty }))).toEqual([
      { transform: letter, why: { what: `${letter} hurts`, line: `the log says ${letter}` }, guilty: true },
    ])
    expect(lettersOf(result.after.read('Dockerfile')!.text)).toBe(letters.join('').replace(letter, ''))
    // The whole, its halves, and the whole without the guilty one.
    expect(prover.asked).toBeLessThanOrEqual(2 + 1 + Math.ceil(Math.log2(letters.length)))
  })

  it('loses several, one after the other', async () => {
    const { plan: result, dropped } = await proven(proverThatHates('c', 'g'), 'Dockerfile')
    expect(dropped.map(({ transform }) => transform)).toEqual(['c', 'g'])
    expect(lettersOf(result.after.read('Dockerfile')!.text)).toBe('abdefh')
  })

  it('tells the files of one step apart', async () => {
    const hates: Prover = {
      traces: async () => new Map(),
      prove: async (before, after) => {
        const proofs = await proverThatHates('d').prove(before, after)
        return proofs.map((proof) => (proof.name === 'b/Dockerfile' ? proof : { ...proof, worse: [] }))
      },
    }
    const { plan: result } = await proven(hates, 'a/Dockerfile', 'b/Dockerfile', 'c/Dockerfile')
    const left = result.after.paths.map((path) => lettersOf(result.after.read(path)!.text))
    expect(left).toEqual(['abcdefgh', 'abcefgh', 'abcdefgh'])
  })

  it('leaves alone what nothing can be said of, and says why', async () => {
    const silent: Prover = {
      traces: async () => new Map(),
      prove: async (before, after) => {
        const proofs = await proverThatHates().prove(before, after)
        return proofs.map((proof) =>
          proof.name === 'b/Dockerfile' ? { ...proof, unproven: 'it does not build' } : proof,
        )
      },
    }
    const { plan: result, dropped } = await proven(silent, 'a/Dockerfile', 'b/Dockerfile')
    expect(result.after.read('b/Dockerfile')!.text).toBe('FROM scratch\nCMD ["/a"]\n')
    expect(lettersOf(result.after.read('a/Dockerfile')!.text)).toBe('abcdefgh')
    expect(new Set(dropped.map(({ why, guilty }) => `${why.what} ${guilty}`))).toEqual(
      new Set(['it does not build false']),
    )
  })
})
