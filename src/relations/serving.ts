import type { Variable } from '../documents/compose.js'
import type { Instruction } from '../documents/dockerfile.js'
import { kindOf } from '../documents/index.js'
import { parseShell } from '../documents/shell.js'
import { baseImage, parseReference } from '../facts/base-images.js'
import { type Server, serverIn } from '../facts/servers.js'
import type { Evidence, Location } from '../model.js'
import type { Image } from './image.js'
import { exposedPorts, locate, variablesOfImage } from './image.js'
import type { Started, StartUp } from './start-up.js'

/** A port as it is known: a number, or a variable of the container and what is taken without it. */
export type Port = number | { readonly variable: string; readonly fallback: number | undefined }

/** What can look whether a port answers, certain to be in the image: an interpreter by its name, or a tool. */
export type Prober = { readonly by: 'python' | 'node'; readonly program: string } | { readonly by: 'nc' | 'curl' }

/** A server that runs when a container starts, and that it answers on a known port. */
export interface Serving {
  /** What people call it: `gunicorn`, `next start`. */
  readonly server: string
  readonly port: Port
  readonly prober: Prober
  readonly at: Location
  /** Why the port is believed. */
  readonly evidence: readonly Evidence[]
  /** Whether something slow, such as a migration, runs before it. */
  readonly startsSlowly: boolean
}

/** A server for certain, but something about it cannot be known by reading. */
export interface Unproven {
  readonly server: string
  readonly at: Location
  readonly objections: readonly Evidence[]
}

/** What is known around a container. */
export interface Surroundings {
  /** What its consumer sets. */
  readonly variables: readonly Variable[]
  /** Whether the image holds a file of the repository at this path, as seen from its working directory. */
  readonly has: (path: string) => boolean
}

/**
 * What serves once a container has started; `undefined` where nothing is known to. Variables are the image's own and, on
 * top of them, those that its consumer sets.
 */
export function servingOf(
  image: Image,
  start: StartUp,
  { variables, has }: Surroundings,
): Serving | Unproven | undefined {
  const commands = start.commands.length > 0 ? start.commands : inherited(image)
  const servers = commands.flatMap((command) => {
    const found = serverIn(command.words)
    return found ? [{ ...found, command }] : []
  })
  // What runs only under a condition is one role of several, and which one is not known here.
  const [first, second] = distinct(servers.filter(({ command }) => command.conditions.length === 0))
  if (servers.some(({ command }) => command.conditions.length > 0)) return undefined
  const environment = environmentOf(image, variables)
  if (!first) return declared(image, commands, environment)
  const { server, args, command } = first
  const unproven = (note: string, at: Location = command.at): Unproven => ({
    server: server.name,
    at: command.at,
    objections: [{ note, at }],
  })
  if (second)
    return unproven(`It starts ${second.server.name} as well, and one check cannot speak for both`, second.command.at)
  const place =
    server.runtime === 'nginx'
      ? nginxPlace(image, server, args)
      : placeOf(server, moreArgs(server, args, environment, has), environment)
  if ('problem' in place) return unproven(place.problem)
  if (typeof place.port !== 'number' && kindOf(command.at.path) === 'compose')
    return unproven('A variable that Compose fills in decides the port')
  const prober = proberOf(image, server, commands)
  if (!prober) return unproven(`Nothing that is certain to be in the image can look whether it answers`)
  return {
    server: server.name,
    port: place.port,
    prober,
    at: command.at,
    evidence: [{ note: place.why, at: command.at }, ...exposed(image, place.port)],
    startsSlowly: commands.some(isSlow),
  }
}

/** What the stock images of nginx start by themselves. */
function inherited(image: Image): readonly Started[] {
  const { repository } = parseReference(image.reference ?? '')
  if (!NGINX_IMAGES.has(repository)) return []
  return [{ words: ['nginx'], at: locate(image, image.stage.from), conditions: [], writes: [] }]
}

const NGINX_IMAGES = new Map([
  ['nginx', 80],
  ['nginxinc/nginx-unprivileged', 8080],
])

