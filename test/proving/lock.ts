/** Names that only one process of this machine can hold at a time. */
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Holds a name, or nothing if somebody else does. It is a name of the kernel's, free again when its holder ends, whichever
 * way that is. Only Linux has such names; elsewhere everybody gets what they ask for.
 */
export function hold(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.unref()
    server.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    if (process.platform === 'linux') server.listen(`\0${name}`, () => resolve(server))
    else resolve(server)
  })
}

/** Does the work once nobody else holds the name. */
export async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const held = await hold(name)
    if (held) return work().finally(() => held.close())
    await sleep(250)
  }
}
