import type { Transform } from '../src/model.js'
import aptGetInScripts from './apt-get-in-scripts.js'
import baseImageUpdates from './base-image-updates.js'
import copyInsteadOfAdd from './copy-instead-of-add.js'
import currentPackageNames from './current-package-names.js'
import devRequirements from './dev-requirements.js'
import dnfCacheRemoved from './dnf-cache-removed.js'
import execFormCommand from './exec-form-command.js'
import imageHealthcheck from './image-healthcheck.js'
import initProcess from './init-process.js'
import keyValueEnv from './key-value-env.js'
import labelledMaintainer from './labelled-maintainer.js'
import namedStages from './named-stages.js'
import nonRootUser from './non-root-user.js'
import npmCi from './npm-ci.js'
import ownedCopies from './owned-copies.js'
import pinnedBaseImage from './pinned-base-image.js'
import pipWithoutCache from './pip-without-cache.js'
import serviceHealthchecks from './service-healthchecks.js'
import slimBaseImage from './slim-base-image.js'
import stagedPythonBuild from './staged-python-build.js'
import uniqueRequirements from './unique-requirements.js'

/** The order of this list is the order of work: each transform sees what the ones above it left. */
export const transforms: readonly Transform[] = [
  uniqueRequirements,
  devRequirements,
  keyValueEnv,
  labelledMaintainer,
  namedStages,
  copyInsteadOfAdd,
  aptGetInScripts,
  currentPackageNames,
  dnfCacheRemoved,
  pipWithoutCache,
  npmCi,
  pinnedBaseImage,
  slimBaseImage,
  stagedPythonBuild,
  nonRootUser,
  ownedCopies,
  execFormCommand,
  initProcess,
  imageHealthcheck,
  serviceHealthchecks,
  baseImageUpdates,
]