/** A program of Node that nobody here knows: if its PORT is set and exposed, that is where it listens. */
function declared(image: Image, commands: readonly Started[], environment: Environment): Serving | undefined {
  const command = commands.find(
    ({ words, conditions }) =>
      conditions.length === 0 && /(^|\/)node$/.test(words[0] ?? '') && words.some((word) => /\.[cm]?js$/.test(word)),
  )
  const port = environment.get('PORT')
  if (!command || port === undefined || !isPort(port) || !exposedPorts(image).includes(Number(port))) return undefined
  return {
    server: 'node',
    port: { variable: 'PORT', fallback: Number(port) },
    prober: { by: 'node', program: command.words[0]! },
    at: command.at,
    evidence: [{ note: `PORT is ${port}`, at: command.at }, ...exposed(image, Number(port))],
    startsSlowly: commands.some(isSlow),
  }
}

export function isProven(outcome: Serving | Unproven | undefined): outcome is Serving {
  return outcome !== undefined && 'port' in outcome
}

/** A wrapper and what it wraps are both commands: the same server with the same words counts once. */
function distinct<T extends { readonly server: Server; readonly args: readonly string[] }>(
  servers: readonly T[],
): readonly T[] {
  const same = (a: T, b: T) => a.server === b.server && a.args.join('\0') === b.args.join('\0')
  return servers.filter((one, i) => servers.findIndex((other) => same(one, other)) === i)
}

function isSlow({ words }: Started): boolean {
  return /\b(migrate|upgrade|collectstatic|db:|prisma|alembic|createcachetable)\b/.test(words.slice(0, 6).join(' '))
}

type Environment = ReadonlyMap<string, string | undefined>

/** The variables of a container; `undefined` for a value that only run time knows. */
function environmentOf(image: Image, variables: readonly Variable[]): Environment {
  const known = new Map(variablesOfImage(image))
  for (const { name, value } of variables)
    known.set(name, value !== undefined && !value.includes('$') ? value : undefined)
  return known
}

/** Gunicorn also reads options from a variable, and from a file of a fixed name. */
function moreArgs(
  { name }: Server,
  args: readonly string[],
  environment: Environment,
  has: Surroundings['has'],
): readonly string[] {
  if (name !== 'gunicorn') return args
  const set = environment.get('GUNICORN_CMD_ARGS')
  const unknown = environment.has('GUNICORN_CMD_ARGS') && set === undefined
  const more = parseShell(set ?? '').commands.flatMap(({ words }) => words.map(({ value }) => value))
  return [
    ...(valuesOf(args, ['-b', '--bind']).length > 0 ? [] : more),
    ...args,
    ...(unknown ? ['--config=GUNICORN_CMD_ARGS'] : []),
    ...(has('gunicorn.conf.py') ? ['--config=gunicorn.conf.py'] : []),
  ]
}

type Place = { readonly port: Port; readonly why: string } | { readonly problem: string }

/** Where a server listens: what its command line says goes before variables, and those before its own habit. */
function placeOf(server: Server, args: readonly string[], environment: Environment): Place {
  const { name } = server
  const [elsewhere] = server.elsewhere.flatMap((option) =>
    valuesOf(args, [option]).map((value) => `${option} ${value === 'true' ? '' : value}`.trim()),
  )
  const binds = valuesOf(args, server.bindOptions)
  const [bind] = binds.length > 0 ? binds : server.takesPlace ? args.filter((arg) => /^[^-].*$/.test(arg)) : []
  if (binds.length > 1) return { problem: `${name} is told to listen in several places` }
  if (bind !== undefined) return placeFrom(bind, server, environment)
  if (elsewhere) return { problem: `Where ${name} listens is left to ${elsewhere}` }
  const [address = server.address] = valuesOf(args, server.addressOptions)
  if (!isAnswered(address, server))
    return { problem: `${name} listens on ${address}, which cannot be asked from inside` }
  const [port] = valuesOf(args, server.portOptions)
  if (port !== undefined) return portFrom(port, `${name} is told to listen on port ${port}`, environment)
  for (const variable of server.portVariables) {
    if (!environment.has(variable)) continue
    const value = environment.get(variable)
    const fallback = value !== undefined && isPort(value) ? Number(value) : undefined
    if (value !== undefined && fallback === undefined) return { problem: `${variable} is no port` }
    return { port: { variable, fallback }, why: `${name} listens on the port that ${variable} names` }
  }
  // A platform may still set PORT; the server would then listen there.
  const [variable] = server.portVariables
  if (server.port === undefined) return { problem: `Nothing says which port ${name} listens on` }
  const why = `${name} listens on port ${server.port} where nothing says otherwise`
  return { port: variable ? { variable, fallback: server.port } : server.port, why }
}

