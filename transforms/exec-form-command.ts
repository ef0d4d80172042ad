import {
  at,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Fix,
  fileInImage,
  type Image,
  type Instruction,
  insert,
  lastCommand,
  listensForStop,
  locate,
  type NpmStart,
  npmStartOf,
  type Project,
  replace,
  type ServiceLine,
  type ShellCommand,
  type StartText,
  serviceLines,
  startInstructions,
  startText,
  type TextEdit,
  textOf,
  type Use,
  usesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'exec-form-command',
  title: 'Let the program itself receive the signal to stop',
  severity: 'medium',
  references: ['DL3025', 'BuildKit: JSONArgsRecommended', 'KICS: Not Using JSON In CMD And ENTRYPOINT Arguments'],
  on: 'dockerfile',
  doc: `
A command in shell form is started by \`/bin/sh -c\`. The \`sh\` of Debian and Ubuntu stays, as process 1, beside the program
that it started, and passes no signal on: \`docker stop\` waits for ten seconds and then kills the program in the middle of
its work. With \`exec\` in front of the program, the shell gives its place to it: variables, redirections and everything
else stay as they are. In \`a && b\` the last command gets it. \`["sh", "-c", "…"]\` is treated alike, in the Dockerfile and in the
command of a Compose service that builds it.

Where no word needs a shell, the JSON form is an alternative. \`npm start\` becomes \`node server.js\`, if the script says
nothing else and the code listens for SIGTERM: npm keeps that from it. Without a listener npm ends sooner than node would.

Keeps quiet where the shell gives its place away by itself: BusyBox (Alpine) always does, and bash does unless the command
is redirected. Also about commands that end by themselves, such as tests, and where dumb-init or \`tini -g\` signals all
processes.

Reports without a fix, and says why, when the shell does more than start one program after another, when it leaves
programs behind in the background, when only run time knows the program, and when an \`ENTRYPOINT\` in shell form is given
a \`CMD\`, which it never sees. A list that is no JSON, \`CMD ['python', 'app.py']\`, is reported as the mistake it is.

## Safety

Inserting \`exec\` is safe: the same program gets the same words and variables, and the same exit code counts. It is a
matter of review where the base is not known here, since its shell is not either, and for node, which as process 1 listens
neither to SIGTERM nor to Ctrl-C unless its code does. A program that does not listen is killed after ten seconds as before;
one that leaves children behind has to look after them itself.
`,
  *run(document, project) {
    const candidates = document.instructions.filter((one) => /^(CMD|ENTRYPOINT)$/.test(one.keyword) && mayWait(one))
    const seen = new Set<Instruction>()
    for (const use of usesOf(document, project)) {
      const { entrypoint, cmd } = startInstructions(use.image)
      for (const instruction of [entrypoint, cmd]) {
        if (!instruction || seen.has(instruction) || !candidates.includes(instruction)) continue
        seen.add(instruction)
        // Words behind an entrypoint in shell form go nowhere, whatever they are.
        if (instruction === cmd && entrypoint && !entrypoint.json) continue
        const finding = findingOf(use, instruction, project)
        if (finding) yield finding
      }
      for (const line of serviceLines(use, project)) {
        const finding = ofService(use, line)
        if (finding) yield finding
      }
    }
  },
})

/** Whether something may stand between the engine and the program: a look that costs nothing. */
function mayWait({ json, words }: Instruction): boolean {
  return !json || /(^|\/)([bd]?a?sh|npm)$/.test(words[0]?.value ?? '')
}

function findingOf(use: Use, instruction: Instruction, project: Project): Finding | undefined {
  const { image } = use
  if (isNoJson(image, instruction)) return noJson(image, instruction)
  const npm = npmStartOf(use, instruction, project)
  if (npm && use.contexts.some((folder) => listensForStop(folder, project))) return spareNpm(use, instruction, npm)
  const text = startText(image, instruction)
  if (!text || signalsAll(image, instruction)) return undefined
  const last = lastCommand(text, image.document.file.text)
  if (!last || (last.command && endsByItself(last.command))) return undefined
  if (!staysInFront(text, last.command)) return undefined
  const finding: Finding = {
    at: at(image.document, instruction),
    subject: subjectOf(image, instruction),
    message: messageFor(text, last.command),
  }
  const evidence = evidenceOf(image, text)
  const refuse = (note: string, place = locate(image, instruction)): Finding => ({
    ...finding,
    evidence: [...evidence, { note, at: place }],
  })
  if ('obstacle' in last) return refuse(capital(last.obstacle))
  const { command, before } = last
  const behind = before.find(staysBehind)
  if (behind) return refuse(`${behind.name} leaves a program in the background, which the shell looks after`)
  const { cmd } = startInstructions(image)
  if (instruction.keyword === 'ENTRYPOINT' && !instruction.json && cmd)
    return refuse('An ENTRYPOINT in shell form never sees the words of CMD', locate(image, cmd))
  return { ...finding, evidence, fixes: fixesFor(use, instruction, text, command, before, project) }
}

