import { documentOf } from '../documents/index.js'
import type { NextConfig } from '../documents/next-config.js'
import { developmentServer } from '../facts/node-builds.js'
import type { Evidence, Path, Project } from '../model.js'
import { ignoredBy, inside } from './ignored-files.js'
import { locate, variablesOfImage } from './image.js'
import { sourcesOf } from './node-needs.js'
import type { NodeStage } from './node-stages.js'
import { folderOf, resolvePath } from './paths.js'
import { type StartUp, startUpOf } from './start-up.js'

/** An application of Next.js that could run from what `output: 'standalone'` makes of it. */
export interface NextApp {
  /** Whether the image starts the server for development. */
  readonly isDevelopment: boolean
  readonly port: number
  /** Whether it has files that are served as they are. */
  readonly hasPublic: boolean
  /** Its configuration; a path alone where there is none yet. */
  readonly config: NextConfig | Path
  readonly objections: readonly Evidence[]
}

/** What the image starts by itself, whatever its consumers give it to do. */
export function ownStart({ image, use }: NodeStage, project: Project): StartUp {
  return startUpOf(image, use.contexts, project)
}

/** The application of Next.js that a stage serves; `undefined` if it serves none. */
export function nextAppOf(cut: NodeStage, project: Project): NextApp | undefined {
  const { source } = cut
  const { manifest } = source
  if (!manifest.groups.dependencies.has('next') && !manifest.groups.devDependencies.has('next')) return undefined
  const start = ownStart(cut, project)
  const isDevelopment = start.commands.some(({ words }) => developmentServer(words) === 'next dev')
  const isServed = start.commands.some(({ words }) => /(^|\/)next$/.test(words[0] ?? '') && words[1] === 'start')
  if (!isDevelopment && !isServed) return undefined
  const port = portOf(cut, start)
  const folder = folderOf(manifest.file.path)
  const paths = ['js', 'mjs', 'cjs', 'ts'].map((ending) => inside(folder, `next.config.${ending}`))
  const path = paths.find((each) => project.paths.includes(each))
  const file = path === undefined ? undefined : project.read(path)
  const config = (file && documentOf(file, 'next-config')) ?? inside(folder, 'next.config.mjs')
  return {
    isDevelopment,
    port: port ?? 3000,
    hasPublic: project.paths.some((each) => each.startsWith(inside(folder, 'public/'))),
    config,
    objections: [
      ...cut.objections,
      ...(port === undefined
        ? [{ note: 'Only run time knows its port', at: locate(cut.image, cut.image.stage.from) }]
        : []),
      ...objectionsTo(cut, start, config, project),
    ],
  }
}

/** The port that command lines or the image name; `undefined` if they do not agree, or only run time knows. */
function portOf({ image }: NodeStage, { commands }: StartUp): number | undefined {
  const given = commands.flatMap(({ words }) =>
    words.flatMap((word, i) => {
      if (word === '-p' || word === '--port') return [words[i + 1] ?? '']
      return word.startsWith('--port=') ? [word.slice('--port='.length)] : []
    }),
  )
  const variables = variablesOfImage(image)
  const all = new Set(given.length > 0 ? given : variables.has('PORT') ? [variables.get('PORT') ?? ''] : ['3000'])
  const [only = ''] = all
  return all.size === 1 && /^\d{2,5}$/.test(only) ? Number(only) : undefined
}

function* objectionsTo(
  { image, source, use, workdir }: NodeStage,
  start: StartUp,
  config: NextConfig | Path,
  project: Project,
): Iterable<Evidence> {
  const { manifest } = source
  const script = manifest.scripts.get('build')
  const at = manifest.at('dependencies', 'next')
  if (!script || !/\bnext\s+build\b/.test(script))
    yield { note: 'package.json has no script build that runs next build', at: manifest.at('scripts', 'build') }
  const major = Number(/\d+/.exec(manifest.groups.dependencies.get('next') ?? '')?.[0] ?? 15)
  if (major < 13) yield { note: `Next.js ${major} cannot do this in the same way`, at }
  for (const name of ['@prisma/client', 'next-pwa', 'next-i18next'])
    if (manifest.groups.dependencies.has(name))
      yield {
        note: `${name} looks for files at run time that the standalone output may not hold`,
        at: manifest.at('dependencies', name),
      }
  const odd = start.commands.find(
    ({ words }) =>
      !/^(npm|yarn|pnpm|npx|next|sh|exec|dumb-init|tini|docker-entrypoint\.sh)$/.test(
        (words[0] ?? '').replace(/^.*\//, ''),
      ),
  )
  if (odd) yield { note: `It starts ${odd.words.slice(0, 3).join(' ')} as well`, at: odd.at }
  if (start.unreadable[0])
    yield { note: `What ${start.unreadable[0].script} starts cannot be read`, at: start.unreadable[0].at }
  const entrypoint = image.instructions.find(({ keyword }) => keyword === 'ENTRYPOINT')
  if (entrypoint) yield { note: 'Its ENTRYPOINT may expect another command', at: locate(image, entrypoint) }
  if (major < 15 && !manifest.groups.dependencies.has('sharp')) {
    const user = sourcesOf(manifest, project)?.find(({ text }) => /['"]next\/image['"]/.test(text))
    if (user)
      yield {
        note: `It makes images smaller, for which Next.js ${major} needs sharp in a standalone output`,
        at: { path: user.path, start: 0, end: 0 },
      }
  }
  if (typeof config !== 'string') yield* configObjections(config)
  const path = typeof config === 'string' ? config : config.file.path
  const ignored = use.contexts
    .map((context) => ignoredBy(path, context, image.document.file.path, project))
    .find(Boolean)
  if (ignored) yield { note: `${ignored.path} keeps its configuration out of the build`, at: ignored }
  const folder = folderOf(manifest.file.path)
  const reads = image.copies.some(
    ({ from, destination, sources }) =>
      from === undefined &&
      destination?.replace(/(.)\/$/, '$1') === workdir &&
      sources.some(({ value }) => resolvePath(source.context, value.replace(/^\/+/, '')) === folder),
  )
  if (!reads)
    yield {
      note: 'Its sources are not copied as a whole, and some may be missing in its build',
      at: locate(image, image.stage.from),
    }
}

function* configObjections({ config, file, oddities }: NextConfig): Iterable<Evidence> {
  const at = { path: file.path, start: config?.start ?? 0, end: config?.start ?? 0 }
  if (!config)
    return yield {
      note: oddities.length > 0 ? 'Its configuration cannot be read' : 'Which object configures it cannot be told',
      at,
    }
  if (config.open) yield { note: 'Its configuration takes settings over from elsewhere', at }
  for (const property of config.properties) {
    const place = { path: file.path, start: property.start, end: property.end }
    if (property.name === 'output' && property.text !== 'standalone')
      yield {
        note:
          property.text === 'export'
            ? 'It is exported as files, and no server runs it'
            : 'Its output is decided when it is built',
        at: place,
      }
    if (property.name === 'distDir') yield { note: 'It is built to a folder of its own choice', at: place }
  }
}
