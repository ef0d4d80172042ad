import { loadLenses } from '../documents/index.js'
import { containersOf } from '../relations/containers.js'
import { evidenceJson, evidenceMarkdown, evidenceText } from '../ui/evidence.js'
import { type EvidenceSheet, evidenceOf } from '../verify/evidence.js'
import { pictureAt, RevisionError } from '../verify/revision.js'
import { CODES, UsageError } from './errors.js'
import type { CommonOptions } from './options.js'
import { prepare } from './prepare.js'
import { withProver } from './prove.js'
import { print, remark } from './terminal.js'

export interface VerifyOptions extends Pick<CommonOptions, 'color' | 'quiet' | 'cwd' | 'config'> {
  readonly base: string
  readonly format: 'text' | 'json' | 'markdown'
}

/** Builds and starts what the working tree holds and what a revision held, and compares. */
export async function verify(paths: readonly string[], options: VerifyOptions): Promise<number> {
  const { root, project, look, about } = await prepare(paths, {
    ...options,
    failOn: 'never' as const,
    format: undefined,
  })
  await loadLenses(project.paths)
  const before = await pictureAt(options.base, root, project).catch((error: unknown) => {
    throw error instanceof RevisionError ? new UsageError(error.message) : error
  })
  await loadLenses(before.project.paths)
  const after = { project, overlay: new Map() }
  const variables = [before, after].flatMap((picture) =>
    containersOf(picture.project).flatMap(({ environment }) => [...environment]),
  )
  const quiet = options.quiet === true
  const proofs = await withProver({ root, variables, quiet }, (prover) => prover.prove(before, after, about.covers))
  const sheets = proofs.map(evidenceOf)
  if (sheets.length === 0) remark(`harden: nothing that goes into an image differs from ${options.base}.`)
  await print(
    options.format === 'json'
      ? evidenceJson(sheets)
      : options.format === 'markdown'
        ? evidenceMarkdown(sheets)
        : evidenceText(sheets, look),
  )
  return codeOf(sheets)
}

function codeOf(sheets: readonly EvidenceSheet[]): number {
  if (sheets.some(({ outcome }) => outcome === 'worse')) return CODES.findings
  return sheets.some(({ outcome }) => outcome === 'unproven') ? CODES.failed : CODES.clean
}
