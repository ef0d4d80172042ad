import { encode } from '../disk.js'
import type { Look } from '../ui/look.js'
import type { Report, Threshold } from '../ui/report.js'
import { UsageError } from './errors.js'
import type { Format } from './options.js'
import { print } from './terminal.js'
import { version } from './version.js'

/** Writes a report in a format made for programs. Each writer is loaded only if it is asked for. */
export async function printAs(
  format: Exclude<Format, 'text'>,
  report: Report,
  look: Look,
  threshold: Threshold,
): Promise<void> {
  switch (format) {
    case 'json':
      return print((await import('../ui/json.js')).jsonReport(report))
    case 'sarif':
      return print((await import('../ui/sarif.js')).sarifReport(report, version))
    case 'github':
      return printGithub(report)
    case 'gitlab':
      return print((await import('../ui/gitlab.js')).gitlabReport(report))
    case 'junit':
      return print((await import('../ui/junit.js')).junitReport(report, threshold))
    case 'html':
      return printPage(report)
    case 'diff':
      return printDiff(report, look)
  }
}

async function printGithub(report: Report): Promise<void> {
  const { githubReport, githubSummary } = await import('../ui/github.js')
  await print(githubReport(report))
  const path = process.env.GITHUB_STEP_SUMMARY
  if (!path) return
  const { appendFile } = await import('node:fs/promises')
  await appendFile(path, githubSummary(report)).catch((error: Error) => {
    throw new UsageError(`the job summary GITHUB_STEP_SUMMARY cannot be written: ${error.message}.`)
  })
}

async function printPage(report: Report): Promise<void> {
  const [{ reviewPage }, { projectPage }] = await Promise.all([
    import('../ui/page/document.js'),
    import('../ui/page/project.js'),
  ])
  await print(reviewPage(projectPage(report)))
}

/** To a terminal a diff is shown; to anything else it is bytes that `git apply` accepts, never coloured. */
async function printDiff(report: Report, look: Look): Promise<void> {
  const { patchOf } = await import('../engine/patch.js')
  if (!process.stdout.isTTY) return print(patchOf(report.changed, encode))
  const { preview } = await import('../ui/preview.js')
  await print(preview(report.changed, look))
}
