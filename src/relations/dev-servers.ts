import { posix } from 'node:path'
import type { Project } from '../model.js'
import { isUnder, variablesOfImage } from './image.js'
import { type Application, djangoApplication, flaskApplication, mainBlock } from './python-apps.js'
import { fileInImage, type Use } from './uses.js'
import type { WrittenCommand } from './written-commands.js'

/** A development server in a command, by the words from one position up to another, and what it serves where. */
export type DevServer =
  | {
      readonly kind: 'django' | 'flask'
      readonly name: string
      readonly from: number
      readonly to: number
      /** The interpreter that starts it, if the command names one. */
      readonly python: string | undefined
      /** Whether it is given options that have to stay. */
      readonly asModule: boolean
      readonly application: Application
      readonly bind: string
    }
  | { readonly kind: 'reload'; readonly name: string; readonly flags: readonly (readonly [from: number, to: number])[] }
  | { readonly kind: 'fastapi'; readonly name: string; readonly verb: number }
  | { readonly kind: 'unknown'; readonly name: string; readonly obstacle: string }

/** The development server that a command starts; `undefined` for every other program. */
export function devServer(command: WrittenCommand, use: Use, project: Project): DevServer | undefined {
  const words = command.words.map(({ value }) => value)
  // Behind `exec`, `poetry run` and the like.
  for (let i = 0; i < Math.min(words.length, 6); i++) {
    const found = serverAt(words, i, command, use, project)
    if (found) return found
  }
  return undefined
}

function serverAt(
  words: readonly string[],
  start: number,
  command: WrittenCommand,
  use: Use,
  project: Project,
): DevServer | undefined {
  const isPython = /^python[\d.]*$/.test(posix.basename(words[start]!))
  const python = isPython ? words[start] : undefined
  let at = isPython ? start + 1 : start
  while (isPython && /^-[uOBE]+$/.test(words[at] ?? '')) at++
  // What python is told stays, and gunicorn becomes its module.
  const asModule = isPython && at > start + 1
  const common = { from: asModule ? at : start, python, asModule }
  if (isPython && words[at] === '-m') at++
  const program = posix.basename(words[at] ?? '')
  const rest = words.slice(at + 1)
  if (program === 'manage.py' && rest[0] === 'runserver')
    return django({ ...common, to: words.length }, words[at]!, rest.slice(1), command, use, project)
  if (program === 'flask' && rest.includes('run'))
    return flask({ ...common, to: words.length }, rest, command, use, project)
  if (program === 'fastapi' && rest[0] === 'dev') return { kind: 'fastapi', name: 'fastapi dev', verb: at + 1 }
  if (/^(uvicorn|gunicorn|hypercorn)$/.test(program)) return reloading(program, words, at)
  if (isPython && words[at - 1] !== '-m' && program.endsWith('.py') && rest.length === 0)
    return script({ ...common, to: words.length }, words[at]!, command, use, project)
  return undefined
}

interface Span {
  readonly asModule: boolean
  readonly from: number
  readonly to: number
  readonly python: string | undefined
}

function django(
  span: Span,
  manage: string,
  args: readonly string[],
  command: WrittenCommand,
  use: Use,
  project: Project,
): DevServer {
  const name = "Django's runserver"
  const strange = args.find((arg) => arg.startsWith('-') && !/^--(noreload|nothreading|nostatic)$/.test(arg))
  if (strange) return { kind: 'unknown', name, obstacle: `What ${strange} does has no match in gunicorn` }
  const bind = bindOf(args.find((arg) => !arg.startsWith('-')) ?? '8000', command)
  if ('obstacle' in bind) return { kind: 'unknown', name, ...bind }
  const isSet = settingOf('DJANGO_SETTINGS_MODULE', command, use) !== undefined
  return { kind: 'django', name, ...span, application: djangoApplication(use, manage, project, isSet), ...bind }
}

function flask(span: Span, rest: readonly string[], command: WrittenCommand, use: Use, project: Project): DevServer {
  const name = "Flask's own server"
  const option = (...names: string[]) => {
    const i = rest.findIndex((word) => names.includes(word) || names.some((each) => word.startsWith(`${each}=`)))
    return i < 0 ? undefined : rest[i]!.includes('=') ? rest[i]!.slice(rest[i]!.indexOf('=') + 1) : rest[i + 1]
  }
  const strange = rest.find(
    (word) =>
      /^-/.test(word) &&
      !/^(-h|-p|-A|--(host|port|app|debug|no-debug|reload|no-reload|debugger|no-debugger|with-threads|without-threads))(=|$)/.test(
        word,
      ),
  )
  if (strange) return { kind: 'unknown', name, obstacle: `What ${strange} does has no match in gunicorn` }
  const host = option('-h', '--host') ?? settingOf('FLASK_RUN_HOST', command, use) ?? '127.0.0.1'
  const port = option('-p', '--port') ?? settingOf('FLASK_RUN_PORT', command, use) ?? '5000'
  const bind = bindOf(`${host}:${port}`, command)
  if ('obstacle' in bind) return { kind: 'unknown', name, ...bind }
  const target = option('-A', '--app') ?? settingOf('FLASK_APP', command, use)
  const usual = ['wsgi.py', 'app.py'].find((file) => fileInImage(use, file, project))
  const application = flaskApplication(use, target ?? usual ?? 'app.py', project)
  return { kind: 'flask', name, ...span, application, ...bind }
}

