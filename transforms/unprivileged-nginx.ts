import {
  at,
  type Dockerfile,
  defineTransform,
  directivesOf,
  type Evidence,
  editsOfConfig,
  type Finding,
  type Fix,
  type Image,
  insertLinesBelow,
  isUnder,
  keepsLogs,
  listenedPorts,
  locate,
  type NginxSite,
  nginxSite,
  otherPortFix,
  type Project,
  rootNeedsOfConsumer,
  runsAsOrdinaryUser,
  type Use,
  usesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'unprivileged-nginx',
  title: 'Run nginx as its own user',
  severity: 'high',
  references: ['CIS-DI-4.1', 'DL3002', 'DS-0002', 'CKV_DOCKER_3', 'KICS: Missing User Instruction'],
  on: 'dockerfile',
  doc: `
The master of nginx starts as root to open its port, its pid file and its caches; only its workers step down. In a container
it need not: since Docker 20.10 every user of a container may open port 80, and the rest are files that can be handed over.

The pid file and the caches of the official image are given to its own account \`nginx\`, the directory of templates and of
logs too where they are written, and the stage ends as that account. Nothing else changes: the port, the configuration and
everybody who asks for it stay as they are. The alternative is \`nginxinc/nginx-unprivileged\`, with its port 8080 carried into
the configuration, \`EXPOSE\` and the ports of Compose services; it is offered only where all of them can be seen.

Reads what is copied and mounted below \`/etc/nginx\`: \`listen\`, \`pid\`, \`ssl_certificate_key\`, caches and logs.

Reports without a fix, and says why: keys of certificates, which as a rule only root may read; ports below 1024 on
Kubernetes, on other platforms and on the network of the host; caches, logs and pid files in other places; start scripts and
commands besides nginx; \`read_only\` and mounts over the places that are handed over; a configuration that is not in the
repository or cannot be read.

## Safety

Always a matter of review. nginx then warns that its directive \`user\` has no meaning, and no longer adds an IPv6 \`listen\` to
its default site. Engines before Docker 20.10 let only root open port 80.
`,
  *run(document, project) {
    if (!document.stages.some(({ image }) => image !== undefined && OFFICIAL.test(image))) return
    for (const use of usesOf(document, project)) {
      const finding = findingOf(use, project)
      if (finding) yield finding
    }
  },
})

/** The official image with the tags whose account is known to be 101: all that move, and those since 1.19. */
const OFFICIAL = /^(?:docker\.io\/(?:library\/)?|library\/)?nginx(?::([\w.-]+))?(?:@sha256:\w+)?$/

function findingOf(use: Use, project: Project): Finding | undefined {
  const { image, consumers } = use
  const { document, stage, user } = image
  const tag = OFFICIAL.exec(image.reference ?? '')
  if (!tag || user.root !== true || /^1\.(\d|1[0-8])(\D|$)/.test(tag[1] ?? '')) return undefined
  if (consumers.length > 0 && consumers.every(runsAsOrdinaryUser)) return undefined
  if (use.children.length > 0) return undefined
  const site = nginxSite(use, project)
  const finding = {
    at: at(document, user.setBy ?? stage.from),
    subject: `stage:${stage.name ?? stage.index}`,
    message: 'nginx starts as root, and only its workers step down',
  }
  const objections = [...objectionsTo(use, site)]
  if (objections.length > 0) return { ...finding, evidence: unique(objections) }
  const own = ownUserFix(image, site)
  const other = otherPortFix(use, site, project)
  return { ...finding, fixes: other ? [own, other] : [own] }
}

/** One line for each thing that was seen. */
function unique(evidence: readonly Evidence[]): readonly Evidence[] {
  return [...new Map(evidence.map((each) => [each.note, each])).values()]
}

/** Why nginx cannot be started as its own user. */
function* objectionsTo(use: Use, site: NginxSite): Iterable<Evidence> {
  const { image, consumers, starts, kubernetes } = use
  yield* site.unread
  yield* editsOfConfig(image)
  yield* errandsOf(use)
  for (const { commands, unreadable } of starts) {
    const others = commands.filter(({ words }) => !/^(\S*\/)?nginx$|^exec$/.test(words[0] ?? ''))
    const names = [...new Set(others.map(({ words }) => words[0]))]
    const more = names.length > 2 ? ` and ${names.length - 1} more` : names[1] ? ` and ${names[1]}` : ''
    if (others[0]) yield { note: `It starts ${names[0]}${more} besides nginx, which may need root`, at: others[0].at }
    for (const { words, at: place } of others.length > 0 ? [] : commands) {
      const option = words.find((word, i) => /^-[cpg]$/.test(word) && words[i + 1] !== 'daemon off;')
      if (option) yield { note: `nginx is given settings of its own by ${option}`, at: place }
    }
    for (const { script, at: place } of unreadable)
      yield { note: `It starts ${script}, which is not in the repository`, at: place }
  }
  const [key] = directivesOf(site, 'ssl_certificate_key')
  if (key) yield { note: 'It reads the key of a certificate, which as a rule only root may', at: key.at }
  yield* writesElsewhere(site)
  const low = isLow(site)
  if (low && kubernetes[0])
    yield {
      note: 'Kubernetes lets only root open a port below 1024',
      at: { path: kubernetes[0].path, start: 0, end: 0 },
    }
  for (const consumer of consumers) {
    yield* rootNeedsOfConsumer(consumer, [80])
    const { by, service, mounts } = consumer
    if (low && /^(fly|render|heroku|hugging-face|github-action)$/.test(by))
      yield { note: 'This platform may let only root open a port below 1024', at: consumer.at }
    if (service?.readOnly?.value)
      yield {
        note: 'It is read-only, and what is mounted over the directories belongs to root',
        at: service.readOnly.at,
      }
    const over = [
      ...mounts.filter(({ target }) => isHandedOver(target)),
      ...(service?.tmpfs ?? []).filter(({ value }) => isHandedOver(value.split(':')[0]!)),
    ]
    if (over[0]) yield { note: 'What is mounted over the directories of nginx belongs to root', at: over[0].at }
  }
}

