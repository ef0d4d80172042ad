import { findRoot } from '../disk.js'
import { escaped } from '../escape.js'
import type { Transform } from '../model.js'
import { cut, pad } from '../ui/layout.js'
import { severityWord } from '../ui/look.js'
import { grouped } from '../ui/report.js'
import { heading, joined } from '../ui/text.js'
import { enter } from './enter.js'
import { CODES } from './errors.js'
import { print, stdoutLook } from './terminal.js'
import { configurationOf } from './transforms.js'

/** Where the catalogue is asked for: a project's configuration may change it. */
export interface CatalogueOptions {
  readonly config?: string
  readonly cwd?: string
  readonly color: boolean
}

export interface ListOptions extends CatalogueOptions {
  readonly format: 'text' | 'json'
  readonly quiet?: boolean
}

/** The catalogue. */
export async function list(options: ListOptions): Promise<number> {
  const transforms = await catalogue(options)
  if (options.format === 'json') await print(printedJson(transforms))
  else if (options.quiet) await print(transforms.map((transform) => `${transform.id}\n`).join(''))
  else await print(table(transforms, options))
  return CODES.clean
}

/** Every transform there is, with the severity it has here. */
export async function catalogue(options: CatalogueOptions): Promise<readonly Transform[]> {
  const { root } = findRoot(enter(options.cwd))
  return (await configurationOf(root, options)).transforms
}

function printedJson(transforms: readonly Transform[]): string {
  const rows = transforms.map(({ id, title, severity, references, on }) => ({ id, title, severity, on, references }))
  return `${JSON.stringify({ version: 'harden-list-1', transforms: rows }, null, 2)}\n`
}

function table(transforms: readonly Transform[], options: ListOptions): string {
  const look = stdoutLook(options.color, '', '')
  const width = Math.max(0, ...transforms.map((transform) => transform.id.length))
  const blocks = [...grouped(transforms, (transform) => transform.on)].map(([kind, rows]) => [
    heading(kind, look),
    '',
    ...rows.map(({ id, title, severity }) => {
      const start = `  ${pad(id, width)}  ${pad(severityWord(severity, look), 6)}  `
      return start + cut(escaped(title), look.width - width - 12, look.glyphs.ellipsis)
    }),
  ])
  return joined([...blocks, ['harden explain ID says more about one of them.']])
}
