/** Words for pull requests: text with `{{name}}` in it, and no logic. */

/** What a template may name, and what stands for it. */
export const NAMES = {
  title: ['title', 'campaign', 'repository', 'group', 'count'],
  body: [
    'title',
    'campaign',
    'repository',
    'group',
    'count',
    'summary',
    'changes',
    'checks',
    'evidence',
    'left',
    'suppress',
  ],
} as const

export type TemplateKind = keyof typeof NAMES
export type Values<K extends TemplateKind> = Readonly<Record<(typeof NAMES)[K][number], string>>

/** Characters; what a person writes for every pull request is shorter, and what harden says of one must fit beside it. */
const LONGEST = { title: 200, body: 16_384 }

const PLACE = /\{\{([^{}]*)\}\}/g

/** What is wrong with a template, one sentence each; empty if it may be used. */
export function templateFaults(template: string, kind: TemplateKind): readonly string[] {
  const names: readonly string[] = NAMES[kind]
  const faults: string[] = []
  if (template.trim() === '') faults.push('it is empty')
  if (template.length > LONGEST[kind]) faults.push(`it is longer than ${LONGEST[kind]} characters`)
  if (kind === 'title' && /[\r\n]/.test(template)) faults.push('a title is one line')
  for (const [, name = ''] of template.matchAll(PLACE)) {
    if (!names.includes(name.trim())) faults.push(`there is no {{${name.trim()}}}; there are ${names.join(', ')}`)
  }
  if (/\{\{|\}\}/.test(template.replace(PLACE, ''))) faults.push('it has {{ without }}, or the other way round')
  return faults
}

/**
 * Puts values in their places, each once: what a value holds is never a place itself.
 * @param values Escaped for where they go.
 * @throws Error if the template has faults
 */
export function filledIn<K extends TemplateKind>(template: string, kind: K, values: Values<K>): string {
  const [fault] = templateFaults(template, kind)
  if (fault) throw new Error(`the template of the ${kind}: ${fault}`)
  return template.replace(PLACE, (_, name: string) => values[name.trim() as keyof Values<K>])
}
