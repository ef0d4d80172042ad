import {
  at,
  type Dockerfile,
  defineTransform,
  type Finding,
  type Instruction,
  type OldEnv,
  oldEnv,
  textOf,
  withEqualsSign,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'key-value-env',
  title: 'Set variables with an equals sign',
  severity: 'low',
  references: ['LegacyKeyValueFormat'],
  on: 'dockerfile',
  doc: `
\`ENV name value\` takes everything up to the end of the line for one value: a second variable, a comment, the lines
below. The form is deprecated, and builders warn about it.

\`ENV name value\` becomes \`ENV name=value\`. A value of several words is put between double quotes, in which variables go on
to be filled in; quotes and backslashes that were there come to the same value.

Reports without a fix what looks like a slip, so that the new form does not make it look intended: a value with an equals
sign before it, with a comment behind it, or with what looks like other variables on the lines below. So too a comment
between name and value, which would have to go, and a quote that is never closed.

## Safety

Safe: every variable holds the same value as before.
`,
  *run(document) {
    for (const instruction of document.instructions) {
      const old = oldEnv(instruction)
      if (old) yield findingOf(document, instruction, old)
    }
  },
})

function findingOf(document: Dockerfile, instruction: Instruction, old: OldEnv): Finding {
  const finding = {
    at: at(document, { start: instruction.start, end: instruction.args.end }),
    subject: `env:${old.name}`,
    message: `ENV ${old.name} is set in the form that takes the rest of the line for its value`,
  }
  const because = (note: string): Finding => ({ ...finding, evidence: [{ note, at: at(document, old.value) }] })
  const slip = slipIn(document, old)
  if (slip) return because(slip)
  const edits = withEqualsSign(document, old)
  if (!edits) return because('Its quotes and backslashes cannot be read for certain')
  return { ...finding, fixes: [{ title: 'Set it with an equals sign', applicability: 'safe', edits }] }
}

/** What the author can hardly have meant, or what the new form has no place for. */
function slipIn(document: Dockerfile, { name, gap, value }: OldEnv): string | undefined {
  const text = textOf(document, value)
  const inside = (range: { start: number; end: number }) =>
    document.comments.some(({ start, end }) => start < range.end && end > range.start)
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) return 'Its name is no plain name'
  if (inside(gap)) return 'A comment stands between the name and the value'
  if (inside(value)) return 'A comment stands among the words of the value'
  if (text.startsWith('=')) return 'The value begins with the equals sign'
  if (/\s#/.test(text.replace(/\n[ \t]*#/g, ''))) return 'What looks like a comment is part of the value'
  if (/\\[ \t]*\r?\n\s*[A-Za-z_]\w*[ \t=]/.test(text)) return 'What looks like another variable is part of the value'
  return undefined
}
