import {
  at,
  type BaseReference,
  baseReferences,
  builtHere,
  changeOf,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Fix,
  type ImageFact,
  imageAnswer,
  isDistribution,
  isJustAName,
  isKnownImage,
  keepsData,
  otherUseOf,
  overriddenBy,
  type PieceChange,
  type Precision,
  type Project,
  precisionOf,
  replace,
  type TextEdit,
  updaterOf,
  withTag,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'pinned-base-image',
  title: 'Name the full version of base images',
  severity: 'medium',
  references: [
    'DL3006',
    'DL3007',
    'DS-0001',
    'CKV_DOCKER_7',
    'KICS: Image Version Not Explicit',
    'KICS: Image Version Using Latest',
  ],
  on: 'dockerfile',
  doc: `
\`FROM python\`, \`FROM node:lts\` and \`FROM python:3.12-slim\` mean another image after each release: the same file builds
today and fails tomorrow, and nobody can tell which version runs where. In August 2025 \`python:3.12-slim\` moved from one
Debian release to the next.

With \`--online\` the registry is asked what the tag means today. The image says its own version; of the tags that spell
it out, one is written down only if the registry gives the same digest for it: the image stays the same, byte by byte.
The release of the system below becomes part of it where the registry has such a tag. Every place that names the image,
\`COPY --from\` and \`RUN --mount=from=\` included, is pinned at once. Where an \`ARG\` holds the version, its default changes
and \`--build-arg\` keeps working. An alternative adds the digest.

Without \`--online\` nothing is asked, and what is found has no fix. If the registry does not answer, the copy in the engine
of this machine is looked at. Names and passwords come from Docker's own configuration, and from nowhere else.

Keeps quiet about digests, full versions, and releases of distributions (\`debian:bookworm-slim\`, \`ubuntu:24.04\`,
\`alpine:3.20\`), whose rebuilds are security updates; about the major version of a database; about images that this
repository builds itself; and about names that only the build knows, or puts together from several variables.

Reports without a fix a database without a version, a tag that only private credentials could resolve, an \`ARG\` that is used
for something else as well, and what the registry has no better name for.

## Safety

A matter of review. What is built today does not change. What is built next month does not either: security fixes come when
somebody raises the version, so have Renovate or Dependabot do it. A digest is never read by a person; without an updater
it is not proposed as the first choice.
`,
  *run(document, project) {
    for (const image of baseReferences(document)) {
      const finding = findingOf(document, image, project)
      if (finding) yield finding
    }
  },
})

/** Whether whoever builds it names the image: variables stand for its owner, or for part of its name. */
function isPutTogether({ reference, places, written }: BaseReference): boolean {
  const tagStart = written.length - (reference.tag?.length ?? 0)
  return places.some(({ pieces = [] }) => {
    let start = 0
    const inName = pieces.filter(({ value, variable }, i) => {
      const isInName = variable !== undefined && start < tagStart && (i > 0 || reference.registry === 'docker.io')
      start += value.length
      return isInName
    })
    return pieces.length === 0 || (pieces.length > 1 && inName.length > 0)
  })
}

const SAYS: Readonly<Record<Exclude<Precision, 'exact' | 'unknown'>, string>> = {
  moving: 'names no version, so that a build takes whatever is newest',
  major: 'leaves all but the first number of its version open',
  minor: 'leaves the last number of its version open',
}

function findingOf(document: Dockerfile, image: BaseReference, project: Project): Finding | undefined {
  const { written, reference, places } = image
  const precision = precisionOf(reference)
  if (reference.digest || precision === 'exact' || precision === 'unknown') return undefined
  if (keepsData(reference) && precision !== 'moving') return undefined
  if (isJustAName(reference) || isPutTogether(image) || builtHere(project, written)) return undefined
  const finding = {
    at: at(document, places[0]!.at),
    subject: `image:${written}`,
    message: `${written} ${SAYS[precision]}`,
  }
  if (keepsData(reference)) return { ...finding, evidence: [{ note: DATA, at: finding.at }] }
  const answer = imageAnswer(project, reference)
  if (!isKnownImage(answer)) return { ...finding, evidence: [{ note: answer?.problem ?? NOT_ASKED }] }
  return { ...finding, ...pinned(document, image, answer, project) }
}

const DATA =
  'A newer release may not read the data that an older one has written: only who runs it knows which one that is'
const NOT_ASKED = 'What it means today is not known: nobody was asked, and --online asks its registry'

