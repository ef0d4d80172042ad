/**
 * Proves a plan, and finds the guilty where it fails: fixes are applied one more at a time, by bisection, until the first
 * that breaks something is known. That one is left out, the rest is planned anew and proved again.
 */
import { applyReadably } from '../engine/apply.js'
import type { Choice, Path, Plan, Project, Select } from '../model.js'
import type { Recipe } from '../relations/containers.js'
import type { Worsening } from './compare.js'
import { overlayOf } from './lay.js'
import type { Picture, Proof, Prover } from './verify.js'

/** A fix that was left out, and why. */
export interface Dropped {
  readonly transform: string
  readonly choice: Choice
  /** What it broke; or why nothing could be claimed of it. */
  readonly why: Worsening
  readonly guilty: boolean
}

export interface ProvenPlan {
  readonly plan: Plan
  readonly proofs: readonly Proof[]
  readonly dropped: readonly Dropped[]
}

/** @param replan Plans again, with a choice of what may be done. */
export async function provePlan(
  first: Plan,
  prover: Prover,
  select: Select,
  replan: (select: Select) => Promise<Plan>,
): Promise<ProvenPlan> {
  const dropped: Dropped[] = []
  let plan = first
  for (;;) {
    const proofs = await prover.prove(pictureOf(plan.before), pictureOf(plan.after))
    const fresh = await toDrop(plan, proofs, prover)
    if (fresh.length === 0) return { plan, proofs, dropped }
    dropped.push(...fresh)
    const out = new Set(dropped.map(keyOf))
    plan = await replan(async (proposal) => {
      const choices = await select(proposal)
      return choices.filter((choice) => !out.has(keyOf({ transform: proposal.transform.id, choice })))
    })
  }
}

/** The same for the same finding, wherever its lines have moved to. */
function keyOf({ transform, choice: { finding } }: Pick<Dropped, 'transform' | 'choice'>): string {
  return [transform, finding.at.path, finding.subject ?? '', finding.message].join('\0')
}

function pictureOf(project: Project): Picture {
  return { project, overlay: overlayOf(project) }
}

async function toDrop(plan: Plan, proofs: readonly Proof[], prover: Prover): Promise<readonly Dropped[]> {
  const unproven = proofs.flatMap((proof) => (proof.unproven === undefined ? [] : [proof]))
  if (unproven.length > 0) {
    const left = unitsOf(plan).filter(({ choice }) =>
      unproven.some(({ recipe, name }) => concerns(choice, recipe, name)),
    )
    const whyOf = (choice: Choice) => unproven.find(({ recipe, name }) => concerns(choice, recipe, name))!.unproven!
    if (left.length > 0)
      return left.map(({ transform, choice }) => ({ transform, choice, guilty: false, why: { what: whyOf(choice) } }))
  }
  return proofs.some(({ worse }) => worse.length > 0) ? [await guiltyOf(plan, prover)] : []
}

/** Whether a fix has a say in how this image is made, or this service is run. */
function concerns({ fix, finding }: Choice, { dockerfile, context }: Recipe, service: string): boolean {
  if (finding.subject === `service:${service}`) return true
  return fix.edits.some(({ path }) => path === dockerfile || (isIgnoreFile(path) && folderOf(path) === context))
}

function isIgnoreFile(path: Path): boolean {
  return path.endsWith('.dockerignore')
}

function folderOf(path: Path): Path {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
}

interface Unit {
  readonly transform: string
  readonly choice: Choice
  /** The picture once this fix, and all before it, are applied. */
  readonly after: Project
}

/** The fixes of a plan one by one, in the order in which they were applied. */
function unitsOf(plan: Plan): readonly Unit[] {
  return plan.steps.flatMap(({ transform, choices, before, after }) =>
    choices.map((choice, i) => ({
      transform,
      choice,
      after: i === choices.length - 1 ? after : applyReadably(before, choices.slice(0, i + 1)).after,
    })),
  )
}

/** The first fix after which something is worse: found by halving. The last one is known to be bad. */
async function guiltyOf(plan: Plan, prover: Prover): Promise<Dropped> {
  const units = unitsOf(plan)
  const before = pictureOf(plan.before)
  const worseAfter = async (unit: Unit): Promise<Worsening | undefined> => {
    const proofs = await prover.prove(before, pictureOf(unit.after))
    return proofs.flatMap(({ worse }) => worse)[0]
  }
  let good = -1
  let bad = units.length - 1
  let why = await worseAfter(units[bad]!)
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    const found = await worseAfter(units[middle]!)
    if (found) {
      bad = middle
      why = found
    } else good = middle
  }
  const { transform, choice } = units[bad]!
  return {
    transform,
    choice,
    guilty: true,
    why: why ?? { what: 'the whole of it does not hold, though each part does' },
  }
}
