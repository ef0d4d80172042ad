import { writePlan } from '../disk.js'
import { allowing } from '../engine/plan.js'
import type { Fix, Plan } from '../model.js'
import { doneReport, doneSummary } from '../ui/done.js'
import { count } from '../ui/layout.js'
import { nextAfterFix } from '../ui/next.js'
import { type About, fails, fixedItems, type Report, reportOf, type Verified } from '../ui/report.js'
import { terseReport } from '../ui/text.js'
import { inside, named } from './choose.js'
import { CODES, UsageError } from './errors.js'
import { type FixOptions, scopeOf } from './options.js'
import { printAs } from './output.js'
import { type Prepared, prepare } from './prepare.js'
import { interruptible } from './signals.js'
import { isInteractive, print, remark, stderrLook } from './terminal.js'

/** Plans, and writes the plan if it may. */
export async function fix(paths: readonly string[], options: FixOptions): Promise<number> {
  const asks = !options.dryRun && !options.yes
  if (asks) checkCanAsk(paths, options)
  const prepared = await prepare(paths, options, !options.dryRun)
  const { plan: result, verified } = await planned(prepared, options)
  const about = { ...aboutFix(prepared, options), ...(verified && { verified }) }
  const proposed = reportOf(result, { ...about, written: false })
  if (verified && options.format !== 'json') await tellProofs(verified, prepared, options)

  const write = proposed.changed.length > 0 && (asks ? await agreed(proposed, prepared, options) : !options.dryRun)
  if (write) await interruptible((signal) => writePlan(prepared.root, proposed.changed, { signal }))
  const refused = asks && !write
  const report = refused ? reportOf(untouched(result), about) : write ? reportOf(result, about) : proposed

  if (asks && proposed.changed.length > 0) {
    if (write) await print(doneSummary(report, nextAfterFix(report, scopeOf(paths, options)), prepared.look))
    else remark('Nothing was changed.')
  } else await show(report, paths, options, prepared)
  return fails(report, options.failOn) ? CODES.findings : CODES.clean
}

function aboutFix(prepared: Prepared, options: FixOptions): About {
  const levels = levelsOf(options)
  return {
    ...prepared.about,
    command: 'fix',
    written: true,
    allows: (fix: Fix) => levels.includes(fix.applicability),
    ...(options.onlyFinding && { ids: new Set(options.onlyFinding) }),
  }
}

function levelsOf(options: FixOptions): readonly Fix['applicability'][] {
  return options.review ? ['safe', 'review'] : ['safe']
}

/** The plan, and with `--verify` what a real build and start said of it. */
async function planned(prepared: Prepared, options: FixOptions): Promise<{ plan: Plan; verified?: Verified }> {
  const select = inside(prepared.about.covers, allowing(...levelsOf(options)))
  const chosen = options.onlyFinding ? await named(options.onlyFinding, prepared, select) : select
  const plan = await prepared.plan(chosen)
  if (!options.verify || plan.steps.length === 0) return { plan }
  const [{ proven }, { containersOf }] = await Promise.all([import('./prove.js'), import('../relations/containers.js')])
  const variables = containersOf(plan.before).flatMap(({ environment }) => [...environment])
  const proving = { root: prepared.root, variables, quiet: options.quiet === true }
  const { plan: left, proofs, dropped } = await proven(plan, proving, chosen, prepared)
  const { evidenceOf } = await import('../verify/evidence.js')
  const out = dropped.map(({ transform, choice, why, guilty }) => ({
    transform,
    title: choice.fix.title,
    ...why,
    guilty,
  }))
  return { plan: left, verified: { containers: proofs.map(evidenceOf), dropped: out } }
}

/** The evidence goes where remarks go: the product of `fix` is its report, or its patch. */
async function tellProofs({ containers, dropped }: Verified, { look }: Prepared, options: FixOptions): Promise<void> {
  const { evidenceText, droppedText } = await import('../ui/evidence.js')
  const errLook = stderrLook(options.color, look)
  for (const each of dropped) remark(droppedText(each, errLook))
  if (!options.quiet && containers.length > 0) remark(evidenceText(containers, errLook))
}

/** The plan of somebody who said no. */
function untouched(result: Plan): Plan {
  return { ...result, after: result.before, steps: [], open: result.found }
}

async function agreed(report: Report, { look }: Prepared, options: FixOptions): Promise<boolean> {
  const [{ preview }, { askYes }] = await Promise.all([import('../ui/preview.js'), import('../ui/ask.js')])
  if (!options.quiet) await print(`${doneReport(report, [], look)}\n`)
  await print(`${preview(report.changed, look)}\n`)
  const fixes = fixedItems(report).length
  return askYes(
    `Apply ${fixes === 1 ? 'this fix' : `these ${fixes} fixes`} to ${count(report.changed.length, 'file')}?`,
    look,
  )
}

/** Prints a report in the format asked for; of a dry run the product is the patch, and the rest is a remark. */
async function show(report: Report, paths: readonly string[], options: FixOptions, { look }: Prepared): Promise<void> {
  const format = options.format ?? (options.dryRun ? 'diff' : 'text')
  const next = nextAfterFix(report, scopeOf(paths, options))
  if (format !== 'text') {
    await printAs(format, report, look, options.failOn)
    if (options.dryRun && format === 'diff' && !options.quiet) {
      process.stderr.write(doneSummary(report, next, stderrLook(options.color, look)))
    }
  } else await print(options.quiet ? terseReport(report, look) : doneReport(report, next, look))
}

/** @throws UsageError naming what can be done without a person. */
export function checkCanAsk(paths: readonly string[], options: FixOptions): void {
  const scope = scopeOf(paths, options)
  const alternatives = [
    `harden fix --dry-run${scope}       prints the patch, changes nothing`,
    `harden fix --yes${scope}           applies every safe fix`,
    `harden fix --yes --review${scope}  applies those that want a look as well`,
  ]
  if (!isInteractive())
    throw new UsageError('fix asks before it changes a file, and this is not a terminal. Use one of', alternatives)
  if (options.format && options.format !== 'text') {
    throw new UsageError(`with --format ${options.format} nobody can be asked. Use one of`, alternatives)
  }
}
