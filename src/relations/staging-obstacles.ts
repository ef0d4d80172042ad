import { posix } from 'node:path'
import { type Instruction, pairsOf, type ShellCommand } from '../documents/dockerfile.js'
import { COMPILING_AT_RUN_TIME, LOOKED_UP_BY_NAME, type PythonImage } from '../facts/python-images.js'
import type { Evidence, Path, Project } from '../model.js'
import { isOfSystem } from './build-packages.js'
import { isUnder, locate } from './image.js'
import { optionOf, type PackageCommand, packageCommandsOf } from './package-commands.js'
import { lastInstall, type PipRun, type PythonBuild } from './python-build.js'
import type { Started } from './start-up.js'
import type { Use } from './uses.js'

/** What keeps pip's packages from being made in a stage of their own. */
export function stagingObstacles(
  use: Use,
  build: PythonBuild,
  python: PythonImage,
  project: Project,
): readonly Evidence[] {
  const runs = build.image.stage.instructions.filter(({ keyword }) => keyword === 'RUN')
  return [
    ...build.pips.flatMap((pip) => ofPip(build, pip)),
    ...runs.flatMap((run) => ofRun(build, run)),
    ...ofStage(build),
    ...packageObstacles(use, build, python),
    ...ofSystem(build, python),
    ...build.inputs.obstacles,
    ...atRunTime(use, build, project),
  ]
}

/** What keeps packages for building from being replaced where they are installed. */
export function packageObstacles(use: Use, build: PythonBuild, { variant }: PythonImage): readonly Evidence[] {
  return [...ofPackages(build, variant), ...ofUse(use)]
}

/** Debian's own Python keeps what pip installs where a prefix does not lead. */
function ofSystem({ image, pips, venv }: PythonBuild, { variant }: PythonImage): readonly Evidence[] {
  if (variant !== 'system' || pips.length === 0 || venv) return []
  return [{ note: "pip installs beside the system's own packages of Python", at: locate(image, pips[0]!.run) }]
}

const ELSEWHERE = ['--user', '-t', '--target', '--prefix', '--root', '--python', '--src', '--dry-run']

function ofPip({ image, venv }: PythonBuild, { run, installs, tools }: PipRun): readonly Evidence[] {
  const at = locate(image, run)
  const because = (note: string) => [{ note, at }]
  if (image.userAt(run).root !== true) return because('pip installs for an ordinary user, into its home')
  const all = [...installs, ...tools]
  const elsewhere = all.flatMap((command) => optionOf(command, ...ELSEWHERE) ?? [])[0]
  if (elsewhere) return because(`pip installs to a place of its own (${elsewhere.name})`)
  if (
    all.some(
      ({ command, prefix }) => !command.plain || prefix.some(({ value }) => !/(^|\/)python[\d.]*$|^-m$/.test(value)),
    )
  )
    return because('pip is not called on its own here')
  const isOther = ({ program: { value } }: PackageCommand) =>
    value.includes('/') && !value.startsWith('/usr/local/bin/')
  return !venv && all.some(isOther) ? because('pip is one of another environment') : []
}

/** Shell commands that change nothing that pip could see. */
const HARMLESS = new Set(
  'set : true cd mkdir chown chmod useradd groupadd adduser addgroup usermod touch echo rm locale-gen update-locale'.split(
    ' ',
  ),
)
/** Commands that tidy up behind a package manager. */
const TIDY = new Set('set : true cd rm ldconfig'.split(' '))
/** Commands that compile, or that bring packages in a way of their own. */
const BUILDERS = new Set(
  (
    'make cmake gcc g++ cc c++ clang cargo rustc go npm yarn pnpm npx bundle gem cython cythonize configure meson ninja swig ' +
    'pg_config mysql_config maturin'
  ).split(' '),
)
const OTHER_MANAGERS = new Set(
  'poetry uv pipenv pdm hatch rye pixi conda mamba micromamba easy_install pipx'.split(' '),
)

