import {
  alpineVersion,
  at,
  type CopiedPath,
  type Dockerfile,
  debianRelease,
  defineTransform,
  distrolessStatic,
  distrolessWithC,
  type Evidence,
  type Finding,
  type Fix,
  type GoDeployment,
  goDeployment,
  type Image,
  insert,
  isAccountRun,
  isServed,
  listForm,
  locate,
  NEWEST_ALPINE,
  NEWEST_DEBIAN,
  type Project,
  parseReference,
  splitStage,
  type TextEdit,
  type Use,
  usesOf,
  worstLink,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'staged-go-build',
  title: 'Leave the Go toolchain and the sources out of the image',
  severity: 'medium',
  references: [],
  on: 'dockerfile',
  doc: `
A Go program is one file, and an image that was built from \`golang\` deploys a compiler, a package manager, a shell and
the whole source with it.

The last stage is cut in two behind its last build command. The first half builds as before; the second starts from an
image for running, and gets each program at the place where it was, the files of the repository that the code names, the
variables, the working directory and everything that says how the image is run. Programs without C code are built with
\`CGO_ENABLED=0\` and run on \`distroless/static\` as its ordinary user. Where a shell starts the program, where it writes
files, has volumes or listens below port 1024, the second stage is Debian or Alpine, like the first. Programs with C code
get the C library of the release they were built with.

Keeps quiet about images for developing: those that watch, test, or have the sources mounted over the program; about
images that start nothing; and about stages that only build.

Reports without a fix, and says why, when the program starts other programs, loads plug-ins, is started by a script, is
asked for its health with \`curl\`, or when a command of the build leaves something that may be needed at run time.

## Safety

Always a matter of review. Files are found by the names that stand in the code, in arguments and in variables; a name that
is put together at run time from nothing the repository holds is not seen. Without C, Go resolves host names by itself and
does not ask LDAP or mDNS. There is no shell to enter the container with on distroless: \`docker debug\` or the tag \`debug\`
help.
`,
  *run(document, project) {
    for (const use of usesOf(document, project)) {
      const finding = findingOf(use, project)
      if (finding) yield finding
    }
  },
})

function findingOf(use: Use, project: Project): Finding | undefined {
  const deployment = goDeployment(use, project)
  if (!deployment) return undefined
  const { image } = use
  const finding = {
    at: at(image.document, image.stage.from),
    subject: `stage:${image.stage.name ?? image.stage.index}`,
    message: 'The deployed image carries the Go toolchain and the sources',
  }
  const linked = worstLink(deployment.linked)
  const objections = [...deployment.objections, ...(linked?.how === 'system' ? [linked.evidence] : [])]
  if (objections.length > 0) return { ...finding, evidence: unique(objections) }
  const bases = basesFor(image, deployment)
  if (bases.length === 0) {
    const note = 'The tag does not say whose C library the program was linked with'
    return {
      ...finding,
      evidence: [...(linked ? [linked.evidence] : []), { note, at: locate(image, image.stage.from) }],
    }
  }
  return { ...finding, evidence: evidenceFor(deployment), fixes: bases.map((base) => fixOn(base, use, deployment)) }
}

function unique(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter(({ note }, i) => evidence.findIndex((other) => other.note === note) === i)
}

/** An image for running, and the lines that make it fit. */
interface Base {
  readonly image: string
  readonly setup?: string
}

/** The images that the program can run on, the barest first. */
function basesFor(image: Image, { linked, system }: GoDeployment): readonly Base[] {
  const link = worstLink(linked)?.how
  // With C code the release counts, and a build that is given another one would not say so.
  if (link !== undefined && image.stage.base.value.includes('$')) return []
  const like = likeTheBuild(image, link !== undefined)
  const bare = system.length > 0 ? undefined : bareFor(image, link)
  return [...(bare === undefined ? [] : [{ image: bare }]), ...(like ? [like] : [])]
}

function isBare({ image }: Base): boolean {
  return image.startsWith('gcr.io/distroless/')
}

function bareFor(image: Image, link: 'c' | 'c++' | 'system' | undefined): string | undefined {
  const release = debianRelease(parseReference(image.reference!))
  if (link === undefined) return distrolessStatic(release)
  return release === undefined || link === 'system' ? undefined : distrolessWithC(release, link)
}

