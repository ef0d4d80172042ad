import { findRoot, recover, undo as takeBack } from '../disk.js'
import { escaped } from '../escape.js'
import { count } from '../ui/layout.js'
import { enter } from './enter.js'
import { CODES } from './errors.js'
import { interruptible } from './signals.js'
import { print, remark, stdoutLook } from './terminal.js'

export interface UndoOptions {
  readonly cwd?: string
  readonly color: boolean
}

/** Takes back the last fix that changed files. */
export async function undo(options: UndoOptions): Promise<number> {
  const cwd = enter(options.cwd)
  const { root } = findRoot(cwd)
  const look = stdoutLook(options.color, root, cwd)
  const recovery = await recover(root)
  if (recovery) remark(`harden: ${escaped(recovery.said)}`)
  // Mending an interrupted run is the taking back that was asked for; the fix before it was not meant.
  if (recovery?.tookBack) return CODES.clean
  const paths = await interruptible((signal) => takeBack(root, { signal }))
  if (paths.length === 0) {
    remark('harden: there is nothing to undo in this project.')
    return CODES.clean
  }
  const mark = look.colors.green(look.glyphs.done)
  const lines = paths.map((path) => `  ${mark} ${look.name(path)}\n`).join('')
  await print(`Took back the last fix in ${count(paths.length, 'file')}.\n\n${lines}`)
  return CODES.clean
}
