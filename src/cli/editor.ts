import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { baseName } from '../documents/index.js'
import type { Path } from '../model.js'

/** What came of a program that took over the terminal, or why it could not. */
type Came<T> = T | { readonly problem: string }

/** Lets a person edit texts in `$VISUAL` or `$EDITOR`; the files it sees are copies in a folder of their own. */
export function editTexts(texts: ReadonlyMap<Path, string>): Came<ReadonlyMap<Path, string>> {
  const editor = process.env.VISUAL || process.env.EDITOR
  if (!editor) return { problem: 'no editor is known: set VISUAL or EDITOR' }
  const folder = mkdtempSync(join(tmpdir(), 'harden-edit-'))
  try {
    const copies = [...texts].map(([path, text], i) => {
      const copy = join(folder, texts.size > 1 ? `${i + 1}-${plainName(path)}` : plainName(path))
      writeFileSync(copy, text, { mode: 0o600 })
      return { path, copy }
    })
    const { status, error } = inShell(
      editor,
      copies.map(({ copy }) => copy),
    )
    if (error || status !== 0) return { problem: `the editor ended with an error (${editor}); nothing was taken` }
    return new Map(copies.map(({ path, copy }) => [path, readFileSync(copy, 'utf8')]))
  } catch (error) {
    return { problem: `the text cannot be edited: ${error instanceof Error ? error.message : String(error)}` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Shows a text in `$PAGER`, or else in `less`. */
export function showInPager(text: string): Came<undefined> {
  const pager = process.env.PAGER || 'less'
  const environment = { ...process.env, LESS: process.env.LESS ?? 'R' }
  const { status, error } = inShell(pager, [], text, environment)
  return error || (status ?? 0) > 125 ? { problem: `the pager cannot be started (${pager}): set PAGER` } : undefined
}

/** As git does: the variable may hold options, and what follows is one argument each. */
function inShell(command: string, words: readonly string[], input?: string, env = process.env) {
  return spawnSync('/bin/sh', ['-c', `${command} "$@"`, command, ...words], {
    stdio: [input === undefined ? 'inherit' : 'pipe', 'inherit', 'inherit'],
    env,
    ...(input !== undefined && { input }),
  })
}

/** Keeps what editors choose their colours by; a stranger's name must not be an option or hide a control character. */
function plainName(path: Path): string {
  return baseName(path).replace(/[^\w.-]/g, '_')
}
