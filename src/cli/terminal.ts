import { relative } from 'node:path'
import { join } from 'node:path/posix'
import { escaped } from '../escape.js'
import { type Look, lookOf } from '../ui/look.js'

/** The look of stdout; paths are shown as seen from where the command runs. */
export function stdoutLook(colorAllowed: boolean, root: string, cwd: string): Look {
  return lookOf(process.stdout, process.env, colorAllowed, (path) => shownPath(relative(cwd, join(root, path)) || '.'))
}

/** The look of stderr, which may be a terminal when stdout is none. */
export function stderrLook(colorAllowed: boolean, { name }: Look): Look {
  return lookOf(process.stderr, process.env, colorAllowed, name)
}

/** A name at the start of a line must not read as an option, or as a command to a CI runner. */
function shownPath(path: string): string {
  return escaped(/^[-:#]/.test(path) ? `./${path}` : path)
}

/** Whether a person sits at both ends. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true
}

/** Writes to stdout, and waits until it is out. A reader that went away is no failure. */
export function print(chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (chunk.length === 0) resolve()
    else process.stdout.write(chunk, () => resolve())
  })
}

/** Writes a remark to stderr. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`)
}