/** Whether it opens a port that, by old custom, is root's. */
function isLow(site: NginxSite): boolean {
  return listenedPorts(site).some((port) => port === undefined || port < 1024)
}

/** What the entrypoint of the image is told to do beyond filling in templates: it would fail without a word. */
function* errandsOf({ image, consumers }: Use): Iterable<Evidence> {
  const script = image.copies.find(({ destination }) => destination && isUnder(destination, '/docker-entrypoint.d'))
  if (script) yield { note: 'A script of its own runs when it starts', at: locate(image, script.instruction) }
  const set = image.instructions.find(
    (env) => env.keyword === 'ENV' && env.words.some(({ value }) => ERRAND.test(value)),
  )
  if (set) yield { note: 'Its entrypoint is told to write elsewhere', at: locate(image, set) }
  for (const { service } of consumers) {
    const variable = service?.environment.find(({ name }) => ERRAND.test(name))
    if (variable) yield { note: 'Its entrypoint is told to write elsewhere', at: variable.at }
  }
}

const ERRAND = /^NGINX_(ENVSUBST_\w*OUTPUT_DIR|ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE)/

/** Whether a mount covers a place that is handed over, or lies in one. */
function isHandedOver(target: string): boolean {
  return ['/var/cache/nginx', '/var/run', '/run', '/var/log/nginx'].some(
    (path) => isUnder(target, path) || isUnder(path, target),
  )
}

/** Caches, logs and pid files in places that root made and that are not handed over. */
function* writesElsewhere(site: NginxSite): Iterable<Evidence> {
  for (const { name, args, at: place } of directivesOf(
    site,
    'access_log',
    'error_log',
    'pid',
    'proxy_cache_path',
    'fastcgi_cache_path',
    'uwsgi_cache_path',
    'proxy_temp_path',
    'client_body_temp_path',
    'fastcgi_temp_path',
    'uwsgi_temp_path',
    'scgi_temp_path',
  )) {
    const path = args[0]?.value ?? ''
    const isKnown =
      /^(off$|stderr$|syslog:|memory:|\/dev\/(null|stdout|stderr|shm)|\/tmp\/|\/var\/cache\/nginx(\/|$)|\/var\/log\/nginx\/|(logs|\/var\/log)$)/.test(
        path,
      )
    if (!isKnown && !(name === 'pid' && RUN_FILE.test(path)))
      yield { note: `It writes to ${path}, which belongs to root`, at: place }
  }
}

const RUN_FILE = /^(\/var)?\/run\/[\w.-]+$/

function ownUserFix(image: Image, site: NginxSite): Fix {
  const { document, stage } = image
  const pid = directivesOf(site, 'pid')[0]?.args[0]?.value ?? '/var/run/nginx.pid'
  const needsPid = RUN_FILE.test(pid)
  const logs = keepsLogs(site)
  const paths = [...(needsPid ? [pid] : []), '/var/cache/nginx', ...(site.templates ? ['/etc/nginx/conf.d'] : [])]
  const lines = [
    ...(needsPid ? [`touch ${pid}`] : []),
    `chown -R nginx:nginx ${paths.join(' ')}`,
    ...(logs ? ['chown nginx:nginx /var/log/nginx'] : []),
  ]
  const last = stage.instructions.findLast(({ keyword }) => !METADATA.test(keyword))!
  const text = `RUN ${lines.join(` ${document.escape}\n    && `)}\nUSER 101:101`
  return {
    title: 'Run nginx as its own user, on the same port',
    applicability: 'review',
    edits: [insertLinesBelow(document, last.end, text)],
    caveat: isLow(site)
      ? 'Build and start it. Engines before Docker 20.10, and the network of the host, let only root open port 80.'
      : 'Build and start it, and look at what it logs.',
  }
}

const METADATA = /^(ENTRYPOINT|CMD|EXPOSE|ENV|LABEL|STOPSIGNAL|VOLUME|HEALTHCHECK|ARG)$/
