import {
  at,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  type Fix,
  type Instruction,
  pairsOf,
  type Range,
  removeLines,
  replace,
  textOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'labelled-maintainer',
  title: 'Say in a label who maintains the image',
  severity: 'low',
  references: ['DL4000', 'DS-0022', 'CKV_DOCKER_6', 'KICS: Maintainer Instruction Being Used', 'MaintainerDeprecated'],
  on: 'dockerfile',
  doc: `
\`MAINTAINER\` has been deprecated since Docker 1.13, and builders warn about it. What it says goes into a field of its own
that few tools show; a label can be read and filtered like all the others.

\`MAINTAINER\` becomes \`LABEL maintainer="…"\` in its place. Quotes, backslashes and dollar signs, which mean something in a
label, are escaped; quotes around the whole text are the label's. Where the stage has the same label already, the line goes.

Reports without a fix a stage whose label names somebody else.

## Safety

Safe: nothing of how the image works changes. The field \`Author\` of the image becomes empty.
`,
  *run(document) {
    for (const stage of document.stages)
      for (const instruction of stage.instructions)
        if (instruction.keyword === 'MAINTAINER' && instruction.words.length > 0)
          yield findingOf(document, instruction, stage.instructions)
  },
})

function findingOf(document: Dockerfile, maintainer: Instruction, stage: readonly Instruction[]): Finding {
  const finding = {
    at: at(document, maintainer),
    subject: `maintainer:${textOf(document, maintainer.args)}`,
    message: 'MAINTAINER is deprecated',
  }
  const label = labelOf(stage)
  if (!label) return { ...finding, fixes: [asLabel(document, maintainer)] }
  const evidence: Evidence = { note: 'The stage has the label already', at: at(document, label.instruction) }
  if (label.value !== textOf(document, contentOf(document, maintainer).content))
    return { ...finding, evidence: [{ ...evidence, note: 'The label names somebody else' }] }
  const fix: Fix = {
    title: 'Leave it to the label',
    applicability: 'safe',
    edits: [removeLines(document, maintainer)],
  }
  return { ...finding, evidence: [evidence], fixes: [fix] }
}

/** The last label of a stage that names a maintainer. */
function labelOf(stage: readonly Instruction[]): { instruction: Instruction; value: string } | undefined {
  return stage
    .filter(({ keyword }) => keyword === 'LABEL')
    .flatMap((instruction) =>
      pairsOf(instruction).flatMap(([name, value = '']) =>
        /^"?maintainer"?$/.test(name) ? [{ instruction, value: value.replace(/^(["'])(.*)\1$/, '$2') }] : [],
      ),
    )
    .at(-1)
}

/** The text without the quotes that some put around all of it. */
function contentOf(document: Dockerfile, { args }: Instruction): { content: Range; quoted: boolean } {
  const quoted = /^"[^"]*"$|^'[^']*'$/s.test(textOf(document, args)) && args.end - args.start > 2
  return { content: quoted ? { start: args.start + 1, end: args.end - 1 } : args, quoted }
}

function asLabel(document: Dockerfile, maintainer: Instruction): Fix {
  const { args, start, keyword } = maintainer
  const { content, quoted } = contentOf(document, maintainer)
  const head = textOf(document, { start, end: start + keyword.length }) === 'maintainer' ? 'label' : 'LABEL'
  const text = textOf(document, content)
  const written = /["$\\]/.test(text) ? [replace(document, content, escaped(text))] : []
  const closing = quoted ? { start: args.end - 1, end: args.end } : { start: args.end, end: args.end }
  return {
    title: 'Make it a label',
    applicability: 'safe',
    edits: [
      replace(document, { start, end: content.start }, `${head} maintainer="`),
      ...written,
      replace(document, closing, '"'),
    ],
  }
}

/** A backslash before each character that means something between double quotes; continuations stay what they are. */
function escaped(text: string): string {
  return text.replace(/["$]|\\(?![ \t]*[\r\n])/g, '\\$&').replaceAll('\r\n', '\n')
}
