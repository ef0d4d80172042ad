import {
  at,
  copyBeside,
  type Dockerfile,
  defineTransform,
  developerNeeds,
  type Evidence,
  type Finding,
  type Fix,
  lifecycleScripts,
  lockBeside,
  lockObjections,
  type NpmInstall,
  needOf,
  npmInstallsOf,
  npmMajorOf,
  npmSettings,
  otherLockBeside,
  type Packages,
  type Project,
  replace,
  runsOf,
  type Source,
  type TextEdit,
  type Use,
  unreadableLock,
  usesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'npm-ci',
  title: 'Install what the lock file names',
  severity: 'medium',
  references: [],
  on: 'dockerfile',
  doc: `
\`npm install\` looks for versions itself wherever \`package.json\` and the lock file disagree, or where no lock file was
copied: the same Dockerfile gives another image tomorrow. \`npm ci\` takes exactly what the lock file names, checks it
against the recorded hashes, and stops where the two disagree.

Where a \`COPY\` brings \`package.json\` alone although \`package-lock.json\` lies beside it, the same fix brings both. An
alternative leaves out the packages for developers too, where nothing in the deployed stage can be seen to need them.

Keeps quiet about \`npm install\` of packages by name, about \`npm ci || npm install\`, and where the manifest cannot be
found in the repository.

Reports without a fix, and says why, when there is no lock file of npm, when it is kept out of the build, when it was made
for other versions than \`package.json\` asks for or has gaps, when the npm of the image cannot read it, and for workspaces.

## Safety

A matter of review: the lock file is compared as it is written, and only npm itself knows all it checks. If \`npm ci\`
stops, the lock file was out of step already; \`npm install\` on a developer's machine mends it.
`,
  *run(document, project) {
    const surroundings = surroundingsOf(document, project)
    for (const stage of document.stages) {
      const installs = npmInstallsOf(document, stage, project).filter(({ command }) => !isFallback(command.conditions))
      for (const install of installs) {
        const same = installs.filter(({ run, folder }) => run === install.run && folder === install.folder)
        if (same[0] === install) yield findingOf(same, install, surroundings)
      }
    }
  },
})

/** What is around the installs of a file, worked out where it is asked for, and once. */
interface Surroundings {
  readonly project: Project
  readonly uses: () => readonly Use[]
  /** Whether somebody runs npm in a container from outside. */
  readonly isRunByOthers: () => boolean
  readonly needs: (use: Use, packages: Packages) => boolean
}

function surroundingsOf(document: Dockerfile, project: Project): Surroundings {
  const needs = new Map<string, boolean>()
  return {
    project,
    uses: once(() => [...usesOf(document, project)]),
    isRunByOthers: once(() => !none(runsOf(['npm', 'npx'], [], project))),
    needs: (use, packages) => {
      const key = `${use.image.stage.index} ${packages.lock.file.path}`
      const known = needs.get(key) ?? !none(developerNeeds(use, packages, project))
      needs.set(key, known)
      return known
    },
  }
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}

/** `npm ci || npm install`: somebody has thought about it. */
function isFallback(conditions: readonly string[]): boolean {
  return conditions.some((condition) => /\bnpm ci\b/.test(condition))
}

/** What is to be said of the installs of one RUN into one folder; they differ in their options at most. */
function findingOf(installs: readonly NpmInstall[], install: NpmInstall, surroundings: Surroundings): Finding {
  const { image, command, folder, sources } = install
  const verdicts = sources.map((source) => judge(install, source, surroundings.project))
  const finding = {
    at: at(image.document, command),
    subject: `npm:${image.stage.name ?? image.stage.index}:${folder}`,
    message: messageOf(install, verdicts),
  }
  const objections = verdicts.flatMap(({ objections: own }) => own)
  const copies = verdicts.flatMap(({ copy }) => (copy ? [copy] : []))
  if (objections.length > 0 || (copies.length > 0 && copies.length < verdicts.length))
    return { ...finding, evidence: objections }
  const fixOf = (more: string, option: string, caution: string): Fix => ({
    title: `Install with npm ci${copies.length > 0 ? ' and copy the lock file' : ''}${more}`,
    applicability: 'review',
    edits: [...(copies[0] ?? []), ...installs.map((each) => withCi(each, option))],
    caveat: `npm ci stops where package.json and the lock file disagree; build it once.${caution}`,
  })
  const spared = installs.every((each) => sparesDevelopers(each, surroundings))
    ? [fixOf(', without the packages for developers', ' --omit=dev', UNSEEN)]
    : []
  return { ...finding, evidence: verdicts.flatMap(({ support }) => support), fixes: [fixOf('', '', ''), ...spared] }
}

const UNSEEN = ' Nothing read here needs the packages for developers; a name made at run time cannot be read.'

