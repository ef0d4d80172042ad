import { keeping } from '../../review/session.js'
import { acceptAll } from './answers.js'
import { filterOf } from './filter.js'
import type { Key } from './keys.js'
import { contains, moveTo, scrolling } from './moves.js'
import { calledIn, listed, onScreen, openQuestions, type View } from './view.js'

/** Keys while a text is asked for. */
export function typing(view: View, key: Key): View {
  if (view.mode.kind !== 'type' && view.mode.kind !== 'count') return view
  const { typed } = view.mode
  const back: View = { ...view, mode: { kind: 'ask' } }
  if (key === 'escape') return back
  if (key === 'enter')
    return view.mode.kind === 'count' ? counted(back, view.mode.keys, typed) : entered(back, view.mode.what, typed)
  if (key === 'backspace') return { ...view, mode: { ...view.mode, typed: [...typed].slice(0, -1).join('') } }
  if (key === 'ctrl-u') return { ...view, mode: { ...view.mode, typed: '' } }
  if (view.mode.kind === 'type' && view.mode.what === 'goto' && key !== ' ') {
    const moved = scrolling(view, key)
    if (moved) return moved
  }
  const isText = [...key].length === 1 && !/\p{Cc}/u.test(key)
  return isText && typed.length < 200 ? { ...view, mode: { ...view.mode, typed: typed + key } } : view
}

function counted(view: View, keys: readonly number[], typed: string): View {
  if (typed.trim() === String(keys.length)) return acceptAll(view, keys)
  return { ...view, notice: `nothing was accepted: ${JSON.stringify(typed)} is not ${keys.length}` }
}

function entered(view: View, what: 'reason' | 'search' | 'filter' | 'goto', typed: string): View {
  switch (what) {
    case 'reason':
      return ignored(view, typed.trim())
    case 'search':
      return searched(view, typed || (view.search ?? ''))
    case 'filter': {
      const filter = filterOf(typed, calledIn(view))
      if (filter && 'problem' in filter) return { ...view, notice: filter.problem }
      const next = { ...view, filter }
      const all = listed(next)
      if (filter && all.length === 0) return { ...view, notice: 'nothing fits that filter' }
      return all.some(({ key }) => key === view.at)
        ? next
        : moveTo(next, (openQuestions(next)[0] ?? all[0])?.key ?? view.at)
    }
    case 'goto': {
      const question = listed(view)[Number(typed) - 1]
      if (typed === '') return view
      return question
        ? moveTo(view, question.key)
        : { ...view, notice: `there is no ${JSON.stringify(typed)} in the list` }
    }
  }
}

function ignored(view: View, reason: string): View {
  const question = onScreen(view)
  if (!question) return view
  if (reason === '') return { ...view, notice: 'a reason is needed: whoever reads the comment wants to know why' }
  const fix = keeping(view.session, question.key, reason)
  if (!fix)
    return { ...view, notice: 'no comment can stand there; ignore it in .harden.yml (harden init explains how)' }
  return {
    ...view,
    draft: { key: question.key, fix, by: 'comment', reason },
    scroll: 0,
    notice: 'this comment keeps it as it is: y writes it, n drops it',
  }
}

function searched(view: View, text: string): View {
  if (text === '') return view
  const all = listed(view)
  const from = all.findIndex(({ key }) => key === view.at)
  const behind = [...all.slice(from + 1), ...all.slice(0, from + 1)]
  const found = behind.find((question) => contains(view, question, text))
  const next = { ...view, search: text }
  return found ? moveTo(next, found.key) : { ...next, notice: `nothing contains ${JSON.stringify(text)}` }
}
