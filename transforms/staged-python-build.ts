import {
  at,
  canCarry,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Fix,
  isForBuilding,
  locate,
  type Project,
  type PythonBuild,
  packageObstacles,
  pythonBuildOf,
  pythonImage,
  stagedBuild,
  stagingObstacles,
  type Transport,
  type Use,
  usesOf,
  withoutBuildPackages,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'staged-python-build',
  title: 'Build Python packages in a stage of their own',
  severity: 'medium',
  references: ['CIS-DI-4.3'],
  on: 'dockerfile',
  doc: `
A compiler, the headers of libraries and their tools are needed for minutes, and then stay in the image for its life: up to
hundreds of megabytes, with all their advisories, and a workshop for whoever breaks in.

A stage in front of the last one installs them and runs \`pip install\`; the last one installs the libraries that the
headers belong to (\`libpq-dev\`: \`libpq5\`, \`libmagic-dev\`: \`libmagic1\`), by the names of its release, and copies what
pip has made. Both stand on the same line \`FROM\`, so on the same system. By default pip installs below a prefix, and every
file lands where it was before; where several \`pip install\` follow each other, or one asks for another version of what the
image brings (pip, setuptools), into a virtual environment. Both are
alternatives to each other, and wheels to be installed in the last stage are a third. Programs such as \`git\` or \`curl\`
stay where they are, and so do headers of which it is not known what they leave.

Where no compiler is installed, nothing is compiled, and headers make way for their libraries where they stand. A last
stage that only copies packages or unpacks wheels of another one, and has compilers all the same, gets the
libraries in their place, too.

Keeps quiet where nothing is installed to build with, or it is removed in the same \`RUN\`; about images with compilers of
their own (\`python:3.12\` without \`slim\`); about Dockerfiles and stages for developers.

Reports without a fix, and says why: editable installs; Poetry, uv, Pipenv, conda and pip in a virtual environment or for an
ordinary user; sources that are built in the last stage; packages that compile while the program runs; programs that
install when they start; images that others are built on; requirements that cannot be read; held versions of headers;
on Alpine, libraries that Python finds only with the help of gcc.

## Safety

Always a matter of review. What a wheel takes from the system without saying so is not seen: gcc also brings OpenMP, and
git brings curl's library. Build it, import every package, and compare
\`find / -name '*.so*' | xargs ldd | grep 'not found'\` before and after. A package whose manual lies in
\`man/\` itself stops the build of the prefix: \`/usr/local/man\` is a link. The last stage has no compiler any more for
whoever opens a shell in it.
`,
  *run(document, project) {
    if (!MENTION.test(document.file.text)) return
    for (const use of usesOf(document, project)) {
      const finding = findingOf(use, project)
      if (finding) yield finding
    }
  },
})

/** A file that names no such package is none of ours, and need not be parsed any further. */
const MENTION =
  /-dev\b|\b(gcc|clang|build-essential|build-base|make|cmake|cargo|rustc?|gfortran|swig|pkg-config|pkgconf)\b|\bg\+\+/

function findingOf(use: Use, project: Project): Finding | undefined {
  const { image } = use
  const { document, stage } = image
  const python = image.reference === undefined ? undefined : pythonImage(image.reference)
  if (!python || python.variant === 'full' || stage !== document.stages.at(-1) || stage.parent) return undefined
  if (isForDevelopers(use)) return undefined
  if (python.variant === 'system' && !/\bpython|\bpip/.test(document.file.text)) return undefined
  const build = pythonBuildOf(use, python, project)
  const packages = build.system.flatMap(({ packages }) => packages.filter(isForBuilding))
  const [first] = build.system.filter((install) => install.packages.some(isForBuilding))
  if (!first) return undefined
  const names = packages.map(({ named }) => named.name)
  const finding = {
    at: at(document, first.run),
    subject: `stage:${stage.name ?? stage.index}`,
    message: `The image keeps what only building needs: ${listed(names)}`,
  }
  const evidence = evidenceOf(build)
  const obstacles = build.compiles
    ? stagingObstacles(use, build, python, project)
    : packageObstacles(use, build, python)
  if (obstacles.length > 0) return { ...finding, evidence: obstacles }
  const fixes = fixesFor(build)
  return fixes.length > 0
    ? { ...finding, evidence, fixes }
    : { ...finding, evidence: [...evidence, nothingBuilds(build)] }
}

