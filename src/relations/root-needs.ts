import { posix } from 'node:path'
import { type Instruction, pairsOf } from '../documents/dockerfile.js'
import { developmentServer } from '../facts/node-builds.js'
import { needsRoot, rootOnly, stepsDown } from '../facts/root-programs.js'
import type { Evidence, Path, Project } from '../model.js'
import { commandsIn, type Image, locate } from './image.js'
import { sourceOf } from './image-files.js'
import type { Started, StartUp } from './start-up.js'

/** Whether what starts becomes an ordinary user by itself: nothing to repair then. */
export function stepsDownItself({ commands }: StartUp): boolean {
  return commands.some(({ words }) => words[0] !== undefined && stepsDown(words[0]) && changesUser(words))
}

/** `sudo` without a user goes the other way, and `su` alone asks for a password. */
function changesUser(words: readonly string[]): boolean {
  const name = posix.basename(words[0]!)
  return name === 'sudo' ? words.some((word) => /^(-u|--user)/.test(word)) : words.length > 1
}

/** Why what starts needs root: programs that cannot do without, commands only root may run, scripts nobody can read. */
export function* rootNeedsOfStart(image: Image, start: StartUp): Iterable<Evidence> {
  const packages = systemPackages(image)
  for (const started of start.commands) {
    const [program = ''] = started.words
    if (isGuarded(started)) continue
    const name = posix.basename(program)
    const reason = needsRoot(program, started.words.slice(1))
    const action = rootOnly(program, started.words.slice(1))
    if (reason) yield { note: `It starts ${name}: ${reason}`, at: started.at }
    else if (action) yield { note: `At start it runs ${name}, which ${action}: only root may`, at: started.at }
    else if (packages.has(name))
      yield { note: `It starts ${name}, a program of the system, whose files belong to root`, at: started.at }
    const tool = buildTool(started.words)
    if (tool)
      yield { note: `It starts the build tool ${tool}, which works in files and caches that root made`, at: started.at }
    const server = developmentServer(started.words)
    if (server)
      yield { note: `It starts the development server ${server}, which writes below node_modules`, at: started.at }
    const path = systemPathWritten(started)
    if (path) yield { note: `At start it writes ${path}, which belongs to root`, at: started.at }
  }
  for (const { script, at } of start.unreadable) {
    yield { note: `It starts ${script}, which is not in the repository, so nobody can say whether it needs root`, at }
  }
}

/** Programs of the system that keep no files of their own, whatever they are asked to do. */
const HARMLESS =
  /^(python[\d.]*|nodejs|npm|yarn|bash|sh|dash|ruby|perl|php[\d.]*(-cli)?|lua[\d.]*|openjdk.*|java|curl|wget|git|make|ffmpeg|socat|ncat|netcat|nc|tini|dumb-init|jq|vim|nano|htop|iperf3?|busybox|coreutils|gcc|g\+\+|golang|rust|cargo|R|r-base|sqlite3|tmux|screen|rsync|ssh|openssh-client|gunicorn|uwsgi|celery|deno|bun|erl|elixir|mono|xvfb|unzip|dotnet|uv|poetry|gettext|envsubst|imagemagick|graphviz|pandoc|dot|convert|openssl|ca-certificates)$/

/** The packages that the build installs with the manager of the system. */
function systemPackages(image: Image): ReadonlySet<string> {
  const packages = new Set<string>()
  for (const run of image.instructions) {
    if (run.keyword !== 'RUN') continue
    for (const { name, words } of image.document.shell(run).commands) {
      if (!/^(apt-get|apt|apk|dnf|yum|microdnf)$/.test(name ?? '')) continue
      const args = words.slice(1).map(({ value }) => value)
      if (!args.some((arg) => arg === 'install' || arg === 'add')) continue
      for (const arg of args) {
        const bare = arg.replace(/[=~<>@].*$/, '')
        if (!arg.startsWith('-') && !HARMLESS.test(bare)) packages.add(bare)
      }
    }
  }
  return packages
}

