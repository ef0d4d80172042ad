import {
  at,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Fix,
  type Instruction,
  insert,
  isReadByShell,
  isStandIn,
  pairsOf,
  removeLines,
  type ShellCommand,
  secretIn,
  textOf,
  type Use,
  usesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'no-secrets-in-image',
  title: 'Keep secrets out of the image',
  severity: 'high',
  references: ['CIS-DI-4.10', 'DL3064', 'DS-0031', 'CIS-DI-0010', 'SecretsUsedInArgOrEnv', 'CWE-798'],
  on: 'dockerfile',
  doc: `
What \`ENV\` and \`ARG\` say stands in the image and in its history: whoever can pull it can read it, and so can every
program that runs in it. A secret belongs into the environment of the container, or into a mount that one \`RUN\` sees.

Variables are found by their names, as BuildKit does, and by values in the shape of a token, a private key or an address
with a password. No value is ever shown.

One case can be repaired: a variable that stands in for a secret which only run time knows, and that one \`RUN\` wants, such
as Django's \`collectstatic\`. It moves into that \`RUN\`, and is gone afterwards.

Keeps quiet about empty values, settings, places and fingerprints, about what frameworks send to every browser, about
arguments without a value or with one that only stands in, and about named variables of stages that nobody runs.

## Safety

Moving a variable is a matter of review: a container to which nobody gives it will not have it. For all else there is only
advice, since nobody but its owner can replace a secret: it has been seen, and has to be changed.
`,
  *run(document, project) {
    const uses = [...usesOf(document, project)]
    const run = new Set(uses.flatMap(({ image }) => image.instructions))
    for (const instruction of document.instructions) {
      if (instruction.keyword !== 'ENV' && instruction.keyword !== 'ARG') continue
      for (const [index, [name, raw = '']] of pairsOf(instruction).entries()) {
        const value = raw.replace(/^(["'])(.*)\1$/s, '$2')
        const kind = secretIn(name, value)
        if (!kind || (kind === 'named' && !run.has(instruction))) continue
        if (instruction.keyword === 'ARG' && (isStandIn(value) || value.startsWith('$'))) continue
        yield findingOf({ document, instruction, index, name, raw, value }, uses)
      }
    }
  },
})

interface Variable {
  readonly document: Dockerfile
  readonly instruction: Instruction
  readonly index: number
  readonly name: string
  /** As written behind the equals sign. */
  readonly raw: string
  readonly value: string
}

const ADVICE: Fix = {
  title:
    'Give it to the container when it starts, or to one RUN with --mount=type=secret, and replace it: it stays in the history',
  applicability: 'hint',
  edits: [],
}

function findingOf(variable: Variable, uses: readonly Use[]): Finding {
  const { document, instruction, index, name } = variable
  const old = instruction.keyword === 'ENV' && !instruction.words[0]!.value.includes('=')
  const word = instruction.words[old ? 0 : index]!
  const finding = {
    at: at(document, { start: word.start, end: word.start + name.length }),
    subject: `secret:${name}`,
    message: `${instruction.keyword} writes ${name} into the image, where everyone who has it can read it`,
  }
  if (variable.value.startsWith('$')) {
    const evidence: Evidence = { note: 'Its value comes from another variable of the build', at: at(document, word) }
    return { ...finding, evidence: [{ ...evidence, at: finding.at }], fixes: [ADVICE] }
  }
  const move = moved(variable, uses)
  return { ...finding, fixes: move ? [move, ADVICE] : [ADVICE] }
}

/** Programs that make files for production and refuse to start without the settings of production. */
const WANTS_SETTINGS = /\b(collectstatic|compilemessages|compress|assets:precompile|tailwind)\b/

/** Moves a stand-in into the one command that wants it. */
function moved({ document, instruction, name, raw, value }: Variable, uses: readonly Use[]): Fix | undefined {
  if (instruction.keyword !== 'ENV' || instruction.words.length !== 1 || !isStandIn(value)) return undefined
  if (!/^[\w.!@%+=-]+$|^"[\w .!@%+=-]*"$|^'[\w .!@%+=-]*'$/.test(raw) || !/^\w+$/.test(name)) return undefined
  const [use, another] = uses.filter(({ image }) => image.instructions.includes(instruction))
  if (!use || another || use.children.length > 0 || use.image.stage.index !== instruction.stage) return undefined
  if (lacksIt(use, name)) return undefined
  const behind = use.image.instructions.filter(({ index }) => index > instruction.index)
  const wanting = behind
    .filter(({ keyword, json }) => keyword === 'RUN' && !json)
    .flatMap((run) => commandsOf(document, run))
  const [command, more] = wanting.filter((one) => WANTS_SETTINGS.test(textOf(document, one)))
  if (!command?.plain || more || wanting.some((one) => one !== command && mayRead(one))) return undefined
  const text = document.file.text.slice(instruction.end)
  if (
    new RegExp(`\\b${name}\\b`).test(text) ||
    behind.some(({ keyword, json, hereDocuments }) => keyword === 'RUN' && (json || hereDocuments.length > 0))
  )
    return undefined
  return {
    title: 'Give it to this one RUN alone',
    applicability: 'review',
    edits: [removeLines(document, instruction), insert(document, command.start, `${name}=${raw} `)],
    caveat: `The container has to be given its own ${name} when it starts.`,
  }
}

function commandsOf(document: Dockerfile, run: Instruction): readonly ShellCommand[] {
  return isReadByShell(document, run) ? document.shell(run).commands : []
}

/** Whether somebody is known to run the image without giving it the variable. */
function lacksIt({ consumers }: Use, name: string): boolean {
  return consumers.some(({ service }) => service && !service.environment.some((variable) => variable.name === name))
}

/** Whether a command could look at the variable; those of the system do not. */
function mayRead({ name }: ShellCommand): boolean {
  return !/^(apt-get|apt|apk|chown|chmod|mkdir|rm|ln|mv|cp|useradd|groupadd|adduser|addgroup|usermod|cd|set|true|find|touch|install|sed)$/.test(
    name ?? '',
  )
}