/** `python app.py`, where that runs an application of Flask and does nothing else. */
function script(span: Span, path: string, command: WrittenCommand, use: Use, project: Project): DevServer | undefined {
  const text = fileInImage(use, path, project)?.text
  if (text === undefined || text.length > 300_000 || !/\bflask\b/i.test(text)) return undefined
  const block = mainBlock(text)
  if (!block) return undefined
  const name = "Flask's own server"
  if ('obstacle' in block) return { kind: 'unknown', name, obstacle: block.obstacle }
  const bind = bindOf(`${block.host ?? '127.0.0.1'}:${block.port}`, command)
  if ('obstacle' in bind) return { kind: 'unknown', name, ...bind }
  const folder = posix.dirname(path)
  // Python looks for modules beside the script, wherever it is started from.
  const inner = { ...use, image: { ...use.image, workdir: posix.resolve(use.image.workdir ?? '/', folder) } }
  const application = flaskApplication(inner, `${posix.basename(path)}:${block.application}`, project)
  const placed = 'name' in application && folder !== '.' ? { ...application, path: folder } : application
  return { kind: 'flask', name, ...span, application: placed, ...bind }
}

/** An address that a container can be reached at, as gunicorn takes it; a variable only where a shell fills it in. */
function bindOf(text: string, { shell }: WrittenCommand): { readonly bind: string } | { readonly obstacle: string } {
  const [, address, port] =
    /^(?:(\[[\da-fA-F:]*\]|[\d.]+|localhost):)?(\d{1,5}|\$\w+|\$\{\w+(?::-\d+)?\})$/.exec(text) ?? []
  if (port === undefined) return { obstacle: `${text} cannot be read as an address` }
  if (port.startsWith('$') && !shell) return { obstacle: 'Only a shell could fill in the variable that names the port' }
  if (address === undefined || /^(127\.|localhost|\[::1\])/.test(address))
    return { obstacle: 'It listens on the loopback alone, where nobody outside the container reaches it' }
  return { bind: `${address === '0' ? '0.0.0.0' : address}:${port}` }
}

/** What the service that runs a command, or else the image, sets a variable to. */
function settingOf(name: string, { consumer }: WrittenCommand, { image }: Use): string | undefined {
  const set = consumer?.service?.environment.find((variable) => variable.name === name)
  return set ? set.value : variablesOfImage(image).get(name)
}

/** `--reload`, and what only means something beside it. */
function reloading(name: string, words: readonly string[], at: number): DevServer | undefined {
  if (!words.includes('--reload', at)) return undefined
  const flags: (readonly [number, number])[] = []
  for (let i = at + 1; i < words.length; i++) {
    if (words[i] === '--reload') flags.push([i, i + 1])
    else if (/^--reload-[\w-]+=/.test(words[i]!)) flags.push([i, i + 1])
    else if (/^--reload-[\w-]+$/.test(words[i]!)) flags.push([i, ++i + 1])
  }
  return { kind: 'reload', name: `${name} --reload`, flags: flags.filter(([, to]) => to <= words.length) }
}

const FOR_DEVELOPERS =
  /(^|[-_./])(dev|devel|development|develop|local|test|tests|testing|debug|e2e|ci|override)([-_./]|$)/i

/** Whether a command is meant for people who work on the program: by its names, or since their files are mounted. */
export function isForDevelopers(command: WrittenCommand, use: Use): boolean {
  const { image, consumers } = use
  const runners = command.consumer ? [command.consumer] : consumers.filter(({ service }) => service && !service.command)
  const names = [command.path, image.document.file.path, image.stage.name ?? '', command.consumer?.service?.name ?? '']
  if (names.some((name) => FOR_DEVELOPERS.test(name))) return true
  return runners.length > 0 && runners.every(({ mounts }) => mounts.some((mount) => isSource(mount, image.workdir)))
}

/** A folder of the repository, mounted where the image has the program. */
function isSource({ type, source, target }: { type: string; source?: string; target: string }, workdir = '/'): boolean {
  const isFolder = type === 'bind' && /^\.{0,2}(\/|$)|^\$\{?PWD/.test(source ?? '') && !/\.\w{1,5}$/.test(target)
  return (
    isFolder &&
    !/^\/(var|etc|tmp|data|run)(\/|$)/.test(target) &&
    (isUnder(target, workdir) || isUnder(workdir, target))
  )
}