function isForDevelopers({ image }: Use): boolean {
  const { document, stage } = image
  const path = document.file.path.toLowerCase()
  return (
    FOR_DEVELOPERS.test(stage.name ?? '') ||
    FOR_DEVELOPERS.test(path.slice(path.lastIndexOf('/') + 1)) ||
    /(^|\/)(local|dev|development)\//.test(path)
  )
}

const FOR_DEVELOPERS = /(^|[-_.])(dev|devel|development|local|test|tests|testing|debug|ci)([-_.]|$)/

function listed(names: readonly string[]): string {
  const unique = [...new Set(names)]
  return unique.length < 2 ? unique.join() : `${unique.slice(0, -1).join(', ')} and ${unique.at(-1)}`
}

function nothingBuilds({ image }: PythonBuild): Evidence {
  return { note: 'Nothing here is seen to build with them; what starts may', at: locate(image, image.stage.from) }
}

function evidenceOf({ image, system }: PythonBuild): readonly Evidence[] {
  return system.flatMap(({ run, packages }) =>
    packages.flatMap(({ named, role, runtime }) => {
      const place = locate(image, run)
      if (role === 'library' && runtime.length > 0)
        return [{ note: `Programs built with ${named.name} load ${listed(runtime)}`, at: place }]
      if (role === 'tool' && runtime.length > 0)
        return [{ note: `${listed(runtime)} came with ${named.name}, and programs load it`, at: place }]
      if (role === 'headers')
        return [{ note: `${named.name} stays: it is not known what programs built with it load`, at: place }]
      return named.name === 'git' ? [{ note: 'git stays: the program may call it', at: place }] : []
    }),
  )
}

const TITLES: Readonly<Record<Transport, string>> = {
  prefix: 'Build the packages in a stage of their own, and copy them to where they belong',
  venv: 'Build the packages in a stage of their own, in a virtual environment',
  wheels: 'Build wheels in a stage of their own, and install those',
}

const OWN_VENV = 'Build the virtual environment in a stage of its own'

function fixesFor(build: PythonBuild): readonly Fix[] {
  const { image, pips } = build
  if (!build.compiles) return [inPlace(build, WITHOUT_COMPILER)]
  if (!pips.some(({ installs }) => installs.length > 0)) {
    const isAssembled = image.copies.some(
      ({ instruction, from }) => from !== undefined && instruction.stage === image.stage.index,
    )
    return isAssembled && image.document.stages.length > 1 ? [inPlace(build, CAVEAT)] : []
  }
  return (['prefix', 'venv', 'wheels'] as const)
    .filter((transport) => canCarry(build, transport))
    .map((transport) => ({
      title: build.venv ? OWN_VENV : TITLES[transport],
      applicability: 'review',
      edits: stagedBuild(build, transport),
      caveat: transport === 'wheels' ? `${CAVEAT} ${OF_WHEELS}` : CAVEAT,
    }))
}

function inPlace(build: PythonBuild, caveat: string): Fix {
  const edits = withoutBuildPackages(build)
  return { title: 'Install only what programs load', applicability: 'review', edits, caveat }
}

const WITHOUT_COMPILER =
  'No compiler is installed here; a program that reads headers or asks pg_config would miss them.'

const OF_WHEELS = 'It needs BuildKit.'

const CAVEAT =
  'Build it and import every package: a wheel may have used a library that came with the compiler, and programs may call what no longer is there.'
