import { join } from 'node:path'
import type { Container } from '../relations/containers.js'
import { run } from './client.js'
import { layForWriting } from './lay.js'
import type { Workshop } from './workshop.js'

/** A container that was started, and where it can be asked. */
export interface Started {
  readonly id: string
  /** The address of one of its ports as seen from here. */
  readonly address: (port: number) => Promise<{ readonly host: string; readonly port: number } | undefined>
}

/** The world that one container and those beside it live in: a network without a way out, and volumes of their own. */
export interface World {
  readonly workshop: Workshop
  readonly network: string
  /** Where the picture is laid out that mounts are taken from. */
  readonly folder: string
  /** A folder for what containers may write. */
  readonly scratch: string
  /** The volumes made so far, by the name their services share. */
  readonly volumes: Map<string, string>
  /** The tag of the image that a container runs. */
  readonly imageOf: (container: Container) => string
}

/** Only on Linux is a container's own address reached from the host; elsewhere its ports are published on loopback. */
const isReachable = process.platform === 'linux'

/** Makes the network of a world. */
export async function makeNetwork(workshop: Workshop): Promise<string> {
  const name = `harden-verify-${workshop.id}-${Math.random().toString(36).slice(2, 8)}`
  const internal = isReachable ? ['--internal'] : []
  await run(
    workshop.client,
    ['network', 'create', ...internal, ...workshop.labelled, name],
    workshop.options('making a network'),
  )
  return name
}

/** Starts a container in the background, as its consumer would, within limits. */
export async function start(world: World, container: Container): Promise<Started> {
  const { workshop, network } = world
  const { client } = workshop
  const doing = `starting ${container.name}`
  const [entrypoint, ...before] = container.entrypoint ?? []
  const publish = isReachable
    ? []
    : container.ports.flatMap(({ container: port }) => ['--publish', `127.0.0.1::${port}`])
  const args = [
    'run',
    '--detach',
    ...workshop.labelled,
    ...['--network', network, '--network-alias', container.name],
    ...['--memory=2g', '--pids-limit=2048'],
    // There is no way out: what asks for a name outside is told so at once, and not after ten seconds.
    ...['--dns-option=timeout:1', '--dns-option=attempts:1'],
    ...publish,
    ...[...container.environment].flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...option('--user', container.user),
    ...(container.init ? ['--init'] : []),
    ...(container.readOnly ? ['--read-only'] : []),
    ...container.tmpfs.flatMap((each) => ['--tmpfs', each]),
    ...container.capAdd.flatMap((each) => ['--cap-add', each]),
    ...container.capDrop.flatMap((each) => ['--cap-drop', each]),
    ...container.securityOpt.flatMap((each) => ['--security-opt', each]),
    ...(await mountsOf(world, container)),
    // An image's own check is asked more often than it says, so that nobody has to wait for the answer.
    '--health-interval=2s',
    ...option('--health-cmd', container.health?.command),
    ...option('--entrypoint', container.entrypoint && (entrypoint ?? '')),
    world.imageOf(container),
    ...before,
    ...(container.command ?? []),
  ]
  const id = (await run(client, args, { ...workshop.options(doing), timeout: 300_000 })).trim().split('\n').at(-1)!
  return { id, address: (port) => addressOf(world, id, port) }
}

function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`${name}=${value}`]
}

async function mountsOf(world: World, { mounts, name }: Container): Promise<readonly string[]> {
  const options: string[] = []
  for (const [i, { from, target, readOnly }] of mounts.entries()) {
    let source: string
    if ('path' in from) {
      source = join(world.scratch, `${name}-${i}`.replace(/[^\w.-]/g, '_'))
      try {
        await layForWriting(join(world.folder, from.path), source)
      } catch (error) {
        // An engine makes an empty folder of a path that is not there.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    } else source = await volumeOf(world, from.volume)
    options.push('--volume', `${source}:${target}${readOnly ? ':ro' : ''}`)
  }
  return options
}

async function volumeOf({ volumes, workshop }: World, name: string | undefined): Promise<string> {
  const known = name === undefined ? undefined : volumes.get(name)
  if (known) return known
  const made = await run(
    workshop.client,
    ['volume', 'create', ...workshop.labelled],
    workshop.options('making a volume'),
  )
  if (name !== undefined) volumes.set(name, made.trim())
  return made.trim()
}

async function addressOf(world: World, id: string, port: number) {
  const { client } = world.workshop
  const options = world.workshop.options('asking where a container is')
  if (!isReachable) {
    const said = await run(client, ['port', id, `${port}/tcp`], options).catch(() => '')
    const published = /:(\d+)\s*$/m.exec(said)?.[1]
    return published === undefined ? undefined : { host: '127.0.0.1', port: Number(published) }
  }
  const format = `{{with index .NetworkSettings.Networks "${world.network}"}}{{.IPAddress}}{{end}}`
  const host = (await run(client, ['inspect', '--format', format, id], options)).trim()
  return host === '' ? undefined : { host, port }
}
