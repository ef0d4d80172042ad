import {
  at,
  baseReferences,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Fix,
  type GoneName,
  goneName,
  type Image,
  type Instruction,
  imageAnswer,
  imageOf,
  isEditable,
  isKnownImage,
  type NamedPackage,
  type NamedRelease,
  optionOf,
  type PackageCommand,
  type Project,
  packageCommandsOf,
  parseReference,
  releaseUnder,
  renameInPlace,
  replace,
  tagOnRelease,
  withTag,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'current-package-names',
  title: 'Install packages under the names that the base has',
  severity: 'high',
  references: [],
  on: 'dockerfile',
  doc: `
When the official images moved from Debian bookworm to trixie, \`python:3.12-slim\` and many others changed their system under
the same tag. Packages that trixie renamed or dropped are no longer found, and builds that nobody had touched fail:
\`E: Package 'libgl1-mesa-glx' has no installation candidate\`.

Two ways out, for a person to choose from: the name that the package has there, or the tag of the release that still has
the old one, \`python:3.12-slim-bookworm\`. The name comes first where the package is the same under another name; the older
release comes first where only a later version is left, which prebuilt programs may not load.

The release is the one that the tag names. Where it names none, it is what the official image of that tag is built on today;
with \`--online\` the registry is asked. Names are those of Debian bookworm and trixie, and of Ubuntu jammy and noble.

Keeps quiet about packages that may come from elsewhere, because the file adds a source of packages or installs a
package from a file; about commands that run only sometimes, whose failure is expected, or that stand in a
here-document; and about full versions without a
release, since those may be older than the move.

Reports without a fix, and says why, what has no successor and is not in the older release either.

## Safety

A matter of review: the build fails as it stands, and somebody has to see that the program works with what is installed
instead. An older release of the system gets security fixes for a shorter time.
`,
  *run(document, project) {
    const bases = new Map<string, Lost[]>()
    for (const run of document.instructions) {
      const stage = document.stages[run.stage]
      if (run.keyword !== 'RUN' || !stage) continue
      const commands = packageCommandsOf(document, run).filter(isInstall)
      if (commands.length === 0) continue
      const image = imageOf(document, stage)
      const release = image.reference && releaseOf(image.reference, project)
      if (!image.reference || !release) continue
      const lost = commands.flatMap((command) => lostIn(document, command, image, release))
      if (lost.length > 0) bases.set(image.reference, [...(bases.get(image.reference) ?? []), ...lost])
    }
    for (const [base, lost] of bases) yield findingOf(document, base, lost, project)
  },
})

/** A package that is asked for under a name that the base does not have. */
interface Lost {
  readonly run: Instruction
  readonly named: NamedPackage
  readonly gone: GoneName
}

function isInstall({ manager, verb, inHereDocument }: PackageCommand): boolean {
  return verb === 'install' && (manager === 'apt-get' || manager === 'apt') && !inHereDocument
}

function releaseOf(base: string, project: Project): NamedRelease | undefined {
  const known = releaseUnder(base)
  if (!known || known.isNamed) return known?.release
  const answer = imageAnswer(project, parseReference(base))
  const told = isKnownImage(answer) ? answer.tags.map((tag) => releaseUnder(withTag(base, tag))) : []
  return told.find((each) => each?.isNamed)?.release ?? known.release
}

function lostIn(document: Dockerfile, command: PackageCommand, image: Image, release: NamedRelease): readonly Lost[] {
  const lost = command.packages.flatMap((named) => {
    const gone = named.kind === 'named' && named.word.value === named.name ? goneName(named.name, release) : undefined
    return gone ? [{ run: command.run, named, gone }] : []
  })
  if (lost.length === 0 || !isCertain(document, command) || hasOtherSources(document, image, command.run)) return []
  return lost
}

/** Whether it always runs, and the build fails if it does. */
function isCertain({ file }: Dockerfile, { command, run, ...rest }: PackageCommand): boolean {
  if (!command.plain || command.conditions.some((text) => /^!|\bif\b|\|\|/.test(text))) return false
  if (optionOf({ command, run, ...rest }, '-t', '--target-release', '--default-release', '-m', '--ignore-missing'))
    return false
  const next = file.text.slice(command.end, run.end).split(/&&|;/)[0]!
  return !next.includes('||')
}

