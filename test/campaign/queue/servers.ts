import { hasPostgres, startPostgres } from './postgres.js'
import { hasRedis, startRedis } from './redis.js'

/** A server of the test's own that queues lie on. */
export interface QueueServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** The servers that `--queue` may name, each as Debian packages it. */
export const QUEUE_SERVERS = [
  { name: 'Redis', isInstalled: hasRedis, start: startRedis },
  { name: 'PostgreSQL', isInstalled: hasPostgres, start: startPostgres },
]
