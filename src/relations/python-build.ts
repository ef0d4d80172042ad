import { posix } from 'node:path'
import { type Instruction, pairsOf, type ShellCommand } from '../documents/dockerfile.js'
import { bringsCompiler } from '../facts/build-packages.js'
import { LOADING_OPENMP, type PythonImage } from '../facts/python-images.js'
import type { Project } from '../model.js'
import { type SystemInstall, systemInstalls } from './build-packages.js'
import { commandsIn, type Image, isUnder } from './image.js'
import { optionOf, type PackageCommand, packageCommandsOf } from './package-commands.js'
import { copiesOf, type NeededCopy, type PipInputs, pipInputs } from './pip-inputs.js'
import type { Use } from './uses.js'

/** A RUN that installs with pip. */
export interface PipRun {
  readonly run: Instruction
  /** Its `pip install` commands that are for the program. */
  readonly installs: readonly PackageCommand[]
  /** Those that only renew pip and what it builds with. */
  readonly tools: readonly PackageCommand[]
}

/** How the last stage of a Dockerfile builds Python packages, and what stands against doing that elsewhere. */
export interface PythonBuild {
  readonly image: Image
  readonly system: readonly SystemInstall[]
  readonly pips: readonly PipRun[]
  /** The copies that pip needs. */
  readonly needed: readonly NeededCopy[]
  readonly inputs: PipInputs
  /** Whether what starts names places of packages, which are others in a virtual environment. */
  readonly namesPlaces: boolean
  /** Whether there is a compiler that pip could build with. */
  readonly compiles: boolean
  /** Whether pip is asked for a version of what the image has of its own: of pip itself, on older images also setuptools and wheel. */
  readonly isHeld: boolean
  /** The virtual environment that the stage makes and pip installs into. */
  readonly venv: Venv | undefined
}

/** A virtual environment that a RUN makes. */
export interface Venv {
  readonly root: string
  readonly run: Instruction
  readonly command: ShellCommand
}

/** Reads a stage that stands on an image of Python, or of a system with its own. */
export function pythonBuildOf({ image, contexts, starts }: Use, python: PythonImage, project: Project): PythonBuild {
  const runs = image.stage.instructions.filter(({ keyword }) => keyword === 'RUN')
  const installed = systemInstalls(image.document, runs, python.release)
  const pips = runs.flatMap((run) => pipRun(image, run) ?? [])
  const inputs = pipInputs(
    image,
    pips.flatMap(({ installs }) => installs),
    contexts,
    project,
  )
  return {
    image,
    system: withOpenMp(installed, inputs, python),
    pips,
    inputs,
    needed: copiesOf(image, inputs.files, contexts, project),
    namesPlaces: starts.some(({ commands }) => commands.some(({ words }) => words.some((word) => PLACE.test(word)))),
    compiles: installed.some(({ packages }) => packages.some(({ named }) => bringsCompiler(named.name))),
    isHeld: inputs.names.some((name) => python.has.includes(name)),
    venv: venvOf(image, runs, pips),
  }
}

/** The last RUN that installs something for the program. */
export function lastInstall({ pips }: Pick<PythonBuild, 'pips'>): PipRun | undefined {
  return pips.findLast(({ installs }) => installs.length > 0)
}

/** The virtual environment that every pip here installs into: by its own path, or because it comes first on the PATH. */
function venvOf(image: Image, runs: readonly Instruction[], pips: readonly PipRun[]): Venv | undefined {
  const [venv, ...more] = runs.flatMap((run) => venvsMadeBy(image, run))
  if (!venv || more.length > 0 || venv.root === '/' || isUnder('/usr/local', venv.root)) return undefined
  const isIn = ({ installs, tools, run }: PipRun) =>
    [...installs, ...tools].every(({ program, prefix }) => {
      const called = image.document.expand((prefix[0] ?? program).value, run)
      return called?.includes('/') ? isUnder(called, `${venv.root}/bin`) : isOnPath(image, venv.root, run)
    })
  return pips.length > 0 && pips.every(isIn) ? venv : undefined
}

function venvsMadeBy(image: Image, run: Instruction): readonly Venv[] {
  return commandsIn(image.document, run, image.workdirAt(run)).flatMap(({ command, args, here }) => {
    const name = posix.basename(command.name ?? '')
    const isVenv = /^python[\d.]*$/.test(name) && args[0] === '-m' && /^(venv|virtualenv)$/.test(args[1] ?? '')
    if (!command.plain || !(isVenv || name === 'virtualenv')) return []
    const roots = args.slice(isVenv ? 2 : 0).filter((arg) => !arg?.startsWith('-'))
    const [root] = roots
    if (roots.length !== 1 || root === undefined || (here === undefined && !root.startsWith('/'))) return []
    return [{ root: posix.resolve(here ?? '/', root), run, command }]
  })
}

function isOnPath(image: Image, root: string, before: Instruction): boolean {
  const path = image.stage.instructions
    .filter(({ keyword, index }) => keyword === 'ENV' && index < before.index)
    .flatMap((env) => pairsOf(env).map(([name, value = '']) => ({ name, value, env })))
    .findLast(({ name }) => name === 'PATH')
  const first = path?.value.replace(/^["']/, '').split(':')[0]
  return first !== undefined && path !== undefined && image.document.expand(first, path.env) === `${root}/bin`
}

const PLACE = /^\/usr\/local\/(bin|lib\/python)|(site|dist)-packages/

/** gcc leaves its OpenMP library to packages that are known to load it. */
function withOpenMp(
  system: readonly SystemInstall[],
  { names }: PipInputs,
  { release }: PythonImage,
): readonly SystemInstall[] {
  if (!release || !names.some((name) => LOADING_OPENMP.has(name))) return system
  const openMp = release === 'alpine' ? 'libgomp' : 'libgomp1'
  const isCompiler = (name: string) => /^(gcc|g\+\+|build-essential|build-base)$/.test(name)
  return system.map((install) => ({
    ...install,
    packages: install.packages.map((each) =>
      isCompiler(each.named.name) ? { ...each, runtime: [...each.runtime, openMp] } : each,
    ),
  }))
}

const PIP_ITSELF = /^(pip|wheel|setuptools|setuptools-scm|build)$/

function pipRun(image: Image, run: Instruction): PipRun | undefined {
  const commands = packageCommandsOf(image.document, run).filter(
    (command) => command.manager === 'pip' && command.verb === 'install' && !isOfWheels(command),
  )
  if (commands.length === 0) return undefined
  const isTool = (command: PackageCommand) =>
    command.packages.length > 0 &&
    command.packages.every(({ name }) => PIP_ITSELF.test(name)) &&
    !optionOf(command, '-r', '--requirement', '-e', '--editable')
  return { run, installs: commands.filter((command) => !isTool(command)), tools: commands.filter(isTool) }
}

/** Whether pip only unpacks wheels that were built before. */
function isOfWheels({ packages, options }: PackageCommand): boolean {
  const isWheel = ({ word, kind }: PackageCommand['packages'][number]) =>
    (kind !== 'named' && /\.whl$/.test(word.value)) || /wheel[\w-]*\/\*$/.test(word.value)
  return (
    packages.length > 0 && packages.every(isWheel) && !options.some(({ name }) => /^(-r|--requirement)$/.test(name))
  )
}
