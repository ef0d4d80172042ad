import {
  addProduction,
  at,
  compilerNeeds,
  cutStage,
  type Dockerfile,
  defineTransform,
  describeServer,
  developersPackages,
  developmentServerOf,
  type Evidence,
  exposesIn,
  FILE_SERVER,
  type Finding,
  type Fix,
  fileServerLines,
  type Instruction,
  ignoredBy,
  isForDevelopment,
  isOfServe,
  lastingOf,
  linesForProduction,
  locate,
  type NextApp,
  type NodeStage,
  nextAppOf,
  nodeStageOf,
  objectionOf,
  type Production,
  type Project,
  pruneObjections,
  purposesOf,
  replace,
  type StaticSite,
  serverFileOf,
  setTarget,
  standaloneLines,
  standaloneOutput,
  staticSiteOf,
  type TextEdit,
  usesOf,
  variablesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'staged-node-build',
  title: 'Leave the build of a Node program behind',
  severity: 'medium',
  references: [],
  on: 'dockerfile',
  doc: `
What a build needs does not belong into the image that runs: compilers, packages for developers, caches and sources make it
larger and give an intruder tools. Where one stage installs, builds and starts a Node program, it is cut into stages: what
both halves stand on is named \`base\`, the build goes on in \`build\`, and the last stage takes what is left of it. The name
of the old stage stays with what is run.

A server goes on as it is built, without the packages for developers (\`npm prune\`). Of an application of Next.js that
\`next start\` serves, only the standalone output goes on, which the same fix asks for in \`next.config\`. Where the only
stage runs the development server of Next.js, it becomes \`dev\`, stages that build and serve follow it, and the services of
Compose that work on the sources keep building \`dev\`.

Keeps quiet about files that have stages already, and where nothing would stay behind.

Reports without a fix, and says why, when a package for developers is started or imported, when the build writes outside of
the working directory, prepares the system between copies, or runs as another user, for workspaces, Nx, Turbo and Plug'n'Play,
for packages that keep downloads elsewhere, when others build on the image or run npm in it, and when a service runs a
development server without working on its sources.

## Safety

Always a matter of review: a file that the program makes or looks for outside of its folder at build time, and a module it
loads by a name made at run time, cannot be seen by reading. Build it, start it, and use it once.
`,
  *run(document, project) {
    if (document.stages.length !== 1 || !/\b(npm|yarn|pnpm)\b/.test(document.file.text)) return
    for (const use of usesOf(document, project)) {
      const cut = nodeStageOf(use, project)
      const finding = cut && findingOf(cut, project)
      if (finding) yield finding
    }
  },
})

function findingOf(cut: NodeStage, project: Project): Finding | undefined {
  const next = nextAppOf(cut, project)
  if (next?.isDevelopment) return developed(cut, 'next dev', standaloneStages(cut, next), project)
  const site = next ? undefined : staticSiteOf(cut, project)
  if (site?.isDevelopment) return developed(cut, site.server, pageStages(cut, site, project), project)
  if (site) return servedPages(cut, site, project)
  const other = developmentServerOf(cut, project)
  if (other) return developed(cut, other, unknownStages(cut), project)
  const server = builtServer(cut, project)
  return next ? (servedApp(cut, next, server) ?? server) : server
}

