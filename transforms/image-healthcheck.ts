import {
  at,
  canProbe,
  connectProbe,
  type Dockerfile,
  defineTransform,
  type Finding,
  type Fix,
  type Image,
  type Instruction,
  insertLinesAbove,
  insertLinesBelow,
  isProven,
  type Project,
  portInWords,
  requestProbe,
  type Serving,
  servingOf,
  surroundingsOf,
  type TextEdit,
  type Use,
  usesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'image-healthcheck',
  title: 'Let the image tell whether its server answers',
  severity: 'low',
  references: ['CIS-DI-4.6', 'DS-0026', 'CKV_DOCKER_2', 'KICS: Healthcheck Instruction Missing', 'DL3057'],
  on: 'dockerfile',
  doc: `
A process can hang and stay a process: the engine sees it running and says that all is well. A \`HEALTHCHECK\` asks the
server itself, and others can wait until it answers.

The check uses what the server needs anyway, its own interpreter: slim images have no \`curl\`, and a check whose program
is missing fails for ever. It takes the port from the command that starts the server, from the variables of the image, or
from what the server does where nobody says anything; \`EXPOSE\` alone proves nothing. It connects to 127.0.0.1 and asks for
no path: a path may want a login, a host name or a database. An alternative asks for \`/\` and takes every answer below 500.

Keeps quiet about images that start no server known here, about those whose check exists already (in the file, below it, or
in every Compose service that runs it), about one image in several roles, where a check of the web server would call the
worker ill: that is for each service to say; about images that others are built on; and where only Fly, Kubernetes or
another platform runs the image, which ignores the instruction.

Reports without a fix, and says why, when a server is known but its port, or a program that could ask it, is not.

## Safety

Always a matter of review. The check runs as the image's own user, every 30 seconds, and starts the interpreter each time.
If it were wrong, the container would run on and be called unhealthy; whatever waits for it would wait in vain, and Swarm
would replace it.
`,
  *run(document, project) {
    for (const use of usesOf(document, project)) {
      const finding = findingOf(use, project)
      if (finding) yield finding
    }
  },
})

function findingOf(use: Use, project: Project): Finding | undefined {
  const { image } = use
  if (image.instructions.some(({ keyword }) => keyword === 'HEALTHCHECK')) return undefined
  if (use.children.length > 0 || !isRunByAnEngine(use) || isCheckedAlready(use)) return undefined
  const outcomes = use.starts.map((start) => servingOf(image, start, surroundingsOf(use, project)))
  const [first] = outcomes
  // A worker beside the web server, or servers on several ports: the check belongs to the services.
  if (!first || outcomes.some((other) => other?.server !== first.server)) return undefined
  const { document, stage } = image
  const finding = {
    at: at(document, headOf(image)),
    subject: `stage:${stage.name ?? stage.index}`,
    message: `Nothing asks ${first.server} whether it still answers`,
  }
  const unproven = outcomes.find((outcome) => !isProven(outcome))
  if (unproven && !isProven(unproven)) return { ...finding, evidence: unproven.objections }
  const servings = outcomes.filter(isProven)
  const serving = servings[0]!
  if (servings.some((other) => connectProbe(other).join('\0') !== connectProbe(serving).join('\0'))) return undefined
  if (!canProbe(serving.prober, serving.port))
    return { ...finding, evidence: [{ note: 'Only run time knows the port', at: serving.at }] }
  return { ...finding, evidence: serving.evidence, fixes: fixesFor(image, serving) }
}

/** Whether Docker or Compose runs it: others do not look at the instruction. */
function isRunByAnEngine({ consumers, kubernetes, image }: Use): boolean {
  if (consumers.some(({ by }) => by === 'compose')) return true
  if (consumers.some(({ by }) => /^(github-action|fly|render|heroku|hugging-face|devcontainer)$/.test(by))) return false
  if (kubernetes.some(({ images, containerPorts }) => images.length + containerPorts.length > 0)) return false
  return !/lambda/.test(image.reference ?? '')
}

function isCheckedAlready({ consumers }: Use): boolean {
  const services = consumers.flatMap(({ service }) => service ?? [])
  return services.length > 0 && services.every(({ healthcheck }) => healthcheck)
}

/** The first line of what starts: of the command if there is one, else of the stage. */
function headOf({ document, stage }: Image): { start: number; end: number } {
  const { start, end } = trailing(stage.instructions)[0] ?? stage.from
  const line = document.file.text.slice(start, end).search(/[\r\n]/)
  return { start, end: line < 0 ? end : start + line }
}

/** The entrypoint and command at the end of a stage. */
function trailing(instructions: readonly Instruction[]): readonly Instruction[] {
  return instructions.filter(({ keyword }) => keyword === 'ENTRYPOINT' || keyword === 'CMD')
}

function fixesFor(image: Image, serving: Serving): readonly Fix[] {
  const port = portInWords(serving.port)
  const with_ = serving.prober.by === 'python' ? 'Python' : serving.prober.by === 'node' ? 'Node' : serving.prober.by
  const caveat = 'Build and start it, and see it turn healthy, before anything waits for it.'
  const connect: Fix = {
    title: `Check with ${with_} that ${port} takes a connection`,
    applicability: 'review',
    edits: [insertion(image, connectProbe(serving), serving)],
    caveat,
  }
  const request = requestProbe(serving)
  if (!request) return [connect]
  return [
    connect,
    {
      title: `Ask for / on ${port} with ${with_}, and take any answer below 500`,
      applicability: 'review',
      edits: [insertion(image, request, serving)],
      caveat: `${caveat} A server that answers / with an error would be called unhealthy.`,
    },
  ]
}

function insertion(image: Image, words: readonly string[], { startsSlowly }: Serving): TextEdit {
  const { document, stage } = image
  const options = `--interval=30s --timeout=5s --start-period=${startsSlowly ? 60 : 30}s --retries=3`
  const lines = `HEALTHCHECK ${options} ${document.escape}\n    CMD ${JSON.stringify(words).replaceAll('","', '", "')}`
  const [first] = trailing(stage.instructions)
  const last = stage.instructions.at(-1)!
  const isAtEnd = first && stage.instructions.slice(first.index - stage.from.index).every(isMetadata)
  return isAtEnd
    ? insertLinesAbove(document, startOfBlock(image, first), lines)
    : insertLinesBelow(document, last.end, lines)
}

function isMetadata({ keyword }: Instruction): boolean {
  return /^(ENTRYPOINT|CMD|EXPOSE|ENV|LABEL|STOPSIGNAL|VOLUME|USER)$/.test(keyword)
}

/** The comments right above an instruction speak about it and stay with it. */
function startOfBlock({ document }: Image, { start }: Instruction): number {
  const { text } = document.file
  let top = start
  for (const comment of [...document.comments].reverse()) {
    if (comment.end > top) continue
    const isRightAbove = /^[ \t]*\r?\n[ \t]*$/.test(text.slice(comment.end, top))
    const isAlone = /(^|\n)[ \t]*$/.test(text.slice(Math.max(0, comment.start - 200), comment.start))
    if (!isRightAbove || !isAlone) break
    top = comment.start
  }
  return top
}
