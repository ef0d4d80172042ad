/**
 * How fast one forge may be written to with one token, as a value: state and event in, state and wait out. Times are seconds
 * since 1970, from one clock. Four limits stand one behind the other, and a request waits for the slowest: a gap between
 * writes, a longer one between those that notify people, so many a minute, and an hourly budget that is found out carefully.
 * GitHub tells nobody what it allows; it only says when it was too much.
 */
import type { Limits } from '../model.js'

export type RequestKind = 'read' | 'write' | 'notify'

export interface LimiterState {
  /** When each write of the last hour was answered, oldest first: the forge counts it from somewhere before. */
  readonly writes: readonly number[]
  /** When each write was let through that is not answered yet, oldest first. Those of a process that died stay here. */
  readonly underWay: readonly number[]
  /** When people were last notified. */
  readonly notified: number
  /** How many writes any hour may hold, at present. */
  readonly budget: number
  /** Since when nothing was too much for the forge; moves on with each growth of the budget. */
  readonly cleanSince: number
  /** Nothing at all is asked before. */
  readonly pausedUntil: number
  /** How often in a row it was too much. */
  readonly strikes: number
  /** When it last was. */
  readonly struck: number
}

const MINUTE = 60
const HOUR = 3600
/** A write that nobody hears of any more has reached the forge, if ever, within so long. */
const ON_ITS_WAY = 60
/** For so long without a complaint the budget grows by one step. */
const CLEAN = 600
/** No pause is longer, whatever a forge says: it may be wrong, or mean harm. */
const LONGEST_PAUSE = 24 * HOUR

export function freshLimiter(limits: Limits, time: number): LimiterState {
  return {
    writes: [],
    underWay: [],
    notified: -HOUR,
    budget: limits.perHour.start,
    cleanSince: time,
    pausedUntil: 0,
    strikes: 0,
    struck: -HOUR,
  }
}

/**
 * Asks for leave to make a request now. Without a wait it is granted, and the state counts it; otherwise nothing has happened,
 * and it is to be asked again after that many seconds.
 */
export function ask(
  state: LimiterState,
  kind: RequestKind,
  limits: Limits,
  time: number,
): { readonly state: LimiterState; readonly wait: number } {
  const current = forgetful(state, time)
  const wait = Math.max(0, earliest(current, kind, limits) - time)
  if (wait > 0 || kind === 'read') return { state: current, wait }
  const notified = kind === 'notify' ? time : current.notified
  return { state: { ...current, underWay: [...current.underWay, time], notified }, wait: 0 }
}

/** When a request of a kind may be made if no other is made before. */
function earliest(state: LimiterState, kind: RequestKind, limits: Limits): number {
  const { writes, underWay, budget, pausedUntil, notified } = state
  if (kind === 'read') return pausedUntil
  const arrived = [...writes, ...underWay.map((at) => at + ON_ITS_WAY)].sort((a, b) => a - b)
  return Math.max(
    pausedUntil,
    Math.max(writes.at(-1) ?? -HOUR, underWay.at(-1) ?? -HOUR) + limits.gap,
    kind === 'notify' ? notified + limits.notifyingGap : 0,
    leaves(arrived, limits.perMinute, MINUTE),
    leaves(arrived, budget, HOUR),
  )
}

/** When a window has room for one more: as soon as the one that fills it has left it. */
function leaves(arrived: readonly number[], most: number, window: number): number {
  return arrived.length < most ? 0 : arrived[arrived.length - most]! + window
}

/** There is an answer, of whatever kind, to a write that was let through at `since`. */
export function answered(state: LimiterState, since: number, time: number): LimiterState {
  const answeredOne = state.underWay.indexOf(since)
  return {
    ...state,
    writes: [...state.writes, time].sort((a, b) => a - b),
    underWay: state.underWay.filter((_, i) => i !== answeredOne),
    notified: state.notified === since ? time : state.notified,
  }
}

/** A write went well that was let through at `since`. */
export function succeeded(before: LimiterState, since: number, limits: Limits, time: number): LimiterState {
  const state = answered(before, since, time)
  if (since <= state.struck) return state
  // What we waited for ourselves counts, but no longer than an hour: nobody has been patient for what was never asked.
  const steps = Math.min(Math.floor((time - state.cleanSince) / CLEAN), HOUR / CLEAN)
  if (steps < 1) return { ...state, strikes: 0 }
  const { step, most } = limits.perHour
  const budget = Math.max(state.budget, Math.min(state.budget + steps * step, most))
  return { ...state, strikes: 0, budget, cleanSince: time }
}

/**
 * It was too much for the forge: everything pauses, for as long as it says and longer each time. Only a write says something of
 * the budget. Several requests that were under way together are told together, and that is one complaint.
 * @param since When the request was let through.
 * @param retryAfter Seconds, if the forge said so; for a primary limit until its hour is over.
 */
export function limited(
  before: LimiterState,
  event: { readonly kind: RequestKind; readonly since: number; readonly retryAfter?: number },
  time: number,
): LimiterState {
  const state = event.kind === 'read' ? before : answered(before, event.since, time)
  const isSame = event.since <= state.struck
  const strikes = isSame ? state.strikes : state.strikes + 1
  const backoff = Math.min(MINUTE * 2 ** (strikes - 1), HOUR)
  const pause = Math.min(Math.max(event.retryAfter ?? 0, backoff), LONGEST_PAUSE)
  const budget = isSame || event.kind === 'read' ? state.budget : Math.max(1, Math.floor(state.budget / 2))
  return {
    ...state,
    strikes,
    budget,
    struck: isSame ? state.struck : time,
    cleanSince: time,
    pausedUntil: Math.max(state.pausedUntil, time + pause),
  }
}

/** Seconds until so many more writes have been let through, if all goes well and each notifies people. */
export function eta(state: LimiterState, calls: number, limits: Limits, time: number): number {
  let current = state
  let now = time
  for (let call = 0; call < Math.min(calls, MOST_FORESEEN); call++) {
    const { wait } = ask(current, 'notify', limits, now)
    now += wait
    current = succeeded(ask(current, 'notify', limits, now).state, now, limits, now)
  }
  const seconds = now - time
  return calls <= MOST_FORESEEN ? seconds : (seconds * calls) / MOST_FORESEEN
}

/** Beyond this the rest is extrapolated. */
const MOST_FORESEEN = 2000

/** Without what is over; and if the clock was put back, nothing that lies ahead counts for more than if it were now. */
function forgetful(state: LimiterState, time: number): LimiterState {
  return {
    ...state,
    writes: state.writes.filter((at) => at > time - HOUR).map((at) => Math.min(at, time)),
    underWay: state.underWay.filter((at) => at + ON_ITS_WAY > time - HOUR).map((at) => Math.min(at, time)),
    notified: Math.min(state.notified, time),
    cleanSince: Math.min(state.cleanSince, time),
    struck: Math.min(state.struck, time),
    pausedUntil: Math.min(state.pausedUntil, time + LONGEST_PAUSE),
  }
}
