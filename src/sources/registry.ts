import { createHash } from 'node:crypto'
import type { Credentials, FindCredentials } from './credentials.js'
import { type Answer, ask, isLoopback, type Limits, type Request, SourceError } from './web.js'

/** Lists of platforms first: without them a registry hands out the image of one platform, or one of an older make. */
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

const DIGEST = /^sha256:[0-9a-f]{64}$/

/** Pages of a list of tags; the longest of the official images need a few. */
const MOST_PAGES = 10
const PAGE = 1000

/** A repository of a registry, asked over its HTTP API. Every method throws a {@link SourceError} that says why not. */
export class Repository {
  #authorization: string | undefined

  constructor(
    /** As a reference names it: `docker.io`, `127.0.0.1:5000`. */
    private readonly registry: string,
    /** With `library/` where there is one. */
    private readonly name: string,
    private readonly findCredentials: FindCredentials,
    private readonly limits: Limits,
  ) {}

  /** The digest that a tag stands for, of the list of platforms if there is one; `undefined` if there is no such tag. */
  async digestOf(tag: string): Promise<string | undefined> {
    const headers = { accept: MANIFESTS }
    const head = await this.#get(`manifests/${tag}`, { method: 'HEAD', headers })
    if (head.status === 404) return undefined
    this.#check(head)
    const digest = head.headers.get('docker-content-digest')
    if (digest !== null) return this.#digest(digest)
    const whole = this.#check(await this.#get(`manifests/${tag}`, { headers }))
    return sha256(whole.bytes)
  }

  /** A manifest by its digest: what comes is what was asked for. */
  async manifest(digest: string): Promise<unknown> {
    return this.#json(this.#proved(await this.#get(`manifests/${digest}`, { headers: { accept: MANIFESTS } }), digest))
  }

  /** A blob by its digest: what comes is what was asked for. */
  async blob(digest: string): Promise<unknown> {
    return this.#json(this.#proved(await this.#get(`blobs/${digest}`, {}), digest))
  }

  /** The tags there are, as far as the registry tells. */
  async tags(): Promise<readonly string[]> {
    const tags: string[] = []
    let path = `tags/list?n=${PAGE}`
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = this.#check(await this.#get(path, {}))
      const { tags: listed } = Object(this.#json(answer)) as { tags?: unknown }
      if (Array.isArray(listed))
        tags.push(...listed.filter((tag) => typeof tag === 'string' && /^\w[\w.-]{0,127}$/.test(tag)))
      const next = /[?&]last=([^&>;"]+)[^>]*>;\s*rel="?next/.exec(answer.headers.get('link') ?? '')?.[1]
      if (next === undefined) break
      path = `tags/list?n=${PAGE}&last=${next}`
    }
    return tags
  }

  get #base(): string {
    const host = this.registry === 'docker.io' ? 'registry-1.docker.io' : this.registry
    const scheme = isLoopback(new URL(`https://${host}`).hostname) ? 'http' : 'https'
    return `${scheme}://${host}/v2/${this.name}/`
  }

  /** Asks, and once more with a token if the registry wants to know who asks. */
  async #get(path: string, request: Request): Promise<Answer> {
    const send = () => {
      const known = this.#authorization && { authorization: this.#authorization }
      return ask(new URL(path, this.#base), { ...request, headers: { ...request.headers, ...known } }, this.limits)
    }
    const answer = await send()
    if (answer.status !== 401 || this.#authorization) return answer
    const credentials = await this.findCredentials(this.registry)
    this.#authorization = await this.#authorize(answer.headers.get('www-authenticate') ?? '', credentials)
    return this.#authorization ? send() : answer
  }

  async #authorize(challenge: string, credentials: Credentials | undefined): Promise<string | undefined> {
    if (/^basic\b/i.test(challenge)) return credentials && basic(credentials)
    const realm = /\brealm="([^"]*)"/i.exec(challenge)?.[1] ?? ''
    if (!/^bearer\b/i.test(challenge) || !URL.canParse(realm)) throw this.#nonsense()
    const url = new URL(realm)
    if (url.protocol !== 'https:' && !(isLoopback(url.hostname) && isLoopback(new URL(this.#base).hostname)))
      throw new SourceError(`${this.registry} wants a login without https`)
    const service = /\bservice="([^"]*)"/i.exec(challenge)?.[1] ?? this.registry
    const scope = `repository:${this.name}:pull`
    const { token, access_token } = Object(
      this.#json(this.#check(await this.#askForToken(url, { service, scope }, credentials))),
    ) as Record<string, unknown>
    const bearer = token ?? access_token
    // What could not stand in a header is no token.
    if (typeof bearer !== 'string' || !/^[\x21-\x7e]+$/.test(bearer)) throw this.#nonsense()
    return `Bearer ${bearer}`
  }

  #askForToken(
    url: URL,
    about: { readonly service: string; readonly scope: string },
    credentials: Credentials | undefined,
  ): Promise<Answer> {
    if (credentials?.isRefreshToken) {
      const form = { ...about, grant_type: 'refresh_token', client_id: 'harden', refresh_token: credentials.secret }
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      return ask(url, { method: 'POST', headers, body: new URLSearchParams(form).toString() }, this.limits)
    }
    for (const [name, value] of Object.entries(about)) url.searchParams.set(name, value)
    return ask(url, { headers: credentials ? { authorization: basic(credentials) } : {} }, this.limits)
  }

  #check(answer: Answer): Answer {
    if (answer.status === 200) return answer
    const { registry } = this
    if (answer.status === 401 || answer.status === 403)
      throw new SourceError(`${registry} wants a login for it that the Docker configuration does not have`)
    if (answer.status === 404) throw new SourceError(`${registry} does not have it`)
    if (answer.status === 429)
      throw new SourceError(`${registry} has been asked too often and wants to be left alone for a while`)
    throw new SourceError(`${registry} answers with status ${answer.status}`)
  }

  #proved(answer: Answer, digest: string): Answer {
    if (sha256(this.#check(answer).bytes) !== digest)
      throw new SourceError(`${this.registry} answers with something else than what the digest says`)
    return answer
  }

  #digest(text: string): string {
    if (!DIGEST.test(text)) throw this.#nonsense()
    return text
  }

  #json({ bytes }: Answer): unknown {
    try {
      return JSON.parse(bytes.toString())
    } catch {
      throw this.#nonsense()
    }
  }

  #nonsense(): SourceError {
    return new SourceError(`${this.registry} does not answer as registries do`)
  }
}

function basic({ username, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
