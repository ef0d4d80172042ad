import type { Finding, Fix, Plan, Project, Reported, Step } from '../model.js'
import { movedOffset } from '../text.js'
import { fingerprints } from './find.js'

/** What became of one finding. */
export interface Outcome extends Reported {
  /** Survives edits elsewhere in the file. */
  readonly id: string
  /** The fix that was chosen for it. One that vanished with another's fix has none. */
  readonly fix?: Fix
  /** The same finding on the picture at the end, if it is still true. */
  readonly left?: Reported & { readonly id: string }
}

/** What became of every finding of the untouched project, followed through the edits of each step. */
export function outcomes(plan: Plan): readonly Outcome[] {
  const ids = fingerprints(plan.found)
  const tracks = plan.found.map((reported, i) => ({
    ...reported,
    id: ids[i]!,
    start: reported.finding.at.start,
    fix: undefined as Fix | undefined,
  }))
  for (const step of plan.steps) {
    for (const track of tracks) {
      if (track.fix) continue
      track.fix = step.choices.find(
        (choice) => step.transform === track.transform.id && isSame(choice.finding, track),
      )?.fix
      if (!track.fix) track.start = moved(track.start, track.finding.at.path, step)
    }
  }
  const remaining = remainder(plan)
  const exact = tracks.map((track) =>
    track.fix ? undefined : remaining.take((r) => isLike(r, track) && r.finding.at.start === track.start),
  )
  return tracks.map((track, i) => {
    const left = track.fix ? undefined : (exact[i] ?? remaining.take((r) => isLike(r, track)))
    return {
      id: track.id,
      transform: track.transform,
      finding: track.finding,
      ...(track.fix && { fix: track.fix }),
      ...(left && { left }),
    }
  })
}

/** What is open at the end and was not there at the start. */
export function arisen(plan: Plan, known: readonly Outcome[]): readonly (Reported & { readonly id: string })[] {
  const old = new Set(known.map((outcome) => outcome.left?.finding))
  const ids = fingerprints(plan.open)
  return plan.open.map((reported, i) => ({ ...reported, id: ids[i]! })).filter((reported) => !old.has(reported.finding))
}

function remainder(plan: Plan) {
  const ids = fingerprints(plan.open)
  const list = plan.open.map((reported, i) => ({ ...reported, id: ids[i]! }))
  return {
    take(wanted: (reported: Reported) => boolean) {
      const index = list.findIndex(wanted)
      return index < 0 ? undefined : list.splice(index, 1)[0]
    },
  }
}

function isLike(reported: Reported, track: Reported): boolean {
  const [a, b] = [reported.finding, track.finding]
  return (
    reported.transform.id === track.transform.id &&
    a.at.path === b.at.path &&
    a.subject === b.subject &&
    a.message === b.message
  )
}

function isSame(finding: Finding, track: { finding: Finding; start: number }): boolean {
  const other = track.finding
  return finding.at.path === other.at.path && finding.at.start === track.start && finding.message === other.message
}

/** Where an offset stands after a step. */
function moved(offset: number, path: string, step: Step): number {
  const edits = step.choices.flatMap(({ fix }) => fix.edits.filter((edit) => edit.path === path))
  return movedOffset(textIn(step.before, path), offset, edits)
}

function textIn(project: Project, path: string): string {
  return project.read(path)?.text ?? ''
}