/** The system of the build without its tools. With C code, its release must be known to be the same. */
function likeTheBuild(image: Image, withC: boolean): Base | undefined {
  const reference = parseReference(image.reference!)
  const version = alpineVersion(reference)
  if (version !== undefined) {
    if (withC && version === '') return undefined
    const setup = 'RUN apk add --no-cache ca-certificates tzdata'
    return { image: version === '' ? NEWEST_ALPINE : `alpine:${version}`, setup }
  }
  const release = debianRelease(reference)
  const isKnown = release !== undefined && isServed(release)
  if (withC && !isKnown) return undefined
  return {
    image: isKnown ? `debian:${release}-slim` : NEWEST_DEBIAN,
    setup: [
      'RUN apt-get update \\',
      ' && apt-get install -y --no-install-recommends ca-certificates tzdata \\',
      ' && rm -rf /var/lib/apt/lists/*',
    ].join('\n'),
  }
}

function evidenceFor({ builds, files, linked, system }: GoDeployment): readonly Evidence[] {
  return unique([
    ...builds.map((place) => ({ note: 'The program is built here', at: place })),
    ...files.map(({ note, at: place }) => ({ note, at: place })),
    ...linked.slice(0, 1).map(({ evidence }) => evidence),
    ...system,
  ])
}

function fixOn(base: Base, use: Use, deployment: GoDeployment): Fix {
  const { image, consumers } = use
  const { stage } = image
  const copies: readonly CopiedPath[] = [
    ...deployment.programs,
    ...deployment.files.map(({ path }) => ({ from: path, to: path })),
  ]
  const early = deployment.settings.filter(({ index }) => index < deployment.last.index)
  return {
    title: `Build in a stage of its own and run on ${base.image}`,
    applicability: 'review',
    edits: [
      ...withoutC(image, deployment),
      ...splitStage(image, {
        base: base.image,
        last: deployment.last,
        copies,
        ...(base.setup !== undefined && { setup: base.setup }),
        accounts: early.filter((run) => isAccountRun(image, run)),
        rights: early.filter((run) => !isAccountRun(image, run)),
        isForBuild,
        isTarget: consumers.some(({ target }) => target?.toLowerCase() === stage.name && stage.name !== undefined),
        keepsWorkdir: keepsWorkdir(image, copies),
      }),
      ...(isBare(base) ? deployment.lists.map((list) => listForm(image, list)) : []),
    ],
    caveat: caveatOf(base, image, deployment),
  }
}

/** `CGO_ENABLED=0` in front of builds that say nothing, where there is no C code. */
function withoutC({ document }: Image, { linked, undecided }: GoDeployment): readonly TextEdit[] {
  return linked.length > 0 ? [] : undecided.map(({ start }) => insert(document, start, 'CGO_ENABLED=0 '))
}

/** Variables that only Go's own tools look at, and a path that leads to them. */
function isForBuild(name: string, value: string): boolean {
  return (
    /^(CGO_\w+|GO(PATH|ROOT|OS|ARCH|ARM|AMD64|ARM64|386|BIN|CACHE|MODCACHE|ENV|FLAGS|INSECURE|NOPROXY|NOSUMDB|PRIVATE|PROXY|SUMDB|TOOLCHAIN|TOOLDIR|VCS|WORK|EXPERIMENT|VERSION|LANG_VERSION)|GO111MODULE|GOLANG_VERSION|DEBIAN_FRONTEND|CC|CXX)$/.test(
      name,
    ) ||
    (name === 'PATH' && /\/go\b|GOPATH|GOROOT/.test(value))
  )
}

/** The folder of the Go images means nothing to a program that nothing of is in it. */
function keepsWorkdir(image: Image, copies: readonly CopiedPath[]): boolean {
  return image.workdirs.length > 0 || copies.some(({ to }) => to.startsWith(`${image.workdir}/`))
}

function caveatOf(base: Base, image: Image, { readsEnvironmentFile }: GoDeployment): string {
  return [
    'Build and start it, and see that it finds what it reads.',
    ...(isBare(base) ? ['It has no shell.'] : []),
    ...(isBare(base) && !image.user.setBy ? ['The program runs as 65532 instead of root.'] : []),
    ...(readsEnvironmentFile ? ['A .env that lay beside the sources is no longer in the image.'] : []),
  ].join(' ')
}