/** A server for development: stages for production follow it, and who develops keeps the stage there is. */
function developed(cut: NodeStage, server: string, stages: Stages, project: Project): Finding {
  const { image } = cut
  const { document, stage } = image
  const name = stage.from.words[2]?.value ?? 'dev'
  const finding = {
    at: at(document, firstLine(document, commandOf(cut) ?? stage.from)),
    subject: `stage:${stage.name ?? stage.index}`,
    message: `The image runs a server for development, ${server}`,
  }
  const developers = developersOf(cut, name, project)
  const objections = [
    ...stages.objections,
    ...developers.objections,
    ...(image.user.root
      ? []
      : [
          {
            note: 'It ends as another user than root, who may not build',
            at: locate(image, image.user.setBy ?? stage.from),
          },
        ]),
  ]
  if (objections.length > 0) return { ...finding, evidence: objections.slice(0, MOST) }
  const ofBuild = publicVariables(cut)
  const setsMode = stage.instructions.some(
    ({ keyword, words }) => keyword === 'ENV' && words.some(({ value }) => /^NODE_ENV/.test(value)),
  )
  const building = [
    ...ofBuild.map((variable) => `ARG ${variable}`),
    `RUN ${setsMode ? 'NODE_ENV=production ' : ''}${cut.manager} run build`,
  ]
  const fix: Fix = {
    title: `Keep this stage as ${name}, and build and serve the application in stages of its own`,
    applicability: 'review',
    edits: [...addProduction(cut, { ...stages, building }), ...developers.edits, ...stages.edits],
    caveat: `Build it and open its pages${stages.caution}. Whoever builds without a target gets the production stage${ofBuild.length > 0 ? `; a build writes ${ofBuild.join(' and ')} into the pages, as arguments` : ''}.`,
  }
  return { ...finding, evidence: developers.evidence, fixes: [fix] }
}

/** What follows a stage for development, and what speaks against it. */
interface Stages extends Omit<Production, 'building'> {
  readonly objections: readonly Evidence[]
  /** In other files. */
  readonly edits: readonly TextEdit[]
  readonly caution: string
}

/** The consumers that work on the sources, and what lets them keep the stage they have. */
function developersOf({ use, workdir }: NodeStage, name: string, project: Project) {
  const developers = use.consumers.filter((each) => isForDevelopment(each, workdir) && each.target === undefined)
  const targets = developers
    .filter(({ builds }) => builds)
    .map((consumer) => ({ consumer, edits: setTarget(consumer, name, project) }))
  return {
    objections: [
      ...use.consumers.flatMap((consumer) => objectionOf(consumer, workdir) ?? []),
      ...targets.flatMap(({ consumer, edits }) =>
        'problem' in edits
          ? [{ note: `It would have to build the stage ${name}, and ${edits.problem}`, at: consumer.at }]
          : [],
      ),
    ],
    edits: targets.flatMap(({ edits }) => ('problem' in edits ? [] : edits)),
    evidence: targets.map(({ consumer }) => ({
      note: `${consumer.service?.name} works on the sources and keeps the stage ${name}`,
      at: consumer.at,
    })),
  }
}

/** The standalone output of Next.js behind its server for development. */
function standaloneStages(cut: NodeStage, next: NextApp): Stages {
  const { image, workdir, shared, building, rest } = cut
  const lasting = lastingOf([...building, ...rest]).filter(({ keyword }) => keyword !== 'EXPOSE')
  const isShared = shared.some(({ keyword }) => keyword === 'WORKDIR') && image.workdirAt(building[0]!) === workdir
  const known = variablesOf([...shared, ...lasting])
  return {
    objections: next.objections,
    final: (build) => [
      ...(isShared ? [] : [`WORKDIR ${workdir}`]),
      ...lasting.flatMap((instruction) => linesForProduction(image.document, instruction)),
      ...standaloneLines(next, workdir, build, known),
      ...(exposesIn(shared, next.port) ? [] : [`EXPOSE ${next.port}`]),
      'CMD ["node", "server.js"]',
    ],
    edits: standaloneOutput(next.config),
    caution: ': next build also checks types, and may ask for data',
  }
}

/** Behind a server for development whose build nobody here can follow. */
function unknownStages({ source }: NodeStage): Stages {
  const note = 'What it builds for production, and where to, cannot be told here'
  return { objections: [{ note, at: source.manifest.at('scripts') }], final: () => [], edits: [], caution: '' }
}

/** Built pages behind the server for their development. */
function pageStages(cut: NodeStage, site: StaticSite, project: Project): Stages {
  return {
    image: FILE_SERVER.image,
    objections: [...site.objections, ...serverObjections(cut, site, project)],
    final: (build) => fileServerLines(cut, site, cut.image.stage.instructions, build),
    edits: [describeServer(cut, site)],
    caution: ', also those that no file stands for',
  }
}

