/**
 * The one door for transforms, ours or a stranger's: what they may know and the few ways they may speak.
 */
import type { Document, Transform } from './model.js'

export type { Compose, Mount, Service } from './documents/compose.js'
export type { Dockerfile, Instruction, ShellCommand, ShellWord, Stage } from './documents/dockerfile.js'
export { documentOf, documentsOf } from './documents/index.js'
export type { Requirement, Requirements } from './documents/requirements.js'
export * from './edits.js'
export { type DevPackage, devPackage, providersOf } from './facts/dev-packages.js'
export { FILE_SERVER } from './facts/node-builds.js'
export { adviceOn, type Check } from './facts/services.js'
export type * from './model.js'
export { besides, type ServiceInStacks, servicesOf } from './relations/compose-services.js'
export type { Consumer } from './relations/consumer.js'
export { installsElsewhere, runsOf } from './relations/developer-commands.js'
export { isForDevelopment, objectionOf } from './relations/development-uses.js'
export { ignoredBy } from './relations/ignored-files.js'
export { type Copy, exposedPorts, type Image, imageOf, isUnder, locate } from './relations/image.js'
export { developmentServerOf, type NextApp, nextAppOf } from './relations/next-apps.js'
export { developerNeeds, lifecycleScripts, needOf, type Packages } from './relations/node-needs.js'
export { compilerNeeds, developersPackages, pruneObjections } from './relations/node-servers.js'
export { lastingOf, type NodeStage, nodeStageOf, purposesOf } from './relations/node-stages.js'
export {
  lockBeside,
  type NpmInstall,
  npmInstallsOf,
  npmMajorOf,
  npmSettings,
  otherLockBeside,
  type Source,
} from './relations/npm-installs.js'
export { lockObjections } from './relations/npm-lock-sync.js'
export {
  closedPaths,
  directoriesToOwn,
  givenAway,
  isForOwnerOnly,
  isProgramSource,
  type LateOwnership,
  lateOwnership,
  mayBeOwned,
  type Owned,
} from './relations/ownership.js'
export {
  isFed,
  type Manager,
  mayBeGiven,
  type NamedPackage,
  optionOf,
  type PackageCommand,
  type PackageOption,
  packageCommandsOf,
  sudoOf,
  wordsAbout,
} from './relations/package-commands.js'
export { environmentsOf } from './relations/python-environment.js'
export { importedModules, type NamingElement, needsOf, type Program } from './relations/python-needs.js'
export { type Install, installsOf } from './relations/requirement-installs.js'
export * from './relations/requirement-pairs.js'
export { requirementsGraph } from './relations/requirements-graph.js'
export {
  rootHomeNeeds,
  rootNeedsOfStart,
  stepsDownItself,
  unknownAtBuild,
  writtenAtBuild,
} from './relations/root-needs.js'
export { lastingMounts, rootNeedsOfConsumer, runsAsOrdinaryUser, sourceMounts } from './relations/run-context.js'
export { isMounted, mountsOf, type RunMount } from './relations/run-mounts.js'
export {
  arePeers,
  endingOf,
  passesOnlyWith,
  reactsToHealth,
  settingsMount,
  wordsOfCommand,
} from './relations/service-roles.js'
export { isProven, lacksItsProbe, type Serving, servingOf, type Unproven } from './relations/serving.js'
export { isOfServe, type StaticSite, staticSiteOf } from './relations/static-sites.js'
export { surroundingsOf, type Use, useOfService, usesOf } from './relations/uses.js'
export {
  ACCOUNT_ID,
  type Account,
  accountInForce,
  freshAccount,
  namedOwner,
  pinnedAccount,
  reusedAccount,
  strangeOwner,
} from './repairs/accounts.js'
export { answerInAdvance } from './repairs/answers.js'
export {
  addWords,
  appendCommand,
  isEditable,
  removeStep,
  type StepPlace,
  stepOf,
} from './repairs/chains.js'
export { appendKey, closedTo, flowList, sharersOf, withConditions } from './repairs/compose.js'
export { copyBeside } from './repairs/copies.js'
export { describeServer, fileServerLines, serverFileOf } from './repairs/file-server.js'
export { blocksOf, moveBlocks, withoutBlocks } from './repairs/moves.js'
export { exposesIn, standaloneLines, standaloneOutput, variablesOf } from './repairs/next-stages.js'
export { addProduction, cutStage, linesForProduction, type Production } from './repairs/node-stages.js'
export { joinedInsertions, ownCopies, ownDirectories } from './repairs/owners.js'
export { canProbe, connectProbe, portInWords, requestProbe } from './repairs/probes.js'
export { onlyIfFound } from './repairs/python.js'
export { joinHashesInto, joinInto, mergeInto, spelled, spelledVersions } from './repairs/requirements.js'
export { setTarget } from './repairs/targets.js'

/** Says that a value is a transform, and lets its `run` know what kind of document it gets. */
export function defineTransform<D extends Document>(transform: Transform<D>): Transform<D> {
  return transform
}
