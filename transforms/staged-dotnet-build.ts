import {
  at,
  baseReplaced,
  type Dockerfile,
  type DotnetDeployment,
  defineTransform,
  dotnetDeployment,
  dotnetRuntime,
  type Evidence,
  type Finding,
  isAccountRun,
  lastReference,
  locate,
  type Project,
  splitStage,
  type TextEdit,
  type Use,
  usesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'staged-dotnet-build',
  title: 'Leave the .NET SDK out of the image',
  severity: 'medium',
  references: [],
  on: 'dockerfile',
  doc: `
A published .NET program needs a runtime, and an image from \`dotnet/sdk\` deploys compilers, package caches and the sources
with it.

A last stage that publishes is cut in two behind its last build command: the second half starts from \`dotnet/aspnet\`, or
\`dotnet/runtime\` where no project is for the web, of the same version and system, and gets the published folder at the
place where it was, with the variables, the working directory and everything that says how the image is run. A last stage
that starts from the SDK and builds nothing only gets the other base.

Keeps quiet about images that test, watch or start nothing.

Reports without a fix, and says why, when nothing says the port of a web program (the SDK leaves it at 5000 on localhost,
the image for running sets 8080 or 80), when the program works in the folder of its sources and may read files there, when
its health is asked for with another program, on Alpine, where the image for running lacks ICU, and where the version
cannot be told.

## Safety

Always a matter of review: tools of the SDK, such as \`dotnet ef\`, are no longer in the image.
`,
  *run(document, project) {
    if (!/\/dotnet\/sdk\b/.test(lastReference(document))) return
    for (const use of usesOf(document, project)) {
      const finding = findingOf(use, project)
      if (finding) yield finding
    }
  },
})

function findingOf(use: Use, project: Project): Finding | undefined {
  const deployment = dotnetDeployment(use, project)
  if (!deployment) return undefined
  const { image } = use
  const { objections, builds, last, reference, isWeb } = deployment
  const finding = {
    at: at(image.document, image.stage.from),
    subject: `stage:${image.stage.name ?? image.stage.index}`,
    message: builds
      ? 'The deployed image carries the .NET SDK and the sources'
      : 'The deployed image carries the .NET SDK, and only runs a program',
  }
  const base = dotnetRuntime(reference, isWeb)
  if (objections.length > 0) return { ...finding, evidence: unique(objections) }
  if (base === undefined) {
    const note = 'No image for running is known to have what this one has'
    return { ...finding, evidence: [{ note, at: locate(image, image.stage.from) }] }
  }
  return {
    ...finding,
    evidence: builds ? [{ note: 'The program is published here', at: locate(image, last) }] : [],
    fixes: [
      {
        title: builds ? `Build in a stage of its own and run on ${base}` : `Run on ${base}`,
        applicability: 'review',
        edits: builds ? cut(use, base, deployment) : [baseReplaced(image, base)],
        caveat: 'Build and start it, and see that it answers on its port. It has no tools of the SDK.',
      },
    ],
  }
}

function unique(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter(({ note }, i) => evidence.findIndex((other) => other.note === note) === i)
}

function cut({ image, consumers }: Use, base: string, deployment: DotnetDeployment): readonly TextEdit[] {
  const { last, settings, programs } = deployment
  const early = settings.filter(({ index }) => index < last.index)
  return splitStage(image, {
    base,
    last,
    copies: programs,
    accounts: early.filter((run) => isAccountRun(image, run)),
    rights: early.filter((run) => !isAccountRun(image, run)),
    isForBuild: (name) => /^(NUGET_\w+|DOTNET_CLI_\w+|DOTNET_NOLOGO|DEBIAN_FRONTEND)$/.test(name),
    isTarget: consumers.some(
      ({ target }) => image.stage.name !== undefined && target?.toLowerCase() === image.stage.name,
    ),
    keepsWorkdir: true,
  })
}
