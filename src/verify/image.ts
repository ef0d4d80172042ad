import { join } from 'node:path'
import type { Recipe } from '../relations/containers.js'
import { type Client, CommandError, type RunOptions, run } from './client.js'
import { fileCollector, type ImageFiles } from './files.js'
import { type ImportResult, importsOf } from './python-imports.js'
import type { Workshop } from './workshop.js'

/** What an image says of itself. */
export interface ImageConfig {
  readonly user: string
  readonly environment: readonly string[]
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly workdir: string
  readonly exposed: readonly string[]
  readonly volumes: readonly string[]
  readonly stopSignal: string
  readonly healthcheck: readonly string[]
}

/** An image that was built, and all that can be seen without starting it. */
export interface BuiltImage {
  /** What the engine knows it by. */
  readonly tag: string
  /** How long the build took, in seconds; what was built before is cached. */
  readonly seconds: number
  /** Bytes. */
  readonly size: number
  readonly layers: number
  readonly config: ImageConfig
  readonly files: ImageFiles
  readonly imports: readonly ImportResult[]
}

/** A build that failed by itself: the line that says why, and the end of the log. */
export interface FailedBuild {
  readonly failed: string
  readonly log: string
}

const MINUTE = 60_000
const BUILD_MINUTES = 20

/** Builds an image of the picture that is laid out in `folder`, and looks into it. */
export async function build(
  workshop: Workshop,
  recipe: Recipe,
  folder: string,
  side: string,
): Promise<BuiltImage | FailedBuild> {
  const { client, mask } = workshop
  const tag = workshop.name(side)
  const doing = `building ${recipe.dockerfile}${recipe.target ? ` (${recipe.target})` : ''} as it is ${side}`
  workshop.tell(doing)
  const started = performance.now()
  try {
    await run(
      client,
      [
        'build',
        ...['--file', join(folder, recipe.dockerfile), '--tag', tag],
        ...workshop.labelled,
        ...(client.name === 'docker' ? ['--progress=plain'] : ['--format=docker']),
        ...(recipe.target === undefined ? [] : ['--target', recipe.target]),
        ...[...recipe.args].flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
        join(folder, recipe.context),
      ],
      {
        ...workshop.options(doing),
        timeout: BUILD_MINUTES * MINUTE,
        onLine: (line) => tellStep(workshop, doing, line),
      },
    )
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { failed: mask(guiltyLine(error.output)), log: mask(error.output.split('\n').slice(-60).join('\n')) }
  }
  const seconds = (performance.now() - started) / 1000
  const { size, layers, config } = await inspect(client, tag, workshop.options(doing))
  const files = await filesOf(workshop, tag)
  return { tag, seconds, size, layers, config, files, imports: await importsOf(workshop, tag, files.pythons) }
}

/** `#9 [3/5] RUN pip install …` is the step a person wants to see. */
function tellStep(workshop: Workshop, doing: string, line: string): void {
  const step = /^(?:#\d+ \[[^\]]*\d+\/\d+\]|STEP \d+\/\d+:) (.*)$/.exec(line)?.[1]
  if (step !== undefined) workshop.tell(`${doing}: ${workshop.mask(step)}`)
}

const STEP_OUTPUT = /^#\d+ (?:[\d.]+ )?/
const GUILTY = /error|cannot|could not|unable|not found|denied|failed|no such|unknown|invalid|illegal|refused/i

/** The line of a build's log that tells why it failed: the last one of a step that complains. */
function guiltyLine(log: string): string {
  const lines = log.split('\n').map((line) => line.trimEnd())
  const ofStep = lines.filter((line) => /^#\d+ [\d.]+ \S/.test(line)).map((line) => line.replace(STEP_OUTPUT, ''))
  const complaint = ofStep.findLast(
    (line) => GUILTY.test(line) && !/^(WARNING|warning|npm (warn|notice|WARN))/.test(line),
  )
  return complaint ?? lines.findLast((line) => GUILTY.test(line)) ?? lines.findLast((line) => line !== '') ?? ''
}

interface Inspected {
  readonly Size: number
  readonly RootFS?: { readonly Layers?: readonly string[] | null }
  readonly Config?: {
    readonly User?: string
    readonly Env?: readonly string[] | null
    readonly Entrypoint?: readonly string[] | null
    readonly Cmd?: readonly string[] | null
    readonly WorkingDir?: string
    readonly ExposedPorts?: Readonly<Record<string, unknown>> | null
    readonly Volumes?: Readonly<Record<string, unknown>> | null
    readonly StopSignal?: string
    readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null
  }
}

async function inspect(
  client: Client,
  tag: string,
  options: RunOptions,
): Promise<Pick<BuiltImage, 'size' | 'layers' | 'config'>> {
  const [found] = JSON.parse(await run(client, ['image', 'inspect', tag], options)) as readonly [Inspected]
  const { Config: config = {}, RootFS: root } = found
  return {
    size: found.Size,
    layers: root?.Layers?.length ?? 0,
    config: {
      user: config.User ?? '',
      environment: config.Env ?? [],
      entrypoint: config.Entrypoint ?? [],
      command: config.Cmd ?? [],
      workdir: config.WorkingDir || '/',
      exposed: Object.keys(config.ExposedPorts ?? {}).sort(),
      volumes: Object.keys(config.Volumes ?? {}).sort(),
      stopSignal: config.StopSignal ?? '',
      healthcheck: config.Healthcheck?.Test ?? [],
    },
  }
}

/** A container that is never started lends its files. */
async function filesOf(workshop: Workshop, tag: string): Promise<ImageFiles> {
  const doing = `reading the files of ${tag}`
  const options = workshop.options(doing)
  const created = await run(workshop.client, ['create', ...workshop.labelled, tag, 'none'], options)
  const { sink, done } = fileCollector()
  const read = done()
  await run(workshop.client, ['export', created.trim()], { ...options, timeout: 10 * MINUTE, output: sink })
  const files = await read
  await run(workshop.client, ['rm', '--force', created.trim()], options)
  return files
}
