import type { LocalAddress } from '../model.js'
import type { GitLimits, GitSource, Repository } from '../repository.js'
import { LIMITS } from './limits.js'
import { openLocal } from './local.js'
import { type At, openRemote } from './treeless.js'

export interface OpenOptions {
  /** Where a folder for it is made, which `close` takes away. */
  readonly folder: string
  /** Without it the tip of the default branch; of a repository on this machine, of the branch that is checked out. */
  readonly at?: At
  readonly limits?: Partial<GitLimits>
  /** Ends whatever runs, and with it the promise. */
  readonly signal?: AbortSignal
}

/**
 * Opens one commit of a repository: fetched without its files, or in place if it is on this machine. `close` it in any case.
 * @throws GitError, and then nothing is left of it
 */
export function openRepository(source: GitSource, options: OpenOptions): Promise<Repository> {
  const { folder, at = {}, signal } = options
  const limits = { ...LIMITS, ...options.limits }
  return source.address.kind === 'local'
    ? openLocal(source as GitSource & { readonly address: LocalAddress }, at, folder, limits, signal)
    : openRemote(source, at, folder, limits, signal)
}
