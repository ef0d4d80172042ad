import picocolors from 'picocolors'
import { escaped } from '../../escape.js'
import type { Path } from '../../model.js'
import { columns, cut, pad, tail } from '../layout.js'
import { glyphsFor, type Look } from '../look.js'
import { bodyOf } from './body.js'
import { keyLines } from './hints.js'
import { spoken } from './spoken.js'
import { listed, onScreen, tally, type View } from './view.js'
import { placed } from './words.js'

/** What a terminal offers and its person asks for. */
export interface Screen {
  readonly width: number
  readonly rows: number
  readonly colour: boolean
  /** Line by line, without boxes and redraws, for whoever listens to it. */
  readonly accessible: boolean
  readonly unicode: boolean
  /** A project path as the person would type it, safe to show. */
  readonly name: (path: Path) => string
}

/** Below this many rows every line that only decorates is left out. */
const COMPACT = 16

export function lookOn({ width, colour, unicode, name }: Screen): Look {
  return { colors: picocolors.createColors(colour), glyphs: glyphsFor(unicode), width, name }
}

/**
 * The whole screen as text: one line less than there are rows, because the line below the last is the terminal's. No line
 * is wider than the screen. With `accessible`, what is to be said of this moment instead.
 */
export function render(view: View, screen: Screen): string {
  const look = lookOn(screen)
  if (screen.accessible) return spoken(view, look)
  const { head, body, foot, prompt, room } = layOut(view, screen, look)
  const from = Math.max(0, Math.min(view.scroll, body.length - room))
  const shown = body.slice(from, from + room)
  const empty = Array.from({ length: Math.max(0, room - shown.length) }, () => '')
  const rule = (text: string) => ruled(text, look)
  const below = Math.max(0, body.length - from - room)
  const seen = below > 0 ? `${below} more ${below === 1 ? 'line' : 'lines'}, space scrolls` : from > 0 ? 'the end' : ''
  const isCompact = screen.rows < COMPACT
  return [
    ...head,
    ...(isCompact ? [] : [rule('')]),
    ...shown,
    ...empty,
    ...(isCompact ? [] : [rule(seen)]),
    ...foot,
    prompt,
  ].join('\n')
}

/** The view that knows how much of it fits, so that scrolling does what the screen shows. */
export function fitted(view: View, screen: Screen): View {
  const { body, room } = layOut(view, screen, lookOn(screen))
  return { ...view, extent: { room, lines: body.length } }
}

function layOut(view: View, screen: Screen, look: Look) {
  const isCompact = screen.rows < COMPACT
  const head = headOf(view, isCompact, look)
  const foot = keyLines(view, isCompact ? 1 : 2, look)
  const rules = isCompact ? 0 : 2
  const room = Math.max(1, screen.rows - 1 - head.length - foot.length - rules - 1)
  return { head, foot, room, body: bodyOf(view, isCompact, look), prompt: promptOf(view, look) }
}

function headOf(view: View, isCompact: boolean, look: Look): readonly string[] {
  const { bold } = look.colors
  const lines = [cut(progress(view, isCompact, look), look.width, look.glyphs.ellipsis)]
  const question = onScreen(view)
  const isAbout = view.mode.kind === 'ask' || view.mode.kind === 'type' || isExplaining(view)
  if (question && isAbout) lines.push(placed(view, question, look))
  return [bold(lines[0]!), ...lines.slice(1)]
}

function isExplaining({ mode }: View): boolean {
  return mode.kind === 'read' && mode.panel === 'explain'
}

/** `[3/17]  2 accepted  1 skipped  14 left` and, where there is room, how bad what is left is. */
function progress(view: View, isCompact: boolean, look: Look): string {
  const all = listed(view)
  const place = all.findIndex(({ key }) => key === view.at) + 1
  const whole = view.filter ? ` of ${view.session.questions.length}` : ''
  const sums = tally(view)
  const rest = [
    sums.skipped && `${sums.skipped} skipped`,
    sums.kept && `${sums.kept} kept`,
    sums.gone && `${sums.gone} gone`,
  ]
  const left = [
    ...(isCompact ? [] : [view.campaign ? 'harden campaign review' : 'harden fix']),
    `[${place}/${all.length}${whole}]`,
    `${sums.accepted + sums.written} accepted`,
    ...rest.filter((part) => part !== 0),
    `${sums.open} left`,
  ].join('  ')
  const open = view.session.questions.filter(({ state }) => state === 'open')
  const severities = (['high', 'medium', 'low'] as const).flatMap((severity) => {
    const n = open.filter(({ transform }) => transform.severity === severity).length
    return n > 0 ? [`${n} ${severity}`] : []
  })
  const right = severities.join('  ')
  return columns(left) + columns(right) + 4 <= look.width ? pad(left, look.width - columns(right)) + right : left
}

function ruled(text: string, look: Look): string {
  const { line } = look.glyphs
  const words = text ? `${line.repeat(2)} ${text} ` : ''
  return look.colors.dim(words + line.repeat(Math.max(0, look.width - columns(words))))
}

/** The line the cursor stands on; never empty and never full. */
function promptOf(view: View, look: Look): string {
  const room = look.width - 2
  const { mode } = view
  if (mode.kind === 'type') return input(LABELS[mode.what], mode.typed, room, look)
  if (mode.kind === 'count') {
    const n = mode.keys.length
    return input(`type ${n} to accept them`, mode.typed, room, look)
  }
  return `> ${look.colors.yellow(cut(escaped(view.notice ?? ''), room - 2, look.glyphs.ellipsis))}`
}

const LABELS = { reason: 'why keep it', search: 'search', filter: 'filter', goto: 'go to number' } as const

function input(label: string, typed: string, room: number, look: Look): string {
  const start = `${label}: `
  const left = Math.max(1, room - columns(start))
  const shown = escaped(typed)
  return look.colors.bold(start) + (columns(shown) > left ? tail(shown, left) : shown)
}
