/** The one door to a forge for everything that uses the same token, in this process and in others. */
import { ForgeError, type Gate } from '../forge.js'
import type { Limits } from '../model.js'
import type { LimitStore } from './limit-store.js'
import { answered, ask, freshLimiter, type LimiterState, limited, type RequestKind, succeeded } from './limiter.js'

/** Seconds since 1970. */
export type Clock = () => number

/** Waits so many seconds; ends early, with the signal's reason, if it is aborted. */
export type Sleep = (seconds: number, signal: AbortSignal) => Promise<void>

/** How often in a row the forge may find it too much before a request is given up. */
const GIVES_UP_AFTER = 5

/** Seconds that a person waits for one request. The hourly budget alone can take an hour. */
const PATIENCE = 3700

/**
 * A gate that waits for the limits in `store`. What the forge found too much was not done, and is asked again after the pause;
 * everything else is the caller's to judge. Once the token was refused nothing more is asked, and once the signal is aborted no
 * further request begins; those under way are waited for.
 */
export function gateOf(limits: Limits, store: LimitStore, clock: Clock, sleep: Sleep, signal: AbortSignal): Gate {
  let refused: ForgeError | undefined

  /** @returns when the request was let through */
  async function turn(kind: RequestKind): Promise<number> {
    for (;;) {
      signal.throwIfAborted()
      if (refused) throw refused
      const time = clock()
      const step = (state = freshLimiter(limits, time)) => ask(state, kind, limits, time)
      // A read counts for nothing, so it only looks.
      const wait = kind === 'read' ? step(store.peek()).wait : await store.change(step)
      if (refused) throw refused
      if (wait <= 0) return time
      if (wait > PATIENCE) throw new ForgeError('limited', inWords(wait), wait)
      await sleep(wait, signal)
    }
  }

  async function learn(since: number, next: (state: LimiterState, time: number) => LimiterState): Promise<void> {
    const time = clock()
    await store.change((state = freshLimiter(limits, since)) => ({ state: next(state, time), wait: 0 }))
  }

  return async (kind, request) => {
    for (let attempt = 1; ; attempt++) {
      const since = await turn(kind)
      const outcome = await settled(signal, request)
      if ('answer' in outcome) {
        if (kind !== 'read') await learn(since, (state, time) => succeeded(state, since, limits, time))
        return outcome.answer
      }
      const { error } = outcome
      if (isUnauthorised(error)) refused = new ForgeError('unauthorised', error.message)
      if (!(error instanceof ForgeError) || error.kind !== 'limited') {
        if (kind !== 'read') await learn(since, (state, time) => answered(state, since, time))
        throw error
      }
      const { retryAfter } = error
      const event = { kind, since, ...(retryAfter !== undefined && { retryAfter }) }
      await learn(since, (state, time) => limited(state, event, time))
      if (attempt === GIVES_UP_AFTER) throw error
    }
  }
}

/** What came of a request that may begin only as long as nobody has given up. */
async function settled<T>(signal: AbortSignal, request: () => Promise<T>): Promise<{ answer: T } | { error: unknown }> {
  try {
    signal.throwIfAborted()
    return { answer: await request() }
  } catch (error) {
    return { error }
  }
}

/** A push is refused in git's words, not in the forge's. */
function isUnauthorised(error: unknown): error is Error {
  return error instanceof Error && 'kind' in error && error.kind === 'unauthorised'
}

function inWords(seconds: number): string {
  return `the forge wants to be left alone for ${Math.ceil(seconds / 60)} minutes; run apply again then`
}
