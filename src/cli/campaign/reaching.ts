/** How the commands of a campaign reach forges, and the repositories on them. */
import { setTimeout as pause } from 'node:timers/promises'
import { AddressError, accessOf, authorizationOf, type Forges } from '../../campaign/access.js'
import { urlOf } from '../../campaign/address.js'
import type { ForgeAccess } from '../../campaign/forge.js'
import { openRepository } from '../../campaign/git/open.js'
import type { Sleep } from '../../campaign/publish/gate.js'
import type { PublishMeans } from '../../campaign/publish/site.js'
import { UsageError } from '../errors.js'

/** @throws UsageError for a forge that is not known, or one without the token that is needed */
export type Accesses = (origin: string) => ForgeAccess

/**
 * How each forge is reached, asked of the environment once.
 * @param needsToken Nothing is changed without a token: half a campaign is worse than none.
 */
export function accessesOf(forges: Forges, needsToken = false): Accesses {
  const known = new Map<string, ForgeAccess>()
  return (origin) => {
    try {
      const access = known.get(origin) ?? accessOf(origin, forges, process.env)
      known.set(origin, access)
      if (needsToken && access.token === undefined)
        throw new AddressError(`there is no token for ${origin} in the environment`)
      return access
    } catch (error) {
      throw error instanceof AddressError ? new UsageError(`${error.message}.`) : error
    }
  }
}

/** Opens repositories below a folder, each with the token of its own forge. */
export function openingIn(folder: string, accesses: Accesses, signal: AbortSignal): PublishMeans['open'] {
  return ({ address }, remote, at) => {
    const url = remote?.cloneUrl ?? urlOf(address)
    const authorization = address.kind === 'remote' ? authorizationOf(accesses(address.origin)) : {}
    return openRepository({ address, url, ...authorization }, { folder, at, signal })
  }
}

/** Seconds since 1970. */
export function seconds(): number {
  return Date.now() / 1000
}

/** @param onWait Told how many seconds a request waits for the limits. */
export function sleeping(onWait?: (seconds: number) => void): Sleep {
  return async (wait, signal) => {
    onWait?.(wait)
    await pause(Math.ceil(wait * 1000), undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}
