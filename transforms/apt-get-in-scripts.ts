import {
  addWords,
  answerInAdvance,
  at,
  type Dockerfile,
  defineTransform,
  type Finding,
  type Instruction,
  isEditable,
  isFed,
  isSaidUpTo,
  mayBeGiven,
  optionOf,
  type PackageCommand,
  packageCommandsOf,
  replace,
  type TextEdit,
  wordsAbout,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'apt-get-in-scripts',
  title: 'Let builds use apt-get, and answer its question',
  severity: 'low',
  references: [
    'DL3027',
    'DL3014',
    'CKV_DOCKER_9',
    'DS-0021',
    'KICS: Run Using apt',
    'KICS: APT-GET Missing Flags To Avoid Manual Input',
  ],
  on: 'dockerfile',
  doc: `
\`apt\` is made for people: it says itself that its interface is not stable and should not be used in scripts.
\`apt-get\` does the same and stays as it is. And what installs or removes packages asks whether it may, unless \`-y\` is
given; a build has nobody who answers, and fails.

\`apt upgrade\` becomes \`apt-get upgrade --with-new-pkgs\`, and \`apt full-upgrade\` becomes \`apt-get dist-upgrade\`: under
the names that come first to mind they would do something else.

Keeps quiet about what \`apt-get\` cannot do, such as \`apt list\`; about words that a variable hides; and about questions
that are answered in another way: by \`yes |\`, by \`-qq\`, by a simulation, or by a setting of apt in the same image.

## Safety

Safe where the build would have stopped without an answer; where it may have gone on, it is a matter of review, since
now something happens. Both programs are parts of one package and read the same settings. Two things differ that nobody has noticed in a
build: \`apt\` draws a progress bar, and it throws downloaded packages away, as official images do in any case.
`,
  *run(document) {
    for (const run of document.instructions) {
      const commands = packageCommandsOf(document, run).filter(
        ({ manager }) => manager === 'apt' || manager === 'apt-get',
      )
      if (commands.length === 0 || !isEditable(document, run)) continue
      yield* forPeople(document, commands)
      yield* unanswered(document, run, commands)
    }
  },
})

/** What `apt-get` calls what `apt` does, with what it takes to do the same. */
const IN_SCRIPTS: ReadonlyMap<string, { readonly verb?: string; readonly option?: string }> = new Map(
  Object.entries({
    install: {},
    update: {},
    upgrade: { option: '--with-new-pkgs' },
    'full-upgrade': { verb: 'dist-upgrade' },
    'dist-upgrade': {},
    remove: {},
    purge: {},
    autoremove: {},
    'build-dep': {},
    clean: {},
    autoclean: {},
    source: {},
    download: {},
  }),
)

function* forPeople(document: Dockerfile, commands: readonly PackageCommand[]): Iterable<Finding> {
  const own = commands.filter(
    (command) =>
      command.manager === 'apt' && IN_SCRIPTS.has(command.verbWord.value) && !optionOf(command, '-U', '--update'),
  )
  const [first] = own
  if (!first) return
  yield {
    at: at(document, first.command),
    subject: subjectOf('apt', own),
    message: 'apt is made for people, and its interface may change',
    fixes: [
      { title: 'Use apt-get', applicability: 'safe', edits: own.flatMap((command) => inScripts(document, command)) },
    ],
  }
}

function inScripts(document: Dockerfile, command: PackageCommand): readonly TextEdit[] {
  const { program, verbWord } = command
  const { verb, option } = IN_SCRIPTS.get(verbWord.value)!
  const given = option !== undefined && optionOf(command, option)
  return [
    replace(document, program, program.text.replace(/apt\b/, 'apt-get')),
    ...(verb ? [replace(document, verbWord, verb)] : []),
    ...(option && !given ? [addWords(document, verbWord, option)] : []),
  ]
}

const ASKING = new Set('install upgrade dist-upgrade full-upgrade remove purge autoremove build-dep satisfy'.split(' '))

const ANSWERS = [
  ...['-y', '--yes', '--assume-yes', '--force-yes', '--assume-no', '-s', '--simulate', '--just-print', '--dry-run'],
  ...['--recon', '--no-act', '--print-uris'],
]

function* unanswered(document: Dockerfile, run: Instruction, commands: readonly PackageCommand[]): Iterable<Finding> {
  const own = commands.filter((command) => ASKING.has(command.verbWord.value) && !isAnswered(document, command))
  const [first] = own
  if (!first || isSaidUpTo(document, run, SETTING)) return
  yield {
    at: at(document, first.command),
    subject: subjectOf('yes', own),
    message: `${first.manager} asks before it goes on, and nobody answers during a build`,
    fixes: [
      answerInAdvance(
        document,
        own,
        own.map(({ verbWord }) => addWords(document, verbWord, '-y')),
      ),
    ],
  }
}

function subjectOf(concern: string, commands: readonly PackageCommand[]): string {
  return `${concern}:${wordsAbout(commands)}`
}

function isAnswered(document: Dockerfile, command: PackageCommand): boolean {
  if (optionOf(command, ...ANSWERS)) return true
  const quiet = command.options.filter(({ name }) => name === '-q' || name === '--quiet')
  // Twice quiet means yes.
  if (quiet.length > 1 || quiet.some(({ value }) => Number(value) > 1)) return true
  if (command.options.some(({ value }) => /assume-yes|force-yes/i.test(value ?? ''))) return true
  return isFed(document, command) || mayBeGiven(document, command, /(?:^|\s)-/)
}

/** A setting of apt that answers for all. */
const SETTING = /assume-?yes|APT_CONFIG|apt\.conf/i
