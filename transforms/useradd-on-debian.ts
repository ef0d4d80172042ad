import {
  adduserCalls,
  at,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  imageOf,
  lacksAdduser,
  packageCommandsOf,
  type Stage,
  textOf,
  withUseradd,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'useradd-on-debian',
  title: 'Make accounts with tools that the base has',
  severity: 'high',
  references: [],
  on: 'dockerfile',
  doc: `
Debian 13 (trixie) leaves \`adduser\` and \`addgroup\` out of its base images, and so do the slim images made from them.
Tags that name no release moved there in August 2025: a Dockerfile that built before then ends with
\`adduser: not found\`.

On these bases the calls become \`useradd\`, \`groupadd\` and \`usermod\`, which every Debian has. What Debian's \`adduser\` does
unasked is said: a home directory or none, a group of its own or \`nogroup\`, a shell or \`nologin\`. Options that are the
same in both stay as they are written.

Keeps quiet about all other bases: those that have \`adduser\`, as the full images of Python, Node and others do; Alpine, whose
\`adduser\` is another program; and about stages that install it.

Reports without a fix, and says which word it is, where an option has no equal, and accounts that the base has already:
\`adduser\` takes them as they are, \`useradd\` fails.

## Safety

A matter of review. An account without fixed ids gets others than \`adduser\` gave it on an older base: \`useradd\` counts
system ids down from 999. Ordinary accounts are no longer put into the group \`users\`.
`,
  *run(document) {
    for (const stage of document.stages) {
      const finding = findingOf(document, stage)
      if (finding) yield finding
    }
  },
})

function findingOf(document: Dockerfile, stage: Stage): Finding | undefined {
  const calls = stage.instructions.flatMap((run) => adduserCalls(document, run))
  const { reference, instructions } = calls.length > 0 ? imageOf(document, stage) : {}
  const [first] = calls
  if (!first || !reference || !lacksAdduser(reference)) return undefined
  const brought = instructions?.some((run) =>
    packageCommandsOf(document, run).some(({ packages }) => packages.some(({ name }) => BRINGS_ADDUSER.has(name))),
  )
  if (brought) return undefined
  const finding = {
    at: at(document, first),
    subject: `stage:${stage.name ?? stage.index}`,
    message: `${reference} has no ${first.name}`,
  }
  const translated = calls.map((call) => withUseradd(document, call))
  const evidence = translated.flatMap((one): readonly Evidence[] =>
    'obstacle' in one
      ? [{ note: `${textOf(document, one.obstacle)}: ${one.why}`, at: at(document, one.obstacle) }]
      : [],
  )
  if (evidence.length > 0) return { ...finding, evidence }
  return {
    ...finding,
    fixes: [
      {
        title: 'Make the accounts with useradd and groupadd',
        applicability: 'review',
        edits: translated.flatMap((one) => ('edits' in one ? one.edits : [])),
        caveat: 'Ids that are not fixed differ from those that adduser gave on older bases.',
      },
    ],
  }
}

/** Packages that bring adduser: itself, and those that depend on it and are often installed. */
const BRINGS_ADDUSER = new Set(['adduser', 'openssh-client', 'openssh-server', 'ssh', 'postfix'])
