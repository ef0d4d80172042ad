import {
  addWords,
  answerInAdvance,
  appendCommand,
  at,
  type Dockerfile,
  defineTransform,
  type Finding,
  type Instruction,
  isEditable,
  isFed,
  isMounted,
  isSaidUpTo,
  type Manager,
  mayBeGiven,
  optionOf,
  type PackageCommand,
  packageCommandsOf,
  sudoOf,
  wordsAbout,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'dnf-cache-removed',
  title: 'Leave no cache of dnf, yum, microdnf or zypper in the image',
  severity: 'low',
  references: [
    'DL3032',
    'DL3036',
    'DL3040',
    'DL3030',
    'DL3034',
    'DL3038',
    'DS-0015',
    'DS-0019',
    'DS-0020',
    'KICS: Yum Clean All Missing',
    'KICS: Yum Install Allows Manual Input',
  ],
  on: 'dockerfile',
  doc: `
Before they install anything, these programs fetch what is known of all packages: tens of megabytes, which stay in the
layer and are out of date a day later. \`clean all\` in the same \`RUN\` removes them; in a later one it would only hide them.
The command comes last, in the style of the \`RUN\`, and only runs if everything before it has worked.

What installs or removes packages asks whether it may, unless \`-y\` is given, and a build has nobody who answers. \`zypper\`
is told \`--non-interactive\`. \`microdnf\` never asks.

Keeps quiet where the cache is removed already, by whatever command; where a mount holds it; and where packages go to
another root (\`--installroot\`), which has its own cache.

## Safety

Safe: a later installation fetches anew by itself. A \`-y\` is a matter of review where the build went on when nothing was
installed.
`,
  *run(document) {
    for (const run of document.instructions) {
      const commands = packageCommandsOf(document, run).filter(({ manager }) => CACHES.has(manager))
      if (commands.length === 0 || !isEditable(document, run)) continue
      yield* unanswered(document, run, commands)
      yield* leftBehind(document, run, commands)
    }
  },
})

/** Where each keeps its cache. */
const CACHES: ReadonlyMap<Manager, string> = new Map([
  ['dnf', '/var/cache/dnf'],
  ['yum', '/var/cache/yum'],
  ['microdnf', '/var/cache/yum'],
  ['zypper', '/var/cache/zypp'],
])

/** The verbs that fetch what is known of packages. */
const FETCHING = new Set(
  (
    'install upgrade update dist-upgrade reinstall downgrade swap distro-sync distrosync check-update groupinstall ' +
    'groupupdate group module builddep build-dep source-install si patch'
  ).split(' '),
)

function* leftBehind(document: Dockerfile, run: Instruction, commands: readonly PackageCommand[]): Iterable<Finding> {
  const fetching = commands.filter(({ verb }) => FETCHING.has(verb))
  const last = fetching.at(-1)
  if (!last || commands.some(isElsewhere) || isCleaned(document, run, last)) return
  if (commands.some(({ manager }) => isMounted(document, run, CACHES.get(manager)!))) return
  const { manager, program } = last
  // It cannot clean up behind itself when it has removed itself.
  if (commands.some(({ verb, packages }) => verb === 'remove' && packages.some(({ name }) => name === manager))) return
  const call = sudoOf(last) + program.text
  const edit = appendCommand(document, run, `${call} clean ${manager === 'zypper' ? '--all' : 'all'}`)
  yield {
    at: at(document, last.command),
    subject: subjectOf('cache', fetching),
    message: `${manager} leaves its cache in the image`,
    ...(edit
      ? { fixes: [{ title: `Let ${manager} remove it in the same RUN`, applicability: 'safe', edits: [edit] }] }
      : {
          evidence: [
            { note: 'Behind its last command nothing can be added without hiding a failure', at: at(document, run) },
          ],
        }),
  }
}

function isElsewhere(command: PackageCommand): boolean {
  return (
    optionOf(command, '--installroot', '--root') !== undefined ||
    (command.manager === 'zypper' && optionOf(command, '-R') !== undefined)
  )
}

/** Whether something in the RUN removes the cache after a command, or may do so. */
function isCleaned(document: Dockerfile, run: Instruction, last: PackageCommand): boolean {
  const later = document.shell(run).commands.filter(({ start }) => start > last.command.start)
  return later.some(({ words }) => CLEANING.test(words.map(({ value }) => value).join(' ')))
}

const CLEANING =
  /\/var\/cache(?:\s|$|\/(?:\s|$|\*|\{|dnf|yum|zypp|libdnf5))|\b(?:(?:micro)?dnf|yum|zypper)\s+(?:-\S+\s+){0,20}(?:clean|cc)\b/

const ASKING = new Set(
  (
    'install upgrade dist-upgrade remove reinstall downgrade swap distro-sync distrosync autoremove groupinstall ' +
    'groupupdate builddep patch source-install'
  ).split(' '),
)
const ASKING_OF_MODULES = /^(?:enable|disable|reset|install|remove|switch-to|update)$/

function* unanswered(document: Dockerfile, run: Instruction, commands: readonly PackageCommand[]): Iterable<Finding> {
  const own = commands.filter((command) => asks(command) && !isAnswered(document, command))
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
        own.map((command) =>
          command.manager === 'zypper'
            ? addWords(document, command.program, '--non-interactive')
            : addWords(document, command.verbWord, '-y'),
        ),
      ),
    ],
  }
}

function asks({ manager, verb, args }: PackageCommand): boolean {
  if (manager === 'microdnf') return false
  if (verb === 'module' || verb === 'group') return ASKING_OF_MODULES.test(args[0]?.value ?? '')
  return ASKING.has(verb)
}

function isAnswered(document: Dockerfile, command: PackageCommand): boolean {
  if (isFed(document, command) || mayBeGiven(document, command, /(?:^|\s)-/)) return true
  if (
    optionOf(
      command,
      '-y',
      '--assumeyes',
      '--assumeno',
      '--non-interactive',
      '--no-confirm',
      '--dry-run',
      '-h',
      '--help',
    )
  )
    return true
  if (command.options.some(({ value }) => /assumeyes/.test(value ?? ''))) return true
  // Before the verb `-n` is --non-interactive, behind it --name.
  return command.options.some(({ name, word }) => name === '-n' && word.start < command.verbWord.start)
}

/** A setting that answers for all. */
const SETTING = /assumeyes|(?:dnf|yum|zypper?)\.conf/i

function subjectOf(concern: string, commands: readonly PackageCommand[]): string {
  return `${concern}:${wordsAbout(commands)}`
}
