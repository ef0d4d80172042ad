import {
  appendCommand,
  at,
  type Dockerfile,
  defineTransform,
  type Finding,
  type Fix,
  firstOf,
  type Instruction,
  isEditable,
  leavesLists,
  listStepsOf,
  type Project,
  relianceOn,
  sudoOf,
  type Use,
  usesOf,
  wordsAbout,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'apt-lists-removed',
  title: "Leave no lists of apt's in the image",
  severity: 'low',
  references: ['DL3009', 'DKL-DI-0005', 'KICS: Apt Get Install Lists Were Not Deleted'],
  on: 'dockerfile',
  doc: `
\`apt-get update\` fetches the lists of all packages: 20 to 50 MB, which nothing in a container needs and which are out of
date the next day. They only leave the image if the \`RUN\` that fetched them removes them; a later \`RUN\` hides them.

The command comes last in the \`RUN\`, in its own style, and only runs if everything before it has worked.

Keeps quiet where they are removed already, or never get into the image: a mount holds them, or the stage is only one to
copy files out of. Reports without a fix where something later installs from the lists that are there without fetching
its own: an instruction, a stage or an image built on this one, a script of the repository, or what starts.

## Safety

Safe where all that follows can be read. Where a script runs later that is not in the repository, it is a matter of review:
if it installs packages without \`apt-get update\`, it needs the lists. Whoever installs something in a running container
has to update first, and had better do so in any case.
`,
  *run(document, project) {
    const fetching = document.instructions.filter((run) => isEditable(document, run) && leavesLists(document, run))
    if (fetching.length === 0) return
    const uses = usesOf(document, project)
    for (const run of fetching) {
      if (uses.some(({ image }) => image.instructions.includes(run))) yield findingOf(document, run, uses, project)
    }
  },
})

function findingOf(document: Dockerfile, run: Instruction, uses: readonly Use[], project: Project): Finding {
  const last = listStepsOf(document, run).updates.at(-1)!
  const finding = {
    at: at(document, last.command),
    subject: `lists:${wordsAbout(listStepsOf(document, run).updates)}`,
    message: 'apt-get update leaves its lists in the image',
  }
  const { relying, unknown } = relianceOn(document, run, uses, project)
  if (relying.length > 0) return { ...finding, evidence: firstOf(relying) }
  const edit = appendCommand(document, run, `${sudoOf(last)}rm -rf /var/lib/apt/lists/*`)
  if (!edit)
    return {
      ...finding,
      evidence: [
        { note: 'Behind its last command nothing can be added without hiding a failure', at: at(document, run) },
      ],
    }
  const title = 'Remove them in the same RUN'
  const fix: Fix =
    unknown.length > 0
      ? {
          title,
          applicability: 'review',
          edits: [edit],
          caveat: 'A script that runs later needs the lists if it installs packages without updating first.',
        }
      : { title, applicability: 'safe', edits: [edit] }
  return { ...finding, evidence: unknown, fixes: [fix] }
}
