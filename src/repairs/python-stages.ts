import type { Dockerfile, Instruction, ShellWord } from '../documents/dockerfile.js'
import { pairsOf } from '../documents/dockerfile.js'
import { insert, insertLinesAbove, replace } from '../edits.js'
import type { Range, TextEdit } from '../model.js'
import { isForBuilding, isOnlyForRunning, type SystemInstall } from '../relations/build-packages.js'
import type { Image } from '../relations/image.js'
import type { NeededCopy } from '../relations/pip-inputs.js'
import type { PipRun, PythonBuild } from '../relations/python-build.js'
import { applyEdits, lineRange, nextLine } from '../text.js'
import { type Replacements, replacePackages } from './package-words.js'

/** How pip's packages get from the stage that builds them into the one that runs. */
export type Transport = 'prefix' | 'venv' | 'wheels'

/** Whether a kind of transport brings all that pip installs here. */
export function canCarry({ pips, image }: PythonBuild, transport: Transport): boolean {
  const installs = pips.flatMap((pip) => pip.installs)
  // A second pip into a prefix does not see what the first one put there, and brings it again, perhaps another version.
  if (transport === 'prefix') return installs.length === 1
  if (transport === 'wheels')
    return installs.length === 1 && installs[0]!.options.every(({ name }) => OF_WHEEL.has(name))
  const text = image.document.file.text.slice(image.stage.from.end, image.stage.instructions.at(-1)!.end)
  return (
    installs.every(({ program }) => !program.value.includes('/')) &&
    !/\/usr\/local\/(bin|lib\/python)|(site|dist)-packages/.test(text) &&
    !image.stage.instructions.some(
      (each) =>
        each.keyword === 'ENV' &&
        pairsOf(each).some(([name, value = '']) => name === 'PATH' && !/\$\{?PATH/.test(value)),
    )
  )
}

/** Options that `pip wheel` takes as `pip install` does. */
const OF_WHEEL = new Set(
  (
    '-r --requirement -c --constraint -i --index-url --extra-index-url --no-index -f --find-links --no-cache-dir --no-deps ' +
    '--require-hashes --no-binary --only-binary --prefer-binary --no-build-isolation --trusted-host --timeout --retries ' +
    '--default-timeout --pre -q --quiet -v --verbose --no-input --disable-pip-version-check --progress-bar'
  ).split(' '),
)

/** Builds pip's packages in a stage in front of the last one, which keeps all that a program runs with. */
export function stagedBuild(build: PythonBuild, transport: Transport): readonly TextEdit[] {
  const { image } = build
  const { document, stage } = image
  const taken = new Set(document.stages.map(({ name }) => name))
  const free = (...names: readonly string[]) => names.find((name) => !taken.has(name)) ?? `${names[0]}-${stage.index}`
  const builder = free('builder', 'build', 'python-builder')
  const as = document.file.text[stage.from.start] === 'f' ? 'as' : 'AS'
  const from = document.file.text.slice(stage.from.start, stage.base.end)
  const first = `${from} ${as} ${builder}`
  const top = document.stages.length > 1 ? blockStart(document, stage.from) : stage.from.start
  return [
    insertLinesAbove(document, top, `${[first, ...builderLines(build, transport)].join('\n')}\n`),
    ...(stage.name === undefined
      ? [insert(document, stage.base.end, ` ${as} ${free('runtime', 'final', 'app')}`)]
      : []),
    ...withoutBuildPackages(build),
    ...carried(build, transport, builder),
  ]
}

/** What the stage installs to build with, replaced by what programs load. */
export function withoutBuildPackages({ image: { document }, system }: PythonBuild): readonly TextEdit[] {
  const kept = new Set(
    system.flatMap(({ packages }) => packages.filter((each) => !isForBuilding(each)).map(({ named }) => named.name)),
  )
  const replacements = new Map<ShellWord, readonly string[]>()
  for (const each of system.flatMap(({ packages }) => packages)) {
    if (!isForBuilding(each)) continue
    const names = each.runtime.filter((name) => !kept.has(name))
    for (const name of names) kept.add(name)
    replacements.set(each.named.word, names)
  }
  const runs = [...new Set(system.map(({ run }) => run))]
  const edits = runs.map((run) => ({ run, edits: edited(document, system, run, replacements) }))
  return [
    ...edits.flatMap((each) => each.edits ?? []),
    ...removals(
      document,
      edits.filter((each) => !each.edits).map(({ run }) => run),
    ),
  ]
}

function edited(
  document: Dockerfile,
  system: readonly SystemInstall[],
  run: Instruction,
  replacements: Replacements,
): readonly TextEdit[] | undefined {
  return replacePackages(
    document,
    system.filter((install) => install.run === run),
    replacements,
  )
}

/** In the last stage, what the first one has built takes the place of pip. */
function carried(
  { image: { document }, pips, needed, inputs }: PythonBuild,
  transport: Transport,
  builder: string,
): readonly TextEdit[] {
  const last = pips.findLast(({ installs }) => installs.length > 0)!
  const rest = document.file.text.slice(last.run.end)
  const isNamedLater = ({ files }: NeededCopy) =>
    files.some(({ path }) => rest.includes(path.slice(path.lastIndexOf('/') + 1)))
  const obsolete = [
    ...pips.filter((pip) => pip !== last && !renewsSetuptools(pip)).map(({ run }) => run),
    ...(inputs.sources
      ? []
      : needed.filter((copy) => copy.isOnlyForPip && !isNamedLater(copy)).map(({ copy }) => copy.instruction)),
  ]
  const setuptools = last.tools.filter((command) => command.packages.some(({ name }) => name === 'setuptools'))
  const lines = [
    ...setuptools.map(({ command }) => `RUN ${document.file.text.slice(command.start, command.end)}`),
    ...arrival(document, transport, builder),
  ]
  const place = { start: blockStart(document, last.run), end: last.run.end }
  return [...removals(document, obsolete), replace(document, place, lines.join('\n'))]
}

/** What setuptools brings, programs import. */
function renewsSetuptools({ installs, tools }: PipRun): boolean {
  return installs.length === 0 && tools.some(({ packages }) => packages.some(({ name }) => name === 'setuptools'))
}

const VENV = '/opt/venv'
const ON_PATH = `ENV PATH="${VENV}/bin:$PATH"`

function arrival({ escape: continued }: Dockerfile, transport: Transport, builder: string): readonly string[] {
  switch (transport) {
    case 'prefix':
      return [`COPY --from=${builder} /install /usr/local`]
    case 'venv':
      return [`COPY --from=${builder} ${VENV} ${VENV}`, ON_PATH]
    case 'wheels':
      return [
        `RUN --mount=type=bind,from=${builder},source=/wheels,target=/wheels ${continued}`,
        '    pip install --no-cache-dir --no-index --no-deps /wheels/*.whl',
      ]
  }
}

/** The lines of the stage that builds, below its FROM: those of the last stage that pip may depend on, as they stand. */
function builderLines(build: PythonBuild, transport: Transport): readonly string[] {
  const { image, pips, system } = build
  const { document, stage } = image
  const last = pips.findLast(({ installs }) => installs.length > 0)!.run
  const installed = new Map(system.map(({ run }) => [run, system.filter((install) => install.run === run)]))
  const lines: string[] = []
  const firstPip = pips[0]!.run
  const firstInstall = pips.find(({ installs }) => installs.length > 0)!.run
  for (const instruction of stage.instructions.slice(1)) {
    if (instruction.index > last.index) break
    const block = blockFor(build, instruction, transport, installed.get(instruction))
    const copies = instruction === firstInstall ? wideCopies(build) : []
    if (block === undefined) continue
    if (isApart(document, instruction)) lines.push('')
    if (instruction === firstPip && transport === 'venv') lines.push(`RUN python -m venv ${VENV}`, ON_PATH, '')
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
  const { image, pips, needed, inputs } = build
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
      if (pip)
        return textWith(
          document,
          instruction,
          pip.installs.flatMap((command) => intoTransport(document, command, transport)),
        )
      if (
        !installs?.some(({ packages }) =>
          packages.some((each) => each.role !== 'kept' || /^(git|mercurial|subversion)$/.test(each.named.name)),
        )
      )
        return undefined
      const onlyRun = installs.flatMap(({ packages }) =>
        packages.filter(isOnlyForRunning).map(({ named }) => [named.word, []] as const),
      )
      return textWith(document, instruction, replacePackages(document, installs, new Map(onlyRun)) ?? [])
    }
    default:
      return undefined
  }
}