/** The fixes that the registry's answer allows, and what was seen. */
function pinned(
  document: Dockerfile,
  image: BaseReference,
  fact: ImageFact,
  project: Project,
): Pick<Finding, 'evidence' | 'fixes'> {
  const spelled = fact.tags.map((tag) => editsTo(document, image, tag, project))
  const edits = spelled.filter((each) => each.edits.length > 0)
  const [best] = edits
  const updater = updaterOf(project)
  const digest = digestFix(document, image, best?.tag ?? image.reference.tag ?? 'latest', fact, project)
  const evidence: Evidence[] = [{ note: seen(image, fact, best?.tag) }]
  if (!best) evidence.push(...(spelled.findLast(({ obstacle }) => obstacle)?.obstacle ?? [{ note: NO_BETTER_NAME }]))
  const fixes: Fix[] = []
  if (best)
    fixes.push({
      title: `Name the version that it is today, ${withTag(image.written, best.tag)}`,
      applicability: 'review',
      edits: best.edits,
      caveat: isDistribution(image.reference) ? LATER_RELEASES : LATER_FIXES,
    })
  if (digest)
    fixes.push({
      title: `Add the digest that it has today, ${shortened(fact.digest)}`,
      applicability: best || updater ? 'review' : 'hint',
      edits: digest,
      caveat: updater
        ? `The base stays as it is until ${updater} has the digest raised.`
        : 'Nothing in this project raises digests: without an updater the base gets no fixes any more.',
    })
  return { evidence, ...(fixes.length > 0 && { fixes }) }
}

const LATER_FIXES = 'Later fixes of the base image no longer come by themselves: something has to raise the version.'
const LATER_RELEASES = 'Its rebuilds still come by themselves, a later release no longer does.'
const NO_BETTER_NAME = 'No tag that says more was seen to be the same image'

function seen({ written }: BaseReference, { digest, by }: ImageFact, tag: string | undefined): string {
  const same = tag ? `, and so is ${withTag(written, tag)}` : ''
  return by === 'registry'
    ? `The registry says that it is ${shortened(digest)} today${same}`
    : `The engine of this machine has it as ${shortened(digest)}${same}; the registry may be further on`
}

function shortened(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}

interface Spelled {
  readonly tag: string
  readonly edits: readonly TextEdit[]
  readonly obstacle?: readonly Evidence[]
}

/** The edits that write a tag at every place of an image, or why they cannot be made. */
function editsTo(document: Dockerfile, image: BaseReference, tag: string, project: Project): Spelled {
  const target = withTag(image.written, tag)
  const edits = new Map<number, TextEdit>()
  for (const { pieces, at: place } of image.places) {
    const change = changeOf(image.written, target, pieces ?? [])
    if (!change) return { tag, edits: [], obstacle: [{ note: HIDDEN, at: at(document, place) }] }
    if (change.piece.variable) {
      // A variable for a version gets a version, and nothing that names the system.
      if (/^[\d.]+$/.test(change.piece.value) && !/^[\d._]+$/.test(change.text)) return { tag, edits: [] }
      const obstacle = objectionTo(document, image, change, project)
      if (obstacle) return { tag, edits: [], obstacle: [obstacle] }
    }
    edits.set(change.edit.start, replace(document, change.edit, change.text))
  }
  return { tag, edits: [...edits.values()] }
}

const HIDDEN = 'The version is put together there from several variables'

/** Why the default of an ARG cannot change: somebody else reads it, or another image would be one that nobody has seen. */
function objectionTo(
  document: Dockerfile,
  image: BaseReference,
  { piece, edit, text }: PieceChange,
  project: Project,
): Evidence | undefined {
  const variable = piece.variable!
  const use = otherUseOf(document, variable)
  if (use)
    return { note: `${variable} is used there as well, and may have to stay as short as it is`, at: at(document, use) }
  const value =
    piece.value.slice(0, edit.start - piece.range.start) + text + piece.value.slice(edit.end - piece.range.start)
  for (const other of baseReferences(document)) {
    if (other === image) continue
    for (const { pieces, at: place } of other.places) {
      if (!pieces?.some((each) => each.variable === variable)) continue
      const now = pieces.map((each) => (each.variable === variable ? value : each.value)).join('')
      const answer = imageAnswer(project, other.reference)
      const isProved = isKnownImage(answer) && answer.tags.some((tag) => withTag(other.written, tag) === now)
      if (!isProved)
        return {
          note: `${variable} would make this ${now}, and nothing says that it is the same image`,
          at: at(document, place),
        }
    }
  }
  return undefined
}

/** Adds the digest. With a tag that somebody may set from outside it would be a lie: builders ignore the tag beside it. */
function digestFix(
  document: Dockerfile,
  image: BaseReference,
  tag: string,
  { digest }: ImageFact,
  project: Project,
): readonly TextEdit[] | undefined {
  const target = `${withTag(image.written, tag)}@${digest}`
  const edits = new Map<number, TextEdit>()
  for (const { pieces } of image.places) {
    const [only, ...more] = pieces ?? []
    if (!only || more.length > 0) return undefined
    if (only.variable && (overriddenBy(project, document, only.variable) || otherUseOf(document, only.variable)))
      return undefined
    const change = changeOf(image.written, target, [only])!
    edits.set(change.edit.start, replace(document, change.edit, change.text))
  }
  return [...edits.values()]
}
