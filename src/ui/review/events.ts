import type { Path } from '../../model.js'
import { changedFiles } from '../../project.js'
import { fixFromTexts } from '../../review/edited.js'
import { questionOf, type Session } from '../../review/session.js'
import { count } from '../layout.js'
import { onward } from './answers.js'
import { chosenFix, onScreen, type View } from './view.js'

/** What came back from the editor, as a fix to look at. */
export function edited(view: View, key: number, texts: ReadonlyMap<Path, string>): View {
  const question = questionOf(view.session, key)
  if (!question) return view
  const fix = fixFromTexts(view.session.current, chosenFix(view, question), texts)
  if ('problem' in fix) return { ...view, wish: undefined, notice: fix.problem }
  return {
    ...view,
    wish: undefined,
    draft: { key, fix, by: 'hand' },
    scroll: 0,
    notice: 'this is what you wrote: y takes it, n drops it',
  }
}

/** The review once what was accepted stands on the disk; there is no undo across a write. */
export function afterWrite(view: View, session: Session): View {
  const files = count(changedFiles(view.session.base, view.session.current).length, 'file')
  const next: View = { ...view, session, past: [], future: [], wish: undefined }
  return { ...next, notice: `wrote ${files}; harden undo takes that back` }
}

/** The review on files that are not what they were: answers that no longer fit are asked again. */
export function replanned(view: View, session: Session, lost: number, changed: readonly Path[]): View {
  const old = onScreen(view)
  const here = old && session.questions.find((question) => question.id === old.id && question.part === old.part)
  const again = lost > 0 ? `; ${count(lost, 'answer')} must be given again` : ''
  const next: View = {
    ...view,
    session,
    past: [],
    future: [],
    at: here?.key ?? session.questions.find(({ state }) => state === 'open')?.key ?? session.questions[0]?.key ?? 0,
    draft: undefined,
    mode: { kind: 'ask' },
    scroll: 0,
    wish: undefined,
    notice: `${changed.length === 1 ? changed[0] : count(changed.length, 'file')} changed on disk and was planned again${again}`,
  }
  return onScreen(next)?.state === 'open' ? next : onward(next)
}
