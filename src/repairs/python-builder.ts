import { type Dockerfile, type Instruction, pairsOf } from '../documents/dockerfile.js'
import { insert, replace } from '../edits.js'
import type { TextEdit } from '../model.js'
import { isOfLists, isOnlyForRunning, type SystemInstall } from '../relations/build-packages.js'
import type { Image } from '../relations/image.js'
import type { PackageCommand } from '../relations/package-commands.js'
import type { NeededCopy } from '../relations/pip-inputs.js'
import { lastInstall, type PythonBuild } from '../relations/python-build.js'
import { isApart, textWith } from './instruction-blocks.js'
import { replacePackages } from './package-words.js'

/** How pip's packages get from the stage that builds them into the one that runs. */
export type Transport = 'prefix' | 'venv' | 'wheels'

/** Where pip installs to be copied to its place. */
export const PREFIX = '/install'
/** Where wheels are put. */
export const WHEELS = '/wheels'
/** Where a virtual environment is made if the file makes none itself. */
export const VENV = '/opt/venv'
/** Lets its programs be found. */
export const ON_PATH = `ENV PATH="${VENV}/bin:$PATH"`

/** The lines of the stage that builds, below its FROM: those of the last stage that pip may depend on, as they stand. */
export function builderLines(build: PythonBuild, transport: Transport): readonly string[] {
  const { image, pips, system } = build
  const { document, stage } = image
  const last = lastInstall(build)!.run
  const installed = new Map(system.map(({ run }) => [run, system.filter((install) => install.run === run)]))
  const lines: string[] = []
  const own = build.venv !== undefined
  const firstPip = pips[0]!.run
  const firstInstall = pips.find(({ installs }) => installs.length > 0)!.run
  for (const instruction of stage.instructions.slice(1)) {
    if (instruction.index > last.index) break
    const block = blockFor(build, instruction, transport, installed.get(instruction))
    const copies = instruction === firstInstall ? wideCopies(build) : []
    if (block === undefined) continue
    const apart = isApart(document, instruction) || (lines.length === 0 && isApart(document, stage.instructions[1]!))
    if (apart) lines.push('')
    if (instruction === firstPip && transport === 'venv' && !own)
      lines.push(`RUN python -m venv ${VENV}`, ON_PATH, ...(apart ? [''] : []))
    lines.push(...copies, ...block.replaceAll('\r\n', '\n').split('\n'))
  }
  return lines
}

function blockFor(
  build: PythonBuild,
  instruction: Instruction,
  transport: Transport,
  installs: readonly SystemInstall[] | undefined,
): string | undefined {
  const { image, pips, needed, inputs, venv } = build
  const { document } = image
  switch (instruction.keyword) {
    case 'WORKDIR':
    case 'SHELL':
      return textWith(document, instruction, [])
    case 'ARG':
    case 'ENV':
      return mayMatter(build, instruction) ? textWith(document, instruction, []) : undefined
    case 'COPY':
    case 'ADD': {
      const need = needed.find(({ copy }) => copy.instruction === instruction)
      if (need?.isWide && !inputs.sources) return undefined
      const isSetting = /^\/(etc|root)\//.test(
        image.copies.find((copy) => copy.instruction === instruction)?.destination ?? '',
      )
      return need || inputs.sources || isSetting
        ? textWith(document, instruction, ownerless(document, instruction))
        : undefined
    }
    case 'RUN': {
      const pip = pips.find(({ run }) => run === instruction)
      const onPip = pip?.installs.flatMap((command) => intoTransport(document, command, transport)) ?? []
      const onSystem = installs ? onlyBuilding(document, installs) : []
      // What only brings the lists of packages up to date serves the installs behind it.
      const isWanted =
        pip !== undefined ||
        instruction === venv?.run ||
        (installs ? installs.some(serves) : isOfLists(document, instruction))
      return isWanted ? textWith(document, instruction, [...onSystem, ...onPip]) : undefined
    }
    default:
      return undefined
  }
}

