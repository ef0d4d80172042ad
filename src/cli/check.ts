import { nothing, plan, safely } from '../engine/plan.js'
import { nextAfterCheck } from '../ui/next.js'
import { fails, reportOf } from '../ui/report.js'
import { terseReport, textReport } from '../ui/text.js'
import { CODES } from './errors.js'
import { type CommonOptions, scopeOf } from './options.js'
import { printAs } from './output.js'
import { prepare } from './prepare.js'
import { print } from './terminal.js'

/** Reports findings, changes nothing. */
export async function check(paths: readonly string[], options: CommonOptions): Promise<number> {
  const format = options.format ?? 'text'
  const { project, transforms, filter, progress, look, about, checkNamed } = await prepare(paths, options)
  const found = await plan(project, transforms, nothing, filter)
  checkNamed()
  const how = { ...about, command: 'check', written: false, allows: () => true } as const
  const report = reportOf(found, how)
  if (format === 'text') {
    progress.end()
    await print(
      options.quiet
        ? terseReport(report, look)
        : textReport(report, nextAfterCheck(report, scopeOf(paths, options)), look),
    )
  } else if (format === 'diff') {
    const fixed = await plan(project, transforms, safely, filter)
    progress.end()
    await printAs(format, reportOf(fixed, how), look)
  } else {
    progress.end()
    await printAs(format, report, look)
  }
  return fails(report, options.failOn) ? CODES.findings : CODES.clean
}
