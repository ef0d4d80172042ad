import { posix } from 'node:path'
import type { Path, Project } from '../model.js'
import { folderOf } from './paths.js'
import { fileInImage, type Use } from './uses.js'

/** What a WSGI server is told to serve, or why it cannot be told. */
export type Application =
  | { readonly name: string; readonly path?: string; readonly settings: readonly string[] }
  | { readonly obstacle: string }

/** The WSGI application of the Django project whose `manage.py` stands at a path of the image. */
export function djangoApplication(use: Use, manage: string, project: Project, isSet: boolean): Application {
  const file = fileInImage(use, manage, project)
  const module = settingsIn(file?.text)
  if (!file || !module) return { obstacle: `${manage} cannot be read, or names no settings` }
  const folder = posix.dirname(manage)
  const texts = settingsTexts(folderOf(file.path), module, project)
  if (texts.length === 0) return { obstacle: `The settings ${module} are not in the repository` }
  const written = texts.flatMap((text) => /^WSGI_APPLICATION\s*=\s*["']([\w.]+)\.(\w+)["']/m.exec(text) ?? [])
  const wsgi = written[1] ?? `${module.split('.')[0]}.wsgi`
  const name = written[2] ?? 'application'
  const source = fileInImage(use, posix.join(folder, `${wsgi.replaceAll('.', '/')}.py`), project)
  if (!source || !new RegExp(`^${name}\\s*=`, 'm').test(source.text))
    return { obstacle: `No WSGI application ${wsgi}:${name} is in the repository` }
  const other = settingsIn(source.text)
  if (other !== module && !isSet) return { obstacle: `${wsgi} takes the settings ${other}, and manage.py ${module}` }
  return { name: `${wsgi}:${name}`, settings: texts, ...(folder !== '.' && { path: folder }) }
}

function settingsIn(text = ''): string | undefined {
  return /DJANGO_SETTINGS_MODULE["']?\s*[\],=]\s*=?\s*["']([\w.]+)["']/.exec(text)?.[1]
}

/** What is longer was not written by hand. */
const LONGEST = 300_000

/** The settings themselves, and what stands beside them in a package of their own. */
function settingsTexts(folder: Path, module: string, project: Project): readonly string[] {
  const base = posix.join(folder, module.replaceAll('.', '/'))
  const around = /\bsettings\./.test(module) ? posix.dirname(base) : base
  const isOne = (path: Path) => path === `${base}.py` || (posix.dirname(path) === around && path.endsWith('.py'))
  return project.paths.filter(isOne).flatMap(
    (path) =>
      project
        .read(path)
        ?.text.slice(0, LONGEST)
        .replace(/^\uFEFF/, '') ?? [],
  )
}

/** The Flask application in a module, by what `flask run` or a script is given. */
export function flaskApplication(use: Use, target: string, project: Project): Application {
  const [place = '', wanted] = target.split(':')
  const module = place.replace(/\.py$/, '').replaceAll('/', '.').replace(/^\.+/, '')
  const stem = module.replaceAll('.', '/')
  const file = fileInImage(use, `${stem}.py`, project) ?? fileInImage(use, `${stem}/__init__.py`, project)
  if (!file || !/^\w+(\.\w+)*$/.test(module)) return { obstacle: `${target} is not in the repository` }
  const text = file.text.slice(0, LONGEST).replace(/^\uFEFF/, '')
  const found = applicationsIn(text)
  const name =
    wanted ?? ['app', 'application'].find((each) => found.includes(each)) ?? (found.length === 1 ? found[0] : undefined)
  if (name !== undefined && found.includes(name)) return { name: `${module}:${name}`, settings: [text] }
  const factory = /^def create_app\(([^)]{0,300})\)/m.exec(text)?.[1]
  // Every parameter has a value of its own, so that it can be called without any.
  const isFactory = factory?.split(',').every((parameter) => parameter.trim() === '' || parameter.includes('='))
  if (isFactory && (wanted === undefined || /^create_app(\(\))?$/.test(wanted)))
    return { name: `${module}:create_app()`, settings: [text] }
  return { obstacle: `No application of Flask is found in ${file.path}` }
}

/** Names that a module binds to an application of Flask, or takes over from another one under the usual name. */
function applicationsIn(text: string): readonly string[] {
  const made = [...text.matchAll(/^(\w+)\s*(?::\s*[\w.]+\s*)?=\s*(?:flask\.)?(?:Flask|create_app|make_app)\(/gm)]
  const taken = [...text.matchAll(/^from [\w.]+ import (?:[\w, ]{0,200}, *)?(app|application)(?:,|\s|$)/gm)]
  return [...made, ...taken].map((match) => match[1]!)
}

/** What a script does when it is started by itself: nothing but to run an application of Flask, or something else. */
export type MainBlock =
  | { readonly application: string; readonly host: string | undefined; readonly port: string }
  | { readonly obstacle: string }

/** The `app.run(…)` of a script; `undefined` where it has none. */
export function mainBlock(text: string): MainBlock | undefined {
  const start = /^if\s+__name__\s*==\s*["']__main__["']\s*:[ \t]*(#.*)?$/m.exec(text)
  const call = /^([ \t]*)(\w+)\.run\(/m.exec(text)
  if (!call || !applicationsIn(text).includes(call[2]!)) return undefined
  if (!start || call[1] === '') return { obstacle: 'The script runs its server as soon as it is imported' }
  const lines = text
    .slice(start.index + start[0].length)
    .split(/\r?\n/)
    .filter((line) => !/^\s*(#.*)?$/.test(line))
  const body = lines.map((line) => line.trim()).join(' ')
  if (body.length > 1_000) return { obstacle: 'What else the script does when it is started would be left out' }
  const args = lines.every((line) => /^\s/.test(line) || /^\)/.test(line))
    ? /^\w+\.run\(([^()]*(?:\([^()]*(?:\([^()]*\))?[^()]*\))?[^()]*)\)$/.exec(body.replace(/\s+#[^"']*$/, ''))
    : null
  if (!args) return { obstacle: 'What else the script does when it is started would be left out' }
  return { application: call[2]!, ...placeIn(args[1]!) }
}

function placeIn(args: string): { host: string | undefined; port: string } | { obstacle: string } {
  const host = /\bhost\s*=\s*["']([^"']*)["']/.exec(args)?.[1]
  const port = /\bport\s*=\s*(\d+)\s*(?:,|$)/.exec(args)?.[1]
  const variable =
    /\bport\s*=\s*int\(\s*os\.(?:environ\.get|getenv)\(\s*["'](\w+)["']\s*,\s*["']?(\d+)["']?\s*\)\s*\)/.exec(args)
  const rest = args
    .replace(/\b(host|debug|threaded|use_reloader|use_debugger)\s*=\s*("[^"]*"|'[^']*'|\w+)/g, '')
    .replace(/\bport\s*=\s*(\d+|int\(.*\)\s*\))/, '')
  if (/[^\s,]/.test(rest)) return { obstacle: 'Only run time knows how the script runs its server' }
  return { host, port: variable ? `\${${variable[1]}:-${variable[2]}}` : (port ?? '5000') }
}
