import { documentOf } from '../documents/index.js'
import { readsAsWell } from '../engine/apply.js'
import type { Fix, Path, Project, TextEdit } from '../model.js'
import { applyTo, changedFiles } from '../project.js'
import { textStart } from '../text.js'

/** A fix's own result, written otherwise by a person. */
export function editedFix(fix: Fix, edits: readonly TextEdit[]): Fix {
  return { title: `${fix.title} (edited by hand)`, applicability: 'review', edits }
}

/**
 * The fix that leads to the texts a person wrote; or why it cannot be taken: nothing differs, or a file no longer reads.
 * @param texts Whole files by path.
 */
export function fixFromTexts(project: Project, fix: Fix, texts: ReadonlyMap<Path, string>): Fix | { problem: string } {
  const edits = [...texts].flatMap(([path, text]) => editTo(path, project.read(path)?.text ?? '', text) ?? [])
  if (edits.length === 0) return { problem: 'the edited text is what the file says already' }
  const after = applyTo(project, edits)
  if (readsAsWell(project, after)) return editedFix(fix, edits)
  const problems = changedFiles(project, after).flatMap(({ after: file }) => {
    const document = documentOf(file)
    return [...(document?.problems ?? []), ...(document?.oddities ?? [])].map((problem) => `${file.path}: ${problem}`)
  })
  return { problem: `the edited text was not taken: ${problems[0] ?? 'it does not read'}` }
}

/** One edit from the first difference to the last; editors change line endings, so those are the file's own. */
function editTo(path: Path, before: string, written: string): TextEdit | undefined {
  const after = written.replace(/\r\n?/g, '\n')
  const from = textStart(before)
  const old = before.slice(from)
  const now = after.slice(textStart(after))
  const endings = old.includes('\r\n') ? now.replaceAll('\n', '\r\n') : now
  if (endings === old) return undefined
  let start = 0
  while (start < old.length && old[start] === endings[start]) start++
  let tail = 0
  while (
    tail < Math.min(old.length, endings.length) - start &&
    old[old.length - 1 - tail] === endings[endings.length - 1 - tail]
  )
    tail++
  // Never between the two characters of a line ending.
  while (start > 0 && old[start - 1] === '\r') start--
  while (tail > 0 && old[old.length - tail] === '\n' && old[old.length - tail - 1] === '\r') tail--
  return {
    path,
    start: from + start,
    end: from + old.length - tail,
    text: endings.slice(start, endings.length - tail).replaceAll('\r\n', '\n'),
  }
}
