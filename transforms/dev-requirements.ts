import {
  at,
  blocksOf,
  type DevPackage,
  defineTransform,
  devPackage,
  type Evidence,
  environmentsOf,
  type Finding,
  type Fix,
  type Install,
  importedModules,
  installsElsewhere,
  installsOf,
  moveBlocks,
  type NamingElement,
  needsOf,
  onlyIfFound,
  type Path,
  type Program,
  type Project,
  providersOf,
  type Requirement,
  type Requirements,
  requirementsGraph,
  runsOf,
  type Use,
  withoutBlocks,
} from '../src/sdk.js'

export default defineTransform<Requirements>({
  id: 'dev-requirements',
  title: 'Keep developers’ tools out of production',
  severity: 'medium',
  references: ['CIS-DI-4.3', 'CWE-489', 'CWE-1104'],
  on: 'requirements',
  doc: `
Test runners, formatters, profilers and debug toolbars that are installed in an image are code nobody meant to run there:
more to download, more to be told of by scanners, and now and then a page that shows what it should not.

Of a requirements file that an image installs, the lines of packages that only developers need move, as they are written,
to the file that developers use already, or to a new \`requirements-dev.txt\` that begins by including this one. A package is
never judged by its name alone. The program's own files are read: a package stays if one of them imports it, or names it in
its settings, unless that only runs where a test holds that the Dockerfile, Compose and the files they read prove to fail;
if a command of it is run in the image; or if the program imports something that only this package brings along.

Keeps quiet about files that no image of the repository installs, about files for developers, tests or documentation, and
about constraints. Reports without a fix, with the lines, what looks like a developer's tool and must stay, and what stands
in a file that another tool writes.

## Safety

An alternative where only lists of the settings and routes name the package: each such element is there only if the package
can be imported. It changes the program, so it is never done unasked.

Always a matter of review. Whoever installed the file to develop or to test needs the other one from now on; lines of
workflows and scripts that do so are named. A variable that switches a tool on in production would now find it missing.
`,
  *run(document, project) {
    const { path } = document.file
    const installs = isForDevelopers(path) ? [] : installsOf(path, project)
    const candidates = document.entries.flatMap((entry) => {
      const known = entry.kind === 'requirement' ? devPackage(entry.name) : undefined
      return known && entry.kind === 'requirement' ? [{ entry, known }] : []
    })
    if (installs.length === 0 || candidates.length === 0) return
    const program = programOf(installs, project)
    const judged = candidates.map((candidate) => judge(candidate, installs, program))
    const tool = toolOf(document)
    const staying = judged.filter(({ reasons }) => reasons.length > 0)
    for (const one of staying)
      yield stays(document, one, tool === undefined ? guarded(document, one, project) : undefined)
    const movable = judged.filter(({ reasons }) => reasons.length === 0)
    const { left, held } = withoutHidden(movable, document, program)
    for (const one of held) yield stays(document, one)
    if (left.length > 0) yield moves(document, left, tool, project)
  },
})

interface Candidate {
  readonly entry: Requirement
  readonly known: DevPackage
}

interface Judged extends Candidate {
  /** Why it must stay; none if it can go. */
  readonly reasons: readonly Evidence[]
  /** The elements of lists that are all the program needs it for. */
  readonly elements: readonly NamingElement[]
  /** Variables that would make the program need it, were they set. */
  readonly switchedBy: readonly string[]
}

const FOR_DEVELOPERS =
  /(^|[/._-])(dev|devel|develop|development|local|test|tests|testing|lint|docs?|ci|style|typing|qa|build|constraints?)([._-]|\.(txt|in)$|\/)/i

/** By its own name, or that of a folder right above it that says what it is for. */
function isForDevelopers(path: Path): boolean {
  return /(^|\/)(docs?|tests?)\//.test(path) || FOR_DEVELOPERS.test(path.split('/').slice(-2).join('/'))
}

/** What a tool writes must be changed where that tool reads. */
function toolOf({ compiled, hashed, file }: Requirements): string | undefined {
  if (compiled) return `${compiled.by} writes this file${compiled.from ? ` from ${compiled.from}` : ''}: move it there`
  if (hashed) return 'Its hashes are written by a tool: move it where that tool reads'
  return file.path.endsWith('.in') ? 'The file that is compiled from it has to be written anew' : undefined
}

