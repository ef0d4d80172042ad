import {
  adviceOn,
  appendKey,
  arePeers,
  besides,
  type Check,
  type Compose,
  canProbe,
  closedTo,
  connectProbe,
  defineTransform,
  documentOf,
  type Evidence,
  endingOf,
  type Finding,
  type Fix,
  flowList,
  type Image,
  isProven,
  lacksItsProbe,
  type Project,
  passesOnlyWith,
  portInWords,
  reactsToHealth,
  type Service,
  type ServiceInStacks,
  servicesOf,
  servingOf,
  settingsMount,
  sharersOf,
  useOfService,
  withConditions,
  wordsOfCommand,
} from '../src/sdk.js'

export default defineTransform<Compose>({
  id: 'service-healthchecks',
  title: 'Say when services are ready, and wait for it',
  severity: 'medium',
  references: ['CIS-DI-5.27', 'KICS: Healthcheck Not Set', 'CIS-DI-4.6'],
  on: 'compose',
  doc: `
\`depends_on\` in its short form waits until a container is started, not until the program in it is ready: a web server
meets a database that is still making its files, fails, and is started again until it happens to work. A service that has
a health check can be waited for.

Services from well-known images get the check that fits them: with a program the image brings, at 127.0.0.1, without a
password, and such that neither the temporary server of a first start nor a refusal is taken for health. A web service
whose Dockerfile is in the repository gets one with its own interpreter where its port is proven; where one image runs in
several roles, only the service that serves gets it. Then \`depends_on\` is turned into its long form: \`service_healthy\`
for what has a check, \`service_completed_successfully\` for jobs that end, \`service_started\` for the rest.

Keeps quiet about images it does not know, about services that run something else than the image's own program, about
jobs, and where the check exists already: in another file that is read together with this one, or in the image. A check
that is disabled stays disabled. Members of one cluster are not made to wait for each other: many are ready only once they
are several.

Reports without a fix, and says why, when options or variables leave open where a known service listens, when others take
over what a service says, and when a list in another file would undo the waiting.

## Safety

A check by itself changes nothing but what is shown, so those of measured services are safe; it wants a look where
something reacts to them, such as Swarm, Traefik or autoheal, or where a file that is mounted into the service may move it
to another port. Waiting always wants a look: if a check never passes, what waits for it is never started.
`,
  *run(document, project) {
    // The first format of Compose, with services at the top, knows neither checks nor conditions.
    if (!document.root?.entries.some(({ key }) => key === 'services')) return
    const services = servicesOf(document, project).filter(isWhole)
    for (const service of services) {
      const unchecked = checkFinding(document, service, project)
      if (unchecked && !isLeftToParent(service, project)) yield unchecked
      const hasty = waitFinding(document, service, services, project)
      if (hasty) yield hasty
    }
  },
})

/** A fragment that only makes sense on top of another file is left to that file. */
function isWhole({ own }: ServiceInStacks): boolean {
  return Boolean(own.image ?? own.build ?? own.extends)
}

/** Whether the service that this one extends can have the check: one is enough for both. */
function isLeftToParent({ own, parent }: ServiceInStacks, project: Project): boolean {
  // What Compose files of any other name hold is read for them, and never mended.
  const document = parent && documentOf(parent.document.file) === parent.document ? parent.document : undefined
  if (!document || (document.file.path === own.keyAt.path && parent!.name === own.name)) return false
  const service = servicesOf(document, project).find((each) => each.own.name === parent!.name)
  return service !== undefined && checkFinding(document, service, project)?.fixes !== undefined
}

/** The check that a service could have, and how sure it is. */
interface Proposal {
  readonly check: Check
  readonly asks: string
  readonly evidence: readonly Evidence[]
  /** What is mounted into it and may move it to another port. */
  readonly mount?: string
  readonly isSure: boolean
}

