import {
  appendKey,
  type Compose,
  closedTo,
  defineTransform,
  type Evidence,
  type Finding,
  type Fix,
  fileInImage,
  firstProcess,
  listensForStop,
  type Project,
  type Service,
  type ServiceInStacks,
  servicesOf,
  useOfService,
  wordsAsSplit,
} from '../src/sdk.js'

export default defineTransform<Compose>({
  id: 'init-process',
  title: 'Run Node below an init that passes signals on',
  severity: 'low',
  references: [],
  on: 'compose',
  doc: `
The kernel spares process 1 every signal it does not listen to, and node listens to none by itself: as the first process of
a container it goes on for ten seconds after \`docker stop\` or Ctrl-C, until it is killed (exit code 137). It also leaves
processes that have lost their parent in the process table. With \`init: true\` the engine puts a tiny init in front, and
node ends at once (143).

Speaks of services whose process 1 is \`node\`, by Compose's own command or by the Dockerfile that they build, entrypoint
scripts that end in \`exec "$@"\` included.

Keeps quiet where the code listens for SIGTERM, where tini, dumb-init, pm2-runtime or anything else is process 1, where
\`init\` is set either way, and where the service shares the processes of others (\`pid\`). Also about npm, yarn and pnpm as
process 1: they end at once by themselves, and with an init in front still do not let node finish its work.

## Safety

Always a matter of review: a program without a handler ends within a moment instead of after ten seconds. The engine needs
its init: Docker brings it, Podman wants the package catatonit.
`,
  *run(document, project) {
    // The first format of Compose, with services at the top, does not know the key.
    if (!document.root?.entries.some(({ key }) => key === 'services')) return
    for (const service of servicesOf(document, project)) {
      const finding = findingOf(document, service, project)
      if (finding) yield finding
    }
  },
})

function findingOf(document: Compose, found: ServiceInStacks, project: Project): Finding | undefined {
  const { own, joined, heirs } = found
  if (!(own.image ?? own.build)) return undefined
  const variants = joined.length > 0 ? joined.map(({ service }) => service) : [own]
  const nodes = variants.map((service) => nodeOf(service, found, project))
  const [first] = nodes
  if (!first || nodes.includes(undefined)) return undefined
  const finding = {
    at: own.keyAt,
    subject: `service:${own.name}`,
    message: `node is process 1 of ${own.name}, which the signal to stop does not reach`,
    evidence: [first],
  }
  const stranger = heirs.find((heir) => !heir.init && !nodeOf(heir, found, project))
  const closed = stranger ? `${stranger.name} extends it, and may be no node` : closedTo(document, own)
  if (closed) return { ...finding, evidence: [first, { note: `Nothing can be written: ${closed}`, at: own.keyAt }] }
  const fix: Fix = {
    title: `Run ${own.name} with an init in front`,
    applicability: 'review',
    edits: [appendKey(document, own, ['init: true'])],
    caveat: `Node then ends at once when it is stopped, in the middle of what it answers.${formatNote(document)}`,
  }
  return { ...finding, fixes: [fix] }
}

/** Compose before 1.27 knew the key only in newer formats. */
function formatNote({ version }: Compose): string {
  const isOld = version !== undefined && /^(2(\.[01])?|3(\.[0-6])?)$/.test(version.value)
  return isOld ? ` Compose before 1.27 refuses the key in a file of version ${version.value}.` : ''
}

/** Why a service is thought to have node as process 1 with nothing in front, and nothing in it that listens. */
function nodeOf(service: Service, found: ServiceInStacks, project: Project): Evidence | undefined {
  if (service.init || service.pid || service.replaces.length > 0) return undefined
  const { entrypoint, command, image, build } = service
  const words = command && wordsAsSplit(command.value, found.known)
  const front = entrypoint && wordsAsSplit(entrypoint.value, found.known)
  if (entrypoint && front!.length === 0) return undefined
  if (build) {
    const use = useOfService(service, project)?.use
    if (!use || use.contexts.some((folder) => listensForStop(folder, project))) return undefined
    const isPlain = PLAIN_BASES.test(use.image.base ? (use.image.reference ?? '') : '')
    const own = front
      ? [...front, ...(words ?? [])]
      : firstProcess(use.image, words, (path) => fileInImage(use, path, project)?.text)
    if (!isNode(own) || (!isPlain && !front)) return undefined
    return { note: `Its first process is ${own!.join(' ')}`, at: (entrypoint ?? command ?? build).at }
  }
  const started = front ? [...front, ...(words ?? [])] : words
  if (!image || !isNode(started) || !/^(docker\.io\/(library\/)?)?node(:|@|$)/.test(found.known(image.value)))
    return undefined
  const folder = service.keyAt.path.includes('/') ? service.keyAt.path.replace(/\/[^/]*$/, '') : '.'
  if (listensForStop(folder, project)) return undefined
  return { note: `Its first process is ${started!.join(' ')}`, at: (entrypoint ?? command)!.at }
}

/** Bases whose own entrypoint, if they have one, gives its place to the command. */
const PLAIN_BASES = /^(docker\.io\/(library\/)?)?(node|debian|ubuntu|alpine|buildpack-deps)(:|@|$)/

function isNode(words: readonly string[] | undefined): boolean {
  return /^(\/usr(\/local)?\/bin\/)?node(js)?$/.test(words?.[0] ?? '') && words!.length > 1
}
