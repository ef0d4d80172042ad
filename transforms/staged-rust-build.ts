import {
  at,
  type Dockerfile,
  defineTransform,
  distrolessStatic,
  distrolessWithC,
  type Evidence,
  type Finding,
  type Fix,
  insert,
  isAccountRun,
  joinedInsertions,
  listForm,
  locate,
  NEWEST_ALPINE,
  type Project,
  type RustDeployment,
  rustDeployment,
  splitStage,
  type Use,
  usesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'staged-rust-build',
  title: 'Leave the Rust toolchain and the sources out of the image',
  severity: 'medium',
  references: [],
  on: 'dockerfile',
  doc: `
A Rust program is one file, and an image from \`rust\` deploys compilers, sources and more than a gigabyte of what they
left behind with it.

The last stage is cut in two behind its last build command. The first half builds as before; the second gets the programs
at the places where they were, files of the repository that code, arguments or variables name, the variables, the working
directory and everything that says how the image is run. It starts from \`distroless/cc\`, as its ordinary user, or, where
a shell starts the program, where it writes files or has volumes, from Debian. Both are of the release that the program was
built on: a C library older than that would not start it. Where the tag leaves the release to its day, and its version
tells which one it is, the builder's tag says so afterwards. Libraries of the system are installed for the crates in
\`Cargo.lock\` that are linked with them.

Keeps quiet about images for developing, about images that start nothing, and about stages that only build.

Reports without a fix, and says why, when the program starts other programs, is started by a script or asked for its
health with another program, when no \`Cargo.lock\` tells what it is linked with, and when a command of the build leaves
something that may be needed at run time.

## Safety

Always a matter of review. A name of a file that is put together at run time from nothing the repository holds is not
seen, and neither is a library that a crate loads by itself.
`,
  *run(document, project) {
    for (const use of usesOf(document, project)) {
      const finding = findingOf(use, project)
      if (finding) yield finding
    }
  },
})

function findingOf(use: Use, project: Project): Finding | undefined {
  const deployment = rustDeployment(use, project)
  if (!deployment) return undefined
  const { image } = use
  const { objections, files, system, last } = deployment
  const finding = {
    at: at(image.document, image.stage.from),
    subject: `stage:${image.stage.name ?? image.stage.index}`,
    message: 'The deployed image carries the Rust toolchain and the sources',
  }
  if (objections.length > 0) return { ...finding, evidence: unique(objections) }
  const evidence = unique([
    { note: 'The program is built here', at: locate(image, last) },
    ...files.map(({ note, at: place }) => ({ note, at: place })),
    ...system,
  ])
  return { ...finding, evidence, fixes: basesFor(deployment).map((base) => fixOn(base, use, deployment)) }
}

function unique(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter(({ note }, i) => evidence.findIndex((other) => other.note === note) === i)
}

/** An image for running, and the lines that make it fit. */
interface Base {
  readonly image: string
  readonly setup?: string
}

/** The images that the program can run on, the barest first. On Alpine, Rust links everything into the program. */
function basesFor({ system, packages, release, alpine }: RustDeployment): readonly Base[] {
  const needsMore = system.length > 0 || packages.some((name) => !name.startsWith('libssl'))
  if (alpine !== undefined) {
    const like = alpine === '' ? NEWEST_ALPINE : `alpine:${alpine}`
    const setup = 'RUN apk add --no-cache ca-certificates tzdata'
    return [...(needsMore ? [] : [{ image: distrolessStatic(undefined) }]), { image: like, setup }]
  }
  const bare = needsMore ? undefined : distrolessWithC(release!, 'c++')
  const setup = [
    'RUN apt-get update \\',
    ` && apt-get install -y --no-install-recommends ${['ca-certificates', ...packages].join(' ')} \\`,
    ' && rm -rf /var/lib/apt/lists/*',
  ].join('\n')
  return [...(bare === undefined ? [] : [{ image: bare }]), { image: `debian:${release}-slim`, setup }]
}

function fixOn(base: Base, { image, consumers }: Use, deployment: RustDeployment): Fix {
  const { stage, document } = image
  const { last, settings, programs, files, release, isSaid, lists } = deployment
  const isBare = base.setup === undefined
  const early = settings.filter(({ index }) => index < last.index)
  const edits = splitStage(image, {
    base: base.image,
    last,
    copies: [...programs, ...files.map(({ path }) => ({ from: path, to: path }))],
    ...(base.setup !== undefined && { setup: base.setup }),
    accounts: early.filter((run) => isAccountRun(image, run)),
    rights: early.filter((run) => !isAccountRun(image, run)),
    isForBuild: (name) =>
      /^(CARGO_\w+|RUSTUP_\w+|RUSTFLAGS|RUSTC_\w+|RUSTDOCFLAGS|SQLX_OFFLINE|PKG_CONFIG_\w+|CC|CXX|DEBIAN_FRONTEND)$/.test(
        name,
      ),
    isTarget: consumers.some(({ target }) => stage.name !== undefined && target?.toLowerCase() === stage.name),
    keepsWorkdir: true,
  })
  const pinned = release !== undefined && !isSaid ? [insert(document, stage.base.end, `-${release}`)] : []
  return {
    title: `Build in a stage of its own and run on ${base.image}`,
    applicability: 'review',
    edits: [...joinedInsertions([...pinned, ...edits]), ...(isBare ? lists.map((list) => listForm(image, list)) : [])],
    caveat: [
      'Build and start it, and see that it finds what it reads.',
      ...(isBare ? ['It has no shell.'] : []),
      ...(isBare && !image.user.setBy ? ['The program runs as 65532 instead of root.'] : []),
    ].join(' '),
  }
}
