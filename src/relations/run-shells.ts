import { posix } from 'node:path'
import type { Dockerfile, Instruction, Stage } from '../documents/dockerfile.js'

const SHELLS = /^(?:sh|bash|ash|dash|zsh|ksh)$/

const memo = new WeakMap<Stage, readonly Instruction[]>()

function shellsOf(stage: Stage): readonly Instruction[] {
  const known = memo.get(stage) ?? stage.instructions.filter(({ keyword }) => keyword === 'SHELL')
  memo.set(stage, known)
  return known
}

/** The SHELL in force before an instruction, here or in the stages below; `undefined` for that of the system. */
function shellInForce(document: Dockerfile, { stage: number, index }: Instruction): Instruction | undefined {
  for (let stage = document.stages[number]; stage; stage = stage.parent) {
    const shell = shellsOf(stage).findLast((each) => each.index < index)
    if (shell) return shell
  }
  return undefined
}

/** Whether a RUN is read by a shell that reads what we read. */
export function isReadByShell(document: Dockerfile, run: Instruction): boolean {
  const shell = shellInForce(document, run)
  return !shell || (shell.json && SHELLS.test(posix.basename(shell.words[0]?.value ?? '')))
}

/** Whether the script of a RUN stops at its first error, as after `set -e`: from its beginning, later, or never. */
export function errorsStop(document: Dockerfile, run: Instruction): 'always' | 'sometimes' | 'never' {
  const options = shellInForce(document, run)?.words.slice(1) ?? []
  if (options.some(({ value }) => /^-[a-z]*e|^errexit$/.test(value))) return 'always'
  const { commands, chains } = document.shell(run)
  const setting = commands.find(
    ({ name, words }) => name === 'set' && words.some(({ value }) => /^-[a-z]*e|^errexit$/.test(value)),
  )
  if (!setting) return 'never'
  return setting.start === chains[0]?.steps[0]?.start ? 'always' : 'sometimes'
}
