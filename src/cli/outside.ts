import type { Facts, Want } from '../model.js'

/** What planning may know from outside the project. */
export interface Outside {
  readonly facts: Facts
  /** Looks up what was missing. Whether anything has come to be known: then it is worth planning again. */
  readonly learn: (wanted: readonly Want[]) => Promise<boolean>
  /** Takes in what somebody has seen. */
  readonly tell: (want: Want, answer: unknown) => void
}

/**
 * What is known from outside, each thing asked once in a run: by registries and the engine of this machine if `isOnline`,
 * and by whoever has seen something for himself.
 */
export function outside(isOnline: boolean, tick: (doing: string) => void): Outside {
  const known = new Map<string, unknown>()
  const nameOf = ({ kind, key }: Want) => `${kind} ${key}`
  return {
    facts: { get: (want) => known.get(nameOf(want)) },
    tell: (want, answer) => known.set(nameOf(want), answer),
    learn: async (wanted) => {
      const before = known.size
      const missing = isOnline ? wanted.filter((want) => !known.has(nameOf(want))) : []
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
