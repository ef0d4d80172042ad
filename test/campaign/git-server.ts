/**
 * A forge's git side on this machine: smart HTTP by git's own `http-backend`, with a login and the faults that real ones have.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  branchesOf,
  CLEAN,
  type CommitNotes,
  commitFiles,
  type Files,
  fileAt,
  git,
  makeRepository,
} from './git-repositories.js'

export type { Content, Files } from './git-repositories.js'

/** What goes wrong with a repository, until it is taken back, or for the next `times` requests. */
export type GitFault = (
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** Another place, with the status given: `to` takes the place of everything before `/info/refs`. */
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: 301 | 302 | 307 }
  /** The request is never answered. */
  | { readonly kind: 'hang' }
  /** The connection breaks in the middle of the answer. */
  | { readonly kind: 'cut' }
  /** The branch is moved, and then the connection breaks: nobody learns of it. */
  | { readonly kind: 'lost answer' }
) & {
  /** Which requests; all of them without it. */
  readonly on?: 'fetch' | 'push'
  readonly times?: number
}

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly service: 'fetch' | 'push' | 'other'
  /** Milliseconds since 1970. */
  readonly at: number
  readonly authorization: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

export interface GitServerOptions {
  /** By name, `acme/shop` or `acme/platform/shop`: the files of the first commit on `main`. */
  readonly repositories?: Readonly<Record<string, Files>>
  /** The `Authorization` header that is asked for; without it everybody may do everything. */
  readonly authorization?: string
  /** Answers what is no request of git's: a forge's API on the same port. */
  readonly otherwise?: RequestListener
}

export interface GitServer {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  readonly url: string
  /** Everything that was asked, in order. */
  readonly requests: SeenRequest[]
  /** May be changed while it runs, as a token runs out. */
  authorization: string | undefined
  /** What is cloned and pushed to: `http://127.0.0.1:PORT/acme/shop.git`. */
  urlOf(name: string): string
  /** The bare repository on disk. */
  folderOf(name: string): string
  add(name: string, files: Files, branch?: string): Promise<string>
  /** A further commit, as somebody else would make it; see `commitFiles`. */
  commit(name: string, branch: string, files: Files, notes?: CommitNotes & { readonly from?: string }): Promise<string>
  branches(name: string): Promise<Record<string, string>>
  /** The bytes of a file at a branch or commit. */
  file(name: string, at: string, path: string): Promise<Buffer | undefined>
  /** Any other question; see git's own manual. */
  git(name: string, ...args: string[]): Promise<string>
  rename(name: string, to: string): void
  remove(name: string): void
  /** Refuses pushes to branches that fit a shell pattern (`main`, `harden/*`), with a message such as GitHub's. */
  refuse(name: string, branches: string, message: string): void
  /** Sets a fault for a repository, or for all of them (`*`). @returns what takes it back */
  fault(name: string, fault: GitFault): () => void
  /** Ends everything and takes the folder away. */
  dispose(): Promise<void>
}