function intoTransport(
  document: Dockerfile,
  { verbWord, options }: PipRun['installs'][number],
  transport: Transport,
): readonly TextEdit[] {
  if (transport === 'venv') return []
  const end = options.find(({ name }) => name === '--no-cache-dir')?.word.end ?? verbWord.end
  if (transport === 'prefix') return [insert(document, end, ' --ignore-installed --prefix=/install')]
  return [replace(document, verbWord, 'wheel'), insert(document, end, ' --wheel-dir /wheels')]
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

/** An instruction with the comments right above it, edited, as it is written elsewhere. */
function textWith(document: Dockerfile, instruction: Instruction, edits: readonly TextEdit[]): string {
  const start = blockStart(document, instruction)
  const moved = edits.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start }))
  return applyEdits(document.file.text.slice(start, instruction.end), moved)
}

/** The start of the comments right above an instruction, which speak of it. */
function blockStart({ file: { text }, comments }: Dockerfile, { start }: Range): number {
  let top = start
  for (const comment of comments.toReversed()) {
    if (comment.end > top) continue
    const isRightAbove = /^[ \t]*\r?\n[ \t]*$/.test(text.slice(comment.end, top))
    if (!isRightAbove || lineRange(text, comment.start).start !== comment.start) break
    top = comment.start
  }
  return top
}

/** Whether an empty line stands above an instruction and its comments. */
function isApart(document: Dockerfile, instruction: Instruction): boolean {
  return isBlankBefore(document.file.text, lineRange(document.file.text, blockStart(document, instruction)).start)
}

function isBlankBefore(text: string, lineStart: number): boolean {
  return /\n[ \t]*\r?\n$/.test(text.slice(Math.max(0, lineStart - 200), lineStart))
}

/** Takes whole instructions out, with their comments, and of two empty lines that would meet the second. */
function removals(document: Dockerfile, instructions: readonly Instruction[]): readonly TextEdit[] {
  const { text } = document.file
  const ranges: { start: number; end: number }[] = []
  for (const each of [...instructions].sort((a, b) => a.start - b.start)) {
    const range = { start: lineRange(text, blockStart(document, each)).start, end: nextLine(text, each.end) }
    const before = ranges.at(-1)
    if (before?.end === range.start) before.end = range.end
    else ranges.push(range)
  }
  return ranges.map(({ start, end }) => {
    const next = lineRange(text, end)
    const isBlank = text.slice(next.start, next.end).trim() === ''
    return replace(document, { start, end: isBlank && isBlankBefore(text, start) ? nextLine(text, end) : end }, '')
  })
}
