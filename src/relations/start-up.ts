import { posix } from 'node:path'
import type { Instruction } from '../documents/dockerfile.js'
import { parseShell, type ShellCommand } from '../documents/shell.js'
import type { Location, Path, Project } from '../model.js'
import type { Image } from './image.js'
import { sourceOf } from './image-files.js'

/** One command that runs when a container starts. */
export interface Started {
  /** The program and its arguments; a word that only run time knows stands as written. */
  readonly words: readonly string[]
  /** Where it is written: in the Dockerfile, a script or a Compose file. */
  readonly at: Location
  /** The conditions it depends on. */
  readonly conditions: readonly string[]
  /** What it writes by redirection. */
  readonly writes: readonly string[]
}

export interface StartUp {
  readonly commands: readonly Started[]
  /** Scripts of the image whose text is not in the repository, so that nobody can say what they do. */
  readonly unreadable: readonly { readonly script: string; readonly at: Location }[]
  /** Whether anything at all is known to start; an image may leave that to its base. */
  readonly known: boolean
}

/** Compose's own words for what starts, each in its exec form or as shell words. */
export interface Override {
  readonly entrypoint: readonly string[] | undefined
  readonly command: readonly string[] | undefined
  readonly at: Location
}

/** Everything that runs when a container of this image starts, scripts read through. */
export function startUpOf(image: Image, contexts: readonly Path[], project: Project, override?: Override): StartUp {
  const reader = new Reader(image, contexts, project)
  const entrypoint = image.instructions.findLast(({ keyword }) => keyword === 'ENTRYPOINT')
  const cmd = image.instructions.findLast(({ keyword }) => keyword === 'CMD')
  if (override?.entrypoint) {
    reader.words([...override.entrypoint, ...(override.command ?? [])], override.at, [])
  } else {
    const commandWords = override?.command ?? (cmd && formOf(image, cmd))
    const commandAt = override?.command ? override.at : cmd && locationOf(image, cmd)
    if (entrypoint && !entrypoint.json)
      reader.shell(image.document.shell(entrypoint).commands, image.document.file.path)
    else if (entrypoint)
      reader.words([...formOf(image, entrypoint), ...(commandWords ?? [])], locationOf(image, entrypoint), [])
    if (!entrypoint && !override?.command && cmd && !cmd.json)
      reader.shell(image.document.shell(cmd).commands, image.document.file.path)
    // An entrypoint of the base, and nearly every script, ends by running the command it was given.
    else if (commandWords && commandAt) reader.words(commandWords, commandAt, [])
  }
  return { commands: reader.commands, unreadable: reader.unreadable, known: Boolean(entrypoint ?? cmd ?? override) }
}

function locationOf(image: Image, { start, end }: Instruction): Location {
  return { path: image.document.file.path, start, end }
}

function formOf(image: Image, instruction: Instruction): readonly string[] {
  if (instruction.json) return instruction.words.map(({ value }) => value)
  return ['/bin/sh', '-c', image.document.file.text.slice(instruction.args.start, instruction.args.end)]
}

const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh'])
/** Programs that only run another, after their own options, numbers and assignments. */
const WRAPPERS = new Set(
  (
    'tini dumb-init catatonit exec env nice nohup time command stdbuf timeout ddtrace-run opentelemetry-instrument ' +
    'npx bunx dotenv xvfb-run docker-php-entrypoint'
  ).split(' '),
)
/** `poetry run x`: the program stands behind the word. */
const RUNNERS: Readonly<Record<string, string>> = {
  poetry: 'run',
  pipenv: 'run',
  uv: 'run',
  pdm: 'run',
  hatch: 'run',
  rye: 'run',
  conda: 'run',
  bundle: 'exec',
  doppler: 'run',
  infisical: 'run',
  pnpm: 'exec',
  'newrelic-admin': 'run-program',
  dotenvx: 'run',
  mise: 'exec',
}
const DEEPEST = 4

class Reader {
  readonly commands: Started[] = []
  readonly unreadable: { script: string; at: Location }[] = []
  readonly #read = new Set<Path>()
  #depth = 0

  constructor(
    private readonly image: Image,
    private readonly contexts: readonly Path[],
    private readonly project: Project,
  ) {}

  /** Commands of shell text that stands in `path`. */
  shell(commands: readonly ShellCommand[], path: Path): void {
    for (const { words, redirects, conditions, start, end } of commands) {
      const writes = redirects.flatMap(({ operator, target }) =>
        operator.startsWith('>') && target ? [target.value] : [],
      )
      this.words(
        words.map(({ value }) => value),
        { path, start, end },
        conditions,
        writes,
      )
    }
  }

