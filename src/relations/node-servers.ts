import { pairsOf } from '../documents/dockerfile.js'
import { COMPILERS } from '../facts/node-builds.js'
import type { Evidence, Project } from '../model.js'
import { runsOf } from './developer-commands.js'
import { locate } from './image.js'
import { developerNeeds, sourcesOf } from './node-needs.js'
import type { NodeStage } from './node-stages.js'
import { npmMajorOf } from './npm-installs.js'
import { optionOf, packageCommandsOf } from './package-commands.js'

/** The installed packages that only developers ask for, by name; none where the build leaves them out itself. */
export function developersPackages({ image, building, source }: NodeStage): readonly string[] {
  const installs = building
    .flatMap((run) => packageCommandsOf(image.document, run))
    .filter(({ verb, manager }) => /^(install|ci)$/.test(verb) && /^(p?npm|yarn)$/.test(manager))
  const isProduction = image.stage.instructions.some(
    (env) =>
      env.keyword === 'ENV' &&
      env.index < (installs[0]?.run.index ?? 0) &&
      pairsOf(env).some(([name, value]) => name === 'NODE_ENV' && /^['"]?production['"]?$/.test(value ?? '')),
  )
  const leavesOut = installs.every((install) => optionOf(install, '--omit', '--production', '--only', '--prod', '-P'))
  const includes = installs.some((install) => optionOf(install, '--include', '--also'))
  if (leavesOut || (isProduction && !includes)) return []
  if (!source.lock) return [...source.manifest.groups.devDependencies.keys()]
  return [...source.lock.packages.values()]
    .filter(({ dev, place }) => dev && place.lastIndexOf('node_modules/') === 0)
    .map(({ place }) => place.slice('node_modules/'.length))
}

/** Why the packages for developers cannot be taken away once a server is built. */
export function* pruneObjections(cut: NodeStage, project: Project): Iterable<Evidence> {
  const { manager, source, image, building, use } = cut
  const last = building.at(-1)!
  const at = locate(image, last)
  if (manager !== 'npm')
    return yield { note: `It installs with ${manager}, whose lock file does not say what is only for developers`, at }
  if (!source.lock || (source.lock.version ?? 1) < 2)
    return yield { note: 'No lock file in the build says which packages are only for developers', at }
  if ((npmMajorOf(image, last) ?? 0) < 7)
    return yield { note: 'The npm of the image is too old to take them away, or cannot be told', at }
  yield* developerNeeds(use, { manifest: source.manifest, lock: source.lock }, project)
  for (const { note, at: place } of runsOf(['npm', 'npx'], [], project))
    yield { note: `${note}, and may need a package for developers`, at: place }
}

/** Where the running program can be seen to need what compiled its packages. */
export function* compilerNeeds({ use, rest, image, source }: NodeStage, project: Project): Iterable<Evidence> {
  for (const { words, at } of use.starts.flatMap(({ commands }) => commands)) {
    if (COMPILERS.test(baseOf(words[0]))) yield { note: `It starts ${baseOf(words[0])}`, at }
  }
  for (const run of rest.filter(({ keyword }) => keyword === 'RUN')) {
    const command = image.document.shell(run).commands.find(({ name }) => COMPILERS.test(name ?? ''))
    if (command) yield { note: `${command.name} runs behind its build as well`, at: locate(image, run) }
  }
  for (const { path, text } of sourcesOf(source.manifest, project) ?? []) {
    const found = /['"`](python[23]?|make|g\+\+|gcc|cmake)(?=['"`\s])/.exec(text)
    if (found)
      yield { note: `It may start ${found[1]}`, at: { path, start: found.index, end: found.index + found[0].length } }
  }
}

function baseOf(program = ''): string {
  return program.slice(program.lastIndexOf('/') + 1)
}
