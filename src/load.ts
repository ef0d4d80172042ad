import { isAbsolute, join } from 'node:path'
import { covers, homeFolder, parseRules } from './disk.js'
import { type Filter, fingerprints } from './engine/find.js'
import { ConfigurationError } from './load/error.js'
import type { Parsed } from './load/parse.js'
import type { Plugin } from './load/plugin.js'
import type { Settings } from './load/schema.js'
import { findIn, findOwn, named, onlyOne, type Source } from './load/sources.js'
import type { Finding, Path, Transform } from './model.js'

export { ConfigurationError } from './load/error.js'
export type { Plugin } from './load/plugin.js'
export { CONFIGURATION_FILES, LARGEST_CONFIGURATION } from './load/sources.js'

/** What a person has decided about a project, ready to be used. */
export interface Configuration {
  /** The file it comes from, as messages call it; `undefined` if there is none. */
  readonly file: string | undefined
  /** All there are, those of plug-ins last, each with the severity asked for. */
  readonly transforms: readonly Transform[]
  /** Ids to run alone; all, if it is missing. */
  readonly only: readonly string[] | undefined
  /** Ids that are given a severity: those that run only by name run then. */
  readonly enabled: readonly string[]
  /** Ids to leave out. */
  readonly skip: readonly string[]
  /** Whether findings in a file are reported and repaired. */
  covers(path: Path): boolean
  readonly ignored: readonly Ignored[]
  /** Sentences to show. */
  readonly warnings: readonly string[]
}

/** Findings that stay as they are. */
export interface Ignored {
  readonly transform: string
  /** A pattern as in `.gitignore`. */
  readonly path?: string | undefined
  /** The id of one finding. */
  readonly finding?: string | undefined
  readonly reason: string
  /** The last day it holds, as `YYYY-MM-DD`. */
  readonly until?: string | undefined
}

export interface LoadOptions {
  /** Those that come with harden. */
  readonly transforms: readonly Transform[]
  /** A file named by `--config`; it stands in for every other. */
  readonly config?: string | undefined
  /** The folder of the user's own configuration; `configFolder()` unless told. */
  readonly home?: string
}

/** Where the user's own configuration lies: `$XDG_CONFIG_HOME/harden`, or `~/.config/harden`; nowhere if there is no home. */
export function configFolder(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const chosen = environment.XDG_CONFIG_HOME
  if (chosen && isAbsolute(chosen)) return join(chosen, 'harden')
  const home = homeFolder()
  return home && join(home, '.config/harden')
}

/**
 * Reads the configuration: of `--config`, else of the project, else the user's own. Plug-ins are code, so they are only
 * loaded from the first and the last, whatever the project says; those of the user's own configuration always.
 * Without a configuration nothing but the file names is looked at.
 * @param root Absolute, every link resolved.
 * @throws ConfigurationError
 */
export async function loadConfiguration(root: string, options: LoadOptions): Promise<Configuration> {
  const home = options.home ?? configFolder()
  const own = options.config === undefined && home ? findOwn(home) : undefined
  const main = options.config === undefined ? (findIn(root) ?? own) : named(options.config)
  if (!main) return configurationOf(undefined, options.transforms, {}, [])
  const [{ parse }, { configuration }, { checkDates, checkIds }] = await Promise.all([
    import('./load/parse.js'),
    import('./load/schema.js'),
    import('./load/check.js'),
  ])
  const read = ({ text, name }: Source) => parse(text, name, configuration)
  const parsed = read(main)
  const trusted = main.isTrusted ? { source: main, parsed } : own && { source: own, parsed: read(own) }
  const plugins = trusted ? await loadPlugins(trusted.source, trusted.parsed, options.transforms) : []
  const transforms = [...options.transforms, ...plugins.flatMap((plugin) => plugin.transforms)]
  const warnings = [
    ...(main.isTrusted ? [] : pluginWarnings(parsed)),
    ...checkIds(parsed, transforms, new Set(plugins.map((plugin) => plugin.name))),
  ]
  checkDates(parsed)
  return configurationOf(main.name, transforms, parsed.settings, warnings)
}

/**
 * Reads what a stranger's project says of itself: as data, so that nothing it names is ever loaded, and nobody else's
 * configuration stands in for one that is missing.
 * @param files Those of {@link CONFIGURATION_FILES} that are there.
 * @param over Options that go before the project's own, by transform.
 * @throws ConfigurationError
 */
