import type { Instruction } from '../documents/dockerfile.js'
import { developmentServer } from '../facts/node-builds.js'
import type { Evidence, Project } from '../model.js'
import { inside } from './ignored-files.js'
import { exposedPorts, locate, variablesOfImage } from './image.js'
import { ownStart } from './next-apps.js'
import type { NodeStage } from './node-stages.js'
import { folderOf } from './paths.js'
import type { Started } from './start-up.js'

/** Pages that a tool builds from sources and that any server of files could serve. */
export interface StaticSite {
  /** What builds them, as people call it. */
  readonly tool: string
  /** What serves them now: `vite`, `serve`, `react-scripts start`. */
  readonly server: string
  /** Whether that is a server for development, which builds nothing that lasts. */
  readonly isDevelopment: boolean
  readonly port: number
  /** The folder that the build writes, below the one it runs in. */
  readonly output: string
  /** Whether a path without a file gets the first page, whose program finds out what is meant. */
  readonly fallsBack: boolean
  readonly objections: readonly Evidence[]
}

interface Tool {
  readonly called: string
  readonly build: RegExp
  readonly output: string
  /** The port of its development server. */
  readonly port: number
}

/** Tools whose output is known without running them. */
const TOOLS: Readonly<Record<string, Tool>> = {
  vite: { called: 'Vite', build: /\bvite\s+build\b/, output: 'dist', port: 5173 },
  'react-scripts': { called: 'Create React App', build: /\breact-scripts\s+build\b/, output: 'build', port: 3000 },
}

/** Frameworks that bring a server of their own, or put their pages elsewhere, whatever builds them. */
const MORE_THAN_FILES =
  /^(next|nuxt|astro|gatsby|vike|vite-plugin-ssr|vite-ssr|@sveltejs\/kit|@remix-run\/.+|@react-router\/(dev|node)|@tanstack\/(react-)?start|@builder\.io\/qwik-city|@analogjs\/.+|solid-start|@solidjs\/start|vitepress|express|fastify|koa|hono)$/

/** The pages that a stage serves; `undefined` if it serves something else. */
export function staticSiteOf(cut: NodeStage, project: Project): StaticSite | undefined {
  const { manifest } = cut.source
  const { commands } = ownStart(cut, project)
  const served = commands.flatMap((command) => serverOf(command) ?? [])
  const [first] = served
  if (!first) return undefined
  const script = manifest.scripts.get('build') ?? ''
  const name = Object.keys(TOOLS).find((each) => TOOLS[each]!.build.test(script))
  const tool = name === undefined ? undefined : TOOLS[name]
  if (!name || !tool) return undefined
  const port = portOf(cut, commands, first, tool)
  return {
    tool: tool.called,
    server: first.server,
    isDevelopment: first.isDevelopment,
    port: port ?? 0,
    output: tool.output,
    fallsBack: first.fallsBack,
    objections: [
      ...cut.objections,
      ...(port === undefined ? [{ note: 'Only run time knows its port', at: first.command.at }] : []),
      ...objectionsTo(cut, commands, first, name, tool, script, project),
    ],
  }
}

interface Served {
  readonly command: Started
  readonly server: string
  readonly isDevelopment: boolean
  readonly fallsBack: boolean
  /** The folder that is named to it, if it is told one. */
  readonly folder: string | undefined
}

/** A server of pages that a command starts. */
function serverOf(command: Started): Served | undefined {
  const [program = '', ...args] = command.words
  const name = program.slice(program.lastIndexOf('/') + 1)
  const development = developmentServer(command.words)
  if (development === 'vite' || development === 'react-scripts start')
    return { command, server: development, isDevelopment: true, fallsBack: true, folder: undefined }
  if (name === 'vite' && args[0] === 'preview')
    return { command, server: 'vite preview', isDevelopment: false, fallsBack: true, folder: undefined }
  if (name !== 'serve') return undefined
  const folder = args.find(
    (arg, i) => !arg.startsWith('-') && !/^(-l|-p|--listen|-c|--config|-L)$/.test(args[i - 1] ?? ''),
  )
  return {
    command,
    server: 'serve',
    isDevelopment: false,
    fallsBack: args.some((arg) => /^(-s|--single|-\w*s\w*)$/.test(arg)),
    folder,
  }
}

/** The port that the command line, the configuration or the image name; `undefined` if only run time knows. */
function portOf(
  { image }: NodeStage,
  commands: readonly Started[],
  { server, isDevelopment }: Served,
  tool: Tool,
): number | undefined {
  const given = commands.flatMap(({ words }) =>
    words.flatMap((word, i) => {
      if (/^(-p|-l|--port|--listen)$/.test(word)) return [words[i + 1] ?? '']
      const [, value] = /^--(?:port|listen)=(.*)$/.exec(word) ?? []
      return value === undefined ? [] : [value]
    }),
  )
  const variables = variablesOfImage(image)
  const isAsked = server !== 'vite' && server !== 'vite preview' && variables.has('PORT')
  const habit = isDevelopment ? tool.port : server === 'serve' ? 3000 : 4173
  const all = new Set(given.length > 0 ? given : isAsked ? [variables.get('PORT') ?? ''] : [String(habit)])
  const [only = ''] = all
  const port = /^(?:tcp:\/\/)?(?:0\.0\.0\.0:|:)?(\d{2,5})$/.exec(only)?.[1]
  return all.size === 1 && port !== undefined ? Number(port) : undefined
}

