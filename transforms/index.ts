import type { Transform } from '../src/model.js'
import apkWithoutCache from './apk-without-cache.js'
import aptGetInScripts from './apt-get-in-scripts.js'
import aptListsRemoved from './apt-lists-removed.js'
import aptUpdateWithInstall from './apt-update-with-install.js'
import baseImageUpdates from './base-image-updates.js'
import copyInsteadOfAdd from './copy-instead-of-add.js'
import currentPackageNames from './current-package-names.js'
import devRequirements from './dev-requirements.js'
import dnfCacheRemoved from './dnf-cache-removed.js'
import execFormCommand from './exec-form-command.js'
import gunicornSettings from './gunicorn-settings.js'
import imageHealthcheck from './image-healthcheck.js'
import initProcess from './init-process.js'
import keyValueEnv from './key-value-env.js'
import labelledMaintainer from './labelled-maintainer.js'
import namedStages from './named-stages.js'
import noRecommendedPackages from './no-recommended-packages.js'
import noSecretsInImage from './no-secrets-in-image.js'
import noSudo from './no-sudo.js'
import nonRootUser from './non-root-user.js'
import npmCi from './npm-ci.js'
import numericUser from './numeric-user.js'
import ownedCopies from './owned-copies.js'
import pinnedBaseImage from './pinned-base-image.js'
import pipWithoutCache from './pip-without-cache.js'
import productionServer from './production-server.js'
import restrictedPermissions from './restricted-permissions.js'
import serviceHealthchecks from './service-healthchecks.js'
import slimBaseImage from './slim-base-image.js'
import stagedGoBuild from './staged-go-build.js'
import stagedJavaBuild from './staged-java-build.js'
import stagedNodeBuild from './staged-node-build.js'
import stagedPythonBuild from './staged-python-build.js'
import stagedRustBuild from './staged-rust-build.js'
import uniqueRequirements from './unique-requirements.js'
import unprivilegedNginx from './unprivileged-nginx.js'
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
  aptUpdateWithInstall,
  currentPackageNames,
  noRecommendedPackages,
  aptListsRemoved,
  apkWithoutCache,
  dnfCacheRemoved,
  pipWithoutCache,
  npmCi,
  pinnedBaseImage,
  slimBaseImage,
  productionServer,
  stagedPythonBuild,
  stagedNodeBuild,
  stagedGoBuild,
  stagedJavaBuild,
  stagedRustBuild,
  unprivilegedNginx,
  useraddOnDebian,
  nonRootUser,
  ownedCopies,
  numericUser,
  restrictedPermissions,
  execFormCommand,
  gunicornSettings,
  initProcess,
  imageHealthcheck,
  serviceHealthchecks,
  noSecretsInImage,
  verifiedDownloads,
  baseImageUpdates,
]
