/**
 * What every fake forge has in common: one port for git and the API, what was asked and when, and the faults that a test
 * orders. What the API says is the forge's own business.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { type Files, type GitServer, startGitServer } from '../git-server.js'

/** One request to the API. */
export interface ApiCall {
  readonly method: string
  /** Below the place of the API, as it was sent, without the query: `/repos/acme/shop/git/ref/heads/a%2Fb`. */
  readonly path: string
  readonly query: URLSearchParams
  /** What was sent as JSON; `undefined` where nothing was. */
  readonly body: unknown
  readonly headers: IncomingMessage['headers']
}

export interface ApiReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What goes wrong, for the next `times` (1) requests that fit, after the first `after` (0) of them. */
export type ApiFault =
  /** Nothing is done, and this is answered. */
  (
    | ({ readonly kind: 'answer' } & ApiReply)
    /** It is done, and this is answered: the real answer is lost. */
    | ({ readonly kind: 'lost answer' } & ApiReply)
    /** It is done, and the connection breaks in the middle of the answer. */
    | { readonly kind: 'cut' }
    /** It is done, and answered this many milliseconds later. */
    | { readonly kind: 'slow'; readonly milliseconds: number }
  ) & {
    /** Which requests: by method and path, such as `/^POST .*\/pulls$/`; all without it. */
    readonly on?: RegExp
    readonly times?: number
    readonly after?: number
  }

export interface SeenCall {
  readonly method: string
  readonly path: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Whether GitHub would count it as creating content: everything that changes something. */
  readonly isContent: boolean
  readonly status: number
}

export interface ForgeServer {
  readonly origin: string
  readonly git: GitServer
  readonly seen: SeenCall[]
  /** What was against the forge's own description; {@link dispose} fails if there is any. */
  readonly violations: string[]
  /** @returns what takes it back */
  fault(fault: ApiFault): () => void
  dispose(): Promise<void>
}

export interface ForgeSide {
  readonly repositories: Readonly<Record<string, Files>>
  /** The `Authorization` header that git has to send. */
  readonly gitAuthorization: string
  /** Where the API begins: `/api/v3`. What lies elsewhere is answered with 404. */
  readonly prefix: string
  /** Does what is asked. One call after the other: a forge's database would not let two of them meet either. */
  answer(call: ApiCall): Promise<ApiReply>
  /** What is wrong with a request, and with an answer to it (also an ordered one), by the forge's own description. */
  wrongRequest?(call: ApiCall): readonly string[]
  wrongReply?(call: ApiCall, reply: ApiReply): readonly string[]
  isContent?(call: ApiCall): boolean
}

export async function startForgeServer(side: ForgeSide): Promise<ForgeServer> {
  const faults: { fault: ApiFault; skip: number; left: number }[] = []
  const seen: SeenCall[] = []
  const violations: string[] = []
  let last: Promise<unknown> = Promise.resolve()

  const git = await startGitServer({
    repositories: side.repositories,
    authorization: side.gitAuthorization,
    otherwise: (request, response) => {
      serve(request, response).catch((error) => {
        violations.push(`the fake itself fails: ${error.stack}`)
        response.destroy()
      })
    },
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await callOf(request, side.prefix)
    const at = Date.now()
    const fault = call && nextFault(call)
    const turn = last.then(() => replyTo(call, fault))
    last = turn.catch(() => undefined)
    const reply = await turn
    const isContent = call !== undefined && (side.isContent?.(call) ?? call.method !== 'GET')
    seen.push({ method: request.method!, path: request.url!, at, isContent, status: reply.status })
    if (fault?.kind === 'slow') await pause(fault.milliseconds)
    const text = reply.body === undefined ? '' : JSON.stringify(reply.body)
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
    if (fault?.kind === 'cut') response.write(text.slice(0, text.length / 2), () => response.destroy())
    else response.end(text)
  }

  async function replyTo(call: ApiCall | undefined, fault: ApiFault | undefined): Promise<ApiReply> {
    if (call === undefined) return { status: 404, body: { message: 'no such place' } }
    if (fault?.kind === 'answer') return checked(call, fault)
    const wrong = side.wrongRequest?.(call) ?? []
    violations.push(...wrong)
    if (wrong.length > 0) return { status: 500, body: { message: wrong.join('; ') } }
    const reply = checked(call, await side.answer(call))
    return fault?.kind === 'lost answer' ? checked(call, fault) : reply
  }

  function checked(call: ApiCall, { status, headers, body }: ApiReply): ApiReply {
    const reply = { status, ...(headers && { headers }), ...(body !== undefined && { body }) }
    violations.push(...(side.wrongReply?.(call, reply) ?? []))
    return reply
  }

  function nextFault(call: ApiCall): ApiFault | undefined {
    const fitting = faults.filter(
      ({ fault, left }) => left > 0 && (fault.on?.test(`${call.method} ${call.path}`) ?? true),
    )
    const due = fitting.find(({ skip }) => skip === 0)
    for (const one of fitting) if (one !== due && one.skip > 0) one.skip--
    if (due) due.left--
    return due?.fault
  }

  return {
    origin: git.url,
    git,
    seen,
    violations,
    fault(fault) {
      const set = { fault, skip: fault.after ?? 0, left: fault.times ?? 1 }
      faults.push(set)
      return () => {
        set.left = 0
      }
    },
    async dispose() {
      await git.dispose()
      if (violations.length > 0) throw new Error(`against the forge's description:\n${violations.join('\n')}`)
    },
  }
}

async function callOf(request: IncomingMessage, prefix: string): Promise<ApiCall | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const [place, query] = request.url!.split('?') as [string, string?]
  if (!place.startsWith(`${prefix}/`)) return undefined
  return {
    method: request.method!,
    path: place.slice(prefix.length),
    query: new URLSearchParams(query),
    body: text === '' ? undefined : JSON.parse(text),
    headers: request.headers,
  }
}
