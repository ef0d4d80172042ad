import {
  addedBy,
  at,
  type Dockerfile,
  defineTransform,
  type Finding,
  type Fix,
  type Instruction,
  type Project,
  replace,
  textOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'copy-instead-of-add',
  title: 'Copy plain files with COPY',
  severity: 'low',
  references: ['CIS-DI-4.9', 'DL3020', 'DS-0005', 'CKV_DOCKER_4', 'KICS: Add Instead of Copy'],
  on: 'dockerfile',
  doc: `
\`ADD\` copies, but it also fetches what looks like a URL and unpacks what turns out to be an archive. Whoever reads it
has to ask which of the three is meant; whoever puts a tarball in the place of a file gets a folder instead.

Where every source is a plain file or folder of the context, \`ADD\` becomes \`COPY\`, and nothing else changes. Archives
inside of a folder are no obstacle: \`ADD\` does not unpack them either.

Keeps quiet about URLs, Git repositories, sources named like an archive, here-documents, and sources that only a build
argument names.

## Safety

Safe where the files stand in every known context, or their names tell that they are no archives (a \`.jar\` is none). A
file that is made outside the repository under a name that does not tell, and a source that a build argument may
replace, are a matter of review: should it be an archive, \`COPY\` would leave it packed.
`,
  *run(document, project) {
    for (const instruction of document.instructions) {
      if (instruction.keyword !== 'ADD') continue
      const finding = findingOf(document, instruction, project)
      if (finding) yield finding
    }
  },
})

/** The flags that COPY has as well; all others are reasons to use ADD. */
const SHARED = new Set(['chown', 'chmod', 'link', 'exclude'])

function findingOf(document: Dockerfile, add: Instruction, project: Project): Finding | undefined {
  const sources = add.words.slice(0, -1)
  if (sources.length === 0 || add.hereDocuments.length > 0) return undefined
  if (add.flags.some(({ name }) => !SHARED.has(name))) return undefined
  const judged = sources.map((source) => ({ source, added: addedBy(document, add, source.value, project) }))
  if (judged.some(({ added }) => added === 'more')) return undefined
  const unknown = judged.find(({ added }) => added === 'unknown')?.source
  const keyword = { start: add.start, end: add.start + add.keyword.length }
  const isLower = textOf(document, keyword) === 'add'
  const fix: Fix = {
    title: 'Copy with COPY',
    applicability: unknown ? 'review' : 'safe',
    edits: [replace(document, keyword, isLower ? 'copy' : 'COPY')],
    ...(unknown && {
      caveat: `Should ${unknown.value} be an archive or a URL, COPY would neither unpack nor fetch it.`,
    }),
  }
  return {
    at: at(document, { start: add.start, end: add.args.end }),
    subject: `add:${sources.map(({ value }) => value).join(' ')}`,
    message: 'ADD may also fetch and unpack, and here it only copies',
    fixes: [fix],
  }
}
