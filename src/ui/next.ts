import { escaped } from '../escape.js'
import type { Fix, Path } from '../model.js'
import { pad } from './layout.js'
import type { Look } from './look.js'
import { type Item, levelOf, openItems, type Report } from './report.js'

export interface Command {
  readonly line: string
  readonly does: string
}

/** What to type next after a check; `scope` repeats the paths and options of this run. */
export function nextAfterCheck(report: Report, scope: string): readonly Command[] {
  const open = openItems(report)
  const safe = open.filter((item) => levelOf(item.finding) === 'safe').length
  const review = open.filter((item) => levelOf(item.finding) === 'review').length
  const commands: Command[] = []
  if (safe)
    commands.push({
      line: `harden fix --dry-run${scope}`,
      does: `shows the ${safe === 1 ? 'safe fix' : `${safe} safe fixes`} as a patch`,
    })
  if (review)
    commands.push({
      line: `harden fix --dry-run --review${scope}`,
      does: `${safe ? 'with' : 'shows'} the ${review} that a person should look at`,
    })
  if (safe || review)
    commands.push({
      line: `harden fix${review ? ' --review' : ''}${scope}`,
      does: 'shows the plan, asks, and applies it',
    })
  else if (open[0])
    commands.push({ line: `harden explain ${open[0].transform.id}`, does: 'why, and what to do by hand' })
  return commands
}

/** What to type next after a fix. */
export function nextAfterFix(report: Report, scope: string): readonly Command[] {
  const review = openItems(report).filter(
    (item) => levelOf(item.finding) === 'review' && !item.finding.fixes!.slice(0, 1).some(report.allows),
  )
  const commands: Command[] = []
  if (!report.written && report.changed.length > 0) {
    const level = report.allows(REVIEW) ? ' --review' : ''
    commands.push({ line: `harden fix --yes${level}${scope}`, does: 'applies this' })
  }
  if (report.written && report.changed.length > 0) commands.push({ line: 'harden undo', does: 'takes this back' })
  if (review.length)
    commands.push({
      line: `harden fix --dry-run --review${scope}`,
      does: `shows the ${review.length} that a person should look at`,
    })
  return commands
}

const REVIEW: Fix = { title: '', applicability: 'review', edits: [] }

/** The commands under each other, with what they do. */
export function printedCommands(commands: readonly Command[], look: Look): readonly string[] {
  const width = Math.max(...commands.map((command) => command.line.length))
  return commands.map(({ line, does }) => `  ${look.colors.bold(pad(line, width))}  ${look.colors.dim(does)}`)
}

/** Why a finding that has a fix is still there, safe to show. */
export function whyOpen(item: Item, report: Report, look: Look): string {
  const fix = item.finding.fixes?.[0]
  if (!fix) return 'needs a person: there is no fix for it'
  if (fix.edits.length === 0 || fix.applicability === 'hint') return `needs a person: ${escaped(fix.title)}`
  if (!report.allows(fix)) return `needs --review: ${escaped(fix.title)}`
  const outside = fix.edits.map((edit) => edit.path).find((path: Path) => !report.covers(path))
  if (outside) return `its fix also changes ${look.name(outside)}, which was not named`
  return 'its fix does not fit together with another one, or would leave a file that cannot be read'
}