/** The same in the `sh -c` of a Compose service. What cannot be done there is left to those who know the service. */
function ofService({ image }: Use, line: ServiceLine): Finding | undefined {
  const { service } = line.consumer
  const last = lastCommand(line, line.line)
  if (!service || service.init?.value || !last || 'obstacle' in last || !staysInFront(line, last.command))
    return undefined
  const { command, before } = last
  const place = line.placeOf(command)
  if (place === undefined || endsByItself(command) || before.some(staysBehind)) return undefined
  const { entrypoint } = startInstructions(image)
  if (entrypoint && (!entrypoint.json || signalsAll(image, entrypoint))) return undefined
  return {
    at: line.at,
    subject: `service:${service.name}`,
    message: messageFor(line, command),
    evidence: evidenceOf(image, line),
    fixes: [execFix(line, command, { path: line.at.path, start: place, end: place, text: 'exec ' })],
  }
}

/** Whether this shell stays beside what it starts. */
function staysInFront({ shell }: StartText, command: ShellCommand | undefined): boolean {
  if (shell === 'bash') return command !== undefined && command.redirects.length > 0
  return shell !== 'other' && shell !== 'ash'
}

function messageFor({ name }: StartText, command: ShellCommand | undefined): string {
  return `${name} keeps the signal to stop from ${command?.name ?? 'what it starts'}, which is then killed after ten seconds`
}

