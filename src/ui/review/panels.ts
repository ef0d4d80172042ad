import { escaped } from '../../escape.js'
import { changedFiles } from '../../project.js'
import type { Question } from '../../review/question.js'
import { questionOf } from '../../review/session.js'
import { changedPlaces } from '../changes.js'
import { columns, count, cut, labelled, pad, wrap } from '../layout.js'
import { badge, type Look, proseWidth } from '../look.js'
import { markdown } from '../markdown.js'
import { leavingCampaign } from './campaign.js'
import { chosenFix, listed, onScreen, tally, type View } from './view.js'
import { lineOf, reason, told } from './words.js'

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['y  n', 'accept this fix, skip it'],
  ['r  R', 'accept, skip every fix of this rule that takes as much care'],
  ['a  d', 'accept the safe ones of this file, skip the rest of the file'],
  ['A', 'accept all safe ones that are left'],
  ['u  U', 'undo, redo; an answer about many is one step'],
  ['j  k', 'next, previous undecided one'],
  ['J  K', 'next, previous one'],
  ['<  >', 'previous, next file'],
  ['g', 'list all, and go to one by its number'],
  ['/  f', 'search; filter: sev>=medium, rule:ID, file:PATH, safe, review, a word'],
  ['Tab', 'the next of several fixes'],
  ['s', 'split a fix whose edits do not need each other'],
  ['e', 'edit the result in $VISUAL or $EDITOR'],
  ['i', 'ignore it: a comment in the file says why'],
  ['x', 'explain'],
  ['+  -', 'more, fewer unchanged lines'],
  ['|', 'old and new side by side, from 120 columns'],
  ['space', 'scroll; Enter scrolls too, and goes on at the end; it never accepts'],
  ['p', 'show this in the pager'],
  ['w', 'write what is accepted so far, and go on'],
  ['q', 'quit: write, keep for later, or discard'],
  ['Ctrl-C', 'stop; nothing is written, the answers are kept for --resume'],
]

const CAMPAIGN_KEYS = KEYS.flatMap(([keys, does]): typeof KEYS => {
  if (keys === 'A')
    return [
      ['o  O', 'accept the safe ones of this repository, skip the rest of it'],
      [keys, does],
    ]
  if (keys === 'w') return []
  if (keys === 'r  R') return [[keys, `${does}, in all repositories`]]
  if (keys === 'q') return [[keys, 'quit: make the plan hold what is accepted, or leave it as it is']]
  return keys === 'Ctrl-C' ? [[keys, 'stop; the plan stays as it is, the answers are kept']] : [[keys, does]]
})

export function help(view: View, look: Look): readonly string[] {
  const { bold } = look.colors
  const { open, accepted, skipped, kept, gone, written } = tally(view)
  const sums = `${count(view.session.questions.length, 'fix').replace('fixs', 'fixes')}: ${accepted + written} accepted, ${skipped} skipped, ${kept} kept, ${gone} gone, ${open} left.`
  return [
    ...(view.campaign ? CAMPAIGN_KEYS : KEYS).flatMap(([keys, does]) =>
      labelled(`${bold(pad(keys, 7))} `, does, 0, look.width),
    ),
    '',
    ...wrap(sums, look.width),
    ...(view.filter ? wrap(`The filter is ${escaped(view.filter.text)}; Esc takes it off.`, look.width) : []),
  ]
}

/** Everything that is known of the finding, and the rule's own page. */
export function explanation(view: View, look: Look): readonly string[] {
  const question = onScreen(view)
  if (!question) return []
  const { finding, transform, fixes } = question
  return [
    ...wrap(escaped(finding.message), proseWidth(look)).map((line) => look.colors.bold(line)),
    ...(finding.evidence ?? []).flatMap((each, i) => told(i === 0 ? 'why' : '', reason(each, question, look), look)),
    ...fixes.flatMap((fix, i) => [
      ...told(i === 0 ? 'fix' : 'or', `${badge(fix.applicability, look)} ${escaped(fix.title)}`, look),
      ...(fix.caveat ? told('risk', escaped(fix.caveat), look) : []),
    ]),
    '',
    look.colors.bold(escaped(transform.title)),
    '',
    ...markdown(transform.doc, look),
    '',
    ...wrap(`Elsewhere: ${escaped(transform.references.join(', '))}`, proseWidth(look)),
  ]
}

