import { at, type Dockerfile, defineTransform, type Finding, namedStages, numericReferences } from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'named-stages',
  title: 'Refer to stages by their names',
  severity: 'low',
  references: ['DL3022'],
  on: 'dockerfile',
  doc: `
\`COPY --from=0\` means the first stage, whichever that is. Put a stage before it, and the files come from the wrong one,
without an error where both have them.

Every stage that is referred to by its position gets a name, and \`COPY --from\` uses it. Stages that
nobody refers to by a number are left as they are; a number that is no stage of the file is an image's name, and two
stages of one name can only be told apart by number.

## Safety

Safe: builders come to the same image. The name is one that the file uses for nothing else.
`,
  *run(document) {
    const references = numericReferences(document)
    const [first] = references
    if (!first) return
    const { names, edits } = namedStages(document)
    const list = [...names.values()]
    const finding: Finding = {
      at: at(document, first.instruction),
      subject: 'stages',
      message: `Stages are referred to by their position, which changes with every stage before them`,
      evidence: references
        .filter((one, i) => references[i - 1]?.instruction !== one.instruction)
        .map(({ stage, instruction }) => ({
          note: `This means stage ${stage.index}, from ${stage.base.value}`,
          at: at(document, instruction),
        })),
      fixes: [
        {
          title: `Refer to ${list.length === 1 ? 'the stage' : 'stages'} as ${list.join(', ')}`,
          applicability: 'safe',
          edits,
        },
      ],
    }
    yield finding
  },
})