/** Why nginx cannot serve the pages in this place. */
function serverObjections({ source, image }: NodeStage, { port }: StaticSite, project: Project): readonly Evidence[] {
  const path = serverFileOf(source.manifest.file.path)
  const ignored = ignoredBy(path, source.context, image.document.file.path, project)
  const place = { path, start: 0, end: 0 }
  return [
    ...(port > 0 && port < 1024
      ? [{ note: `Not everywhere may an ordinary user open port ${port}`, at: locate(image, image.stage.from) }]
      : []),
    ...(project.read(path) ? [{ note: 'A description of nginx lies there, of what cannot be told', at: place }] : []),
    ...(ignored ? [{ note: `${ignored.path} would keep the description of nginx out of the build`, at: ignored }] : []),
  ]
}

/** Pages that the image builds and then serves from Node. */
function servedPages(cut: NodeStage, site: StaticSite, project: Project): Finding {
  const { image, building, rest, use, workdir } = cut
  const { document, stage } = image
  const command = commandOf(cut)
  const finding = {
    at: at(document, firstLine(document, command ?? stage.from)),
    subject: `stage:${stage.name ?? stage.index}`,
    message: `The image serves its pages with ${site.server}, beside everything they were built with`,
  }
  const own = use.consumers.find(
    (each) =>
      each.service?.command || each.service?.entrypoint || each.commands.length > 0 || isForDevelopment(each, workdir),
  )
  const objections = [
    ...site.objections,
    ...serverObjections(cut, site, project),
    ...(own ? [{ note: 'It is started in a way of its own', at: own.at }] : []),
  ]
  if (!command || command.index < building.at(-1)!.index || objections.length > 0)
    return { ...finding, evidence: objections.slice(0, MOST) }
  const needless = rest.find(({ keyword, words }) => keyword === 'RUN' && isOfServe(words.map(({ value }) => value)))
  const fix: Fix = {
    title: 'Serve the pages with nginx, as an ordinary user and on the same port',
    applicability: 'review',
    edits: [
      ...cutStage(cut, {
        image: FILE_SERVER.image,
        closing: [],
        instead: needless,
        opening: (build) => fileServerLines(cut, site, [...cut.shared, ...building], build),
      }),
      replace(document, command, 'CMD ["nginx", "-g", "daemon off;"]'),
      describeServer(cut, site),
    ],
    caveat:
      'Build it and open its pages, also those that no file stands for. Headers and redirects that the other server added are gone.',
  }
  return {
    ...finding,
    evidence: [{ note: `The build writes ${workdir}/${site.output}`, at: locate(image, building.at(-1)!) }],
    fixes: [fix],
  }
}

/** Next.js as a server of what the same stage has built: only its standalone output goes on. */
function servedApp(cut: NodeStage, next: NextApp, pruned: Finding | undefined): Finding | undefined {
  const { image, building, rest, shared, lasting, workdir, use } = cut
  const { document, stage } = image
  const command = commandOf(cut)
  if (!command || command.index < building.at(-1)!.index || !cut.purposes.has('build')) return undefined
  const override = use.consumers.find(
    ({ service, commands }) => service?.command || service?.entrypoint || commands.length > 0,
  )
  const objections = [
    ...next.objections,
    ...(override ? [{ note: 'It is started with a command of its own', at: override.at }] : []),
  ]
  const finding = {
    at: at(document, firstLine(document, building.at(-1)!)),
    subject: `stage:${stage.name ?? stage.index}`,
    message: 'The image carries all packages, although Next.js can name those that its server needs',
  }
  if (objections.length > 0) return pruned?.fixes ? pruned : { ...finding, evidence: objections.slice(0, MOST) }
  const known = variablesOf([...shared, ...lasting, ...rest])
  const fix: Fix = {
    title: 'Build in a stage of its own, and run the standalone output',
    applicability: 'review',
    edits: [
      ...cutStage(cut, {
        closing: [],
        opening: (build) => [...workdirLine(cut), ...standaloneLines(next, workdir, build, known)],
      }),
      replace(document, command, 'CMD ["node", "server.js"]'),
      ...standaloneOutput(next.config),
    ],
    caveat:
      'Build it and open its pages: a file that the server only finds at run time may be missing from the output.',
  }
  return {
    ...finding,
    evidence: [{ note: 'next start serves it', at: locate(image, command) }],
    fixes: [fix, ...(pruned?.fixes ?? [])],
  }
}