export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const folder = mkdtempSync(join(tmpdir(), 'harden-git-server-'))
  const faults: { name: string; fault: GitFault; left: number }[] = []
  const sockets = new Set<Socket>()
  const http = createServer((request, response) => {
    answer(request, response).catch((error) => {
      response.destroy()
      throw error
    })
  })
  http.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')

  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const folderOf = (name: string) => join(folder, `${name}.git`)
  const server: GitServer = {
    url,
    requests: [],
    authorization: options.authorization,
    urlOf: (name) => `${url}/${name}.git`,
    folderOf,
    add: (name, files, branch) => makeRepository(folderOf(name), files, branch),
    commit: (name, branch, files, notes) => commitFiles(folderOf(name), branch, files, notes),
    branches: (name) => branchesOf(folderOf(name)),
    file: (name, at, path) => fileAt(folderOf(name), at, path),
    git: async (name, ...args) => (await git(folderOf(name), args)).toString(),
    rename(name, to) {
      mkdirSync(dirname(folderOf(to)), { recursive: true })
      renameSync(folderOf(name), folderOf(to))
    },
    remove: (name) => rmSync(folderOf(name), { recursive: true }),
    refuse: (name, branches, message) => refuse(folderOf(name), branches, message),
    fault(name, fault) {
      const set = { name, fault, left: fault.times ?? Number.POSITIVE_INFINITY }
      faults.push(set)
      return () => {
        set.left = 0
      }
    },
    async dispose() {
      http.close()
      for (const socket of sockets) socket.destroy()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  for (const [name, files] of Object.entries(options.repositories ?? {})) await server.add(name, files)
  return server

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = new URL(request.url!, url)
    const [, name, rest] =
      /^\/(.+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(asked.pathname) ?? []
    const authorization = request.headers.authorization
    if (name === undefined) {
      if (options.otherwise) return options.otherwise(request, response)
      return void response.writeHead(404).end()
    }
    const service = /receive-pack/.test(rest + asked.search) ? 'push' : 'fetch'
    server.requests.push({
      at: Date.now(),
      method: request.method!,
      path: request.url!,
      service,
      authorization,
      headers: request.headers,
    })

    const set = faults.find(
      ({ name: of, fault, left }) =>
        left > 0 &&
        (of === '*' || of === name) &&
        (fault.on ?? service) === service &&
        !(fault.kind === 'lost answer' && rest !== 'git-receive-pack'),
    )
    if (set) set.left--
    const fault = set?.fault
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'status') return void response.writeHead(fault.status, fault.headers).end(fault.body)
    if (fault?.kind === 'redirect') {
      const to = `${fault.to}/${rest}${asked.search}`
      return void response.writeHead(fault.status ?? 301, { location: to }).end()
    }
    if (server.authorization !== undefined && authorization !== server.authorization) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    }
    if (!existsSync(folderOf(decodeURIComponent(name)))) return void response.writeHead(404).end()
    await backend(request, response, `/${decodeURIComponent(name)}.git/${rest}`, asked.search.slice(1), fault?.kind)
  }

  /** Runs git's CGI program for one request, as RFC 3875 says. */
  async function backend(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: string,
    fault: 'cut' | 'lost answer' | undefined,
  ): Promise<void> {
    const header = (name: string) => (request.headers[name] as string | undefined) ?? ''
    const child = spawn('git', ['http-backend'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {
        ...CLEAN,
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_PROTOCOL: header('git-protocol'),
        REQUEST_METHOD: request.method,
        PATH_INFO: path,
        QUERY_STRING: query,
        CONTENT_TYPE: header('content-type'),
        CONTENT_LENGTH: header('content-length'),
        HTTP_CONTENT_ENCODING: header('content-encoding'),
        REMOTE_ADDR: '127.0.0.1',
      },
    })
    child.stdin.on('error', () => {})
    request.pipe(child.stdin)
    let head = Buffer.alloc(0)
    let isInBody = false
    child.stdout.on('data', (piece: Buffer) => {
      if (fault === 'lost answer') return
      if (isInBody) return void response.write(piece)
      head = Buffer.concat([head, piece])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      isInBody = true
      response.writeHead(...headOf(head.subarray(0, end).toString('latin1')))
      const body = head.subarray(end + 4)
      if (fault === 'cut') response.write(body.subarray(0, body.length / 2), () => response.destroy())
      else response.write(body)
    })
    await once(child, 'close')
    if (fault) response.destroy()
    else response.end()
  }
}

/** The status and the headers of a CGI program's answer. */
function headOf(text: string): [number, Record<string, string>] {
  const headers = Object.fromEntries(
    text.split('\r\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    }),
  )
  const { Status: status = '200', ...rest } = headers as Record<string, string>
  return [Number.parseInt(status, 10), rest]
}

/** The `update` hook is asked once for each branch; what it prints reaches the one who pushes as lines that begin `remote:`. */
function refuse(folder: string, branches: string, message: string): void {
  rmSync(join(folder, 'hooks'), { recursive: true, force: true })
  const hook = join(folder, 'hooks', 'update')
  const said = message.replaceAll("'", `'\\''`)
  mkdirSync(join(folder, 'hooks'))
  writeFileSync(
    hook,
    `#!/bin/sh\ncase "$1" in refs/heads/${branches})\nprintf '%s\\n' '${said}' >&2\nexit 1;;\nesac\n`,
    {
      mode: 0o755,
    },
  )
}
