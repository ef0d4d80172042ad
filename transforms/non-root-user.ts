import {
  ACCOUNT_ID,
  type Account,
  accountChange,
  at,
  closedPaths,
  type Dockerfile,
  defineTransform,
  directoriesToOwn,
  type Evidence,
  exposedPorts,
  type Finding,
  type Fix,
  freshAccount,
  type Image,
  type Instruction,
  insertLinesBelow,
  isForOwnerOnly,
  isProgramSource,
  isUnder,
  joinedInsertions,
  lastingMounts,
  locate,
  mayBeOwned,
  namedOwner,
  type Owned,
  ownCopies,
  ownDirectories,
  type Project,
  pinnedAccount,
  replace,
  reusedAccount,
  rootHomeNeeds,
  rootNeedsOfConsumer,
  rootNeedsOfStart,
  runsAsOrdinaryUser,
  sourceMounts,
  stepsDownItself,
  strangeOwner,
  type TextEdit,
  type Transform,
  type Use,
  unknownAtBuild,
  usesOf,
  variesByBuild,
  writtenAtBuild,
  writtenAtRun,
} from '../src/sdk.js'

/** The transform, with the id that it gives to accounts which have none. */
const nonRootUser = (uid: number): Transform<Dockerfile> => ({
  id: 'non-root-user',
  title: 'Run the container as an ordinary user',
  severity: 'high',
  references: ['CIS-DI-4.1', 'DL3002', 'DS-0002', 'CKV_DOCKER_3', 'CKV_DOCKER_8', 'KICS: Missing User Instruction'],
  on: 'dockerfile',
  doc: `
A process that is root in a container is root on every file that is mounted into it, and one kernel bug away from being
root on the host. Every stage that is deployed ends as a numeric user: numeric, because Kubernetes cannot check a name.

The user alone is not enough. \`WORKDIR\` makes its directory for root, and \`COPY --chown\` changes what is in it but
not the directory itself: the program would start and then fail to make its database, its uploads or its pid file. So
the same fix makes the account in the way of the base image (or takes the account the image or the file already has),
gives the working directory, the directories the build makes, and the volumes to it, copies the program's own files with
\`--chown\`, and switches the user behind the last instruction that needs root.

Keeps quiet when the image already ends as an ordinary user, when its entrypoint or its base steps down by itself, when
every service that runs it sets a \`user:\`, and about stages that are only built from.

Reports without a fix, and says why, when root is needed: servers and tools that cannot start without it, scripts that
change owners or install packages, anything kept in \`/root\`, GitHub actions, privileged services, mounts of the
host's own paths, development servers, bases nobody here knows, and accounts whose ids come from variables or are changed
by \`usermod\`.

One option, \`uid\`: the user and group id of accounts that have none yet, ${ACCOUNT_ID} unless you say otherwise.

## Safety

Always a matter of review. No reading of files proves that a program writes nowhere else; building and starting the
image does. Volumes that a root container has written before stay root's: the caveat names them and the command that
hands them over.
`,
  *run(document, project) {
    for (const use of usesOf(document, project)) {
      const finding = findingOf(use, project, uid)
      if (finding) yield finding
    }
  },
  configured({ uid: wanted = uid, ...others }) {
    const [unknown] = Object.keys(others)
    if (unknown) throw new Error(`there is no option ${unknown}; it takes uid`)
    if (!Number.isInteger(wanted) || Number(wanted) < 1 || Number(wanted) > 60000) {
      throw new Error('uid must be a whole number from 1 to 60000')
    }
    return nonRootUser(Number(wanted))
  },
})

export default defineTransform(nonRootUser(ACCOUNT_ID))

/** A deployable stage, how it is run, and everything that speaks against another user. */
function findingOf(use: Use, project: Project, uid: number): Finding | undefined {
  const { image, consumers, starts, contexts } = use
  const { document, stage, user } = image
  if (user.root === false || image.base?.stepsDown || starts.some(stepsDownItself)) return undefined
  if (consumers.length > 0 && consumers.every(runsAsOrdinaryUser)) return undefined
  if (user.root === undefined && user.setBy && !isArgument(image, user.setBy)) return undefined

  const program = stage.instructions.findLast(({ keyword }) => keyword === 'CMD' || keyword === 'ENTRYPOINT')
  const finding = {
    at: at(document, firstLine(document, user.setBy ?? program ?? stage.from)),
    subject: `stage:${stage.name ?? stage.index}`,
    message: messageOf(use),
  }
  const objections = unique([...objectionsTo(use, project)])
  if (objections.length > 0) return { ...finding, evidence: objections }

  const cautions = unique([...cautionsOf(use)])
  const account = accountFor(use, uid)
  const owned = directoriesToOwn(image, mountTargets(use), contexts, project)
  const edits = editsOf(use, account, owned, project)
  const fix: Fix = {
    title: `Run ${stageName(use)} as ${account.user}`,
    applicability: 'review',
    edits,
    caveat: caveatOf(use, account.owner),
  }
  const reasons = owned.map(({ path, why, after }) => ({
    note: `${account.user} will own ${path}: ${why}`,
    at: locate(image, after),
  }))
  return { ...finding, evidence: [...account.evidence, ...reasons, ...cautions], fixes: [fix] }
}

