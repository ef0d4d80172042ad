import {
  addWords,
  apkCommandsOf,
  at,
  type Dockerfile,
  defineTransform,
  type Finding,
  type Instruction,
  isEditable,
  isMounted,
  keepsIndex,
  optionOf,
  type PackageCommand,
  type Project,
  relianceOnIndex,
  removeLines,
  removeStep,
  removeWord,
  replace,
  type ShellCommand,
  stepOf,
  type TextEdit,
  usesOf,
  wordsAbout,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'apk-without-cache',
  title: 'Install Alpine packages without keeping the index',
  severity: 'low',
  references: ['DL3019', 'DS-0025', 'DKL-DI-0004', 'KICS: Apk Add Using Local Cache Path'],
  on: 'dockerfile',
  doc: `
\`apk update\` and \`apk add --update\` write the index of all packages into the image, and later installations take theirs
from there, however old it is by then. With \`--no-cache\` each installation fetches the index of the day and keeps nothing.

\`--update\` becomes \`--no-cache\`; \`apk update\` goes, and so does a \`rm\` of what is then no longer there. Installations in
later layers that took their index from this one get \`--no-cache\` with the same fix.

Keeps quiet where a mount holds the cache, where packages go to another root, and about \`apk update\` where something else,
such as \`apk search\`, reads the index. Reports without a fix where somebody relies on the index that cannot be changed
along: a script, an image built on this one, an \`ONBUILD\`.

## Safety

Safe: the same packages are installed, from an index that is at least as new.
`,
  *run(document, project) {
    for (const run of document.instructions) {
      const commands = apkCommandsOf(document, run)
      if (commands.length === 0 || !isEditable(document, run)) continue
      if (isMounted(document, run, '/var/cache/apk') || isMounted(document, run, '/etc/apk/cache')) continue
      const finding = findingOf(document, run, commands, project)
      if (finding) yield finding
    }
  },
})

function findingOf(
  document: Dockerfile,
  run: Instruction,
  commands: readonly PackageCommand[],
  project: Project,
): Finding | undefined {
  if (commands.some(({ verb }) => READING.has(verb))) return undefined
  const caching = commands.filter(isCaching)
  const updates = commands.filter((command) => command.verb === 'update' && keepsIndex(command))
  const gone = withoutUpdates(document, run, commands, updates)
  if (caching.length + updates.length === 0 || (!gone && (caching.length === 0 || removesCache(document, run))))
    return undefined
  const keeps = commands.some(keepsIndex)
  const finding = {
    at: at(document, (caching[0] ?? updates[0]!).command),
    subject: `apk:${run.stage}:${wordsAbout(commands)}`,
    message: keeps ? 'apk leaves its index in the image' : 'apk takes its index from the image, however old it is',
  }
  if (!gone)
    return {
      ...finding,
      evidence: [
        { note: 'Without this call, a failure would not count as it does now', at: at(document, updates[0]!.command) },
      ],
    }
  const removals = cacheRemovals(document, run, commands)
  // Without the index, whoever has taken it from here has to fetch it.
  const isLeft = keeps && !removesCache(document, run)
  const reliance = isLeft ? relianceOnIndex(document, run, usesOf(document, project), project) : undefined
  const readers = reliance?.readers ?? []
  const stuck = readers.filter((each) => !isCaching(each) || !isEditable(document, each.run))
  const evidence = [
    ...(reliance?.others ?? []),
    ...readers.map(({ command }) => ({ note: 'This takes its index from there', at: at(document, command) })),
  ]
  if (stuck.length > 0 || (reliance?.others.length ?? 0) > 0) return { ...finding, evidence }
  const edits = [
    ...[...caching, ...readers].map((command) => withoutCache(document, command)),
    ...gone,
    ...removals.filter((edit) => !gone.some((other) => edit.start < other.end && other.start < edit.end)),
  ]
  return { ...finding, evidence, fixes: [{ title: titleOf(caching, gone), applicability: 'safe', edits }] }
}

function titleOf(caching: readonly PackageCommand[], gone: readonly TextEdit[]): string {
  if (caching.length === 0) return 'Leave out apk update'
  return gone.length > 0 ? 'Install with --no-cache instead of apk update' : 'Install with --no-cache'
}

/** Whether a call installs with an index in the image. */
function isCaching(command: PackageCommand): boolean {
  if (command.verb !== 'install' && command.verb !== 'upgrade') return false
  return !optionOf(
    command,
    '--no-cache',
    '--no-network',
    '--cache-dir',
    '--cache-max-age',
    '--root',
    '-p',
    '-h',
    '--help',
  )
}

function withoutCache(document: Dockerfile, command: PackageCommand): TextEdit {
  const update = optionOf(command, '-U', '--update', '--update-cache')
  const isAlone = update && update.word.text === update.name
  return isAlone ? replace(document, update.word, '--no-cache') : addWords(document, command.verbWord, '--no-cache')
}

/** The verbs that read the index and do not come without one. */
const READING = new Set('search fetch policy list fix version'.split(' '))

/** The edits after which a RUN no longer updates; `undefined` if it must, or cannot be changed so. */
function withoutUpdates(
  document: Dockerfile,
  run: Instruction,
  commands: readonly PackageCommand[],
  updates: readonly PackageCommand[],
): readonly TextEdit[] | undefined {
  if (updates.length === 0) return []
  if (commands.some((command) => optionOf(command, '--root', '-p', '--no-network'))) return undefined
  if (document.shell(run).commands.length === updates.length) return [removeLines(document, run)]
  const edits = updates.map(({ command }) => {
    const place = stepOf(document, run, command)
    return place && removeStep(document, run, place)
  })
  return edits.every((edit) => edit !== undefined) ? edits : undefined
}

const CACHE = /^\/var\/cache\/apk(?:\/\*?)?$/

/** Whether something in a RUN removes what apk has written. */
function removesCache(document: Dockerfile, run: Instruction): boolean {
  return document
    .shell(run)
    .commands.some(({ words }) => words.some(({ value }) => /\/var\/cache(?:\/(?:apk|\*)|\/?$)/.test(value)))
}

/** The edits that take out what removes the cache of apk, behind its last call. */
function cacheRemovals(
  document: Dockerfile,
  run: Instruction,
  commands: readonly PackageCommand[],
): readonly TextEdit[] {
  const last = commands.at(-1)!.command.start
  return document.shell(run).commands.flatMap((command) => {
    const found = command.start > last && command.name === 'rm' ? removalOf(document, run, command) : undefined
    return found ?? []
  })
}

function removalOf(document: Dockerfile, run: Instruction, command: ShellCommand): TextEdit | undefined {
  const paths = command.words.slice(1).filter(({ value }) => !value.startsWith('-'))
  const own = paths.filter(({ value }) => CACHE.test(value))
  if (own.length === 0) return undefined
  if (own.length < paths.length) return own.length === 1 ? removeWord(document, own[0]!) : undefined
  const place = stepOf(document, run, command)
  return place && removeStep(document, run, place)
}
