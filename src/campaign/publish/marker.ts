/**
 * The line by which a pull request says that it is ours, what it was opened for, and which commit we left on its branch. It is
 * found again from the forge alone, whatever became of the journal.
 */
import type { Digest, ObjectId } from '../model.js'

export interface Marker {
  /** Id of the campaign. */
  readonly campaign: string
  readonly group: string
  /** Hash of the plan that was reviewed. */
  readonly plan: Digest
  /** The tip of the branch as we left it. */
  readonly head: ObjectId
  /** Digest of the part of the plan that is this pull request: the same part in another plan is the same pull request. */
  readonly pull: Digest
}

const NAME = '[A-Za-z0-9][A-Za-z0-9-]{0,99}'
const DIGEST = 'sha256:[0-9a-f]{64}'
const LINE = new RegExp(
  `^<!-- harden: campaign=(${NAME}) group=(${NAME}) plan=(${DIGEST}) head=([0-9a-f]{40}|[0-9a-f]{64}) pull=(${DIGEST}) -->$`,
)

export function markerLine({ campaign, group, plan, head, pull }: Marker): string {
  return `<!-- harden: campaign=${campaign} group=${group} plan=${plan} head=${head} pull=${pull} -->`
}

/** The text of a pull request with its marker as the last line. */
export function marked(body: string, marker: Marker): string {
  return `${body.trimEnd()}\n\n${markerLine(marker)}\n`
}

/**
 * The marker of a text: one line of its own, exactly as we write it. A text with two of them is a quotation or a forgery, and
 * has none.
 */
export function markerOf(body: string): Marker | undefined {
  const lines = body.split(/\r?\n/).filter((line) => line.startsWith('<!-- harden: '))
  const [, campaign, group, plan, head, pull] = (lines.length === 1 && LINE.exec(lines[0]!)) || []
  return pull === undefined ? undefined : { campaign: campaign!, group: group!, plan: plan!, head: head!, pull }
}
