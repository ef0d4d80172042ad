import {
  at,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Fix,
  type Instruction,
  imageOf,
  insteadOf,
  isEditable,
  packageCommandsOf,
  replace,
  type Stage,
  type TextEdit,
  type Trust,
  textOf,
  trustIn,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'verified-downloads',
  title: 'Know what a build fetches',
  severity: 'high',
  references: [
    'CIS-DI-4.11',
    'CWE-494',
    'CWE-295',
    'CKV2_DOCKER_2',
    'CKV2_DOCKER_3',
    'CKV2_DOCKER_4',
    'KICS: Curl or Wget Instead of Add',
  ],
  on: 'dockerfile',
  doc: `
A build runs as root and has the network. \`curl … | sh\` runs whatever the other side sends today; \`ADD https://…\` puts it
into the image; \`curl -k\`, \`wget --no-check-certificate\`, \`pip --trusted-host\` and \`npm config set strict-ssl false\` take
it from whoever answers; \`--allow-untrusted\` installs what nobody signed. The next build of the same file may make another
image, and nobody will see why.

For well-known installers there is advice on what brings the same program without them. \`-k\` and \`--no-check-certificate\`
go where every address is one of a host whose certificate is known to hold, and the image has the list of authorities.

Keeps quiet about \`ADD --checksum\`, and about downloads that are only saved: whether they are checked is for the commands
behind them to say.

## Safety

Checksums cannot be made up: fetch the file once, look at it, and write its sum down. Leaving out \`-k\` is a matter of
review: a network that opens connections on their way needs its own authority in the image.
`,
  *run(document) {
    for (const stage of document.stages) {
      for (const instruction of stage.instructions) {
        const finding =
          instruction.keyword === 'ADD'
            ? fetched(document, instruction)
            : trusted(document, stage, instruction, trustIn(document, instruction))
        if (finding) yield finding
      }
    }
  },
})

/** `ADD https://…` without a checksum. */
function fetched(document: Dockerfile, add: Instruction): Finding | undefined {
  if (add.flags.some(({ name }) => name === 'checksum')) return undefined
  const source = add.words.slice(0, -1).find(({ value }) => /^https?:\/\/|^ftp:\/\//i.test(value))
  if (!source || /\.git(#|$)/.test(source.value)) return undefined
  return {
    at: at(document, { start: add.start, end: add.args.end }),
    subject: `add:${source.value}`,
    message: 'ADD puts into the image whatever this address sends on the day of the build',
    fixes: [
      advice(
        insteadOf(source.value) ??
          'Fetch it once, look at it, and check its SHA-256 in the RUN that uses it, or with ADD --checksum where builders know it',
      ),
    ],
  }
}

function advice(title: string): Fix {
  return { title, applicability: 'hint', edits: [] }
}

const WHAT: Readonly<Record<Trust['kind'], string>> = {
  script: 'The build runs whatever the other side sends on its day',
  certificate: 'The build takes what it fetches from whoever answers',
  signature: 'The build installs packages that nobody has signed',
}

function trusted(document: Dockerfile, stage: Stage, run: Instruction, trust: readonly Trust[]): Finding | undefined {
  const [first, ...more] = trust
  if (!first) return undefined
  const instead = trust.flatMap(({ addresses }) => addresses.flatMap((address) => insteadOf(address) ?? []))
  const needless = trust.flatMap((one) => one.needless)
  const evidence: readonly Evidence[] = more.map(({ kind, command }) => ({
    note: WHAT[kind],
    at: at(document, command),
  }))
  const repairs =
    needless.length > 0 &&
    needless.every((word) => isAmongOthers(document, word)) &&
    hasAuthorities(document, stage, run)
      ? [withoutLaxity(document, needless)]
      : []
  return {
    at: at(document, first.command),
    subject: `run:${textOf(document, first.command).slice(0, 60)}`,
    message: WHAT[first.kind],
    evidence,
    fixes: [
      ...repairs,
      ...[...new Set(instead)].map(advice),
      ...(instead.length + repairs.length > 0 ? [] : [needless.length > 0 ? INSTALL_AUTHORITIES : recipe(first.kind)]),
    ],
  }
}

const INSTALL_AUTHORITIES = advice('Install ca-certificates, and let the certificate be checked')

function recipe(kind: Trust['kind']): Fix {
  if (kind === 'script') return advice('Fetch the script at a fixed version, check its SHA-256, and run it then')
  if (kind === 'certificate')
    return advice('Put the authority of that host into the image, and let its certificate be checked')
  return advice("Add the signer's key, or check the SHA-256 of the package before it is installed")
}

/** Whether a word stands behind another one on its line, and can go without leaving an empty one. */
function isAmongOthers(document: Dockerfile, { start }: { start: number }): boolean {
  return /\S[ \t]+$/.test(textOf(document, { start: Math.max(0, start - 100), end: start }))
}

function withoutLaxity(document: Dockerfile, needless: Trust['needless']): Fix {
  const edits: readonly TextEdit[] = needless.map(({ start, end }) => {
    const before = /[ \t]*$/.exec(textOf(document, { start: Math.max(0, start - 100), end: start }))![0].length
    return replace(document, { start: start - before, end }, '')
  })
  return {
    title: 'Let the certificate be checked',
    applicability: 'review',
    edits,
    caveat: 'Behind a proxy that opens connections, the build then needs the authority of that proxy.',
  }
}

/** Whether the image has a list of authorities by then: by its base, or because the file has installed it. */
function hasAuthorities(document: Dockerfile, stage: Stage, run: Instruction): boolean {
  if (!isEditable(document, run)) return false
  const { family, reference, instructions } = imageOf(document, stage)
  if (family === 'alpine' || /(^|\/)(python|buildpack-deps|golang|ruby|rust)(:|$)/.test(reference ?? '')) return true
  return instructions
    .filter(({ index }) => index <= run.index)
    .some((one) =>
      packageCommandsOf(document, one).some(({ packages }) => packages.some(({ name }) => name === 'ca-certificates')),
    )
}
