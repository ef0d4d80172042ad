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
export { broughtByBase } from './facts/brought-by-base.js'
export { releaseUnder, tagOnRelease } from './facts/debian-bases.js'
export { type GoneName, goneName, type NamedRelease } from './facts/debian-packages.js'
export { type DevPackage, devPackage, providersOf } from './facts/dev-packages.js'
export { isDistribution, isJustAName, keepsData, type Precision, precisionOf, slimTag } from './facts/image-tags.js'
export { insteadOf } from './facts/installers.js'
export { javaRuntime } from './facts/java-images.js'
export { FILE_SERVER } from './facts/node-builds.js'
export { pythonImage } from './facts/python-images.js'
export { broughtAlong, heldBy, isCompletedByRecommended, isMissed } from './facts/recommended.js'
export {
  alpineVersion,
  debianRelease,
  distrolessStatic,
  distrolessWithC,
  dotnetRuntime,
  isServed,
  NEWEST_ALPINE,
  NEWEST_DEBIAN,
} from './facts/run-images.js'
export { isStandIn, secretIn } from './facts/secret-names.js'
export { adviceOn, type Check } from './facts/services.js'
export type * from './model.js'
export { type Added, addedBy } from './relations/added-sources.js'
export {
  type BaseReference,
  baseReferences,
  builtHere,
  otherUseOf,
  overriddenBy,
  type Piece,
} from './relations/base-references.js'
export { isForBuilding } from './relations/build-packages.js'
export { besides, type ServiceInStacks, servicesOf } from './relations/compose-services.js'
export type { Consumer } from './relations/consumer.js'
export { lastReference } from './relations/deployment.js'
export { type DevServer, devServer, isForDevelopers } from './relations/dev-servers.js'
export { installsElsewhere, runsOf } from './relations/developer-commands.js'
export { isForDevelopment, objectionOf } from './relations/development-uses.js'
export { type DotnetDeployment, dotnetDeployment } from './relations/dotnet-deployment.js'
export { type Trust, trustIn } from './relations/downloads.js'
export { type EdgePackage, type EdgeSource, edgeSourcesOf } from './relations/edge-packages.js'
export { type GoDeployment, goDeployment, worstLink } from './relations/go-deployment.js'
export { ignoredBy } from './relations/ignored-files.js'
export { type Copy, exposedPorts, type Image, imageOf, isUnder, locate } from './relations/image.js'
export { imageAnswer, isKnownImage, withTag } from './relations/image-answers.js'
export { installedPackages } from './relations/installed-packages.js'
export { type JavaDeployment, javaDeployment } from './relations/java-deployment.js'
export { developmentServerOf, type NextApp, nextAppOf } from './relations/next-apps.js'
export {
  directivesOf,
  editsOfConfig,
  keepsLogs,
  listenedPorts,
  type NginxSite,
  nginxSite,
} from './relations/nginx-site.js'
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
  unreadableLock,
} from './relations/npm-installs.js'
export { lockObjections } from './relations/npm-lock-sync.js'
export { type NpmStart, npmStartOf } from './relations/npm-start.js'
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
  writtenAtRun,
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
export { apkCommandsOf, type IndexReliance, keepsIndex, relianceOnIndex } from './relations/package-index.js'
export {
  firstOf,
  type ListSteps,
  leavesLists,
  listStepsOf,
  type Reliance,
  relianceOn,
} from './relations/package-lists.js'
export { type PythonBuild, pythonBuildOf } from './relations/python-build.js'
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
export { isSaidUpTo } from './relations/run-settings.js'
export { isReadByShell } from './relations/run-shells.js'
export { type RustDeployment, rustDeployment } from './relations/rust-deployment.js'
export {
  arePeers,
  endingOf,
  passesOnlyWith,
  reactsToHealth,
  settingsMount,
  wordsAsSplit,
  wordsOfCommand,
} from './relations/service-roles.js'
export { isProven, lacksItsProbe, type Serving, servingOf, type Unproven } from './relations/serving.js'
export { packageObstacles, stagingObstacles } from './relations/staging-obstacles.js'
export { firstProcess, lastCommand, type StartText, startInstructions, startText } from './relations/start-command.js'
export { isOfServe, type StaticSite, staticSiteOf } from './relations/static-sites.js'
export { listensForStop } from './relations/stop-signals.js'
export { dependabotOf, pinnedBases, updaterOf } from './relations/updaters.js'
export { fileInImage, surroundingsOf, type Use, useOfService, usesOf } from './relations/uses.js'
export { type ServiceLine, serviceLines, type WrittenCommand, writtenCommands } from './relations/written-commands.js'
export {
  ACCOUNT_ID,
  type Account,
  accountChange,
  accountInForce,
  freshAccount,
  namedOwner,
  pinnedAccount,
  reusedAccount,
  strangeOwner,
  variesByBuild,
} from './repairs/accounts.js'
export { answerInAdvance } from './repairs/answers.js'
export { changeOf, type PieceChange, renameInPlace } from './repairs/base-tags.js'
export {
  addWords,
  appendCommand,
  failureCounts,
  isEditable,
  joinRuns,
  packageInFront,
  prependCommand,
  removeStep,
  removeWord,
  type StepPlace,
  stepOf,
} from './repairs/chains.js'
export { appendWords, optionWords, removeWords, replaceWords, wordInCommand } from './repairs/commands.js'
export { appendKey, closedTo, flowList, sharersOf, withConditions } from './repairs/compose.js'
export { copyBeside } from './repairs/copies.js'
export { type OldEnv, oldEnv, withEqualsSign } from './repairs/environment.js'
export { describeServer, fileServerLines, serverFileOf } from './repairs/file-server.js'
export {
  baseReplaced,
  type CopiedPath,
  type FinalStage,
  isAccountRun,
  listForm,
  splitStage,
} from './repairs/final-stage.js'
export { blocksOf, moveBlocks, withoutBlocks } from './repairs/moves.js'
export { exposesIn, standaloneLines, standaloneOutput, variablesOf } from './repairs/next-stages.js'
export { otherPortFix } from './repairs/nginx-port.js'
export { addProduction, cutStage, linesForProduction, type Production } from './repairs/node-stages.js'
export { type Numbers, numbersOfUser, withNumbers } from './repairs/numeric-user.js'
export { joinedInsertions, ownCopies, ownDirectories } from './repairs/owners.js'
export { canProbe, connectProbe, portInWords, requestProbe } from './repairs/probes.js'
export { onlyIfFound } from './repairs/python.js'
export type { Transport } from './repairs/python-builder.js'
export { canCarry, stagedBuild, withoutBuildPackages } from './repairs/python-stages.js'
export { joinHashesInto, joinInto, mergeInto, spelled, spelledVersions } from './repairs/requirements.js'
export {
  type NamedStages,
  type NumericReference,
  namedStages,
  numericReferences,
} from './repairs/stages.js'
export { setTarget } from './repairs/targets.js'
export { adduserCalls, type Translated, withUseradd } from './repairs/useradd.js'

/** Says that a value is a transform, and lets its `run` know what kind of document it gets. */
export function defineTransform<D extends Document>(transform: Transform<D>): Transform<D> {
  return transform
}
