import { join } from 'node:path'
import { GitError, type GitLimits, type GitSource } from '../repository.js'
import { complaint, secretsOf } from './complaint.js'
import { environment, OPTIONS } from './invocation.js'
import { type Ended, gitProcess } from './processes.js'

/** git for one repository. What it takes all together is bounded by the limits, and by the signal. */
export interface Git {
  /** As in messages: the address without the scheme, or a path. */
  readonly about: string
  readonly limits: GitLimits
  readonly secrets: readonly string[]
  /**
   * @returns what it wrote
   * @throws GitError
   */
  run(args: readonly string[], how?: How): Promise<Buffer>
  /** The same for one who reads the outcome; throws only where there is none. */
  attempt(args: readonly string[], how?: How): Promise<Ended>
  /** When nothing of it runs any more. */
  idle(): Promise<void>
}

export interface How {
  readonly input?: Buffer | string
  /** Bytes it may write; 1 MiB without it. */
  readonly most?: number
  /** It asks the other side: with the token, over the one transport that fits its address. */
  readonly asks?: boolean
  /** Where there is no repository yet. */
  readonly makes?: boolean
}

/** Where git runs. */
export interface Place {
  /** A folder of ours that holds nothing but the repository: git's working directory. */
  readonly folder: string
  readonly gitDir: string
  readonly source: GitSource
  readonly limits: GitLimits
  readonly signal: AbortSignal
}

export function gitFor({ folder, gitDir, source, limits, signal }: Place): Git {
  const about = source.address.kind === 'local' ? source.address.path : source.url.replace(/^https?:\/\//, '')
  const secrets = secretsOf(source.authorization)
  const home = join(folder, 'no-home')
  // What is fetched is thrown away again: nobody waits for the disk.
  const options = source.address.kind === 'remote' ? [...OPTIONS, '-c', 'core.fsync=none'] : OPTIONS
  const running = new Set<Promise<unknown>>()
  let left = limits.patience * 1000

  async function attempt(args: readonly string[], how: How = {}): Promise<Ended> {
    const start = performance.now()
    const task = gitProcess({
      args: [...options, ...(how.makes ? [] : [`--git-dir=${gitDir}`]), ...args],
      cwd: folder,
      env: environment(home, how.asks ? source : undefined, process.env),
      input: how.input,
      most: how.most ?? 1 << 20,
      patience: Math.max(left, 0),
      signal,
      watched: how.asks ? { folder, size: limits.size } : undefined,
    })
    running.add(task)
    const ended = await task
    running.delete(task)
    left -= performance.now() - start
    if (ended.stopped) throw complaint(about, ended, secrets)
    return ended
  }

  return {
    about,
    limits,
    secrets,
    attempt,
    async idle() {
      await Promise.all(running)
    },
    async run(args, how) {
      const ended = await attempt(args, how)
      if (ended.code !== 0) throw complaint(about, ended, secrets)
      return ended.stdout
    },
  }
}

/** @throws GitError for what is no full object name: nothing else is ever put into a command or a stream as one. */
export function checkId(id: string): string {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) throw new GitError('broken', 'not the full name of an object')
  return id
}
