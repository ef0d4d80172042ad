import { type Instruction, pairsOf, type ShellCommand, type ShellWord } from '../documents/dockerfile.js'
import { insert, insertLinesAbove, insertLinesBelow, replace, textOf } from '../edits.js'
import type { TextEdit } from '../model.js'
import { isForBuilding, isOfLists, type SystemInstall } from '../relations/build-packages.js'
import type { PackageCommand } from '../relations/package-commands.js'
import type { NeededCopy } from '../relations/pip-inputs.js'
import { lastInstall, type PipRun, type PythonBuild } from '../relations/python-build.js'
import { blockStart, removals } from './instruction-blocks.js'
import { type Replacements, replacePackages } from './package-words.js'
import { behindOptions, builderLines, ON_PATH, PREFIX, type Transport, VENV, WHEELS } from './python-builder.js'

/** Whether a kind of transport brings all that pip installs here. */
export function canCarry(
  { pips, image, inputs, venv, isHeld, namesPlaces }: PythonBuild,
  transport: Transport,
): boolean {
  if (venv) return transport === 'venv'
  const installs = pips.flatMap((pip) => pip.installs)
  // A second pip into a prefix does not see what the first one put there, and brings it again, perhaps another version.
  // And what the image has itself, pip would put beside it there.
  if (transport === 'prefix') return installs.length === 1 && !isHeld
  if (transport === 'wheels')
    return inputs.isByName && installs.length === 1 && installs[0]!.options.every(({ name }) => OF_WHEEL.has(name))
  const text = image.document.file.text.slice(image.stage.from.end, image.stage.instructions.at(-1)!.end)
  return (
    !namesPlaces &&
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
  const { document, stage } = build.image
  const taken = new Set(document.stages.map(({ name }) => name))
  const free = (...names: readonly string[]) => names.find((name) => !taken.has(name)) ?? `${names[0]}-${stage.index}`
  const builder = free('builder', 'build', 'python-builder')
  const as = document.file.text[stage.from.start] === 'f' ? 'as' : 'AS'
  const from = document.file.text.slice(stage.from.start, stage.base.end)
  const lines = [`${from} ${as} ${builder}`, ...builderLines(build, transport)]
  const top = document.stages.length > 1 ? blockStart(document, stage.from) : stage.from.start
  return [
    insertLinesAbove(document, top, `${lines.join('\n')}\n`),
    ...(stage.name === undefined
      ? [insert(document, stage.base.end, ` ${as} ${free('runtime', 'final', 'app')}`)]
      : []),
    ...(transport === 'wheels' ? fromWheels(build, builder) : carried(build, transport, builder)),
  ]
}

/** What the stage installs to build with, replaced by what programs load. */
export function withoutBuildPackages(build: PythonBuild): readonly TextEdit[] {
  const { edits, empty } = packageEdits(build)
  return [...edits, ...removals(build.image.document, empty)]
}

/** The edits of installs, and the RUNs that would have nothing left to do. */
function packageEdits(
  { image, system }: PythonBuild,
  leaving?: ReadonlySet<ShellCommand>,
): {
  readonly edits: readonly TextEdit[]
  readonly empty: readonly Instruction[]
} {
  const { document } = image
  const replacements = replacementsOf(system)
  const runs = [...new Set(system.map(({ run }) => run))]
  const edited = runs.map((run) => ({
    run,
    edits: replacePackages(
      document,
      system.filter((install) => install.run === run),
      replacements,
      leaving,
    ),
  }))
  const empty = edited.filter(({ edits }) => !edits).map(({ run }) => run)
  const lists = empty.length < runs.length ? [] : image.stage.instructions.filter((each) => isOfLists(document, each))
  return { edits: edited.flatMap(({ edits }) => edits ?? []), empty: [...empty, ...lists] }
}

/** A package that takes the place of several, or is there anyway, is named once. */
function replacementsOf(system: readonly SystemInstall[]): Replacements {
  const packages = system.flatMap((install) => install.packages)
  const named = new Set(packages.filter((each) => !isForBuilding(each)).map((each) => each.named.name))
  const replacements = new Map<ShellWord, readonly string[]>()
  for (const each of packages.filter(isForBuilding)) {
    const names = each.runtime.filter((name) => !named.has(name))
    for (const name of names) named.add(name)
    replacements.set(each.named.word, names)
  }
  return replacements
}

/** In the last stage, what the first one has built takes the place of pip. */
function carried(build: PythonBuild, transport: Transport, builder: string): readonly TextEdit[] {
  const { image, pips, system, venv } = build
  const { document } = image
  const last = lastInstall(build)!
  // In a virtual environment, what pip builds with comes along. Else both stages have the same of it, so that pip, in the
  // first one, passes over nothing that the last one lacks.
  const isKept = (command: PackageCommand) =>
    transport !== 'venv' && command.packages.some(({ name }) => name !== 'pip')
  const mine = pips.filter(({ run }) => run.index <= last.run.index)
  const leaving = mine.flatMap(({ installs, tools }) => [...installs, ...tools.filter((command) => !isKept(command))])
  const { edits, empty } = packageEdits(build, new Set(leaving.map(({ command }) => command)))
  const mixed = mine.filter(({ run }) => !empty.includes(run) && system.some((install) => install.run === run))
  const isOver = (pip: PipRun) =>
    pip !== last && !mixed.includes(pip) && (pip.installs.length > 0 || !pip.tools.some(isKept))
  const obsolete = [
    ...empty.filter((run) => run !== last.run),
    ...mine.filter(isOver).map(({ run }) => run),
    ...(venv && venv.run !== last.run ? [venv.run] : []),
    ...copiesForPip(build),
  ]
  const root = transport === 'venv' ? (venv?.root ?? VENV) : undefined
  const lines = [
    `COPY --from=${builder} ${root ?? PREFIX} ${root ?? '/usr/local'}`,
    ...(root !== undefined && !venv ? [ON_PATH] : []),
  ]
  const kept = last.tools.filter(isKept).map(({ command }) => `RUN ${textOf(document, command)}`)
  const place = { start: blockStart(document, last.run), end: last.run.end }
  return [
    ...edits,
    ...removals(document, [...new Set(obsolete)]),
    mixed.includes(last)
      ? insertLinesBelow(document, last.run.end, lines.join('\n'))
      : replace(document, place, [...kept, ...lines].join('\n')),
  ]
}

/** The copies that bring nothing but what pip reads, unless something else speaks of it. */
function copiesForPip({ image, needed, inputs, pips }: PythonBuild): readonly Instruction[] {
  const { document, stage } = image
  if (inputs.sources) return []
  const copies = needed.filter(({ isOnlyForPip }) => isOnlyForPip)
  const readers = new Set([...copies.map(({ copy }) => copy.instruction), ...pips.map(({ run }) => run)])
  const rest = stage.instructions.filter((each) => !readers.has(each)).map((each) => textOf(document, each))
  const isNamed = ({ files }: NeededCopy) =>
    files.some(({ inImage }) => rest.some((text) => text.includes(inImage.slice(inImage.lastIndexOf('/') + 1))))
  return copies.filter((copy) => !isNamed(copy)).map(({ copy }) => copy.instruction)
}

/** In the last stage, pip takes from the wheels of the first one what it lacks; the rest of what it does stays. */
function fromWheels(build: PythonBuild, builder: string): readonly TextEdit[] {
  const { document } = build.image
  const { run, installs } = lastInstall(build)!
  const flags = run.flags.at(-1)?.end ?? run.start + run.keyword.length
  return [
    ...withoutBuildPackages(build),
    insert(document, flags, ` --mount=type=bind,from=${builder},source=${WHEELS},target=${WHEELS}`),
    insert(document, behindOptions(installs[0]!), ` --no-index --find-links=${WHEELS}`),
  ]
}
