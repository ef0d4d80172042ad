/** What is to be done about one pull request, judged by what the forge shows and the journal knows. Pure. */
import type { PullRequest } from '../forge.js'
import type { Digest, ObjectId, PullState } from '../model.js'
import type { Ledger } from './entries.js'
import { type Marker, markerOf } from './marker.js'

/** What the forge shows of a branch. */
export interface Seen {
  /** From our branch, newest first. */
  readonly pulls: readonly PullRequest[]
  readonly tip: ObjectId | undefined
}

/** Whom we are looking for. */
export interface Wanted {
  readonly campaign: string
  readonly group: string
  /** Digest of the pull request as planned. */
  readonly pull: Digest
  /** Whether what a person closed is to be opened again. */
  readonly reopen: boolean
  /** What the plan rests on: a branch that points there holds nobody's work, such as one whose first commit was never made. */
  readonly base?: ObjectId
}

/**
 * What the branch points to: nothing · the very commits of this plan · commits of ours for an earlier one · something that
 * neither the journal nor a marker knows.
 */
export type TipKind = 'absent' | 'planned' | 'ours' | 'unknown'

export type Decision =
  | {
      readonly do: 'end'
      readonly state: Extract<PullState, 'open' | 'merged' | 'declined' | 'conflicted'>
      /** Missing where what we bring came to be there without one. */
      readonly pull?: PullRequest
      readonly reason?: string
    }
  | {
      readonly do: 'publish'
      readonly tipKind: TipKind
      /** Ours and open: to be brought up to date. */
      readonly open?: PullRequest
      /** Ours and closed: to be opened again. */
      readonly closed?: PullRequest
    }

export function decide(seen: Seen, wanted: Wanted, ledger: Ledger): Decision {
  const ours = oursOf(seen, wanted, ledger)
  const foreign = seen.pulls.find((pull) => pull.state === 'open' && !ours.some((own) => own.pull === pull))
  if (foreign) {
    return {
      do: 'end',
      state: 'conflicted',
      pull: foreign,
      reason: `#${foreign.number} is open on our branch, and is not ours`,
    }
  }
  const current = ours.find(({ pull }) => pull.state === 'open') ?? ours[0]
  const tipKind = tipKindOf(seen, wanted, ledger)
  if (current === undefined) {
    const { stand } = ledger
    const isThere = stand?.state === 'merged' && stand.pull === wanted.pull
    return isThere ? { do: 'end', state: 'merged', reason: stand.reason } : { do: 'publish', tipKind }
  }

  const { pull, marker } = current
  // A person may have rewritten the text: it is left as it is, and the journal knows the rest.
  const isPlanned = marker === undefined || marker.pull === wanted.pull
  switch (pull.state) {
    case 'merged':
      return isPlanned ? { do: 'end', state: 'merged', pull } : { do: 'publish', tipKind }
    case 'closed':
      if (wanted.reopen) return { do: 'publish', tipKind, closed: pull }
      return { do: 'end', state: 'declined', pull, reason: closedBy(pull, ledger) }
    case 'open':
      if (tipKind === 'unknown' && isPlanned) {
        return { do: 'end', state: 'conflicted', pull, reason: "somebody else's commits are on the branch" }
      }
      if (tipKind === 'planned' && isPlanned && (marker === undefined || marker.head === seen.tip)) {
        return { do: 'end', state: 'open', pull }
      }
      return { do: 'publish', tipKind, open: pull }
  }
}

function closedBy({ number }: PullRequest, ledger: Ledger): string {
  return ledger.closed.has(number) ? 'it was closed by `harden campaign close`' : 'a person closed it'
}

/** Ours by its marker, or by the journal where the marker is gone; with the marker, if it has ours. */
export function ownershipOf(
  pull: PullRequest,
  { campaign, group }: Pick<Wanted, 'campaign' | 'group'>,
  ledger: Ledger,
): { readonly marker: Marker | undefined } | undefined {
  const marker = markerOf(pull.body)
  if (marker?.campaign === campaign && marker.group === group) return { marker }
  return marker === undefined && ledger.numbers.has(pull.number) ? { marker } : undefined
}

function oursOf(seen: Seen, wanted: Wanted, ledger: Ledger) {
  return seen.pulls.flatMap((pull) => {
    const mine = ownershipOf(pull, wanted, ledger)
    return mine ? [{ pull, ...mine }] : []
  })
}

/** What the branch holds, by the journal and by the markers of our pull requests from it. */
export function tipKindOf(seen: Seen, wanted: Wanted, ledger: Ledger): TipKind {
  const { tip } = seen
  if (tip === undefined) return 'absent'
  const made = [
    ...ledger.made.filter(({ commit }) => commit === tip),
    ...oursOf(seen, wanted, ledger).flatMap(({ marker }) => (marker?.head === tip ? [{ pull: marker.pull }] : [])),
  ]
  if (made.some(({ pull }) => pull === wanted.pull)) return 'planned'
  return made.length > 0 || tip === wanted.base ? 'ours' : 'unknown'
}