export async function strangersConfiguration(
  files: readonly { readonly name: string; readonly text: string }[],
  transforms: readonly Transform[],
  over: Settings['options'] = {},
): Promise<Configuration> {
  if (files.length > 1) throw onlyOne(files)
  const [{ parse }, { configuration }, { checkDates, checkIds }] = await Promise.all([
    import('./load/parse.js'),
    import('./load/schema.js'),
    import('./load/check.js'),
  ])
  const parsed = files[0] && parse(files[0].text, files[0].name, configuration)
  const warnings = parsed ? [...pluginWarnings(parsed), ...checkIds(parsed, transforms, new Set())] : []
  if (parsed) checkDates(parsed)
  const own = parsed?.settings.options ?? {}
  const ids = new Set([...Object.keys(own), ...Object.keys(over)])
  const options = Object.fromEntries([...ids].map((id) => [id, { ...own[id], ...over[id] }]))
  return configurationOf(files[0]?.name, transforms, { ...parsed?.settings, options }, warnings)
}

/**
 * Keeps away what the configuration says to leave alone.
 * @param today As `YYYY-MM-DD`.
 */
export function filterOf(configuration: Configuration, today: string): Filter {
  const active = configuration.ignored
    .filter(({ until }) => until === undefined || today <= until)
    .map((ignored) => ({ ...ignored, rules: ignored.path === undefined ? undefined : parseRules(ignored.path) }))
  return {
    admits: (transform, finding) =>
      configuration.covers(finding.at.path) &&
      !active.some(
        (ignored) =>
          ignored.transform === transform &&
          (!ignored.rules || covers(ignored.rules, finding.at.path)) &&
          (ignored.finding === undefined || idsOf(transform, finding).includes(ignored.finding)),
      ),
  }
}

/** More equal findings than these in one file nobody tells apart. */
const MOST_EQUAL = 20

/** The ids a finding may have: equal ones are told apart by their order, which one alone does not know. */
function idsOf(id: string, finding: Finding): readonly string[] {
  return fingerprints(Array(MOST_EQUAL).fill({ transform: { id } as Transform, finding }))
}

async function loadPlugins(
  source: Source,
  parsed: Parsed<Settings>,
  builtIn: readonly Transform[],
): Promise<readonly Plugin[]> {
  const specifiers = parsed.settings.plugins ?? []
  if (specifiers.length === 0) return []
  const { importPlugin, validatePlugin } = await import('./load/plugin.js')
  const taken = new Set(builtIn.map(({ id }) => id))
  const plugins: Plugin[] = []
  for (const [i, specifier] of specifiers.entries()) {
    const fault = (sentence: string) =>
      parsed.fault(['plugins', i], `plug-in ${JSON.stringify(specifier)}: ${sentence}.`)
    const loaded = await importPlugin(specifier, source.path).catch((error: unknown) => {
      const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
      throw new ConfigurationError([fault(`it cannot be loaded: ${why}`)], { cause: error })
    })
    const faults = validatePlugin(loaded, taken)
    if (faults.length > 0) throw new ConfigurationError(faults.map(fault))
    const plugin = loaded as Plugin
    for (const { id } of plugin.transforms) taken.add(id)
    plugins.push(plugin)
  }
  return plugins
}

function pluginWarnings({ settings, fault }: Parsed<Settings>): readonly string[] {
  if (!settings.plugins?.length) return []
  const home = configFolder()
  const where = `name this file with --config${home ? `, or list them in ${join(home, 'config.yml')}` : ''}`
  return [
    fault(
      ['plugins'],
      `plug-ins are code, and a project cannot have code run: they are not loaded. To load them, ${where}.`,
      'key',
    ),
  ]
}

function configurationOf(
  file: string | undefined,
  all: readonly Transform[],
  settings: Settings,
  warnings: readonly string[],
): Configuration {
  const { only, skip = [], severity = {}, paths = {}, ignore = [], options = {} } = settings
  const known = new Set(all.map(({ id }) => id))
  const off = Object.keys(severity).filter((id) => severity[id] === 'off')
  const include = paths.include && parseRules(paths.include.join('\n'))
  const exclude = parseRules((paths.exclude ?? []).join('\n'))
  return {
    file,
    transforms: all.map((transform) => {
      const asked = severity[transform.id]
      const settings = options[transform.id]
      const configured = settings ? { ...transform.configured!(settings), id: transform.id } : transform
      return asked === undefined || asked === 'off' ? configured : { ...configured, severity: asked }
    }),
    only: only?.filter((id) => known.has(id)),
    enabled: Object.keys(severity).filter((id) => !off.includes(id)),
    skip: [...skip, ...off].filter((id) => known.has(id)),
    covers: (path) => (!include || covers(include, path)) && !covers(exclude, path),
    ignored: ignore,
    warnings,
  }
}
