import { type Dockerfile, type Instruction, pairsOf, type ShellWord } from '../documents/dockerfile.js'
import { insert, insertLinesAbove, replace } from '../edits.js'
import type { TextEdit } from '../model.js'
import { isForBuilding, isOfLists, type SystemInstall } from '../relations/build-packages.js'
import type { NeededCopy } from '../relations/pip-inputs.js'
import type { PipRun, PythonBuild } from '../relations/python-build.js'
import { blockStart, removals } from './instruction-blocks.js'
import { type Replacements, replacePackages } from './package-words.js'
import { builderLines, ON_PATH, type Transport, VENV } from './python-builder.js'

/** Whether a kind of transport brings all that pip installs here. */
export function canCarry({ pips, image, venv }: PythonBuild, transport: Transport): boolean {
  if (venv) return transport === 'venv'
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
export function withoutBuildPackages({ image, system }: PythonBuild): readonly TextEdit[] {
  const { document } = image
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
  const empty = edits.filter((each) => !each.edits).map(({ run }) => run)
  const lists = empty.length < runs.length ? [] : image.stage.instructions.filter((each) => isOfLists(document, each))
  return [...edits.flatMap((each) => each.edits ?? []), ...removals(document, [...empty, ...lists])]
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
  { image: { document }, pips, needed, inputs, venv }: PythonBuild,
  transport: Transport,
  builder: string,
): readonly TextEdit[] {
  const last = pips.findLast(({ installs }) => installs.length > 0)!
  const rest = document.file.text.slice(last.run.end)
  const isNamedLater = ({ files }: NeededCopy) =>
    files.some(({ path }) => rest.includes(path.slice(path.lastIndexOf('/') + 1)))
  const isInVenv = venv !== undefined
  const obsolete = [
    ...pips.filter((pip) => pip !== last && (isInVenv || !renewsSetuptools(pip))).map(({ run }) => run),
    ...(venv && !pips.some(({ run }) => run === venv.run) ? [venv.run] : []),
    ...(inputs.sources
      ? []
      : needed.filter((copy) => copy.isOnlyForPip && !isNamedLater(copy)).map(({ copy }) => copy.instruction)),
  ]
  const setuptools = (isInVenv ? [] : last.tools).filter((command) =>
    command.packages.some(({ name }) => name === 'setuptools'),
  )
  const lines = [
    ...setuptools.map(({ command }) => `RUN ${document.file.text.slice(command.start, command.end)}`),
    ...(venv ? [`COPY --from=${builder} ${venv.root} ${venv.root}`] : arrival(document, transport, builder)),
  ]
  const place = { start: blockStart(document, last.run), end: last.run.end }
  return [...removals(document, obsolete), replace(document, place, lines.join('\n'))]
}

/** What setuptools brings, programs import. */
function renewsSetuptools({ installs, tools }: PipRun): boolean {
  return installs.length === 0 && tools.some(({ packages }) => packages.some(({ name }) => name === 'setuptools'))
}

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