function subjectOf({ stage }: Image, { keyword }: Instruction): string {
  return `${keyword.toLowerCase()}:${stage.name ?? stage.index}`
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

function evidenceOf(image: Image, { shell, name }: StartText): readonly Evidence[] {
  const place = locate(image, image.instructions.findLast(({ keyword }) => keyword === 'FROM') ?? image.stage.from)
  if (shell === 'unknown') return [{ note: `Which shell ${name} is on this base is not known here`, at: place }]
  if (shell === 'bash') return [{ note: 'bash stays beside a program whose output it redirects', at: place }]
  return [{ note: `The ${name} of this base is dash, which stays beside what it starts`, at: place }]
}

function fixesFor(
  use: Use,
  instruction: Instruction,
  text: StartText,
  command: ShellCommand,
  before: readonly ShellCommand[],
  project: Project,
): readonly Fix[] {
  const { document } = use.image
  const exec = execFix(text, command, insert(document, command.words[0]!.start, 'exec '))
  const edits = before.length === 0 && !text.inline ? asJson(use, instruction, text, command, project) : undefined
  if (!edits) return [exec]
  const json: Fix = {
    title: `Start ${command.name} without a shell, in JSON form`,
    applicability: 'review',
    edits,
    caveat: 'An entrypoint that looks at the command then sees its words instead of those of a shell.',
  }
  return [exec, json]
}

function execFix(text: StartText, command: ShellCommand, edit: TextEdit): Fix {
  const caveat = caveatOf(text, command)
  return {
    title: `Let ${text.name} give its place to ${command.name} with exec`,
    applicability: caveat ? 'review' : 'safe',
    edits: [edit],
    ...(caveat && { caveat }),
  }
}

/** What keeps the change from being beyond doubt. */
function caveatOf({ shell }: StartText, { name = '' }: ShellCommand): string | undefined {
  if (shell === 'unknown') return 'If the shell of the base is bash or BusyBox, it does so by itself already.'
  if (DEAF_AS_FIRST.test(name))
    return `As process 1, ${name} hears neither SIGTERM nor Ctrl-C unless its code listens or an init runs before it.`
  return undefined
}

/** Runtimes that do nothing about signals by themselves; the kernel then spares process 1. */
const DEAF_AS_FIRST = /^(node|nodejs|ts-node|tsx|deno|bun|npx)$/

/** Every word in quotes and a comma behind it, if none of them needs a shell. */
function asJson(
  use: Use,
  instruction: Instruction,
  text: StartText,
  { words, assigned, redirects, name = '' }: ShellCommand,
  project: Project,
): readonly TextEdit[] | undefined {
  const { document } = use.image
  const isPlain = words.every((word) => isWord(word.text))
  const hasComment = document.comments.some(({ start }) => start > text.start && start < text.end)
  if (!isPlain || hasComment || assigned.length + redirects.length > 0) return undefined
  if (words.at(-1)!.end !== instruction.args.end) return undefined
  // Only a shell starts a script that does not name its interpreter.
  if (/\/|\.sh$/.test(name) && !fileInImage(use, name, project)?.text.startsWith('#!')) return undefined
  // A child gets no CMD of its own through an entrypoint in shell form, and would through one in JSON form.
  if (instruction.keyword === 'ENTRYPOINT' && (use.children.length > 0 || use.consumers.length > 0)) return undefined
  return words.map((word, i) => {
    const before = i === 0 ? '[' : ''
    const after = i === words.length - 1 ? ']' : ','
    return replace(document, word, before + JSON.stringify(word.value) + after)
  })
}

/** Plain text, perhaps in quotes, in which no shell would find anything to do. */
function isWord(text: string): boolean {
  return /^(?:[\w@%+=:,./-]+|"[^"$`\\]*"|'[^'\\]*')$/.test(text)
}

const DAEMONS =
  /^(service|nginx|php-fpm[\d.]*|cron|crond|apachectl|apache2ctl|rsyslogd|redis-server|mongod|sshd|dockerd)$/

/** Whether a command that returns has left a program behind. */
function staysBehind({ name = '', words }: ShellCommand): boolean {
  const program = name.slice(name.lastIndexOf('/') + 1)
  return (
    DAEMONS.test(program) ||
    /^start[\w-]*(\.sh)?$/.test(program) ||
    words.some(({ value }) => /^(-D|-d|--daemon|--detach|--daemonize)$/.test(value))
  )
}

/** Tests, builds and the like, and programs that do nothing: nobody stops them, or they do not listen anyway. */
function endsByItself({ words }: ShellCommand): boolean {
  const [first = '', second = ''] = words.map(({ value }) => value)
  const program = first.slice(first.lastIndexOf('/') + 1)
  if (/^(pytest|tox|nox|jest|mocha|phpunit|ctest|cat|ls|sleep|tail|env|printenv|date|whoami|cp|mv)$/.test(program))
    return true
  if (/^([bd]?a?sh|zsh)$/.test(program)) return words.length === 1
  if (/^(make|mvnw?|gradlew?|cargo|go)$/.test(program))
    return !words.some(({ value }) => /run|serve|start/i.test(value))
  if (
    words.some(({ value }) =>
      /^(migrate|makemigrations|collectstatic|createsuperuser|upgrade|seed|db:[\w:]+)$/.test(value),
    )
  )
    return true
  return /^(test|build|lint|--help|-h|--version|version)$/.test(second)
}

/** An init that signals every process reaches the program past the shell. */
function signalsAll(image: Image, instruction: Instruction): boolean {
  const words = (startInstructions(image).entrypoint ?? instruction).words.map(({ value }) => value)
  const init = words.findIndex((word) => /(^|\/)(tini|dumb-init)(-static)?$/.test(word))
  if (init !== 0) return false
  return /tini/.test(words[0]!) ? words.includes('-g') : !words.some((word) => /^(-c|--single-child)$/.test(word))
}

/** `['python', 'app.py']`, a comma too many: meant as JSON, and taken for shell text. */
function isNoJson(image: Image, instruction: Instruction): boolean {
  return !instruction.json && /^\[\s*(['"\u201c\u2018]|\])[\s\S]*\]$/.test(textOf(image.document, instruction.args))
}

function noJson(image: Image, instruction: Instruction): Finding {
  return {
    at: at(image.document, instruction),
    subject: subjectOf(image, instruction),
    message: 'This list is no JSON, so a shell is given all of it as a command',
    evidence: [{ note: 'JSON wants double quotes, and a comma only between words', at: locate(image, instruction) }],
  }
}

/** `npm start`: npm keeps the signal from node, whatever the shell is. Without a listener, node would wait for the kill. */
function spareNpm({ image }: Use, instruction: Instruction, { script, program, at: place }: NpmStart): Finding {
  const command = program.join(' ')
  const list = `[${program.map((word) => JSON.stringify(word)).join(', ')}]`
  return {
    at: at(image.document, instruction),
    subject: subjectOf(image, instruction),
    message: `npm keeps the signal to stop from ${command}, whose code listens for it`,
    evidence: [{ note: `The script ${script} is ${command}`, at: place }],
    fixes: [
      {
        title: `Start ${command} without npm`,
        applicability: 'review',
        edits: [replace(image.document, instruction.args, list)],
        caveat: 'The variables that npm sets are gone; see that the program ends when it is told to.',
      },
    ],
  }
}