function* objectionsTo(
  { image, source, workdir, rest, building }: NodeStage,
  commands: readonly Started[],
  served: Served,
  name: string,
  tool: Tool,
  script: string,
  project: Project,
): Iterable<Evidence> {
  const { manifest } = source
  const folder = folderOf(manifest.file.path)
  const packages = [...manifest.groups.dependencies.keys(), ...manifest.groups.devDependencies.keys()]
  const more = packages.find((each) => MORE_THAN_FILES.test(each))
  if (more) yield { note: `With ${more} it may be more than pages`, at: manifest.at() }
  if (/--(outDir|base|ssr|root)\b/.test(script))
    yield {
      note: 'Its build script says where to and for which address it builds',
      at: manifest.at('scripts', 'build'),
    }
  yield* name === 'vite'
    ? viteObjections(folder, served, project)
    : craObjections(manifest.at(), folder, project, manifest.keys)
  const odd = commands.find(
    ({ words }) =>
      !/^(npm|yarn|pnpm|npx|sh|bash|exec|serve|vite|react-scripts|docker-entrypoint\.sh)$/.test(
        (words[0] ?? '').replace(/^.*\//, ''),
      ),
  )
  if (odd) yield { note: `It starts ${odd.words.slice(0, 3).join(' ')} as well`, at: odd.at }
  if (served.folder !== undefined && `${workdir}/${tool.output}` !== absolute(served.folder, workdir))
    yield { note: `It serves ${served.folder}, and ${name} builds to ${tool.output}`, at: served.command.at }
  const ports = exposedPorts(image)
  if (ports.length > 1) yield { note: 'It exposes several ports', at: locate(image, image.stage.from) }
  if (served.isDevelopment) return
  const own = rest.find((instruction) => isOfNode(instruction))
  if (own) yield { note: `${own.keyword} behind its build is meant for the image of Node`, at: locate(image, own) }
  if (building.length > 0 && !/^CMD$/.test(rest.findLast(({ keyword }) => keyword === 'CMD')?.keyword ?? ''))
    yield { note: 'Its CMD does not stand behind its build', at: locate(image, image.stage.from) }
}

/** What cannot stand on another image, or would mean something else there. */
function isOfNode({ keyword, words }: Instruction): boolean {
  if (/^(EXPOSE|LABEL|MAINTAINER|STOPSIGNAL|ENV|ARG|CMD)$/.test(keyword)) return false
  return keyword !== 'RUN' || !isOfServe(words.map(({ value }) => value))
}

/** `npm install -g serve`, which the other server makes needless. */
export function isOfServe(words: readonly string[]): boolean {
  return /^(npm (install|i) (-g|--global) serve(@\S+)?|yarn global add serve(@\S+)?)$/.test(words.join(' '))
}

function absolute(path: string, workdir: string): string {
  return path.startsWith('/') ? path.replace(/\/$/, '') : `${workdir}/${path.replace(/^\.\//, '').replace(/\/$/, '')}`
}

/** What a configuration of Vite says that would not hold for another server, looked for by its key. */
function* viteObjections(folder: string, { isDevelopment }: Served, project: Project): Iterable<Evidence> {
  for (const ending of ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts']) {
    const file = project.read(inside(folder, `vite.config.${ending}`))
    if (!file) continue
    const at = (key: RegExpExecArray) => ({ path: file.path, start: key.index, end: key.index + key[0].length })
    const key = /\b(outDir|base|root|ssr|appType)\b['"]?\s*[:,]/.exec(file.text)
    if (key) yield { note: `Its configuration sets ${key[1]}`, at: at(key) }
    const proxy = /\bproxy\b['"]?\s*:/.exec(file.text)
    if (proxy) yield { note: 'The server of Vite passes requests on, which files alone cannot', at: at(proxy) }
    const port = /\bport\b['"]?\s*:/.exec(file.text)
    if (port && (isDevelopment || /\bpreview\b/.test(file.text)))
      yield { note: 'Its configuration sets the port', at: at(port) }
  }
}

function* craObjections(
  manifest: Evidence['at'],
  folder: string,
  project: Project,
  keys: ReadonlySet<string>,
): Iterable<Evidence> {
  if (keys.has('proxy'))
    yield {
      note: 'The development server passes requests on (proxy), which files alone cannot',
      ...(manifest && { at: manifest }),
    }
  if (keys.has('homepage'))
    yield { note: 'It is built for an address of its own (homepage)', ...(manifest && { at: manifest }) }
  const proxy = project.paths.find((path) => path.startsWith(inside(folder, 'src/setupProxy.')))
  if (proxy)
    yield {
      note: 'The development server passes requests on, which files alone cannot',
      at: { path: proxy, start: 0, end: 0 },
    }
}