/** `0.0.0.0:8000`, `:8000`, `[::]:8000`, `8000`, `unix:/run/app.sock`, `0.0.0.0:${PORT:-8000}`. */
function placeFrom(bind: string, server: Server, environment: Environment): Place {
  const { name, takesPlace } = server
  if (/^(unix|fd|tcp|file):|^\//.test(bind)) return { problem: `${name} listens on ${bind}, which is no port` }
  const [, address, port] = /^(?:(\[[^\]]*\]|[^:[\]]*):)?(\$\{\w+(?::?-[^}]*)?\}|[^:]+)$/.exec(bind) ?? []
  if (port === undefined) return { problem: `${name} listens on ${bind}, which cannot be read as a port` }
  if (!isPort(port) && !port.startsWith('$')) {
    const isAddress = takesPlace !== true && address === undefined && /^[\d.]+$|^\w+$/.test(port)
    return { problem: isAddress ? `${name} is given the address ${bind} without a port` : `${bind} is no port` }
  }
  if (address !== undefined && !isAnswered(address, server))
    return { problem: `${name} listens on ${address}, which cannot be asked from inside` }
  return portFrom(port, `${name} is told to listen on ${bind}`, environment)
}

function portFrom(text: string, why: string, environment: Environment): Place {
  if (isPort(text)) return { port: Number(text), why }
  const [, braced, standIn, bare] = /^(?:\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+))$/.exec(text) ?? []
  const variable = braced ?? bare
  if (variable === undefined) return { problem: `${text} is no port` }
  const value = environment.get(variable) ?? standIn
  if (value === undefined || value === '') {
    const isSet = environment.has(variable)
    return isSet ? { port: { variable, fallback: undefined }, why } : { problem: `Nothing here sets ${variable}` }
  }
  return isPort(value) ? { port: { variable, fallback: Number(value) }, why } : { problem: `${value} is no port` }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65536
}

/** Whether a server on this address answers on 127.0.0.1; for Node, localhost is more often ::1. */
function isAnswered(address: string, { runtime }: Server): boolean {
  if (address === 'localhost') return runtime === 'python'
  return ['', '*', '0.0.0.0', '[::]', '::', '127.0.0.1', '0', 'true'].includes(address)
}

/** The values of options, written `--port 80`, `--port=80`, `-p80`; `true` where only the option is given. */
function valuesOf(args: readonly string[], options: readonly string[]): readonly string[] {
  return args.flatMap((arg, i) => {
    for (const option of options) {
      const next = args[i + 1]
      if (arg === option) return [next === undefined || next.startsWith('-') ? 'true' : next]
      if (arg.startsWith(`${option}=`)) return [arg.slice(option.length + 1)]
      if (/^-\w$/.test(option) && arg.startsWith(option) && arg.length > 2) return [arg.slice(2)]
    }
    return []
  })
}

