import {
  at,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Image,
  type Instruction,
  packageCommandsOf,
  parseReference,
  slimTag,
  usesOf,
  withTag,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'slim-base-image',
  title: 'Run programs on a base without compilers',
  severity: 'low',
  references: ['CIS-DI-4.3'],
  on: 'dockerfile',
  doc: `
\`python:3.12\` and \`node:22\` are made for building: they bring compilers, the headers of dozens of libraries, git, Mercurial
and Subversion. A program that runs needs none of it, and each is one more thing to be patched, and to be used by whoever
gets in.

A hint, never done by harden: what the smaller image lacks shows only when the program runs. The evidence lists the
programs that the file itself calls and that the smaller image does not have.

Looks at the stages that are deployed, and keeps quiet about those that only build; about images that are small already,
Alpine among them; and about images of which no smaller one is known.

## Safety

Nothing is changed. Besides the programs listed, the smaller image has no libraries such as \`libpq\`, \`libmariadb\` or ImageMagick,
no \`ssh\`, and no compiler for packages that come without a built form. Build and test it.
`,
  *run(document, project) {
    for (const { image } of usesOf(document, project)) {
      const finding = findingOf(document, image)
      if (finding) yield finding
    }
  },
})

function findingOf(document: Dockerfile, image: Image): Finding | undefined {
  const base = image.reference
  const tag = base && slimTag(parseReference(base))
  if (!base || !tag || parseReference(base).digest) return undefined
  const from = image.instructions[0]!
  return {
    at: at(document, document.stages[from.stage]!.base),
    subject: `stage:${image.stage.name ?? image.stage.index}`,
    message: `${base} brings compilers and headers that a running program has no use for`,
    evidence: missing(document, image),
    fixes: [
      { title: `Start from ${withTag(base, tag)}, and install what is missing`, applicability: 'hint', edits: [] },
    ],
  }
}

/** Programs of the full images, which are made on buildpack-deps, that the smaller ones lack, and the packages that have them. */
const PACKAGES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    git: 'git',
    hg: 'mercurial',
    svn: 'subversion',
    curl: 'curl',
    wget: 'wget',
    ssh: 'openssh-client',
    scp: 'openssh-client',
    'ssh-keyscan': 'openssh-client',
    gcc: 'gcc',
    'g++': 'g++',
    make: 'make',
    'pkg-config': 'pkg-config',
    patch: 'patch',
    unzip: 'unzip',
    xz: 'xz-utils',
    file: 'file',
    gpg: 'gnupg',
    ps: 'procps',
    convert: 'imagemagick',
    pg_config: 'libpq-dev',
    mysql_config: 'default-libmysqlclient-dev',
  }),
)

function missing(document: Dockerfile, { instructions }: Image): readonly Evidence[] {
  const installed = new Set(
    instructions.flatMap((run) =>
      packageCommandsOf(document, run).flatMap(({ manager, verb, packages }) =>
        verb === 'install' && /^apt/.test(manager) ? packages.map(({ name }) => name) : [],
      ),
    ),
  )
  const seen = new Map<string, Evidence>()
  for (const instruction of instructions) {
    for (const name of programsOf(document, instruction)) {
      const package_ = PACKAGES.get(name)
      if (package_ === undefined || installed.has(package_) || installed.has('build-essential') || seen.has(name))
        continue
      seen.set(name, {
        note: `${name} is not in the smaller image; its package is ${package_}`,
        at: at(document, instruction),
      })
    }
  }
  return [...seen.values()]
}

/** The programs that an instruction starts, as far as it says so. */
function programsOf(document: Dockerfile, instruction: Instruction): readonly string[] {
  const { keyword, json, words } = instruction
  if (!/^(RUN|CMD|ENTRYPOINT|HEALTHCHECK)$/.test(keyword)) return []
  if (json) return words.slice(0, 1).map(({ value }) => value)
  return document.shell(instruction).commands.flatMap(({ name, words: all }) => {
    const isFromGit =
      name !== undefined && /^(pip3?|npm)$/.test(name) && all.some(({ value }) => value.startsWith('git+'))
    return [...(name === undefined ? [] : [name]), ...(isFromGit ? ['git'] : [])]
  })
}
