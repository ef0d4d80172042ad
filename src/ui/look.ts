import picocolors from 'picocolors'
import type { Applicability, Path, Severity } from '../model.js'

type Colors = ReturnType<typeof picocolors.createColors>

/** How a terminal wants to be written to. Decided once, passed on, never asked for again. */
export interface Look {
  readonly colors: Colors
  readonly glyphs: Glyphs
  readonly width: number
  /** A project path as the person at this terminal would type it, safe to show. */
  readonly name: (path: Path) => string
}

export interface Glyphs {
  readonly done: string
  readonly open: string
  readonly unread: string
  readonly bar: string
  readonly line: string
  readonly ellipsis: string
  /** At the start of a line that continues the one above. */
  readonly fold: string
}

const UNICODE: Glyphs = { done: '✓', open: '·', unread: '!', bar: '│', line: '─', ellipsis: '…', fold: '↪' }
const ASCII: Glyphs = { done: '+', open: '-', unread: '!', bar: '|', line: '-', ellipsis: '...', fold: '\\' }

/** What a stream of the process says about itself. */
export interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** `--no-color`, then a non-empty `NO_COLOR`, then `FORCE_COLOR`, then whether it is a terminal. */
export function wantsColor(stream: Stream, environment: Environment, allowed: boolean): boolean {
  if (!allowed || environment.NO_COLOR) return false
  const forced = environment.FORCE_COLOR
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return stream.isTTY === true && environment.TERM !== 'dumb'
}

/** Whether the locale can show more than ASCII. */
export function wantsUnicode(environment: Environment): boolean {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || ''
  return /utf-?8/i.test(locale) || Boolean(environment.WT_SESSION)
}

/** The signs of a terminal that can, or cannot, show more than ASCII. */
export function glyphsFor(unicode: boolean): Glyphs {
  return unicode ? UNICODE : ASCII
}

/** The look of a stream. */
export function lookOf(stream: Stream, environment: Environment, colorAllowed: boolean, name: Look['name']): Look {
  return {
    colors: picocolors.createColors(wantsColor(stream, environment, colorAllowed)),
    glyphs: glyphsFor(wantsUnicode(environment)),
    width: Math.max(stream.columns || Number(environment.COLUMNS) || 80, 40),
    name,
  }
}

/** Prose wider than this is hard to read, whatever the terminal has to offer. */
export function proseWidth(look: Look): number {
  return Math.min(look.width, 100)
}

/** A severity in its colour. */
export function severityWord(severity: Severity, look: Look): string {
  const { red, yellow, blue, bold } = look.colors
  return bold({ high: red, medium: yellow, low: blue }[severity](severity))
}

/** `[safe]`, `[review]`, `[hint]` in the colour of how much care it takes. */
export function badge(level: Applicability, look: Look): string {
  const { green, yellow, cyan } = look.colors
  return { safe: green, review: yellow, hint: cyan }[level](`[${level}]`)
}