function stageName({ image: { stage, document } }: Use): string {
  if (stage.name) return `the stage ${stage.name}`
  return document.stages.length > 1 ? 'the last stage' : 'the image'
}

function messageOf(use: Use): string {
  const { user } = use.image
  const who = stageName(use).replace(/^t/, 'T')
  if (user.root === undefined && user.setBy) return `${who} runs as root unless the build is given a user`
  if (user.root === undefined) return `It cannot be known whether ${stageName(use)} runs as root`
  return user.setBy ? `${who} ends as root` : `${who} runs as root: nothing switches to another user`
}

/** Whether USER names a build argument without a value, which means root until somebody gives one. */
function isArgument(image: Image, { words }: Instruction): boolean {
  const name = /^\$\{?(\w+)/.exec(words[0]?.value ?? '')?.[1]
  return image.instructions.some((i) => i.keyword === 'ARG' && i.words.some(({ value }) => value === name))
}

function firstLine(document: Dockerfile, instruction: Instruction): { start: number; end: number } {
  const { start, end } = instruction
  const line = document.file.text.slice(start, end).search(/[\r\n]/)
  return { start, end: line < 0 ? end : start + line }
}

function unique(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter(({ note }, i) => evidence.findIndex((other) => other.note === note) === i)
}

/** Every reason to leave the user alone. */
function* objectionsTo(use: Use, project: Project): Iterable<Evidence> {
  const { image, consumers, starts, contexts, children } = use
  const { user, base, stage, family } = image
  const from = locate(image, stage.from)
  if (user.root === undefined && user.setBy)
    yield { note: 'Only the build knows the user; give the ARG an ordinary default', at: locate(image, user.setBy) }
  else if (image.reference === undefined)
    yield { note: `Only the build knows which image ${stage.base.value} is`, at: from }
  else if (base === undefined && family === undefined) {
    yield { note: `${image.reference} is not an image whose users are known here`, at: from }
  }
  const deliberate = image.instructions.find((i) => i.keyword === 'USER' && image.userAt(i).root === false)
  if (user.root && user.setBy && (deliberate ?? (base && base.user !== '0'))) {
    yield {
      note: 'It goes back to root after having been another user, which looks meant',
      at: locate(image, user.setBy),
    }
  }
  if (base?.startsAsRoot && !starts.some(({ commands }) => commands.length > 0))
    yield { note: capital(base.startsAsRoot), at: from }
  for (const child of children) yield { note: `${child.name} is built on it, and its build needs root`, at: child.at }
  if (!base?.startsAsRoot && !starts.some(({ known }) => known)) {
    yield { note: 'It names no program to start, so what its user must be able to do cannot be known', at: from }
  }
  for (const consumer of consumers) yield* rootNeedsOfConsumer(consumer, exposedPorts(image))
  for (const start of starts) {
    yield* rootNeedsOfStart(image, start)
    yield* rootHomeNeeds(image, start, contexts, project)
  }
  yield* writtenAtBuild(image)
  if (image.workdir === undefined && image.instructions.some(({ keyword }) => keyword === 'WORKDIR')) {
    yield { note: 'Only the build knows the working directory', at: from }
  }
  if (worksInSystem(image)) {
    yield {
      note: `The program works in ${image.workdir}, which belongs to the system; give it a WORKDIR of its own`,
      at: from,
    }
  }
  for (const { path, madeBy } of image.volumes) {
    if (!mayBeOwned(path)) yield { note: `Its volume ${path} belongs to the system`, at: locate(image, madeBy) }
  }
  for (const path of writtenAtRun(image, project)) {
    if (!mayBeOwned(path.slice(0, path.lastIndexOf('/'))) && !mayBeOwned(path))
      yield { note: `The original writes ${path} when it runs, which belongs to the system`, at: from }
  }
  for (const { path, madeBy } of closedPaths(image)) {
    yield { note: `The build closes ${path} to everyone but root`, at: locate(image, madeBy) }
  }
  const made = image.accounts.at(-1)
  if (made && variesByBuild(image, made)) {
    yield {
      note: `The build makes the account ${made.name} with ids from variables; USER can name the same variables`,
      at: locate(image, made.madeBy),
    }
  }
  const changed = accountChange(image, made?.name ?? base?.account?.name)
  if (changed)
    yield { note: 'Accounts are changed here, so that nobody can be sure of their ids', at: locate(image, changed) }
  const stranger = strangeOwner(image)
  if (stranger)
    yield {
      note: `The build gives files to ${stranger.name}, an account it does not make`,
      at: locate(image, stranger.instruction),
    }
  if (family === 'none' && (image.volumes.length > 0 || mountTargets(use).length > 0)) {
    yield { note: 'It has volumes, and no shell with which the build could hand them to another user', at: from }
  }
}

/** Whether the program's own files are copied to where it may not be given anything, such as `/`. */
function worksInSystem(image: Image): boolean {
  const { workdir } = image
  if (workdir === undefined || mayBeOwned(workdir)) return false
  if (image.workdirs.some(({ path }) => path === workdir && path !== '/')) return true
  return image.copies.some(
    ({ from, destination, sources }) =>
      from === undefined &&
      destination !== undefined &&
      sources.length > 0 &&
      isProgramPath(destination, workdir) &&
      !sources.every(({ value }) => /\.(sh|conf|cfg|ini|json|txt|toml|ya?ml)$/.test(value)),
  )
}

/** Directly in the working directory, or in a directory of its own below it. */
function isProgramPath(destination: string, workdir: string): boolean {
  return workdir === '/' ? mayBeOwned(destination) || destination === '/' : isUnder(destination, workdir)
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

/** What does not forbid another user, but should be looked at. */
function* cautionsOf({ image, consumers, starts, kubernetes }: Use): Iterable<Evidence> {
  yield* unknownAtBuild(image)
  for (const consumer of consumers) {
    for (const mount of lastingMounts(consumer))
      yield { note: `${mount.source ?? mount.target} outlives the container`, at: mount.at }
  }
  const low = exposedPorts(image).find((port) => port < 1024)
  const manifest = kubernetes.find(({ images, containerPorts }) => images.length + containerPorts.length > 0)
  if (low !== undefined && manifest) {
    yield {
      note: `Port ${low} needs root on clusters that do not allow it to others`,
      at: { path: manifest.path, start: 0, end: 0 },
    }
  }
  if (image.base === undefined)
    yield {
      note: `${image.reference} is taken for ${image.family} because of the package manager it is used with`,
      at: locate(image, image.stage.from),
    }
  for (const start of starts) {
    const migrates = start.commands.find(({ words }) => /\b(migrate|upgrade|db:|collectstatic)\b/.test(words.join(' ')))
    if (migrates) yield { note: `At start it runs «${migrates.words.join(' ').slice(0, 60)}»`, at: migrates.at }
  }
}

function caveatOf({ image, consumers }: Use, owner: string): string {
  const volume = consumers.flatMap(lastingMounts).find(({ type, source }) => type === 'volume' && source)
  const bind = consumers.flatMap((consumer) => sourceMounts(consumer, image.workdir))[0]
  const notes = ['Build and start it before you rely on it.']
  const declared = image.volumes[0]?.path
  if (volume || declared) {
    notes.push(
      `A volume that a root container has written stays root's; hand it over once: docker run --rm -u 0 -v ${volume?.source ?? 'VOLUME'}:/d IMAGE chown -R ${owner} /d`,
    )
  }
  if (bind)
    notes.push(
      `${bind.source} of the host is mounted over ${bind.target}: its files must be writable for uid ${owner.split(':')[0]}.`,
    )
  return notes.join(' ')
}

function mountTargets({ consumers }: Use): readonly string[] {
  return consumers.flatMap(lastingMounts).flatMap(({ type, target }) => (type === 'volume' && target ? [target] : []))
}

/** The account to run as: the one the file makes, the one its base brings, or a new one. */
function accountFor({ image, consumers }: Use, uid: number): Account {
  const made = image.accounts.at(-1)
  const pinned = made && pinnedAccount(image, made, uid)
  if (pinned) {
    const note = `The build already makes the account ${made.name} and never switches to it`
    return { ...pinned, evidence: [{ note, at: locate(image, made.madeBy) }] }
  }
  const owner = namedOwner(image)
  if (owner) return owner
  // Whoever works on the mounted sources is most often the first user of the host, and Hugging Face runs everything so.
  const shared = consumers.some(
    (consumer) => consumer.by === 'hugging-face' || sourceMounts(consumer, image.workdir).length > 0,
  )
  return reusedAccount(image) ?? freshAccount(image, shared ? 1000 : uid)
}

function editsOf(
  { image, contexts }: Use,
  account: Account,
  owned: readonly Owned[],
  project: Project,
): readonly TextEdit[] {
  const { document, stage, copies, user } = image
  const own = copies.filter(
    (copy) =>
      copy.instruction.stage === stage.index &&
      (isProgramSource(image, copy) || isForOwnerOnly(image, copy, contexts, project)),
  )
  const last = stage.instructions.findLast(({ keyword }) => /^(FROM|ARG|RUN|COPY|ADD|WORKDIR|SHELL)$/.test(keyword))!
  const switching = `USER ${account.user}`
  const replaced = user.setBy && user.setBy.stage === stage.index && user.setBy.index > last.index
  return joinedInsertions([
    ...account.edits,
    ...ownCopies(image, own, account.owner),
    ...(image.family === 'none' ? [] : ownDirectories(image, account.owner, owned, last)),
    replaced ? replace(document, user.setBy!, switching) : insertLinesBelow(document, last.end, switching),
  ])
}
