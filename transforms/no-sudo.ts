import {
  at,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Instruction,
  imageOf,
  isReadByShell,
  replace,
  type ShellCommand,
  textOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'no-sudo',
  title: 'Run commands as root without sudo',
  severity: 'low',
  references: ['DL3004', 'DS-0010', 'CKV2_DOCKER_1', 'DKL-DI-0001', 'KICS: Run Using Sudo'],
  on: 'dockerfile',
  doc: `
A build runs as root unless \`USER\` says otherwise. \`sudo\` gives it nothing there; it has to be installed, it stays in the
image for whoever gets in, and between a shell and a program it changes how signals and errors arrive.

Where the user in force is root for certain, a plain \`sudo command\` becomes \`command\`. All of a \`RUN\` is one finding.

Keeps quiet where the user is an ordinary one, or cannot be known: there \`sudo\` may be needed. So too about \`sudo -u\`,
which becomes somebody else.

Reports without a fix other options of \`sudo\`, and variables behind it.

## Safety

A matter of review. \`sudo\` runs a command with a clean environment and a search path of its own; without it, the
variables of the file reach the command.
`,
  *run(document) {
    for (const stage of document.stages) {
      for (const run of stage.instructions) {
        if (!mayHold(document, run) || imageOf(document, stage).userAt(run).root !== true) continue
        const finding = findingOf(document, run)
        if (finding) yield finding
      }
    }
  },
})

function mayHold(document: Dockerfile, run: Instruction): boolean {
  return (
    run.keyword === 'RUN' &&
    !run.json &&
    run.hereDocuments.length === 0 &&
    /\bsudo\b/.test(textOf(document, run.args)) &&
    isReadByShell(document, run)
  )
}

function findingOf(document: Dockerfile, run: Instruction): Finding | undefined {
  const calls = document.shell(run).commands.filter((command) => command.name === 'sudo' && !becomesSomebody(command))
  const [first] = calls
  if (!first) return undefined
  const plain = calls.filter((call) => isPlain(document, call))
  const evidence: readonly Evidence[] = calls
    .filter((call) => !plain.includes(call))
    .map((call) => ({
      note: 'What its options or variables change cannot be left out for certain',
      at: at(document, call),
    }))
  const finding = {
    at: at(document, first),
    subject: `run:${textOf(document, first).slice(0, 60)}`,
    message: 'sudo runs a command as root, which the build is anyway',
    evidence,
  }
  if (plain.length === 0) return finding
  return {
    ...finding,
    fixes: [
      {
        title: plain.length === 1 ? 'Run it without sudo' : 'Run them without sudo',
        applicability: 'review',
        edits: plain.map(({ words }) => replace(document, { start: words[0]!.start, end: words[1]!.start }, '')),
        caveat: 'sudo kept the variables of the file from the command; now they reach it.',
      },
    ],
  }
}

/** Whether it is there to run a command as another user or group, or as a login. */
function becomesSomebody({ words }: ShellCommand): boolean {
  const behind = words.slice(1).findIndex(({ value }) => !value.startsWith('-'))
  const options = words.slice(1, behind < 0 ? undefined : behind + 1)
  return options.some(({ value }) => /^-[a-zA-Z]*[ugislR]|^--(user|group|login|shell|list|chroot)/.test(value))
}

/** Whether nothing but a command stands behind it, on the same line. */
function isPlain(document: Dockerfile, { words }: ShellCommand): boolean {
  const [sudo, program] = words
  if (!program?.literal || /^-|=/.test(program.value) || OF_THE_SHELL.test(program.value)) return false
  return /^[ \t]+$/.test(textOf(document, { start: sudo!.end, end: program.start }))
}

/** What only a shell can do: behind sudo it fails, without it changes the rest of the script. */
const OF_THE_SHELL = /^(cd|export|exec|exit|set|unset|source|\.|alias|umask|return|trap)$/