function checkFinding(document: Compose, found: ServiceInStacks, project: Project): Finding | undefined {
  const { own, joined } = found
  const variants = joined.length > 0 ? joined.map(({ service }) => service) : [own]
  if (variants.some((service) => isChecked(service, found, project) || isDeclined(service))) return undefined
  if (variants.some((service) => endingOf(service, found.known))) return undefined
  const proposals = variants.map((service) => proposalFor(service, found, project))
  const [first] = proposals
  if (!first || proposals.includes(undefined)) return undefined
  const finding = {
    at: own.keyAt,
    subject: `service:${own.name}`,
    message: `Nothing tells whether ${own.name} is ready`,
  }
  const refused = proposals.find((each) => each !== undefined && 'why' in each)
  if (refused && 'why' in refused) return { ...finding, evidence: refused.why }
  const same = proposals.every(
    (each) => each && 'check' in each && 'check' in first && sameCheck(each.check, first.check),
  )
  const { check, asks, evidence, isSure } = first as Proposal
  const heir = found.heirs.find((each) => !sharesCheck(each, check, found, project))
  const closed = !same
    ? 'other files that are read with this one run it in another way'
    : heir
      ? `${heir.name} extends it, and would be asked the same way`
      : closedTo(document, own)
  if (closed)
    return { ...finding, evidence: [...evidence, { note: `Nothing can be written: ${closed}`, at: own.keyAt }] }
  const reactions = variants.flatMap(reactsToHealth)
  const mount = proposals.map((each) => (each && 'check' in each ? each.mount : undefined)).find(Boolean)
  const notes = [
    ...reactions.map(({ note }) => `${note}.`),
    ...(mount ? [`${mount} may change where it listens.`] : []),
    ...(isOldFormat(document) ? [OLD_FORMAT] : []),
  ]
  const isSafe = isSure && notes.length === 0
  const fix: Fix = {
    title: `Ask ${own.name} with ${asks}`,
    applicability: isSafe ? 'safe' : 'review',
    edits: [appendKey(document, own, linesOf(check))],
    ...(!isSafe && { caveat: notes.join(' ') || 'Start it, and see it turn healthy, before anything waits for it.' }),
  }
  return { ...finding, evidence: [...evidence, ...reactions], fixes: [fix] }
}

function sameCheck(a: Check, b: Check): boolean {
  return a.test.join('\0') === b.test.join('\0')
}

/** Whether a service that takes over what this one says is right to take over its check, or has its own. */
function sharesCheck(heir: Service, check: Check, found: ServiceInStacks, project: Project): boolean {
  if (heir.healthcheck) return true
  if (endingOf(heir, found.known)) return false
  const proposal = proposalFor(heir, found, project)
  return proposal !== undefined && 'check' in proposal && sameCheck(proposal.check, check)
}

/** Whether the service, or the image it runs, says how to ask it. */
function isChecked(service: Service, found: ServiceInStacks, project: Project): boolean {
  if (service.healthcheck) return !service.healthcheck.disabled
  const built = useOfService(service, project)
  if (built) return isImageChecked(built.use.image)
  return adviceFor(service, found)?.kind === 'shipped'
}

function isImageChecked(image: Image): boolean {
  const check = image.instructions.findLast(({ keyword }) => keyword === 'HEALTHCHECK')
  return check !== undefined && check.words[0]?.value.toUpperCase() !== 'NONE' && !lacksItsProbe(image, check)
}

function isDeclined({ healthcheck }: Service): boolean {
  return healthcheck?.disabled === true
}

function adviceFor(service: Service, { known, variables }: ServiceInStacks) {
  const { image, build, command, entrypoint, mounts } = service
  if (!image || build || entrypoint) return undefined
  const name = known(image.value)
  if (/\$/.test(name)) return undefined
  const targets = mounts.map(({ target }) => target)
  return adviceOn(name, wordsOfCommand(command?.value, known), variables(service), targets)
}

