import { fingerprints } from '../engine/find.js'
import { arisen, type Outcome, outcomes } from '../engine/outcome.js'
import type {
  Applicability,
  Finding,
  Fix,
  Path,
  Plan,
  Project,
  Reported,
  Severity,
  Step,
  Transform,
  Unread,
} from '../model.js'
import { type ChangedFile, changedFiles } from '../project.js'
import { positionAt } from '../text.js'
import type { EvidenceSheet } from '../verify/evidence.js'

/** One finding and what became of it. */
export interface Item extends Reported {
  readonly id: string
  readonly state: 'open' | 'fixed'
  /** The picture its offsets belong to: the files as they stand when the command ends, or as they stood if it was fixed. */
  readonly project: Project
  /** The fix that was done. */
  readonly fix?: Fix
}

/** What a command has to say, in no format yet. Every format is a pure function of it. */
export interface Report {
  readonly command: 'check' | 'fix'
  /** Whether the disk holds the result by now. */
  readonly written: boolean
  /** By path, then by place. */
  readonly items: readonly Item[]
  readonly unread: readonly Unread[]
  readonly changed: readonly ChangedFile[]
  /** What was done, one transform after the other. */
  readonly steps: readonly Step[]
  /** How many files were looked at. */
  readonly files: number
  readonly transforms: readonly Transform[]
  readonly stopped: Plan['stopped']
  /** Which fixes were let through. */
  readonly allows: (fix: Fix) => boolean
  /** Which files were named. */
  readonly covers: (path: Path) => boolean
  /** The project's root as seen from where the command runs. */
  readonly root: string
  /** What a real build and start said, if it was asked for. */
  readonly verified?: Verified
}

/** The evidence for what a fix did, and the fixes that were left out for want of it. */
export interface Verified {
  readonly containers: readonly EvidenceSheet[]
  readonly dropped: readonly {
    readonly transform: string
    readonly title: string
    readonly what: string
    /** The line of a log that shows it. */
    readonly line?: string
    /** Whether it broke something; otherwise nothing could be said of it. */
    readonly guilty: boolean
  }[]
}

export type About = Omit<Report, 'items' | 'unread' | 'changed' | 'steps' | 'stopped'> & {
  /** Folders that were not looked into. */
  readonly skipped: readonly Unread[]
  /** The only findings asked about. */
  readonly ids?: ReadonlySet<string>
}

/** Reads a plan as a report. */
export function reportOf(plan: Plan, about: About): Report {
  const { ids, skipped, ...rest } = about
  const known = outcomes(plan)
  // An id is what it was before: once one of several equal findings is gone, another one answers to its id.
  const asked = known
    .filter((outcome) => !ids || ids.has(outcome.id))
    .map((outcome) => itemOf(outcome, plan, about.written))
  const others = ids ? [] : [...latecomers(plan, known), ...passing(plan, about.transforms)]
  return {
    ...rest,
    items: [...asked, ...others].sort(byPlace),
    unread: [...plan.unread, ...skipped]
      .filter((file) => about.covers(file.path))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    changed: changedFiles(plan.before, plan.after),
    steps: plan.steps,
    stopped: plan.stopped,
  }
}

function itemOf({ transform, finding, id, fix, left }: Outcome, plan: Plan, written: boolean): Item {
  if (!left) return { transform, finding, id, state: 'fixed', project: plan.before, ...(fix && { fix }) }
  if (written) return { ...left, state: 'open', project: plan.after }
  return { transform, finding, id, state: 'open', project: plan.before }
}

function latecomers(plan: Plan, known: readonly Outcome[]): readonly Item[] {
  return arisen(plan, known).map((reported) => ({ ...reported, state: 'open', project: plan.after }))
}

/** What only came to light on the way, and was fixed there. */
function passing(plan: Plan, transforms: readonly Transform[]): readonly Item[] {
  const found = new Set(fingerprints(plan.found))
  return plan.steps.flatMap((step) => {
    const transform = transforms.find((candidate) => candidate.id === step.transform)
    if (!transform || step.before === plan.before) return []
    return step.choices.flatMap(({ finding, fix }): Item[] => {
      const [id] = fingerprints([{ transform, finding }])
      return found.has(id!) ? [] : [{ id: id!, transform, finding, fix, state: 'fixed', project: step.before }]
    })
  })
}

function byPlace(a: Item, b: Item): number {
  const [one, other] = [a.finding.at, b.finding.at]
  if (one.path !== other.path) return one.path < other.path ? -1 : 1
  return one.start - other.start || SEVERITIES.indexOf(a.transform.severity) - SEVERITIES.indexOf(b.transform.severity)
}

/** Worst first. */
export const SEVERITIES: readonly Severity[] = ['high', 'medium', 'low']

/** How bad something has to be to make a command fail. */
export type Threshold = Severity | 'never'

/** Whether something is left that is at least this bad. */
export function fails(report: Report, least: Threshold): boolean {
  return report.items.some((item) => counts(item, least))
}

/** Whether an item makes the command fail. */
export function counts({ state, transform }: Item, least: Threshold): boolean {
  return state === 'open' && least !== 'never' && SEVERITIES.indexOf(transform.severity) <= SEVERITIES.indexOf(least)
}

export function openItems(report: Report): readonly Item[] {
  return report.items.filter((item) => item.state === 'open')
}

export function fixedItems(report: Report): readonly Item[] {
  return report.items.filter((item) => item.state === 'fixed')
}

/** Open findings by severity. */
export function bySeverity(items: readonly Item[]): Readonly<Record<Severity, number>> {
  const sum = { high: 0, medium: 0, low: 0 }
  for (const item of items) sum[item.transform.severity]++
  return sum
}

/** The level of the fix a finding would get without being asked about: its first one, if it can be done at all. */
export function levelOf(finding: Finding): Applicability {
  const fix = finding.fixes?.[0]
  return fix && fix.edits.length > 0 ? fix.applicability : 'hint'
}

/** Line and column of both ends of a finding. */
export function placeOf(item: Item) {
  const file = item.project.read(item.finding.at.path)
  if (!file) return { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } }
  return { start: positionAt(file, item.finding.at.start), end: positionAt(file, item.finding.at.end) }
}

/** Groups in the order of first appearance. */
export function grouped<T>(list: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const value of list) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}

/** The same names, each once: one that comes again is numbered, `x`, `x#2`, `x#3`. */
export function distinct(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const n = (seen.get(name) ?? 0) + 1
    seen.set(name, n)
    return n === 1 ? name : `${name}#${n}`
  })
}
