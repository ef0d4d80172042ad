import { createHash } from 'node:crypto'
import type { Dockerfile } from '../documents/dockerfile.js'
import { documentOf, type Kind, pathsOf } from '../documents/index.js'
import type { Document, Finding, Fix, Project, Range, Reported, TextEdit, Transform, Unread } from '../model.js'
import { lineRange } from '../text.js'

/** What a person has said about findings, in the configuration or beside the line. */
export interface Filter {
  /** Whether findings at this place may be reported and repaired at all. */
  admits(transform: string, finding: Finding): boolean
}

export const admitAll: Filter = { admits: () => true }

/** The findings of one transform, each tempered by the engine and none that a comment or the filter keeps away. */
export function find(project: Project, transform: Transform, filter: Filter = admitAll): readonly Finding[] {
  const findings: Finding[] = []
  for (const path of pathsOf(project, transform.on as Kind)) {
    const file = project.read(path)
    const document = file && documentOf(file, transform.on as Kind)
    if (!document || problemsOf(document, project).length > 0) continue
    for (const finding of transform.run(document, project)) {
      if (isKept(document, finding, transform) || !filter.admits(transform.id, finding)) continue
      findings.push({ ...finding, fixes: finding.fixes?.map((fix) => temper(fix, project)) })
    }
  }
  return findings
}

/** The findings of all transforms on one picture of the project. */
export function findAll(project: Project, transforms: readonly Transform[], filter?: Filter): readonly Reported[] {
  return transforms.flatMap((transform) => find(project, transform, filter).map((finding) => ({ transform, finding })))
}

/** The files of some kind that cannot be read for certain, and why. */
export function unread(project: Project, kinds: ReadonlySet<string>): readonly Unread[] {
  const list: Unread[] = []
  for (const kind of kinds) {
    for (const path of pathsOf(project, kind as Kind)) {
      const file = project.read(path)
      if (!file) list.push({ path, problem: project.unreadable(path) ?? 'it cannot be read' })
      else
        for (const problem of problemsOf(documentOf(file, kind as Kind)!, project).slice(0, 1))
          list.push({ path, problem })
    }
  }
  return list.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Why a document is left alone: its own problems, or a template beside it that it is made from. */
export function problemsOf(document: Document, project: Project): readonly string[] {
  if (document.problems.length > 0) return document.problems
  const template = TEMPLATE_ENDINGS.map((ending) => document.file.path + ending).find((path) => project.read(path))
  return template && document.kind === 'dockerfile' ? [`it is made from ${template}; edit that file`] : []
}

const TEMPLATE_ENDINGS = ['.j2', '.tmpl', '.template', '.tpl', '.in', '.erb']

/** `# harden: keep ID — reason`, and hadolint's own way of saying so about its rules. */
const KEEP = /(?:harden:\s*keep\s+|hadolint\s+ignore\s*=\s*)([\w/,\s-]+)/

/** Whether a comment asks to leave a finding as it is: on its line, or right above it or above its instruction. */
function isKept(document: Document, finding: Finding, { id, references }: Transform): boolean {
  if (finding.at.path !== document.file.path) return false
  const { text } = document.file
  const textOf = (comment: Range) => text.slice(comment.start, comment.end)
  const named = document.comments.filter((comment) =>
    keptNames(textOf(comment)).some((name) => name === id || references.includes(name)),
  )
  if (named.length === 0) return false
  const { start } = finding.at
  const instruction = instructionsOf(document).find((each) => each.start <= start && start < each.end)
  return [start, instruction?.start ?? start].some((place) => {
    const { top, end } = withCommentsAbove(document, place)
    return named.some((comment) => comment.start >= top && comment.start <= end)
  })
}

function instructionsOf(document: Document): readonly Range[] {
  return document.kind === 'dockerfile' ? (document as Dockerfile).instructions : []
}

/** The line of an offset, and the block of comments right above it. */
function withCommentsAbove(document: Document, offset: number): { readonly top: number; readonly end: number } {
  const { text } = document.file
  const own = lineRange(text, offset)
  let top = own.start
  for (let line = own; line.start > 0; top = line.start) {
    const above = lineRange(text, previousLineEnd(text, line.start))
    const isComment = document.comments.some(
      (c) => c.start >= above.start && c.start <= above.end && text.slice(above.start, c.start).trim() === '',
    )
    if (!isComment) break
    line = above
  }
  return { top, end: own.end }
}

function previousLineEnd(text: string, lineStart: number): number {
  return text.startsWith('\r\n', lineStart - 2) ? lineStart - 2 : lineStart - 1
}

function keptNames(comment: string): readonly string[] {
  const list = KEEP.exec(comment)?.[1]
  return list === undefined ? [] : list.split(',').map((name) => name.trim().split(/\s+/)[0] ?? '')
}

/** A fix that would take away a comment is never done unasked. */
function temper(fix: Fix, project: Project): Fix {
  if (fix.applicability !== 'safe' || !fix.edits.some((edit) => losesComment(edit, fix, project))) return fix
  return { ...fix, applicability: 'review', caveat: fix.caveat ?? 'This removes a comment.' }
}

/** Whether an edit covers a comment that the fix does not write again, there or elsewhere. */
function losesComment(edit: TextEdit, fix: Fix, project: Project): boolean {
  const file = project.read(edit.path)
  const document = file && documentOf(file)
  if (!document) return false
  const lost = document.comments.filter((comment) => edit.start < comment.end && comment.start < edit.end)
  const written = fix.edits.map(({ text }) => text)
  return lost.some(({ start, end }) => !written.some((text) => text.includes(document.file.text.slice(start, end))))
}

/**
 * A name for each finding that survives edits elsewhere: made of what it is about, not of where it stands. Equal
 * findings are told apart by their order.
 */
export function fingerprints(reported: readonly Reported[]): readonly string[] {
  const seen = new Map<string, number>()
  return reported.map(({ transform, finding }) => {
    const about = [transform.id, finding.at.path, finding.subject ?? '', finding.message].join('\0')
    const nth = seen.get(about) ?? 0
    seen.set(about, nth + 1)
    return createHash('sha256').update(`${about}\0${nth}`).digest('hex').slice(0, 12)
  })
}
