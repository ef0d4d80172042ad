import { type Command, CommanderError } from 'commander'
import { CODES, spoken } from './errors.js'
import { program } from './program.js'

/** Runs a command line to its end. Only the exit code and the streams tell what happened. */
export async function main(words: readonly string[]): Promise<void> {
  process.stdout.once('error', closed).on('error', () => {})
  process.stderr.on('error', () => {})
  process.on('uncaughtException', fail)
  try {
    const harden = await program(words)
    for (const command of allOf(harden)) {
      command
        .exitOverride()
        .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'harden: ')) })
    }
    await harden.parseAsync(words.length > 0 ? words : ['--help'], { from: 'user' })
  } catch (error) {
    fail(error)
  }
}

function allOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allOf)]
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? CODES.clean : CODES.failed
    return
  }
  const { text, code } = spoken(error, Boolean(process.env.HARDEN_DEBUG))
  process.stderr.write(text)
  process.exitCode = code
}

/** A reader that has seen enough goes away; anything else that keeps the output from getting out is a failure. */
function closed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return
  process.stderr.write(`harden: the output cannot be written: ${error.message}.\n`)
  process.on('exit', () => {
    process.exitCode = CODES.failed
  })
}
