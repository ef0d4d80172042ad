import type { Service } from '../documents/compose.js'
import { parseShell } from '../documents/shell.js'
import { entriesOf, entryOf, itemsOf, nodeAt, textOfNode } from '../documents/yaml-tree.js'
import type { Evidence, Location } from '../model.js'

/** The words of a service's command, a shell line read as one; none if it has no command. */
export function wordsOfCommand(
  command: string | readonly string[] | undefined,
  known: (text: string) => string,
): readonly string[] {
  if (command === undefined) return []
  const words = typeof command === 'string' ? shellWords(known(command)) : command.map(known)
  const [program = '', ...args] = words
  const line = /(^|\/)(sh|bash|ash)$/.test(program) ? args[args.findIndex((arg) => /^-\w*c$/.test(arg)) + 1] : undefined
  if (line === undefined) return words
  const inner = shellWords(line)
  return inner[0] === 'exec' ? inner.slice(1) : inner
}

/** The words of the only command of a line; a line of several is a program of its own, which nobody here knows. */
function shellWords(line: string): readonly string[] {
  const { commands } = parseShell(line)
  return commands.length === 1 ? commands[0]!.words.map(({ value }) => value) : commands.length === 0 ? [] : ['sh']
}

const JOB =
  /(^|[^a-z])(migrat\w*|init\w*|setup|seed\w*|bootstrap\w*|create[-_]?buckets?|provision\w*|fixtures?|backup|restore)([^a-z]|$)/i

/**
 * Whether a service does its work and ends: it says that it is not to be started again, and its name or its command says
 * what it does.
 */
export function isOneShot(service: Service): boolean {
  const restart = textOfNode(nodeAt(service.node, 'restart'))
  if (restart !== undefined && restart !== 'no' && !restart.startsWith('on-failure')) return false
  const command = service.command?.value
  const text = typeof command === 'string' ? command : (command ?? []).join(' ')
  const says =
    JOB.test(service.name) ||
    /\b(migrate|createbuckets?|mc (mb|alias)|db:(migrate|seed)|alembic upgrade|loaddata)\b/.test(text)
  return (
    says &&
    (restart !== undefined || /\b(migrate|mc (mb|alias)|db:(migrate|seed)|alembic upgrade|loaddata)\b/.test(text)) &&
    !isServer(text)
  )
}

/** Many commands migrate first and then serve. */
function isServer(text: string): boolean {
  return /\b(gunicorn|uvicorn|runserver|daphne|hypercorn|npm (run )?start|node |serve\b|server\b|celery)/.test(text)
}

/** What does something when a service is called unhealthy, besides showing it. */
export function reactsToHealth(service: Service): readonly Evidence[] {
  const labels = itemsOf(entryOf(service.node, 'labels')).flatMap(({ value }) => textOfNode(value) ?? [])
  const names = [...labels, ...entriesOf(nodeAt(service.node, 'labels')).map(({ key }) => key)]
  const deploy = entriesOf(nodeAt(service.node, 'deploy')).map(({ key }) => key)
  const swarm = deploy.some((key) =>
    /^(mode|replicas|placement|update_config|rollback_config|endpoint_mode|labels)$/.test(key),
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
      (/^\/(usr\/local\/)?etc\//.test(target) ||
        /\.(conf|cnf|cfg|ini|ya?ml|toml|properties|xml|template)$/.test(target)) &&
      !/^\/etc\/(localtime|timezone|ssl|hosts|passwd|group)/.test(target) &&
      !/initdb/.test(target),
  )
  if (mount) return { what: mount.source ?? mount.target, at: mount.at }
  const configs = entryOf(service.node, 'configs')
  return configs && { what: 'its configs', at: { path: service.at.path, ...configs.keyRange } }
}
