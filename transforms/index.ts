import type { Transform } from '../src/model.js'
import aptGetInScripts from './apt-get-in-scripts.js'
import copyInsteadOfAdd from './copy-instead-of-add.js'
import devRequirements from './dev-requirements.js'
import imageHealthcheck from './image-healthcheck.js'
import keyValueEnv from './key-value-env.js'
import labelledMaintainer from './labelled-maintainer.js'
import namedStages from './named-stages.js'
import noSecretsInImage from './no-secrets-in-image.js'
import noSudo from './no-sudo.js'
import nonRootUser from './non-root-user.js'
import numericUser from './numeric-user.js'
import ownedCopies from './owned-copies.js'
import pipWithoutCache from './pip-without-cache.js'
import restrictedPermissions from './restricted-permissions.js'
import serviceHealthchecks from './service-healthchecks.js'
import stableAlpineRepositories from './stable-alpine-repositories.js'
import uniqueRequirements from './unique-requirements.js'
import useraddOnDebian from './useradd-on-debian.js'
import verifiedDownloads from './verified-downloads.js'

/** The order of this list is the order of work: each transform sees what the ones above it left. */
export const transforms: readonly Transform[] = [
  uniqueRequirements,
  devRequirements,
  keyValueEnv,
  labelledMaintainer,
  namedStages,
  copyInsteadOfAdd,
  aptGetInScripts,
  noSudo,
  stableAlpineRepositories,
  pipWithoutCache,
  useraddOnDebian,
  nonRootUser,
  ownedCopies,
  numericUser,
  restrictedPermissions,
  imageHealthcheck,
  serviceHealthchecks,
  noSecretsInImage,
  verifiedDownloads,
]
