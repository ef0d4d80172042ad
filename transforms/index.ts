import type { Transform } from '../src/model.js'
import devRequirements from './dev-requirements.js'
import imageHealthcheck from './image-healthcheck.js'
import nonRootUser from './non-root-user.js'
import ownedCopies from './owned-copies.js'
import serviceHealthchecks from './service-healthchecks.js'
import stagedGoBuild from './staged-go-build.js'
import uniqueRequirements from './unique-requirements.js'

/** The order of this list is the order of work: each transform sees what the ones above it left. */
export const transforms: readonly Transform[] = [
  uniqueRequirements,
  devRequirements,
  stagedGoBuild,
  nonRootUser,
  ownedCopies,
  imageHealthcheck,
  serviceHealthchecks,
]