function programOf(installs: readonly Install[], project: Project): Program {
  const uses = usesIn(installs)
  const contexts = new Set(uses.flatMap((use) => use.contexts))
  return { project, roots: contexts.size > 0 ? [...contexts] : ['.'], environments: environmentsOf(uses, project) }
}

function usesIn(installs: readonly Install[]): readonly Use[] {
  return [...new Set(installs.flatMap(({ uses }) => uses))]
}

function judge({ entry, known }: Candidate, installs: readonly Install[], program: Program): Judged {
  const commands = [entry.name, ...known.imports, ...(known.commands ?? [])]
  const runs = [...runsOf(commands, usesIn(installs), program.project)]
  const { needs, elements, switchedBy } = needsOf(known.imports, program)
  const reasons = [...needs, ...runs].slice(0, 5)
  return { entry, known, reasons, elements: runs.length > 0 ? [] : elements, switchedBy }
}

/** A tool may bring along what the program imports and nothing else here lists: taking it away would break the program. */
function withoutHidden(movable: readonly Judged[], document: Requirements, program: Program) {
  const going = new Set(movable.map(({ entry }) => entry.name))
  const together = [document, ...requirementsGraph(program.project).installedWith(document.file.path)]
  const staying = new Set(
    together
      .flatMap(({ entries }) => entries.flatMap((entry) => ('name' in entry && entry.name ? [entry.name] : [])))
      .filter((name) => !going.has(name)),
  )
  const imported = importedModules([...new Set(movable.flatMap(({ known }) => known.brings ?? []))], program)
  const held: Judged[] = []
  const left = movable.filter((one) => {
    const missing = (one.known.brings ?? []).filter(
      (module) => imported.has(module) && !providersOf(module).some((name) => staying.has(name)),
    )
    const reasons = missing.map((module) => ({
      note: `The program imports ${module}, which only ${one.entry.name} brings along`,
      at: imported.get(module),
    }))
    if (reasons.length > 0) held.push({ ...one, reasons })
    return reasons.length === 0
  })
  return { left, held }
}

function stays(document: Requirements, { entry, reasons }: Judged, guard?: Fix): Finding {
  const byHand: Fix = {
    title: `Take ${entry.name} out of what the program does, or leave it`,
    applicability: 'hint',
    edits: [],
  }
  return {
    at: at(document, entry.nameRange),
    subject: `package:${entry.name}`,
    message: `${entry.name} is a tool for developers, and the program needs it`,
    evidence: reasons,
    ...(guard && { fixes: [byHand, guard] }),
  }
}

/**
 * Lets the program do without a package that only lists name, and moves it. It changes code, so it is never what is done
 * unasked.
 */
function guarded(document: Requirements, one: Judged, project: Project): Fix | undefined {
  if (one.elements.length === 0) return undefined
  const { path, text, clash } = destinationFor(document, [one], project)
  if (clash) return undefined
  const files = [...new Set(one.elements.map((element) => element.path))]
  return {
    title: `Let ${inWords(files)} do without ${one.entry.name}, and move it to ${path}`,
    applicability: 'review',
    edits: [...onlyIfFound(one.elements, project), ...editsFor(document, [one], { path, text }, project)],
    caveat: `It changes what the program is made of: in production ${one.entry.name} is gone, with its pages and its tables.`,
  }
}

