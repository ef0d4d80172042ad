import { isWellFormed, parseReference, type Reference } from '../facts/base-images.js'
import { inFull, likelyTags, tagOf, versionIn } from '../facts/image-tags.js'
import type { ImageFact, NoImageFact, Want } from '../model.js'
import { dockerCredentials, type FindCredentials } from './credentials.js'
import { localImage } from './engine.js'
import { Repository } from './registry.js'
import { LIMITS, type Limits, SourceError } from './web.js'

/** How many images are looked up at once. */
const AT_ONCE = 4

/** Tags that are compared with the one asked for, at most. */
const MOST_COMPARED = 8

/** Where answers come from, and how long to wait for them. */
export interface Asking {
  readonly credentials: FindCredentials
  readonly limits: Limits
}

/** Asks registries, and the engine of this machine for what they do not tell. What nobody here can answer is left out. */
export async function lookUp(
  wants: readonly Want[],
  tell: (want: Want, answer: ImageFact | NoImageFact) => void,
  asking: Asking = { credentials: dockerCredentials(), limits: LIMITS },
): Promise<void> {
  const left = wants.filter(({ kind }) => kind === 'image')
  const silent = new Map<string, SourceError>()
  const work = async () => {
    for (let want = left.shift(); want; want = left.shift())
      tell(want, await answerTo(parseReference(want.key), asking, silent))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/** Of a registry that was silent once nothing else is asked in this run. */
async function answerTo(
  reference: Reference,
  asking: Asking,
  silent: Map<string, SourceError>,
): Promise<ImageFact | NoImageFact> {
  const { registry } = reference
  if (!isWellFormed(reference) || !URL.canParse(`https://${registry}`))
    return { problem: 'This is no name of an image' }
  try {
    const earlier = silent.get(registry)
    if (earlier) throw earlier
    return await fromRegistry(reference, asking)
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    if (error.isSilence) silent.set(registry, error)
    return (await fromEngine(reference)) ?? { problem: error.message }
  }
}

async function fromRegistry(reference: Reference, { credentials, limits }: Asking): Promise<ImageFact> {
  const { registry, tag = 'latest' } = reference
  const name = inFull(reference).slice(registry.length + 1, -tag.length - 1)
  const repository = new Repository(registry, name, credentials, limits)
  const digest = await repository.digestOf(tag)
  if (digest === undefined) throw new SourceError(`${registry} does not have it`)
  const versions = versionsIn(await environmentOf(repository, digest))
  const version = versionIn(reference, versions)
  const guess = version === undefined ? [] : [tagOf(reference, version)]
  const listed = await repository.tags().catch(guessing)
  const likely = likelyTags(reference, [...new Set([...listed, ...guess])], version).slice(0, MOST_COMPARED)
  const tags: string[] = []
  for (const other of likely) if ((await repository.digestOf(other)) === digest) tags.push(other)
  return { digest, tags, versions, by: 'registry' }
}

/** Some registries keep their lists of tags to themselves. */
function guessing(error: unknown): readonly string[] {
  if (error instanceof SourceError) return []
  throw error
}

interface Manifest {
  readonly manifests?: readonly {
    readonly digest?: unknown
    readonly platform?: { os?: unknown; architecture?: unknown }
  }[]
  readonly config?: { readonly digest?: unknown }
}

/** The variables of an image; of several platforms, of the one that most people build for. */
async function environmentOf(repository: Repository, digest: string): Promise<readonly string[]> {
  const top = Object(await repository.manifest(digest)) as Manifest
  const platforms = (Array.isArray(top.manifests) ? top.manifests : []).filter(
    (each) => Object(each?.platform).os === 'linux',
  )
  const chosen = platforms.find((each) => each.platform?.architecture === 'amd64') ?? platforms[0]
  const manifest = chosen ? (Object(await repository.manifest(digestIn(chosen))) as Manifest) : top
  const config = Object(await repository.blob(digestIn(manifest.config))) as { config?: unknown }
  const { Env } = Object(config.config) as { Env?: unknown }
  return Array.isArray(Env) ? Env.filter((item) => typeof item === 'string') : []
}

function digestIn(value: { readonly digest?: unknown } | undefined): string {
  const { digest } = Object(value) as { digest?: unknown }
  if (typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest
  throw new SourceError('the registry describes the image in a way nobody here knows')
}

function versionsIn(environment: readonly string[]): Readonly<Record<string, string>> {
  const pairs = environment.flatMap((line) => {
    const [, name, value] = /^(\w+_VERSION)=(.{1,100})$/.exec(line) ?? []
    return name && value ? [[name, value] as const] : []
  })
  return Object.fromEntries(pairs)
}

async function fromEngine(reference: Reference): Promise<ImageFact | undefined> {
  const image = await localImage(inFull(reference))
  const own = (name: string) => {
    const other = parseReference(name)
    return other.registry === reference.registry && other.repository === reference.repository ? [other] : []
  }
  const [digest] = image?.digests.flatMap(own).flatMap((each) => each.digest ?? []) ?? []
  if (!image || digest === undefined) return undefined
  const versions = versionsIn(image.environment)
  const names = image.names.flatMap(own).flatMap(({ tag }) => tag ?? [])
  return { digest, tags: likelyTags(reference, names, versionIn(reference, versions)), versions, by: 'engine' }
}