  /** One program with its arguments, as the kernel would start it. */
  words(words: readonly string[], at: Location, conditions: readonly string[], writes: readonly string[] = []): void {
    const [program, ...args] = words
    if (program === undefined) return
    this.commands.push({ words, at, conditions, writes })
    if (this.#depth >= DEEPEST) return
    this.#depth++
    const name = posix.basename(program)
    const inner = innerOf(name, args)
    if (inner) this.words(inner, at, conditions)
    else if (SHELLS.has(name)) this.#shellArguments(args, at)
    else if (/^(npm|yarn|pnpm|bun)$/.test(name)) this.#packageScript(args, at)
    else this.#script(program, at)
    this.#depth--
  }

  #shellArguments(args: readonly string[], at: Location): void {
    const flag = args.findIndex((arg) => /^-[a-z]*c$/.test(arg))
    if (flag >= 0) {
      // The text stands inside a JSON string, so its own offsets mean nothing in the file: all of it is `at`.
      for (const command of parseShell(args[flag + 1] ?? '').commands) {
        const writes = command.redirects.flatMap(({ operator, target }) =>
          operator.startsWith('>') && target ? [target.value] : [],
        )
        this.words(
          command.words.map(({ value }) => value),
          at,
          command.conditions,
          writes,
        )
      }
      return
    }
    const script = args.find((arg) => !arg.startsWith('-'))
    if (script) this.#script(script, at)
  }

  /** Reads a script of the image, if its text can be found in the repository. */
  #script(program: string, at: Location): void {
    const looksLikeScript = /\.(sh|bash)$|(^|\/)(docker-)?entrypoint[\w-]*$|(^|\/)start(-\w+)?$|(^|\/)run$/.test(
      program,
    )
    const isPath = program.includes('/') || looksLikeScript
    if (!isPath || /[$`*]/.test(program)) return
    const path = posix.resolve(this.image.workdir ?? '/', program)
    const source =
      sourceOf(this.image, path, this.contexts, this.project) ??
      (program.includes('/') ? undefined : this.#onPath(program))
    const file = source && this.project.read(source)
    if (!file) {
      if (looksLikeScript && !isOfBase(program)) this.unreadable.push({ script: program, at })
      return
    }
    if (this.#read.has(file.path) || !/^\uFEFF?(#!.*\b(sh|bash|ash|dash)\b|(?!#!))/.test(file.text)) return
    if (file.text.length > 200_000 || (!file.text.startsWith('#!') && !looksLikeScript)) return
    this.#read.add(file.path)
    this.shell(parseShell(file.text.replace(/\r\n/g, ' \n')).commands, file.path)
  }

  #onPath(program: string): Path | undefined {
    for (const folder of ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin']) {
      const source = sourceOf(this.image, `${folder}/${program}`, this.contexts, this.project)
      if (source) return source
    }
    return undefined
  }

  /** `npm start`, `yarn dev`: what the script of package.json runs. */
  #packageScript(args: readonly string[], at: Location): void {
    const words = args.filter((arg) => !arg.startsWith('-'))
    const script = words[0] === 'run' || words[0] === 'run-script' ? words[1] : words[0]
    const source = sourceOf(
      this.image,
      posix.resolve(this.image.workdir ?? '/', 'package.json'),
      this.contexts,
      this.project,
    )
    const text = source && scriptIn(this.project.read(source)?.text ?? '', script ?? '')
    if (!text || !source) return
    for (const command of parseShell(text).commands) {
      this.words(
        command.words.map(({ value }) => value),
        at,
        command.conditions,
      )
    }
  }
}

/** The program that a wrapper or runner starts. */
function innerOf(name: string, args: readonly string[]): readonly string[] | undefined {
  const separator = args.indexOf('--')
  if (WRAPPERS.has(name)) {
    const program = args.findIndex((arg) => !/^-|^[A-Za-z_]\w*=|^\d+[smhd]?$/.test(arg))
    return program < 0 ? undefined : args.slice(program)
  }
  const runner = Object.hasOwn(RUNNERS, name) ? RUNNERS[name] : undefined
  if (runner === undefined || !args.includes(runner))
    return /wait-for|waitfor|dockerize/.test(name) && separator >= 0 ? args.slice(separator + 1) : undefined
  const rest = separator >= 0 ? args.slice(separator + 1) : args.slice(args.indexOf(runner) + 1)
  const first = rest.findIndex((arg) => !arg.startsWith('-'))
  return first < 0 ? undefined : rest.slice(first)
}

/** Scripts that known base images bring and that do nothing a user cannot do. */
function isOfBase(program: string): boolean {
  return /(^|\/)(docker-php-entrypoint|docker-entrypoint\.sh|mvn-entrypoint\.sh|__cacert_entrypoint\.sh|nvidia_entrypoint\.sh)$/.test(
    program,
  )
}

function scriptIn(packageJson: string, script: string): string | undefined {
  try {
    const { scripts } = JSON.parse(packageJson) as { scripts?: Record<string, unknown> }
    const text = scripts && Object.hasOwn(scripts, script) ? scripts[script] : undefined
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}
