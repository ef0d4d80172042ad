/** One text for one value, so that a value has one digest. */
import { createHash } from 'node:crypto'
import type { CampaignPlan, Digest } from './model.js'

/** JSON with the keys of every object in order of their code units; what is `undefined` is left out, as JSON leaves it out. */
export function canonicalJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, sorted, indent)
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** The hash of a plan: of all of it but the hash. */
export function planHash({ hash: _, ...rest }: Omit<CampaignPlan, 'hash'> & { readonly hash?: Digest }): Digest {
  return digestOf(canonicalJson(rest))
}
