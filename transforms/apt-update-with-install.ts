import {
  at,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Fix,
  failureCounts,
  firstOf,
  type Instruction,
  imageOf,
  isEditable,
  joinRuns,
  leavesLists,
  listStepsOf,
  type PackageCommand,
  type Project,
  packageCommandsOf,
  prependCommand,
  type Range,
  type Reliance,
  relianceOn,
  removeLines,
  sudoOf,
  type TextEdit,
  type Use,
  usesOf,
  wordsAbout,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'apt-update-with-install',
  title: 'Update the lists of apt where packages are installed',
  severity: 'medium',
  references: ['CIS-DI-4.7', 'CIS-DI-0007', 'DS-0017', 'CKV_DOCKER_5', 'DL3009', 'KICS: Update Instruction Alone'],
  on: 'dockerfile',
  doc: `
The build cache keeps the layer of a \`RUN apt-get update\` as long as its line stays the same. When somebody adds a package
a month later, it is installed from lists a month old: the archive no longer has those versions, and the build fails, or
it gets a version with holes that have been closed since.

A \`RUN\` with nothing but the update is joined with the installation right behind it. Where more than one relies on it, or
something stands between, each installation gets an update of its own and the lone one goes. An installation that relies
on a \`RUN\` which installs something itself gets its own update too. Where nothing at all has fetched lists, and the base
brings none, the update that is missing is added.

Reports without a fix where the update cannot be added without hiding a failure, inside a condition for example, or where
somebody else relies on the lists: a script, an image built on this one, what starts.

## Safety

Safe for a lone update: the same commands run in the same order. A second update takes some seconds and may see newer
versions than the first, so that this is a matter of review, as is everything where a script runs that is not in the
repository.
`,
  *run(document, project) {
    const fetching = document.instructions.filter((run) => leavesLists(document, run))
    const relying = document.instructions.filter((run) => listStepsOf(document, run).relies)
    if (fetching.length + relying.length === 0) return
    const uses = fetching.length > 0 ? usesOf(document, project) : []
    for (const run of fetching) {
      const finding = reliedOn(document, run, uses, project)
      if (finding) yield finding
    }
    for (const run of relying) {
      const finding = nothingFetched(document, run)
      if (finding) yield finding
    }
  },
})

/** A RUN that fetches lists for others to install from, or for nobody. */
function reliedOn(document: Dockerfile, run: Instruction, uses: readonly Use[], project: Project): Finding | undefined {
  const update = listStepsOf(document, run).updates.findLast(({ command }) => command.plain)
  // Where it may not even run, nobody can say who relies on it.
  if (!update) return undefined
  const reliance = relianceOn(document, run, uses, project)
  const alone = isAlone(document, run)
  if (reliance.relying.length === 0 && (!alone || reliance.unknown.length > 0)) return undefined
  const finding = {
    at: at(document, update.command),
    subject: `update:${run.stage}:${wordsAbout(packageCommandsOf(document, run))}`,
    message: alone
      ? 'apt-get update stands alone, in a layer that the build cache keeps'
      : 'Later layers install from the lists of this one',
    evidence: [...firstOf(reliance.relying), ...firstOf(reliance.unknown)],
  }
  const fix = fixFor(document, run, update, reliance)
  return fix ? { ...finding, fixes: [fix] } : finding
}

/** Whether a RUN does nothing but update. */
function isAlone(document: Dockerfile, run: Instruction): boolean {
  const { commands } = document.shell(run)
  return commands.length === listStepsOf(document, run).updates.length
}

/** Each installation gets its update; a RUN made for it alone is joined with the first, or goes. */
function fixFor(
  document: Dockerfile,
  run: Instruction,
  update: PackageCommand,
  { complete, relying, unknown }: Reliance,
): Fix | undefined {
  if (!complete) return undefined
  const calls = relying.map((evidence) => callAt(document, evidence))
  const [first, ...others] = calls
  const mayJoin = packageCommandsOf(document, run).every(({ verb }) => verb !== 'install')
  const joined = mayJoin && first ? joinRuns(document, run, first.run) : undefined
  const alone = isAlone(document, run)
  const edits = [
    ...(joined ? [joined] : alone ? [removeLines(document, run)] : []),
    ...(joined ? others : calls).map((call) => call && withUpdate(document, call, wordsOf(document, update))),
  ]
  if (!edits.every((edit) => edit !== undefined)) return undefined
  // The failure of the lone update has stopped the build; it has to go on doing so.
  if (alone && !joined && !calls.every((call) => call && failureCounts(document, call.run, call.command)))
    return undefined
  const title = titleOf(joined !== undefined, alone, calls.length)
  const moved = calls.some((call) => call && changesSources(document, run, call.run))
  if (unknown.length > 0)
    return {
      title,
      applicability: 'review',
      edits,
      caveat: 'A script that runs later needs the lists if it installs packages without updating first.',
    }
  if (moved)
    return {
      title,
      applicability: 'review',
      edits,
      caveat: 'Sources of packages are added in between; the update now reads them too, and needs their keys.',
    }
  // A layer that installs something itself may be meant to share its lists.
  if (alone ? calls.length > 0 : joined && calls.length === 1) return { title, applicability: 'safe', edits }
  const caveat =
    calls.length > 0
      ? 'Each update takes some seconds of the build.'
      : 'Whoever builds on the image has to update before installing.'
  return { title, applicability: 'review', edits, caveat }
}

