import { nothing, safely } from '../engine/plan.js'
import type { Look } from '../ui/look.js'
import { nextAfterCheck } from '../ui/next.js'
import { fails, type Report, reportOf } from '../ui/report.js'
import { terseReport, textReport } from '../ui/text.js'
import { inside } from './choose.js'
import { CODES } from './errors.js'
import { type CommonOptions, scopeOf } from './options.js'
import { printAs } from './output.js'
import { prepare } from './prepare.js'
import { print } from './terminal.js'

/** Reports findings, changes nothing. */
export async function check(paths: readonly string[], options: CommonOptions): Promise<number> {
  const format = options.format ?? 'text'
  const prepared = await prepare(paths, options)
  const { look, about } = prepared
  const how = { ...about, command: 'check', written: false, allows: () => true } as const
  const report = reportOf(await prepared.plan(nothing), how)
  if (format === 'text') await print(said(report, scopeOf(paths, options), look, options))
  else if (format !== 'diff') await printAs(format, report, look, options.failOn)
  else await printAs(format, reportOf(await prepared.plan(inside(about.covers, safely)), how), look, options.failOn)
  return fails(report, options.failOn) ? CODES.findings : CODES.clean
}

function said(report: Report, scope: string, look: Look, { quiet }: CommonOptions): string {
  return quiet ? terseReport(report, look) : textReport(report, nextAfterCheck(report, scope), look)
}
