/** How a stand-in base image is made. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type Engine } from '../engine.js'

/** The image that the others are built on. */
export const DEBIAN = 'debian:bookworm-slim'
/** Whom the host trusts; builds download from package registries, and some hosts reach them in their own way. */
export const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt'
const MINUTE = 60_000

export interface Recipe {
  readonly base?: string
  /** What is in the image in truth, for whoever reads the report of a run. */
  readonly contents: string
  /** Everything that decides what the image contains, apart from its base. */
  ingredients(): Promise<readonly string[]>
  make(engine: Engine, tag: string, labels: Readonly<Record<string, string>>): Promise<void>
}

/** Lends a directory of its own, and takes it away afterwards. */
export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'harden-stand-in-'))
  try {
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** A recipe that is a Dockerfile; `prepare` puts what it copies into the context. */
export function dockerfileRecipe(recipe: {
  base?: string
  contents: string
  dockerfile: string
  ingredients?: () => Promise<readonly string[]>
  prepare?: (context: string) => Promise<void>
}): Recipe {
  return {
    base: recipe.base,
    contents: recipe.contents,
    async ingredients() {
      return [recipe.dockerfile, ...((await recipe.ingredients?.()) ?? [])]
    },
    make: (engine, tag, labels) =>
      withDirectory(async (context) => {
        await recipe.prepare?.(context)
        await writeFile(join(context, 'Dockerfile'), recipe.dockerfile)
        await build(engine, { context, tag, labels, timeout: 40 * MINUTE })
      }),
  }
}

/** The same image under another of its names. */
export function alsoKnown(base: string): Recipe {
  return dockerfileRecipe({ base, contents: `the same as ${base}`, dockerfile: `FROM ${base}\n` })
}