/** The stock nginx listens on 80 and its unprivileged sister on 8080, as long as nobody brings a configuration. */
function nginxPlace(image: Image, server: Server, args: readonly string[]): Place {
  const elsewhere = args.find((arg) => server.elsewhere.includes(arg))
  if (elsewhere) return { problem: `Where nginx listens is left to ${elsewhere}` }
  const brought = image.instructions.find((instruction) =>
    /\/etc\/nginx|nginx\.conf|default\.conf/.test(textOf(image, instruction)),
  )
  if (brought) return { problem: 'The image brings its own nginx configuration, which decides the port' }
  const port = NGINX_IMAGES.get(parseReference(image.reference ?? '').repository)
  if (port !== undefined) return { port, why: `nginx listens on port ${port} as the image brings it` }
  return { problem: 'Its nginx is not that of an image known here' }
}

function textOf({ document }: Image, { start, end }: { start: number; end: number }): string {
  return document.file.text.slice(start, end)
}

/** What is certain to be in the image: the interpreter that the server itself runs on. */
function proberOf(image: Image, { runtime }: Server, commands: readonly Started[]): Prober | undefined {
  const reference = parseReference(image.reference ?? '')
  const base = image.reference === undefined ? undefined : baseImage(image.reference)
  if (runtime === 'nginx') {
    if (base?.family === 'alpine') return { by: 'nc' }
    // The Debian variants have brought curl since 1.19.
    const old = /^1\.(\d|1[0-8])(\D|$)/.test(reference.tag ?? '')
    return NGINX_IMAGES.has(reference.repository) && !old ? { by: 'curl' } : undefined
  }
  const programs = commands.map(({ words }) => words[0] ?? '')
  const called = programs.map((program) => program.slice(program.lastIndexOf('/') + 1))
  if (runtime === 'node') {
    const isThere = reference.repository === 'node' || called.includes('node') || installs(image, /\bnodejs\b/)
    return isThere ? { by: 'node', program: 'node' } : undefined
  }
  const python = called.find((name) => /^python[\d.]*$/.test(name))
  if (reference.repository === 'python') return { by: 'python', program: 'python' }
  if (python) return { by: 'python', program: programs[called.indexOf(python)]! }
  if (/(^|\/)(uv|python)$/.test(reference.repository) && /python/.test(reference.tag ?? ''))
    return { by: 'python', program: 'python' }
  return installs(image, /\bpython3\b/) ? { by: 'python', program: 'python3' } : undefined
}

/** Where a health check of the image's own asks with a program that the image does not have, and so fails for ever. */
export function lacksItsProbe(image: Image, check: Instruction): boolean {
  const text = image.document.file.text.slice(check.args.start, check.args.end)
  const program = /^CMD\s+(?:\[\s*")?(?:[\w/]*\/)?(curl|wget)\b/i.exec(text)?.[1]
  if (program === undefined) return false
  const { repository, tag = 'latest' } = parseReference(image.reference ?? '')
  const isBare =
    (/^(python|node)$/.test(repository) && /slim|alpine/.test(tag)) || /^(debian|ubuntu|alpine)$/.test(repository)
  const isBusyBox = program === 'wget' && /alpine/.test(`${repository} ${tag}`)
  return isBare && !isBusyBox && !installs(image, program === 'curl' ? /^curl$/ : /^wget$/)
}

/** Whether the stage itself installs a package of the system by this name. */
function installs(image: Image, name: RegExp): boolean {
  return image.instructions.some(
    (instruction) =>
      instruction.keyword === 'RUN' &&
      image.document
        .shell(instruction)
        .commands.some(
          ({ words }) =>
            /^(apt-get|apt|apk|dnf|microdnf|yum)$/.test(words[0]?.value ?? '') &&
            words.some(({ value }) => /^(install|add)$/.test(value)) &&
            words.some(({ value }) => name.test(value) && !value.endsWith('-dev')),
        ),
  )
}

function exposed(image: Image, port: Port): readonly Evidence[] {
  const number = typeof port === 'number' ? port : port.fallback
  if (number === undefined || !exposedPorts(image).includes(number)) return []
  const expose = image.instructions.find(({ keyword }) => keyword === 'EXPOSE')
  return [{ note: `The image exposes ${number}`, ...(expose && { at: locate(image, expose) }) }]
}
