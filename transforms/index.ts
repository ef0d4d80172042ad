import type { Transform } from '../src/model.js'
import aptGetInScripts from './apt-get-in-scripts.js'
import devRequirements from './dev-requirements.js'
import dnfCacheRemoved from './dnf-cache-removed.js'
import imageHealthcheck from './image-healthcheck.js'
import nonRootUser from './non-root-user.js'
import npmCi from './npm-ci.js'
import ownedCopies from './owned-copies.js'
import pipWithoutCache from './pip-without-cache.js'
import serviceHealthchecks from './service-healthchecks.js'
import stagedNodeBuild from './staged-node-build.js'
import uniqueRequirements from './unique-requirements.js'

/** The order of this list is the order of work: each transform sees what the ones above it left. */
export const transforms: readonly Transform[] = [
  uniqueRequirements,
  devRequirements,
  aptGetInScripts,
  dnfCacheRemoved,
  pipWithoutCache,
  npmCi,
  stagedNodeBuild,
  nonRootUser,
  ownedCopies,
  imageHealthcheck,
  serviceHealthchecks,
]
