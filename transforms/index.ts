import type { Transform } from '../src/model.js'
import apkWithoutCache from './apk-without-cache.js'
import aptGetInScripts from './apt-get-in-scripts.js'
import aptListsRemoved from './apt-lists-removed.js'
import aptUpdateWithInstall from './apt-update-with-install.js'
import devRequirements from './dev-requirements.js'
import dnfCacheRemoved from './dnf-cache-removed.js'
import imageHealthcheck from './image-healthcheck.js'
import noRecommendedPackages from './no-recommended-packages.js'
import nonRootUser from './non-root-user.js'
import ownedCopies from './owned-copies.js'
import pipWithoutCache from './pip-without-cache.js'
import serviceHealthchecks from './service-healthchecks.js'
import uniqueRequirements from './unique-requirements.js'

/** The order of this list is the order of work: each transform sees what the ones above it left. */
export const transforms: readonly Transform[] = [
  uniqueRequirements,
  devRequirements,
  aptGetInScripts,
  aptUpdateWithInstall,
  noRecommendedPackages,
  aptListsRemoved,
  apkWithoutCache,
  dnfCacheRemoved,
  pipWithoutCache,
  nonRootUser,
  ownedCopies,
  imageHealthcheck,
  serviceHealthchecks,
]
