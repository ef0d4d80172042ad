import { Interrupted } from '../ui/ask.js'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Lets a signal stop a write in good order. Outside a write a signal simply ends the process: there is nothing to take
 * back, and planning is too busy to listen.
 */
export async function interruptible<T>(write: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const abort = () => controller.abort(new Interrupted())
  for (const signal of SIGNALS) process.on(signal, abort)
  try {
    return await write(controller.signal)
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort)
  }
}
