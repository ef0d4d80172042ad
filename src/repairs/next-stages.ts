import type { Instruction } from '../documents/dockerfile.js'
import type { ConfigObject, NextConfig } from '../documents/next-config.js'
import { insert } from '../edits.js'
import type { Path, TextEdit } from '../model.js'
import type { NextApp } from '../relations/next-apps.js'
import { lineRange } from '../text.js'

/** Sets `output: 'standalone'`, in a file of its own where there is no configuration yet; nothing where it is set. */
export function standaloneOutput(config: NextConfig | Path): readonly TextEdit[] {
  if (typeof config === 'string') return [{ path: config, start: 0, end: 0, text: NEW }]
  const object = config.config
  if (!object || object.properties.some(({ name }) => name === 'output')) return []
  return [insert(config, object.start + 1, settingIn(config, object))]
}

const NEW = `/** @type {import('next').NextConfig} */
const nextConfig = {
  output: 'standalone',
}

export default nextConfig
`

/** The setting as the first of the object, on a line of its own if the others have theirs. */
function settingIn({ file: { text } }: NextConfig, object: ConfigObject): string {
  const quote = (text.match(/"/g)?.length ?? 0) > (text.match(/'/g)?.length ?? 0) ? '"' : "'"
  const setting = `output: ${quote}standalone${quote}`
  const inner = text.slice(object.start + 1, object.end - 1)
  if (inner.trim() === '') return ` ${setting}${inner === '' ? ' ' : ','}`
  const [first] = object.properties
  const isOnItsLine = first
    ? /[\r\n][ \t]*$/.test(text.slice(object.start + 1, first.start))
    : /^[ \t]*[\r\n]/.test(inner)
  if (!isOnItsLine) return ` ${setting},`
  const own = first ? text.slice(lineRange(text, first.start).start, first.start) : `${indentAt(text, object.start)}  `
  return `\n${own.replace(/\S.*/, '')}${setting},`
}

function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineRange(text, offset).start))![0]
}

/** The output of `next build` in its places, and the variables that its server goes by. */
export function standaloneLines(
  next: NextApp,
  workdir: string,
  build: string,
  known: ReadonlySet<string>,
): readonly string[] {
  const variables = [
    ...(known.has('NODE_ENV') ? [] : ['NODE_ENV=production']),
    // An engine sets HOSTNAME to the name of the container, where the server would listen.
    ...(known.has('HOSTNAME') ? [] : ['HOSTNAME=0.0.0.0']),
    ...(known.has('PORT') || next.port === 3000 ? [] : [`PORT=${next.port}`]),
  ]
  const root = workdir.replace(/\/$/, '')
  return [
    ...(variables.length > 0 ? [`ENV ${variables.join(' ')}`] : []),
    `COPY --from=${build} ${root}/.next/standalone ./`,
    `COPY --from=${build} ${root}/.next/static ./.next/static`,
    ...(next.hasPublic ? [`COPY --from=${build} ${root}/public ./public`] : []),
  ]
}

/** The names that ENV instructions set. */
export function variablesOf(instructions: readonly Instruction[]): ReadonlySet<string> {
  return new Set(
    instructions
      .filter(({ keyword }) => keyword === 'ENV')
      .flatMap(({ words }) =>
        (words[0]?.value.includes('=') ? words : words.slice(0, 1)).map(({ value }) => value.split('=')[0]!),
      ),
  )
}

/** Whether EXPOSE instructions name a port. */
export function exposesIn(instructions: readonly Instruction[], port: number): boolean {
  return instructions.some(
    ({ keyword, words }) => keyword === 'EXPOSE' && words.some(({ value }) => value.startsWith(String(port))),
  )
}
