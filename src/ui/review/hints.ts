import { isUndecided } from '../../review/question.js'
import { columns } from '../layout.js'
import type { Look } from '../look.js'
import { like, safeOnes, sameFile, sameRepository } from './answers.js'
import { listed, onScreen, openQuestions, type View } from './view.js'

/** A key and what it does now. */
export type Hint = readonly [key: string, does: string]

/** The keys that do something now, the most needed first; the rest are found with `?`. */
export function hintsOf(view: View): readonly Hint[] {
  switch (view.mode.kind) {
    case 'type':
    case 'count':
      return [
        ['Enter', 'done'],
        ['Esc', 'back'],
      ]
    case 'read':
      return [
        ['space', 'scrolls'],
        ['any other key', 'goes back'],
      ]
    case 'leave':
      return leavingHints(view)
    case 'ask':
      return askingHints(view)
  }
}

function leavingHints(view: View): readonly Hint[] {
  const isAccepted = view.session.steps.length > 0
  const yes = view.campaign
    ? view.session.answers.length > 0 && 'make this the plan'
    : isAccepted
      ? 'write it'
      : 'end the review'
  return [
    ...(yes ? ([['y', yes]] as const) : []),
    ['l', view.campaign ? 'later: the plan stays' : 'later, with --resume'],
    ['d', view.campaign ? 'forget the answers' : 'discard'],
    ...(view.past.length > 0 ? ([['u', 'undo']] as const) : []),
    ['b', 'back'],
  ]
}

function askingHints(view: View): readonly Hint[] {
  const question = onScreen(view)
  if (!question) return [['q', 'quit']]
  if (view.draft)
    return [
      ['y', view.draft.by === 'hand' ? 'take what you wrote' : 'write this comment'],
      ['n', 'drop it'],
      ['e', 'edit'],
      ['q', 'quit'],
    ]
  const alike = like(view, question).length
  const here = openQuestions(view).filter(sameFile(view, question))
  const safe = safeOnes(view)
  const safeHere = safe.filter(sameFile(view, question)).length
  const inRepository = view.campaign ? openQuestions(view).filter(sameRepository(view, question)).length : 0
  const canAnswer = isUndecided(question)
  const hints: (Hint | false)[] = [
    canAnswer && ['y', 'yes'],
    question.state !== 'gone' && question.state !== 'skipped' && ['n', canAnswer ? 'no' : 'take back'],
    canAnswer && alike > 1 && ['r', `all ${question.transform.id} (${alike})`],
    safeHere > 1 && ['a', `safe here (${safeHere})`],
    safe.length > 1 && safe.length > safeHere && ['A', `all safe (${safe.length})`],
    question.fixes.length > 1 && canAnswer && ['Tab', 'other fix'],
    (question.fixes[0]?.parts?.length ?? 0) > 0 && canAnswer && ['s', 'split'],
    view.past.length > 0 && ['u', 'undo'],
    canAnswer && ['e', 'edit'],
    canAnswer && ['i', 'ignore'],
    ['x', 'explain'],
    listed(view).length > 1 && ['j/k', 'move'],
    view.future.length > 0 && ['U', 'redo'],
    here.length > 1 && ['d', `skip file (${here.length})`],
    inRepository > here.length && ['O', `skip repository (${inRepository})`],
    view.session.steps.length > 0 && !view.campaign && ['w', 'write'],
  ]
  return [...hints.filter((hint) => hint !== false), ['q', 'quit']]
}

/** The hints on so many lines, `? help` always the last; what does not fit is left out. */
export function keyLines(view: View, most: number, look: Look): readonly string[] {
  const help: readonly Hint[] = view.mode.kind === 'ask' ? [['?', 'help']] : []
  const lines: Hint[][] = [[]]
  const width = (hints: readonly Hint[]) => columns(hints.map((hint) => hint.join(' ')).join('  '))
  for (const hint of hintsOf(view)) {
    const line = lines.at(-1)!
    if (width([...line, hint, ...(lines.length === most ? help : [])]) <= look.width) line.push(hint)
    else if (lines.length < most) lines.push([hint])
  }
  if (width([...lines.at(-1)!, ...help]) <= look.width) lines.at(-1)!.push(...help)
  else lines.push([...help])
  while (lines.length < most) lines.push([])
  return lines.map((hints) => hints.map(([key, does]) => `${look.colors.bold(key)} ${does}`).join('  '))
}
