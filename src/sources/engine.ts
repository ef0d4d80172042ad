import { execFile } from 'node:child_process'

/** What the engine of this machine has of an image. */
export interface LocalImage {
  /** With the repository before each: `python@sha256:…`. */
  readonly digests: readonly string[]
  /** Every name it has here. */
  readonly names: readonly string[]
  readonly environment: readonly string[]
}

const PATIENCE = 5_000
const LARGEST = 1 << 20

/** Looks an image up in the local engine, Docker's or Podman's; `undefined` if neither has it. Nothing is pulled. */
export async function localImage(reference: string): Promise<LocalImage | undefined> {
  for (const client of ['docker', 'podman']) {
    const image = await inspect(client, reference)
    if (image) return image
  }
  return undefined
}

function inspect(client: string, reference: string): Promise<LocalImage | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: PATIENCE, maxBuffer: LARGEST, windowsHide: true }
    execFile(client, ['image', 'inspect', reference], options, (error, stdout) => {
      resolve(error ? undefined : read(stdout))
    })
  })
}

function read(output: string): LocalImage | undefined {
  try {
    const [image] = JSON.parse(output) as readonly Record<string, unknown>[]
    const { Env } = Object(image?.Config) as { Env?: unknown }
    return { digests: texts(image?.RepoDigests), names: texts(image?.RepoTags), environment: texts(Env) }
  } catch {
    return undefined
  }
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
