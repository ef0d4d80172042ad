/**
 * The one door for transforms, ours or a stranger's: what they may know and the few ways they may speak.
 */
import type { Document, Transform } from './model.js'

export type { Compose, Mount, Service } from './documents/compose.js'
export {
  type Dockerfile,
  type Instruction,
  pairsOf,
  type ShellCommand,
  type ShellWord,
  type Stage,
} from './documents/dockerfile.js'
export { documentOf, documentsOf } from './documents/index.js'
export type { Requirement, Requirements } from './documents/requirements.js'
export * from './edits.js'
export { lacksAdduser } from './facts/account-tools.js'
export { alpineBranch, isInStableBranches } from './facts/alpine-packages.js'
export { parseReference } from './facts/base-images.js'
export { type DevPackage, devPackage, providersOf } from './facts/dev-packages.js'
export { insteadOf } from './facts/installers.js'
export { isStandIn, secretIn } from './facts/secret-names.js'
export { adviceOn, type Check } from './facts/services.js'
export type * from './model.js'
export { type Added, addedBy } from './relations/added-sources.js'
export { besides, type ServiceInStacks, servicesOf } from './relations/compose-services.js'
export type { Consumer } from './relations/consumer.js'
export { installsElsewhere, runsOf } from './relations/developer-commands.js'
export { type Trust, trustIn } from './relations/downloads.js'
export { type EdgePackage, type EdgeSource, edgeSourcesOf } from './relations/edge-packages.js'
export { type Copy, exposedPorts, type Image, imageOf, isUnder, locate } from './relations/image.js'
export {
  belongsToUser,
  isProgram,
  type Opened,
  openedIn,
  ownersMode,
  programMode,
} from './relations/open-permissions.js'
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
  type Manager,
  type NamedPackage,
  optionOf,
  type PackageCommand,
  type PackageOption,
  packageCommandsOf,
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
export { isReadByShell } from './relations/run-shells.js'
export {
  arePeers,
  endingOf,
  passesOnlyWith,
  reactsToHealth,
  settingsMount,
  wordsOfCommand,
} from './relations/service-roles.js'
export { isProven, lacksItsProbe, type Serving, servingOf, type Unproven } from './relations/serving.js'
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
export {
  addWords,
  appendCommand,
  failureCounts,
  isEditable,
  removeStep,
  type StepPlace,
  stepOf,
} from './repairs/chains.js'
export { appendKey, closedTo, flowList, sharersOf, withConditions } from './repairs/compose.js'
export { type OldEnv, oldEnv, withEqualsSign } from './repairs/environment.js'
export { blocksOf, moveBlocks, withoutBlocks } from './repairs/moves.js'
export { type Numbers, numbersOfUser, withNumbers } from './repairs/numeric-user.js'
export { joinedInsertions, ownCopies, ownDirectories } from './repairs/owners.js'
export { canProbe, connectProbe, portInWords, requestProbe } from './repairs/probes.js'
export { onlyIfFound } from './repairs/python.js'
export { joinHashesInto, joinInto, mergeInto, spelled, spelledVersions } from './repairs/requirements.js'
export {
  freeStageName,
  type NamedStages,
  type NumericReference,
  namedStages,
  nameStage,
  numericReferences,
} from './repairs/stages.js'

/** Says that a value is a transform, and lets its `run` know what kind of document it gets. */
export function defineTransform<D extends Document>(transform: Transform<D>): Transform<D> {
  return transform
}
export { adduserCalls, type Translated, withUseradd } from './repairs/useradd.js'
