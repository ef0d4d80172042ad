/** What the declarations of all commands share. */
import { type Command, InvalidArgumentError } from 'commander'

export const NO_COLOR = 'print without colours'

/** Where a command runs. */
export function place(command: Command): Command {
  return command.option('--cwd <dir>', 'run as if started in this directory')
}

/** `a,b` and repeated options alike. */
export function list(value: string, earlier: readonly string[] = []): readonly string[] {
  const words = value.split(',').map((word) => word.trim())
  if (words.includes('')) throw new InvalidArgumentError('An id is missing.')
  return [...earlier, ...words]
}

/** Runs a command to its exit code. */
export async function run(command: () => Promise<number>): Promise<void> {
  process.exitCode = await command()
}
