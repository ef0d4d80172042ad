import { encode } from '../../disk/encoding.js'
import { fingerprints } from '../../engine/find.js'
import { outcomes } from '../../engine/outcome.js'
import { gitMode, type ObjectFormat, objectName, patchOf } from '../../engine/patch.js'
import type { Choice, Fix, Plan, Step, Transform } from '../../model.js'
import { type ChangedFile, changedFiles } from '../../project.js'
import { positionAt } from '../../text.js'
import type { FileChange, PlannedFix } from '../model.js'
import type { StepDone } from './job.js'

/** The steps of a plan as they become commits. */
export function stepsOf(plan: Plan, transforms: readonly Transform[], format: ObjectFormat): readonly StepDone[] {
  const ids = new Map(outcomes(plan).flatMap(({ fix, id }) => (fix ? [[fix, id] as const] : [])))
  return plan.steps.map((step) => {
    const transform = transforms.find(({ id }) => id === step.transform)!
    const changes = changedFiles(step.before, step.after).filter(isOfStep(step))
    return {
      transform: transform.id,
      patch: patchOf(changes, encode, format),
      files: changes.map((change) => fileChange(change, format)),
      fixes: step.choices.map((choice) => plannedFix(choice, step, transform, ids)),
    }
  })
}

/** A file that only an earlier step has changed is the same before and after this one. */
function isOfStep({ before, after }: Step) {
  return ({ path }: ChangedFile): boolean => before.read(path) !== after.read(path)
}

function fileChange({ path, before, after }: ChangedFile, format: ObjectFormat): FileChange {
  return {
    path,
    mode: gitMode(after),
    ...(before && { before: objectName(encode(before), format) }),
    after: objectName(encode(after), format),
  }
}

function plannedFix(
  { finding, fix }: Choice,
  step: Step,
  transform: Transform,
  ids: ReadonlyMap<Fix, string>,
): PlannedFix {
  return {
    // What only came to light on the way has no outcome.
    id: ids.get(fix) ?? fingerprints([{ transform, finding }])[0]!,
    transform: transform.id,
    severity: transform.severity,
    path: finding.at.path,
    line: positionAt(step.before.read(finding.at.path)!, finding.at.start).line,
    message: finding.message,
    title: fix.title,
    applicability: fix.applicability,
    ...(fix.caveat !== undefined && { caveat: fix.caveat }),
  }
}
