import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Plan, Select } from '../model.js'
import { progressOn } from '../ui/progress.js'
import { EngineError, findClient } from '../verify/client.js'
import { maskOf } from '../verify/mask.js'
import { type ProvenPlan, provePlan } from '../verify/prove-plan.js'
import { type Prover, proverOf } from '../verify/verify.js'
import { type Workshop, withWorkshop } from '../verify/workshop.js'
import { UsageError } from './errors.js'
import type { Prepared } from './prepare.js'
import { interruptible } from './signals.js'
import { remark } from './terminal.js'

export interface Proving {
  readonly root: string
  /** Variables whose values may be secrets. */
  readonly variables: Iterable<readonly [string, string]>
  readonly quiet?: boolean
}

/**
 * Lends a prover of one project to `work`, within signals: whatever happens, nothing is left behind.
 * @throws UsageError if there is no engine, or it failed.
 */
export function withProver<T>({ root, variables, quiet }: Proving, work: (prover: Prover) => Promise<T>): Promise<T> {
  return interruptible((signal) =>
    withEngine(signal, quiet === true, (workshop, scratch) =>
      work(proverOf({ ...workshop, mask: maskOf(variables) }, root, scratch)),
    ),
  )
}

/**
 * Lends an engine, and a folder outside every project, to `work`. What is built with it is cleared away afterwards.
 * @throws UsageError if there is no engine, or it failed.
 */
export async function withEngine<T>(
  signal: AbortSignal,
  quiet: boolean,
  work: (workshop: Workshop, scratch: string) => Promise<T>,
): Promise<T> {
  const client = await findClient(signal)
  if (client.program === undefined)
    throw new UsageError(
      `no engine answers that could build and start images, so nothing can be proved: ${client.why}.`,
    )
  const progress = progressOn(process.stderr)
  const tell = process.stderr.isTTY ? progress.tick : lineByLine(quiet)
  const scratch = await mkdtemp(join(tmpdir(), 'harden-verify-'))
  try {
    return await withWorkshop({ client, mask: maskOf([]), signal, tell }, (workshop) => work(workshop, scratch))
  } catch (error) {
    if (error instanceof EngineError)
      throw new UsageError(error.message.replace(/^[A-Z]/, (first) => first.toLowerCase()))
    throw error
  } finally {
    progress.end()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** In a log each thing that is done is one line; the steps of a build are left out. */
function lineByLine(isQuiet: boolean): (doing: string) => void {
  let last = ''
  return (doing) => {
    const [what = ''] = doing.split(': ')
    if (isQuiet || what === last) return
    last = what
    remark(`harden: ${what}`)
  }
}

/**
 * Proves a plan and leaves out what does not hold. What the original writes when it runs is seen first, so that the plan can
 * hand it to whoever runs it afterwards.
 */
export function proven(
  first: Plan,
  proving: Proving,
  select: Select,
  { plan, tell }: Pick<Prepared, 'plan' | 'tell'>,
): Promise<ProvenPlan> {
  return withProver(proving, async (prover) => {
    const keys = new Set(first.wanted.flatMap(({ kind, key }) => (kind === 'write-trace' ? [key] : [])))
    const traces = await prover.traces({ project: first.before, overlay: new Map() }, keys)
    for (const [key, paths] of traces) tell({ kind: 'write-trace', key }, paths)
    const known = [...traces.values()].some((paths) => paths.length > 0) ? await plan(select) : first
    return provePlan(known, prover, select, plan)
  })
}
