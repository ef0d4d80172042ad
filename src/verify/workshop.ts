import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { type Client, CommandError, type RunOptions, run } from './client.js'
import type { Mask } from './mask.js'

/** On every container, network, volume and image that is made here; its value is the run's id. */
export const RUN_LABEL = 'harden.verify'
/** Which process made it, so that the next one can tell what a killed one left behind. */
const OWNER_LABEL = 'harden.verify.owner'

/** Where one verification works: its engine, its names, and what it has to clear away. */
export interface Workshop {
  readonly client: Client
  readonly id: string
  readonly mask: Mask
  /** The options that label what a command makes. */
  readonly labelled: readonly string[]
  /** A new name for an image. */
  readonly name: (side: string) => string
  /** How every command is run: it ends when the person says so. */
  readonly options: (doing: string) => RunOptions
  /** Says what is being done now. */
  readonly tell: (doing: string) => void
}

export interface WorkshopSettings {
  readonly client: Client
  readonly mask: Mask
  readonly signal?: AbortSignal
  readonly tell: (doing: string) => void
}

/**
 * Lends a workshop to `work` and clears everything away afterwards, whatever happened; what an earlier process left
 * behind when it was killed goes first.
 */
export async function withWorkshop<T>(
  settings: WorkshopSettings,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const { client, mask, signal, tell } = settings
  const id = randomBytes(6).toString('hex')
  let made = 0
  await clearForsaken(client)
  try {
    return await work({
      client,
      id,
      mask,
      tell,
      labelled: ['--label', `${RUN_LABEL}=${id}`, '--label', `${OWNER_LABEL}=${hostname()}:${process.pid}`],
      name: (side) => `harden-verify/${id}:${side.replace(/\W+/g, '-')}-${++made}`,
      options: (doing) => ({ doing, ...(signal && { signal }) }),
    })
  } finally {
    await clear(client, `${RUN_LABEL}=${id}`)
  }
}

/** Containers first, because they hold the rest. An engine that is gone keeps nothing, and is no reason to fail twice. */
async function clear(client: Client, label: string): Promise<void> {
  const steps = [
    { list: ['container', 'ls', '--all'], remove: ['container', 'rm', '--force', '--volumes'] },
    { list: ['network', 'ls'], remove: ['network', 'rm'] },
    { list: ['volume', 'ls'], remove: ['volume', 'rm', '--force'] },
    { list: ['image', 'ls'], remove: ['image', 'rm', '--force'] },
  ]
  for (const { list, remove } of steps) {
    try {
      const listed = await run(client, [...list, '--quiet', '--filter', `label=${label}`])
      const ids = [...new Set(listed.split('\n').filter((each) => each !== ''))]
      if (ids.length > 0) await run(client, [...remove, ...ids])
    } catch (error) {
      if (!(error instanceof CommandError)) return
    }
  }
}

/** What processes of this host made that are no more. */
async function clearForsaken(client: Client): Promise<void> {
  const format = `{{.Label "${RUN_LABEL}"}} {{.Label "${OWNER_LABEL}"}}`
  for (const kind of ['container', 'volume', 'network', 'image']) {
    const all = kind === 'container' ? ['--all'] : []
    const how = kind === 'image' ? ['--quiet'] : ['--format', format]
    const listed = await run(client, [kind, 'ls', ...all, '--filter', `label=${OWNER_LABEL}`, ...how])
    const lines = kind === 'image' ? await labelsOfImages(client, listed) : listed.split('\n')
    for (const line of new Set(lines)) {
      const [id, owner = ''] = line.split(' ')
      const [host, pid] = owner.split(':')
      if (id && host === hostname() && !isAlive(Number(pid))) await clear(client, `${RUN_LABEL}=${id}`)
    }
  }
}

/** A list of images does not show their labels. */
async function labelsOfImages(client: Client, listed: string): Promise<readonly string[]> {
  const ids = [...new Set(listed.split('\n').filter((id) => id !== ''))]
  if (ids.length === 0) return []
  const format = `{{index .Config.Labels "${RUN_LABEL}"}} {{index .Config.Labels "${OWNER_LABEL}"}}`
  return (await run(client, ['image', 'inspect', '--format', format, ...ids])).split('\n')
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
