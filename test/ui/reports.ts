import picocolors from 'picocolors'
import { nothing, plan } from '../../src/engine/plan.js'
import type { Plan, Project, Select } from '../../src/model.js'
import { projectOf, textFile } from '../../src/project.js'
import { type Dockerfile, defineTransform, type Finding, type Transform } from '../../src/sdk.js'
import type { Look } from '../../src/ui/look.js'
import { type About, type Report, reportOf } from '../../src/ui/report.js'

/** A transform that finds every place of a pattern. */
export function finding(
  id: string,
  pattern: RegExp,
  more: (at: Finding['at']) => Partial<Finding> = () => ({}),
  severity: Transform['severity'] = 'medium',
): Transform<Dockerfile> {
  return defineTransform<Dockerfile>({
    id,
    title: `Nothing matches ${pattern}`,
    severity,
    references: ['DL0000'],
    doc: '## Safety\n\nNone.',
    on: 'dockerfile',
    *run({ file }) {
      for (const match of file.text.matchAll(pattern)) {
        const at = { path: file.path, start: match.index, end: match.index + match[0].length }
        yield { at, message: `There is a ${pattern.source}.`, ...more(at) }
      }
    },
  })
}

/** Replaces what was found. */
export function replacing(text: string, applicability: 'safe' | 'review' | 'hint' = 'safe', caveat?: string) {
  return (at: Finding['at']): Partial<Finding> => ({
    fixes: [{ title: `Write ${text}`, applicability, edits: [{ ...at, text }], ...(caveat && { caveat }) }],
  })
}

export function dockerfiles(texts: Readonly<Record<string, string>>): Project {
  return projectOf(Object.entries(texts).map(([path, text]) => textFile(path, text)))
}

/** A plan and its report. */
export async function reported(
  project: Project,
  transforms: readonly Transform[],
  select: Select = nothing,
  about: Partial<About> = {},
): Promise<{ result: Plan; report: Report }> {
  const result = await plan(project, transforms, select)
  const all = {
    command: 'check',
    written: false,
    files: project.paths.length,
    transforms,
    allows: () => true,
    covers: () => true,
    skipped: [],
    root: '.',
  } as const
  return { result, report: reportOf(result, { ...all, ...about }) }
}

/** A terminal without colours that can show more than ASCII. */
export const plain: Look = {
  colors: picocolors.createColors(false),
  glyphs: { done: '✓', open: '·', unread: '!', bar: '│', line: '─', ellipsis: '…', fold: '↪' },
  width: 80,
  name: (path) => path,
}