const MARKS: Readonly<Record<Question['state'], string>> = {
  open: ' ',
  accepted: 'y',
  skipped: 'n',
  kept: 'i',
  gone: '-',
  written: 'w',
}

/** All questions, numbered, with what was said to them. */
export function list(view: View, look: Look): readonly string[] {
  return listed(view).map((question, i) => listLine(question, `${i + 1}`.padStart(3), question.key === view.at, look))
}

function listLine(question: Question, number: string, isHere: boolean, look: Look): string {
  const { transform, finding, state } = question
  const place = `${look.name(finding.at.path)}:${lineOf(question)}`
  const start = `${isHere ? '>' : ' '}${number} ${MARKS[state]} `
  const rest = `${place}  ${transform.id}  ${escaped(question.part ?? finding.message)}`
  const line = cut(start + rest, look.width, look.glyphs.ellipsis)
  return isHere ? look.colors.bold(line) : line
}

/** What a bulk answer would accept. */
export function theCount(view: View, keys: readonly number[], look: Look): readonly string[] {
  const questions = keys.flatMap((key) => questionOf(view.session, key) ?? [])
  return [
    ...wrap(`These ${questions.length} want a look. Accept all of them?`, look.width).map((line) =>
      look.colors.bold(line),
    ),
    '',
    ...questions.flatMap((question) => {
      const fix = chosenFix(view, question)
      const place = `${look.name(question.finding.at.path)}:${lineOf(question)}`
      return [
        cut(`  ${place}  ${escaped(fix.title)}`, look.width, look.glyphs.ellipsis),
        ...(fix.caveat ? labelled('', escaped(fix.caveat), 4, look.width).map((line) => look.colors.dim(line)) : []),
      ]
    }),
  ]
}

/** What leaving the review now would write. */
export function leaving(view: View, look: Look): readonly string[] {
  if (view.campaign) return leavingCampaign(view, view.campaign, look)
  const { session } = view
  const { open, accepted, skipped, kept, gone, written } = tally(view)
  const parts = [
    `${accepted} accepted`,
    `${skipped} skipped`,
    kept > 0 && `${kept} kept with a comment`,
    gone > 0 && `${gone} gone with another`,
    open > 0 && `${open} not decided`,
    written > 0 && `${written} written before`,
  ].filter(Boolean)
  const files = changedFiles(session.base, session.current)
  const rows = files.map((file) => {
    const rows = changedPlaces(file, 0).flat()
    const added = rows.filter(({ kind }) => kind === '+').length
    const gone = rows.filter(({ kind }) => kind === '-').length
    return { name: look.name(file.path) + (file.before ? '' : ' (new)'), added, gone }
  })
  const wide = Math.min(look.width - 14, Math.max(0, ...rows.map(({ name }) => columns(name))))
  const { bold, green, red } = look.colors
  const total = session.questions.length
  return [
    ...wrap(`${total} ${total === 1 ? 'fix' : 'fixes'}: ${parts.join(', ')}.`, look.width).map((line) => bold(line)),
    '',
    ...rows.map(
      ({ name, added, gone }) =>
        `  ${pad(cut(name, wide, look.glyphs.ellipsis), wide)}  ${green(`+${added}`)} ${red(`-${gone}`)}`,
    ),
    ...(rows.length > 0 ? [''] : []),
    ...wrap(
      rows.length > 0
        ? `Write ${count(rows.length, 'file')} now? harden undo takes it back.`
        : 'Nothing is to be written.',
      look.width,
    ),
  ]
}
