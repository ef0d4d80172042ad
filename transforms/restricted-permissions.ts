import {
  at,
  belongsToUser,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Instruction,
  isProgram,
  locate,
  type Opened,
  openedIn,
  ownersMode,
  programMode,
  replace,
  type TextEdit,
  type Use,
  usesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'restricted-permissions',
  title: 'Let only their owner change files',
  severity: 'medium',
  references: ['CIS-DI-4.8', 'CWE-732', 'KICS: Chmod 777'],
  on: 'dockerfile',
  doc: `
\`chmod 777\` lets every account of the image change a file. Whoever gets in as an ordinary user can put a program in the
place of another, and wait until somebody with more rights starts it.

Where the files belong to the account that the image runs as, the owner keeps all rights, the group may read and start
them, and others nothing: \`777\` becomes \`750\`. A program or script that anybody may change becomes \`755\`, whoever the
image runs as: everybody may still start it.

Keeps quiet about directories with the sticky bit (\`1777\`, as \`/tmp\` has it), about stages that nobody runs, and about
modes that only a variable tells.

Reports without a fix, and says why, what an image does that runs as root or steps down later, paths whose owner the file
does not tell, and services that run the image as somebody else.

## Safety

Always a matter of review. Other accounts of the container can no longer use what belongs to its user; nor can a container
that is started with another number, as OpenShift does. What is on volumes keeps its own rights.
`,
  *run(document, project) {
    const found = new Map<Instruction, Finding>()
    for (const use of usesOf(document, project)) {
      const opened = openedIn(use.image)
      for (const run of new Set(opened.map((one) => one.run))) {
        const finding = findingOf(
          use,
          opened.filter((one) => one.run === run),
        )
        // Of a RUN that several stages share, what is not right for one of them is not done.
        if (!found.get(run) || !finding.fixes) found.set(run, finding)
      }
    }
    yield* found.values()
  },
})

function findingOf(use: Use, opened: readonly Opened[]): Finding {
  const { document } = use.image
  const judged = opened.map((one) => judge(use, one))
  const edits = judged.flatMap(({ edit }) => edit ?? [])
  const finding = {
    at: at(document, opened[0]!.command),
    subject: `chmod:${opened.map(({ paths }) => paths?.join(',') ?? '?').join(' ')}`,
    message: 'Every account of the image may change what this chmod opens',
    evidence: judged.flatMap(({ evidence }) => evidence ?? []),
  }
  if (edits.length === 0) return finding
  const leavesRights = judged.some(({ closes }) => closes)
  return {
    ...finding,
    fixes: [
      {
        title: edits.length === 1 ? `Change the mode to ${edits[0]!.text}` : 'Leave writing to the owners',
        applicability: 'review',
        edits,
        caveat: leavesRights
          ? 'Other accounts can no longer use the files; nor can a container that is started as another user.'
          : 'Only the owner of the program can change it then.',
      },
    ],
  }
}

interface Judged {
  readonly edit?: TextEdit
  readonly evidence?: Evidence
  /** Whether other accounts lose more than the right to write. */
  readonly closes?: boolean
}

function judge({ image, consumers }: Use, opened: Opened): Judged {
  const { command, mode, paths, recursive } = opened
  const because = (note: string): Judged => ({ evidence: { note, at: locate(image, command) } })
  if (!paths || paths.length === 0) return because('Not every path of it can be told')
  if (!recursive && paths.every(isProgram)) {
    const wanted = programMode(mode.value)
    if (wanted) return { edit: replace(image.document, mode, wanted) }
  }
  if (image.user.root !== false)
    return because(
      'The image does not surely run as an ordinary user, so that nobody can tell for whom the files are open',
    )
  const other = consumers.find(({ user }) => user)
  if (other) return { evidence: { note: 'Somebody runs the image as another user', at: other.user!.at } }
  const strange = paths.find((path) => !belongsToUser(image, path, opened))
  if (strange) return because(`The file does not tell that ${strange} belongs to ${image.user.name}`)
  const wanted = ownersMode(mode.value)
  return wanted
    ? { edit: replace(image.document, mode, wanted), closes: true }
    : because('The mode is more than one change')
}
