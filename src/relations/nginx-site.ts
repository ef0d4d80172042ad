import { posix } from 'node:path'
import { type NginxConfig, type NginxDirective, parseNginx } from '../documents/nginx.js'
import type { Evidence, Location, Path, Project } from '../model.js'
import { type Image, isUnder, locate } from './image.js'
import { folderOf, resolvePath } from './paths.js'
import type { Use } from './uses.js'

/** How nginx is set up in an image, as far as files of the repository tell. */
export interface NginxSite {
  readonly configs: readonly NginxConfig[]
  /** Whether a file takes the place of the main configuration, which names the pid file and the logs. */
  readonly ownMain: boolean
  /** Whether the entrypoint of the image fills in templates when it starts. */
  readonly templates: boolean
  /** What it holds that cannot be read. */
  readonly unread: readonly Evidence[]
}

const HOME = '/etc/nginx'

/** The configuration that is copied or mounted below /etc/nginx. */
export function nginxSite({ image, contexts, consumers }: Use, project: Project): NginxSite {
  const found = new Map<Path, { readonly target: string }>()
  const unread: Evidence[] = []
  for (const copy of image.copies) {
    const { destination, instruction } = copy
    if (destination === undefined || !touches(destination)) continue
    const at = locate(image, instruction)
    if (copy.from !== undefined) {
      unread.push({ note: 'Its configuration comes from another stage or image', at })
      continue
    }
    for (const { value } of copy.sources) {
      const source = image.document.expand(value, instruction)
      const files = source === undefined ? [] : filesAt(source, destination, contexts, project)
      if (files.length === 0) unread.push({ note: `${value} is not in the repository`, at })
      for (const { path, target } of files) found.set(path, { target })
    }
  }
  for (const { mounts, stack, service } of consumers) {
    for (const { source, target } of mounts) {
      if (source === undefined || !touches(target)) continue
      const path = resolvePath(folderOf(stack?.[0] ?? service?.keyAt.path ?? '.'), source)
      const files =
        path === undefined ? [] : project.paths.filter((each) => each === path || each.startsWith(`${path}/`))
      for (const file of files)
        found.set(file, { target: file === path ? target : posix.join(target, posix.relative(path!, file)) })
    }
  }
  const targets = [...found.values()].map(({ target }) => target)
  const configs = [...found.keys()]
    .filter((path) => /\.(conf|template|inc)$|(^|\/)sites-\w+\//.test(path))
    .flatMap((path) => {
      const file = project.read(path)
      return file ? [parseNginx(file)] : []
    })
  for (const { problem, file } of configs) {
    if (problem) unread.push({ note: `${file.path} cannot be read for certain: ${problem}`, at: whole(file.path) })
  }
  return {
    configs,
    ownMain: targets.includes(`${HOME}/nginx.conf`),
    templates: targets.some((target) => isUnder(target, `${HOME}/templates`)),
    unread,
  }
}

function whole(path: Path): Location {
  return { path, start: 0, end: 0 }
}

/** Whether something is put below /etc/nginx, or over it. */
function touches(target: string): boolean {
  return isUnder(target, HOME) || target === '/etc' || target === '/etc/'
}

/** The files that a COPY of one source puts somewhere, with the paths that they get. */
function filesAt(source: string, destination: string, contexts: readonly Path[], project: Project) {
  for (const context of contexts) {
    const path = posix.join(context, source.replace(/^\/+/, ''))
    const isInside = (each: Path) => path === '.' || each.startsWith(`${path.replace(/\/$/, '')}/`)
    const pattern = /[*?[]/.test(posix.basename(path)) ? posix.dirname(path) : undefined
    const files = project.paths.filter((each) =>
      pattern === undefined ? each === path || isInside(each) : posix.dirname(each) === pattern,
    )
    if (files.length === 0) continue
    return files.map((file) => {
      const base = file === path || pattern !== undefined ? posix.basename(file) : posix.relative(path, file)
      const isFolder = destination.endsWith('/') || file !== path
      return { path: file, target: isFolder ? posix.join(destination, base) : destination }
    })
  }
  return []
}

/** Every directive of this name, with the place it stands at. */
export function directivesOf(
  { configs }: NginxSite,
  ...names: readonly string[]
): readonly (NginxDirective & { readonly at: Location })[] {
  return configs.flatMap(({ file, directives }) =>
    directives
      .filter(({ name }) => names.includes(name))
      .map((directive) => ({ ...directive, at: { path: file.path, start: directive.start, end: directive.end } })),
  )
}

/** The ports it listens on; 80 where nothing says so. `undefined` for one that cannot be known. */
export function listenedPorts(site: NginxSite): readonly (number | undefined)[] {
  const listens = directivesOf(site, 'listen').filter(({ args }) => !args[0]?.value.startsWith('unix:'))
  if (listens.length === 0) return [80]
  return listens.map(({ args }) => {
    const [, port] = /^(?:(?:\[[^\]]*\]|[^:]*):)?(\d+)$/.exec(args[0]?.value ?? '') ?? []
    if (port !== undefined) return Number(port)
    return /^[\d.*]+$|^\[[^\]]*\]$|^localhost$/.test(args[0]?.value ?? '') ? 80 : undefined
  })
}

/** Whether the stage does something to the configuration that no file of the repository shows. */
export function editsOfConfig({ document, stage }: Image): readonly Evidence[] {
  return stage.instructions
    .filter((run) => run.keyword === 'RUN' && /\/etc\/nginx/.test(document.file.text.slice(run.start, run.end)))
    .filter((run) => !document.shell(run).commands.every(({ name }) => name === 'rm' || name === 'mkdir'))
    .map((run) => ({ note: 'The build changes the configuration', at: locate({ document }, run) }))
}

/** Whether it writes logs beside the two that the official image sends to the output of the container. */
export function keepsLogs(site: NginxSite): boolean {
  return directivesOf(site, 'access_log', 'error_log').some(({ args }) =>
    /^\/var\/log\/nginx\/(?!(access|error)\.log$)/.test(args[0]?.value ?? ''),
  )
}