/** Whether a build may ask for something that is installed here. */
function serves({ packages }: SystemInstall): boolean {
  return packages.some(({ role, named }) => role !== 'kept' || /^(git|mercurial|subversion)$/.test(named.name))
}

/** An install without what only running programs want, if anything is left of it. */
function onlyBuilding(document: Dockerfile, installs: readonly SystemInstall[]): readonly TextEdit[] {
  const onlyRun = installs.flatMap(({ packages }) =>
    packages.filter(isOnlyForRunning).map(({ named }) => [named.word, []] as const),
  )
  return replacePackages(document, installs, new Map(onlyRun)) ?? []
}

function intoTransport(document: Dockerfile, command: PackageCommand, transport: Transport): readonly TextEdit[] {
  if (transport === 'venv') return []
  const end = behindOptions(command)
  if (transport === 'prefix') return [insert(document, end, ` --prefix=${PREFIX}`)]
  return [replace(document, command.verbWord, 'wheel'), insert(document, end, ` --wheel-dir=${WHEELS}`)]
}

/** Where one more option of pip reads well. */
export function behindOptions({ options, verbWord }: PackageCommand): number {
  return options.find(({ name }) => name === '--no-cache-dir')?.word.end ?? verbWord.end
}

/** Variables that only running programs read. */
const ONLY_RUN =
  /^(PYTHON(UNBUFFERED|DONTWRITEBYTECODE|FAULTHANDLER|HASHSEED|ASYNCIODEBUG|OPTIMIZE)|(DJANGO|FLASK|FASTAPI|GUNICORN|UVICORN|CELERY|STREAMLIT)_\w+|PORT|HOST|WEB_CONCURRENCY|LOG_LEVEL|DEBUG)$/

function mayMatter({ image: { document, stage } }: PythonBuild, instruction: Instruction): boolean {
  const names = pairsOf(instruction).map(([name]) => name)
  if (!names.every((name) => ONLY_RUN.test(name))) return true
  const text = document.file.text.slice(stage.from.end, stage.instructions.at(-1)!.end)
  return names.some((name) => new RegExp(`\\$\\{?${name}\\b`).test(text))
}

/** Where a COPY brings everything, only what pip reads is copied, and right before it is read. */
function wideCopies({ image, needed, inputs }: PythonBuild): readonly string[] {
  return inputs.sources ? [] : needed.filter(({ isWide }) => isWide).flatMap((need) => copiesOf(image, need))
}

function copiesOf(image: Image, { copy, files }: NeededCopy): readonly string[] {
  const { document } = image
  const workdir = image.workdirAt(copy.instruction)
  const source = document.expand(copy.sources[0]!.value, copy.instruction) ?? '.'
  const root = (copy.destination ?? '/').replace(/\/$/, '')
  const byFolder = new Map<string, string[]>()
  for (const { inImage } of files) {
    const folder = inImage.slice(0, inImage.lastIndexOf('/')) || '/'
    const below =
      inImage.startsWith(`${root}/`) && copy.sources.length === 1
        ? inImage.slice(root.length + 1)
        : inImage.slice(folder.length + 1)
    const from =
      source === '.' || source === './' || copy.sources.length > 1 ? below : `${source.replace(/\/$/, '')}/${below}`
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), from])
  }
  return [...byFolder].map(([folder, names]) => {
    const place =
      folder === workdir
        ? './'
        : workdir !== undefined && folder.startsWith(`${workdir}/`)
          ? `${folder.slice(workdir.length + 1)}/`
          : `${folder}/`
    return `COPY ${names.join(' ')} ${place === './' && names.length === 1 ? '.' : place}`
  })
}

/** The owners of files are made in the last stage alone. */
function ownerless(document: Dockerfile, { flags, start, keyword }: Instruction): readonly TextEdit[] {
  return flags.flatMap((flag, i) => {
    const before = i === 0 ? start + keyword.length : flags[i - 1]!.end
    return flag.name === 'chown' || flag.name === 'chmod'
      ? [replace(document, { start: before, end: flag.end }, '')]
      : []
  })
}
