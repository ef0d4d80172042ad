import type { Service } from '../documents/compose.js'
import { parseShell } from '../documents/shell.js'
import { parseReference } from '../facts/base-images.js'
import { taskOf } from '../facts/jobs.js'
import type { Evidence, Location } from '../model.js'

/** The words of a service's command, a shell line read as one; none if it has no command. */
export function wordsOfCommand(
  command: string | readonly string[] | undefined,
  known: (text: string) => string,
): readonly string[] {
  const words = plainWords(command, known)
  const line = lineOfShell(words)
  const inner = line === undefined ? words : plainWords(line, (text) => text)
  return inner[0] === 'exec' ? inner.slice(1) : inner
}

/**
 * The words as Compose hands them to the engine: it splits a text like a shell, and runs none. Several commands in one
 * text are a shell's business, and so a program of their own, which nobody here knows.
 */
function plainWords(value: string | readonly string[] | undefined, known: (text: string) => string): readonly string[] {
  if (typeof value !== 'string') return (value ?? []).map(known)
  const { commands } = parseShell(known(value))
  return commands.length > 1 ? ['sh'] : (commands[0]?.words.map((word) => word.value) ?? [])
}

/** The words of a command as they stand, of a text split like Compose does it; `sh` stands for what only a shell can read. */
export function wordsAsSplit(command: string | readonly string[], known: (text: string) => string): readonly string[] {
  return plainWords(command, known)
}

/** The script that `sh -c` is given, if that is what the words start. */
function lineOfShell([program = '', ...args]: readonly string[]): string | undefined {
  if (!/(^|\/)(sh|bash|ash|dash)$/.test(program)) return undefined
  const option = args.findIndex((arg) => /^-\w*c$/.test(arg))
  return option < 0 ? undefined : args[option + 1]
}

/**
 * Whether two services are members of one cluster, as far as can be seen: the same published image with the same program.
 * Such a member is often not ready before it sees the others, and must not be what they wait for.
 */
export function arePeers(one: Service, other: Service, known: (text: string) => string): boolean {
  if (!one.image || !other.image || one.build || other.build) return false
  const [a, b] = [one, other].map(({ image, command }) => {
    const { registry, repository } = parseReference(known(image!.value))
    const [program = ''] = wordsOfCommand(command?.value, known)
    return `${registry}/${repository} ${program.startsWith('-') ? '' : program}`
  })
  return a === b
}

/**
 * Whether a health check, by its text, passes only once this service has joined. A Selenium grid calls itself ready when
 * it has a browser.
 */
export function passesOnlyWith(service: Service, check: string, known: (text: string) => string): boolean {
  const { repository } = parseReference(known(service.image?.value ?? ''))
  return repository.startsWith('selenium/') && /check-grid|\bready\b/.test(check)
}

const JOB_NAME = /(^|[^a-z])(migrat\w*|init\w*|setup|seed\w*|bootstrap\w*|create[-_]?buckets?)([^a-z]|$)/i

/** How surely a service does its work and ends. */
export type Ending = 'proven' | 'said'

/**
 * Whether a service does its work and ends. `proven`: every command that it runs is one that ends. `said`: its name tells,
 * and `restart: "no"` is written out. Whoever is started again is no job, for nobody could wait for its end.
 */
export function endingOf(service: Service, known: (text: string) => string): Ending | undefined {
  const restart = service.restart && known(service.restart.value)
  if (restart !== undefined && !/^(no|false|on-failure(:\d+)?)$/.test(restart)) return undefined
  if (service.deployed.some(({ value }) => value === 'restart_policy')) return undefined
  const lines = linesOf(service, known)
  if (lines && lines.length > 0 && isJob(lines)) return 'proven'
  const isSaid =
    restart === 'no' && JOB_NAME.test(service.name) && !lines?.some((words) => SERVES.test(words.join(' ')))
  return isSaid && lines ? 'said' : undefined
}

function isJob(lines: readonly (readonly string[])[]): boolean {
  const tasks = lines.map(taskOf)
  return tasks.every((task) => task !== undefined) && tasks.includes('job')
}

/** Many commands migrate first and then serve. */
const SERVES = /\b(gunicorn|uvicorn|runserver|daphne|hypercorn|npm (run )?start|node |serve\b|server\b|celery|tail -f)/

/** The command lines that entrypoint and command make, one by one; `undefined` where they go round for ever. */
function linesOf({ entrypoint, command }: Service, known: (text: string) => string) {
  const words = [entrypoint, command].flatMap((value) => plainWords(value?.value, known))
  const line = lineOfShell(words)
  if (line === undefined) return words.length > 0 ? [words] : []
  const { commands, errors } = parseShell(line)
  if (errors.length > 0 || ENDLESS.test(line)) return undefined
  return commands.map((each) => each.words.map(({ value }) => value)).filter((each) => each.length > 0)
}

/** A loop that waits, such as `until nc -z db 5432` or `while ! nc …`, ends. */
const ENDLESS = /\bwhile\s+(?!!)|\buntil\s+false\b|\bfor\s*\(\(/

/** What does something when a service is called unhealthy, besides showing it. */
export function reactsToHealth(service: Service): readonly Evidence[] {
  const names = service.labels.map(({ name }) => name)
  const swarm = service.deployed.some(({ value }) =>
    /^(mode|replicas|placement|update_config|rollback_config|endpoint_mode|labels)$/.test(value),
  )
  const at = service.keyAt
  return [
    ...(swarm ? [{ note: 'Swarm replaces a task that is unhealthy', at }] : []),
    ...(names.some((name) => name.startsWith('traefik.'))
      ? [{ note: 'Traefik drops a service that is unhealthy', at }]
      : []),
    ...(names.some((name) => name.startsWith('autoheal'))
      ? [{ note: 'autoheal restarts a service that is unhealthy', at }]
      : []),
  ]
}

/** What brings a service settings of its own: a mounted file or folder, or one of Compose's configs. */
export function settingsMount(service: Service): { readonly what: string; readonly at: Location } | undefined {
  const mount = service.mounts.find(
    ({ type, target }) =>
      type === 'bind' &&
      (/^\/(usr\/local\/)?etc\/|^\/mosquitto\/config/.test(target) ||
        /\.(conf|cnf|cfg|ini|ya?ml|toml|properties|xml|template)$/.test(target)) &&
      !/^\/etc\/(localtime|timezone|ssl|hosts|passwd|group)/.test(target) &&
      !/initdb|\/provisioning(\/|$)/.test(target),
  )
  if (mount) return { what: mount.source ?? mount.target, at: mount.at }
  const [config] = service.configs
  return config && { what: 'its configs', at: config.at }
}
