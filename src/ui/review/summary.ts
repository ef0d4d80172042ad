import { changedFiles } from '../../project.js'
import type { Session } from '../../review/session.js'
import { count } from '../layout.js'
import type { Look } from '../look.js'
import { openItems, type Report } from '../report.js'
import { joined, nextBlock, severityCounts } from '../text.js'

/** How a review was left. */
export interface Left {
  readonly after: 'apply' | 'later' | 'discard' | (string & {})
  /** Whether anything was written, now or by `w`. */
  readonly isWritten: boolean
  /** The command that goes on with it. */
  readonly resume: string
}

/** What a review came to, once the screen is gone. */
export function leftReview(
  { base, current, questions, answers }: Session,
  report: Report,
  left: Left,
  look: Look,
): string {
  const done = questions.filter(({ state }) => state === 'written' || (left.after === 'apply' && isTaken(state)))
  const files = changedFiles(base, current)
  const open = openItems(report)
  const rest =
    open.length > 0 ? `${count(open.length, 'finding')} left: ${severityCounts(report, look)}.` : 'Nothing is left.'
  const { dim, green } = look.colors
  const names = left.after === 'apply' ? files.map(({ path }) => `  ${green(look.glyphs.done)} ${look.name(path)}`) : []
  const said =
    left.after === 'later'
      ? `Kept ${count(
          answers.reduce((sum, { of }) => sum + of.length, 0),
          'answer',
        )} for later.`
      : done.length > 0
        ? `Applied ${count(done.length, 'fix').replace(/fixs$/, 'fixes')}.`
        : 'Nothing was changed.'
  const next = [
    ...(left.after === 'later' ? [{ line: left.resume, does: 'goes on' }] : []),
    ...(left.isWritten ? [{ line: 'harden undo', does: 'takes the last write back' }] : []),
    ...(open.length > 0 ? [{ line: 'harden check', does: 'shows what is left' }] : []),
  ]
  return joined([names, [`${said} ${dim(rest)}`], nextBlock(next, look)])
}

function isTaken(state: Session['questions'][number]['state']): boolean {
  return state === 'accepted' || state === 'kept'
}