/** What a RUN does that is not for the first stage, or not possible in the last one any more. */
function ofRun({ image, system, pips, venv }: PythonBuild, run: Instruction): readonly Evidence[] {
  const { document } = image
  const at = locate(image, run)
  const because = (note: string) => [{ note, at }]
  const last = lastInstall({ pips })?.run
  const isEarly = last !== undefined && run.index <= last.index
  if (run.hereDocuments.length > 0) return because('This RUN is a here-document')
  if (run.json) return isEarly ? because('No shell reads this RUN') : []
  const { commands } = document.shell(run)
  const packages = packageCommandsOf(document, run)
  const other = commands.find(({ name }) => OTHER_MANAGERS.has(posix.basename(name ?? '')))
  if (other) return because(`${posix.basename(other.name!)} installs Python packages here, in its own way`)
  const builds = commands.find((command) => isBuild(command))
  if (builds)
    return because(
      `What this stage runs itself may need them (${builds.words
        .map(({ value }) => value)
        .slice(0, 2)
        .join(' ')})`,
    )
  const mine = new Set(packages.map(({ command }) => command))
  const rest = commands.filter((command) => !mine.has(command) && command !== venv?.command)
  const isPip = pips.some((pip) => pip.run === run)
  const isSystem = packages.some(isOfSystem)
  const removes = packages.some((command) => isOfSystem(command) && /^(remove|purge)$/.test(command.verb))
  if (removes && !packages.some(({ verb }) => verb === 'install'))
    return because('Packages are removed in a layer of their own, where they stay in the one below')
  if (isPip && isSystem && removes) return because('One RUN installs, builds and removes again')
  if (isSystem && system.some((install) => install.run === run)) {
    const more = isEarly && rest.find(({ name }) => !TIDY.has(name ?? ''))
    if (more) return because(`This RUN does more than install packages (${wordOf(more)})`)
    return []
  }
  if (isPip) {
    const more = rest.find(({ name }) => !TIDY.has(name ?? ''))
    return more ? because(`This RUN does more than install with pip (${wordOf(more)})`) : []
  }
  const unknown = isEarly && rest.find((command) => !HARMLESS.has(command.name ?? '') || writes(command))
  return unknown ? because(`What ${wordOf(unknown)} does may matter to what pip builds`) : []
}

function isBuild({ name = '', words }: ShellCommand): boolean {
  const program = posix.basename(name)
  if (BUILDERS.has(program) || /^\.\/|\.sh$/.test(name)) return true
  const [first = '', second = ''] = words.slice(1).map(({ value }) => value)
  if (/^(ba|da|a)?sh$|^(source|\.)$/.test(program)) return true
  return /^python[\d.]*$/.test(program) && (/(^|\/)setup\.py$/.test(first) || (first === '-m' && second === 'build'))
}

function wordOf({ words, name }: ShellCommand): string {
  return name ?? words[0]?.text ?? 'it'
}

function writes({ redirects }: ShellCommand): boolean {
  return redirects.some(({ operator, target }) => operator.startsWith('>') && target?.value !== '/dev/null')
}

const ENVIRONMENT = /^(PIP_(TARGET|PREFIX|ROOT|USER|PYTHON)|PYTHONUSERBASE)$/

function ofStage({ image, venv, pips }: PythonBuild): readonly Evidence[] {
  const last = lastInstall({ pips })?.run
  const obstacles: Evidence[] = []
  for (const instruction of image.stage.instructions) {
    const at = locate(image, instruction)
    if (instruction.keyword === 'ONBUILD') obstacles.push({ note: 'What is built on this image does the rest', at })
    if ((instruction.keyword === 'ENV' || instruction.keyword === 'ARG') && last && instruction.index < last.index) {
      const own = pairsOf(instruction).find(
        ([name, value = '']) =>
          ENVIRONMENT.test(name) ||
          (!venv && (name === 'VIRTUAL_ENV' || (name === 'PATH' && /venv|virtualenv|VIRTUAL_ENV/i.test(value)))),
      )
      if (own) obstacles.push({ note: `pip installs into an environment of its own (${own[0]})`, at })
    }
  }
  for (const { path, madeBy } of image.volumes) {
    if (isUnder('/usr/local', path) || isUnder(path, '/usr/local'))
      obstacles.push({ note: `${path} is a volume`, at: locate(image, madeBy) })
  }
  return obstacles
}

