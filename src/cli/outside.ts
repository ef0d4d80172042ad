import type { Facts, Want } from '../model.js'
import { noFacts } from '../project.js'

/** What planning may know from outside the project. */
export interface Outside {
  readonly facts: Facts
  /** Looks up what was missing. Whether anything has come to be known: then it is worth planning again. */
  readonly learn: (wanted: readonly Want[]) => Promise<boolean>
}

/** Nothing from outside. */
export const offline: Outside = { facts: noFacts, learn: async () => false }

/** Asks registries and the engine of this machine, each thing once in a run. */
export function online(tick: (doing: string) => void): Outside {
  const known = new Map<string, unknown>()
  const nameOf = ({ kind, key }: Want) => `${kind} ${key}`
  return {
    facts: { get: (want) => known.get(nameOf(want)) },
    learn: async (wanted) => {
      const before = known.size
      const missing = wanted.filter((want) => !known.has(nameOf(want)))
      if (missing.length === 0) return false
      const { lookUp } = await import('../sources/resolve.js')
      await lookUp(missing, (want, answer) => {
        tick(`looked up ${want.key}`)
        known.set(nameOf(want), answer)
      })
      return known.size > before
    },
  }
}