/** Whether a command only runs when the script is root, and so does no harm under another user. */
function isGuarded({ conditions }: Started): boolean {
  return conditions.some(
    (condition) => !condition.startsWith('! ') && /\bid\s+-u\b|\bE?UID\b|\bwhoami\b|\bid\s+-un\b/.test(condition),
  )
}

const SYSTEM = /^\/(etc|usr|var|opt|boot|lib|lib64|sbin|bin|root)(\/|$)/

/** A path of the system that a command of the start writes: `sed -i`, `tee`, `ln -s`, `cp`, `mkdir`, or a redirection. */
function systemPathWritten({ words, writes }: Started): string | undefined {
  const [program = '', ...args] = words
  const name = posix.basename(program)
  const paths = args.filter((arg) => !arg.startsWith('-'))
  const targets: readonly string[] =
    name === 'sed' && args.some((arg) => /^(-i|--in-place)/.test(arg))
      ? paths.slice(1)
      : name === 'tee' || name === 'mkdir' || name === 'touch' || name === 'rm' || name === 'chmod'
        ? paths
        : name === 'cp' || name === 'mv' || name === 'ln' || name === 'install'
          ? paths.slice(-1)
          : []
  return [...writes, ...targets].find((path) => SYSTEM.test(path) && !/^\/(dev|proc)\//.test(path))
}

/** Tools that build or install at start write into what the build of the image left behind, root's files. */
function buildTool(words: readonly string[]): string | undefined {
  const [program = '', first = ''] = words
  const name = posix.basename(program)
  if (/^(gradlew?|mvnw?|sbt|lein|mix|cabal|stack)$/.test(name)) return name
  if (name === 'dotnet' && /^(run|watch|test|build|publish|ef)$/.test(first)) return `dotnet ${first}`
  if (/^(cargo|go|swift|dart)$/.test(name) && /^(run|test|build|watch|install|mod)$/.test(first))
    return `${name} ${first}`
  if (/^(npm|yarn|pnpm|bun)$/.test(name) && /^(i|ci|install|add)$/.test(first)) return `${name} ${first}`
  if (name === 'yarn' && words.length === 1) return 'yarn'
  if (/^(pip[\d.]*|poetry|pipenv|uv|bundle|composer|gem)$/.test(name) && /^(install|sync|update|require)$/.test(first))
    return `${name} ${first}`
  return name === 'air' || name === 'CompileDaemon' || name === 'cargo-watch' ? name : undefined
}

/** Why what the build makes would be out of reach for another user: it stands in root's home, which nobody else may enter. */
export function* rootHomeNeeds(
  image: Image,
  start: StartUp,
  contexts: readonly Path[],
  project: Project,
): Iterable<Evidence> {
  const env = environmentOf(image)
  for (const instruction of image.instructions) {
    const at = locate(image, instruction)
    if (
      instruction.keyword === 'WORKDIR' &&
      inRootHome(image.document.expand(instruction.words[0]?.value ?? '', instruction))
    ) {
      yield { note: 'The working directory is in /root, which only root may enter', at }
    } else if (instruction.keyword === 'ENV') {
      for (const [name, value = ''] of pairsOf(instruction)) {
        if (/(^|[:="'])\/root(\/|$|["':])/.test(value))
          yield { note: `The variable ${name} points into /root, which only root may enter`, at }
      }
    } else if (
      (instruction.keyword === 'COPY' || instruction.keyword === 'ADD') &&
      /^(\/root(\/|$)|~)/.test(instruction.words.at(-1)?.value ?? '')
    ) {
      yield { note: 'It copies into /root, which only root may enter', at }
    } else if (instruction.keyword === 'RUN') {
      const need = homeBound(image, instruction, env)
      if (need) yield { note: need[0]!.toUpperCase() + need.slice(1), at }
    }
  }
  for (const { words, at } of start.commands) {
    if (words.some((word) => /(^|=)\/root(\/|$)/.test(word)))
      yield { note: 'What it starts names /root, which only root may enter', at }
  }
  const corepack = image.instructions.find(
    (i) => i.keyword === 'RUN' && image.document.shell(i).commands.some(({ name }) => name === 'corepack'),
  )
  if (
    corepack &&
    !env.has('COREPACK_HOME') &&
    start.commands.some(({ words }) => /^(yarn|pnpm)$/.test(words[0] ?? ''))
  ) {
    yield {
      note: 'corepack keeps the package manager in /root; another user would download it again at every start (set COREPACK_HOME)',
      at: locate(image, corepack),
    }
  }
  const manifest = sourceOf(image, posix.resolve(image.workdir ?? '/', 'package.json'), contexts, project)
  if (
    manifest &&
    /"puppeteer"\s*:/.test(project.read(manifest)?.text ?? '') &&
    ![...env].some((name) => name.startsWith('PUPPETEER_'))
  ) {
    yield {
      note: 'puppeteer keeps its browser in the home of the user who installs it, here /root (set PUPPETEER_CACHE_DIR)',
      at: { path: manifest, start: 0, end: 0 },
    }
  }
}

function inRootHome(path: string | undefined): boolean {
  return path !== undefined && /^\/root(\/|$)/.test(path)
}

function environmentOf(image: Image): ReadonlySet<string> {
  return new Set(
    image.instructions.filter(({ keyword }) => keyword === 'ENV').flatMap((env) => pairsOf(env).map(([name]) => name)),
  )
}

/** Why a RUN leaves something in root's home that the program needs later. */
function homeBound(image: Image, run: Instruction, env: ReadonlySet<string>): string | undefined {
  const { document } = image
  const set = (name: string) => env.has(name)
  for (const { command, args } of commandsIn(document, run, image.workdirAt(run))) {
    const words = args.map((arg) => arg ?? '')
    const name = posix.basename(command.name ?? '')
    const line = [name, ...words].join(' ')
    if (/^pip[\d.]*$/.test(name) && words.includes('--user'))
      return 'pip install --user puts the packages into /root, which only root may enter'
    if (name === 'poetry' && words.includes('install') && !poetryStaysHere(image, env))
      return 'poetry makes the virtual environment in /root/.cache, which only root may enter'
    if (
      name === 'pipenv' &&
      /^(install|sync)$/.test(words[0] ?? '') &&
      !words.includes('--system') &&
      !set('PIPENV_VENV_IN_PROJECT') &&
      !command.assigned.some((a) => a.name === 'PIPENV_VENV_IN_PROJECT')
    ) {
      return 'pipenv makes the virtual environment in /root, which only root may enter'
    }
    if (name === 'uv' && words[0] === 'python' && words[1] === 'install' && !set('UV_PYTHON_INSTALL_DIR'))
      return 'uv installs Python into /root, which only root may enter'
    if (name === 'uv' && words[0] === 'tool' && !set('UV_TOOL_DIR'))
      return 'uv installs the tool into /root, which only root may enter'
    if (name === 'pipx' && !set('PIPX_HOME')) return 'pipx installs into /root, which only root may enter'
    if (
      /playwright/.test(line) &&
      /\binstall\b/.test(line) &&
      !/\bpip|npm|yarn\b/.test(name) &&
      !set('PLAYWRIGHT_BROWSERS_PATH')
    ) {
      return 'playwright keeps its browsers in /root, which only root may enter (set PLAYWRIGHT_BROWSERS_PATH)'
    }
    if (
      /nltk\.download|from_pretrained|huggingface-cli download|hf download|snapshot_download|SentenceTransformer\(|whisper\.load_model|torch\.hub/.test(
        line,
      ) &&
      !set('HF_HOME') &&
      !set('NLTK_DATA')
    ) {
      return 'the build downloads data into the cache of the user who runs it, here /root, which only root may enter'
    }
    if (name === 'dotnet' && words[0] === 'tool' && (words.includes('-g') || words.includes('--global')))
      return 'dotnet installs the tool into /root, which only root may enter'
    if (name === 'conda' && words[0] === 'init') return 'conda init writes /root/.bashrc, which no other user reads'
    if (
      /install\.python-poetry\.org|sh\.rustup\.rs|nvm-sh\/nvm|pyenv\.run|pyenv-installer|astral\.sh\/uv|bun\.sh\/install|deno\.land\/(x\/)?install|get\.sdkman|ohmyz|volta\.sh/.test(
        line,
      ) &&
      !movedElsewhere(
        command.assigned.map((a) => a.name),
        env,
        words,
      )
    ) {
      return `the installer of line ${lineOf(image, run)} puts its program into /root, which only root may enter`
    }
    if (name !== 'rm' && words.some((word) => /(^|[=:"'])(\/root(\/|$)|~\/|\$HOME\/|\$\{HOME\}\/)/.test(word))) {
      return 'the build works in /root, which only root may enter'
    }
    if (command.redirects.some(({ target }) => target && /^(\/root\/|~\/|"?\$HOME)/.test(target.value)))
      return 'the build writes into /root, which only root may enter'
  }
  return undefined
}

function poetryStaysHere(image: Image, env: ReadonlySet<string>): boolean {
  if (
    env.has('POETRY_VIRTUALENVS_CREATE') ||
    env.has('POETRY_VIRTUALENVS_IN_PROJECT') ||
    env.has('VIRTUAL_ENV') ||
    env.has('POETRY_VIRTUALENVS_PATH')
  )
    return true
  return image.instructions.some(
    (i) =>
      i.keyword === 'RUN' &&
      /virtualenvs\.(create\s+false|in-project\s+true|path)|python3? -m venv/.test(
        image.document.file.text.slice(i.start, i.end),
      ),
  )
}

/** Installers that were told, by a variable or an option, to put their program somewhere else. */
function movedElsewhere(assigned: readonly string[], env: ReadonlySet<string>, words: readonly string[]): boolean {
  const told =
    /^(POETRY_HOME|CARGO_HOME|RUSTUP_HOME|NVM_DIR|PYENV_ROOT|UV_INSTALL_DIR|XDG_BIN_HOME|UV_UNMANAGED_INSTALL|BUN_INSTALL|DENO_INSTALL|SDKMAN_DIR|VOLTA_HOME)$/
  return [...assigned, ...env].some((name) => told.test(name)) || words.some((word) => told.test(word.split('=')[0]!))
}

function lineOf(image: Image, { start }: Instruction): number {
  return image.document.file.text.slice(0, start).split('\n').length
}

/** Build steps that leave files which the program must write later, made by root: a database above all. */
export function* writtenAtBuild(image: Image): Iterable<Evidence> {
  for (const run of image.instructions) {
    if (run.keyword !== 'RUN') continue
    for (const { name, words } of image.document.shell(run).commands) {
      const line = [posix.basename(name ?? ''), ...words.slice(1).map(({ value }) => value)].join(' ')
      if (DATABASE_AT_BUILD.test(line))
        yield {
          note: `The build runs «${line.slice(0, 60)}», which makes a database that root owns`,
          at: locate(image, run),
        }
    }
  }
}

const DATABASE_AT_BUILD =
  /^(python[\d.]* \S*manage\.py (migrate|syncdb|loaddata|createsuperuser|createcachetable)|(flask|alembic|prisma|npx prisma|sequelize|npx sequelize\S*|knex) .*\b(upgrade|migrate|db:migrate|db push)\b|(bundle exec )?(rails|rake) .*db:|php artisan (migrate|db:)|sqlite3 )/

/** Programs of the project itself that run during the build: what they write belongs to root, and nobody here can say what. */
export function* unknownAtBuild(image: Image): Iterable<Evidence> {
  for (const run of image.instructions) {
    if (run.keyword !== 'RUN') continue
    for (const { name, words } of image.document.shell(run).commands) {
      const program = posix.basename(name ?? '')
      const script = words.slice(1).find(({ value }) => !value.startsWith('-'))?.value ?? ''
      const runsScript =
        /^(python[\d.]*|node|ruby|php|sh|bash|perl)$/.test(program) && /\.(py|js|mjs|rb|php|sh|pl)$/.test(script)
      const itself = /^\.\/.+/.test(name ?? '') && !/(configure|gradlew|mvnw|build)/.test(name ?? '')
      if ((runsScript && !/(manage|setup|get-pip|install|build)[\w-]*\.(py|js|sh)$/.test(script)) || itself) {
        yield {
          note: `The build runs ${itself ? name : script}; what it writes belongs to root`,
          at: locate(image, run),
        }
      }
    }
  }
}
