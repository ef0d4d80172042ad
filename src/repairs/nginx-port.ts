import type { Service } from '../documents/compose.js'
import type { Fix, Path, Project, TextEdit } from '../model.js'
import { directivesOf, keepsLogs, type NginxSite } from '../relations/nginx-site.js'
import type { Use } from '../relations/uses.js'

/** Tags that the unprivileged image has under the same names. */
const SHARED_TAG =
  /^nginx(:(latest|stable|mainline|(stable-|mainline-)?alpine(-slim)?|1\.\d+(\.\d+)?(-alpine(-slim)?)?))?$/

/**
 * The unprivileged image in the place of the official one, and its port 8080 in that of 80 with everybody who names it.
 * `undefined` unless all of them can be seen.
 */
export function otherPortFix(use: Use, site: NginxSite, project: Project): Fix | undefined {
  const { image, consumers } = use
  const { document, stage } = image
  const { base } = stage
  const services = consumers.flatMap(({ service }) => service ?? [])
  if (!SHARED_TAG.test(base.value) || services.length === 0 || services.length < consumers.length) return undefined
  const isSimple = stage.instructions.every(({ keyword, args }) =>
    keyword === 'RUN'
      ? /^rm (-\w+ )?\/etc\/nginx\/conf\.d\/\S*$/.test(document.file.text.slice(args.start, args.end))
      : !/^(USER|HEALTHCHECK|ONBUILD|SHELL)$/.test(keyword),
  )
  const config = isSimple ? configEdits(site) : undefined
  const published = config && services.map((service) => portEdits(service, project))
  if (!published || published.includes(undefined) || services.some((service) => isAskedByName(service, site, project)))
    return undefined
  const path = document.file.path
  const exposes = stage.instructions
    .filter(({ keyword }) => keyword === 'EXPOSE')
    .flatMap(({ words }) => words.filter(({ value }) => /^80(\/tcp)?$/.test(value)))
    .map(({ start }) => ({ path, start, end: start + 2, text: '8080' }))
  const renamed = { path, start: base.start, end: base.start + 'nginx'.length, text: 'nginxinc/nginx-unprivileged' }
  return {
    title: 'Take the unprivileged image, and its port 8080 everywhere',
    applicability: 'review',
    edits: [renamed, ...config, ...exposes, ...published.flatMap((edits) => edits ?? [])],
    caveat: 'Whoever else asks this service for port 80 inside its network has to ask for 8080.',
  }
}

/** `listen 80` and the pid file; `undefined` if it does more with ports, the pid file or logs than can be carried over. */
function configEdits(site: NginxSite): readonly TextEdit[] | undefined {
  // The directory of the logs is root's in that image too.
  if (keepsLogs(site)) return undefined
  const pids = directivesOf(site, 'pid')
  if (site.ownMain && pids.length === 0) return undefined
  const listens = directivesOf(site, 'listen')
  const edits = listens.map(({ args, at }): TextEdit | undefined => {
    const place = args[0]
    if (!place || !/^((\[::\]|0\.0\.0\.0|\*):)?80$/.test(place.value)) return undefined
    return { path: at.path, start: place.end - 2, end: place.end, text: '8080' }
  })
  if (edits.includes(undefined)) return undefined
  const moved = pids.flatMap(({ args, at }) => {
    const word = args[0]
    return word && !word.value.startsWith('/tmp/')
      ? [{ path: at.path, start: word.start, end: word.end, text: '/tmp/nginx.pid' }]
      : []
  })
  return [...edits.flatMap((edit) => edit ?? []), ...moved]
}

/** The ports a service publishes, from 8080 now; `undefined` if it says more about the port than that. */
function portEdits(service: Service, project: Project): readonly TextEdit[] | undefined {
  if (service.healthcheck || service.networkMode || service.labels.some(({ value = '' }) => /80|port/i.test(value)))
    return undefined
  const edits = service.ports.map(({ at, target }): TextEdit | undefined => {
    const raw = project.read(at.path)?.text.slice(at.start, at.end) ?? ''
    const found = /(?:^["']?|:|target:\s*["']?)80(?=(\/tcp)?["']?(\s|$))/.exec(raw)
    if (target !== '80' || !found) return undefined
    const end = at.start + found.index + found[0].length
    return { path: at.path, start: end - 2, end, text: '8080' }
  })
  return edits.includes(undefined) ? undefined : edits.flatMap((edit) => edit ?? [])
}

const TEXTS =
  /\.(ya?ml|conf|template|env|json|[cm]?[jt]sx?|py|toml|ini|properties|sh|go|java|rb|php)$|(^|\/)\.env[\w.-]*$/
/** How many files are looked into for the name of a service. */
const MOST_FILES = 2_000

/** Whether something in the repository asks for the service by its name, on the port that would be gone. */
function isAskedByName({ name }: Service, site: NginxSite, project: Project): boolean {
  const own = new Set<Path>(site.configs.map(({ file }) => file.path))
  const pattern = new RegExp(
    `//${name.replace(/[^\w-]/g, '\\$&')}(?![\\w.-])|(?<![\\w.-])${name.replace(/[^\w-]/g, '\\$&')}:80(?!\\d)`,
  )
  const files = project.paths.filter((path) => TEXTS.test(path) && !own.has(path))
  return files.length > MOST_FILES || files.some((path) => pattern.test(project.read(path)?.text ?? ''))
}