/** The check for a service, why there can be none although it should have one, or nothing to say. */
function proposalFor(
  service: Service,
  found: ServiceInStacks,
  project: Project,
): Proposal | { readonly why: readonly Evidence[] } | undefined {
  const advice = adviceFor(service, found)
  if (advice) {
    const at = service.image!.at
    if (advice.kind === 'none') return { why: [{ note: `It is ${advice.name}, but ${advice.why}`, at }] }
    if (advice.kind === 'shipped') return undefined
    const lacksRights = advice.asks === 'rabbitmq-diagnostics' && service.capDrop.length > 0 && !service.user
    if (lacksRights)
      return {
        why: [{ note: 'It may not read the cookie that rabbitmq-diagnostics needs', at: service.capDrop[0]!.at }],
      }
    const mount = advice.settings === 'none' ? undefined : settingsMount(service)
    if (mount && advice.settings === 'decide')
      return { why: [{ note: `It is ${advice.name}, whose port the mounted settings decide`, at: mount.at }] }
    const evidence = [{ note: `It is ${advice.name}, whose image brings ${advice.asks}`, at }]
    return { ...advice, evidence, mount: mount?.what, isSure: advice.confidence === 'measured' }
  }
  const built = useOfService(service, project)
  const serving = built && servingOf(built.use.image, built.start, built.surroundings)
  if (!serving || !isProven(serving) || !canProbe(serving.prober, serving.port)) return undefined
  const check: Check = {
    test: ['CMD', ...connectProbe(serving)],
    interval: '30s',
    timeout: '5s',
    retries: 3,
    startPeriod: serving.startsSlowly ? '60s' : '30s',
  }
  const asks = serving.prober.by === 'python' ? 'Python' : serving.prober.by === 'node' ? 'Node' : serving.prober.by
  return { check, asks: `${asks} on ${portInWords(serving.port)}`, evidence: serving.evidence, isSure: false }
}

function linesOf({ test, interval, timeout, retries, startPeriod }: Check): readonly string[] {
  const words = test.map((word) => word.replaceAll('$', '$$$$'))
  return [
    'healthcheck:',
    `\ttest: ${flowList(words)}`,
    `\tinterval: ${interval}`,
    `\ttimeout: ${timeout}`,
    `\tretries: ${retries}`,
    ...(startPeriod ? [`\tstart_period: ${startPeriod}`] : []),
  ]
}

const OLD_FORMAT = 'Its version 2.0 is older than health checks; Compose of today does not mind.'

function isOldFormat({ version }: Compose): boolean {
  return version !== undefined && /^(1|2|2\.0)$/.test(version.value)
}

/**
 * A service that is started before what it depends on is ready, although that could be waited for. Of those that share
 * their list by an anchor, the first speaks for all.
 */
function waitFinding(
  document: Compose,
  found: ServiceInStacks,
  all: readonly ServiceInStacks[],
  project: Project,
): Finding | undefined {
  const { own } = found
  const sharers = sharersOf(document, own)
  const group = all.filter((each) => sharers.includes(each.own))
  if (own.dependsOn.length === 0 || group[0] !== found) return undefined
  const { conditions, ready, evidence } = waitsOf(found, project)
  if (ready.length === 0) return undefined
  const others = group.length === 2 ? ' and 1 other' : group.length > 2 ? ` and ${group.length - 1} others` : ''
  const who = own.name + others
  const what = ready.length > 1 ? `${ready.slice(0, -1).join(', ')} and ${ready.at(-1)} are` : `${ready[0]} is`
  const finding = {
    at: own.dependsOn.find(({ service }) => ready.includes(service))!.at,
    subject: `wait:${own.name}`,
    message: `${who} ${others ? 'do' : 'does'} not wait until ${what} ready`,
  }
  const refuse = ({ note, at }: Evidence): Finding => ({
    ...finding,
    evidence: [...evidence, { note, at: at ?? own.keyAt }],
  })
  const objection = group.map((each) => objectionTo(document, each)).find(Boolean)
  if (objection) return refuse(objection)
  const differing = group.find((each) => !sameConditions(waitsOf(each, project).conditions, conditions))
  if (differing)
    return refuse({ note: `Nothing can be written: ${differing.own.name} shares its list, and would wait differently` })
  const edits = withConditions(document, own, conditions)
  if ('problem' in edits) return refuse({ note: `Nothing can be written: ${edits.problem}` })
  const wanted = new Set(ready.map((name) => conditions.get(name)!))
  const fix: Fix = {
    title: `Start ${who} once ${what} ready`,
    applicability: 'review',
    edits,
    caveat: cautionsOf(document, `${who} ${others ? 'are' : 'is'}`, wanted).join(' '),
  }
  return { ...finding, evidence, fixes: [fix] }
}

