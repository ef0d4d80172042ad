import type { Transform } from '../src/model.js'
import devRequirements from './dev-requirements.js'
import execFormCommand from './exec-form-command.js'
import gunicornSettings from './gunicorn-settings.js'
import imageHealthcheck from './image-healthcheck.js'
import initProcess from './init-process.js'
import nonRootUser from './non-root-user.js'
import ownedCopies from './owned-copies.js'
import productionServer from './production-server.js'
import serviceHealthchecks from './service-healthchecks.js'
import uniqueRequirements from './unique-requirements.js'
import unprivilegedNginx from './unprivileged-nginx.js'

/** The order of this list is the order of work: each transform sees what the ones above it left. */
export const transforms: readonly Transform[] = [
  uniqueRequirements,
  devRequirements,
  productionServer,
  unprivilegedNginx,
  nonRootUser,
  ownedCopies,
  execFormCommand,
  gunicornSettings,
  initProcess,
  imageHealthcheck,
  serviceHealthchecks,
]