function ofPackages({ image, system }: PythonBuild, variant: PythonImage['variant']): readonly Evidence[] {
  return system.flatMap(({ run, command, packages }) => {
    const because = (note: string) => [{ note, at: locate(image, run) }]
    // A comment in backquotes comes to nothing.
    const computed = packages.find(({ named }) => named.kind === 'computed' && !/^`\s*#[^`]*`$/.test(named.word.text))
    if (computed) return because(`Only the build knows which packages ${computed.named.word.text} are`)
    const python = packages.find(({ named }) => /^(python3?|py3?)-(?!dev$)/.test(named.name))
    if (python && variant !== 'system')
      return because(`${python.named.name} is for the Python of the system, which is another one`)
    const virtual = optionOf(command, '-t', '--virtual')
    if (virtual && command.manager === 'apk')
      return because(`The packages have a name of their own (${virtual.value}) to be removed by`)
    if (!command.command.plain) return because('These packages are installed on a condition')
    if (run.hereDocuments.length > 0) return because('This RUN is a here-document')
    const pinned = packages.find(({ role, named }) => role === 'library' && /[=~<>/]/.test(named.word.value))
    if (pinned) return because(`${pinned.named.name} is held at a version, and what takes its place may have another`)
    const byName = packages.find(({ named }) => command.manager === 'apk' && LOOKED_UP_BY_NAME.has(named.name))
    if (byName) return because(`On Alpine, Python finds the library of ${byName.named.name} with the help of gcc`)
    return []
  })
}

function ofUse({ starts, children, consumers }: Use): readonly Evidence[] {
  const developing = consumers.filter(({ by }) => by === 'devcontainer')
  const compiling = starts.flatMap(({ commands }) => commands).find(needsCompiler)
  return [
    ...children.map(({ name, at }) => ({ note: `${name} is built on it and may build more`, at })),
    ...developing.map(({ at }) => ({ note: 'A development container is made from it', at })),
    ...starts.flatMap(({ unreadable }) =>
      unreadable.map(({ script, at }) => ({ note: `${script} is not here to be read, and may build something`, at })),
    ),
    ...(compiling
      ? [{ note: `It builds when it starts (${compiling.words.slice(0, 2).join(' ')})`, at: compiling.at }]
      : []),
  ]
}

function needsCompiler({ words: [program = '', ...args] }: Started): boolean {
  const name = posix.basename(program)
  if (BUILDERS.has(name)) return true
  return (/^pip[\d.]*$/.test(name) || (/^python[\d.]*$/.test(name) && args[1] === 'pip')) && args.includes('install')
}

/** Code that has a compiler called while it runs, in words that say so. */
const COMPILES = /\btorch\.compile\(|\bpyximport\b|\bcython\.inline\b|\bffi\.verify\(|\bload_inline\(/
const MOST_FILES = 2000

function atRunTime(
  { image, contexts }: Use,
  { inputs: { names } }: PythonBuild,
  project: Project,
): readonly Evidence[] {
  const compiling = names.find((name) => COMPILING_AT_RUN_TIME.has(name))
  const at = locate(image, image.stage.from)
  if (compiling) return [{ note: `${compiling} calls a compiler while the program runs`, at }]
  if (!names.some((name) => /^(torch|cython|cffi|pyximport)$/.test(name))) return []
  const inContext = (path: Path) => contexts.some((context) => context === '.' || isUnder(path, context))
  const sources = project.paths.filter((path) => path.endsWith('.py') && inContext(path)).slice(0, MOST_FILES)
  const found = sources.find((path) => COMPILES.test(project.read(path)?.text ?? ''))
  return found ? [{ note: `${found} calls a compiler while it runs`, at: { path: found, start: 0, end: 0 } }] : []
}
