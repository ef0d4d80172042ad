/** What a failure means for a pull request. Pure. */
import { escaped } from '../../escape.js'
import { ForgeError } from '../forge.js'
import type { PullState } from '../model.js'
import { GitError } from '../repository.js'
import { BuildError } from './build.js'

/**
 * `again`: the other side is not as we thought, or may have done it: it has to be looked at before anything else is done.
 * `stop`: nothing more is to be asked of anybody with these credentials, or a defect.
 */
export type Meaning =
  | {
      readonly means: 'end'
      readonly state: Extract<PullState, 'stale' | 'blocked' | 'waiting' | 'failed' | 'merged'>
      readonly reason: string
    }
  | { readonly means: 'again'; readonly reason: string }
  | { readonly means: 'stop' }

export function meaningOf(error: unknown): Meaning {
  const kind =
    error instanceof ForgeError || error instanceof GitError || error instanceof BuildError
      ? MEANINGS[error.kind]
      : 'stop'
  const reason = escaped(error instanceof Error ? error.message : String(error))
  if (kind === 'stop') return { means: 'stop' }
  return kind === 'again' ? { means: 'again', reason } : { means: 'end', state: kind, reason }
}

type Kind = ForgeError['kind'] | GitError['kind'] | BuildError['kind']

const MEANINGS: Readonly<
  Record<Kind, 'again' | 'stop' | Extract<PullState, 'stale' | 'blocked' | 'waiting' | 'failed' | 'merged'>>
> = {
  unauthorised: 'stop',
  interrupted: 'stop',
  limited: 'waiting',
  gone: 'blocked',
  forbidden: 'blocked',
  archived: 'blocked',
  protected: 'blocked',
  rejected: 'blocked',
  unsupported: 'blocked',
  // What the plan brings is there already: somebody took it in another way.
  same: 'merged',
  exists: 'again',
  stale: 'again',
  unavailable: 'again',
  unreachable: 'again',
  broken: 'again',
  invalid: 'failed',
  moved: 'failed',
  missing: 'failed',
  limit: 'failed',
  empty: 'failed',
  damaged: 'failed',
  changed: 'stale',
}

/** Whether, after this error, what was asked for may have been done all the same. */
export function mayBeDone(error: unknown): boolean {
  if (error instanceof ForgeError) return error.kind === 'unavailable'
  if (error instanceof GitError) return ['unreachable', 'broken', 'interrupted', 'limit'].includes(error.kind)
  return true
}
