import { setTimeout as pause } from 'node:timers/promises'

/** Why something could not be fetched: one sentence without an address, a header or a secret in it. */
export class SourceError extends Error {
  override readonly name = 'SourceError'

  constructor(
    message: string,
    /** Whether nobody is there: then it is of no use to ask for something else. */
    readonly isSilence = false,
  ) {
    super(message)
  }
}

/** How long and how much a stranger's server may keep us busy. */
export interface Limits {
  /** For one answer to be complete, in milliseconds. */
  readonly patience: number
  /** Bytes of one answer. */
  readonly size: number
  readonly redirects: number
  /** How often a server that is busy is asked again. */
  readonly retries: number
  /** The longest pause before that, in milliseconds. */
  readonly pause: number
}

export const LIMITS: Limits = { patience: 10_000, size: 4 << 20, redirects: 5, retries: 2, pause: 5_000 }

export interface Request {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** An answer in full. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

/**
 * Asks a server: over https, or over http on this machine alone. A redirect is followed to where that holds as well, and
 * from another machine never to this one; what proves who we are stays with the server it is meant for.
 * @throws SourceError
 */
export async function ask(url: URL, request: Request, limits: Limits): Promise<Answer> {
  for (let again = 0; ; again++) {
    const answer = await follow(url, request, limits)
    const isBusy = answer.status === 429 || answer.status >= 500
    if (!isBusy || again >= limits.retries) return answer
    await pause(Math.min(waitOf(answer.headers) ?? 500 * 2 ** again, limits.pause))
  }
}

/** Whether a host is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function waitOf(headers: Headers): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

async function follow(first: URL, request: Request, limits: Limits): Promise<Answer> {
  let url = first
  for (let hops = 0; hops <= limits.redirects; hops++) {
    checkPlace(url, first)
    const answer = await once(url, url.host === first.host ? request : withoutSecrets(request), limits)
    const location = answer.headers.get('location')
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === null) return answer
    if (!URL.canParse(location, url.href)) break
    url = new URL(location, url)
  }
  throw new SourceError(`${first.host} sends us from one place to the next`)
}

function checkPlace(url: URL, first: URL): void {
  const isHere = isLoopback(url.hostname)
  if (isHere && !isLoopback(first.hostname)) throw new SourceError(`${first.host} sends us to this machine`)
  if (url.protocol !== 'https:' && !(isHere && url.protocol === 'http:'))
    throw new SourceError(`${first.host} sends us to a place without https`)
}

function withoutSecrets({ headers = {}, ...request }: Request): Request {
  const harmless = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization')
  return { ...request, headers: Object.fromEntries(harmless) }
}

/**
 * Asks a server once, wherever it is, and follows nothing: a redirect is an answer like any other.
 * @throws SourceError if it cannot be reached, is too slow or says too much
 */
export async function once(
  url: URL,
  { method = 'GET', headers, body }: Request,
  limits: Pick<Limits, 'patience' | 'size'>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(limits.patience)
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal,
      headers: { 'user-agent': 'harden', ...headers },
      ...(body !== undefined && { body }),
    })
    return { status: response.status, headers: response.headers, bytes: await read(response, url, limits) }
  } catch (error) {
    if (error instanceof SourceError) throw error
    if (signal.aborted)
      throw new SourceError(`${url.host} does not answer within ${limits.patience / 1000} seconds`, true)
    throw new SourceError(`${url.host} cannot be reached${causeOf(error)}`, true)
  }
}

async function read(response: Response, url: URL, limits: Pick<Limits, 'size'>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > limits.size) throw new SourceError(`${url.host} answers with more than ${limits.size} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The system's own name for what went wrong, e.g. `ENOTFOUND`; its words may hold an address. */
function causeOf(error: unknown): string {
  const { code } = Object((error as Error).cause) as { code?: unknown }
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? ` (${code})` : ''
}
