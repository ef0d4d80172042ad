import { labelled } from '../ui/layout.js'
import { proseWidth, severityWord } from '../ui/look.js'
import { markdown } from '../ui/markdown.js'
import { joined } from '../ui/text.js'
import { CODES } from './errors.js'
import { type CatalogueOptions, catalogue } from './list.js'
import { print, stdoutLook } from './terminal.js'
import { transformNamed } from './transforms.js'

/** One transform: why it matters, what it does, when it keeps quiet. */
export async function explain(id: string, options: CatalogueOptions): Promise<number> {
  const transform = transformNamed(id, await catalogue(options))
  const look = stdoutLook(options.color, '', '')
  const facts = [`severity    ${severityWord(transform.severity, look)}`, `reads       ${transform.on}`]
  if (transform.optIn) facts.push('runs        only if it is asked for by name')
  if (transform.references.length > 0) {
    facts.push(...labelled('references  ', transform.references.join(', '), 0, proseWidth(look)))
  }
  const commands = [`  harden check --only ${id}`, `  harden fix --dry-run --review --only ${id}`]
  const title = [look.colors.bold(id), transform.title]
  await print(joined([title, facts, markdown(transform.doc, look), commands]))
  return CODES.clean
}