function moves(
  document: Requirements,
  movable: readonly Judged[],
  tool: string | undefined,
  project: Project,
): Finding {
  const names = movable.map(({ entry }) => entry.name)
  const finding = {
    at: at(document, movable[0]!.entry.nameRange),
    subject: 'developers',
    message: `${inWords(names)} ${names.length > 1 ? 'are' : 'is'} only for developers, and the image installs ${names.length > 1 ? 'them' : 'it'}`,
  }
  if (tool) return { ...finding, evidence: [{ note: tool }] }
  const { path, text, clash } = destinationFor(document, movable, project)
  if (clash) return { ...finding, evidence: [clash] }
  const elsewhere = [...installsElsewhere(document.file.path, project)]
  const switches = [...new Set(movable.flatMap(({ switchedBy }) => switchedBy))]
  const caveat = [
    `Whoever develops or tests installs ${path} from now on.`,
    ...(switches.length > 0
      ? [
          `With ${inWords(switches)} set, the image would miss ${inWords(movable.filter((one) => one.switchedBy.length > 0).map(({ entry }) => entry.name))}.`,
        ]
      : []),
  ].join(' ')
  const fixFor = (some: readonly Judged[]): Fix => ({
    title: `Move ${inWords(some.map(({ entry }) => entry.name))} to ${path}`,
    applicability: 'review',
    edits: editsFor(document, some, { path, text }, project),
    caveat,
  })
  const all = fixFor(movable)
  const fix = movable.length > 1 ? { ...all, parts: movable.map((one) => fixFor([one])) } : all
  return { ...finding, evidence: elsewhere.slice(0, 5), fixes: [fix] }
}

function inWords(names: readonly string[]): string {
  if (names.length > 4) return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]!
}

function editsFor(
  document: Requirements,
  movable: readonly Judged[],
  destination: { readonly path: Path; readonly text: string },
  project: Project,
) {
  const listed = namesIn(destination.path, project)
  const [there, missing] = [true, false].map((isThere) =>
    movable.map(({ entry }) => entry).filter(({ name }) => listed.has(name) === isThere),
  )
  const edits = moveBlocks(
    document,
    blocksOf(document, [...there!, ...missing!]),
    destination.path,
    destination.text,
    project,
  )
  if (there!.length === 0) return edits
  return [
    ...withoutBlocks(document, blocksOf(document, [...there!, ...missing!])),
    ...moveBlocks(document, blocksOf(document, missing!), destination.path, destination.text, project).filter(
      ({ path }) => path === destination.path,
    ),
  ]
}

function namesIn(path: Path, project: Project): ReadonlySet<string> {
  const document = requirementsAt(path, project)
  return new Set(document?.entries.flatMap((entry) => ('name' in entry && entry.name ? [entry.name] : [])))
}

function requirementsAt(path: Path, project: Project): Requirements | undefined {
  return requirementsGraph(project).document(path)
}

/** The file that developers use: one that includes this one, one with a name for it, or a new one. */
function destinationFor(document: Requirements, movable: readonly Judged[], project: Project) {
  const { path } = document.file
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : ''
  const isFolder = /(^|\/)requirements\/$/.test(folder)
  const name = path.slice(folder.length)
  const names = isFolder
    ? ['dev.txt', 'development.txt', 'local.txt', 'test.txt', 'testing.txt', 'tests.txt']
    : [
        'requirements-dev.txt',
        'requirements_dev.txt',
        'dev-requirements.txt',
        'requirements.dev.txt',
        'requirements/dev.txt',
        'requirements/local.txt',
        'requirements-test.txt',
        'test-requirements.txt',
        'requirements-local.txt',
      ]
  const there = names.map((each) => folder + each).filter((each) => project.read(each))
  const graph = requirementsGraph(project)
  const including = there.find((each) => graph.installedWith(each).some(({ file }) => file.path === path))
  const chosen = including ?? there[0]
  const made = folder + names[0]!
  if (!chosen)
    return {
      path: made,
      text: `-r ${name}\n`,
      clash: project.unreadable(made) ? { note: `${made} cannot be read` } : undefined,
    }
  const other = requirementsAt(chosen, project)
  const hindrance = !other
    ? 'cannot be read for certain'
    : (other.compiled ?? other.hashed)
      ? 'is written by a tool'
      : undefined
  if (hindrance) return { path: chosen, text: '', clash: { note: `${chosen}, where they would go, ${hindrance}` } }
  const differing = movable.find(({ entry }) =>
    other!.entries.some(
      (each) =>
        each.kind === 'requirement' &&
        each.name === entry.name &&
        contentOf(other!, each) !== contentOf(document, entry),
    ),
  )
  const clash = differing && {
    note: `${chosen} asks for ${differing.entry.name} in another way`,
    at: at(other!, { start: 0, end: 0 }),
  }
  return { path: chosen, text: '', clash }
}

function contentOf(document: Requirements, { content }: Requirement): string {
  return document.file.text.slice(content.start, content.end).replace(/\s+/g, '')
}