/** What a service could wait for: conditions of all it depends on, and the names of those that change. */
function waitsOf(found: ServiceInStacks, project: Project) {
  const conditions = new Map<string, string>()
  const ready: string[] = []
  const evidence: Evidence[] = []
  for (const { service, condition, at } of found.own.dependsOn) {
    const others = besides(found, service, project)
    const wanted = condition === 'service_started' ? conditionFor(others, found, project) : condition
    conditions.set(service, wanted)
    if (wanted === condition) continue
    ready.push(service)
    evidence.push({
      note: wanted === 'service_healthy' ? `${service} has a health check` : `${service} is a job that ends`,
      at: others[0]?.healthcheck?.at ?? at,
    })
  }
  return { conditions, ready, evidence }
}

function sameConditions(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, condition]) => b.get(name) === condition)
}

/** Why a service must keep the short form. */
function objectionTo(document: Compose, { joined }: ServiceInStacks): Evidence | undefined {
  const { path } = document.file
  const swarm = joined.find(({ service }) => reactsToHealth(service).some(({ note }) => /Swarm/.test(note)))
  if (swarm || /(^|\/)[^/]*stack[^/]*$/i.test(path)) return { note: 'Swarm knows only the short form of depends_on' }
  const [undoing] = joined.flatMap(({ stack, service }) =>
    stack.files.at(-1) === path ? [] : service.dependsOn.filter(({ at }) => at.path !== path && isShort(at, service)),
  )
  return (
    undoing && { note: `${undoing.at.path} names it in the short form, which would undo the waiting`, at: undoing.at }
  )
}

/** What may go wrong once a service waits. Compose 1.27 was the first to know one format only. */
function cautionsOf({ version }: Compose, who: string, conditions: ReadonlySet<string>): readonly string[] {
  const isRefused = version !== undefined && /^(2|2\.0|3(\..*)?)$/.test(version.value)
  return [
    ...(conditions.has('service_healthy') ? [`If a check never passes, ${who} never started.`] : []),
    ...(conditions.has('service_completed_successfully') ? [`If a job fails, ${who} never started.`] : []),
    ...(isRefused ? [`Compose before 1.27 refuses conditions in a file of version ${version.value[0]}.`] : []),
  ]
}

function isShort(at: { start: number; end: number }, { dependsOn }: Service): boolean {
  return dependsOn.some((dependency) => dependency.at === at && dependency.condition === 'service_started')
}

/** What can be waited for: health, the end of a job, or only the start. */
function conditionFor(others: readonly Service[], found: ServiceInStacks, project: Project): string {
  if (others.length === 0) return 'service_started'
  const service = found.joined[0]?.service ?? found.own
  const mayWait = others.every(
    (other) => !arePeers(service, other, found.known) && !needs(other, service, found, project),
  )
  if (mayWait && others.every((other) => isChecked(other, found, project))) return 'service_healthy'
  return others.every((other) => isJob(other, found)) ? 'service_completed_successfully' : 'service_started'
}

/** Whether a service has a check that cannot pass as long as the other one waits for it. */
function needs({ healthcheck }: Service, waiting: Service, { known }: ServiceInStacks, project: Project): boolean {
  if (!healthcheck) return false
  const { path, start, end } = healthcheck.at
  return passesOnlyWith(waiting, project.read(path)?.text.slice(start, end) ?? '', known)
}

/** Of what only says that it ends, the image must not be known for a server. */
function isJob(service: Service, found: ServiceInStacks): boolean {
  const ending = endingOf(service, found.known)
  return ending === 'proven' || (ending === 'said' && !adviceFor(service, found))
}