/** Whether the stage is deployed as it is, and nothing in it or around it can be seen to need a developer's package. */
function sparesDevelopers(install: NpmInstall, { project, uses, isRunByOthers, needs }: Surroundings): boolean {
  const { image, run, options, sources } = install
  const { document, stage, instructions } = image
  const [source, other] = sources
  const lock = source?.lock ?? (source && lockBeside(source, install, project)?.lock)
  if (!source || other || !lock || source.manifest.groups.devDependencies.size === 0) return false
  if (options.some((option) => /^--(omit|include|only|also|production)/.test(option))) return false
  if (instructions.some(({ keyword, index, words }) => keyword === 'ENV' && index < run.index && setsNodeEnv(words)))
    return false
  if ((npmMajorOf(image, run) ?? 0) < 7 || lifecycleScripts(source.manifest).length > 0) return false
  const use = uses().find((each) => each.image.stage === stage)
  if (!use || use.children.length > 0) return false
  const packages = { manifest: source.manifest, lock }
  const later = stage.instructions.filter(({ keyword, index }) => keyword === 'RUN' && index >= run.index)
  for (const { words } of later.flatMap((each) => document.shell(each).commands)) {
    const [program = '', ...args] = words.map(({ value }) => value)
    if (
      /^(npx|yarn|pnpm)$/.test(program) ||
      (program === 'npm' && args.some((arg) => /^(run|run-script|test|t|exec|x|rebuild)$/.test(arg)))
    )
      return false
    if (needOf([program], packages)) return false
  }
  return !isRunByOthers() && !needs(use, packages)
}

function setsNodeEnv(words: readonly { readonly value: string }[]): boolean {
  return words.some(({ value }) => /^NODE_ENV(=|$)/.test(value))
}

function none(evidence: Iterable<Evidence>): boolean {
  for (const _ of evidence) return false
  return true
}

function messageOf({ misspelled }: NpmInstall, verdicts: readonly Verdict[]): string {
  if (misspelled) return 'npm install ci installs a package of the name ci'
  if (verdicts.some(({ isLocked }) => isLocked))
    return 'npm install takes other versions, without a word, where package.json and the lock file disagree'
  return 'npm install chooses versions anew with every build, because it sees no lock file'
}

/** What one context has to say about an install. */
interface Verdict {
  readonly isLocked: boolean
  readonly objections: readonly Evidence[]
  readonly support: readonly Evidence[]
  /** What lets the lock file come along, where it does not yet. */
  readonly copy?: readonly TextEdit[]
}

function judge(install: NpmInstall, source: Source, project: Project): Verdict {
  const settings = npmSettings(source, project)
  const refusal = (note: string, place = source.manifest.at()): Verdict => ({
    isLocked: source.lock !== undefined,
    objections: [{ note, at: place }],
    support: [],
  })
  if (settings.get('package-lock') === 'false') return refusal('Its .npmrc does without lock files')
  const unread = unreadableLock(source, project)
  if (unread) {
    const place = { path: unread.path, start: 0, end: 0 }
    return {
      isLocked: true,
      objections: [{ note: `The lock file is not read: ${unread.problem}`, at: place }],
      support: [],
    }
  }
  const beside = source.lock ? undefined : lockBeside(source, install, project)
  const lock = source.lock ?? beside?.lock
  if (!lock) {
    const other = otherLockBeside(source, project)
    return refusal(
      other
        ? `The repository locks its packages in ${other}, which npm does not read`
        : `The repository holds no lock file beside ${source.manifest.file.path}`,
    )
  }
  if (beside?.ignored) return refusal(`${beside.ignored.path} keeps the lock file out of the build`, beside.ignored)
  const skipsPeers =
    settings.get('legacy-peer-deps') === 'true' || install.options.some((option) => /^--legacy-peer-deps/.test(option))
  const npm = npmMajorOf(install.image, install.run)
  const objections = [...lockObjections(source.manifest, lock, npm, skipsPeers)]
  if (objections.length > 0) return { isLocked: source.lock !== undefined, objections, support: [] }
  const place = { path: lock.file.path, start: 0, end: 0 }
  const support = [
    { note: `The lock file is in step with package.json: ${counted(lock.packages.size)}, none missing`, at: place },
  ]
  if (source.lock) return { isLocked: true, objections, support }
  const copy = copyOfLock(install, source, lock.file.path)
  if (!copy) return refusal('The build copies no lock file, and its COPY cannot be made to bring it', place)
  return { isLocked: false, objections, support, copy }
}

function counted(packages: number): string {
  return packages === 1 ? 'one package' : `${packages} packages`
}

/** The COPY that brings the manifest brings the lock file from beside it. */
function copyOfLock({ image, run }: NpmInstall, { manifest }: Source, lock: string): readonly TextEdit[] | undefined {
  const name = lock.slice(lock.lastIndexOf('/') + 1)
  for (const copy of image.copies.toReversed()) {
    const { instruction, sources } = copy
    if (instruction.index >= run.index || instruction.stage !== image.stage.index) continue
    const word = sources.find(
      ({ value }) => /(^|\/)package\.json$/.test(value) && manifest.file.path.endsWith(value.replace(/^\.?\//, '')),
    )
    if (word) return copyBeside(image, copy, word, name)
  }
  return undefined
}

function withCi({ image, verb, misspelled }: NpmInstall, option: string): TextEdit {
  return replace(image.document, { start: verb.start, end: (misspelled ?? verb).end }, `ci${option}`)
}
