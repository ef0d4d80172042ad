/**
 * A real registry on the loopback interface, and images put into it by hand: no engine and no network is needed for it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from '../port.js'

const PROGRAM = 'docker-registry'

/** Whether Debian's package is installed. */
export const hasRegistry = (process.env.PATH ?? '').split(delimiter).some((directory) => {
  try {
    accessSync(join(directory, PROGRAM), constants.X_OK)
    return true
  } catch {
    return false
  }
})

export interface Registry {
  /** As a reference names it: `127.0.0.1:40123`. */
  readonly host: string
  stop(): Promise<void>
}

/** Starts an empty registry. */
export async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'harden-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const configuration = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: host },
  }
  await writeFile(join(folder, 'config.yml'), JSON.stringify(configuration))
  const child = spawn(PROGRAM, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  await untilItAnswers(host, child)
  return {
    host,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilItAnswers(host: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${PROGRAM} does not answer`)
}

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** A tar archive of one file: the smallest layer that an engine takes. */
function layerOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\0', 257)
  header.write('00', 263)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
  return Buffer.concat([header, Buffer.from(content), padding, Buffer.alloc(1024)])
}

async function putBlob(repository: string, bytes: Buffer): Promise<{ digest: string; size: number }> {
  const begun = await fetch(`http://${repository}/blobs/uploads/`, { method: 'POST' })
  const url = new URL(begun.headers.get('location')!, `http://${repository}/`)
  url.searchParams.set('digest', digestOf(bytes))
  const headers = { 'content-type': 'application/octet-stream' }
  const put = await fetch(url, { method: 'PUT', body: new Uint8Array(bytes), headers })
  if (put.status !== 201) throw new Error(`the blob was not taken: ${put.status} ${await put.text()}`)
  return { digest: digestOf(bytes), size: bytes.length }
}

async function putManifest(repository: string, name: string, type: string, content: unknown): Promise<string> {
  const body = JSON.stringify({ schemaVersion: 2, mediaType: type, ...Object(content) })
  const put = await fetch(`http://${repository}/manifests/${name}`, {
    method: 'PUT',
    body,
    headers: { 'content-type': type },
  })
  if (put.status !== 201) throw new Error(`the manifest was not taken: ${put.status} ${await put.text()}`)
  return digestOf(body)
}

/** How an image of several platforms is written down: by Docker, and by everybody. */
const DOCKER = 'application/vnd.docker.distribution.'
const MAKES = {
  docker: {
    index: `${DOCKER}manifest.list.v2+json`,
    manifest: `${DOCKER}manifest.v2+json`,
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar',
  },
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar',
  },
}

/** Puts an image for two platforms under each of its tags, and returns the digest of the list. */
export async function pushImage(
  registry: Registry,
  name: string,
  image: {
    readonly tags: readonly string[]
    readonly environment: readonly string[]
    readonly make: keyof typeof MAKES
  },
): Promise<string> {
  const repository = `${registry.host}/v2/${name}`
  const make = MAKES[image.make]
  const manifests = []
  for (const architecture of ['amd64', 'arm64']) {
    const layer = layerOf('made-for', `${architecture} ${image.environment.join()}\n`)
    const config = Buffer.from(
      JSON.stringify({
        architecture,
        os: 'linux',
        config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin', ...image.environment] },
        rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
      }),
    )
    const content = {
      config: { mediaType: make.config, ...(await putBlob(repository, config)) },
      layers: [{ mediaType: make.layer, ...(await putBlob(repository, layer)) }],
    }
    const size = JSON.stringify({ schemaVersion: 2, mediaType: make.manifest, ...content }).length
    const digest = await putManifest(repository, `for-${architecture}`, make.manifest, content)
    manifests.push({ mediaType: make.manifest, digest, size, platform: { architecture, os: 'linux' } })
  }
  let digest = ''
  for (const tag of image.tags) digest = await putManifest(repository, tag, make.index, { manifests })
  return digest
}
