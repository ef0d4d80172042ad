import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { type OpenOptions, openRepository } from '../../../src/campaign/git/open.js'
import type { CommitWords, GitError, GitSource, Repository } from '../../../src/campaign/repository.js'
import { type Files, type GitServer, startGitServer } from '../git-server.js'

export const TOKEN = 'ghp_averysecrettoken1234567890'
export const AUTHORIZATION = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`

export const WORDS: CommitWords = {
  message: 'Run as a user\n\nHarden-Campaign: one\n',
  author: { name: 'Bot', email: 'bot@example.com' },
  time: 1_700_000_100,
}

/** A server and a folder for a file of tests; after each test nothing may be left of what was opened. */
export interface Stage {
  readonly server: GitServer
  readonly folder: string
  source(name: string, authorization?: string): GitSource
  /** A repository of the server, with exactly these files if they are given; it is closed after the test. */
  open(name: string, files?: Files, options?: Partial<OpenOptions>): Promise<Repository>
  openSource(source: GitSource, options?: Partial<OpenOptions>): Promise<Repository>
}

export function setStage(): Stage {
  let server: GitServer
  let folder: string
  let opened: Repository[] = []
  beforeAll(async () => {
    server = await startGitServer()
  })
  afterAll(() => server.dispose())
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'harden-git-test-'))
    server.requests.length = 0
  })
  afterEach(async () => {
    for (const repository of opened) await repository.close()
    opened = []
    const left = readdirSync(folder)
    rmSync(folder, { recursive: true })
    server.authorization = undefined
    expect(left).toEqual([])
  })
  const stage: Stage = {
    get server() {
      return server
    },
    get folder() {
      return folder
    },
    source: (name, authorization) => ({
      address: { kind: 'remote', forge: 'github', origin: server.url, name },
      url: server.urlOf(name),
      ...(authorization !== undefined && { authorization }),
    }),
    async open(name, files, options) {
      if (files) await server.add(name, files)
      return stage.openSource(stage.source(name), options)
    },
    async openSource(source, options) {
      const repository = await openRepository(source, { folder, ...options })
      opened.push(repository)
      return repository
    },
  }
  return stage
}

/** The kind of a failure; `done` if there was none. */
export const kindOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: GitError) => error.kind ?? String(error),
  )

export const failure = (promise: Promise<unknown>): Promise<GitError> =>
  promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: GitError) => error,
  )

export const idOf = (repository: Repository, path: string): string =>
  repository.entries.find((entry) => entry.path === path)!.id

export async function bytesOf(repository: Repository, path: string): Promise<Buffer | undefined> {
  const id = idOf(repository, path)
  return (await repository.blobs([id])).get(id)
}

/** One file changed on top of the base. */
export const change = (repository: Repository, path: string, bytes: string | Buffer, words = WORDS): Promise<string> =>
  repository.commit(repository.base.commit, [{ path, mode: '100644', bytes: Buffer.from(bytes) }], words)
