import type { Evidence, Path, Project } from '../model.js'
import { commandsIn, imageOf, locate } from './image.js'
import type { Use } from './uses.js'

/** Where one of these commands is run in an image: while it is built, when it starts, or by somebody from outside. */
export function* runsOf(commands: readonly string[], uses: readonly Use[], project: Project): Iterable<Evidence> {
  for (const { starts, image } of uses) {
    for (const { words, at } of starts.flatMap((start) => start.commands)) {
      if (isOne(words, commands)) yield { note: `A container starts ${words.slice(0, 3).join(' ')}`, at }
    }
    for (const stage of image.document.stages) {
      const own = imageOf(image.document, stage)
      for (const run of stage.instructions.filter(({ keyword }) => keyword === 'RUN')) {
        for (const { command } of commandsIn(image.document, run, own.workdirAt(run))) {
          const words = command.words.map(({ value }) => value)
          if (isOne(words, commands))
            yield { note: `The build runs ${words.slice(0, 3).join(' ')}`, at: locate(own, run) }
        }
      }
    }
  }
  yield* fromOutside(commands, project)
}

function isOne(words: readonly string[], commands: readonly string[]): boolean {
  const [program = '', ...args] = words
  const name = program.slice(program.lastIndexOf('/') + 1)
  if (commands.includes(name)) return true
  if (!/^python[\d.]*$/.test(name)) return false
  const module = args.indexOf('-m')
  return module >= 0 && commands.includes(args[module + 1] ?? '')
}

const SCRIPTS =
  /(^|\/)(Makefile|justfile|Taskfile\.ya?ml|Procfile|tox\.ini|\.gitlab-ci\.yml|package\.json)$|\.(sh|mk)$|(^|\/)\.github\/workflows\/[^/]+\.ya?ml$/

/** What is longer was not written by hand. */
const LONGEST = 300_000

/** `docker run … pytest`, `docker compose exec web black .`: lines of scripts and workflows. */
function* fromOutside(commands: readonly string[], project: Project): Iterable<Evidence> {
  for (const { path, line, start, end } of linesOf(project, /\b(docker|podman|docker-compose)\b.*\b(run|exec)\b/)) {
    const words = line.split(/[\s"']+/)
    const command = words.find((word) => commands.includes(word))
    if (command) yield { note: `${command} is run in the image`, at: { path, start, end } }
  }
}

/** Where a requirements file is installed by others than an image: workflows, scripts, tox. */
export function* installsElsewhere(name: string, project: Project): Iterable<Evidence> {
  for (const { path, line, start, end } of linesOf(project, /-r|requirement/)) {
    const words = line.split(/[\s"'=]+/)
    const option = words.findIndex(
      (word, i) => (word === '-r' || word === '--requirement') && words[i + 1]?.replace(/^\.\//, '') === name,
    )
    if (option >= 0 || words.includes(`-r${name}`))
      yield { note: `${path} installs ${name} as well`, at: { path, start, end } }
  }
}

function* linesOf(project: Project, pattern: RegExp) {
  for (const path of project.paths.filter((each: Path) => SCRIPTS.test(each))) {
    const text = project.read(path)?.text
    if (text === undefined || text.length > LONGEST) continue
    for (let start = 0; start <= text.length; ) {
      const found = text.indexOf('\n', start)
      const end = found < 0 ? text.length : found
      const line = text.slice(start, Math.min(end, start + 2_000)).replace(/\r$/, '')
      if (pattern.test(line) && !/^\s*#/.test(line)) yield { path, line, start, end: start + line.length }
      start = end + 1
    }
  }
}
