import { DiskError } from '../disk/error.js'
import { escaped } from '../escape.js'
import { ConfigurationError } from '../load/error.js'
import { Interrupted } from '../ui/ask.js'

/** The exit codes of every command. */
export const CODES = { clean: 0, findings: 1, failed: 2, interrupted: 130 } as const

/** The person can put this right: `message` says what is wrong, where, and what to do. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'

  constructor(
    message: string,
    /** Shown below the message, one under the other. */
    readonly details: readonly string[] = [],
  ) {
    super(message)
  }
}

/** A transform threw: its own defect, not the person's. */
export class TransformError extends Error {
  override readonly name = 'TransformError'
}

/** What a person is told, and the exit code. Never a stack trace, unless it is asked for. */
export function spoken(error: unknown, debug: boolean): { readonly text: string; readonly code: number } {
  const trace = debug && error instanceof Error && error.stack ? `${error.stack}\n` : ''
  const isInterrupted = error instanceof Interrupted
  const lines = isInterrupted ? [error.said] : sentences(error)
  return {
    text: trace + lines.map((line) => (line.startsWith('  ') ? `${line}\n` : `harden: ${line}\n`)).join(''),
    code: isInterrupted ? CODES.interrupted : CODES.failed,
  }
}

/** One line each; what belongs to the line above is indented. */
function sentences(error: unknown): readonly string[] {
  if (error instanceof UsageError) return [error.message, ...error.details.map((line) => `  ${line}`)].map(escaped)
  if (error instanceof ConfigurationError) return error.faults.map(escaped)
  const message = escaped(error instanceof Error ? error.message : String(error))
  if (error instanceof DiskError) return [message]
  const isOurs = !(error instanceof TransformError)
  return [
    isOurs ? `this is a defect in harden, not in your files: ${message}` : message,
    '  Please report it, with what the same command prints under HARDEN_DEBUG=1.',
  ]
}