const OTHER_SOURCE =
  /\/etc\/apt\/|sources\.list|\.sources\b|(?:add-apt|apt-add)-repository|extrepo|\bdeb \[|\bdeb(?:-src)? https?:|dpkg +(?:-i|--install)|\bsetup_\d+\.x\b|\bpackagecloud\b/

function hasOtherSources({ file }: Dockerfile, { instructions }: Image, until: Instruction): boolean {
  return instructions.some(
    ({ keyword, index, start, end }) =>
      index <= until.index && /^(RUN|COPY|ADD)$/.test(keyword) && OTHER_SOURCE.test(file.text.slice(start, end)),
  )
}

function findingOf(document: Dockerfile, base: string, lost: readonly Lost[], project: Project): Finding {
  const release = releaseOf(base, project)!
  const isNamed = releaseUnder(base)?.isNamed === true
  const names = [...new Set(lost.map(({ named }) => named.name))]
  const system = `${release === 'jammy' || release === 'noble' ? 'Ubuntu' : 'Debian'} ${release}`
  const image = baseReferences(document).find(({ written }) => written === base)
  const from = image?.places[0]
  const evidence: Evidence[] = [
    { note: `${base} is ${isNamed ? system : `built on ${system} today`}`, ...(from && { at: at(document, from.at) }) },
    ...names.map((name) => {
      const { named, gone } = lost.find((each) => each.named.name === name)!
      return { note: `${name} ${whatBecame(gone)}`, at: at(document, named.word) }
    }),
  ]
  const rename = renaming(document, lost)
  const stay = isNamed ? undefined : staying(document, base, names, lost)
  const isSame = lost.every(({ gone }) => gone.isSame && gone.now !== undefined)
  const fixes = (isSame ? [rename, stay] : [stay, rename]).flatMap((fix) => fix ?? [])
  return {
    at: at(document, lost[0]!.named.word),
    subject: `base:${base}`,
    message: `${system} has no package ${names.join(names.length > 2 ? ', ' : ' or ')}`,
    evidence,
    ...(fixes.length > 0 && { fixes }),
  }
}

function whatBecame({ now, isSame }: GoneName): string {
  if (now === undefined) return 'has no successor there'
  return isSame ? `is called ${now} there` : `has a later version there, ${now}`
}

function renaming(document: Dockerfile, lost: readonly Lost[]): Fix | undefined {
  const edits = lost.flatMap(({ run, named: { word, name }, gone }) =>
    gone.now !== undefined && word.text === name && isEditable(document, run)
      ? [replace(document, word, gone.now)]
      : [],
  )
  if (edits.length < lost.length) return undefined
  const names = [...new Set(edits.map(({ text }) => text))]
  const isSame = lost.every(({ gone }) => gone.isSame)
  return {
    title: `Install ${names.join(', ')} instead`,
    applicability: 'review',
    edits,
    caveat: isSame
      ? 'Build it, and see that the program finds what it needs.'
      : 'What was built with the older version has to be built anew; build it, and see that the program starts.',
  }
}

/** Stays on bookworm, if everything is there: what only trixie has would be missing then. */
function staying(document: Dockerfile, base: string, names: readonly string[], lost: readonly Lost[]): Fix | undefined {
  const tag = tagOnRelease(base, 'bookworm')
  const image = baseReferences(document).find(({ written }) => written === base)
  if (tag === undefined || !image || names.some((name) => goneName(name, 'bookworm') !== undefined)) return undefined
  const others = document.instructions
    .flatMap((run) => packageCommandsOf(document, run))
    .flatMap(({ packages }) => packages)
  if (others.some(({ name }) => ONLY_ON_TRIXIE.test(name))) return undefined
  const target = withTag(base, tag)
  const edits = renameInPlace(document, image, target)
  if (!edits) return undefined
  return {
    title: `Stay on ${target}, which still has ${lost.length === 1 ? 'it' : 'them'}`,
    applicability: 'review',
    edits,
    caveat: 'The older release gets security fixes for a shorter time than the current one.',
  }
}

const ONLY_ON_TRIXIE = /t64(?:$|-)|^openjdk-(?:21|25)-|^postgresql(?:-client)?-17$|^(?:lib)?python3\.13/