function titleOf(joined: boolean, alone: boolean, calls: number): string {
  if (calls === 0) return 'Remove it'
  if (joined)
    return calls === 1 ? 'Join it with the installation' : 'Join it with the first, and update for the others too'
  return alone ? 'Update right before each installation instead' : 'Update before each installation'
}

/** The call of apt that evidence is about, if it is one of this file. */
function callAt(document: Dockerfile, { at: place }: Evidence): PackageCommand | undefined {
  if (place?.path !== document.file.path) return undefined
  const run = document.instructions.find(({ start, end }) => start <= place.start && place.end <= end)
  return run && callIn(document, run, place)
}

function callIn(document: Dockerfile, run: Instruction, place: Range): PackageCommand | undefined {
  return packageCommandsOf(document, run).find(
    ({ command }) => command.start === place.start && command.end === place.end,
  )
}

/** The update as it is written, without what lets it run as root. */
function wordsOf({ file }: Dockerfile, { program, command }: PackageCommand): string {
  const words = file.text.slice(program.start, command.end)
  return /[\r\n#<>]/.test(words) ? `${program.text} update` : words
}

function withUpdate(document: Dockerfile, call: PackageCommand, words: string): TextEdit | undefined {
  return prependCommand(document, call.run, call.command, sudoOf(call) + words)
}

/** Whether the sources of packages change between two RUNs. */
function changesSources(document: Dockerfile, first: Instruction, second: Instruction): boolean {
  return document.instructions
    .slice(first.index + 1, second.index)
    .some(({ start, end }) => SOURCES.test(document.file.text.slice(start, end)))
}

const SOURCES = /\/etc\/apt|apt-key|apt-repository|sources\.list|\bdpkg --add-architecture/

/** What fetches lists, or may do so, without being told by an `update` that can be read here. */
const MAY_FETCH = /\bapt|\||\.sh\b|\bsh\b|playwright|nodesource|\bmake\b|ansible|\/var\/lib\//

/** An installation for which nothing has fetched lists, on a base that is known to bring none. */
function nothingFetched(document: Dockerfile, run: Instruction): Finding | undefined {
  const { relies, updates } = listStepsOf(document, run)
  const call = relies && callIn(document, run, relies)
  const image = imageOf(document, document.stages[run.stage]!)
  if (!call || updates.length > 0 || image.base?.family !== 'debian' || !isEditable(document, run)) return undefined
  if (call.args.length === 0 || call.packages.some(({ kind }) => kind === 'file')) return undefined
  const { text } = document.file
  // Found at once if it is there, which files of thousands of installations thank us for.
  const fetching = image.instructions.find(
    ({ keyword, args, end }) => keyword === 'RUN' && MAY_FETCH.test(text.slice(args.start, end)),
  )
  if (fetching && fetching.index < run.index) return undefined
  if (MAY_FETCH.test(text.slice(run.args.start, call.command.start))) return undefined
  const finding = {
    at: at(document, call.command),
    subject: `install:${run.stage}:${wordsAbout([call])}`,
    message: `Nothing has fetched the lists that ${call.manager} ${call.verbWord.value} needs`,
    evidence: [{ note: `${image.reference} brings none`, at: at(document, document.stages[run.stage]!.from) }],
  }
  const edit = withUpdate(document, call, `${call.program.text} update`)
  if (!edit) return finding
  return {
    ...finding,
    fixes: [
      {
        title: 'Update before it',
        applicability: 'review',
        edits: [edit],
        caveat: 'It cannot have built as it stands; see whether it builds now.',
      },
    ],
  }
}