function commandOf({ image }: NodeStage): Instruction | undefined {
  return image.stage.instructions.findLast(({ keyword }) => keyword === 'CMD')
}

/** Variables that services give to the development server and that a build writes into the pages. */
function publicVariables({ use }: NodeStage): readonly string[] {
  const names = use.consumers.flatMap(({ service }) => (service?.environment ?? []).map(({ name }) => name))
  return [...new Set(names)].filter((name) => /^(NEXT_PUBLIC|VITE|REACT_APP)_\w+$/.test(name))
}

/** A server that is built, or whose packages are compiled, and that runs from where that was done. */
function builtServer(cut: NodeStage, project: Project): Finding | undefined {
  const { image, building, purposes, workdir, use } = cut
  const { document, stage } = image
  const compilers = building.filter((run) => purposesOf(image, run).includes('tools'))
  const spared = purposes.has('build') || compilers.length > 0 ? developersPackages(cut) : []
  if (compilers.length === 0 && spared.length === 0) return undefined
  // What starts nothing is no program, and may be there for others to build on.
  if (!use.starts.some(({ known }) => known)) return undefined
  const finding = {
    at: at(document, firstLine(document, compilers[0] ?? building.at(-1)!)),
    subject: `stage:${stage.name ?? stage.index}`,
    message: `The image carries the ${compilers.length > 0 ? 'compilers' : 'packages'} that only its build needs`,
  }
  const objections = [
    ...cut.objections,
    ...(spared.length > 0 ? pruneObjections(cut, project) : []),
    ...(compilers.length > 0 ? compilerNeeds(cut, project) : []),
  ]
  if (objections.length > 0) return { ...finding, evidence: objections.slice(0, MOST) }
  const prunes = spared.length > 0 && !purposes.has('prune')
  const fix: Fix = {
    title: 'Build in a stage of its own, and run what is left of it',
    applicability: 'review',
    edits: cutStage(cut, {
      closing: prunes ? ['RUN npm prune --omit=dev'] : [],
      opening: (build) => [...workdirLine(cut), `COPY --from=${build} ${workdir} ./`],
    }),
    caveat: `Build it, start it and try what it does: of the build only ${workdir} goes on${prunes ? ', without the packages for developers' : ''}.`,
  }
  return { ...finding, evidence: reasons(cut, compilers, spared), fixes: [fix] }
}

/** WORKDIR, where what the final stage stands on works elsewhere. */
function workdirLine({ image, building, workdir }: NodeStage): readonly string[] {
  return image.workdirAt(building[0]!) === workdir ? [] : [`WORKDIR ${workdir}`]
}

/** What stays behind. */
function reasons(
  { image }: NodeStage,
  compilers: readonly Instruction[],
  spared: readonly string[],
): readonly Evidence[] {
  const names = spared.slice(0, 4).join(', ')
  return [
    ...compilers.map((run) => ({ note: 'These packages of the system only compile', at: locate(image, run) })),
    ...(spared.length > 0
      ? [
          {
            note: `${spared.length === 1 ? 'One installed package is' : `${spared.length} installed packages are`} only for developers: ${names}${spared.length > 4 ? ' …' : ''}`,
          },
        ]
      : []),
  ]
}

/** As many reasons as anybody reads. */
const MOST = 8

function firstLine(document: Dockerfile, { start, end }: Instruction): { start: number; end: number } {
  const line = document.file.text.slice(start, end).search(/[\r\n]/)
  return { start, end: line < 0 ? end : start + line }
}
