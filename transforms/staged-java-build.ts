import {
  at,
  baseReplaced,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  isAccountRun,
  type JavaDeployment,
  javaDeployment,
  javaRuntime,
  locate,
  type Project,
  splitStage,
  type TextEdit,
  type Use,
  usesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'staged-java-build',
  title: 'Leave the JDK and the build tool out of the image',
  severity: 'medium',
  references: [],
  on: 'dockerfile',
  doc: `
A Java program is one archive, and an image from \`maven\` or \`gradle\` deploys a compiler, the build tool, the sources
and the whole cache of dependencies with it.

The last stage is cut in two behind its last build command. The first half builds as before; the second starts from
\`eclipse-temurin:<version>-jre\` of the same version and system, and gets the archive at the place where it was, files of
the repository that code, arguments or variables name, the variables, the working directory and everything that says how
the image is run. A last stage that starts from such an image and builds nothing only gets the other base.

Keeps quiet about images for developing, and about images that start nothing.

Reports without a fix, and says why, when the archive is not known to hold everything, or only a shell can tell which it
is; when it is started from a class path, by a script, or with an agent; when the code starts other programs, compiles or
reads its own sources; when its health is asked for with another program; and for versions of Java that are kept no more.

## Safety

Always a matter of review: a JRE has no \`jcmd\` or \`javac\`, and where the image was not built on Eclipse Temurin, the
maker of the Java changes too.
`,
  *run(document, project) {
    for (const use of usesOf(document, project)) {
      const finding = findingOf(use, project)
      if (finding) yield finding
    }
  },
})

function findingOf(use: Use, project: Project): Finding | undefined {
  const deployment = javaDeployment(use, project)
  if (!deployment) return undefined
  const { image } = use
  const { objections, java, builds, files, last } = deployment
  const finding = {
    at: at(image.document, image.stage.from),
    subject: `stage:${image.stage.name ?? image.stage.index}`,
    message: builds
      ? 'The deployed image carries the JDK, the build tool and the sources'
      : 'The deployed image carries a JDK, and only runs a program',
  }
  if (objections.length > 0) return { ...finding, evidence: unique(objections) }
  const base = javaRuntime(java)
  if (base === undefined) {
    const note = `Java ${java.major} is kept no more, and there is no image for it that gets updates`
    return { ...finding, evidence: [{ note, at: locate(image, image.stage.from) }] }
  }
  const evidence = [
    ...(builds ? [{ note: 'The archive is built here', at: locate(image, last) }] : []),
    ...files.map(({ note, at: place }) => ({ note, at: place })),
  ]
  const fix = {
    title: builds ? `Build in a stage of its own and run on ${base}` : `Run on ${base}`,
    applicability: 'review' as const,
    edits: builds ? cut(use, base, deployment) : [baseReplaced(image, base)],
    caveat: caveatOf(deployment),
  }
  return { ...finding, evidence, fixes: [fix] }
}

function unique(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter(({ note }, i) => evidence.findIndex((other) => other.note === note) === i)
}

function cut({ image, consumers }: Use, base: string, deployment: JavaDeployment): readonly TextEdit[] {
  const { last, settings, programs, files } = deployment
  const early = settings.filter(({ index }) => index < last.index)
  return splitStage(image, {
    base,
    last,
    copies: [...programs, ...files.map(({ path }) => ({ from: path, to: path }))],
    accounts: early.filter((run) => isAccountRun(image, run)),
    rights: early.filter((run) => !isAccountRun(image, run)),
    isForBuild: (name) => /^(MAVEN_\w+|M2_HOME|GRADLE_\w+|DEBIAN_FRONTEND)$/.test(name),
    isTarget: consumers.some(
      ({ target }) => image.stage.name !== undefined && target?.toLowerCase() === image.stage.name,
    ),
    keepsWorkdir: true,
  })
}

function caveatOf({ java }: JavaDeployment): string {
  const start = 'Build and start it, and see that it finds what it reads. It has no tools to look into a running Java.'
  return java.vendor === undefined ? start : `${start} The Java is made by Eclipse Temurin instead of ${java.vendor}.`
}
